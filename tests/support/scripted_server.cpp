#include "support/scripted_server.hpp"

#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>

#include <algorithm>

namespace keks::test {
namespace {

using boost::json::object;

// Says which origin the client meant; taken off again before anybody looks.
constexpr std::string_view kMeant = "X-Meant-Origin";

std::string origin_of(net::Url const& url) { return url.scheme + "://" + url.authority(); }

/// A pattern has one star, for any text.
bool matches(std::string_view pattern, std::string_view origin) {
  auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == origin;
  auto head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return origin.size() >= head.size() + tail.size() && origin.starts_with(head) && origin.ends_with(tail);
}

/// What the rules may call this request, the most exact first.
std::vector<std::string> names_of(SeenRequest const& seen) {
  auto fields = form_fields(seen.body);
  auto path = seen.method + " " + seen.url.path;
  return {path + "#" + fields["Action"], seen.method + " " + seen.url.target(), path, seen.method + " *", "*"};
}

std::string body_of(object const& answer) {
  auto const* body = answer.if_contains("body");
  if (!body || body->is_null()) return {};
  return body->is_string() ? std::string(body->get_string()) : boost::json::serialize(*body);
}

std::int64_t number(object const& answer, std::string_view name, std::int64_t otherwise) {
  auto const* value = answer.if_contains(name);
  return value ? value->as_int64() : otherwise;
}

std::string bytes_of(object const& answer) {
  if (auto const* raw = answer.if_contains("raw")) return std::string(raw->as_string());
  auto body = body_of(answer);
  auto length = static_cast<std::int64_t>(body.size()) + number(answer, "missing_bytes", 0);
  auto bytes = "HTTP/1.1 " + std::to_string(number(answer, "status", 200)) + " Scripted\r\nConnection: close\r\n" +
               "Content-Length: " + std::to_string(length) + "\r\n";
  if (auto const* headers = answer.if_contains("headers"))
    for (auto const& field : headers->as_object())
      bytes += std::string(field.key()) + ": " + std::string(field.value().as_string()) + "\r\n";
  return bytes + "\r\n" + body;
}

void wait_for_the_peer_to_give_up(std::stop_token token) {
  std::mutex mutex;
  std::condition_variable_any gone;
  std::unique_lock lock(mutex);
  gone.wait(lock, token, [] { return false; });
}

std::string decoded(std::string text) {
  std::ranges::replace(text, '+', ' ');
  return percent_decode(text).value_or(text);
}

}  // namespace

std::map<std::string, std::string> form_fields(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    auto field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    auto equals = std::min(field.find('='), field.size());
    auto value = field.substr(std::min(field.size(), equals + 1));
    out[decoded(std::string(field.substr(0, equals)))] = decoded(std::string(value));
  }
  return out;
}

class ScriptedServer::Redirecting final : public net::Transport {
 public:
  explicit Redirecting(ScriptedServer const& server) : server_(server) {}

  Result<net::Response> send(net::Request const& request, Deadline const& deadline) override {
    auto origin = origin_of(request.url);
    if (!server_.rules_of(origin)) return fail(Code::ConnectFailed, "nobody listens at " + origin);
    auto redirected = request;
    redirected.headers.add(std::string(kMeant), origin);
    redirected.url.scheme = "http";
    redirected.url.host = server_.server_->address();
    redirected.url.port = server_.server_->port();
    return client_.send(redirected, deadline);
  }

 private:
  ScriptedServer const& server_;
  net::Client client_;
};

ScriptedServer::ScriptedServer(object script) : script_(std::move(script)) {
  auto started = net::Server::start({}, [this](net::Exchange& exchange) { answer(exchange); });
  if (!started) throw std::runtime_error(started.error().message());
  server_ = *std::move(started);
  transport_ = std::make_shared<Redirecting>(*this);
}

ScriptedServer::~ScriptedServer() { server_->stop(); }

std::vector<SeenRequest> ScriptedServer::requests() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

ScriptedServer::Rules const* ScriptedServer::rules_of(std::string_view origin) const {
  if (auto const* rules = script_.if_contains(origin)) return &rules->as_object();
  for (auto const& [pattern, rules] : script_)
    if (matches(pattern, origin)) return &rules.as_object();
  return nullptr;
}

object ScriptedServer::next_answer(SeenRequest const& seen) {
  object const nothing_there{{"status", 404}};
  auto const* rules = rules_of(origin_of(seen.url));
  if (!rules) return nothing_there;
  for (auto const& name : names_of(seen)) {
    auto const* rule = rules->if_contains(name);
    if (!rule) continue;
    auto const& answers = rule->as_array();
    auto turn = given_[&answers]++;
    return answers.at(std::min(turn, answers.size() - 1)).as_object();
  }
  return nothing_there;
}

void ScriptedServer::answer(net::Exchange& exchange) {
  auto const& request = exchange.request();
  auto url = net::Url::parse(std::string(request.headers.get(kMeant)) + request.target);
  if (!url) return exchange.reply(400, {}, "");
  SeenRequest seen{request.method, *url, request.headers, request.body};
  seen.headers.remove(kMeant);
  std::unique_lock lock(mutex_);
  seen_.push_back(seen);
  auto answer = next_answer(seen);
  lock.unlock();

  if (answer.contains("stall")) return wait_for_the_peer_to_give_up(exchange.stop_token());
  if (!answer.contains("close")) exchange.write_raw(bytes_of(answer));
  exchange.close();
}

}  // namespace keks::test
