#include "sandbox/pod.hpp"

#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <functional>
#include <vector>

#include "base/format.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kHash = "5d8f9c7b6d";
constexpr WallTime kCreated = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);

constexpr std::string_view kMetadata =
    R"("metadata":{"name":$name,"generateName":"$app-5d8f9c7b6d-","namespace":$ns,"uid":"$uid",)"
    R"("resourceVersion":"$version","generation":1,"creationTimestamp":"2026-01-02T00:00:00Z",)"
    R"("labels":{"app":"$app","pod-template-hash":"5d8f9c7b6d"},"annotations":{"sandbox/padding":"$padding"},)"
    R"("ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"$app-5d8f9c7b6d",)"
    R"("uid":"6f0c1a52-0000-4000-8000-0000000000aa","controller":true,"blockOwnerDeletion":true}],)"
    R"("managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1",)"
    R"("time":"2026-01-02T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:generateName":{},)"
    R"("f:labels":{".":{},"f:app":{},"f:pod-template-hash":{}},"f:ownerReferences":{".":{},)"
    R"("k:{\"uid\":\"6f0c1a52-0000-4000-8000-0000000000aa\"}":{}}},"f:spec":{"f:containers":)"
    R"({"k:{\"name\":\"$app\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},)"
    R"("k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},)"
    R"("f:resources":{".":{},"f:limits":{".":{},"f:memory":{}},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}}}},)"
    R"("f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{}}}},{"manager":"kubelet","operation":"Update",)"
    R"("apiVersion":"v1","time":"2026-01-02T00:00:04Z","fieldsType":"FieldsV1","fieldsV1":{"f:status":)"
    R"({"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}}},)"
    R"("f:containerStatuses":{},"f:hostIP":{},"f:phase":{},"f:podIP":{},"f:startTime":{}}},)"
    R"("subresource":"status"}]})";

constexpr std::string_view kRest =
    R"(,"spec":{"volumes":[{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":)"
    R"({"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt",)"
    R"("path":"ca.crt"}]}}],"defaultMode":420}}],"containers":[{"name":"$app",)"
    R"("image":"registry.example/$app:1.4.2","ports":[{"containerPort":8080,"protocol":"TCP"}],)"
    R"("env":[{"name":"LOG_LEVEL","value":"info"}],"resources":{"limits":{"memory":"256Mi"},)"
    R"("requests":{"cpu":"100m","memory":"128Mi"}},"volumeMounts":[{"name":"kube-api-access","readOnly":true,)"
    R"("mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],"terminationMessagePath":)"
    R"("/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}],)"
    R"("restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst",)"
    R"("serviceAccountName":"default","serviceAccount":"default","nodeName":"$node","securityContext":{},)"
    R"("schedulerName":"default-scheduler","tolerations":[{"key":"node.kubernetes.io/not-ready",)"
    R"("operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":0,"enableServiceLinks":true,)"
    R"("preemptionPolicy":"PreemptLowerPriority"},"status":{"phase":"Running","conditions":[{"type":"Ready",)"
    R"("status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-02T00:00:04Z"},{"type":"PodScheduled",)"
    R"("status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-02T00:00:00Z"}],"hostIP":"10.0.3.17",)"
    R"("hostIPs":[{"ip":"10.0.3.17"}],"podIP":"$ip","podIPs":[{"ip":"$ip"}],"startTime":"2026-01-02T00:00:00Z",)"
    R"("containerStatuses":[{"name":"$app","state":{"running":{"startedAt":"2026-01-02T00:00:03Z"}},)"
    R"("lastState":{},"ready":true,"restartCount":0,"image":"registry.example/$app:1.4.2",)"
    R"("imageID":"registry.example/$app@sha256:0000000000000000000000000000000000000000000000000000000000000001",)"
    R"("containerID":"containerd://00000000000000000000000000000000000000000000000000000000$short","started":true}],)"
    R"("qosClass":"Burstable"}})";

