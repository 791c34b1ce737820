import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup import Change, change
from harvester.dedup.revision import words_changed

BODY = "The council met on Tuesday and heard 4 engineers. A vote is expected in spring, said Anna Roe."
LONG = " ".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26 % 26)}" for at in range(600))


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        pytest.param("The bridge", BODY, Change.SAME, id="nothing"),
        pytest.param("THE BRIDGE", BODY.replace(". ", ".\n").upper(), Change.SAME, id="case and paragraphs"),
        pytest.param("The bridge", BODY.replace("4", "٤"), Change.SAME, id="digits of another script"),
        pytest.param("The bridge", BODY.replace("Tuesday", "Tusday"), Change.MINOR, id="typo"),
        pytest.param("The bridge", BODY.replace("is expected", "is not expected"), Change.MINOR, id="not"),
        pytest.param("The bridges", BODY.replace("Anna Roe", "Ann Row"), Change.MINOR, id="title and body"),
        pytest.param("The bridge", BODY.replace("4", "5"), Change.REVISED, id="number"),
        pytest.param("Bridge of 2", BODY, Change.REVISED, id="number in the title"),
        pytest.param("The bridge", BODY + " It will be the last one.", Change.REVISED, id="six more words"),
        pytest.param("One two three", BODY.replace("Anna Roe", "Ann Row"), Change.REVISED, id="five words in all"),
        pytest.param("The bridge", "", Change.REVISED, id="emptied"),
        pytest.param("The bridge", LONG, Change.REVISED, id="another text"),
    ],
)
def test_change(title, body, expected):
    assert change("The bridge", BODY, title, body) is expected
    assert change(title, body, "The bridge", BODY) is expected


def test_arabic_spelling_is_no_revision():
    assert change("إلى القاهرة", "قالَ أحمـد", "الي القاهره", "قال احمد") is Change.SAME


def test_changes_far_apart_in_a_long_text_add_up():
    words = LONG.split()
    words[5], words[300], words[590] = "x", "y", "z"
    assert change("", LONG, "", " ".join(words)) is Change.MINOR
    words[100], words[200] = "x", "y"
    assert change("", LONG, "", " ".join(words)) is Change.REVISED


def full_distance(old, new):
    row = list(range(len(new) + 1))
    for line, word in enumerate(old, start=1):
        above, row = row, [line]
        for at, other in enumerate(new):
            row.append(min(above[at] + (word != other), above[at + 1] + 1, row[at] + 1))
    return row[-1]


WORDS = st.lists(st.sampled_from("abc"), max_size=12)


@given(WORDS, WORDS, st.integers(0, 6))
def test_the_bounded_distance_is_the_distance_up_to_its_bound(old, new, at_most):
    assert words_changed(old, new, at_most=at_most) == min(full_distance(old, new), at_most + 1)


@given(st.integers())
def test_change_is_symmetric(seed):
    rng = random.Random(seed)
    old, new = (" ".join(rng.choices("abcd1", k=rng.randrange(8))) for _ in range(2))
    assert change("", old, "", new) is change("", new, "", old)
