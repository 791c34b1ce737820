"""A day's sketches in one file: which articles of the day have a key, and their sketches, mapped into memory.

A cache of what stands in the archive's segments. A file is written once, under a new name; what was in an older one of
the same day is in it too.
"""

import mmap
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from harvester.archive.columns import Array, parts, unpack

Keys = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]

SUFFIX = ".postings"

_UPPER_HALVES = 1 << 16
_COLUMNS = ("starts", "halves", "rows", "numbers", "ends", "sketches")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postings:
    """Articles of one day. Rows are positions in `numbers` and `ends`."""

    starts: Numbers  # (65 537,): where the keys begin that have their position as upper half
    halves: npt.NDArray[np.uint16]  # lower halves of the keys, which are sorted
    rows: Numbers  # row of the article that has the key at the same place
    numbers: Numbers  # of the articles (harvester.index.articles)
    ends: Numbers  # where each row's sketch ends in `sketches`
    sketches: Bytes
    mapped: mmap.mmap | None = None  # the file that the arrays lie in

    @classmethod
    def of(cls, entries: Sequence[tuple[int, npt.NDArray[np.uint32], bytes]]) -> Self:
        """Of articles' numbers, keys and sketches."""
        counts = [len(keys) for _, keys, _ in entries]
        keys = np.concatenate([np.empty(0, np.uint32), *(keys for _, keys, _ in entries)]).astype(np.uint32)
        return cls.sorted(
            keys,
            np.repeat(np.arange(len(entries), dtype=np.uint32), counts),
            numbers=np.array([number for number, _, _ in entries], np.uint32),
            ends=np.cumsum([len(sketch) for _, _, sketch in entries], dtype=np.uint32),
            sketches=np.frombuffer(b"".join(sketch for _, _, sketch in entries), np.uint8),
        )

    @classmethod
    def sorted(cls, keys: Keys, rows: Numbers, *, numbers: Numbers, ends: Numbers, sketches: Bytes) -> Self:
        """Of keys in any order, each with its row."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.searchsorted(ordered >> np.uint32(16), np.arange(_UPPER_HALVES + 1, dtype=np.uint32))
        return cls(
            starts=starts.astype(np.uint32),
            halves=(ordered & np.uint32(0xFFFF)).astype(np.uint16),
            rows=rows[order],
            numbers=numbers,
            ends=ends,
            sketches=sketches,
        )

    @property
    def keys(self) -> Keys:
        """The upper 32 bits of the sketches' keys, sorted."""
        upper = np.repeat(
            np.arange(_UPPER_HALVES, dtype=np.uint32), (self.starts[1:] - self.starts[:-1]).astype(np.int64)
        )
        return (upper << np.uint32(16)) | self.halves

    def joined(self, other: Self) -> Self:
        """Both together, this one's rows first."""
        return self.sorted(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.rows, other.rows + np.uint32(len(self.numbers))]),
            numbers=np.concatenate([self.numbers, other.numbers]),
            ends=np.concatenate([self.ends, other.ends + np.uint32(len(self.sketches))]),
            sketches=np.concatenate([self.sketches, other.sketches]),
        )

    def sketch(self, row: int) -> bytes:
        """An article's, as `Sketch.to_bytes` gave it."""
        start = int(self.ends[row - 1]) if row else 0
        return self.sketches[start : int(self.ends[row])].tobytes()

    def places(self, keys: Keys) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """For all pairs of equal keys: which of `keys` (its position), and the row that has it."""
        upper = keys >> np.uint32(16)
        first = self.starts[upper].astype(np.intp)
        counts = self.starts[upper + np.uint32(1)] - first
        asked = np.repeat(np.arange(len(keys)), counts)
        places = np.arange(len(asked)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
        equal = np.flatnonzero(self.halves[places] == (keys & np.uint32(0xFFFF)).astype(np.uint16)[asked])
        return asked[equal], self.rows[places[equal]].astype(np.intp)

    def release(self) -> None:
        """Give back the memory of what was read but for the keys, which each look-up reads; it is read again at need.

        Of rows and sketches a look-up needs a few, scattered over all of the file; without this, the file would soon
        be in memory as a whole.
        """
        if self.mapped is not None:
            keys_end = self.starts.nbytes + self.halves.nbytes
            start = -(-keys_end // mmap.PAGESIZE) * mmap.PAGESIZE + mmap.PAGESIZE
            if start < len(self.mapped):
                self.mapped.madvise(mmap.MADV_DONTNEED, start, len(self.mapped) - start)

    def save(self, folder: Path) -> str:
        """Write to a new file; its name."""
        columns: dict[str, Array] = {name: getattr(self, name) for name in _COLUMNS}
        name = f"{secrets.token_hex(8)}{SUFFIX}"
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{name}.new"
        with fresh.open("wb") as file:
            file.writelines(parts({}, columns))
        fresh.replace(folder / name)
        return name

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map a file into memory, once all of it has been checked. Raises OSError, and StoreError for a damaged one."""
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else None
        _, columns = unpack(mapped or b"", str(path))
        loaded = cls(**columns, mapped=mapped)
        loaded.release()
        return loaded
