"""Servers on this machine that count what they send: one of S3's protocol (moto's), and one of web pages."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


class Counting:
    """A WSGI application, and the bytes of all bodies that it has sent."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.sent = 0
        self.failing = False

    def __call__(self, environ: Any, start: Any) -> Iterator[bytes]:
        if self.failing and environ["REQUEST_METHOD"] in ("PUT", "POST"):
            start("403 Forbidden", [("Content-Length", "0")])
            return
        for piece in self.application(environ, start):
            if environ["REQUEST_METHOD"] != "HEAD":
                self.sent += len(piece)
            yield piece


@contextmanager
def s3_server() -> Iterator[tuple[str, Counting]]:
    """Give the address of a server of S3's protocol, and what counts its bytes."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *said: Any) -> None:
            pass

    counting = Counting(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, counting, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", counting
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Pages(BaseHTTPRequestHandler):
    """Sends files, ranges of them where it is told to, and counts the bytes."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]] = {}
    ranges: ClassVar[bool] = True
    # Break the connection after so many bytes of a body.
    breaking: ClassVar[int | None] = None
    sent: ClassVar[int] = 0
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.respond(body=False)

    def do_GET(self) -> None:
        self.respond(body=True)

    def respond(self, *, body: bool) -> None:
        type(self).asked.append(self.path)
        data = self.files.get(self.path.partition("?")[0])
        if data is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked and self.ranges:
            start, stop = int(asked[1]), min(int(asked[2]) + 1, len(data))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
            data = data[start:stop]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            if self.breaking is not None:
                data = data[: self.breaking]
                self.close_connection = True
            type(self).sent += len(data)
            try:
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    def log_message(self, *said: Any) -> None:
        pass


@contextmanager
def web_server() -> Iterator[str]:
    """Give the address of a server of `Pages`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
