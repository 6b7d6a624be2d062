#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "aws/providers/http_json.hpp"
#include "aws/providers/process.hpp"
#include "aws/providers/provider.hpp"
#include "base/format.hpp"
#include "base/process.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr std::size_t kMaxQuoted = 400;  // of what a program says on stderr, bytes

/// Keys out of what a program said. The message never quotes it, since the keys are in there.
/// *Errors:* `CredentialSourceFailed`.
Result<Credentials> read_output(std::string_view output, std::string_view what) {
  auto wrong = [&](std::string_view why) {
    return fail(Code::CredentialSourceFailed,
                format("The output of {} cannot be used: {}. Correct the program or its configuration.", what, why));
  };
  auto parsed = parse_json(output);
  if (!parsed) return wrong(parsed.error().message());
  if (!parsed->is_object()) return wrong("it is no JSON object");
  auto const& object = parsed->get_object();
  auto const* version = object.if_contains("Version");
  if (!version || *version != 1) return wrong("its Version is not 1");
  for (auto name : {"AccessKeyId", "SecretAccessKey"})
    if (text_of(object, name).empty()) return wrong(format("it has no {}", name));
  Credentials keys{std::string(text_of(object, "AccessKeyId")), Secret(std::string(text_of(object, "SecretAccessKey"))),
                   Secret(std::string(text_of(object, "SessionToken"))), std::nullopt, std::string(what)};
  keys.account_id = text_of(object, "AccountId");
  if (auto const* expiration = object.if_contains("Expiration"); expiration && !expiration->is_null()) {
    auto when = parse_rfc3339(text_of(object, "Expiration"));
    if (!when) return wrong("its Expiration is no time such as 2026-01-15T12:00:00Z");
    keys.expiration = *when;
  }
  return keys;
}

class FromProcess final : public CredentialsProvider {
 public:
  FromProcess(ProgramInput program, std::string what) : program_(std::move(program)), what_(std::move(what)) {}

  Result<Credentials> get(Deadline const& deadline) override {
    auto ran = run_program(program_, deadline);
    if (!ran && ran.error().code() == Code::DeadlineExceeded) return fail(late(ran.error()));
    if (!ran && ran.error().code() != Code::Io) return fail(ran.error());
    if (!ran) return failed(ran.error().message());
    if (ran->exit_code != 0) return failed(complaint(*ran));
    return read_output(ran->out.reveal(), what_);
  }

 private:
  Error late(Error const& error) const {
    return error.with_message(
        format("{} had not ended by the deadline. Allow more time, or run the program by hand to "
               "see what it waits for.",
               what_));
  }
  std::unexpected<Error> failed(std::string_view why) const {
    return fail(Code::CredentialSourceFailed,
                format("{} failed: {}. Run the program by hand to see more.", what_, why));
  }
  static std::string complaint(ProgramOutput const& ran) {
    std::string_view said = ran.err;
    while (said.ends_with('\n') || said.ends_with('.') || said.ends_with(' ')) said.remove_suffix(1);
    auto quoted = said.empty() ? "" : ", saying: " + escape_controls(said, kMaxQuoted);
    return format("it exited with {}{}", ran.exit_code, quoted);
  }

  ProgramInput const program_;
  std::string const what_;
};

/// Splits words as a shell does. Nothing is expanded.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> split() {
    while (at_ < text_.size()) KEKS_CHECK(take());
    end_word();
    return std::move(words_);
  }

 private:
  Result<void> take() {
    char c = text_[at_++];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return end_word(), Result<void>();
    in_word_ = true;
    if (c == '\'' || c == '"') return take_quoted(c);
    if (c != '\\') return word_ += c, Result<void>();
    if (at_ == text_.size()) return fail(Code::ConfigMalformed, "ends with a backslash");
    word_ += text_[at_++];
    return {};
  }

  /// Between double quotes a backslash takes away the meaning of a quote and of a backslash, and is itself otherwise.
  Result<void> take_quoted(char quote) {
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == quote) return ++at_, Result<void>();
      bool escapes =
          quote == '"' && c == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      word_ += escapes ? text_[++at_] : c;
    }
    return fail(Code::ConfigMalformed, "has a quote that is not closed");
  }

  void end_word() {
    if (in_word_) words_.push_back(std::exchange(word_, {}));
    in_word_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
};

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) { return Splitter(line).split(); }

Offer offer_process(SharedSources const& sources, std::string const& name, ConfigSection const& profile) {
  auto line = profile.get("credential_process");
  if (!line) return fail(Code::NoCredentials, "no credential_process");
  auto what = format("credential_process of profile {}", escape_controls(name, 200));
  auto words = split_words(*line);
  if (!words)
    return fail(
        words.error().with_message(format("{} ({}) {}. Correct it.", what, profile.where, words.error().message())));
  if (words->empty() || words->front().empty())
    return fail(Code::ConfigMalformed, format("{} ({}) names no program. Correct it.", what, profile.where));
  ProgramInput program{*std::move(words), sources->environment()};
  return Configured{std::make_shared<FromProcess>(std::move(program), what), what};
}

}  // namespace keks::aws
