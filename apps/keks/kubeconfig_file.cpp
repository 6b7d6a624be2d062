#include "apps/keks/kubeconfig_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 8 * 1024 * 1024;

/// kubectl's way: while FILE.lock exists, somebody writes FILE. Nothing but its maker removes it, so signals that would
/// end this process wait until it is gone.
class KubectlLock {
 public:
  static Result<KubectlLock> acquire(std::string const& file, Deadline const& deadline) {
    KubectlLock lock(file + ".lock");
    while (!lock.make()) {
      if (errno != EEXIST) return fail(lock.refused());
      if (deadline.expired()) return fail(lock.held());
      std::this_thread::sleep_for(std::min(deadline.remaining(), std::chrono::milliseconds(10)));
    }
    return lock;
  }
  KubectlLock(KubectlLock&& other) noexcept
      : path_(std::move(other.path_)), is_made_(std::exchange(other.is_made_, false)), signals_(other.signals_) {}
  KubectlLock& operator=(KubectlLock&&) = delete;
  ~KubectlLock() {
    if (!is_made_) return;
    unlink(path_.c_str());
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }

 private:
  explicit KubectlLock(std::string path) : path_(std::move(path)) {}

  bool make() {
    sigset_t stops;
    sigemptyset(&stops);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&stops, signal);
    pthread_sigmask(SIG_BLOCK, &stops, &signals_);
    int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = errno;
    is_made_ = fd >= 0;
    if (is_made_) return close(fd), true;
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
    errno = error;
    return false;
  }
  Error refused() const {
    return Error(Code::Io, format("Cannot make {}: {}. Check the permissions of its folder.", path_, strerror(errno)));
  }
  Error held() const {
    return Error(Code::DeadlineExceeded,
                 format("{} exists, so another kubectl or keks is writing that file. Remove it if none is.", path_));
  }

  std::string path_;
  bool is_made_ = false;
  sigset_t signals_{};
};

struct Loaded {
  std::optional<std::string> text;  // none: no such file
  boost::json::object config;
};

Result<Loaded> load(std::string const& path) {
  KEKS_TRY(auto text, read_if_there(path, kMaxFile));
  auto config = read_kubeconfig(text.value_or(""));
  if (config) return Loaded{std::move(text), *std::move(config)};
  return fail(config.error().with_message(
      format("The kubeconfig {} cannot be used, {}. Mend it, or name another with --kubeconfig.", path,
             config.error().message())));
}

std::string as_yaml(boost::json::object config) { return json_to_yaml(boost::json::value(std::move(config))); }

Result<std::string> absolute(std::string const& path) {
  std::error_code error;
  auto absolute = fs::absolute(path, error);
  if (!error) return absolute.lexically_normal().string();
  return fail(Code::Io,
              format("Cannot tell where {} is: {}. Name the file with its whole path.", path, error.message()));
}

Result<std::string> expanded(std::string const& path, Environment const& environment) {
  if (path != "~" && !path.starts_with("~/")) return absolute(path);
  auto home = environment.get("HOME");
  if (!home || home->empty())
    return fail(Code::InvalidArgument, "HOME is not set, so ~ means nothing. Name a file with --kubeconfig.");
  return absolute(*home + path.substr(1));
}

std::vector<std::string> split(std::string const& list) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= list.size();) {
    auto end = std::min(list.find(':', from), list.size());
    auto part = list.substr(from, end - from);
    if (part.find_first_not_of(" \t") != std::string::npos) out.push_back(part);
    from = end + 1;
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> kubeconfig_paths(std::string const& option, Environment const& environment) {
  auto named = option.empty() ? split(environment.get("KUBECONFIG").value_or("")) : std::vector{option};
  if (named.empty()) named.emplace_back("~/.kube/config");
  std::vector<std::string> paths;
  for (auto const& path : named) {
    KEKS_TRY(auto absolute, expanded(path, environment));
    paths.push_back(std::move(absolute));
  }
  return paths;
}

KubeconfigChoice choose_kubeconfig(std::vector<std::string> const& paths, std::string_view cluster) {
  std::vector<Error> passed_over;
  for (auto const& path : paths) {
    auto loaded = load(path);
    if (!loaded) passed_over.push_back(loaded.error());
    if (loaded && has_entry(loaded->config, "clusters", cluster)) return {path, std::move(passed_over)};
  }
  return {paths.front(), {}};
}

Result<std::string> merged_kubeconfig(std::string const& path, KubeconfigEntry const& entry) {
  KEKS_TRY(auto loaded, load(path));
  return as_yaml(with_entry(std::move(loaded.config), entry));
}

Result<bool> update_kubeconfig(std::string const& path, KubeconfigEntry const& entry, bool backup,
                               Deadline const& deadline) {
  // Broken files are refused before a folder or a lock is made for them.
  KEKS_CHECK(load(path));
  KEKS_CHECK(make_folder(fs::path(path).parent_path().string(), 0700));
  KEKS_TRY(auto lock, KubectlLock::acquire(path, deadline.at_most(std::chrono::seconds(10))));
  KEKS_TRY(auto loaded, load(path));
  bool is_new = !has_entry(loaded.config, "contexts", entry.context);
  if (backup && loaded.text) KEKS_CHECK(replace_file(path + ".bak", *loaded.text, 0600));
  KEKS_CHECK(replace_file(path, as_yaml(with_entry(std::move(loaded.config), entry)), 0600));
  return is_new;
}

}  // namespace keks::cli
