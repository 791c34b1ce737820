"""What is seen of each block, as numbers."""

import numpy as np
import pytest

from harvester.extract.features import WIDTH, block_words, page_features
from harvester.extract.walk import walk
from tests.harvester.extract.pages import ARABIC, ENGLISH, paragraphs

ODD = {
    "one block": "<p>x",
    "text beside the body": "x",
    "one letter a block": "<p>x<p>y<p>z",
    "hidden alone": "<div hidden>x</div>",
    "links alone": "<a href=/>x</a>" * 20,
    "quotes alone": "<p>”</p><p>“”</p><p>.</p>",
    "no text in the body's own script": "<p>𐍈𐌰 👩‍👩‍👧</p>",
    "characters that are none": "<p>&#xD800; &#xFFFF; &#x10FFFF;</p>",
    "surrogate": "<p>a\ud800</p>",
    "deep": "<div>" * 390 + "x",
    "two languages": paragraphs((*ARABIC, *ENGLISH)),
    "a title in the text": "<h1>Old quay</h1><p>Old quay</p>" + paragraphs(ENGLISH),
}


@pytest.mark.parametrize("markup", [pytest.param(markup, id=name.replace(" ", "-")) for name, markup in ODD.items()])
@pytest.mark.parametrize(
    ("title", "description", "body"),
    [(None, None, None), ("Old quay", "About the old quay", ENGLISH[0]), ("", "", ""), ("\ud800", " ", "\n")],
)
def test_every_page_has_finite_numbers_in_all_columns(
    markup: str, title: str | None, description: str | None, body: str | None
) -> None:
    page = walk(markup)
    with np.errstate(all="raise"):
        features = page_features(page, title=title, description=description, article_body=body)
    assert features.shape == (len(page.pieces), WIDTH)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert np.abs(features).max() < 1000


@pytest.mark.parametrize(
    ("text", "words"),
    [("one", 1), ("three short words", 3), ("قرر المجلس", 2), ("港の議会", 3), ("สวัสดี", 4), ("don't", 1)],
)
def test_words_of_scripts_without_spaces_are_counted_by_letters(text: str, words: float) -> None:
    """An ideograph, kana or Thai letter is half a word, beside the one that a text without spaces is."""
    assert block_words(walk(f"<p>{text}").pieces).tolist() == [words]


def test_words_are_counted_block_by_block() -> None:
    assert block_words(walk("<p>a b<p>c<p>d e f<p>g").pieces).tolist() == [2, 1, 3, 1]


def test_a_block_that_is_the_title_or_stands_in_the_structured_body_differs_in_these_columns_alone() -> None:
    page = walk(f"<h1>Old quay</h1><p>{ENGLISH[1]}</p><p>{ARABIC[0]}</p>")
    plain = page_features(page, title=None, description=None, article_body=None)
    told = page_features(page, title="Old quay", description=None, article_body=ARABIC[0])
    assert set(np.flatnonzero((plain != told).any(axis=0)).tolist()) <= set(range(WIDTH - 11, WIDTH))
    assert told[[0, 2], WIDTH - 11].tolist() == [1, 0], "likeness with the title"
    assert told[:, WIDTH - 5].tolist() == [0, 0, 1], "stands in the article's body"
