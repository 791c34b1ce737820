"""Objects of tables as Parquet: how rows are laid out in them, and read again a row group at a time."""

from collections.abc import Iterable, Iterator, Sequence
from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO, RawIOBase
from itertools import pairwise
from typing import Any, Final, Protocol, runtime_checkable

import numpy
import pyarrow as pa
from pyarrow import compute, parquet

from harvester.archive import ObjectStore
from harvester.archive.folder import FolderStore
from harvester.errors import ObjectMissing, StoreError
from harvester.tables.footer import Footer
from harvester.tables.parquet_footer import MAGIC, TAIL_BYTES, ParquetFooter, end_bytes
from harvester.tables.schema import Kind
from harvester.tables.seal import REMEDY, check_end, check_rows, sealed

CONTENT_TYPE: Final = "application/vnd.apache.parquet"

GROUP_ROWS: Final = 2000
GROUP_BYTES: Final = 24 << 20
"""Of a row group: what readers skip or read as a whole, and what is held twice while it is written."""

SOME_END: Final = 64 << 10
"""Of an object, read at first."""

ZSTD_LEVEL: Final = 2
"""Of 4 KB for an article of 400 words; at level 3 a twentieth less in a fifth more time, at 1 a seventh more."""


MEAN_RUN: Final = 8
"""Rows that stand one after the other already: of so many on the average slices are cheaper than copies."""


class Encoder:
    """Writes row groups one after the other; all is in memory, compressed."""

    def __init__(self, kind: Kind, *, onto: bytes = b"", kept: Sequence[bytes] = (), kept_rows: int = 0) -> None:
        """`onto`: an object that grows. Of its row groups the `kept` ones, of so many rows, belong to the new one too.

        All its bytes stay where they are, the old footer too: whoever has read that finds what it names, whenever.
        """
        self._sink = BytesIO()
        counted = pa.PythonFile(self._sink, mode="w")
        self._begin = len(onto)
        self._kept = list(kept)
        self._rows = kept_rows
        self._writer = parquet.ParquetWriter(
            counted,
            kind.schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            use_dictionary=kind.repeated,
            write_statistics=kind.described,
            write_page_checksum=True,
        )
        if onto:
            counted.write(memoryview(onto)[self._sink.tell() :])  # the writer has begun with the same magic number

    def write(self, rows: Any) -> None:
        """A pyarrow.Table, as one row group."""
        if rows.num_rows:
            self._rows += rows.num_rows
            self._writer.write_table(rows, row_group_size=rows.num_rows)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._sink.tell() - self._begin

    def end(self, footer: Footer) -> bytes:
        self._writer.add_key_value_metadata(footer.to_metadata())
        self._writer.close()
        with self._sink.getbuffer() as body:
            begin = len(body) - end_bytes(bytes(body[-TAIL_BYTES:]))
            end = bytes(body[begin:])
            if self._begin:
                parts = ParquetFooter.of(end)
                end = parts.with_groups([*self._kept, *parts.groups], self._rows)
            end = sealed(end, body[:begin])
        self._sink.seek(begin)
        self._sink.write(end)
        self._sink.truncate()
        return self._sink.getvalue()


