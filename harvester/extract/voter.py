"""A generic extractor as a voter: which words of a page does it take for the article's text?

trafilatura's answer is only a vote. What is kept are our own blocks, whole and in the page's order.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable

import trafilatura
from lxml import html

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports each page that it finds no text on as an error

SHINGLE = 3
"""Words in a row that are compared; fewer meet by chance."""

MOST = 0.6
"""Share of a block's shingles that must stand in the vote."""

_WORDS = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())


class Vote:
    """The text that a voter has chosen."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines: set[str] = set()
        self._shingles: set[tuple[str, ...]] = set()
        self.words = 0
        self.lines = tuple(lines)
        for line in self.lines:
            words = words_of(line)
            self.words += len(words)
            self._lines.add(" ".join(words))
            self._shingles.update(_shingles(words))

    def holds(self, words: list[str]) -> bool:
        """Is a block of these words in the chosen text? Short ones must be a line of it."""
        if not words:
            return False
        if len(words) <= SHINGLE:
            return " ".join(words) in self._lines
        shingles = _shingles(words)
        return sum(one in self._shingles for one in shingles) >= MOST * len(shingles)


def _shingles(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)]


def vote(tree: html.HtmlElement, url: str) -> Vote:
    """trafilatura's choice; an empty vote where it finds no text."""
    document = trafilatura.bare_extraction(tree, url=url, include_comments=False, with_metadata=False)
    text = getattr(document, "text", None) or ""
    return Vote(text.splitlines())
