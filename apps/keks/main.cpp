#include "apps/keks/command.hpp"
#include "apps/keks/process.hpp"

int main(int argc, char** argv) {
  keks::cli::fill_standard_streams();
  keks::cli::survive_file_limit();
  return keks::cli::main({argv, static_cast<std::size_t>(argc)}, keks::Environment::of_process());
}
