"""A link must not lead the harvester to what only its own machine can reach."""

import asyncio
from ipaddress import ip_address

import pytest
from scrapy.http import Request, Response

from spiders.failures import PrivateAddress
from spiders.private import PrivateMiddleware
from tests.command import Harvest
from tests.site import Reply, Site, article_page, feed_of

PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "[::1]", "[::]", "[fe80::1]",
    "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "localhost", "LOCALHOST", "x.localhost",
    "localhost.", "127.0.0.1.",
]  # fmt: skip


def refused(host: str, *, allowed: bool = False, proxy: bool = False) -> bool:
    meta = {"proxy": "http://127.0.0.1:1"} if proxy else {}
    request = Request(f"http://{host}/", meta=meta)
    try:
        asyncio.run(PrivateMiddleware(allowed=allowed).process_request(request))
    except PrivateAddress:
        return True
    return False


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_refused_in_every_spelling(host: str) -> None:
    assert refused(host)
    assert refused(host, proxy=True)
    assert not refused(host, allowed=True)


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
def test_a_public_address_is_not(host: str) -> None:
    assert not refused(host)


def test_a_connection_that_ended_at_a_private_address_is_refused_whatever_the_name_gave_before() -> None:
    request = Request("http://rebound.example/")
    private, public = (Response(request.url, ip_address=ip_address(one)) for one in ("127.0.0.1", "93.184.215.14"))
    middleware = PrivateMiddleware(allowed=False)
    assert middleware.process_response(request, public) is public
    with pytest.raises(PrivateAddress):
        middleware.process_response(request, private)
    assert PrivateMiddleware(allowed=True).process_response(request, private) is private


def test_with_a_proxy_names_are_the_proxys_to_resolve() -> None:
    assert not refused("no-such-host.invalid", proxy=True)


def test_a_redirect_or_link_to_a_private_address_is_not_followed(harvest: Harvest, site: Site) -> None:
    home = "http://news.example"
    ways = {"/loop": site.base, "/meta": "http://169.254.169.254/latest", "/dec": "http://2130706433/"}
    for path, target in ways.items():
        site.paths[home + path] = Reply(status=302, headers={"Location": target})
    site.paths[f"{home}/good"] = Reply(body=article_page("Good"))
    feed = feed_of(home, *ways, "/good").replace(b"</channel>", b"<item><link>http://[::1]/x</link></item></channel>")
    site.paths[f"{home}/feed"] = Reply(body=feed, content_type="application/rss+xml")
    harvest.configure(proxy=site.base)
    harvest.source("s", home, feeds=[f"{home}/feed"], private=False)
    report = harvest.run("s")["sources"]["s"]
    assert report["outcomes"] == {"stored": 1, "failed": 4}
    assert report["reasons"] == {"private_address": 4}
    assert {request.path.partition("/")[0] for request in site.requests} == {"http:"}, "something was asked directly"
    assert not [request for request in site.requests if not request.path.startswith(f"{home}/")]
