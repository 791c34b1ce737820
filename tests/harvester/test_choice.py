"""Which blocks to keep, given how probable each is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.choice import best_bar


def bar(*blocks: tuple[float, float]) -> tuple[float, float]:
    """Of probabilities and words."""
    probabilities, words = np.array(blocks, dtype=np.float32).T
    return best_bar(probabilities, words)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        pytest.param([(0.8, 10)], (0.8, 2 * 8 / (10 + 8)), id="one block"),
        # .9: 2*90/(100+100)=.9; with .5 too: 2*(90+10)/(120+100)=.909; with all: 2*100.4/(160+100.4)=.77
        pytest.param([(0.01, 40), (0.9, 100), (0.5, 20)], (0.5, 200.8 * 0.9960159 / 220.4), id="a likely one is kept"),
        # sums: 99 of 100, 102 of 110, 102 of 210; whole 102: .990*... = 198/202, 204/212
        pytest.param([(0.99, 100), (0.3, 10)], (0.99, 198 / 202), id="where much is sure the bar is high"),
        # .4: 2*20/(50+40)=.444, with the other: 2*40/(100+40)=.571
        pytest.param([(0.4, 50), (0.4, 50)], (0.4, 80 / 140), id="where little is sure it is low"),
    ],
)
def test_the_bar_with_the_highest_expected_f1(blocks: list[tuple[float, float]], expected: tuple[float, float]) -> None:
    found, worth = bar(*blocks)
    assert found == pytest.approx(expected[0])
    assert worth == pytest.approx(expected[1], abs=0.005)


def test_blocks_that_are_surely_nothing() -> None:
    found, worth = bar((0.0, 10), (0.0, 5))
    assert (found, worth) == (0.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(1, 1000, width=32)), min_size=1, max_size=30))
def test_the_bar_is_one_of_the_probabilities_and_no_other_is_better(blocks: list[tuple[float, float]]) -> None:
    found, worth = bar(*blocks)
    whole = sum(probability * words for probability, words in blocks)

    def expected(least: float) -> float:
        kept = [one for one in blocks if one[0] >= least]
        sure = sum(probability * words for probability, words in kept)
        return 2 * sure / max(1e-9, sum(words for _, words in kept) + whole)

    assert found in [probability for probability, _ in blocks]
    assert 0 <= worth <= 1.0001
    assert worth >= max(expected(probability) for probability, _ in blocks) - 1e-3


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(1, 1000, width=32)), min_size=1, max_size=30))
def test_the_order_of_the_blocks_is_nothing_to_it(blocks: list[tuple[float, float]]) -> None:
    assert bar(*blocks)[1] == pytest.approx(bar(*reversed(blocks))[1], abs=1e-4)
