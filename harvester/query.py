"""What is looked for in articles' words: all of some words and phrases, and none of others.

Words are compared as FORMAT.md normalises them: without case, punctuation, Arabic vowel marks and spelling variants.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from harvester.dedup.words import normalised_words
from harvester.errors import UsageError

_PART = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_ARABIC = re.compile("[\u0621-\u064a]+")

PARTICLES: Final = "[وف]?(?:[بك]?(?:ال)?|لل?)"
"""Conjunctions, prepositions and the article, as Arabic writes them in one with the word that follows."""

LEAST_LETTERS: Final = 3
"""Shorter words stand alone. In 2 700 words of news, so many of the pairs of a word and the same with particles were
two words that have nothing in common: of two letters 5 of 32 (ان, كان), of three 4 of 59 (احد, واحد), of four 1 of 57,
of more 0 of 60. Without particles a search would miss all the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words in order, one behind the other."""

    words: tuple[str, ...]
    excluded: bool = False  # it must not be there
    beginning: bool = False  # the last word may go on
    exact: bool = False  # no Arabic particles

    @property
    def pattern(self) -> str:
        """Finds it in words joined by single spaces; the same to Python and to RE2."""
        spelled = [re.escape(word) if self.exact else _with_particles(word) for word in self.words]
        return rf"(?:^|[ \n]){' '.join(spelled)}" + ("" if self.beginning else r"(?:[ \n]|$)")

    def word_patterns(self) -> list[re.Pattern[str]]:
        """Of each of its words, as it may stand alone; for marking them."""
        alone = [Term(words=(word,), exact=self.exact) for word in self.words]
        if self.beginning:
            alone[-1] = Term(words=self.words[-1:], exact=self.exact, beginning=True)
        return [re.compile(term.pattern) for term in alone]


@dataclass(frozen=True, kw_only=True)
class Query:
    """All of its terms but the excluded ones must be there."""

    terms: tuple[Term, ...]

    @classmethod
    def parse(cls, arguments: Iterable[str]) -> Self:
        """Of words as people type them; one with white space in it and no quotation mark is a phrase.

        Raises UsageError.
        """
        terms = [term for argument in arguments for term in _terms(argument)]
        if all(term.excluded for term in terms):
            raise UsageError("name a word to look for" if not terms else "name a word that must be there, too")
        return cls(terms=tuple(terms))

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], bool]]:
        return [(re.compile(term.pattern), term.excluded) for term in self.terms]

    def matches(self, searched: str) -> bool:
        """`searched`: the folded words of a title, a line feed, those of the text."""
        return all((pattern.search(searched) is None) is excluded for pattern, excluded in self._patterns)

    def matching(self, batch: Any) -> Any:
        """The rows of a pyarrow.RecordBatch whose column `search` it matches."""
        import pyarrow.compute as pc

        for term in sorted(self.terms, key=lambda term: term.excluded):
            if not term.excluded:  # a plain string is found in a tenth of a pattern's time
                batch = batch.filter(pc.match_substring(batch.column("search"), _stem(term.words[-1])))
            found = pc.match_substring_regex(batch.column("search"), term.pattern)
            batch = batch.filter(pc.invert(found) if term.excluded else found)
        return batch


def searched_words(title: str, text: str) -> str:
    """What the tables have in the column `search`."""
    return f"{' '.join(normalised_words(title))}\n{' '.join(normalised_words(text))}"


def _terms(argument: str) -> Iterable[Term]:
    if '"' not in argument and len(argument.split()) > 1:
        minus = argument.lstrip()[:1] == "-"
        argument = f'{"-" if minus else ""}"{argument.strip().removeprefix("-")}"'
    for part in _PART.finditer(argument):
        word, phrase = part["word"], part["phrase"]
        words = tuple(normalised_words(phrase if word is None else word))
        if not words:
            continue
        yield Term(
            words=words,
            excluded=bool(part["minus"]),
            beginning=word is not None and word.endswith("*"),
            exact=word is None,
        )


def _with_particles(word: str) -> str:
    stem = _stem(word)
    if stem != word:
        return f"[وف]?(?:[بك]?ال|لل){re.escape(stem)}"
    return f"{PARTICLES}{re.escape(word)}" if _takes_particles(word) else re.escape(word)


def _takes_particles(word: str) -> bool:
    return len(word) >= LEAST_LETTERS and _ARABIC.fullmatch(word) is not None


def _stem(word: str) -> str:
    """An Arabic word without its article; others as they are."""
    bare = word.removeprefix("ال")
    return bare if _takes_particles(bare) else word
