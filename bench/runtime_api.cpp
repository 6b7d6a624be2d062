#include "runtime_api.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace bench {
namespace {

constexpr int patience_ms = 60'000;

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    ssize_t sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("the function closed its connection: %s", std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void respond(int socket, char const* status, std::string const& headers, std::string_view body) {
  send_all(socket, std::string("HTTP/1.1 ") + status + "\r\n" + headers +
                       "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                       std::string(body));
}

/// The value of a header in `head`, whatever its case.
std::optional<std::string> header(std::string const& head, std::string const& name) {
  char const* found = strcasestr(head.c_str(), ("\r\n" + name + ":").c_str());
  if (!found) return std::nullopt;
  std::string_view rest(found + name.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return std::string(rest.substr(0, rest.find("\r\n")));
}

struct Body {
  std::string text;
  std::size_t bytes;  ///< on the wire
};

/// Go's runtime sends chunks, the others a length. Nothing while there is more to come.
std::optional<Body> chunked_body(std::string_view rest) {
  Body body{};
  while (true) {
    auto line = rest.find("\r\n", body.bytes);
    if (line == std::string_view::npos) return std::nullopt;
    std::size_t size = std::strtoul(rest.data() + body.bytes, nullptr, 16);
    if (rest.size() < line + 2 + size + 2) return std::nullopt;
    body.text += rest.substr(line + 2, size);
    body.bytes = line + 2 + size + 2;
    if (!size) return body;
  }
}

std::optional<Body> body_of(std::string const& head, std::string_view rest) {
  if (header(head, "Transfer-Encoding")) return chunked_body(rest);
  std::size_t size = std::strtoul(header(head, "Content-Length").value_or("0").c_str(), nullptr, 10);
  if (rest.size() < size) return std::nullopt;
  return Body{std::string(rest.substr(0, size)), size};
}

std::string event_headers(int number) {
  using namespace std::chrono;
  auto deadline = duration_cast<milliseconds>(system_clock::now().time_since_epoch()) + milliseconds(patience_ms);
  char id[40];
  std::snprintf(id, sizeof id, "8476a536-e9f4-11e8-9739-%012d", number);
  return std::string("Lambda-Runtime-Aws-Request-Id: ") + id +
         "\r\nLambda-Runtime-Deadline-Ms: " + std::to_string(deadline.count()) +
         "\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:111122223333:function:eksClient"
         "\r\nLambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n";
}

}  // namespace

void fail(char const* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::fputs("launch: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputs("\n", stderr);
  va_end(arguments);
  std::exit(1);
}

RuntimeApi::RuntimeApi() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  if (bind(listener_, address, size) || listen(listener_, 16) || getsockname(listener_, address, &size))
    fail("cannot listen on loopback: %s", std::strerror(errno));
  address_ = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
}

RuntimeApi::~RuntimeApi() {
  for (auto& connection : connections_) close(connection.socket);
  close(listener_);
}

void RuntimeApi::await_next() {
  Request request = receive();
  if (!request.line.starts_with("GET ") || !request.line.contains("/invocation/next"))
    fail("not a call for the next event: %s\n%s", request.line.c_str(), request.body.c_str());
  waiting_ = request.socket;
}

std::string RuntimeApi::invoke() {
  respond(std::exchange(waiting_, -1), "200 OK", event_headers(++invocations_), "{}");
  Request request = receive();
  if (!request.line.contains("/response")) fail("no reply: %s\n%s", request.line.c_str(), request.body.c_str());
  respond(request.socket, "202 Accepted", "", R"({"status":"OK"})");
  return request.body;
}

RuntimeApi::Request RuntimeApi::receive() {
  while (true) {
    for (auto& connection : connections_)
      if (auto request = take(connection)) return *request;
    read_some();
  }
}

std::optional<RuntimeApi::Request> RuntimeApi::take(Connection& connection) {
  auto& [socket, buffer] = connection;
  auto end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string head = buffer.substr(0, end + 2);
  auto body = body_of(head, std::string_view(buffer).substr(end + 4));
  if (!body) return std::nullopt;
  buffer.erase(0, end + 4 + body->bytes);
  return Request{socket, head.substr(0, head.find("\r\n")), body->text};
}

void RuntimeApi::read_some() {
  std::vector<pollfd> watched{{listener_, POLLIN, 0}};
  for (auto& connection : connections_) watched.push_back({connection.socket, POLLIN, 0});
  if (poll(watched.data(), watched.size(), patience_ms) <= 0)
    fail("the function has ended, or was silent for a minute");
  for (std::size_t i = watched.size() - 1; i > 0; --i) {
    if (!watched[i].revents) continue;
    char piece[16384];
    ssize_t got = recv(watched[i].fd, piece, sizeof piece, 0);
    auto connection = connections_.begin() + static_cast<std::ptrdiff_t>(i - 1);
    if (got > 0) {
      connection->buffer.append(piece, static_cast<std::size_t>(got));
    } else {
      close(connection->socket);
      connections_.erase(connection);
    }
  }
  if (watched[0].revents) accept_one();
}

void RuntimeApi::accept_one() {
  int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) fail("accept: %s", std::strerror(errno));
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections_.push_back({socket, {}});
}

}  // namespace bench
