"""Full-text search: which articles have some words, out of the tables and what is newer than they."""

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from harvester.archive.reader import ArchiveReader, StoredRecord
from harvester.archive.record import ArticleRecord
from harvester.archive.wanted import Wanted
from harvester.dedup.words import normalised_words
from harvester.errors import StoreError
from harvester.query import Query, searched_words

COLUMNS: Final = ("id", "source", "title", "url", "published_at", "fetched_at", "key", "search")

SNIPPET_WORDS: Final = 30

_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of an article's text, with the places of the words that were looked for."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()  # begin and end of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that was found."""

    id: str
    source: str
    title: str
    url: str
    appeared: str  # ISO 8601: when it was published, but not later than it was fetched
    snippet: Snippet

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "source": self.source,
            "title": self.title,
            "url": self.url,
            "appeared": self.appeared,
            "snippet": self.snippet.text,
            "marks": [list(mark) for mark in self.snippet.marks],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Of an article that was found what is held until it is known which are the newest."""

    values: dict[str, str]
    record: ArticleRecord | None = None  # where it was read anyway

    @property
    def order(self) -> tuple[float, str]:
        return appeared(self.values["published_at"], self.values["fetched_at"]).timestamp(), self.values["id"]


class Search:
    """One search through an archive. Memory holds the newest hits alone, however many there are."""

    def __init__(self, reader: ArchiveReader, query: Query, wanted: Wanted | None = None) -> None:
        """Of `wanted` the source, the days of harvest, the language and the copies count. Raises StoreError."""
        from harvester.tables.reading import TableReader, table_for

        self.count = 0  # articles found so far
        self._reader = reader
        self._query = query
        self._wanted = wanted or Wanted()
        table = table_for(reader, self._wanted)
        self._tables = None if table is None else TableReader(reader, table, self._wanted)

    @property
    def uses_tables(self) -> bool:
        return self._tables is not None

    def newest(self, limit: int) -> list[Hit]:
        """The articles that appeared last, newest first; `count` says how many there are in all. Raises StoreError."""
        best: list[tuple[tuple[float, str], int, _Found]] = []
        numbers = count()
        for found in self._found():
            entry = (found.order, next(numbers), found)
            if len(best) < limit:
                heapq.heappush(best, entry)
            else:
                heapq.heappushpop(best, entry)
        return [self._hit(found) for *_, found in sorted(best, reverse=True)]

    def every(self) -> Iterator[Hit]:
        """All of them as they are found: in the order of the tables, then what is newer. Raises StoreError."""
        return map(self._hit, self._found())

    def _found(self) -> Iterator[_Found]:
        for values, record in self._matching():
            self.count += 1
            yield _Found(values=values, record=record)

    def _matching(self) -> Iterator[tuple[dict[str, Any], ArticleRecord | None]]:
        if self._tables is None:
            yield from self._in_objects(self._reader.stored(self._wanted))
            return
        for batch in self._tables.table_batches(COLUMNS):
            for row in self._query.matching(batch).select(list(COLUMNS)).to_pylist():
                yield row, None
        yield from self._in_objects(self._tables.newer())

    def _in_objects(self, stored: Iterator[StoredRecord]) -> Iterator[tuple[dict[str, Any], ArticleRecord]]:
        for one in stored:
            record = one.record
            searched = searched_words(record.title, record.text)
            if self._query.matches(searched):
                own = {name: getattr(record, name) for name in COLUMNS[:6]}
                yield own | {"key": str(one.key), "search": searched}, record

    def _hit(self, found: _Found) -> Hit:
        values = found.values
        return Hit(
            id=values["id"],
            source=values["source"],
            title=values["title"],
            url=values["url"],
            appeared=appeared(values["published_at"], values["fetched_at"]).isoformat(),
            snippet=snippet(self._text(found), self._query),
        )

    def _text(self, found: _Found) -> str:
        """As the record has it; its folded words where the record can't be read."""
        if found.record is not None:
            return found.record.text
        try:
            return self._reader.record(found.values["key"]).text
        except StoreError:
            return found.values["search"].partition("\n")[2]


def appeared(published_at: str | None, fetched_at: str) -> datetime:
    """When an article was published, as far as it is known, but never later than it was fetched.

    Of a date alone it is the beginning of the day, UTC.
    """
    fetched = datetime.fromisoformat(fetched_at)
    if published_at is None:
        return fetched
    published = datetime.fromisoformat(published_at)
    return min(published if published.tzinfo else published.replace(tzinfo=UTC), fetched)


def snippet(text: str, query: Query) -> Snippet:
    """The first stretch of some words with one that was looked for; the beginning of the text where there is none."""
    is_meant = _word_test(query)
    tokens: list[tuple[int, int, bool]] = []
    for found in _TOKEN.finditer(text):
        tokens.append((found.start(), found.end(), is_meant(found[0])))
        if tokens[-1][2]:
            break
    first = len(tokens) - 1 if tokens and tokens[-1][2] else 0
    start = max(0, first - SNIPPET_WORDS // 3)
    del tokens[start + SNIPPET_WORDS :]
    tail = tokens[-1][1] if tokens else 0
    for found in _TOKEN.finditer(text, tail):
        if len(tokens) - start >= SNIPPET_WORDS:
            break
        tokens.append((found.start(), found.end(), is_meant(found[0])))
    shown = tokens[start:]
    if not shown:
        return Snippet(text="")
    begin = shown[0][0]
    marks = tuple((left - begin, right - begin) for left, right, meant in shown if meant)
    return Snippet(text=text[begin : shown[-1][1]], marks=marks)


def _word_test(query: Query) -> Callable[[str], bool]:
    patterns = [one for term in query.terms if not term.excluded for one in term.word_patterns()]
    return lambda token: any(pattern.search(word) for word in normalised_words(token[:1000]) for pattern in patterns)
