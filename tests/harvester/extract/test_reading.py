"""From a page to an article: the body whole and in order, all else of its container kept in sight, no page a crash."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.article import Article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.outcomes import Reason
from tests.harvester.extract.pages import ARABIC, ENGLISH, page, paragraphs

HOME = "https://e.com/"
MENU = "".join(f'<li><a href="/s/{number}">Section {number}</a></li>' for number in range(12))
SECONDS = 20.0
"""For the largest of pages; an ordinary one takes some 30 ms."""


def document(article: str, *, title: str = "إصلاح الرصيف القديم في الميناء", lang: str = "ar") -> str:
    return (
        f'<html lang="{lang}"><head><title>{title} - الميناء</title><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{title}"></head><body><ul class="menu">{MENU}</ul>'
        f'<article><h1>{title}</h1>{article}</article><div class="foot"><p>© 2026</p></div></body></html>'
    )


def read(markup: str | bytes) -> Article:
    return read_article(page(markup), home=HOME)


def test_an_arabic_article() -> None:
    article = read(document(f'<p class="date">٢٣ تشرين الثاني ٢٠٢٦</p>{paragraphs(ARABIC)}'))
    assert article.title == "إصلاح الرصيف القديم في الميناء"
    assert article.body == ARABIC
    assert (article.language, article.direction) == ("ar", "rtl")
    assert article.published_at == "2026-11-23"


def test_an_english_article_in_divs_and_line_breaks() -> None:
    article = read(document(f"<div class='text'>{'<br><br>'.join(ENGLISH)}</div>", title="Old quay", lang="en"))
    assert article.body == ENGLISH
    assert (article.language, article.direction) == ("en", "ltr")


def test_the_footer_inside_the_container_stays_in_sight() -> None:
    footer = ("ــــــــــــــــــــــ", "للمشاركة راسلونا على العنوان desk@e.com", "تابعنا : فيسبوك | تويتر | تلغرام")
    article = read(document(paragraphs((*ARABIC, *footer))))
    texts = [block.text for block in article.blocks]
    assert [text for text in texts if text in (*ARABIC, *footer)] == [*ARABIC, *footer]
    assert article.body[: len(ARABIC)] == ARABIC


def test_what_is_not_body_says_why() -> None:
    link = '<p><a href="/other">Read also: another story of the harbour that is not this one</a></p>'
    figure = '<figure><img src="/q.jpg"><figcaption>The old quay in winter storms last year</figcaption></figure>'
    half = len(ENGLISH) // 2
    markup = f"{figure}{paragraphs(ENGLISH[:half])}{link}{paragraphs(ENGLISH[half:])}"
    article = read(document(markup, title="Old quay to be repaired", lang="en"))
    assert article.body == ENGLISH
    assert all(block.why and block.why.startswith("extraction: ") for block in article.removed)
    reasons = {block.text: block.why for block in article.removed}
    assert reasons["Old quay to be repaired"] == "extraction: headline"
    assert ("https://e.com/q.jpg", "The old quay in winter storms last year") in [
        (image.url, image.caption) for image in article.images
    ]


def test_the_cells_of_a_table_stay_in_order() -> None:
    rows = [("Quay", "12 m"), ("Mole", "7 m"), ("Slipway", "3 m")]
    table = "".join(f"<tr><td>{name}</td><td>{length}</td></tr>" for name, length in rows)
    markup = f"{paragraphs(ENGLISH[:2])}<table>{table}</table>{paragraphs(ENGLISH[2:])}"
    body = read(document(markup, title="Old quay to be repaired", lang="en")).body
    assert body == (*ENGLISH[:2], *(cell for row in rows for cell in row), *ENGLISH[2:])


def test_reading_is_repeatable() -> None:
    markup = document(paragraphs(ARABIC))
    assert read(markup) == read(markup)


def test_windows_1256() -> None:
    markup = document(paragraphs(ARABIC[:3])).replace("©", "c")
    assert read(markup.encode("windows-1256", "xmlcharrefreplace")).body == ARABIC[:3]


P = paragraphs(ENGLISH)


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<body>" + "<div>" * 100_000 + P, id="nested"),
        pytest.param("<body>" + P + "<p>" + "<b>" * 100_000 + "x", id="nested inline"),
        pytest.param("<body>" + "<table><tr><td>" * 30_000 + P, id="nested tables"),
        pytest.param("<body>" + "<div style='display:none'>" * 200 + P * 5_000, id="nested and hidden"),
        pytest.param("<body>" + '<a href="/x">story link</a> ' * 700_000, id="20 MB of links"),
        pytest.param("<body><p>" + "word<br>" * 2_500_000, id="20 MB of lines"),
        pytest.param("<body><p>" + "word " * 4_000_000, id="20 MB of words"),
        pytest.param("<body>" + "<time>11</time>" * 300_000 + P, id="times"),
        pytest.param("<title>" + "a | " * 100_000 + "</title>" + P, id="long title"),
        pytest.param("<frameset><frame src=a></frameset>", id="frames"),
        pytest.param(document(P)[:900], id="truncated"),
        pytest.param("<body>&#xD800;&#x110000;&#0;\x00" + P, id="characters that are none"),
    ],
)
def test_hostile_pages_end_in_time(markup: str) -> None:
    start = time.monotonic()
    read_or_refuse(markup)
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", Reason.NO_TEXT), (b"   ", Reason.NO_TEXT), (b"%PDF-1.4", Reason.NOT_HTML), (b"<html>", Reason.NO_TEXT)],
)
def test_no_text(content: bytes, reason: Reason) -> None:
    with pytest.raises(NotArticle) as refused:
        read(content)
    assert refused.value.reason is reason


def read_or_refuse(content: bytes | str) -> None:
    try:
        article = read(content)
    except NotArticle:
        return
    assert article.title
    assert article.body
    assert all(block.text == " ".join(block.text.split()) != "" for block in article.blocks)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes(content: bytes) -> None:
    read_or_refuse(content)


_TAGS = "p div span a b br table tr td h1 ul li article figure figcaption script time section blockquote pre".split()
_PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in _TAGS] + [f"</{tag}>" for tag in _TAGS]),
    st.sampled_from([*ARABIC, *ENGLISH, "<!--", "-->", "<![CDATA[", "<a href='", "&#", "\x00", "<math><mi>"]),
    st.text(max_size=10),
)


@given(st.lists(_PIECES, max_size=40))
@settings(deadline=None)
def test_any_markup(pieces: list[str]) -> None:
    read_or_refuse(f"<meta property='og:type' content='article'><title>Old quay</title>{''.join(pieces)}")
