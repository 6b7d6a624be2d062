#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "apps/keks/kubeconfig_merge.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

namespace json = boost::json;

KubeconfigEntry const kEntry{.cluster = "arn:prod",
                             .user = "arn:prod",
                             .context = "arn:prod",
                             .server = "https://prod",
                             .certificate_authority = "PEM",
                             .proxy_url = "",
                             .command = "keks",
                             .args = {"token", "-i", "prod"}};

constexpr std::string_view kCluster = R"(
- cluster:
    certificate-authority-data: UEVN
    server: https://prod
  name: arn:prod)";
constexpr std::string_view kContext = R"(
- context:
    cluster: arn:prod
    user: arn:prod
  name: arn:prod)";
constexpr std::string_view kUser = R"(
- name: arn:prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - token
      - "-i"
      - prod
      command: keks
      interactiveMode: IfAvailable
      provideClusterInfo: false)";

std::string text(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (auto part : parts) all += part;
  return all;
}

std::string merged(std::string_view yaml, KubeconfigEntry const& entry = kEntry) {
  auto config = read_kubeconfig(yaml);
  if (!config) return "error: " + config.error().message();
  return json_to_yaml(json::value(with_entry(*std::move(config), entry)));
}

/// What is left of one entry after it was merged over.
std::string entry_after(std::string_view yaml, std::string_view list) {
  auto config = with_entry(read_kubeconfig(yaml).value(), kEntry);
  EXPECT_EQ(config.at(list).as_array().size(), 1u);
  return "\n" + json_to_yaml(config.at(list));
}

TEST(KubeconfigMerge, AnAbsentFileBecomesAWholeKubeconfig) {
  auto whole = text({"apiVersion: v1\nclusters:", kCluster, "\ncontexts:", kContext,
                     "\ncurrent-context: arn:prod\nkind: Config\npreferences: {}\nusers:", kUser, "\n"});
  for (auto empty : {"", "\n", "# mine\n", "---\n", "~"}) EXPECT_EQ(merged(empty), whole) << empty;
  EXPECT_EQ(merged(whole), whole);
}

TEST(KubeconfigMerge, ListsThatAreAbsentOrNullAreMade) {
  auto after = text({"apiVersion: v1\nkind: Config\nclusters:", kCluster, "\nusers:", kUser, "\ncontexts:", kContext,
                     "\ncurrent-context: arn:prod\n"});
  EXPECT_EQ(merged("{apiVersion: v1, kind: Config}"), after);
  EXPECT_EQ(merged("{apiVersion: v1, kind: Config, clusters: , users: ~, contexts: null}"), after);
}

TEST(KubeconfigMerge, OtherEntriesStayWithTheirOrderAndWhatNobodyKnows) {
  EXPECT_EQ(
      merged("users:\n- user: {token: abc, x: [y]}\n  name: me\ncurrent-context: me\nfuture: {b: 1, a: 2}\n"
             "clusters:\n- name: mine\n  cluster: {server: 'http://mine', extensions: [{name: 'no'}]}\nkind: Config\n"
             "contexts:\n- context: {user: me, cluster: mine, namespace: '12'}\n  name: me\n"),
      text({"users:\n- user:\n    token: abc\n    x:\n    - true\n  name: me", kUser,
            "\ncurrent-context: arn:prod\nfuture:\n  b: 1\n  a: 2\nclusters:\n- name: mine\n  cluster:\n"
            "    server: http://mine\n    extensions:\n    - name: \"no\"",
            kCluster,
            "\nkind: Config\ncontexts:\n- context:\n    user: me\n    cluster: mine\n    namespace: \"12\"\n"
            "  name: me",
            kContext, "\napiVersion: v1\n"}));
}

TEST(KubeconfigMerge, AnEntryOfTheSameNameIsChangedWhereItStands) {
  auto config = with_entry(read_kubeconfig("clusters:\n- {name: a, cluster: {}}\n"
                                           "- {name: 'arn:prod', cluster: {server: old, tls-server-name: other, "
                                           "proxy-url: 'http://p'}, seen: 2020-01-01}\n- {name: b, cluster: {}}\n")
                               .value(),
                           kEntry);
  EXPECT_EQ(json_to_yaml(config.at("clusters")), R"(- name: a
  cluster: {}
- name: arn:prod
  cluster:
    server: https://prod
    tls-server-name: other
    proxy-url: http://p
    certificate-authority-data: UEVN
  seen: "2020-01-01"
- name: b
  cluster: {}
)");
}

TEST(KubeconfigMerge, WhatContradictsTheClusterGoes) {
  EXPECT_EQ(entry_after("clusters: [{name: 'arn:prod', cluster: {insecure-skip-tls-verify: true, "
                        "certificate-authority: /ca.pem}}]",
                        "clusters"),
            "\n- name: arn:prod\n  cluster:\n    certificate-authority-data: UEVN\n    server: https://prod\n");
}

