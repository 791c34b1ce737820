"""The gate of near-copy detection: precision and recall on pairs made of the texts in this repository alone.

The whole measurement, with real articles and other methods beside ours, is `tests.bench.copies`.
"""

from collections import Counter
from functools import cache

import pytest

from tests.bench.copies import SharedKeys, accepted_when_compared, measured
from tests.bench.pairs import Pair, make_pairs
from tests.bench.texts import bundled, originals, templates

PRECISION = 0.999
RECALL = 0.985
SEED = 3
FEWEST_PAIRS = 2000
FEWEST_LANGUAGES = 10


@cache
def pairs() -> tuple[Pair, ...]:
    return tuple(make_pairs(originals(bundled()), templates()[::2], seed=SEED, wanted_half=None, copied=4))


def test_there_are_pairs_of_many_kinds_and_languages():
    copies = [pair for pair in pairs() if pair.alike]
    assert len(pairs()) >= FEWEST_PAIRS
    assert len({pair.old.language for pair in copies}) >= FEWEST_LANGUAGES
    assert len(pairs()) - len(copies) >= FEWEST_PAIRS / 3


def test_copies_are_found_and_nothing_else():
    result = measured(SharedKeys(), pairs())
    assert result.precision >= PRECISION, Counter(pair.edit for pair, _ in result.wrong)
    assert result.recall >= RECALL, Counter(pair.edit for pair in result.missed)


@pytest.mark.parametrize("edit", ["verbatim", "headline changed", "byline", "spelled otherwise", "cut to 70 %"])
def test_no_copy_of_the_easy_kinds_is_missed(edit):
    missed = [pair for pair in measured(SharedKeys(), pairs()).missed if pair.edit.endswith(edit)]
    assert missed == []


def test_the_proof_alone_takes_no_look_alike_for_a_copy():
    assert accepted_when_compared(pairs()) == {}
