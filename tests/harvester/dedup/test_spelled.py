import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup.spelled import spelled
from harvester.dedup.words import normalised_words

TEXTS = st.text() | st.text(alphabet="aB é\u0301№½ﷺ٣7 أىـ\u064e\u00ad\u200c\u200f東ア。ัก-“”\n \ud800")


@pytest.mark.parametrize(
    ("text", "words", "pieces"),
    [
        pytest.param("", [], [], id="empty"),
        pytest.param(
            "“It’s 5:30!” he", ["it", "s", "5", "30", "he"], ["“It’", "s ", "5:", "30!” ", "he"], id="English"
        ),
        pytest.param("«قالَ» نعم", ["قال", "نعم"], ["«قالَ» ", "نعم"], id="Arabic"),
        pytest.param("می‌روند", ["مي", "روند"], ["می‌", "روند"], id="Persian"),
        pytest.param("他说「好」。", ["他", "说", "好"], ["他", "说「", "好」。"], id="Chinese"),
        pytest.param("Ver\u00adlag – neu", ["verlag", "neu"], ["Ver\u00adlag – ", "neu"], id="soft hyphen, dash"),
        pytest.param("about ½,a", ["about", "1 2", "a"], ["about ", "½,", "a"], id="several words in one character"),
        pytest.param("***", [""], ["***"], id="punctuation alone"),
    ],
)
def test_spelled(text, words, pieces):
    found = spelled(text)
    assert found.words == words
    assert [found.between(at, at + 1) for at in range(len(words))] == pieces


def test_paragraphs_end_where_lines_do():
    text = spelled("a b.\nc\n— d")
    assert list(text.breaks) == [1, 2]
    assert list(text.breaks_between(2, 4)) == [2]


@given(TEXTS)
def test_all_of_the_text_is_spelled_and_the_words_are_its_normalised_words(text):
    found = spelled(text)
    assert found.between(0, len(found.words)) == text
    assert len(found.cuts) == len(found.words) + 1
    assert list(found.cuts) == sorted(found.cuts)


@given(st.text(alphabet="aBé ٣7أىـ\u064e\u00ad\u200f東ア。-“”\n"))
def test_words_are_the_normalised_words_of_the_whole_text(text):
    assert [word for word in spelled(text).words if word] == normalised_words(text)
