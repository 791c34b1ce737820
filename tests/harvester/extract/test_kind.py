"""What is an article and what is not, in several languages."""

import pytest

from harvester.article import Block
from harvester.errors import NotArticle
from harvester.extract.kind import LEAST_PROBABLE, refuse_if_no_article, refuse_if_not_html, word_count
from harvester.extract.metadata import Metadata, read_metadata
from harvester.extract.walk import walk
from harvester.outcomes import Reason
from tests.harvester.extract.pages import NOW, page

STORY = "https://e.com/news/harbour-council-decides"


def metadata(head: str = "") -> Metadata:
    return read_metadata(walk(f"<head>{head}</head><body>x</body>"), STORY, now=NOW)


def refuse(
    head: str = "",
    *,
    url: str = STORY,
    title: str = "Harbour",
    words: int,
    linked: float = 0.1,
    probability: float = 0.5,
) -> None:
    body = [Block(text="word " * 20)] * (words // 20) + [Block(text="word " * (words % 20))] * bool(words % 20)
    refuse_if_no_article(metadata(head), url=url, title=title, body=body, linked=linked, probability=probability)


ARTICLE = '<meta property="og:type" content="article">'


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
        refuse(head, title=title, words=60)
    assert refused.value.reason is reason
    refuse(head, title=f"Town hall: {title}", words=600)


@pytest.mark.parametrize(
    ("head", "url", "words", "probability", "reason"),
    [
        pytest.param("", "https://e.com/", 200, 0.9, Reason.SECTION, id="home page"),
        pytest.param("", "https://e.com", 200, 0.9, Reason.SECTION, id="home page without a slash"),
        pytest.param("", STORY, 200, LEAST_PROBABLE / 2, Reason.SECTION, id="hardly an article"),
        pytest.param(ARTICLE, STORY, 200, LEAST_PROBABLE / 2, Reason.SECTION, id="hardly an article, but says so"),
        pytest.param("", "https://e.com/?s=port", 200, 0.9, Reason.SEARCH, id="search"),
        pytest.param("", "https://e.com/suche/port", 200, 0.9, Reason.SEARCH, id="German search"),
        pytest.param("", "https://e.com/log-in", 60, 0.9, Reason.LOGIN, id="log-in by its address"),
        pytest.param("", STORY, 10, 0.9, Reason.NO_TEXT, id="little text"),
        pytest.param(ARTICLE, STORY, 3, 0.9, Reason.NO_TEXT, id="next to no text"),
        pytest.param("", STORY, 0, 0.9, Reason.NO_TEXT, id="none"),
    ],
)
def test_refused(head: str, url: str, words: int, probability: float, reason: Reason) -> None:
    with pytest.raises(NotArticle) as refused:
        refuse(head, url=url, words=words, probability=probability)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("head", "url", "words", "probability"),
    [
        pytest.param("", STORY, 40, 0.1, id="short, nothing declared"),
        pytest.param(ARTICLE, STORY, 12, 0.1, id="agency flash that declares itself"),
        pytest.param(ARTICLE, "https://e.com/category/port/123", 300, 0.1, id="in a section"),
        pytest.param("", "https://e.com/?p=123", 300, 0.1, id="query alone"),
        pytest.param(ARTICLE, "https://e.com/search/port-found", 300, 0.1, id="declared, in a search"),
        pytest.param("", "https://e.com/", 400, 0.1, id="a site of one page"),
        pytest.param(ARTICLE, "https://e.com/", 60, 0.1, id="declared, on the first page"),
        pytest.param("", "https://e.com/login/why-we-ask", 400, 0.1, id="long, about log-ins"),
    ],
)
def test_taken(head: str, url: str, words: int, probability: float) -> None:
    refuse(head, url=url, words=words, probability=probability)


@pytest.mark.parametrize("url", ["https://e.com/category/port/", "https://e.com/news/page/3/"])
def test_a_page_of_links_at_a_list_s_address_is_a_section(url: str) -> None:
    with pytest.raises(NotArticle) as refused:
        refuse(url=url, words=200, linked=0.7, probability=0.9)
    assert refused.value.reason is Reason.SECTION
    refuse(url=url, words=200, linked=0.2, probability=0.9)
    refuse(ARTICLE, url=url, words=200, linked=0.7, probability=0.9)
    refuse(url=STORY, words=200, linked=0.7, probability=0.9)


@pytest.mark.parametrize(
    ("text", "words"), [("three short words", 3), ("قرر المجلس", 2), ("港の議会は月曜日に決めた", 7)]
)
def test_words_are_counted_in_scripts_without_spaces(text: str, words: int) -> None:
    assert word_count(text) == words
