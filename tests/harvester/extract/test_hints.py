"""What class names hint at."""

import pytest

from harvester.extract.hints import HINTS, hints_of

BODY, COMMENT, FOOTER, DATE = (
    1 << next(number for number, words in enumerate(HINTS) if word in words.split())
    for word in ("articlebody", "disqus", "colophon", "dateline")
)


@pytest.mark.parametrize(
    ("names", "hinted"),
    [
        ("articleBody", BODY),
        ("article-body", BODY),
        ("article_body x", BODY),
        ("ARTICLE-BODY", BODY),
        ("comments", COMMENT),
        ("c-commentList", COMMENT),
        ("siteFooter", FOOTER),
        ("site-footer_2", FOOTER),
        ("pub-date comments", DATE | COMMENT),
    ],
)
def test_words_are_found_however_they_are_written(names: str, hinted: int) -> None:
    assert hints_of(names) & hinted == hinted


@pytest.mark.parametrize("names", ["", " ", "update-x9f", "commentator", "قصة", "css-1q2w3e 123", "-_-"])
def test_words_inside_others_are_none(names: str) -> None:
    assert not hints_of(names) & (BODY | COMMENT | FOOTER | DATE)


def test_names_hint_as_much_as_each_of_them() -> None:
    assert hints_of("site-footer comment") == hints_of("site-footer") | hints_of("comment")


def test_each_hint_has_a_bit_that_a_64_bit_number_holds() -> None:
    assert hints_of(" ".join(HINTS)) == (1 << len(HINTS)) - 1
    assert len(HINTS) < 63
