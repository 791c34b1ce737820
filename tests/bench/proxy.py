"""A fast loopback server that stands for many sites: an HTTP forward proxy with an answer by address."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body to be sent with status 200."""

    body: bytes
    content_type: str

    def message(self) -> bytes:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return head.encode("ascii") + self.body


class ProxySite:
    """Serves in a thread of its own; addresses that it does not have are 404."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.proxy_url = ""
        self.requests = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connection, "127.0.0.1", 0), self._loop
        ).result()
        port = self._server.sockets[0].getsockname()[1]
        self.proxy_url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                url = head.split(b" ", 2)[1].decode("latin-1")
                answer = self._answers.get(url)
                writer.write(answer.message() if answer else NOT_FOUND)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
