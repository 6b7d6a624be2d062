#include "sandbox/sandbox.hpp"

#include <unistd.h>
#include <keks/base/encoding.hpp>
#include <keks/iam/arn.hpp>

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/access.hpp"
#include "sandbox/authenticator.hpp"
#include "sandbox/container.hpp"
#include "sandbox/crypto.hpp"
#include "sandbox/eks.hpp"
#include "sandbox/kube_api.hpp"
#include "sandbox/pki.hpp"
#include "sandbox/sts.hpp"

namespace keks::sandbox {
namespace {

/// A file of this process's own that goes with it.
class TemporaryFile {
 public:
  static Result<TemporaryFile> write(std::string_view text) {
    std::error_code error;
    auto folder = std::filesystem::temp_directory_path(error);
    if (error) return fail(Code::Io, format("no folder for temporary files: {}; set TMPDIR", error.message()));
    auto path = (folder / "keks-sandbox-XXXXXX").string();
    int fd = ::mkstemp(path.data());
    if (fd < 0) return fail(Code::Io, format("cannot make a file like {}; set TMPDIR", path));
    TemporaryFile file(std::move(path));
    auto written = ::write(fd, text.data(), text.size());
    ::close(fd);
    if (written != static_cast<ssize_t>(text.size())) return fail(Code::Io, format("cannot write {}", file.path_));
    return file;
  }
  TemporaryFile() = default;
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  std::string const& path() const { return path_; }

 private:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string last_part(std::string const& arn) { return arn.substr(arn.rfind('/') + 1); }

/// What is mapped when nobody says otherwise: whoever is known may look at pods.
Mapping viewer(std::string const& arn) { return {arn, last_part(arn), {"keks:viewers"}}; }

/// The role of a role's ARN as its sessions show it: without a path.
std::string without_path(std::string const& role_arn) { return canonical_arn(session_arn(role_arn, "session")); }

Options with_defaults(Options options) {
  if (options.identities.empty())
    options.identities.push_back({.access_key_id = "ASIAKEKSSANDBOX00001",
                                  .secret_access_key = "sandbox/function/secret+key0000000000000",
                                  .arn = format("arn:aws:sts::{}:assumed-role/eksClient/eksClient", options.account)});
  if (options.roles.empty()) options.roles.push_back(format("arn:aws:iam::{}:role/keks-ops", options.account));
  if (options.mappings.empty() && options.access_entries.empty() && !options.aws_auth) {
    for (auto const& identity : options.identities) options.mappings.push_back(viewer(canonical_arn(identity.arn)));
    for (auto const& role : options.roles) options.mappings.push_back(viewer(without_path(role)));
  }
  return options;
}

std::string url_of(bool tls, std::string const& host, std::uint16_t port) {
  return format("{}://{}:{}", tls ? "https" : "http", host, port);
}

}  // namespace

struct Sandbox::Impl {
  Impl(Options wanted, CertificateAuthority ca)
      : options(with_defaults(std::move(wanted))),
        authority(std::move(ca)),
        keys(options.identities, random_bytes(32)),
        store(options.pods),
        access(options),
        authenticator(keys, options.cluster, access),
        sts(keys, options.region, options.roles),
        container(keys, base64(random_bytes(24))),
        api(authenticator, access, store, {options.pod_bytes, options.page_limit, options.tables}, random_bytes(32)) {
    faults.set(options.faults);
  }

  Result<net::ServerTls> kube_certificate() const {
    if (faults.has("kube.tls", "wrong-name")) return authority.issue({"elsewhere.invalid"});
    if (!faults.has("kube.tls", "wrong-ca")) return authority.issue({"localhost", "127.0.0.1"});
    KEKS_TRY(auto stranger, CertificateAuthority::create("another authority"));
    return stranger.issue({"localhost", "127.0.0.1"});
  }

  Result<void> start_kube() {
    if (options.aws_only) return {};
    KEKS_TRY(auto certificate, kube_certificate());
    net::ServerOptions listen;
    listen.port = options.kube_port;
    listen.tls = std::move(certificate);
    auto handler = [this](net::Exchange& exchange) { serve(exchange, api, faults, points, *options.clock); };
    KEKS_TRY(kube_server, net::Server::start(std::move(listen), handler));
    return {};
  }

  Result<net::ServerTls> aws_certificate() const {
    return authority.issue({"localhost", options.aws_address, format("sts.{}.amazonaws.com", options.region),
                            format("eks.{}.amazonaws.com", options.region), "sts.amazonaws.com"});
  }

  /// STS, EKS and the credentials of containers share a listener; STS has no paths.
  Service& aws_service(net::ServerRequest const& request) {
    if (request.path() == "/credentials") return container;
    bool is_eks = request.path().starts_with("/clusters") || request.headers.get("host").starts_with("eks.");
    return is_eks ? static_cast<Service&>(*eks) : sts;
  }

