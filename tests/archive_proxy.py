"""A proxy in front of the S3 server that makes what goes wrong between two machines happen.

It forwards each request unchanged (Host too, so that its signature stays valid) over a connection of its own.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from enum import Enum, auto
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


class Fault(Enum):
    """What becomes of one request."""

    RESET = auto()  # not forwarded, the connection is reset
    HANG = auto()  # not forwarded, never answered
    UNAVAILABLE = auto()  # not forwarded, 503 SlowDown
    CONFLICT = auto()  # not forwarded, 409 ConditionalRequestConflict
    NOT_IMPLEMENTED = auto()  # not forwarded, 501
    LOSE_ANSWER = auto()  # forwarded, and the answer is not
    CUT_ANSWER = auto()  # forwarded, and half of the answer is


STATUSES = {
    Fault.UNAVAILABLE: (503, "SlowDown"),
    Fault.CONFLICT: (409, "ConditionalRequestConflict"),
    Fault.NOT_IMPLEMENTED: (501, "NotImplemented"),
}


@contextmanager
def faulty(endpoint: str, faults: Mapping[str, list[Fault]]) -> Iterator[str]:
    """The address of a proxy whose first requests, by method, meet these faults; later ones pass."""
    upstream = urlsplit(endpoint)
    waiting = {method: list(listed) for method, listed in faults.items()}
    lock = threading.Lock()
    over = threading.Event()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                head, body = self._request()
                if not head:
                    return
                method = head.split(b" ", 1)[0].decode()
                with lock:
                    fault = waiting[method].pop(0) if waiting.get(method) else None
                self._answer(fault, head, body)

        def _request(self) -> tuple[bytes, bytes]:
            lines = []
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                lines.append(line)
            fields = {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)
            }
            if fields.get(b"expect"):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            kept = [line for line in lines if not line.lower().startswith((b"connection:", b"expect:"))]
            head = b"".join(kept) + b"Connection: close\r\n\r\n" if lines else b""
            return head, self.rfile.read(int(fields.get(b"content-length", b"0")))

        def _answer(self, fault: Fault | None, head: bytes, body: bytes) -> None:
            if fault is Fault.HANG:
                over.wait(timeout=30)
            elif fault is Fault.RESET:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: close sends RST
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            elif fault in STATUSES:
                self._refuse(*STATUSES[fault])
            else:
                answer = self._forwarded(head, body)
                sent = (
                    {Fault.LOSE_ANSWER: 0, Fault.CUT_ANSWER: len(answer) // 2}.get(fault, len(answer))
                    if fault
                    else None
                )
                self.wfile.write(answer[:sent])

        def _refuse(self, status: int, code: str) -> None:
            text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
            head = f"HTTP/1.1 {status} {code}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
            self.wfile.write(head.encode() + text)

        def _forwarded(self, head: bytes, body: bytes) -> bytes:
            with closing(socket.create_connection((upstream.hostname or "", upstream.port or 80), timeout=30)) as link:
                link.sendall(head + body)
                parts = []
                while part := link.recv(1 << 16):
                    parts.append(part)
            return b"".join(parts)

    class Proxy(ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Proxy(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            over.set()
            proxy.shutdown()
            thread.join()
