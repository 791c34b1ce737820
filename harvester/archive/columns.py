"""Columns: named arrays of numbers in one object, for what is too much for JSON (FORMAT.md, "Columns").

Read without unpacking anything: the arrays of a file mapped into memory are the file's own bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import orjson
from xxhash import xxh3_64, xxh3_64_intdigest

from harvester.errors import StoreError

MAGIC: Final = b"NEWSCOL1"
ALIGNED: Final = 8  # bytes; each array begins at a multiple of it

CONTENT_TYPE: Final = "application/octet-stream"

Array = np.ndarray[Any, np.dtype[Any]]


def pack(about: Mapping[str, Any], columns: Mapping[str, Array]) -> bytes:
    """The object of some columns; `about` is JSON that stands in its head. Equal values give equal bytes.

    Laid out: the magic number, the head's length (u64, little-endian) and the head; the arrays, each aligned to eight
    bytes; xxh3-64 of all before (u64). The head is `{"about", "columns": {name: {"type", "shape", "offset"}}}`, types
    as numpy names them ("<u8"), offsets from the first byte behind the head; spaces fill it up to eight bytes.
    """
    return b"".join(parts(about, columns))


def parts(about: Mapping[str, Any], columns: Mapping[str, Array]) -> Iterator[bytes | memoryview]:
    """The same piece by piece, for what is too large to be held twice."""
    places: dict[str, Any] = {}
    offset = 0
    for name, column in columns.items():
        places[name] = {"type": column.dtype.str, "shape": column.shape, "offset": offset}
        offset += column.nbytes + _missing(column.nbytes)
    head = orjson.dumps({"about": dict(about), "columns": places}, option=orjson.OPT_SORT_KEYS)
    head += b" " * _missing(len(head))
    checksum = xxh3_64()
    for part in _unsigned_parts(head, columns.values()):
        checksum.update(part)
        yield part
    yield checksum.intdigest().to_bytes(8, "little")


def _unsigned_parts(head: bytes, columns: Iterable[Array]) -> Iterator[bytes | memoryview]:
    yield from (MAGIC, len(head).to_bytes(8, "little"), head)
    for column in columns:
        yield np.ascontiguousarray(column).reshape(-1).view(np.uint8).data
        yield bytes(_missing(column.nbytes))


def unpack(body: Any, key: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """What `pack` was given, of anything that has a buffer. The arrays are views of `body`, which they keep alive.

    Raises StoreError, which names `key`, for what is damaged: all of it is checked.
    """
    view = memoryview(body)
    if len(view) < len(MAGIC) + 16 or bytes(view[: len(MAGIC)]) != MAGIC:
        raise StoreError(key, "is not an object of columns, or is cut short")
    if xxh3_64_intdigest(view[:-8]) != int.from_bytes(view[-8:], "little"):
        raise StoreError(key, "is damaged: its checksum is another")
    start = len(MAGIC) + 8
    first = start + int.from_bytes(view[len(MAGIC) : start], "little")
    try:
        head = orjson.loads(view[start:first])
        columns = {name: _column(view[first:-8], place) for name, place in head["columns"].items()}
        about: dict[str, Any] = head["about"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(key, f"is damaged: {error}") from None
    return about, columns


def _column(arrays: memoryview, place: Mapping[str, Any]) -> Array:
    kind = np.dtype(place["type"])
    if kind.hasobject:
        raise ValueError("a column of objects")
    count = int(np.prod(place["shape"], dtype=np.int64))
    return np.frombuffer(arrays, kind, count, place["offset"]).reshape(place["shape"])


def _missing(size: int) -> int:
    """Bytes up to the next aligned place."""
    return -size % ALIGNED
