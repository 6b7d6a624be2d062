#include "apps/keks/doctor/gather.hpp"

#include <keks/kube/core_v1.hpp>
#include <keks/kube/eks.hpp>

#include <algorithm>
#include <utility>

#include "apps/keks/cluster.hpp"
#include "apps/keks/config_map.hpp"
#include "apps/keks/identity.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "net/dial.hpp"

namespace keks::cli::doctor {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnect{5'000};

std::string named_by(Environment const& environment, std::initializer_list<std::string_view> names) {
  for (auto name : names)
    if (environment.get(name)) return std::string(name);
  return "";
}

std::string region_by(Arguments const& args, aws::Session const& session) {
  if (args.get("region")) return "--region";
  auto variable = named_by(args.environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  return variable.empty() ? format("profile {}", session.settings().profile_name()) : variable;
}

std::vector<std::string> redirected(aws::Session const& session) {
  std::vector<std::string> out;
  for (std::string_view service : {"sts", "eks"}) {
    auto real = aws::endpoint(service, session.region());
    auto called = session.settings().call_endpoint(service, session.region());
    if (real && called && real->url.origin() != called->url.origin())
      out.push_back(format("{} to {}", service, called->url.origin()));
  }
  return out;
}

Local local_of(Arguments const& args, aws::Session const& session) {
  Local local{.profile = session.settings().profile_name(),
              .profile_by = args.get("profile") ? "--profile"
                                                : named_by(args.environment, {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}),
              .region = session.region().region,
              .region_by = region_by(args, session),
              .redirected = redirected(session)};
  if (session.chain()) local.places = session.chain()->steps();
  return local;
}

Result<Held> held_by(aws::CredentialsProvider& provider, Deadline const& deadline) {
  KEKS_TRY(auto credentials, provider.get(deadline));
  return Held{credentials.source, credentials.expiration};
}

Result<aws::CallerIdentity> identity_of(aws::Session const& session, std::shared_ptr<aws::CredentialsProvider> signer,
                                        Deadline const& deadline) {
  KEKS_TRY(auto sts, session.sts(std::move(signer)));
  return sts.get_caller_identity(deadline);
}

/// An entry of which only the ARN is known.
iam::Mapping listed(std::string arn) {
  iam::Mapping mapping;
  mapping.place = "access entry";
  mapping.arn = std::move(arn);
  return mapping;
}

class Walk {
 public:
  Walk(Arguments const& args, std::string const& cluster, Deadline const& deadline)
      : args_(args), deadline_(deadline), facts_{.cluster = cluster, .role = args.get_or("role", "")} {}

  Facts run() {
    set_up();
    if (session_) ask_aws();
    if (auto file = args_.get("aws-auth")) facts_.aws_auth = aws_auth_of_file(*file);
    locate();
    if (auto const* server = known(facts_.server)) reach(server->url);
    if (known(facts_.tls) && known(facts_.token_credentials())) sign_in();
    return std::move(facts_);
  }

 private:
  /// The share of one question in the time that is left.
  Deadline share(int parts = 3) const { return deadline_.at_most(deadline_.remaining() / parts); }

  void set_up() {
    auto session = session_of(args_);
    if (!session) {
      facts_.local = fail(std::move(session).error());
      return;
    }
    session_ = *std::move(session);
    facts_.local = local_of(args_, *session_);
    auto options = cluster_options(args_);
    options.cluster = facts_.cluster;
    auto access = kube::EksAccess::prepare(options, *session_);
    // A region that is missing has a step of its own.
    if (access)
      access_ = *std::move(access);
    else if (access.error().code() != Code::RegionUnset)
      facts_.prepared = fail(std::move(access).error());
  }

  void ask_aws() {
    facts_.credentials = held_by(*session_->own(), share(2));
    if (!known(facts_.credentials) || session_->region().region.empty()) return;
    facts_.own = identity_of(*session_, session_->own(), share());
    if (access_ && !facts_.role.empty()) take_role();
    ask_eks();
  }

  void take_role() {
    facts_.role_credentials = held_by(*access_->credentials(), share(2));
    if (known(facts_.role_credentials)) facts_.as_role = identity_of(*session_, access_->credentials(), share());
  }

  void ask_eks() {
    auto eks = session_->eks(session_->own());
    if (!eks) {
      facts_.described = fail(std::move(eks).error());
      return;
    }
    facts_.described = eks->describe_cluster(facts_.cluster, share());
    if (!known(facts_.described) && facts_.described->error().code() == Code::ClusterNotFound)
      facts_.other_clusters = eks->list_clusters(share()).value_or(std::vector<std::string>());
    // Whoever does not reach EKS once has waited enough.
    if (known(facts_.described) || facts_.described->error().code() == Code::DescribeClusterDenied)
      facts_.entries = read_entries(*eks);
  }

  Result<Entries> read_entries(aws::Eks& eks) {
    KEKS_TRY(auto arns, eks.list_access_entries(facts_.cluster, share()));
    Entries entries;
    for (auto& arn : arns) entries.all.push_back(listed(std::move(arn)));
    auto own = own_entry(entries);
    if (own == entries.all.end()) return entries;
    KEKS_TRY(auto entry, eks.describe_access_entry(facts_.cluster, own->arn, share()));
    if (!entry) return entries;
    *own = iam::mapping_of(*entry);
    entries.type = entry->type;
    auto policies = eks.list_associated_access_policies(facts_.cluster, entry->principal_arn, share());
    for (auto const& policy : policies.value_or(std::vector<aws::AccessPolicy>()))
      entries.policies.push_back(policy.policy_arn.substr(policy.policy_arn.rfind('/') + 1));
    return entries;
  }

  /// The entry that is the caller's, by its ARN alone.
  std::vector<iam::Mapping>::iterator own_entry(Entries& entries) const {
    auto const* caller = known(facts_.caller());
    auto identity = caller ? iam::identity_of(*caller) : Result<iam::Identity>(fail(Code::InvalidArgument, ""));
    if (!identity) return entries.all.end();
    iam::Mappings mappings;
    mappings.access_entries = entries.all;
    auto match = iam::find_mapping(*identity, mappings).match;
    return match ? std::ranges::find(entries.all, match->entry.arn, &iam::Mapping::arn) : entries.all.end();
  }

  static Result<AwsAuth> aws_auth_of_file(std::string const& path) {
    KEKS_TRY(auto data, read_config_map(path));
    return AwsAuth{.from = path, .mappings = iam::parse_aws_auth(data)};
  }

  static Result<AwsAuth> aws_auth_of(kube::Client const& client, Deadline const& deadline) {
    KEKS_TRY(auto map, client.in("kube-system").find<kube::ConfigMap>("aws-auth", {}, deadline));
    if (!map) return AwsAuth{.from = "the cluster", .absent = true};
    ConfigMapData data(map->data.begin(), map->data.end());
    return AwsAuth{.from = "the cluster", .mappings = iam::parse_aws_auth(data)};
  }

  Result<kube::ClusterFacts> described_place(aws::Cluster const& cluster) const {
    KEKS_TRY(auto url, net::Url::parse(cluster.endpoint));
    KEKS_TRY(auto trust, net::Trust::pem(cluster.certificate_authority));
    return kube::ClusterFacts{std::move(url), std::move(trust)};
  }

  void locate() {
    if (access_ && access_->configured()) {
      place_ = *access_->configured();
      facts_.server = Server{place_->endpoint, "KEKS_ENDPOINT"};
      return;
    }
    auto const* cluster = known(facts_.described);
    if (!access_ || !cluster || cluster->endpoint.empty()) return;
    auto place = described_place(*cluster);
    if (place) place_ = *place;
    facts_.server = place ? Result<Server>(Server{place->endpoint, "DescribeCluster"}) : fail(place.error());
  }

  void reach(net::Url const& url) {
    auto addresses = net::resolve(url.host, url.port, kConnect, share());
    if (!addresses) {
      facts_.addresses = fail(std::move(addresses).error());
      return;
    }
    std::vector<std::string> shown;
    for (auto const& address : *addresses) shown.push_back(address.ip());
    facts_.addresses = std::move(shown);
    auto fd = net::connect_any(*addresses, url.host, kConnect, share());
    facts_.tcp = fd ? Result<void>() : fail(std::move(fd).error());
    if (!known(facts_.tcp)) return;
    connected_ = access_->connect(*place_);
    facts_.tls = connected_->transport->connect(url, share());
  }

  void sign_in() {
    auto const& client = connected_->client;
    facts_.user = client.who_am_i(share());
    if (!*facts_.user && facts_.user->error().is_unauthorized()) return;
    auto page = client.all().list<kube::Pod>({.limit = 1}).page(share());
    facts_.pods = page ? Result<void>() : fail(std::move(page).error());
    if (!facts_.aws_auth) facts_.aws_auth = aws_auth_of(client, share());
  }

  Arguments const& args_;
  Deadline deadline_;
  Facts facts_;
  std::optional<aws::Session> session_;
  std::optional<kube::EksAccess> access_;
  std::optional<kube::ClusterFacts> place_;
  std::optional<kube::EksAccess::Connected> connected_;
};

}  // namespace

Facts gather(Arguments const& args, std::string const& cluster, Deadline const& deadline) {
  return Walk(args, cluster, deadline).run();
}

}  // namespace keks::cli::doctor
