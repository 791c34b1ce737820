"""What is an article and what is not, in several languages."""

import pytest
from lxml import html

from harvester.errors import NotArticle
from harvester.extract.kind import refuse_if_no_article, refuse_if_not_html, word_count
from harvester.extract.metadata import Metadata, read_metadata
from harvester.outcomes import Reason
from tests.harvester.extract.pages import NOW, mass, page

STORY = "https://e.com/news/harbour-council-decides"


def metadata(head: str = "") -> Metadata:
    return read_metadata(html.document_fromstring(f"<head>{head}</head><body>x</body>"), STORY, now=NOW)


ARTICLE = '<meta property="og:type" content="article">'
DATED = '<meta name="date" content="2026-11-20">'


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"%PDF-1.7 ...", "text/html"),
        (b"\x89PNG\r\n", ""),
        (b'{"a": 1}', "text/html"),
        (b"<html><p>text</p>", "application/json"),
        (b"<html><p>text</p>", "image/png"),
        (b"<?xml version='1.0'?><rss/>", "application/xml"),
    ],
)
def test_not_html(content: bytes, content_type: str) -> None:
    with pytest.raises(NotArticle) as refused:
        refuse_if_not_html(page(content, content_type=content_type))
    assert refused.value.reason is Reason.NOT_HTML


@pytest.mark.parametrize("content_type", ["text/html", "application/xhtml+xml; charset=utf-8", ""])
def test_html(content_type: str) -> None:
    refuse_if_not_html(page(b"<?xml version='1.0'?><html><p>text</p></html>", content_type=content_type))


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("404 - Page not found", Reason.ERROR_PAGE),
        ("الصفحة غير موجودة", Reason.ERROR_PAGE),
        ("Seite nicht gefunden", Reason.ERROR_PAGE),
        ("Página no encontrada", Reason.ERROR_PAGE),
        ("Страница не найдена", Reason.ERROR_PAGE),
        ("تسجيل الدخول", Reason.LOGIN),
        ("Sign in to continue", Reason.LOGIN),
        ("Se connecter", Reason.LOGIN),
        ("We value your privacy", Reason.CONSENT),
    ],
)
@pytest.mark.parametrize("head", ["", ARTICLE])
def test_pages_that_name_themselves_something_else(title: str, reason: Reason, head: str) -> None:
    with pytest.raises(NotArticle) as refused:
        refuse_if_no_article(metadata(head), url=STORY, title=title, mass=mass(60))
    assert refused.value.reason is reason
    refuse_if_no_article(metadata(head), url=STORY, title=f"Town hall: {title}", mass=mass(600))


@pytest.mark.parametrize(
    ("head", "url", "words", "linked", "reason"),
    [
        pytest.param("", "https://e.com/", 200, 0.1, Reason.SECTION, id="home page"),
        pytest.param("", "https://e.com/category/port/", 200, 0.6, Reason.SECTION, id="by its address"),
        pytest.param("", "https://e.com/news/page/3/", 200, 0.6, Reason.SECTION, id="page of a list"),
        pytest.param("", "https://e.com/port", 40, 0.8, Reason.SECTION, id="links"),
        pytest.param("", "https://e.com/?s=port", 200, 0.1, Reason.SEARCH, id="search"),
        pytest.param("", STORY, 10, 0.1, Reason.NO_TEXT, id="little text"),
        pytest.param(ARTICLE, STORY, 3, 0.1, Reason.NO_TEXT, id="next to no text"),
        pytest.param('<meta property="og:type" content="product">', STORY, 300, 0.1, Reason.SECTION, id="shop"),
        pytest.param(
            '<script type="application/ld+json">{"@type": "CollectionPage"}</script>', STORY, 200, 0.1, Reason.SECTION,
            id="declared a list",
        ),
    ],
)  # fmt: skip
def test_refused(head: str, url: str, words: int, linked: float, reason: Reason) -> None:
    with pytest.raises(NotArticle) as refused:
        refuse_if_no_article(metadata(head), url=url, title="Harbour", mass=mass(words, linked=linked))
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("head", "url", "words", "linked"),
    [
        pytest.param("", STORY, 40, 0.5, id="short, nothing declared"),
        pytest.param(ARTICLE, STORY, 12, 0.9, id="agency flash that declares itself"),
        pytest.param(ARTICLE, "https://e.com/category/port/123", 300, 0.6, id="declared, in a section"),
        pytest.param("", "https://e.com/?p=123", 300, 0.1, id="query alone"),
        pytest.param(DATED, "https://e.com/x", 60, 0.5, id="dated, among many links"),
    ],
)
def test_taken(head: str, url: str, words: int, linked: float) -> None:
    refuse_if_no_article(metadata(head), url=url, title="Harbour", mass=mass(words, linked=linked, paragraphs=2))


@pytest.mark.parametrize(
    ("text", "words"), [("three short words", 3), ("قرر المجلس", 2), ("港の議会は月曜日に決めた", 7)]
)
def test_words_are_counted_in_scripts_without_spaces(text: str, words: int) -> None:
    assert word_count(text) == words
