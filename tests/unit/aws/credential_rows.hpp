#pragma once

#include <keks/aws/chain.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_clock.hpp"
#include "support/rows.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace keks::aws {

/// The folder that a row plays in: HOME, shared files, caches and programs. Removed at the end.
class RowFolder {
 public:
  explicit RowFolder(test::Row const& row);

  std::string path() const { return folder_.path(); }
  /// Every program run, as its words; the first is the path it was started by.
  std::vector<std::vector<std::string>> process_runs() const;
  /// Text of a file below the folder; empty when it is not there.
  std::string text(std::string const& relative) const;

 private:
  void write(std::string const& relative, std::string_view text, bool executable = false) const;
  void add_program(std::string const& name, test::Row const& program) const;
  test::TemporaryFolder folder_;
};

/// A row with its placeholders filled, ready to be played: folder, environment and server.
class RowStage {
 public:
  explicit RowStage(test::Row const& row);

  Environment environment() const { return environment_; }
  Result<Settings> settings() const { return Settings::load(environment_, test::text(row_, "profile")); }
  ChainOptions chain_options(Settings settings) const;
  test::FakeClock& clock() { return clock_; }
  test::ScriptedServer& server() { return *server_; }
  RowFolder const& folder() const { return *folder_; }

 private:
  test::Row row_;
  test::FakeClock clock_;
  std::unique_ptr<RowFolder> folder_;
  Environment environment_;
  std::unique_ptr<test::ScriptedServer> server_;
};

/// What came out of a row.
struct RowOutcome {
  Result<Credentials> credentials;
  std::vector<test::SeenRequest> requests;
  std::vector<std::vector<std::string>> process_runs;
  std::map<std::string, std::string> files;  ///< those that an SDK has written, as they are now
  WallTime begin;
  std::string folder;
};

/// One `get` on the chain that the row describes. The wall clock is the machine's at the start; waiting takes no time.
RowOutcome play(test::Row const& row);

/// Whether the outcome is that of either SDK where a row is not marked, and the careful one where it is.
bool fits(RowOutcome const& got, test::Row const& row);
/// The same for what one SDK did.
bool fits_sdk(RowOutcome const& got, test::Row const& want);
/// For a failed test: what came out, in one line.
std::string told(RowOutcome const& got);

}  // namespace keks::aws
