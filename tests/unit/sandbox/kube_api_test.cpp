#include <gmock/gmock.h>
#include <malloc.h>

#include <set>

#include "tests/unit/sandbox/support.hpp"

namespace keks::sandbox {
namespace {

using test::Answer;
using test::Box;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char const* kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

std::size_t count(Answer const& answer, std::string_view member) {
  return boost::json::parse(answer.body).at(member).as_array().size();
}

TEST(KubeApi, ListsAndGetsPods) {
  Box box;
  auto list = box.kube("/api/v1/pods");
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_EQ(list.text("/kind"), "PodList");
  EXPECT_EQ(count(list, "items"), 31u);
  EXPECT_EQ(list.text("/items/0/kind"), "absent");
  auto ns = list.text("/items/0/metadata/namespace"), name = list.text("/items/0/metadata/name");
  auto pod = box.kube("/api/v1/namespaces/" + ns + "/pods/" + name);
  EXPECT_EQ(pod.text("/kind"), "Pod");
  EXPECT_EQ(pod.text("/metadata/name"), name);
  EXPECT_EQ(pod.text("/metadata/uid"), list.text("/items/0/metadata/uid"));
}

TEST(KubeApi, AnAbsentPodIsNotFound) {
  Box box;
  auto answer = box.kube("/api/v1/namespaces/default/pods/example-xxxxx");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(
      answer.body,
      "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"pods "
      "\\\"example-xxxxx\\\" not found\",\"reason\":\"NotFound\",\"details\":{\"name\":\"example-xxxxx\",\"kind\":"
      "\"pods\"},\"code\":404}\n");
}

TEST(KubeApi, PodsComeAndGo) {
  Box box;
  box.sandbox->add_pod("default", "example-xxxxx");
  EXPECT_EQ(box.kube("/api/v1/namespaces/default/pods/example-xxxxx").text("/metadata/name"), "example-xxxxx");
  EXPECT_EQ(count(box.kube("/api/v1/pods"), "items"), 32u);
  box.sandbox->remove_pod("default", "example-xxxxx");
  EXPECT_EQ(box.kube("/api/v1/namespaces/default/pods/example-xxxxx").status, 404);
  EXPECT_EQ(count(box.kube("/api/v1/pods"), "items"), 31u);
}

TEST(KubeApi, PagesGiveEveryPodOnce) {
  Box box;
  std::set<std::string> names;
  std::string target = "/api/v1/pods?limit=10";
  for (std::string expected : {"21", "11", "1", "absent"}) {
    auto page = box.kube(target);
    EXPECT_EQ(page.text("/metadata/remainingItemCount"), expected);
    EXPECT_EQ(page.text("/metadata/continue") == "absent", expected == "absent");
    auto document = boost::json::parse(page.body);
    for (auto const& item : document.at("items").as_array())
      names.insert(std::string(item.at_pointer("/metadata/uid").as_string()));
    target = "/api/v1/pods?limit=10&continue=" + page.text("/metadata/continue");
  }
  EXPECT_EQ(names.size(), 31u);
}

TEST(KubeApi, AContinuedListStaysAtItsVersionUntilThatIsForgotten) {
  Box box;
  auto first = box.kube("/api/v1/pods?limit=30");
  auto next = "/api/v1/pods?limit=30&continue=" + first.text("/metadata/continue");
  for (int i = 0; i < 7; ++i) box.sandbox->add_pod("zoo", "animal-" + std::to_string(i));
  EXPECT_EQ(count(box.kube(next), "items"), 1u);
  box.sandbox->add_pod("zoo", "animal-7");
  auto expired = box.kube(next);
  EXPECT_EQ(expired.status, 410);
  EXPECT_THAT(expired.text("/message"), StartsWith("The provided continue parameter is too old"));
  EXPECT_EQ(expired.text("/reason"), "Expired");
  auto fresh = box.kube("/api/v1/pods?limit=30&continue=" + expired.text("/metadata/continue"));
  EXPECT_EQ(count(fresh, "items"), 9u);
}

TEST(KubeApi, TakesOnlyItsOwnContinueTokens) {
  Box box;
  auto token = box.kube("/api/v1/pods?limit=5").text("/metadata/continue");
  auto forged = token;
  forged[30] = forged[30] == 'A' ? 'B' : 'A';
  for (auto const& bad : {forged, std::string("abc"), std::string("!"), token + "A"}) {
    auto answer = box.kube("/api/v1/pods?limit=5&continue=" + bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_THAT(answer.text("/message"), HasSubstr("continue key is not valid"));
  }
  EXPECT_EQ(box.kube("/api/v1/pods?resourceVersion=1&continue=" + token).status, 400);
}

TEST(KubeApi, PagesUnaskedWhenSoConfigured) {
  Options options;
  options.page_limit = 7;
  Box box(std::move(options));
  EXPECT_EQ(count(box.kube("/api/v1/pods"), "items"), 7u);
  EXPECT_EQ(count(box.kube("/api/v1/pods?limit=3"), "items"), 3u);
  EXPECT_EQ(box.kube("/api/v1/pods").text("/metadata/remainingItemCount"), "24");
}

TEST(KubeApi, SelectsByLabelAndField) {
  Box box;
  box.sandbox->add_pod("default", "lonely-abc");
  auto items = [&](std::string const& query) { return count(box.kube("/api/v1/pods?" + query), "items"); };
  EXPECT_EQ(items("labelSelector=app%3Dlonely"), 1u);
  EXPECT_EQ(items("labelSelector=app%3D%3Dlonely,pod-template-hash"), 1u);
  EXPECT_EQ(items("labelSelector=app!%3Dlonely"), 31u);
  EXPECT_EQ(items("labelSelector=!app"), 0u);
  EXPECT_EQ(items("fieldSelector=metadata.name%3Dlonely-abc"), 1u);
  EXPECT_EQ(items("fieldSelector=metadata.namespace%3Ddefault,metadata.name!%3Dlonely-abc"), 8u);
  EXPECT_EQ(count(box.kube("/api/v1/namespaces/default/pods"), "items"), 9u);
  EXPECT_EQ(count(box.kube("/api/v1/namespaces/nowhere/pods"), "items"), 0u);
  auto page = box.kube("/api/v1/pods?limit=1&labelSelector=pod-template-hash");
  EXPECT_NE(page.text("/metadata/continue"), "absent");
  EXPECT_EQ(page.text("/metadata/remainingItemCount"), "absent");
}

TEST(KubeApi, RefusesWhatItCannotSelectBy) {
  Box box;
  for (std::string query : {"fieldSelector=spec.color%3Dred", "labelSelector=app+in+(a,b)", "labelSelector=%3Dx",
                            "limit=ten", "limit=-1", "resourceVersion=new", "includeObject=Some"}) {
    auto answer = box.kube("/api/v1/pods?" + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.text("/reason"), "BadRequest");
  }
}

TEST(KubeApi, AnswersTablesWithAsMuchOfTheObjectAsAskedFor) {
  Box box;
  auto none = box.kube("/api/v1/pods?includeObject=None", {{"Accept", kTable}});
  EXPECT_EQ(none.text("/kind"), "Table");
  EXPECT_EQ(count(none, "rows"), 31u);
  EXPECT_EQ(count(none, "columnDefinitions"), 9u);
  EXPECT_EQ(none.text("/columnDefinitions/0/name"), "Name");
  EXPECT_EQ(boost::json::parse(none.body).at_pointer("/rows/0/cells").as_array().size(), 9u);
  EXPECT_EQ(none.text("/rows/0/object"), "null");
  auto metadata = box.kube("/api/v1/pods?limit=2", {{"Accept", kTable}});
  EXPECT_EQ(metadata.text("/rows/0/object/kind"), "PartialObjectMetadata");
  EXPECT_EQ(metadata.text("/metadata/remainingItemCount"), "29");
  auto whole = box.kube("/api/v1/pods?includeObject=Object", {{"Accept", kTable}});
  EXPECT_EQ(whole.text("/rows/0/object/kind"), "Pod");
  auto pod = "/api/v1/namespaces/" + whole.text("/rows/0/object/metadata/namespace") + "/pods/" +
             whole.text("/rows/0/cells/0");
  EXPECT_EQ(count(box.kube(pod, {{"Accept", kTable}}), "rows"), 1u);
}

TEST(KubeApi, CanBeAServerWithoutTables) {
  Options options;
  options.tables = false;
  Box box(std::move(options));
  EXPECT_EQ(box.kube("/api/v1/pods", {{"Accept", kTable}}).text("/kind"), "PodList");
  EXPECT_EQ(box.kube("/api/v1/pods", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}}).status, 406);
}

TEST(KubeApi, NegotiatesJsonOnly) {
  Box box;
  for (auto accept :
       {"*/*", "application/*", "application/vnd.kubernetes.protobuf, application/json", "application/json;q=0.9"})
    EXPECT_EQ(box.kube("/version", {{"Accept", accept}}).status, 200) << accept;
  for (auto accept : {"application/yaml", "text/html", "application/json;as=Table;v=v2;g=meta.k8s.io", ","})
    EXPECT_EQ(box.kube("/version", {{"Accept", accept}}).text("/reason"), "NotAcceptable") << accept;
}

TEST(KubeApi, ServesDiscoveryVersionAndHealth) {
  Box box;
  EXPECT_EQ(box.kube("/api").text("/kind"), "APIVersions");
  EXPECT_EQ(box.kube("/apis").text("/kind"), "APIGroupList");
  EXPECT_EQ(box.kube("/api/v1").text("/resources/0/name"), "pods");
  EXPECT_EQ(box.kube("/version").text("/major"), "1");
  for (auto path : {"/healthz", "/readyz", "/livez"}) EXPECT_EQ(box.kube(path).body, "ok") << path;
}

TEST(KubeApi, ATokenForAnotherClusterIsNoToken) {
  Box box;
  auto answer = box.kube("/api/v1/pods", {{"Authorization", "Bearer " + box.token("other")}});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.text("/reason"), "Unauthorized");
  EXPECT_EQ(answer.text("/message"), "Unauthorized");
}

