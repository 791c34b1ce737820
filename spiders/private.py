"""Downloader middleware: refuses loopback, private and other addresses that are not on the public internet.

Whoever can make the harvester follow a link must not reach what only this machine can.
"""

import asyncio
import socket
from ipaddress import IPv6Address, ip_address
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from spiders.failures import PrivateAddress

ALLOWED = "HARVEST_PRIVATE_ALLOWED"
"""Scrapy setting, set from the source's `private`."""


class PrivateMiddleware:
    """Resolves each host once a crawl. With a proxy it is the proxy that connects, so names are not resolved here."""

    def __init__(self, *, allowed: bool) -> None:
        self.allowed = allowed
        self._verdicts: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(allowed=crawler.settings.getbool(ALLOWED))

    async def process_request(self, request: Request) -> None:
        host = (urlsplit(request.url).hostname or "").rstrip(".")  # "localhost." is localhost
        host.encode("idna")  # UnicodeError, which is a DNS failure; Twisted never ends a look-up of such a name
        if self.allowed:
            return
        if host not in self._verdicts:
            self._verdicts[host] = await _is_private(host, resolve=not request.meta.get("proxy"))
        if self._verdicts[host]:
            raise _refusal(host)

    def process_response(self, request: Request, response: Response) -> Response:
        """A name may have been given another address between our look-up and the connection."""
        reached = response.ip_address
        if not self.allowed and reached is not None and not request.meta.get("proxy") and not _is_global(str(reached)):
            raise _refusal(urlsplit(request.url).hostname or "")
        return response


def _refusal(host: str) -> PrivateAddress:
    return PrivateAddress(f"{host} is a loopback or private address; private = true in the source allows it")


async def _is_private(host: str, *, resolve: bool) -> bool:
    try:
        return not _is_global(host)
    except ValueError:
        pass
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if not resolve:
        return False
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # the download itself will say so
    return any(not _is_global(str(address[4][0]).partition("%")[0]) for address in found)


def _is_global(address: str) -> bool:
    """Raises ValueError for what is no address; old forms (decimal, octal, short) count as addresses too."""
    try:
        found = ip_address(address)
    except ValueError:
        found = ip_address(socket.inet_ntoa(socket.inet_aton(address))) if _looks_numeric(address) else ip_address("")
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


def _looks_numeric(address: str) -> bool:
    """inet_aton takes "127.1", "0x7f.1", "2130706433"; a name it would look up must not get there."""
    try:
        socket.inet_aton(address)
    except OSError:
        return False
    return address[:1].isdigit()
