"""The demo server: every kind of list, page and answer, asked for through the proxy."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import feedparser
import lxml.etree
import lxml.html
import pytest

from harvester.demo.courrier import DOSSIER, SUBSCRIBERS_ONLY, VANISHED
from harvester.demo.gold import gold, other_addresses
from harvester.demo.site import DemoSite, Request
from harvester.demo.sources import DEMO_SOURCES

Fetch = Callable[..., tuple[int, dict[str, str], str]]
SHAHED = "http://shahed.example"
GAZETTE = "http://harbour-gazette.example"
COURRIER = "http://le-courrier-du-port.example"
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
LISTS = (
    f"{SHAHED}/",
    f"{SHAHED}/feed/",
    f"{SHAHED}/category/memory/",
    f"{GAZETTE}/sitemap.xml",
    f"{GAZETTE}/sitemap-news.xml",
    f"{GAZETTE}/atom.xml",
    f"{GAZETTE}/news",
    f"{COURRIER}/rubrique/port",
)


def articles_of(origin: str) -> set[str]:
    return {url for url in gold() if url.startswith(origin)}


def locations(xml: str) -> list[str]:
    return [str(text) for text in lxml.etree.fromstring(xml.encode()).xpath("//s:loc/text()", namespaces=SITEMAP)]


def test_wordpress_feed_shows_the_latest_ten_and_goes_on(fetch: Fetch) -> None:
    _, headers, text = fetch(f"{SHAHED}/feed/")
    first = feedparser.parse(text)
    rest = feedparser.parse(fetch(f"{SHAHED}/feed/?paged=2")[2])
    assert not first.bozo
    assert headers["content-type"].startswith("application/rss+xml")
    assert (len(first.entries), len(rest.entries)) == (10, 2)
    assert {entry.link for entry in first.entries + rest.entries} == articles_of(SHAHED)
    assert fetch(f"{SHAHED}/feed/?paged=3")[0] == 404


@pytest.mark.parametrize("base", [f"{SHAHED}/wp-json/wp/v2/posts?", f"{SHAHED}/?rest_route=/wp/v2/posts&"])
def test_wordpress_api_pages(fetch: Fetch, base: str) -> None:
    found: list[str] = []
    for number in (1, 2, 3):
        _, headers, text = fetch(f"{base}per_page=5&page={number}&_fields=link,title.rendered,modified_gmt")
        records = json.loads(text)
        assert (headers["x-wp-total"], headers["x-wp-totalpages"]) == ("12", "3")
        assert set(records[0]) == {"link", "title", "modified_gmt"}
        found += [record["link"] for record in records]
    assert len(found) == 12
    assert set(found) == articles_of(SHAHED)
    assert fetch(f"{base}per_page=5&page=4")[0] == 400
    assert fetch(f"{base}per_page=101")[0] == 400


def test_wordpress_api_orders_and_filters(fetch: Fetch) -> None:
    base = f"{SHAHED}/wp-json/wp/v2/posts"
    oldest = json.loads(fetch(f"{base}?order=asc&orderby=modified&per_page=1")[2])
    late = json.loads(fetch(f"{base}?after=2026-11-10T00:00:00")[2])
    assert oldest[0]["id"] == 4021
    assert {record["id"] for record in late} == {4051, 4054}
    assert "wp/v2" in json.loads(fetch(f"{SHAHED}/wp-json/")[2])["namespaces"]
    assert fetch(f"{SHAHED}/wp-json/wp/v2/unknown")[0] == 404


def test_wordpress_content_ends_in_the_furniture(fetch: Fetch) -> None:
    for record in json.loads(fetch(f"{SHAHED}/wp-json/wp/v2/posts?per_page=100")[2]):
        lines = [block.text_content() for block in lxml.html.fromstring(record["content"]["rendered"])]
        assert tuple(lines[-4:]) == gold()[record["link"]].removed[-4:]


def test_guid_leads_to_the_article(fetch: Fetch) -> None:
    status, headers, _ = fetch(f"{SHAHED}/?p=4033")
    assert (status, headers["location"]) == (301, f"{SHAHED}/archives/4033")


def test_sitemap_is_found_by_robots_and_lists_the_print_version(fetch: Fetch) -> None:
    robots = fetch(f"{GAZETTE}/robots.txt")[2]
    [index] = [line.split(": ")[1] for line in robots.splitlines() if line.startswith("Sitemap: ")]
    [news] = locations(fetch(index)[2])
    listed = locations(fetch(news)[2])
    assert len(listed) == 9
    assert set(listed) == articles_of(GAZETTE) | set(other_addresses())


def test_atom_links_carry_tracking(fetch: Fetch) -> None:
    feed = feedparser.parse(fetch(f"{GAZETTE}/atom.xml")[2])
    assert not feed.bozo
    assert {entry.link for entry in feed.entries} == {
        f"{url}?utm_source=atom&utm_medium=feed" for url in articles_of(GAZETTE)
    }
    assert fetch(feed.entries[0].link)[0] == 200


def test_sections_page_to_all_articles_and_some_others(fetch: Fetch) -> None:
    found: set[str] = set()
    [source] = [source for source in DEMO_SOURCES if source.sections]
    pages = 0
    for section in source.sections:
        address: str | None = section
        while address:
            tree = lxml.html.fromstring(fetch(address)[2], base_url=address)
            tree.make_links_absolute()
            found |= set(tree.xpath("//section[@class='vignette']//a/@href"))
            address = next(iter(tree.xpath("//a[@rel='next']/@href")), None)
            pages += 1
    others = {COURRIER + path for path in (SUBSCRIBERS_ONLY, VANISHED, DOSSIER)}
    assert found == articles_of(COURRIER) | others
    assert pages == 5


def test_pages_that_are_no_articles(fetch: Fetch) -> None:
    status, headers, _ = fetch(COURRIER + SUBSCRIBERS_ONLY)
    assert (status, urlsplit(headers["location"]).path) == (302, "/connexion")
    status, _, html = fetch(COURRIER + VANISHED)
    assert (status, "Page introuvable" in html) == (200, True)
    for url in (f"{COURRIER}/connexion", f"{GAZETTE}/login", f"{SHAHED}/wp-login.php"):
        assert lxml.html.fromstring(fetch(url)[2]).xpath("//input[@type='password']")
    for url in (f"{COURRIER}/qui-sommes-nous", f"{GAZETTE}/about-us", f"{SHAHED}/about/", COURRIER + DOSSIER):
        status, _, html = fetch(url)
        assert (status, 'og:type" content="website"' in html) == (200, True)


@pytest.mark.parametrize("url", [f"{SHAHED}/archives/1", f"{SHAHED}/x", f"{GAZETTE}/x", f"{GAZETTE}/print.php?story=1"])
def test_missing_pages(fetch: Fetch, url: str) -> None:
    assert fetch(url)[0] == 404


def test_an_unknown_host_is_none_of_ours(fetch: Fetch) -> None:
    assert fetch("http://elsewhere.example/")[0] == 502


@pytest.mark.parametrize("origin", [SHAHED, GAZETTE, COURRIER])
def test_robots_txt(fetch: Fetch, origin: str) -> None:
    status, headers, text = fetch(f"{origin}/robots.txt")
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert text.startswith("User-agent: *\nDisallow: ")


@pytest.mark.parametrize("url", LISTS)
def test_lists_are_conditional(fetch: Fetch, url: str) -> None:
    status, headers, text = fetch(url)
    assert (status, bool(text)) == (200, True)
    for condition in ({"If_None_Match": headers["etag"]}, {"If_Modified_Since": headers["last-modified"]}):
        status, again, text = fetch(url, **condition)
        assert (status, text, again["etag"]) == (304, "", headers["etag"])
    assert fetch(url, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])[0] == 200
    assert fetch(url, If_Modified_Since="yesterday")[0] == 200


@pytest.mark.parametrize("url", LISTS)
def test_the_correction_changes_the_lists_that_show_it(demo: DemoSite, fetch: Fetch, url: str) -> None:
    _, headers, _ = fetch(url)
    demo.corrected = True
    status = fetch(url, If_None_Match=headers["etag"])[0]
    assert status == (200 if url in LISTS[3:6] else 304)
    if url == f"{GAZETTE}/news":
        assert fetch(url, If_Modified_Since=headers["last-modified"])[0] == 200


def test_the_correction_shows_in_times(demo: DemoSite, fetch: Fetch) -> None:
    [url] = [url for url in gold() if gold()[url] != gold(corrected=True)[url]]
    demo.corrected = True
    record = json.loads(lxml.html.fromstring(fetch(url)[2]).findtext(".//script[@type='application/ld+json']") or "")
    assert (record["datePublished"], record["dateModified"]) == (
        "2026-11-12T11:30:00+00:00",
        "2026-11-13T16:10:00+00:00",
    )
    assert "<lastmod>2026-11-13T16:10:00+00:00</lastmod>" in fetch(f"{GAZETTE}/sitemap-news.xml")[2]
    assert "<updated>2026-11-13T16:10:00+00:00</updated>" in fetch(f"{GAZETTE}/atom.xml")[2]


@pytest.mark.parametrize(
    ("url", "box"),
    [
        (f"{SHAHED}/archives/4021", "widget_popular"),
        (f"{GAZETTE}/notebook/2026/10/09/forty-years-of-knots", "most-read"),
        (f"{COURRIER}/ville/le-marche-couvert-retrouve-son-horloge-2284", "plus-lus"),
    ],
)
def test_the_most_read_box_alone_changes(fetch: Fetch, url: str, box: str) -> None:
    trees = [lxml.html.fromstring(fetch(url)[2]) for _ in range(2)]
    boxes = [tree.find_class(box)[0] for tree in trees]
    assert boxes[0].text_content() != boxes[1].text_content()
    for element in boxes:
        element.drop_tree()
    assert lxml.html.tostring(trees[0]) == lxml.html.tostring(trees[1])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"{SHAHED}/archives/4039", "السبت ١٧ تشرين الأول ٢٠٢٦"),
        (f"{SHAHED}/archives/4021", "الثلاثاء ٨ أيلول ٢٠٢٦"),
        (
            f"{GAZETTE}/harbour/2026/10/02/ferry-berth-three-reopens-after-eleven-months",
            "Friday, 2 October 2026, 12:15",
        ),
        (f"{COURRIER}/port/le-remorqueur-goeland-prend-sa-retraite-2283", "jeudi 1er octobre 2026 à 7 h 05"),
    ],
)
def test_dates_as_shown(fetch: Fetch, url: str, shown: str) -> None:
    assert f">{shown}<" in fetch(url)[2]


@pytest.mark.parametrize("url", gold())
def test_article_pages_say_what_they_are(fetch: Fetch, url: str) -> None:
    tree = lxml.html.fromstring(fetch(url)[2])
    assert tree.get("lang") == (
        "ar" if url.startswith(SHAHED) else "en-GB" if url.startswith(GAZETTE) else tree.get("lang")
    )
    assert tree.get("dir") == ("rtl" if url.startswith(SHAHED) else None)
    assert tree.xpath("string(//link[@rel='canonical']/@href)") == url
    assert tree.xpath("string(//meta[@property='og:type']/@content)") == "article"
    assert gold()[url].title in (tree.findtext(".//title") or "")
    assert bool(tree.xpath("//meta[@property='article:published_time']")) == url.startswith(SHAHED)


def test_own_links_lead_somewhere(fetch: Fetch) -> None:
    for page in (f"{SHAHED}/archives/4054", min(articles_of(GAZETTE)), min(articles_of(COURRIER))):
        tree = lxml.html.fromstring(fetch(page)[2], base_url=page)
        tree.make_links_absolute()
        origin = page[: page.index("/", 7)]
        for link in set(tree.xpath("//@href|//@src")):
            if link.startswith(origin) and not link.endswith("/search"):  # forbidden by robots.txt, and not there
                status, _, html = fetch(link)
                assert status in (200, 301), link
                assert "Page introuvable" not in html or "/partage/" in link, link


def test_host_header_form_and_head(demo: DemoSite) -> None:
    address = urlsplit(demo.proxy_url)
    connection = HTTPConnection(address.hostname or "", address.port or 0, timeout=10)
    for method in ("GET", "HEAD", "GET"):  # one connection, kept alive
        connection.request(method, "/atom.xml", headers={"Host": "harbour-gazette.example"})
        answer = connection.getresponse()
        text = answer.read()
        assert (answer.status, bool(text)) == (200, method == "GET")
        assert int(answer.headers["Content-Length"]) > 1000
    connection.close()


def test_gzip_where_it_is_taken(fetch: Fetch, demo: DemoSite) -> None:
    assert "content-encoding" not in fetch(f"{SHAHED}/feed/")[1]
    address = urlsplit(demo.proxy_url)
    connection = HTTPConnection(address.hostname or "", address.port or 0, timeout=10)
    connection.request("GET", f"{SHAHED}/feed/", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert (answer.headers["Content-Encoding"], body[:2]) == ("gzip", b"\x1f\x8b")


def test_requests_are_logged_and_nothing_is_printed(
    demo: DemoSite, fetch: Fetch, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch(f"{SHAHED}/archives/4021")
    fetch(f"{SHAHED}/nowhere", method="HEAD")
    assert demo.requests == (
        Request(method="GET", url=f"{SHAHED}/archives/4021", status=200),
        Request(method="HEAD", url=f"{SHAHED}/nowhere", status=404),
    )
    assert capfd.readouterr() == ("", "")