TEST(KubeApi, ATokenIsGoodForFifteenMinutes) {
  Box box;
  net::Headers headers{{"Authorization", "Bearer " + box.token()}};
  box.clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(box.kube("/api", headers).status, 200);
  box.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(box.kube("/api", headers).status, 401);
}

TEST(KubeApi, WhoeverIsNotMappedIsUnauthorized) {
  Options options;
  options.mappings.push_back({"arn:aws:iam::111122223333:role/somebody-else", "else", {"keks:viewers"}});
  Box box(std::move(options));
  EXPECT_EQ(box.kube("/api/v1/pods").status, 401);
}

TEST(KubeApi, AMappingWithoutGroupsIsForbiddenAsRbacSaysIt) {
  Options options;
  options.mappings.push_back({"arn:aws:iam::111122223333:role/eksClient", "x", {}});
  Box box(std::move(options));
  auto all = box.kube("/api/v1/pods");
  EXPECT_EQ(all.status, 403);
  EXPECT_EQ(all.text("/message"),
            "pods is forbidden: User \"x\" cannot list resource \"pods\" in API group \"\" at the cluster scope");
  EXPECT_EQ(all.text("/reason"), "Forbidden");
  EXPECT_EQ(all.text("/details/kind"), "pods");
  EXPECT_THAT(box.kube("/api/v1/namespaces/web/pods").text("/message"), HasSubstr("in the namespace \"web\""));
  EXPECT_EQ(box.kube("/api").status, 200);
}

