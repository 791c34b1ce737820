"""What speaks for a page's being an article, as numbers: as many on every page, and all of them numbers."""

from datetime import UTC, datetime

import numpy as np
import pytest

from harvester.extract.article import Reading
from harvester.extract.metadata import read_metadata
from harvester.extract.model import model
from harvester.extract.signs import Numbers, linked_share, page_signs
from harvester.extract.walk import walk
from tests.harvester.extract.pages import ARABIC, ENGLISH, paragraphs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMMON = "https://e.com/news/harbour-council-decides"

PAGES = {
    "one letter": "<p>x",
    "a sign": "<p>—",
    "links alone": "<a href=/>x</a>" * 20,
    "one link": "<p><a href=/>" + "word " * 50,
    "hidden alone": "<div hidden>x</div>",
    "one long word": "<p>" + "x" * 100_000,
    "6000 list items": "<ul>" + "<li>x" * 7_000,
    "no words of letters": "<p>𐍈𐌰 👩‍👩‍👧</p><p>&#xFFFF;</p>",
    "two languages": paragraphs((*ARABIC, *ENGLISH)),
    "times and pictures": "<time>5</time><img src=x><h2>a</h2><h1>b</h1>" * 50,
    "all that can be declared": (
        '<meta property="og:type" content="website"><meta name=description content=x>'
        '<script type="application/ld+json">{"@type": ["NewsArticle", "Product", 5], "headline": "x"}</script>'
        + paragraphs(ENGLISH)
    ),
}
ADDRESSES = [
    COMMON,
    "",
    "x",
    "/relative",
    "file:///tmp/page.html",
    "https://[::1]/",
    "https://docs.e.com/product/1234?q#f",
    "https://e.com/" + "a/" * 5_000,
    "https://e.com/%D8%A7/ميناء\ud800",
]


def signs_of(markup: str, url: str = COMMON) -> Numbers:
    walked = walk(f"<body>{markup}")
    metadata = read_metadata(walked, url, now=NOW)
    reading = Reading.of(walked, metadata)
    with np.errstate(all="raise"):
        return page_signs(walked, metadata, url, reading.probabilities, reading.words)


@pytest.mark.parametrize(
    "url", [pytest.param(url, id=url[:30].encode("ascii", "replace").decode()) for url in ADDRESSES]
)
@pytest.mark.parametrize("markup", [pytest.param(markup, id=name.replace(" ", "-")) for name, markup in PAGES.items()])
def test_every_page_has_the_numbers_that_the_model_wants(markup: str, url: str) -> None:
    signs = signs_of(markup, url)
    assert signs.shape == model().weights["kind.w"].shape
    assert signs.dtype == np.float32
    assert np.isfinite(signs).all()
    assert np.abs(signs).max() < 1_000
    assert 0 <= model().article_probability(signs) <= 1


def differing(markup: str, url: str, other_markup: str, other_url: str) -> int:
    """How many numbers two pages differ in."""
    return int((signs_of(markup, url) != signs_of(other_markup, other_url)).sum())


@pytest.mark.parametrize(
    ("url", "other", "numbers"),
    [
        ("https://e.com/abc", "https://e.com/abc/", 0),
        ("https://e.com/abc", "https://f.org/abc", 0),
        ("https://e.com/abc", "https://e.com/abc?page=2", 1),
        ("https://e.com/abc", "https://shop.e.com/abc", 1),
        ("https://e.com/news/abc", "https://e.com/shop/abc", 2),
        ("https://e.com/abc", "https://e.com/1234", 3),  # a word less, a long number, a year's folder
        ("https://e.com/abc", "https://e.com/", 3),  # no path: no slash, no word, empty
    ],
)
def test_addresses_tell_pages_apart(url: str, other: str, numbers: int) -> None:
    assert differing("<p>x", url, "<p>x", other) == numbers


@pytest.mark.parametrize(
    ("head", "numbers"),
    [
        ("", 0),
        ('<meta property="og:type" content="article">', 2),  # article, and no longer undeclared
        ('<meta property="og:type" content="WEBSITE">', 2),
        ('<meta property="og:type" content="og:product">', 2),
        ('<meta property="og:type" content="video">', 1),
        ('<meta name=description content="About">', 1),
        ('<script type="application/ld+json">{"@type": "Product"}</script>', 2),  # any type, and this one
        ('<script type="application/ld+json">{"@type": "Event"}</script>', 2),
        ('<script type="application/ld+json">{"@type": "Unheard"}</script>', 1),
    ],
)
def test_what_a_page_declares_tells_it_apart(head: str, numbers: int) -> None:
    assert differing("<p>x", COMMON, f"{head}<p>x", COMMON) == numbers


@pytest.mark.parametrize(
    ("markup", "share"),
    [
        pytest.param("", 0.0, id="nothing"),
        pytest.param("<p>abcd", 0.0, id="no link"),
        pytest.param("<a href=/>ab cd</a>", 1.0, id="link alone"),
        pytest.param("<p>abc <a href=/>d</a></p>", 0.25, id="within a block"),
        pytest.param("<p>abcdef</p><p><a href=/>g h</a></p>", 0.25, id="by characters and not by blocks"),
        pytest.param("<p><a href=/>ab</a> c <a href=/>d</a></p><p>efgh", 0.375, id="several"),
    ],
)
def test_linked_share(markup: str, share: float) -> None:
    assert linked_share(walk(f"<body>{markup}").pieces) == share
