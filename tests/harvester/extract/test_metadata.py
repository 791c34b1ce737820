"""Title, authors, dates and the rest, from wherever a page says them."""

import json
from datetime import UTC, datetime

import pytest

from harvester.extract.metadata import Metadata, read_metadata
from harvester.extract.walk import walk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

URL = "https://www.harbour-gazette.example/news/quay"


def read(head: str = "", body: str = "<p>x</p>", language: str | None = None) -> Metadata:
    page = walk(f"<html><head>{head}</head><body>{body}</body></html>")
    return read_metadata(page, URL, now=NOW, language=language)


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        pytest.param("<title>Quay to be repaired | Harbour Gazette</title>", "", "Quay to be repaired", id="title"),
        pytest.param("<title>إصلاح الرصيف القديم - جريدة الميناء</title>" + meta("og:site_name", "جريدة الميناء"), "",
                     "إصلاح الرصيف القديم", id="Arabic"),
        pytest.param(meta("og:title", "Quay to be repaired in spring"), "<h1>Old quay to be repaired in spring</h1>",
                     "Old quay to be repaired in spring", id="what the reader sees"),
        pytest.param(meta("og:title", "Quay to be repaired"), "<h1>Harbour Gazette</h1>", "Quay to be repaired",
                     id="h1 is the site's name"),
        pytest.param(meta("og:title", "How we pulled Boats, Nets and Quay from the sea"), "<h1>Quay</h1>",
                     "How we pulled Boats, Nets and Quay from the sea", id="h1 is a section with a word in common"),
        pytest.param(meta("og:title", "Quay to be repaired"),
                     "<h1><span>Harbour</span><span>Quay to be repaired</span></h1>", "Quay to be repaired",
                     id="kicker off"),
        pytest.param(ld({"@type": "NewsArticle", "headline": "Quay &amp; boats"}), "", "Quay & boats", id="JSON-LD"),
    ],
)  # fmt: skip
def test_title(head: str, body: str, title: str) -> None:
    assert read(head, body).title == title


THING = {"@type": "NewsArticle", "headline": "Quay", "datePublished": "2026-11-20T08:00:00+02:00"}


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(ld(THING), id="plain"),
        pytest.param(ld([{"@type": "WebSite"}, THING]), id="list"),
        pytest.param(ld({"@graph": [{"@type": "WebPage"}, THING]}), id="graph"),
        pytest.param(ld({"@type": "WebPage", "mainEntity": THING}), id="inside another"),
        pytest.param(ld(THING | {"@type": ["https://schema.org/NewsArticle", "Thing"]}), id="types"),
        pytest.param(ld(THING).replace("}<", ",}<"), id="comma at the end"),
        pytest.param(ld(THING).replace('"Quay"', '"Qu\nay"'), id="line break in a text"),
        pytest.param(ld(THING).replace("}<", "<"), id="broken: by its time alone"),
        pytest.param(meta("article:published_time", "2026-11-20T08:00:00+02:00"), id="meta"),
        pytest.param(
            meta("date", "2026-11-20") + meta("pubdate", "2026-11-20T08:00:00+02:00"), id="the time of the same day"
        ),
        pytest.param("<script>x={'publishedAt':'2026-11-20T08:00:00+02:00'}</script>", id="a script's data"),
    ],
)
def test_published(head: str) -> None:
    assert read(head).published_at == "2026-11-20T08:00:00+02:00"


def test_the_site_s_own_zone_is_kept() -> None:
    visible = '<time datetime="2026-11-19T23:30:00-05:00">last night</time>'
    found = read(meta("article:published_time", "2026-11-20T04:30:00Z"), visible)
    assert found.published_at == "2026-11-19T23:30:00-05:00"


@pytest.mark.parametrize("moment", ["2027-01-01T00:00:00Z", "soon", "", "0000-00-00"])
def test_no_date_is_none(moment: str) -> None:
    assert read(meta("article:published_time", moment)).published_at is None