TEST(KubeApi, NobodyIsAnonymous) {
  Box box;
  net::Request request = box.kube_request("/api/v1/pods");
  request.headers = {};
  auto answer = *box.send(request);
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.text("/message"), HasSubstr("User \"system:anonymous\" cannot list"));
  request.url.path = "/version";
  EXPECT_EQ(box.send(request)->status, 200);
}

TEST(KubeApi, ViewersOnlyRead) {
  Box box;
  for (auto [method, verb] :
       {std::pair{"POST", "create"}, {"DELETE", "deletecollection"}, {"PUT", "update"}, {"PATCH", "patch"}}) {
    auto request = box.kube_request("/api/v1/namespaces/default/pods");
    request.method = method;
    auto answer = *box.send(request);
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.text("/message"), HasSubstr(std::string("cannot ") + verb + " resource"));
  }
  EXPECT_THAT(box.kube("/api/v1/pods?watch=true").text("/message"), HasSubstr("cannot watch resource"));
  EXPECT_EQ(box.kube("/api/v1/nodes").text("/message"),
            "forbidden: User \"eksClient\" cannot get path \"/api/v1/nodes\"");
}

TEST(KubeApi, MastersMeetWhatDoesNotExist) {
  Options options;
  options.mappings.push_back({"arn:aws:iam::111122223333:role/eksClient", "root", {"system:masters"}});
  Box box(std::move(options));
  EXPECT_EQ(box.kube("/apis/apps/v1/deployments").text("/reason"), "NotFound");
  auto request = box.kube_request("/api/v1/namespaces/default/pods/x");
  request.method = "DELETE";
  EXPECT_EQ(box.send(request)->text("/reason"), "MethodNotAllowed");
}

