"""Candidates between whole segments: which pairs of articles share enough keys to be worth comparing."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from harvester.archive.segment import Segment
from harvester.dedup.near import COMMON_KEY_ARTICLES, SAME_WHOLE, keys_needed

FIRST_OF_COMMON = 3
"""A key that more than `COMMON_KEY_ARTICLES` have is a standing phrase, or a story that very many have printed: of
these articles the first few alone are candidates."""

ROWS_AT_ONCE = 5_000
"""Articles whose pairs are held at once: 32 MB, if each key has as many articles as it may."""

Places = npt.NDArray[np.intp]


class Asked:
    """The articles of one segment, in search of others that share their keys.

    First `count` is told of every segment there is, oldest first; then `candidates` is asked of each in the same order.
    """

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._keys, self._key_of = np.unique(segment.keys, return_inverse=True)
        self._needed = keys_needed(segment.sketches, segment.ends)
        self._by_row = np.argsort(segment.rows, kind="stable")
        self._row_ends = np.searchsorted(segment.rows[self._by_row], np.arange(len(segment)), side="right")
        self._articles = np.zeros(len(self._keys), np.int64)  # by key: how many have it
        self._taken = np.zeros(len(self._keys), np.int64)  # of a common key: how many have been candidates

    def count(self, other: Segment) -> None:
        """How many articles of a segment have each key. Those that are all but equal to what they copy don't count."""
        first, last = self._places(_to_be_found(other)[0])
        self._articles += last - first

    def candidates(self, other: Segment) -> Iterator[tuple[int, int]]:
        """Rows of articles here and there that share enough keys. Within one segment each pair once."""
        keys, rows = _to_be_found(other)
        first, last = self._places(keys)
        common = self._articles > COMMON_KEY_ARTICLES
        counts = np.where(common, np.minimum(last - first, FIRST_OF_COMMON - self._taken), last - first)
        needed = keys_needed(other.sketches, other.ends)
        for start in range(0, len(self._segment), ROWS_AT_ONCE):
            mine, theirs = self._pairs(start, start + ROWS_AT_ONCE, first, counts, rows)
            if other is self._segment:
                mine, theirs = mine[theirs < mine], theirs[theirs < mine]
            codes, shared = np.unique(mine << 32 | theirs, return_counts=True)
            mine, theirs = codes >> 32, codes & 0xFFFFFFFF
            enough = shared >= np.minimum(self._needed[mine], needed[theirs])
            yield from zip(mine[enough].tolist(), theirs[enough].tolist(), strict=True)
        self._taken += np.where(common, counts, 0)

    def _places(self, keys: npt.NDArray[np.uint64]) -> tuple[Places, Places]:
        """Where each of our keys begins and ends among sorted ones."""
        return np.searchsorted(keys, self._keys, side="left"), np.searchsorted(keys, self._keys, side="right")

    def _pairs(
        self, start: int, end: int, first: Places, counts: Places, rows: npt.NDArray[np.uint32]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Our rows from start to end, each with every row that has one of its keys, as often as they share one."""
        begin = int(self._row_ends[start - 1]) if start else 0
        postings = self._by_row[begin : int(self._row_ends[min(end, len(self._segment)) - 1])]
        key_of = self._key_of[postings]
        times = counts[key_of]
        mine = np.repeat(self._segment.rows[postings].astype(np.int64), times)
        places = np.arange(len(mine)) + np.repeat(first[key_of] - (np.cumsum(times) - times), times)
        return mine, rows[places].astype(np.int64)


def _to_be_found(segment: Segment) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Keys and rows without those of articles that are all but equal to what they copy."""
    originals = segment.similarity < SAME_WHOLE
    if originals.all():
        return segment.keys, segment.rows
    kept = originals[segment.rows]
    return segment.keys[kept], segment.rows[kept]
