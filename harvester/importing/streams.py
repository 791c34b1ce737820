"""Recordings as seekable streams: files, parts of files, and objects in buckets, none of them ever held as a whole."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from harvester.archive.s3 import S3Store

BLOCK_BYTES: Final = 4 << 20
"""Of an object in a bucket, asked for at once: some 40 ms of a fast network."""


class Openable(Protocol):
    """Bytes somewhere, by their address."""

    @property
    def url(self) -> str: ...

    @property
    def size(self) -> int: ...

    def open(self) -> BinaryIO:
        """From the beginning, seekable. Raises OSError and StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file of this machine."""

    path: Path

    @property
    def url(self) -> str:
        return self.path.absolute().as_uri()

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketObject:
    """An object of a bucket."""

    store: S3Store
    key: str
    size: int

    @property
    def url(self) -> str:
        return f"{self.store.url}/{self.key}"

    def open(self) -> BinaryIO:
        return _buffered(_Ranges(self.store, self.key, self.size), BLOCK_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of something openable, by itself."""

    whole: Openable
    name: str
    begin: int
    size: int

    @property
    def url(self) -> str:
        return f"{self.whole.url}!{self.name}"

    def open(self) -> BinaryIO:
        return _buffered(_Stretch(self.whole.open(), self.begin, self.size), io.DEFAULT_BUFFER_SIZE)


def _buffered(raw: io.RawIOBase, buffer_size: int) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(raw, buffer_size))


class _Seekable(io.RawIOBase):
    """Reading from any place of something whose length is known."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._length - self._at))
        block = self._read_at(self._at, wanted) if wanted else b""
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def _read_at(self, offset: int, length: int) -> bytes:
        raise NotImplementedError


class _Ranges(_Seekable):
    def __init__(self, store: S3Store, key: str, size: int) -> None:
        super().__init__(size)
        self._store = store
        self._key = key

    def _read_at(self, offset: int, length: int) -> bytes:
        return self._store.get_range(self._key, offset, length)


class _Stretch(_Seekable):
    def __init__(self, whole: BinaryIO, begin: int, size: int) -> None:
        super().__init__(size)
        self._whole = whole
        self._begin = begin

    def _read_at(self, offset: int, length: int) -> bytes:
        self._whole.seek(self._begin + offset)
        return self._whole.read(length)

    def close(self) -> None:
        self._whole.close()
        super().close()