TEST(KubeApi, GarbageInTheTokensPlaceIsUnauthorized) {
  Box box;
  auto good = box.token();
  for (auto const& token : std::vector<std::string>{
           "x", "k8s-aws-v1.", "k8s-aws-v1." + std::string(5'000, 'A'), good + "=", good.substr(0, good.size() - 9),
           "k8s-aws-v2" + good.substr(10), "k8s-aws-v1.aHR0cDovLw",
           "k8s-aws-v1.aHR0cHM6Ly9zdHMuZXZpbC5leGFtcGxlLz9BY3Rpb249R2V0Q2FsbGVySWRlbnRpdHk", good + " " + good})
    EXPECT_EQ(box.kube("/api", {{"Authorization", "Bearer " + token}}).status, 401) << token.substr(0, 60);
  EXPECT_EQ(box.kube("/api", {{"Authorization", good}}).status, 401);
  EXPECT_EQ(box.kube("/api", {{"Authorization", "Basic eDp5"}}).status, 401);
}

TEST(KubeApi, BoundsWhatArrives) {
  Box box;
  auto request = box.kube_request("/api");
  for (int i = 0; i < 20'000; ++i) request.headers.add("x-h", "v");
  auto headers = box.send(request);
  EXPECT_TRUE(!headers || headers->status == 431);
  auto long_name = box.try_kube("/api/v1/namespaces/default/pods/" + std::string(7'000, 'a'));
  EXPECT_TRUE(!long_name || long_name->status == 404);
}

TEST(KubeApi, CountsConnectionsHandshakesAndRequests) {
  Box box;
  (void)box.kube("/api/v1/pods");
  (void)box.kube("/api/v1/namespaces/default/pods/x");
  auto counters = box.sandbox->counters();
  EXPECT_EQ(counters.kube.connections, 1u);
  EXPECT_EQ(counters.kube.handshakes, 1u);
  EXPECT_EQ(counters.kube.requests, 2u);
  EXPECT_EQ(counters.requests["kube.list"], 1u);
  EXPECT_EQ(counters.requests["kube.get"], 1u);
  box.sandbox->drop_connections();
  (void)box.kube("/version");
  EXPECT_EQ(box.sandbox->counters().kube.connections, 2u);
}

/// What client and server together hold on the heap; 0 under a sanitizer, whose allocator does not tell.
std::size_t live_bytes() {
  auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(KubeApi, AListOfAnySizeIsStreamed) {
  Options options;
  options.pods = 20'000;
  options.pod_bytes = 8'000;
  Box box(std::move(options));
  (void)box.kube("/api/v1/pods?limit=100");
  auto before = live_bytes();
  auto response = box.client->send(box.kube_request("/api/v1/pods"), test::soon());
  ASSERT_TRUE(response) << response.error().message();
  std::size_t bytes = 0, most = before;
  for (;;) {
    auto part = response->body->read(test::soon());
    ASSERT_TRUE(part) << part.error().message();
    if (part->empty()) break;
    bytes += part->size();
    most = std::max(most, live_bytes());
  }
  EXPECT_GT(bytes, 160'000'000u);
  EXPECT_LT(bytes, 161'000'000u);
  EXPECT_LT(most - before, 1'000'000u);
}

}  // namespace
}  // namespace keks::sandbox
