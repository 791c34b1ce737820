"""What a reader asks for: which of the archive's records it wants."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self

from harvester.archive.keys import ArticleKey
from harvester.archive.record import ArticleRecord
from harvester.errors import UsageError
from harvester.source import NAME

Revisions = Literal["latest", "all"]
Copies = Literal["keep", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """By default everything: of each article its latest revision. Raises UsageError where it can't be meant so.

    `since` and `until` are days of harvest (UTC) and belong to the range. `language` is a BCP 47 range ("ar" has
    "ar-LB" in it); `contains` is looked for in title and text, folded.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None
    language: str | None = None
    contains: str | None = None
    revisions: Revisions = "latest"
    copies: Copies = "keep"

    def __post_init__(self) -> None:
        if self.source is not None and not NAME.fullmatch(self.source):
            raise UsageError(f"{self.source!r} is not a source's name")
        if self.contains is not None and not self.folded:
            raise UsageError(f"{self.contains!r} has no letter and no number to look for")

    @property
    def folded(self) -> str | None:
        """`contains` as the folded words of a title or text have it: joined by single spaces."""
        from harvester.dedup.words import normalised_words

        return None if self.contains is None else " ".join(normalised_words(self.contains))

    def has_day(self, day: date) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)

    def until_at_most(self, day: date) -> Self:
        return replace(self, until=day if self.until is None else min(day, self.until))

    def has_key(self, key: ArticleKey) -> bool:
        """As far as a record's key tells."""
        return self.source in (None, key.source) and self.has_day(key.day)

    def record_filter(self) -> Callable[[ArticleRecord], bool]:
        """Does a record have the language and words that are wanted, and is it no unwanted copy?"""
        tests: list[Callable[[ArticleRecord], bool]] = []
        if self.copies == "drop":
            tests.append(lambda record: record.copy_of is None)
        if self.language is not None:
            tests.append(_in_language(self.language))
        if self.folded is not None:
            tests.append(_containing(self.folded))
        return lambda record: all(test(record) for test in tests)


def _in_language(language: str) -> Callable[[ArticleRecord], bool]:
    wanted = f"{language.lower()}-"
    return lambda record: f"{record.language or ''}-".lower().startswith(wanted)


def _containing(folded: str) -> Callable[[ArticleRecord], bool]:
    """Is it in the folded title or text? Words are joined by single spaces, so punctuation does not count."""
    from harvester.dedup.words import normalised_words

    return lambda record: any(folded in " ".join(normalised_words(text)) for text in (record.title, record.text))
