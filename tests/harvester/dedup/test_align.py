import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup.align import Match, matches

WORDS = st.lists(st.sampled_from("abcdef"), max_size=20)
MANY = st.lists(st.integers(0, 60).map(str), max_size=60)


def longest_common(old, new):
    row = [0] * (len(new) + 1)
    for word in old:
        above = row[:]
        for at, other in enumerate(new):
            row[at + 1] = above[at] + 1 if word == other else max(above[at + 1], row[at])
    return row[-1]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("", "", [], id="empty"),
        pytest.param("a b", "", [], id="emptied"),
        pytest.param("a b c", "a b c", [(0, 0, 3)], id="equal"),
        pytest.param("a b c", "a x c", [(0, 0, 1), (2, 2, 1)], id="replaced"),
        pytest.param("a b c d", "a b x c d", [(0, 0, 2), (2, 3, 2)], id="inserted"),
        pytest.param("x a b y a c", "z a b w a c z", [(1, 1, 2), (4, 4, 2)], id="repeated words between anchors"),
        pytest.param("a a b a a", "a b a a a b", [(0, 0, 1), (2, 1, 3)], id="no word occurs once"),
    ],
)
def test_matches(old, new, expected):
    found = matches(old.split(), new.split())
    assert [(match.old, match.new, match.length) for match in found] == expected


@given(WORDS | MANY, WORDS | MANY)
def test_matches_are_equal_words_in_order_that_do_not_touch(old, new):
    found = matches(old, new)
    for match in found:
        assert match.length > 0
        assert old[match.old : match.old_end] == new[match.new : match.new_end]
    for one, following in pairwise([*found, Match(old=len(old) + 1, new=len(new) + 1, length=0)]):
        assert one.old_end <= following.old
        assert one.new_end <= following.new
        assert (one.old_end, one.new_end) != (following.old, following.new)


@given(
    st.lists(st.sampled_from("ab"), min_size=2, max_size=14), st.lists(st.sampled_from("ab"), min_size=2, max_size=14)
)
def test_without_anchors_as_much_as_possible_is_matched(old, new):
    old, new = [*"aabb", *old], [*"bbaa", *new]  # no word occurs once
    assert sum(match.length for match in matches(old, new)) == longest_common(old, new)


@given(MANY, st.integers())
def test_words_cut_out_leave_all_others_matched(old, seed):
    rng = random.Random(seed)
    unique = [f"{word}.{at}" for at, word in enumerate(old)]
    new = [word for word in unique if rng.random() > 0.3]
    assert sum(match.length for match in matches(unique, new)) == len(new)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(lambda rng: rng.choices("ab", k=500_000), id="two words"),
        pytest.param(lambda rng: ["a"] * 500_000 + rng.choices("ab", k=1000), id="one word"),
        pytest.param(lambda rng: [f"w{rng.randrange(250_000)}" for _ in range(400_000)], id="many that occur once"),
    ],
)
@pytest.mark.timeout(60)
def test_unlike_texts_end(words):
    assert isinstance(matches(words(random.Random(1)), words(random.Random(2))), list)
