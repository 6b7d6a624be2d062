#pragma once

#include <keks/iam/mapping.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace keks::sandbox {

/// Who may enter the cluster: access entries, the ConfigMap aws-auth, and which of the two counts. It does not change.
class AccessList {
 public:
  explicit AccessList(Options const& options);

  std::string_view mode() const;  ///< as DescribeCluster tells it
  bool has_entries() const { return mode_ != AccessMode::ConfigMap; }
  std::vector<AccessEntry> const& entries() const { return entries_; }
  /// The ConfigMap's `data`, if there is one.
  std::optional<AwsAuthData> const& aws_auth() const { return aws_auth_; }

  /// What the cluster makes of a caller.
  iam::Verdict find(iam::Identity const& identity) const { return iam::find_mapping(identity, mappings_); }

 private:
  AccessMode mode_;
  std::vector<AccessEntry> entries_;
  std::optional<AwsAuthData> aws_auth_;
  iam::Mappings mappings_;
};

}  // namespace keks::sandbox
