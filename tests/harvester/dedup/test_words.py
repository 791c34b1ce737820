import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup import content_sha256, normalised_words
from harvester.dedup.words import numbers_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("It’s 5:30 p.m.", ["it", "s", "5", "30", "p", "m"], id="punctuation separates"),
        pytest.param("STRASSE straße", ["strasse", "strasse"], id="full case folding"),
        pytest.param("İSTANBUL istanbul", ["istanbul", "istanbul"], id="Turkish dotted I"),
        pytest.param("ﬁne ２０２４ №", ["fine", "2024", "no"], id="NFKC"),
        pytest.param("كُتّابٌ إلى أمّة", ["كتاب", "الي", "امه"], id="Arabic marks and letters"),
        pytest.param("مســؤول شاطئ آخر", ["مسوول", "شاطي", "اخر"], id="tatweel and hamza"),
        pytest.param("١٢٫٥ و ۴۵", ["12", "5", "و", "45"], id="digits of other scripts"),
        pytest.param("می‌خواهم کتاب", ["مي", "خواهم", "كتاب"], id="Persian"),
        pytest.param("हिन्दी की", ["हिन्दी", "की"], id="Hindi keeps its vowel signs"),
        pytest.param("東京2024年・日本", ["東", "京", "2024", "年", "日", "本"], id="each Han character"),
        pytest.param("서울 시장", ["서울", "시장"], id="Korean by spaces"),
        pytest.param("ลาว", ["ล", "า", "ว"], id="Thai by characters"),
        pytest.param("co\u00adop\u200eerate", ["cooperate"], id="invisible characters"),
        pytest.param("❤️ -- …", [], id="no words"),
    ],
)
def test_normalised_words(text, words):
    assert normalised_words(text) == words


def test_content_hash_is_what_its_docstring_says():
    expected = sha256(b"the 3 bridges\nthey opened today").hexdigest()
    assert content_sha256("The 3 Bridges", "They opened,\ntoday!") == expected


@pytest.mark.parametrize(
    ("title", "text", "equal"),
    [
        pytest.param("THE TITLE", "one  two\n\nthree ٤.", True, id="case, spacing, paragraphs, digits"),
        pytest.param("The title", "one two three 5", False, id="number"),
        pytest.param("The title one", "two three 4", False, id="title and text are told apart"),
        pytest.param("The title", "two one three 4", False, id="order"),
    ],
)
def test_content_hash(title, text, equal):
    assert (content_sha256(title, text) == content_sha256("The title", "One two three 4")) is equal


def test_numbers_in():
    assert numbers_in(normalised_words("On 3 May ١٢ ships and a B2 left in 90min")) == ["3", "12", "b2", "90min"]


@given(st.text())
def test_composed_and_decomposed_texts_have_equal_words(text):
    assert normalised_words(unicodedata.normalize("NFD", text)) == normalised_words(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(codec="utf-8")))
def test_words_have_no_spaces_and_are_never_empty(text):
    assert all(word and not word.isspace() and " " not in word for word in normalised_words(text))


@given(st.text(alphabet="aBçé٣7 أإىةؤ\u064eـ東ア。-\n"))
def test_normalising_twice_is_normalising_once(text):
    once = normalised_words(text)
    assert normalised_words(" ".join(once)) == once
