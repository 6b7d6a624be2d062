"""A plain HTTP server that keeps every request and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Recorded:
    method: str
    target: str
    headers: Message
    body: bytes


Answer = tuple[int, str]


@dataclass
class Recorder:
    url: str
    requests: list[Recorded] = field(default_factory=list)


@contextmanager
def recording(answer: Callable[[Recorded], Answer]) -> Iterator[Recorder]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    recorder = Recorder(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = handler(recorder, answer)
    # The argument is how long shutdown() waits: by default half a second for each recorder.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()


def handler(recorder: Recorder, answer: Callable[[Recorded], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Recorded(self.command, self.path, self.headers, body)
            recorder.requests.append(request)
            status, text = answer(request)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