  Result<void> start_aws() {
    eks.emplace(keys, access,
                ClusterFacts{options.region, options.account, options.cluster, cluster_endpoint(), cluster_ca()});
    net::ServerOptions listen;
    listen.address = options.aws_address;
    listen.port = options.aws_port;
    if (options.aws_tls) {
      KEKS_TRY(listen.tls, aws_certificate());
      KEKS_TRY(ca_file, TemporaryFile::write(authority.certificate_pem()));
    }
    auto handler = [this](net::Exchange& exchange) {
      serve(exchange, aws_service(exchange.request()), faults, points, *options.clock);
    };
    KEKS_TRY(aws_server, net::Server::start(std::move(listen), handler));
    return {};
  }

  std::string kube_url() const { return kube_server ? url_of(true, "127.0.0.1", kube_server->port()) : ""; }
  std::string aws_url() const { return url_of(options.aws_tls, options.aws_address, aws_server->port()); }
  std::string cluster_endpoint() const {
    return options.cluster_endpoint.empty() ? kube_url() : options.cluster_endpoint;
  }
  std::string const& cluster_ca() const {
    return options.cluster_ca_pem.empty() ? authority.certificate_pem() : options.cluster_ca_pem;
  }

  Options options;
  CertificateAuthority authority;
  FaultList faults;
  PointCounters points;
  KeyRing keys;
  PodStore store;
  AccessList access;
  Authenticator authenticator;
  StsService sts;
  ContainerCredentials container;
  KubeApi api;
  std::optional<EksService> eks;
  TemporaryFile ca_file;
  // Last, so that they stop before what they serve is gone.
  std::unique_ptr<net::Server> kube_server, aws_server;
};

Sandbox::Sandbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::start(Options options) {
  if (options.aws_only && (options.cluster_endpoint.empty() || options.cluster_ca_pem.empty()))
    return fail(Code::InvalidArgument,
                "a sandbox without an API server needs the endpoint and the CA of the cluster that EKS is to describe");
  KEKS_TRY(auto authority, CertificateAuthority::create("keks sandbox"));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(authority));
  KEKS_CHECK(impl->start_kube());
  KEKS_CHECK(impl->start_aws());
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(impl)));
}

std::map<std::string, std::string> Sandbox::environment() const {
  auto const& options = impl_->options;
  auto const& identity = impl_->keys.identities().front();
  std::map<std::string, std::string> variables{{"AWS_ENDPOINT_URL_STS", impl_->aws_url()},
                                               {"AWS_ENDPOINT_URL_EKS", impl_->aws_url()},
                                               {"AWS_ACCESS_KEY_ID", identity.access_key_id},
                                               {"AWS_SECRET_ACCESS_KEY", identity.secret_access_key},
                                               {"AWS_REGION", options.region},
                                               // The AWS CLI of the first generation reads only this one.
                                               {"AWS_DEFAULT_REGION", options.region},
                                               {"cluster", options.cluster},
                                               {"region", options.region},
                                               {"arn", options.roles.front()},
                                               {"KEKS_SANDBOX_CLUSTER", options.cluster},
                                               {"KEKS_SANDBOX_ENDPOINT", impl_->cluster_endpoint()}};
  if (!identity.session_token.empty()) variables["AWS_SESSION_TOKEN"] = identity.session_token;
  if (options.container_credentials) {
    for (auto name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) variables.erase(name);
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = impl_->aws_url() + "/credentials";
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = impl_->container.token();
  }
  if (options.aws_tls) variables["AWS_CA_BUNDLE"] = impl_->ca_file.path();
  return variables;
}

std::string Sandbox::kube_url() const { return impl_->kube_url(); }
std::string Sandbox::ca_pem() const { return impl_->authority.certificate_pem(); }

Counters Sandbox::counters() const {
  Counters counters;
  counters.aws = impl_->aws_server->counters();
  if (impl_->kube_server) counters.kube = impl_->kube_server->counters();
  counters.requests = impl_->points.all();
  return counters;
}

void Sandbox::set_faults(std::vector<Fault> faults) { impl_->faults.set(std::move(faults)); }
void Sandbox::add_pod(std::string ns, std::string name) { impl_->store.add({std::move(ns), std::move(name)}); }
void Sandbox::remove_pod(std::string const& ns, std::string const& name) { impl_->store.remove({ns, name}); }

void Sandbox::drop_connections() {
  impl_->aws_server->close_idle_connections();
  if (impl_->kube_server) impl_->kube_server->close_idle_connections();
}

}  // namespace keks::sandbox
