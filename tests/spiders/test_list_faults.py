"""Lists with faults that would cost the whole list, the whole probe, or more."""

import json
import time
from pathlib import Path

import pytest

from harvester.errors import PageFailed
from spiders.feed import read_feed
from spiders.links import looks_like_article
from spiders.section import read_section
from spiders.sitemap import read_sitemap
from spiders.wordpress import api_root, read_posts
from tests.command import Harvest
from tests.site import Reply, Site

URL = "https://news.example/list"


@pytest.mark.parametrize("address", ["http://[bad", "file:///etc/passwd", "javascript:more()", "ftp://news.example/2"])
def test_only_a_web_address_is_a_next_page_of_a_feed(address: str) -> None:
    json_feed = json.dumps({"items": [], "next_url": address}).encode()
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link rel="next" href="{address}"/></feed>'
    assert read_feed(json_feed, URL).next_url is None
    assert read_feed(atom.encode(), URL).next_url is None


@pytest.mark.parametrize("rubbish", [b"&#55555555555555555555;", b"&#x110000;"])
def test_what_the_feed_reader_breaks_on_is_a_bad_list(rubbish: bytes) -> None:
    with pytest.raises(PageFailed):
        read_feed(b'<rss version="2.0"><channel><item><title>' + rubbish + b"</title><link>/a</link></item><x", URL)


def test_a_news_sitemap_that_never_declared_its_prefix() -> None:
    news = "<news:news><news:title>T</news:title><news:publication_date>2026-11-20</news:publication_date></news:news>"
    body = f"<urlset><url><loc>https://news.example/a</loc>{news}</url></urlset>"
    (link,) = read_sitemap(body.encode(), URL).links
    assert (link.url, link.title, link.published_at is not None) == ("https://news.example/a", "T", True)


def test_a_warning_before_the_markup() -> None:
    body = b"<b>Warning</b>: x<br />\n<?xml version='1.0'?><urlset><url><loc>/a</loc></url></urlset>"
    assert [link.url for link in read_sitemap(body, URL).links] == ["https://news.example/a"]


@pytest.mark.parametrize("loc", ["/?a=1&b=2", "/?a=1&amp;b=2", "<![CDATA[/?a=1&b=2]]>"])
def test_ampersands_of_addresses(loc: str) -> None:
    body = f"<urlset><url><loc>{loc}</loc></url></urlset>".encode()
    assert [link.url for link in read_sitemap(body, URL).links] == ["https://news.example/?a=1&b=2"]


def test_text_sitemaps_name_only_what_can_be_fetched() -> None:
    body = b"http://[bad\nHTTPS://news.example/b\nhttps://news.example/" + b"a" * 9000
    assert [link.url for link in read_sitemap(body, URL).links] == ["HTTPS://news.example/b".lower()]


API_ROOTS = {
    "minified": ("<link rel=https://api.w.org/ href=https://news.example/wp-json/>", "https://news.example/wp-json/"),
    "another link before": ('<link rel="a" href="/b"><link rel="https://api.w.org/" href="/wp-json/">',
                            "https://news.example/wp-json/"),
    "no address": ('<link rel="https://api.w.org/" href="http://[bad">', None),
    "a file": ('<link rel="https://api.w.org/" href="file:///x">', None),
}  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), API_ROOTS.values(), ids=API_ROOTS.keys())
def test_the_api_that_a_page_names(markup: str, expected: str | None) -> None:
    assert api_root([], markup, "https://news.example/") == expected


def test_hostile_markup_takes_no_longer_than_its_length() -> None:
    started = time.process_time()
    api_root([], "<link " * 100_000, URL)
    read_posts(json.dumps([{"link": "/a", "title": {"rendered": "<" * 500_000}}]).encode(), URL)
    assert time.process_time() - started < 2  # measured: 0.02 s; minutes when quadratic


NEXT = {
    "a sign": ("/world", '<a href="/world?start=20">»</a>', "/world?start=20"),
    "next and number lead to one page": ("/world", '<a href="/world?start=20">Next</a><a href="/world?start=20">2</a>',
                                         "/world?start=20"),
    "useless rel=next": ("/world", '<link rel="next" href="#"><a href="/world/page/2">2</a>', "/world/page/2"),
    "no number": ("/world?page=²", "<p>x</p>", None),
    "a post, no page": ("/", '<a href="/?p=2">Sample</a>', None),
}  # fmt: skip


@pytest.mark.parametrize(("path", "markup", "expected"), NEXT.values(), ids=NEXT.keys())
def test_the_next_page(path: str, markup: str, expected: str | None) -> None:
    found = read_section(markup, f"https://news.example{path}").next_url
    assert found == (f"https://news.example{expected}" if expected else None)


def test_links_below_unclosed_tags() -> None:
    assert read_section("<div>" * 1000 + '<a href="/2026/11/20/a-b-c-d">x</a>', URL).links


@pytest.mark.parametrize(
    "path",
    ["/wp-content/uploads/2026/01/some-long-name-here", "/tag.php?id=12", "/category.php?id=12", "/news/2026",
     "/وسم/انتخابات-الرئاسة-في-لبنان"],
)  # fmt: skip
def test_no_articles(path: str) -> None:
    assert not looks_like_article(f"https://news.example{path}")


def test_a_feed_does_not_lead_to_local_files(harvest: Harvest, site: Site, tmp_path: Path) -> None:
    site.article("/story-of-the-feed-itself")
    site.article("/story-of-the-local-file")
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"items": [{"url": f"{site.base}/story-of-the-local-file"}]}))
    feed = {"items": [{"url": f"{site.base}/story-of-the-feed-itself"}], "next_url": local.as_uri()}
    site.paths["/feed.json"] = Reply(body=json.dumps(feed).encode(), content_type="application/feed+json")
    harvest.source("s", site.base, feeds=[f"{site.base}/feed.json"])
    harvest.run("s")
    assert [record["url"] for record in harvest.records()] == [f"{site.base}/story-of-the-feed-itself"]
