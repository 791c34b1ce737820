from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup.distance import words_changed


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
