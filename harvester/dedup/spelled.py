"""A text as its normalised words, each with the piece of the text that it was."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harvester.clean.fold import FOLDED_LETTERS, MARKS, SPACELESS
from harvester.dedup.words import normalised_words

_DROPPED = "".join(chr(code) for code, letter in FOLDED_LETTERS.items() if letter is None)
_SPACED = rf"[^\W{SPACELESS}]"
_PIECE = re.compile(rf"[{SPACELESS}]|{_SPACED}+(?:[{MARKS}{_DROPPED}]+{_SPACED}*)*")
"""What makes one normalised word, or in rare cases none or several: `_pieces` counts."""

_TOKEN = re.compile(r"\S+")
_CACHED = 1 << 15
"""Tokens; a text of 5 MB has fewer different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """Word number n was spelled `text[cuts[n]:cuts[n + 1]]`, with the punctuation and the spaces up to the next word.

    What stands before the first word belongs to it. A text of punctuation alone has one word, "".
    """

    text: str
    words: Sequence[str]
    cuts: Sequence[int]  # one more than words
    breaks: Sequence[int]  # numbers of the words that a paragraph ends with

    def between(self, start: int, end: int) -> str:
        """The spelling of the words from number `start` to before number `end`."""
        return self.text[self.cuts[start] : self.cuts[end]]

    def breaks_between(self, start: int, end: int) -> Sequence[int]:
        return self.breaks[bisect_left(self.breaks, start) : bisect_left(self.breaks, end)]


def spelled(text: str) -> Spelled:
    """The words of a text whose paragraphs are lines. All of the text is in the spelling of one of them."""
    words: list[str] = []
    cuts: list[int] = []
    pieces = lru_cache(maxsize=_CACHED)(_pieces)
    for token in _TOKEN.finditer(text):
        for start, word in pieces(token[0]):
            words.append(word)
            cuts.append(token.start() + start)
    if text and not words:
        words, cuts = [""], [0]
    cuts = [0, *cuts[1:], len(text)] if words else [0]
    return Spelled(text=text, words=words, cuts=cuts, breaks=_breaks(text, cuts))


def _breaks(text: str, cuts: Sequence[int]) -> list[int]:
    """Of the words that line feeds follow."""
    return sorted({bisect_right(cuts, found.start()) - 1 for found in re.finditer("\n", text)})


def _pieces(token: str) -> Sequence[tuple[int, str]]:
    """The words of a text without spaces, and where the spelling of each begins.

    A piece that stands for several words ("½" is "1 2") has them joined by spaces as its word.
    """
    words = normalised_words(token)
    if len(words) <= 1:
        return [(0, word) for word in words]
    found = list(_PIECE.finditer(token))
    starts = [0, *(piece.start() for piece in found[1:])]
    if len(starts) == len(words):
        return list(zip(starts, words, strict=True))
    return list(_each_by_itself(token, starts))


def _each_by_itself(token: str, starts: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start, end in zip(starts, [*starts[1:], len(token)], strict=True):
        if words := normalised_words(token[start:end]):
            yield start, " ".join(words)
