"""How near an extracted text comes to its gold text: words in common, in their order."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

_WORD = re.compile(r"\w+")


class Score(NamedTuple):
    """Of the longest common subsequence of words (ROUGE-L)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of both, 0 where nothing is in common."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def words_of(text: str) -> list[str]:
    """Folded words."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def common(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence (Hyyrö 2004: one bit a word of `left`)."""
    places: dict[Hashable, int] = defaultdict(int)
    for position, word in enumerate(left):
        places[word] |= 1 << position
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(left) - row.bit_count()


def score(got: Sequence[str], gold: Sequence[str]) -> Score:
    """Of extracted words against gold words."""
    both = common(gold, got)
    return Score(both / len(got) if got else 0.0, both / len(gold) if gold else 0.0)
