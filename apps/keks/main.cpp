#include "apps/keks/command.hpp"

int main(int argc, char** argv) {
  return keks::cli::main({argv, static_cast<std::size_t>(argc)}, keks::Environment::of_process());
}
