"""Text as it is kept: one line in NFC, without what nobody sees, and in bounded time."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.extract.text import MOST_MARKS, SHORT, clean_text, normalised

ACUTE, GRAVE_BELOW = "\u0301", "\u0316"
_MARKS = st.sampled_from((ACUTE, GRAVE_BELOW, "\u0344", "\u0f73", "\u0650", "\u05b0", "\u3099"))
_CHARACTERS = st.one_of(
    _MARKS, st.characters(), st.sampled_from("aeكに \t\u00a0\u200b\u200c\ud800\ufffc가\u1100\u1161")
)
_LONG = st.builds(lambda text, times: text * times, st.text(_CHARACTERS, min_size=1, max_size=20), st.integers(1, 400))


def longest_pile(text: str) -> int:
    """Of combining marks in a row."""
    longest = now = 0
    for character in text:
        now = now + 1 if unicodedata.combining(character) else 0
        longest = max(longest, now)
    return longest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(" \t\n ", "", id="spaces alone"),
        pytest.param("  two\n\twords ", "two words", id="ASCII"),
        pytest.param("a\u00a0b\u2003c\u3000d\u2028e", "a b c d e", id="spaces of all kinds"),
        pytest.param("a\x00b\x08c\x0ed\x1be\x7ff", "abcdef", id="control characters"),
        pytest.param("a\tb\x0bc\x0cd\re", "a b c d e", id="control characters that are spaces"),
        pytest.param("co\u00adop\u200ber\u2060ate\ufeff", "cooperate", id="soft hyphen and zero width"),
        pytest.param("\u202bمرحبا\u202c \u2067بك\u2069\u200f\u200e", "مرحبا بك", id="bidi controls"),
        pytest.param("a\u200b \u200b b", "a b", id="invisible between spaces"),
        pytest.param("a\ud83d\udca9b\udfffc", "abc", id="halves of surrogate pairs"),
        pytest.param("a\U0001f4a9b", "a\U0001f4a9b", id="whole characters beyond the BMP"),
        pytest.param("a\ufffcb", "ab", id="the mark of links"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="Persian non-joiner"),
        pytest.param("क्\u200dष", "क्\u200dष", id="Indic joiner"),
        pytest.param("cafe\u0301", "caf\u00e9", id="composed"),
        pytest.param("e\u200b\u0301", "\u00e9", id="composed across what is invisible"),
        pytest.param("\u212b", "\u00c5", id="Angstrom sign"),
        pytest.param("ﬁ ① ﷺ", "ﬁ ① ﷺ", id="no compatibility forms folded"),
        pytest.param("s\u0307\u0323", "\u1e69", id="marks put in order"),
        pytest.param("الوَزِيرُّ", "الوَزِيرُّ", id="Arabic vowels"),
        pytest.param("\u1112\u1161\u11ab", "한", id="Hangul"),
    ],
)
def test_text_is_cleaned(text: str, expected: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", expected)


@given(st.one_of(st.text(_CHARACTERS), _LONG))
def test_clean_text_is_nfc_one_line_utf8_and_stays(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == " ".join(clean.split())
    clean.encode("utf-8")


@given(st.text(_CHARACTERS, max_size=SHORT))
def test_a_short_text_loses_no_mark(text: str) -> None:
    assert normalised(text) == unicodedata.normalize("NFC", text)


def test_a_letter_of_a_long_text_keeps_so_many_marks() -> None:
    pile = (ACUTE + GRAVE_BELOW) * SHORT
    clean = clean_text(f"x{pile} and y{ACUTE}")
    assert longest_pile(clean) == MOST_MARKS
    assert clean[0] == "x"
    assert clean.endswith(" and \u00fd"), "what follows is whole"


def test_each_letter_of_a_long_text_keeps_its_marks() -> None:
    text = f"q{ACUTE}{GRAVE_BELOW}" * SHORT
    assert clean_text(text) == f"q{GRAVE_BELOW}{ACUTE}" * SHORT


@pytest.mark.parametrize(
    "pile",
    [
        pytest.param(ACUTE + GRAVE_BELOW, id="two kinds"),
        pytest.param("\u0651\u064e", id="Arabic"),
        pytest.param("\u0344\u0316", id="one that is two"),
        pytest.param(
            "\u0f73",
            id="two that count as none",
        ),
    ],
)
def test_piles_of_marks_take_no_time(pile: str) -> None:
    started = time.process_time()
    clean_text("x" + pile * 60_000)
    assert time.process_time() - started < 1
