"""Sitemaps of every kind, and broken ones."""

import gzip
import time
from datetime import UTC, datetime

import pytest

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.sitemap import MOST_ENTRIES, read_sitemap

URL = "https://news.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
ENTRY = "<url><loc>https://news.example/a</loc><lastmod>2026-11-20</lastmod></url>"
URLSET = f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{ENTRY}</urlset>'


def urls(body: str | bytes) -> list[str]:
    reading = read_sitemap(body.encode() if isinstance(body, str) else body, URL)
    return [link.url for link in reading.links]


KINDS = {
    "by the book": URLSET,
    "no namespace": URLSET.replace(f" {NS}", ""),
    "foreign namespace": URLSET.replace("sitemaps.org", "google.com"),
    "prefixed": URLSET.replace("xmlns=", "xmlns:s=").replace("<url", "<s:url").replace("</url", "</s:url")
    .replace("<loc", "<s:loc").replace("</loc", "</s:loc"),
    "blanks around the address": URLSET.replace("https://news.example/a<", "\n  https://news.example/a\n<"),
    "relative": URLSET.replace("https://news.example/a", "/a"),
    "blanks before the declaration": "\n " + URLSET,
    "byte order mark": "\ufeff" + URLSET,
    "bare ampersand before": URLSET.replace(ENTRY, "<url><loc>https://x.example/?a=1&b=2</loc></url>" + ENTRY),
    "cut off": URLSET.removesuffix("</urlset>") + "<url><loc>https://news.exa",
    "comments": URLSET.replace("<url>", "<!-- one --><url><!-- two -->"),
    "plain text": "https://news.example/a\n",
    "plain text, dos": "\ufeffhttps://news.example/a\r\n\r\n",
    "alternates": URLSET.replace(
        "</loc>", '</loc><xhtml:link xmlns:xhtml="http://www.w3.org/1999/xhtml" rel="alternate" href="/fr/a"/>'
    ),
    "picture": URLSET.replace(
        "<lastmod>", '<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<image:loc>https://news.example/a.jpg</image:loc></image:image><lastmod>"
    ),
    "picture first": URLSET.replace(
        "<loc>", '<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<image:loc>https://news.example/a.jpg</image:loc></image:image><loc>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("body", KINDS.values(), ids=KINDS.keys())
def test_a_sitemap_of_any_kind_names_its_page(body: str) -> None:
    others = {"https://x.example/?a=1&b=2", "https://news.exa"}  # of broken markup
    assert [url for url in urls(body) if url not in others] == ["https://news.example/a"]


def test_a_packed_sitemap_is_unpacked_whatever_its_name() -> None:
    assert urls(gzip.compress(URLSET.encode())) == ["https://news.example/a"]


def test_a_news_sitemap_gives_title_and_time() -> None:
    news = (
        '<news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication><news:name>News'
        "</news:name></news:publication><news:publication_date>2026-11-20T08:00:00+02:00</news:publication_date>"
        "<news:title>افتتاح الجسر</news:title></news:news>"
    )
    (link,) = read_sitemap(URLSET.replace("</url>", f"{news}</url>").encode(), URL).links
    assert link.title == "افتتاح الجسر"
    assert link.published_at == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert link.modified == "2026-11-20"


def test_children_of_an_index_come_latest_change_first() -> None:
    days = {"old": "2024-01-01", "new": "2026-11-01", "undated": None}
    children = "".join(
        f"<sitemap><loc>/{name}.xml</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
        for name, day in days.items()
    )
    reading = read_sitemap(f"<sitemapindex {NS}>{children}</sitemapindex>".encode(), URL)
    assert [child.url.rpartition("/")[2] for child in reading.children] == ["new.xml", "old.xml", "undated.xml"]
    assert reading.links == ()


def test_an_empty_sitemap_is_a_sitemap() -> None:
    assert urls(f"<urlset {NS}></urlset>") == []


@pytest.mark.parametrize(
    "body",
    ["", "Not found", "<html><body><p>Not found</p></body></html>", "<!doctype html><p>x", "{}", "<", "\x00\x01"],
)
def test_what_is_no_sitemap_says_so(body: str) -> None:
    with pytest.raises(PageFailed) as refusal:
        urls(body)
    assert refusal.value.reason is Reason.BAD_LIST


def test_entities_are_neither_blown_up_nor_read_from_files() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE urlset [<!ENTITY e0 "lol">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    hostile = URLSET.replace("?>", f"?>{doctype}").replace("<lastmod>", "<title>&e9;&f;</title><lastmod>")
    began = time.monotonic()
    reading = read_sitemap(hostile.encode(), URL)
    assert time.monotonic() - began < 1
    assert not any("root:" in (link.title or "") or len(link.title or "") > 1000 for link in reading.links)


def test_a_file_over_the_protocols_size_is_read_as_far_as_that() -> None:
    body = f"<urlset {NS}>" + "".join(f"<url><loc>/{n}</loc></url>" for n in range(MOST_ENTRIES + 10)) + "</urlset>"
    assert len(urls(body)) == MOST_ENTRIES
