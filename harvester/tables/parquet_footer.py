"""Parquet footers taken apart: which bytes of one tell of each row group, so that a new footer can name them again.

pyarrow writes footers of what it has written alone. A file that grows keeps its row groups where they are; the footer
behind them names the old ones and the new ones. Thrift's compact protocol, of which only lengths matter here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

MAGIC: Final = b"PAR1"
TAIL_BYTES: Final = 8
"""At the end of a file: the footer's length (u32, little-endian) and the magic number."""

_BOOLEANS: Final = (1, 2)
_BYTE, _NUMBERS, _DOUBLE, _BINARY, _LISTS, _STRUCT = 3, (4, 5, 6), 7, 8, (9, 10), 12

_ROW_COUNT, _ROW_GROUPS = 3, 4
"""Fields of FileMetaData (parquet.thrift)."""

_ORDINAL: Final = 7
"""Field of RowGroup: its place in the file, for encryption. Left out, as it would not be true any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFooter:
    """A footer in three parts. Raises ValueError or IndexError where it is none."""

    before: bytes  # version and schema
    rows: int
    groups: tuple[bytes, ...]  # a RowGroup each
    behind: bytes  # key-value metadata, who wrote it, orders of columns

    @classmethod
    def of(cls, file: bytes) -> Self:
        """Of a whole Parquet file, or of its end."""
        length = end_bytes(file[-TAIL_BYTES:])
        if length > len(file):
            raise ValueError("not a Parquet file")
        footer = file[-length:-TAIL_BYTES]
        places = {number: (begin, end) for number, begin, end in _fields(footer, 0)}
        rows_at, groups_at = places[_ROW_COUNT], places[_ROW_GROUPS]
        count, _ = _number(footer, rows_at[0] + 1)
        return cls(
            before=footer[: rows_at[0]],
            rows=(count >> 1) ^ -(count & 1),
            groups=tuple(_without_ordinal(group) for group in _elements(footer, groups_at[0] + 1)),
            behind=footer[groups_at[1] :],
        )

    def with_groups(self, groups: Sequence[bytes], rows: int) -> bytes:
        """The end of a file that has these row groups, which have so many rows."""
        few = len(groups) < 15
        head = bytes([len(groups) << 4 | _STRUCT]) if few else bytes([0xF0 | _STRUCT]) + _varint(len(groups))
        footer = b"".join(
            (self.before, b"\x16", _varint(rows << 1), b"\x19", head, *groups, self.behind)  # i64 and list, next ids
        )
        return footer + len(footer).to_bytes(4, "little") + MAGIC


def end_bytes(tail: bytes) -> int:
    """The length of a file's end, from its footer on, by its last TAIL_BYTES. Raises ValueError."""
    if tail[-len(MAGIC) :] != MAGIC:
        raise ValueError("not a Parquet file")
    return int.from_bytes(tail[: -len(MAGIC)], "little") + TAIL_BYTES


def _without_ordinal(group: bytes) -> bytes:
    for number, begin, end in _fields(group, 0):
        if number == _ORDINAL:
            return group[:begin] + group[end:]
    return group


def _fields(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each field of a struct; headers belong to them."""
    number = 0
    while data[at]:
        begin, kind, delta = at, data[at] & 0x0F, data[at] >> 4
        at += 1
        if delta:
            number += delta
        else:
            read, at = _number(data, at)
            number = (read >> 1) ^ -(read & 1)
        at = at if kind in _BOOLEANS else _skipped(data, at, kind)
        yield number, begin, at


def _elements(data: bytes, at: int) -> Iterator[bytes]:
    """Of a list of structs."""
    count, kind, at = _list_head(data, at)
    for _ in range(count):
        end = _skipped(data, at, kind)
        yield data[at:end]
        at = end


def _list_head(data: bytes, at: int) -> tuple[int, int, int]:
    count, kind = data[at] >> 4, data[at] & 0x0F
    at += 1
    if count == 15:
        count, at = _number(data, at)
    return count, kind, at


def _skipped(data: bytes, at: int, kind: int) -> int:
    """Where a value ends."""
    if kind in _NUMBERS:
        return _number(data, at)[1]
    if kind in (*_BOOLEANS, _BYTE):
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    if kind == _BINARY:
        length, at = _number(data, at)
        return at + length
    if kind in _LISTS:
        count, inner, at = _list_head(data, at)
        for _ in range(count):
            at = _skipped(data, at, inner)
        return at
    if kind == _STRUCT:
        for _, _, end in _fields(data, at):
            at = end
        return at + 1
    raise ValueError(f"a footer has no values of type {kind}")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A varint, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
