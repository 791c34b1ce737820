"""Title, authors, dates and the rest, from wherever a page says them."""

import json

import pytest
from lxml import html

from harvester.extract.byline import author_names
from harvester.extract.metadata import Metadata, read_metadata
from tests.harvester.extract.pages import NOW

URL = "https://www.harbour-gazette.example/news/quay"


def read(head: str = "", body: str = "<p>x</p>", language: str | None = None) -> Metadata:
    tree = html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    return read_metadata(tree, URL, now=NOW, language=language)


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
    found = read(head)
    assert (found.published_at or found.scripted_at) == "2026-11-20T08:00:00+02:00"


def test_the_site_s_own_zone_is_kept() -> None:
    visible = '<time datetime="2026-11-19T23:30:00-05:00">last night</time>'
    found = read(meta("article:published_time", "2026-11-20T04:30:00Z"), visible)
    assert found.published_at == "2026-11-19T23:30:00-05:00"


@pytest.mark.parametrize("moment", ["2027-01-01T00:00:00Z", "soon", "", "0000-00-00"])
def test_no_date_is_none(moment: str) -> None:
    assert read(meta("article:published_time", moment)).published_at is None


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["By Jane Doe"], ("Jane Doe",)),
        (["بقلم: أحمد الخطيب"], ("أحمد الخطيب",)),
        (["Von Anna Weber und Karl Groß"], ("Anna Weber", "Karl Groß")),
        (["أحمد الخطيب، سلمى حداد"], ("أحمد الخطيب", "سلمى حداد")),
        (["https://e.com/author/jane", "admin", "jane@e.com"], ()),
        (["Jane Doe", "jane doe"], ("Jane Doe",)),
    ],
)
def test_authors(given: list[str], names: tuple[str, ...]) -> None:
    assert author_names(given) == names


def test_authors_of_structured_data() -> None:
    head = ld(THING | {"author": [{"@type": "Person", "name": "Jane Doe"}, {"name": "سلمى حداد"}]})
    assert read(head + meta("author", "Someone Else")).authors == ("Jane Doe", "سلمى حداد")


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
