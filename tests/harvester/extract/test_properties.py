"""Laws of reading, on random trees of real elements with text in several scripts."""

import json
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.article import Article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.extract.text import clean_text
from harvester.extract.walk import walk
from tests.harvester.extract.pages import ARABIC, ENGLISH, page

INVISIBLE = (
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2060\ufeff\u00ad\x00\x07\x7f\ufffc"
)

SENTENCES = (
    *ARABIC,
    *ENGLISH,
    "Совет порта решил в понедельник отремонтировать старый причал после долгой встречи с жителями района.",
    "港の議会は月曜日、住民との長い会合の後、古い岸壁を修理することに決めた。工事は春に始まり、八か月続く。",
    "परिषद ने सोमवार को पुराने घाट की मरम्मत का फैसला किया, जिसे पिछली सर्दियों में तूफानों ने तोड़ दिया था।",
    "שורה אחת בעברית על הרציף הישן שתוקן השבוע אחרי הסערה הגדולה של החורף שעבר.",
    "می\u200cخواهیم اسکله\u200cی قدیمی را تا بهار بازسازی کنیم، رئیس شورا گفت.",
)
TEXTS = st.one_of(
    st.sampled_from(SENTENCES),
    st.sampled_from(SENTENCES).map(lambda text: text.replace(" ", "\u200b \u202b", 3).replace("a", "a\u0301")),
    st.sampled_from(
        ["20 Nov 2026", "By Ann Lee", "Read also", "© 2026", "| ", "&nbsp;", "&shy;&#8203;", "&lt;b&gt;", "-----"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: text.replace("<", "")),
)
BLOCKS = "div p section article main h1 h2 ul li blockquote table tr td figure figcaption aside footer pre x-part dl dd"
INLINES = "a b i em span strong time font code sup"
ATTRIBUTES = st.sampled_from(
    [
        "", "", "", " class='article-body'", " class=author", " id=comments", " hidden", " style='display:none'",
        " href=/x", " class='related share'", " itemprop=articleBody", " itemprop=datePublished", " role=navigation",
    ]
)  # fmt: skip


def element(tags: str, inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, attributes, content, closed: f"<{tag}{attributes}>{content}{f'</{tag}>' if closed else ''}",
        st.sampled_from(tags.split()), ATTRIBUTES, inside, st.integers(0, 9).map(bool),
    )  # fmt: skip


LINES = st.lists(st.one_of(TEXTS, TEXTS, element(INLINES, TEXTS), st.just("<br>")), max_size=4).map("".join)
TREES = st.recursive(
    element(BLOCKS, LINES), lambda inside: element(BLOCKS, st.lists(inside, max_size=5).map("".join)), max_leaves=25
)
TITLES = st.sampled_from(["Old quay to be repaired", "", ENGLISH[0], "إصلاح الرصيف - الميناء"])
BODIES = st.sampled_from([None, None, "\n".join(ENGLISH), "\n".join(SENTENCES), "short"])


@st.composite
def pages(draw: st.DrawFn) -> str:
    head = f"<html><head><title>{draw(TITLES)}</title><meta property=og:type content=article>"
    told = draw(BODIES)
    data = json.dumps({"@type": "NewsArticle", "headline": draw(TITLES), "articleBody": told}, ensure_ascii=False)
    if told is not None:
        head += f'<script type="application/ld+json">{data}</script>'
    return f"{head}</head><body>{''.join(draw(st.lists(TREES, min_size=1, max_size=6)))}</body></html>"


def read(markup: str) -> Article | str:
    """The article, or why there is none; any other error goes up."""
    try:
        return read_article(page(markup), home="https://e.com/")
    except NotArticle as refusal:
        return str(refusal)


@given(pages())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_laws_of_reading(markup: str) -> None:
    found = read(markup)
    assert found == read(markup), "reading twice is reading once"
    if isinstance(found, str):
        return
    walked = walk(markup)
    told = [line for one in walked.data for line in json.loads(one)["articleBody"].splitlines()]
    pieces: Iterator[str] = iter([one.text for one in walked.pieces])
    in_order = all(block.text in pieces for block in found.blocks)
    assert in_order or all(block.text in map(clean_text, told) for block in found.blocks), (
        "the page's own, in its order"
    )
    for block in found.blocks:
        assert block.text == " ".join(block.text.split()) != ""
        assert not set(block.text) & set(INVISIBLE)
        assert block.why is None or (block.why.startswith("extraction: ") and block.why == block.by_page)
        assert block.score is None or 0 <= block.score <= 1
        assert 0 <= block.link_share <= 1
    assert found.body == tuple(block.text for block in found.blocks if block.why is None) != ()
    assert found.title == " ".join(found.title.split()) != ""


@given(pages())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_words_of_the_body_are_words_of_the_page_in_its_order(markup: str) -> None:
    """The text that a reader sees, with all elements taken for what breaks no word."""
    found = read(markup)
    if isinstance(found, str):
        return
    whole = [*(one.text for one in walk(markup).pieces), *walk(markup).data]
    letters: Iterator[str] = iter("".join("".join(whole).split()))
    assert all(letter in letters for letter in "".join(found.text.split()))


@given(pages(), st.sampled_from(["\r\n", " ", "\n\n\t"]))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_white_space_after_the_page_changes_nothing(markup: str, space: str) -> None:
    assert read(markup) == read(markup + space)
