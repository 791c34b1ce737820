"""A real news site on loopback, with faults by path."""

import gzip
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PARAGRAPH = (
    "The harbour council of {place} decided on item {number} after a long meeting in which the residents of the old "
    "quay asked why the promised repairs had not begun, and heard that the money for them had been found at last."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None  # "drop", "reset", "slow", "lie": see `_send`


Answer = Reply | Callable[["Request"], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    at: float  # time.monotonic()
    number: int  # of this path's requests so far, from 1


def article_page(
    title: str, *, paragraphs: int = 4, extra: str = "", head: str = "", place: str = "Port Ellis"
) -> bytes:
    """An article page of some hundred words."""
    body = "".join(f"<p>{PARAGRAPH.format(place=place, number=f'{title} {one}')}</p>" for one in range(paragraphs))
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">{head}</head>'
        f'<body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>{body}{extra}</article></body></html>'
    ).encode()


def feed_of(base: str, *paths: str) -> bytes:
    """An RSS feed that names these paths."""
    items = "".join(f"<item><title>{path}</title><link>{base}{path}</link></item>" for path in paths)
    return f'<rss version="2.0"><channel><title>t</title><link>{base}</link>{items}</channel></rss>'.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A harvester that hangs up in the middle is no error of the site."""


class Site:
    """Serves `paths` (query included) until closed; keeps a log of requests."""

    def __init__(self) -> None:
        self.paths: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def article(self, path: str, title: str | None = None, **options: Any) -> None:
        """Serve an article there."""
        self.paths[path] = Reply(body=article_page(title or f"Council decides on {path.strip('/')}", **options))

    def feed(self, *paths: str, at: str = "/feed") -> str:
        """Serve a feed that names these paths, and their articles where nothing is served yet; returns its address."""
        self.paths[at] = Reply(body=feed_of(self.base, *paths), content_type="application/rss+xml")
        for path in paths:
            if path not in self.paths:
                self.article(path)
        return f"{self.base}{at}"

    def fetched(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(request.path == path for request in self.requests)

    def _handler(site: "Site") -> type[BaseHTTPRequestHandler]:  # noqa: N805 the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with site._lock:
                    number = site.fetched(self.path) + 1
                    request = Request(path=self.path, headers=dict(self.headers), at=time.monotonic(), number=number)
                    site.requests.append(request)
                answer = site.paths.get(self.path, Reply(status=404, body=b"not here"))
                _send(self, answer(request) if callable(answer) else answer)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    etag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
    if reply.status == 200 and handler.headers.get("If-None-Match") == etag:
        reply = Reply(status=304)
    if reply.fault == "drop":
        handler.close_connection = True
        _reset(handler.connection)
        return
    handler.send_response(reply.status)
    handler.send_header("Content-Type", reply.content_type)
    handler.send_header("ETag", etag)
    length = len(reply.body) + (1000 if reply.fault in ("reset", "lie") else 0)
    handler.send_header("Content-Length", str(length))
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(reply.body)
    if reply.fault == "reset":
        handler.wfile.flush()
        handler.close_connection = True
        _reset(handler.connection)
    elif reply.fault == "lie":
        handler.close_connection = True


def _reset(connection: socket.socket) -> None:
    """Close so that the other side sees ECONNRESET."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()


def gzipped(body: bytes) -> Reply:
    """As a server with compression sends it."""
    return Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
