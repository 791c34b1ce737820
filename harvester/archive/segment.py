"""The segment: sketches and sampled shingles of the articles that a run has written, sorted, so that another machine
goes on from them (FORMAT.md, "Segments")."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from harvester.archive.columns import Array, pack, unpack
from harvester.errors import StoreError

SEGMENT_VERSION: Final = 1

NOBODY: Final = bytes(16)
"""In place of an id: the article copies none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentArticle:
    """One derivation of one revision of an article. Times are seconds since the epoch, kept to the millisecond."""

    id: str
    source: str
    revision: int
    derivation: int
    fetched_at: float
    appeared_at: float  # see harvester.index.KnownArticle
    copy_of: str | None
    similarity: float  # to what it copies; 0 where it copies nothing
    keys: npt.NDArray[np.uint64]  # harvester.dedup.near.Sketch.keys
    sketch: bytes  # harvester.dedup.near.Sketch.to_bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """Columns, a row an article (`rows` points there), and `keys` with the row that has each."""

    day: date  # under which the articles' records stand
    sources: tuple[str, ...]
    covers: tuple[str, ...]  # keys of the segments that were merged into this one
    ids: npt.NDArray[np.uint8]  # (n, 16)
    source: npt.NDArray[np.uint16]  # position in `sources`
    revision: npt.NDArray[np.uint16]
    derivation: npt.NDArray[np.uint16]
    fetched_ms: npt.NDArray[np.int64]  # since the epoch
    appeared_ms: npt.NDArray[np.int64]
    copy_of: npt.NDArray[np.uint8]  # (n, 16), zeros where it copies nothing
    similarity: npt.NDArray[np.float32]
    ends: npt.NDArray[np.uint64]  # where each article's sketch ends in `sketches`
    sketches: npt.NDArray[np.uint8]
    keys: npt.NDArray[np.uint64]  # sorted; equal ones by when their articles appeared
    rows: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, day: date, articles: Sequence[SegmentArticle], covers: Sequence[str] = ()) -> Self:
        """Of articles in any order; equal articles give an equal segment."""
        ordered = sorted(articles, key=lambda one: (one.id, one.revision, one.derivation))
        sources = {name: number for number, name in enumerate(sorted({one.source for one in ordered}))}
        keys = np.concatenate([np.empty(0, np.uint64), *(one.keys for one in ordered)])
        rows = np.repeat(np.arange(len(ordered), dtype=np.uint32), [len(one.keys) for one in ordered])
        appeared_ms = np.array([round(one.appeared_at * 1000) for one in ordered], np.int64)
        order = np.lexsort((appeared_ms[rows], keys))
        return cls(
            day=day,
            sources=tuple(sources),
            covers=tuple(covers),
            ids=_ids(one.id for one in ordered),
            source=np.array([sources[one.source] for one in ordered], np.uint16),
            revision=np.array([one.revision for one in ordered], np.uint16),
            derivation=np.array([one.derivation for one in ordered], np.uint16),
            fetched_ms=np.array([round(one.fetched_at * 1000) for one in ordered], np.int64),
            appeared_ms=appeared_ms,
            copy_of=_ids(one.copy_of or NOBODY.hex() for one in ordered),
            similarity=np.array([one.similarity for one in ordered], np.float32),
            ends=np.cumsum([len(one.sketch) for one in ordered], dtype=np.uint64),
            sketches=np.frombuffer(b"".join(one.sketch for one in ordered), np.uint8),
            keys=keys[order],
            rows=rows[order],
        )

    def __len__(self) -> int:
        return len(self.ids)

    def id(self, row: int) -> str:
        return bytes(self.ids[row]).hex()

    def original(self, row: int) -> str | None:
        """Id of the article that this one's record says it copies."""
        copied = bytes(self.copy_of[row])
        return None if copied == NOBODY else copied.hex()

    def row_of(self, article_id: str) -> int | None:
        """The first row of an article; None where it is not in this segment."""
        wanted = bytes.fromhex(article_id)
        row = bisect_left(range(len(self)), wanted, key=lambda at: bytes(self.ids[at]))
        return row if row < len(self) and bytes(self.ids[row]) == wanted else None

    def sketch(self, row: int) -> bytes:
        start = int(self.ends[row - 1]) if row else 0
        return self.sketches[start : int(self.ends[row])].tobytes()

    def articles(self) -> Iterator[SegmentArticle]:
        """Each article, with its keys."""
        order = np.argsort(self.rows, kind="stable")
        last = np.searchsorted(self.rows[order], np.arange(len(self)), side="right").tolist()
        first = 0
        for row in range(len(self)):
            yield SegmentArticle(
                id=self.id(row),
                source=self.sources[self.source[row]],
                revision=int(self.revision[row]),
                derivation=int(self.derivation[row]),
                fetched_at=int(self.fetched_ms[row]) / 1000,
                appeared_at=int(self.appeared_ms[row]) / 1000,
                copy_of=self.original(row),
                similarity=float(self.similarity[row]),
                keys=self.keys[order[first : last[row]]],
                sketch=self.sketch(row),
            )
            first = last[row]

    def to_bytes(self) -> bytes:
        """As it is stored."""
        about = {
            "schema_version": SEGMENT_VERSION,
            "date": self.day.isoformat(),
            "sources": list(self.sources),
            "covers": list(self.covers),
        }
        return pack(about, {name: getattr(self, name) for name in _COLUMNS})

    @classmethod
    def from_bytes(cls, stored: Any, key: str) -> Self:
        """A stored segment; its columns are views of `stored`. Raises StoreError, which names `key`."""
        about, columns = unpack(stored, key)
        if about.get("schema_version") != SEGMENT_VERSION:
            raise StoreError(
                key, f"is of version {about.get('schema_version')}; this harvester knows {SEGMENT_VERSION}"
            )
        try:
            return cls(
                day=date.fromisoformat(about["date"]),
                sources=tuple(about["sources"]),
                covers=tuple(about["covers"]),
                **{name: columns[name] for name in _COLUMNS},
            )
        except (KeyError, ValueError, TypeError) as error:
            raise StoreError(key, f"is not a segment: {error}") from None


_COLUMNS: Final = (
    "ids",
    "source",
    "revision",
    "derivation",
    "fetched_ms",
    "appeared_ms",
    "copy_of",
    "similarity",
    "ends",
    "sketches",
    "keys",
    "rows",
)


def _ids(ids: Iterable[str]) -> Array:
    return np.frombuffer(b"".join(map(bytes.fromhex, ids)), np.uint8).reshape(-1, 16)