def sorted_groups(kind: Kind, blocks: Sequence[Any]) -> Iterator[Any]:
    """All rows of some tables in the table's order, a row group at a time; no more of them is held than that."""
    rows = sum(block.num_rows for block in blocks)
    if not rows:
        return
    by = pa.concat_tables([block.select(list(kind.sorted_by)) for block in blocks])
    order = compute.sort_indices(by, [(name, "ascending") for name in kind.sorted_by]).to_numpy()
    size = sum(block.nbytes for block in blocks)
    many = max(1, min(GROUP_ROWS, GROUP_BYTES * rows // max(1, size)))
    for at in range(0, rows, many):
        yield _gathered(blocks, order[at : at + many])


def _gathered(blocks: Sequence[Any], wanted: Any) -> Any:
    """Rows by their numbers, counted through all blocks; in that order. Nothing is copied where they come in runs."""
    ends = numpy.cumsum([block.num_rows for block in blocks])
    owners = numpy.searchsorted(ends, wanted, side="right")
    breaks = numpy.flatnonzero((numpy.diff(wanted) != 1) | (numpy.diff(owners) != 0)) + 1
    runs = [0, *breaks.tolist(), len(wanted)]
    if len(runs) * MEAN_RUN > len(wanted) + len(blocks) * MEAN_RUN:
        return _taken_and_ordered(blocks, wanted, owners, ends)
    parts = []
    for begin, end in pairwise(runs):
        block = blocks[owners[begin]]
        first = int(wanted[begin]) - (int(ends[owners[begin]]) - block.num_rows)
        parts.append(block.slice(first, end - begin))
    return pa.concat_tables(parts)


def _taken_and_ordered(blocks: Sequence[Any], wanted: Any, owners: Any, ends: Any) -> Any:
    parts, places = [], []
    for number in numpy.unique(owners).tolist():
        here = numpy.flatnonzero(owners == number)
        first = int(ends[number]) - blocks[number].num_rows
        parts.append(blocks[number].take(pa.array(wanted[here] - first)))
        places.append(here)
    order = numpy.argsort(numpy.concatenate(places))
    return pa.concat_tables(parts).combine_chunks().take(pa.array(order))


class ObjectFile:
    """An object of a table, open for reading."""

    def __init__(self, source: Any, kind: Kind, key: str) -> None:
        """`source`: its bytes, which are all checked, or a pyarrow.NativeFile. Raises StoreError."""
        self._kind, self._key = kind, key
        if isinstance(source, bytes):
            self._file = checked_file(pa.BufferReader(source), key, whole=source)
        else:
            self._file = checked_file(source, key)
        self._metadata = self._file.metadata
        self.footer = Footer.from_metadata(self._metadata.metadata, key)
        self.rows: int = self._metadata.num_rows

    @property
    def group_count(self) -> int:
        return int(self._metadata.num_row_groups)

    def group_rows(self, number: int) -> int:
        return int(self._metadata.row_group(number).num_rows)

    def raw_bytes(self, numbers: Iterable[int] | None = None) -> int:
        """Of the rows of some row groups, or of all, as they will be in memory; roughly."""
        numbers = range(self.group_count) if numbers is None else numbers
        return sum(self._metadata.row_group(number).total_byte_size for number in numbers)

    def packed_bytes(self, numbers: Iterable[int] | None = None) -> int:
        """Of some row groups, or of all, as they stand in the file."""
        groups = map(self._metadata.row_group, range(self.group_count) if numbers is None else numbers)
        return sum(group.column(one).total_compressed_size for group in groups for one in range(group.num_columns))

    def group(self, number: int, columns: Sequence[str] | None = None) -> Any:
        """A row group as a pyarrow.Table with the table's columns, or with some of them. Raises StoreError.

        Read in this thread: pyarrow's own threads now and then end the process with signal 6 when it exits.
        """
        schema = self._kind.schema if columns is None else pa.schema([self._kind.schema.field(one) for one in columns])
        with _our_errors(self._key):
            group = self._file.read_row_group(number, columns=schema.names, use_threads=False)
            return group.select(schema.names).cast(schema)

    def groups(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        return (self.group(number, columns) for number in range(self.group_count))


def checked_file(file: Any, key: str, whole: bytes | None = None) -> Any:
    """A pyarrow.parquet.ParquetFile of a pyarrow.NativeFile, if its checksums are true. Raises StoreError.

    Nothing else may open objects of tables: some damaged footers end the process within pyarrow. Pages are compared
    with their checksums as they are read, and all bytes now if they are at hand (`whole`).
    """
    with _our_errors(key):
        end = _end(file)
        check_end(end, key)
        if whole is not None:
            check_rows(end, memoryview(whole)[: -len(end)], key)
        metadata = parquet.read_metadata(pa.BufferReader(MAGIC + end))
        return parquet.ParquetFile(file, metadata=metadata, page_checksum_verification=True)


def _end(file: Any) -> bytes:
    """All from the Parquet footer on; most footers come with the first read. Raises ValueError."""
    size = file.size()
    file.seek(max(0, size - SOME_END))
    end: bytes = file.read()
    length = end_bytes(end[-TAIL_BYTES:])
    if length > size:
        raise ValueError("it is shorter than its footer")
    if length > len(end):
        file.seek(size - length)
        end = file.read()
    return end[-length:]


def opened(store: ObjectStore, kind: Kind, key: str) -> ObjectFile:
    """For reading a few of its columns: no more than these is read where the store can do that. Raises StoreError."""
    if isinstance(store, FolderStore):
        try:
            return ObjectFile(pa.memory_map(str(store.root / key)), kind, key)
        except FileNotFoundError:
            raise ObjectMissing(key) from None
        except OSError as error:
            raise StoreError(key, f"can't be read: {error}") from None
    if isinstance(store, _Ranged) and (size := store.size(key)) is not None:
        return ObjectFile(pa.PythonFile(_Ranges(store, key, size), mode="r"), kind, key)
    return ObjectFile(store.get(key), kind, key)


@runtime_checkable
class _Ranged(Protocol):
    """A store that gives a part of an object."""

    def size(self, key: str) -> int | None: ...

    def get_range(self, key: str, start: int, length: int) -> bytes: ...


class _Ranges(RawIOBase):
    """An object as a file of which only what is asked for is read. That it grows meanwhile does no harm."""

    def __init__(self, store: _Ranged, key: str, size: int) -> None:
        self._store, self._key, self._size = store, key, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = offset + {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size - self._at if size is None or size < 0 else min(size, self._size - self._at)
        found = self._store.get_range(self._key, self._at, wanted) if wanted > 0 else b""
        self._at += len(found)
        return found


class _our_errors:  # noqa: N801 reads as a statement
    """pyarrow's errors as ours."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, (pa.ArrowException, OSError, KeyError, ValueError)):
            raise StoreError(self._key, f"is damaged: {' '.join(str(error).split())[:200]}; {REMEDY}") from None
