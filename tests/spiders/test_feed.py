"""Feeds of every kind, and what servers send in their place."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Request

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.feed import LARGEST, iso_moment, read_feed, unpacked, web_address

URL = "https://news.example/feed/"
RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title><link>https://news.example/'
    "</link><item><title>Bridge opens</title><link>https://news.example/bridge</link>"
    "<pubDate>Mon, 23 Nov 2026 10:30:00 +0200</pubDate></item></channel></rss>"
)


def urls(body: bytes | str, content_type: str | None = "application/rss+xml") -> list[str]:
    body = body.encode() if isinstance(body, str) else body
    return [link.url for link in read_feed(body, URL, content_type).links]


KINDS = {
    "rss 2.0": RSS,
    "rss 0.91": '<rss version="0.91"><channel><item><link>https://news.example/bridge</link></item></channel></rss>',
    "rss 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    "<channel/><item><title>t</title><link>https://news.example/bridge</link></item></rdf:RDF>",
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title>'
    '<link rel="replies" href="/bridge/comments"/><link rel="alternate" href="/bridge"/></entry></feed>',
    "json feed": json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "/bridge"}]}),
    "feedburner": '<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item>'
    "<link>http://feedproxy.example/~r/x</link><feedburner:origLink>https://news.example/bridge</feedburner:origLink>"
    "</item></channel></rss>",
    "guid alone": '<rss version="2.0"><channel><item><guid>https://news.example/bridge</guid></item></channel></rss>',
    "relative link": '<rss version="2.0"><channel><item><link>../bridge</link></item></channel></rss>',
    "blanks before the declaration": "\n\n  " + RSS,
    "byte order mark": "\ufeff" + RSS,
    "undeclared entity and bare ampersand": RSS.replace("Bridge opens", "Bridge&nbsp;opens & closes"),
    "cut off after the item": RSS.removesuffix("</channel></rss>"),
    "control characters": RSS.replace("Bridge", "Bri\x08dge"),
}


@pytest.mark.parametrize("body", KINDS.values(), ids=KINDS.keys())
def test_a_feed_of_any_kind_names_its_article(body: str) -> None:
    assert urls(body) == ["https://news.example/bridge"]


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/plain", "application/octet-stream", None])
def test_what_the_header_says_of_the_type_does_not_matter(content_type: str | None) -> None:
    assert urls(RSS, content_type) == ["https://news.example/bridge"]


def test_a_gzipped_body_is_unpacked_whatever_the_header_says() -> None:
    assert urls(gzip.compress(RSS.encode())) == ["https://news.example/bridge"]


def test_title_and_time_of_an_entry() -> None:
    (link,) = read_feed(RSS.encode(), URL).links
    assert link.title == "Bridge opens"
    assert link.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert link.list_url == URL


def test_arabic_in_the_encoding_that_the_header_names() -> None:
    body = RSS.replace(' encoding="utf-8"', "").replace("Bridge opens", "افتتاح الجسر").encode("windows-1256")
    (link,) = read_feed(body, URL, "application/rss+xml; charset=windows-1256").links
    assert link.title == "افتتاح الجسر"


def test_a_following_page_is_named() -> None:
    entry = '<link rel="next" href="?page=2"/><entry><link href="/a"/></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'
    assert read_feed(atom.encode(), URL).next_url == "https://news.example/feed/?page=2"
    listed = json.dumps({"version": "https://jsonfeed.org/version/1", "next_url": "/2.json", "items": []})
    assert read_feed(listed.encode(), URL).next_url == "https://news.example/2.json"


NO_FEEDS = {
    "page": "<!doctype html><html><head><title>t</title></head><body><p>Hello <a href=/a>there</a></p></body></html>",
    "nothing": "",
    "blanks": " \n ",
    "other json": '{"error": "no"}',
    "broken json": '{"items": [',
    "deep json": '{"items":' + "[" * 100_000,
    "picture": "\x89PNG\r\n\x1a\n",
    "plain text": "Too many requests",
}


@pytest.mark.parametrize("body", NO_FEEDS.values(), ids=NO_FEEDS.keys())
def test_what_is_no_feed_says_so(body: str) -> None:
    with pytest.raises(PageFailed) as refusal:
        urls(body)
    assert refusal.value.reason is Reason.BAD_LIST


def test_an_empty_feed_is_a_feed() -> None:
    assert urls('<rss version="2.0"><channel><title>t</title></channel></rss>') == []


def test_damaged_gzip_and_a_bomb_are_refused() -> None:
    with pytest.raises(PageFailed) as damaged:
        unpacked(gzip.compress(RSS.encode())[:-20])
    assert damaged.value.reason is Reason.BAD_LIST
    with pytest.raises(PageFailed) as bomb:
        unpacked(gzip.compress(b"0" * (LARGEST + 1), 1))
    assert bomb.value.reason is Reason.TOO_LARGE


def test_entities_are_not_blown_up() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE rss [<!ENTITY e0 "lol">{levels}]>' + RSS.partition("?>")[2].replace("Bridge", "&e9;")
    for link in read_feed(body.encode(), URL).links:
        assert len(link.title or "") < 10_000


def test_an_external_entity_is_not_read() -> None:
    body = '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + RSS.partition("?>")[2].replace("Bridge", "&e;")
    assert not any("root:" in (link.title or "") for link in read_feed(body.encode(), URL).links)


ODD_ADDRESSES = [
    "javascript:alert(1)", "mailto:a@news.example", "http://", "http://[::1/x", "http://a:99999/x", "http://a:b/x",
    "http://a/\ud800x", "https://a/" + "x" * 5000, "", "data:text/html,x",
]  # fmt: skip


@pytest.mark.parametrize("address", ODD_ADDRESSES, ids=range(len(ODD_ADDRESSES)))
def test_an_address_that_can_not_be_fetched_is_none(address: str) -> None:
    assert web_address("about:blank", address) is None


@given(st.text(max_size=60).map(lambda text: f"http://{text}") | st.text(max_size=40))
def test_every_address_that_is_let_through_makes_a_request(address: str) -> None:
    found = web_address(URL, address)
    if found is not None:
        assert Request(found).url


def test_one_broken_entry_does_not_take_the_others_with_it() -> None:
    item = "<item><link>http://news.example:99999/x</link></item>"
    assert urls(RSS.replace("<item>", item + "<item>")) == ["https://news.example/bridge"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T08:30:00Z", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ("2026-11-23T10:30:00+02:00", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
        (5, None),
    ],
)
def test_times(text: object, moment: datetime | None) -> None:
    assert iso_moment(text) == moment
