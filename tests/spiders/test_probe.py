"""What a probe finds on sites of every kind, and what a run makes of an address alone."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from harvester.page import Page
from harvester.probe import Probe
from spiders.probe import FEED_PLACES, probe_site
from spiders.wordpress import posts_url
from tests.command import Harvest
from tests.site import Reply, Site, article_page, feed_of

HOME = "https://news.example/"
PATHS = [f"2026/11/23/council-story-number-{number}" for number in range(4)]
FEED = feed_of("https://news.example", *(f"/{path}" for path in PATHS))
SITEMAP = f"<urlset>{''.join(f'<url><loc>{HOME}{path}</loc></url>' for path in PATHS)}</urlset>".encode()
POSTS = json.dumps([{"link": HOME + path} for path in PATHS]).encode()


def front(head: str = "", body: str = "") -> bytes:
    return f'<html lang="en-GB"><head><title>News</title>{head}</head><body>{body}</body></html>'.encode()


def probe(paths: dict[str, bytes], *, articles: bytes | None = None) -> tuple[Probe, list[str]]:
    """Probe a site that has these paths (with the articles of `PATHS`); also gives what was asked for."""
    asked: list[str] = []
    there = dict.fromkeys(PATHS, articles or article_page("Council story")) | paths

    async def fetch(url: str) -> Page:
        path = url.removeprefix(HOME)
        asked.append(path)
        if path not in there:
            raise PageFailed(Reason.GONE, f"status 404: {url}")
        return Page(
            url=url,
            requested_url=url,
            status=200,
            headers=(("Content-Type", "text/html"),),
            raw=there[path],
            content=there[path],
            fetched_at=datetime(2026, 11, 23, tzinfo=UTC),
        )

    return asyncio.run(probe_site(fetch, HOME)), asked


def test_a_declared_feed_and_no_others_are_asked_for() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
        '<link rel="alternate" hreflang="fr" href="/fr/">'
    )
    found, asked = probe({"": front(head), "news.rss": FEED})
    assert found.feeds == (f"{HOME}news.rss",)
    assert not set(asked) & set(FEED_PLACES)
    assert found.listed == len(PATHS)
    assert found.language == "en-GB"


def test_a_declared_feed_that_is_none_is_no_feed() -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    found, _ = probe({"": front(head), "news.rss": front(), "rss.xml": FEED})
    assert found.feeds == (f"{HOME}rss.xml",)


@pytest.mark.parametrize("place", FEED_PLACES)
def test_the_usual_places_are_tried_until_one_has_a_feed(place: str) -> None:
    found, asked = probe({"": front(), place: FEED})
    assert found.feeds == (f"{HOME}{place}",)
    tried = [one for one in asked if one in FEED_PLACES]
    assert tried == list(FEED_PLACES[: FEED_PLACES.index(place) + 1])


def test_a_page_with_status_200_in_every_place_is_neither_feed_nor_sitemap() -> None:
    everywhere = dict.fromkeys((*FEED_PLACES, "sitemap.xml", "sitemap_index.xml", "news-sitemap.xml"), front())
    found, _ = probe({"": front(), **everywhere})
    assert (found.feeds, found.sitemaps, found.wordpress) == ((), (), False)


def test_sitemaps_and_delay_that_robots_txt_names() -> None:
    robots = b"User-agent: *\nCrawl-delay: 7\nSitemap: https://news.example/deep/map.xml\n"
    found, asked = probe({"": front(), "robots.txt": robots, "deep/map.xml": SITEMAP})
    assert found.sitemaps == (f"{HOME}deep/map.xml",)
    assert found.crawl_delay_s == 7
    assert "sitemap.xml" not in asked


def test_a_sitemap_in_its_usual_place() -> None:
    found, _ = probe({"": front(), "sitemap_index.xml": SITEMAP})
    assert found.sitemaps == (f"{HOME}sitemap_index.xml",)


@pytest.mark.parametrize(
    ("head", "root"),
    [
        ('<link rel="https://api.w.org/" href="https://news.example/wp-json/">', "wp-json/"),
        ('<link rel="https://api.w.org/" href="https://news.example/?rest_route=/">', "?rest_route=/"),
        ('<link rel="stylesheet" href="/wp-content/themes/x/style.css">', "wp-json/"),
    ],
    ids=["declared", "declared, without pretty addresses", "not declared"],
)
def test_wordpress(head: str, root: str) -> None:
    found, _ = probe({"": front(head), posts_url(root, 1): POSTS})
    assert found.wordpress
    assert found.listed == len(PATHS)


def test_a_site_without_lists_has_its_front_page_and_the_sections_of_its_navigation() -> None:
    links = "".join(f'<p><a href="/{path}">t</a></p>' for path in PATHS)
    body = f'<nav><a href="/politics">Politics</a><a href="/contact">Contact</a><a href="/">Home</a></nav>{links}'
    found, _ = probe({"": front(body=body), "politics": front(body=links), "contact": front()})
    assert found.sections == (HOME, f"{HOME}politics")
    assert [sample.title for sample in found.samples] == ["Council story"] * 3


def test_an_empty_site_has_nothing() -> None:
    found, _ = probe({"": b""})
    assert found == Probe(home=HOME)
    assert not found.needs_javascript


def test_a_site_of_empty_shells_needs_javascript() -> None:
    found, _ = probe({"": front(), "feed/": FEED}, articles=front(body='<div id="app"></div>'))
    assert found.needs_javascript
    assert len(found.samples) == 3


def test_a_site_that_is_not_there_says_why() -> None:
    async def fetch(url: str) -> Page:
        raise PageFailed(Reason.DNS, url)

    with pytest.raises(PageFailed) as failure:
        asyncio.run(probe_site(fetch, HOME))
    assert failure.value.reason is Reason.DNS


def test_a_source_of_which_only_the_address_is_known_is_probed_once(harvest: Harvest, site: Site) -> None:
    site.paths["/"] = Reply(body=front('<link rel="alternate" type="application/rss+xml" href="/feed">'))
    site.feed(*(f"/{path}" for path in PATHS))
    harvest.source("s", f"{site.base}/")
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": len(PATHS)}
    before = len(site.requests)
    harvest.run("s")
    assert [request.path for request in site.requests[before:]] == ["/robots.txt", "/feed"]


def test_a_source_without_lists_fails(harvest: Harvest, site: Site) -> None:
    site.paths["/"] = Reply(body=front())
    harvest.source("s", f"{site.base}/")
    report = harvest.run("s")
    assert report["exit_code"] == 1
    assert report["sources"]["s"]["failure"]["reason"] == "bad_list"


def test_a_site_whose_robots_txt_forbids_it_is_left_alone(harvest: Harvest, site: Site) -> None:
    site.paths["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    site.paths["/"] = Reply(body=front())
    (part,) = harvest.run(f"{site.base}/")["sources"].values()
    assert part["failure"]["reason"] == "robots"
    assert [request.path for request in site.requests] == ["/robots.txt"]