def test_authors_of_structured_data() -> None:
    head = ld(THING | {"author": [{"@type": "Person", "name": "Jane Doe"}, {"name": "سلمى حداد"}]})
    assert read(head + meta("author", "Someone Else")).authors == ("Jane Doe", "سلمى حداد")


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        pytest.param(meta("author", "Harbour Gazette"), '<h1>Quay</h1><p class="byline">By Jane Doe</p>', ("Jane Doe",),
                     id="a person before the site"),
        pytest.param(ld({"@type": "NewsArticle", "author": {"@type": "Organization", "name": "Harbour Gazette"}}), "",
                     ("Harbour Gazette",), id="nobody but the site"),
        pytest.param("", "<h1>Quay</h1><p>Von Anna Weber, Kiel</p>", ("Anna Weber",), id="a line that begins as one"),
        pytest.param("", '<h1>Quay</h1><div class="byline"><span>By</span><a>Jane Doe</a><span>Port editor</span>'
                     "<span>14:00</span></div>", ("Jane Doe",), id="parts without spaces between"),
        pytest.param("", "<h1>Quay</h1><p>By noon the harbour was full of small boats again.</p>", (), id="no byline"),
    ],
)  # fmt: skip
def test_authors_of_the_page(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert read(meta("og:site_name", "Harbour Gazette") + meta("og:title", "Quay") + head, body).authors == authors


RELATED = (
    "<p>story</p>" * 40
    + '<ul><li><a>Other</a> <time datetime="2026-11-22">x</time></li><li><time>20 Nov 2026</time></li></ul>'
)
LIVE = {
    "@type": "LiveBlogPosting",
    "datePublished": "2026-11-04",
    "liveBlogUpdate": [
        {"@type": "BlogPosting", "headline": "x", "datePublished": "2026-11-05", "author": "J", "image": "i"}
    ],
}


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        pytest.param("", "<h1>Quay</h1><p>4 November 2026</p>", "2026-11-04", id="a line below the headline"),
        pytest.param("", "<p>4 November 2026</p><h1>Quay</h1><p>No date</p>", "2026-11-04", id="a line above it"),
        pytest.param("", f"<h1>Quay</h1><p>No date</p>{RELATED}", None, id="never a related story's"),
        pytest.param("<title>Quay | DW | 04.11.2026</title>", f"<h1>Quay</h1>{RELATED}", "2026-11-04", id="in <title>"),
        pytest.param("", f'<h1>Quay</h1>{RELATED}<p class="post-date">4 Nov 2026</p>', "2026-11-04", id="by its class"),
        pytest.param(meta("og:updated_time", "2026-11-04"), "<h1>Quay</h1>", "2026-11-04", id="only a change"),
        pytest.param(ld({"@type": "Article", "datePublished": "2026-11-10", "dateModified": "2026-11-10T08:00:00Z"}),
                     "<h1>Quay</h1><p>4 Nov 2026</p>", "2026-11-04", id="stamped by the last export"),
        pytest.param(ld({"@type": "Article", "datePublished": "2026-11-10", "dateModified": "2026-11-12"}),
                     "<h1>Quay</h1><p>4 Nov 2026</p>", "2026-11-10", id="declared"),
        pytest.param(ld(LIVE), "<h1>Quay</h1>", "2026-11-04", id="a live blog, not its update"),
        pytest.param("", "<h1>Quay</h1><figure><figcaption>The quay, 6.12.2010</figcaption></figure>", None,
                     id="a caption's"),
        pytest.param("", "<h1>إصلاح</h1><p>٥ ربيع الآخر ١٤٤٨ هـ</p>", "2026-09-16", id="Hijri"),
    ],
)  # fmt: skip
def test_day(head: str, body: str, day: str | None) -> None:
    found = read(meta("og:title", "إصلاح" if "إصلاح" in body else "Quay") + head, body).published_at
    assert (found[:10] if found else None) == day


def test_names_learned_from_the_site_s_titles_come_off() -> None:
    page = walk("<title>Old quay to be repaired at last - Port - The Tide</title>")
    assert read_metadata(page, URL, now=NOW, site_names=("port", "the tide")).title == "Old quay to be repaired at last"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "head",
    [
        pytest.param(meta("og:title", "a - " * 250_000), id="a title of 1 MB"),
        pytest.param(meta("author", "By " * 300_000), id="an author of 1 MB"),
        pytest.param(meta("article:published_time", "1" * 1_000_000), id="a date of 1 MB"),
        pytest.param(f"<title>{'x | ' * 250_000}</title>", id="a <title> of 1 MB"),
        pytest.param(ld({"@graph": [[{"@type": "NewsArticle", "author": [[["x"]]]}]] * 5000}), id="nested lists"),
        pytest.param(
            ld({"@type": [1, None, {}], "author": 7, "datePublished": [{}, 0], "image": {"url": 3}}), id="odd"
        ),
        pytest.param(f'<script type="application/ld+json">{" " * 1_000_000}x</script>', id="a blank script of 1 MB"),
        pytest.param(f"<script>{'publishedAt:' * 80_000}</script>", id="a script of 1 MB"),
    ],
)
def test_huge_and_odd_values_end_soon(head: str) -> None:
    assert read(head, "<h1>Quay</h1>").published_at is None


def test_the_rest() -> None:
    head = (
        meta("article:section", "Port")
        + meta("keywords", "quay, boats، صيد")
        + meta("og:image", "/quay.jpg")
        + meta("og:locale", "en_GB")
        + meta("og:url", URL)
        + '<link rel="canonical" href="/news/quay">'
    )
    found = read(head)
    assert (found.section, found.tags, found.language) == ("Port", ("quay", "boats", "صيد"), "en-GB")
    assert [image.url for image in found.images] == ["https://www.harbour-gazette.example/quay.jpg"]
    assert (found.canonical, found.og_url) == ("/news/quay", URL)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"@type": "NewsArticle", "author": {"name": {"name": 1}}}', "null"])
def test_odd_structured_data_does_not_raise(text: str) -> None:
    assert read(f'<script type="application/ld+json">{text}</script>').authors == ()
