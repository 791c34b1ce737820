"""The demo news on loopback: an HTTP server that answers for the demo hosts as a forward proxy does.

The articles' addresses (http://shahed.example/…) are therefore the same whatever port the server got.
"""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from harvester.demo.courrier import Courrier
from harvester.demo.gazette import Gazette
from harvester.demo.reply import Reply, VirtualSite, Visit
from harvester.demo.shahed import Shahed

IDLE_S = 30.0
"""A kept-alive connection without a request is closed after this."""

SITES: tuple[VirtualSite, ...] = (Shahed(), Gazette(), Courrier())


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line of the request log."""

    method: str
    url: str
    status: int


class DemoSite:
    """Serves the demo hosts while it is entered. Set `corrected` to publish the correction."""

    def __init__(self, *, corrected: bool = False, sites: Sequence[VirtualSite] = SITES) -> None:
        self.corrected = corrected
        self._sites = {site.host: site for site in sites}
        self._log: list[Request] = []
        self._turn = 0
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="demo-site", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def proxy_url(self) -> str:
        """The address to give as HTTP proxy."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in the order in which they were answered."""
        with self._lock:
            return tuple(self._log)

    def reply(self, url: str) -> Reply:
        """The answer to a GET of an absolute address; 502 for a host that is none of ours."""
        parts = urlsplit(url)
        site = self._sites.get((parts.hostname or "").removeprefix("www."))
        if site is None:
            return Reply(status=502, body="No such host.\n", content_type="text/plain; charset=UTF-8")
        with self._lock:
            self._turn += 1
            turn = self._turn
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return site.answer(
            Visit(path=unquote(parts.path) or "/", query=query, corrected=self.corrected, turn=turn),
        )

    def log(self, method: str, url: str, status: int) -> None:
        with self._lock:
            self._log.append(Request(method=method, url=url, status=status))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], demo: DemoSite) -> None:
        super().__init__(address, _Handler)
        self.demo = demo

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-answer is nobody's concern; our own mistakes show as a cut connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DemoSite"
    sys_version = ""
    timeout = IDLE_S
    server: _Server

    def do_GET(self) -> None:
        url = self.path if "://" in self.path else f"http://{self.headers.get('Host', '')}{self.path}"
        reply = self.server.demo.reply(url)
        status = 304 if reply.status == 200 and _is_fresh(reply, self.headers) else reply.status
        self.server.demo.log(self.command, url, status)
        self._send(reply, status)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, reply: Reply, status: int) -> None:
        body = reply.body.encode()
        zipped = bool(body) and "gzip" in self.headers.get("Accept-Encoding", "")
        if zipped:
            body = gzip.compress(body, mtime=0)
        self.send_response(status)
        for name, value in (*reply.headers, *_validators(reply)):
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Vary", "Accept-Encoding")
            if zipped:
                self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.command == "GET" and status != 304:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: `DemoSite.requests` is the log."""


def _etag(reply: Reply) -> str:
    return f'W/"{hashlib.sha256(reply.body.encode()).hexdigest()[:16]}"'


def _validators(reply: Reply) -> list[tuple[str, str]]:
    if reply.changed_at is None:
        return []
    changed_at = reply.changed_at.astimezone(UTC)
    return [("ETag", _etag(reply)), ("Last-Modified", format_datetime(changed_at, usegmt=True))]


def _is_fresh(reply: Reply, headers: Any) -> bool:
    """Has the client this answer already (RFC 9110 §13.2.2)?"""
    if reply.changed_at is None:
        return False
    if tags := headers.get("If-None-Match"):
        return _etag(reply).removeprefix("W/") in tags or tags.strip() == "*"
    since = _http_date(headers.get("If-Modified-Since", ""))
    return since is not None and reply.changed_at.replace(microsecond=0) <= since


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