/// JSON text with `$word` places: literals and words in turn, split once.
class Template {
 public:
  explicit Template(std::string_view text) {
    for (;;) {
      auto at = text.find('$');
      literals_.push_back(text.substr(0, at));
      if (at == std::string_view::npos) return;
      text.remove_prefix(at + 1);
      auto end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
      words_.push_back(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
  template <class Fill>
  void append(std::string& out, Fill const& fill) const {
    for (std::size_t i = 0; i < literals_.size(); ++i) {
      out += literals_[i];
      if (i < words_.size()) fill(out, words_[i]);
    }
  }

 private:
  std::vector<std::string_view> literals_, words_;
};

Template const& metadata_template() {
  static Template const text(kMetadata);
  return text;
}
Template const& rest_template() {
  static Template const text(kRest);
  return text;
}

/// A duration as kubectl shows ages, coarsely.
std::string age_text(std::chrono::seconds age) {
  if (age < std::chrono::minutes(2)) return format("{}s", std::max<std::int64_t>(age.count(), 0));
  if (age < std::chrono::hours(2)) return format("{}m", age.count() / 60);
  if (age < std::chrono::hours(48)) return format("{}h", age.count() / 3600);
  return format("{}d", age.count() / 86400);
}

}  // namespace

std::string Pod::app() const {
  return key_.name.substr(0, key_.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"));
}

std::string Pod::node() const { return format("ip-10-0-3-{}.compute.internal", 16 + number_ % 32); }

std::string Pod::ip() const { return format("10.0.{}.{}", 64 + number_ / 250 % 128, 2 + number_ % 250); }

std::optional<std::string> Pod::label(std::string_view name) const {
  if (name == "app") return app();
  if (name == "pod-template-hash") return std::string(kHash);
  return std::nullopt;
}

std::optional<std::string> Pod::field(std::string_view name) const {
  if (name == "metadata.name") return key_.name;
  if (name == "metadata.namespace") return key_.ns;
  if (name == "spec.nodeName") return node();
  if (name == "spec.restartPolicy") return "Always";
  if (name == "status.phase") return "Running";
  if (name == "status.podIP") return ip();
  return std::nullopt;
}

void Pod::append_metadata(std::string& out) const {
  metadata_template().append(out, [&](std::string& text, std::string_view word) {
    if (word == "name") text += json_quote(key_.name);
    if (word == "ns") text += json_quote(key_.ns);
    if (word == "app") text += app();
    if (word == "uid") text += format("2b7d8f10-0000-4000-8000-{:012x}", number_);
    if (word == "version") text += std::to_string(1'001 + number_);
  });
}

void Pod::append_json(std::string& out, bool typed, std::size_t bytes) const {
  auto begin = out.size();
  out += typed ? R"({"kind":"Pod","apiVersion":"v1",)" : "{";
  append_metadata(out);
  constexpr std::string_view before = R"("sandbox/padding":")";
  auto padding = out.find(before, begin) + before.size();
  rest_template().append(out, [&](std::string& text, std::string_view word) {
    if (word == "app") text += app();
    if (word == "node") text += node();
    if (word == "ip") text += ip();
    if (word == "short") text += format("{:08x}", number_);
  });
  if (auto size = out.size() - begin; size < bytes) out.insert(padding, bytes - size, 'x');
}

void Pod::append_cells(std::string& out, WallTime now) const {
  auto age = std::chrono::duration_cast<std::chrono::seconds>(now - kCreated);
  out += format(R"([{},"1/1","Running","0","{}","{}","{}","<none>","<none>"])", json_quote(key_.name), age_text(age),
                ip(), node());
}

std::string_view pod_columns() {
  return R"([{"name":"Name","type":"string","format":"name","description":"The pod's name.","priority":0},)"
         R"({"name":"Ready","type":"string","format":"","description":"Containers ready, of how many.","priority":0},)"
         R"({"name":"Status","type":"string","format":"","description":"The pod's phase or trouble.","priority":0},)"
         R"({"name":"Restarts","type":"string","format":"","description":"Restarts of its containers.","priority":0},)"
         R"({"name":"Age","type":"string","format":"","description":"Time since it was made.","priority":0},)"
         R"({"name":"IP","type":"string","format":"","description":"The pod's address.","priority":1},)"
         R"({"name":"Node","type":"string","format":"","description":"Where it runs.","priority":1},)"
         R"({"name":"Nominated Node","type":"string","format":"","description":"Where it may run next.","priority":1},)"
         R"({"name":"Readiness Gates","type":"string","format":"","description":"Further conditions met.","priority":1}])";
}

}  // namespace keks::sandbox
