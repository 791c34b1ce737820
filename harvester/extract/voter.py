"""A generic extractor as a voter: which words of a page does it take for the article's text?

trafilatura's answer is only a vote. What is kept are our own blocks, whole and in the page's order.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain, islice

import trafilatura
from lxml import etree, html

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports each page that it finds no text on as an error

SHINGLE = 3
"""Words in a row that are compared; fewer meet by chance."""

MOST = 0.6
"""Share of a block's shingles that must stand in the vote."""

NEXT = 24
"""Characters of the chosen text that may stand between a short block and the one before it."""

NEXT_LINE = 1500
"""The same for a block that is a line of it."""

MOST_PLACED = 12
"""Words of a block by which its place in the chosen text is found."""

MOST_LINES = 20_000

MOST_ELEMENTS = 15_000
"""Of a page that the voter is asked about, whose time grows faster than the page; real pages have 5 100 at most."""

_WORDS = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


class Vote:
    """The text that a voter has chosen."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(islice(lines, MOST_LINES))
        by_line = [words_of(line) for line in self.lines]
        words = list(chain.from_iterable(by_line))
        self.words = len(words)
        self._lines = {" ".join(line) for line in by_line}
        self._shingles = set(_shingles(words))
        self._stream = f" {' '.join(words)} "

    def chosen(self, blocks: Sequence[list[str]]) -> set[int]:
        """Numbers of the blocks, given by their words in the page's order, that stand in the chosen text.

        A long block stands there if most of its shingles do. A short one must be a line of its own, or come at once
        after the block before it, as the cells of a table do.
        """
        held: set[int] = set()
        end = 0
        for at, words in enumerate(blocks):
            if not words:
                continue
            head = f" {' '.join(words[:MOST_PLACED])} "
            place = self._stream.find(head, end, end + NEXT + len(head))
            if place < 0 and len(words) > MOST_PLACED:
                place = self._stream.find(head, end)
            if self._holds(words) if len(words) > SHINGLE else place >= 0 or head[1:-1] in self._lines:
                held.add(at)
                end = place + len(" ".join(words)) if place >= 0 else end
        return held

    def _holds(self, words: list[str]) -> bool:
        shingles = _shingles(words)
        return sum(one in self._shingles for one in shingles) >= MOST * len(shingles)


def _shingles(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(words, words[1:], words[2:], strict=False))


def vote(tree: html.HtmlElement, url: str) -> Vote:
    """trafilatura's choice; an empty vote where it finds no text, or breaks on the page."""
    if sum(1 for _ in islice(tree.iter(), MOST_ELEMENTS)) == MOST_ELEMENTS:
        return Vote(())
    try:
        document = trafilatura.bare_extraction(tree, url=url, include_comments=False, with_metadata=False)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, etree.LxmlError):
        return Vote(())
    text = getattr(document, "text", None) or ""
    return Vote(text.splitlines())