TEST(KubeconfigMerge, AContextKeepsItsNamespace) {
  EXPECT_EQ(
      entry_after("contexts: [{name: 'arn:prod', context: {namespace: shop, user: old, cluster: old}}]", "contexts"),
      "\n- name: arn:prod\n  context:\n    namespace: shop\n    user: arn:prod\n    cluster: arn:prod\n");
}

TEST(KubeconfigMerge, AUserSignsInByThePluginAlone) {
  auto user = entry_after(
      "users: [{name: 'arn:prod', user: {token: t, tokenFile: f, username: u, password: p, client-certificate: c, "
      "client-certificate-data: c, client-key: k, client-key-data: k, auth-provider: {name: gcp}}}]",
      "users");
  EXPECT_EQ(user, text({kUser, "\n"}));
}

TEST(KubeconfigMerge, TheAwsCliAsPluginIsReplacedAndItsProfileGoes) {
  auto user = entry_after(
      "users: [{name: 'arn:prod', user: {as: boss, exec: {command: aws, args: [eks, get-token], apiVersion: "
      "client.authentication.k8s.io/v1alpha1, provideClusterInfo: true, installHint: get it, env: [{name: AWS_PROFILE, "
      "value: old}, {name: HTTPS_PROXY, value: p}]}}}]",
      "users");
  for (auto kept : {"as: boss", "installHint: \"get it\"", "- name: HTTPS_PROXY", "command: keks"})
    EXPECT_NE(user.find(kept), std::string::npos) << kept << user;
  for (auto gone : {"AWS_PROFILE", "get-token", "v1alpha1", "true", "command: aws"})
    EXPECT_EQ(user.find(gone), std::string::npos) << gone << user;
  EXPECT_EQ(entry_after("users: [{name: 'arn:prod', user: {exec: {env: [{name: AWS_PROFILE, value: old}]}}}]", "users")
                .find("env"),
            std::string::npos);
}

TEST(KubeconfigMerge, AliasesNameContextAndUser) {
  auto entry = kEntry;
  entry.context = "prod";
  entry.user = "12";
  entry.proxy_url = "socks5://p:1";
  auto config = with_entry(read_kubeconfig("users: [{name: 12, user: {}}]").value(), entry);
  EXPECT_EQ(config.at("users").as_array().size(), 1u);
  EXPECT_EQ(config.at("current-context"), "prod");
  EXPECT_TRUE(has_entry(config, "clusters", "arn:prod"));
  EXPECT_TRUE(has_entry(config, "contexts", "prod"));
  EXPECT_FALSE(has_entry(config, "contexts", "arn:prod"));
  EXPECT_NE(json_to_yaml(config.at("contexts")).find("user: \"12\""), std::string::npos);
  EXPECT_NE(json_to_yaml(config.at("clusters")).find("proxy-url: socks5://p:1"), std::string::npos);
}

TEST(KubeconfigMerge, EntriesWithoutNameOrBodyAreNoObstacle) {
  auto config = with_entry(read_kubeconfig("clusters: [{}, {cluster: {}}, {name: 'arn:prod', cluster: text}]\n"
                                           "users: [{name: 'arn:prod'}]")
                               .value(),
                           kEntry);
  EXPECT_EQ(config.at("clusters").as_array().size(), 3u);
  EXPECT_EQ(config.at("clusters").at(2).at("cluster").at("server"), "https://prod");
  EXPECT_EQ(config.at("users").as_array().size(), 1u);
}

TEST(KubeconfigMerge, WhatIsNoKubeconfigIsRefusedWithItsLine) {
  struct Case {
    std::string_view yaml, message;
  };
  for (auto const& c : std::initializer_list<Case>{
           {"text", "line 1: it is no mapping"},
           {"# a\n---\n- 1\n", "line 3: it is no mapping"},
           {"kind: Config\nclusters: text\n", "line 2: clusters is no list"},
           {"kind: Config\ncontexts: {}\n", "line 2: contexts is no list"},
           {"kind: Config\n\"users\": 1\n", "line 2: users is no list"},
           {"users: []\nclusters:\n- text\n", "line 2: clusters has an entry that is no mapping"},
           {"contexts: [[]]", "line 1: contexts has an entry that is no mapping"},
           {"users: [~]", "line 1: users has an entry that is no mapping"},
           {"kind: Config\ncurrent-context: {}\n", "line 2: current-context is no text"},
           {"apiVersion: v1\nkind: Pod\n", "line 2: kind is not Config"},
           {"kind: Config\napiVersion: apps/v1\n", "line 2: apiVersion is not v1"},
           {"kind: Config\nkind: Config\n", "line 2: key \"kind\" comes twice"},
           {"kind: Config\n---\nkind: Config\n", "line 2: a second document begins"},
           {"a: b\n c: d", "line 2: mapping values are not allowed in this context"}})
    EXPECT_EQ(merged(c.yaml), "error: " + std::string(c.message)) << c.yaml;
}

}  // namespace
}  // namespace keks::cli
