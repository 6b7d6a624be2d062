#include "apps/keks/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "apps/keks/words.hpp"
#include "support/temporary_folder.hpp"

namespace keks::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

/// What bash offers for the last of `words`.
std::vector<std::string> bash_offers(std::vector<std::string> const& words) {
  test::TemporaryFolder folder;
  auto path = folder / "completion.bash";
  std::ofstream file(path);
  file << bash_completion(commands()) << "COMP_WORDS=(";
  for (auto const& word : words) file << "'" << word << "' ";
  file << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_keks keks '" << words.back() << "' '" << words[words.size() - 2]
       << "'\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  file.close();
  std::string out(1 << 16, '\0');
  auto* pipe = popen(("bash " + path + " 2>&1").c_str(), "r");
  out.resize(fread(out.data(), 1, out.size(), pipe));
  pclose(pipe);
  return split(out, '\n');
}

TEST(Completion, BashOffersCommandsTheirSecondWordsAndTheirOptions) {
  EXPECT_THAT(bash_offers({"keks", "tok"}), ElementsAre("token"));
  EXPECT_THAT(bash_offers({"keks", "lambda", ""}), ElementsAre("serve", "invoke"));
  EXPECT_THAT(bash_offers({"keks", "token", "--"}), IsSupersetOf({"--cluster-id", "--token-only", "--help"}));
  EXPECT_THAT(bash_offers({"keks", "lambda", "serve", "--mem"}), ElementsAre("--memory"));
}

TEST(Completion, BashOffersTheValuesOfAnOptionThatHasSome) {
  EXPECT_THAT(bash_offers({"keks", "pods", "--output", ""}), ElementsAre("text", "json"));
  EXPECT_THAT(bash_offers({"keks", "pods", "--namespace", ""}), ElementsAre());
}

TEST(Completion, EveryCommandAndOptionIsInEveryShellsTextAndInTheManual) {
  auto bash = bash_completion(commands()), zsh = zsh_completion(commands()), fish = fish_completion(commands());
  auto manual = manual_page(commands());
  for (auto const& command : commands()) {
    for (auto const* text : {&bash, &zsh, &fish, &manual}) EXPECT_THAT(*text, HasSubstr(split(command.name, ' ')[0]));
    for (auto const& option : command.options) {
      auto key = key_of(option);
      EXPECT_THAT(bash, HasSubstr("--" + key));
      EXPECT_THAT(zsh, HasSubstr("--" + key + "["));
      EXPECT_THAT(fish, HasSubstr(" -l " + key));
    }
  }
}

Command const kOdd{"odd", "it's [odd]: \\ .", "", false, {{"--a-b", "FILE", "'quoted' .dot -dash \\", ""}}, nullptr};

TEST(Completion, TextsWithQuotesBracketsAndColonsStayTexts) {
  std::span<Command const> one(&kOdd, 1);
  EXPECT_THAT(zsh_completion(one), HasSubstr("'odd:it'\\''s \\[odd\\]\\: \\\\ .'"));
  EXPECT_THAT(fish_completion(one), HasSubstr("-d ''\\''quoted'\\'' .dot -dash \\'"));
  EXPECT_THAT(manual_page(one), HasSubstr("\n\\&'quoted' .dot \\-dash \\e\n"));
}

}  // namespace
}  // namespace keks::cli
