"""What an import is given: files, folders and buckets, and the recordings in them."""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from harvester.archive.address import open_store
from harvester.archive.s3 import S3Store
from harvester.errors import UsageError
from harvester.importing.folders import HTML_FILES, HtmlFolder
from harvester.importing.found import Broken, Found, Place, Recording
from harvester.importing.records import read_records
from harvester.importing.streams import BucketObject, LocalFile, Openable, Part

WARC_FILES: Final = (".warc", ".warc.gz")
WACZ_FILES: Final = (".wacz",)
KNOWN: Final = "WARC files (.warc, .warc.gz), WACZ files (.wacz), folders, and HTML files"

IDENTIFYING_BYTES: Final = 64 << 10
"""Of a file's beginning, that tell it from another one of its name and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecording:
    """A WARC file, by itself or in a WACZ."""

    file: Openable

    @property
    def name(self) -> str:
        return self.file.url

    @property
    def identity(self) -> str:
        """The same as long as address, size and beginning are."""
        with self.file.open() as stream:
            begins = hashlib.sha256(stream.read(IDENTIFYING_BYTES)).hexdigest()
        return hashlib.sha256(f"{self.file.url}\0{self.file.size}\0{begins}".encode()).hexdigest()[:32]

    @property
    def size(self) -> int:
        return self.file.size

    def found(self, start: Place, now: datetime) -> Iterator[Found]:
        with self.file.open() as stream:
            yield from read_records(stream, start, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file of which nothing can be read."""

    name: str
    problem: str
    size: int = 0

    @property
    def identity(self) -> str:
        return hashlib.sha256(f"{self.name}\0{self.problem}".encode()).hexdigest()[:32]

    def found(self, start: Place, now: datetime) -> Iterator[Found]:
        yield Found(what=Broken(offset=0, problem=self.problem), after=Place(offset=0, records=1))


def recordings(named: Sequence[str]) -> list[Recording]:
    """All that these names stand for, in their order, each once. Raises UsageError for what is not there."""
    found = [recording for name in named for recording in _named(name)]
    return list({recording.name: recording for recording in found}.values())


def _named(name: str) -> Iterable[Recording]:
    scheme, separator, _ = name.partition("://")
    if not separator:
        return _local(Path(name))
    if scheme.lower() == "s3":
        return _bucket(name)
    if scheme.lower() == "file":
        return _local(Path(unquote(urlsplit(name).path)))
    if scheme.lower() in ("http", "https"):
        raise UsageError(
            f"{name}: is not fetched by an import; download it first (curl -O, aws s3 cp), then name the file"
        )
    raise UsageError(f"{name}: must be a file, a folder, file://… or s3://BUCKET/KEY")


def _local(path: Path) -> Iterable[Recording]:
    try:
        if path.is_dir():
            return _folder(path)
        return _file(LocalFile(path=path), path)
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from None


def _file(file: Openable, path: Path | None = None) -> Iterable[Recording]:
    """By its first bytes, whatever its name."""
    with file.open() as stream:
        begins = stream.read(4)
    if begins == b"PK\x03\x04":
        return _wacz(file)
    if begins.startswith(b"\x1f\x8b") or begins == b"WARC" or not begins:
        return [WarcRecording(file=file)]
    if path is not None and path.suffix.lower() in HTML_FILES:
        return [HtmlFolder(folder=path.parent, files=(path.name,))]
    raise UsageError(f"{file.url}: is none of what can be imported: {KNOWN}")


def _folder(folder: Path) -> Iterator[Recording]:
    """Its WARC and WACZ files one by one, and all its HTML files as one recording."""
    pages = []
    for above, below, files in os.walk(folder):
        below.sort()
        for name in sorted(files):
            path = Path(above, name)
            lower = name.lower()
            if lower.endswith(WARC_FILES + WACZ_FILES):
                yield from _inside(LocalFile(path=path))
            elif lower.endswith(HTML_FILES):
                pages.append(path.relative_to(folder).as_posix())
    if pages:
        yield HtmlFolder(folder=folder, files=tuple(sorted(pages, key=os.fsencode)))


def _inside(file: Openable) -> Iterable[Recording]:
    """Of a file that was found and not named: what is wrong with it is told, and the others are read."""
    try:
        return list(_file(file))
    except (UsageError, OSError) as error:
        problem = error.strerror or str(error) if isinstance(error, OSError) else "is no WARC or WACZ file"
        return [Unreadable(name=file.url, problem=problem)]


def _bucket(url: str) -> Iterator[Recording]:
    bucket, _, key = url.partition("://")[2].partition("/")
    store = open_store(f"s3://{bucket}")
    assert isinstance(store, S3Store)  # by its address
    store.check(writing=False)
    if key and not key.endswith("/"):
        size = store.size(key)
        if size is None:
            raise UsageError(f"{url}: there is no such object; a prefix ends in /")
        yield from _file(BucketObject(store=store, key=key, size=size))
        return
    listed = sorted(store.list(key), key=lambda found: found.key)
    wanted = [found for found in listed if found.key.lower().endswith(WARC_FILES + WACZ_FILES)]
    if not wanted:
        raise UsageError(f"{url}: there are no WARC or WACZ files; HTML files are read from folders alone")
    for found in wanted:
        yield from _inside(BucketObject(store=store, key=found.key, size=found.size))


def _wacz(file: Openable) -> list[Recording]:
    """The WARC files of a WACZ (https://specs.webrecorder.net/wacz/1.1.1), which lie in it unpacked, below archive/."""
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as packed:
            members = [one for one in packed.infolist() if _is_warc(one.filename)]
            return [_member(file, packed, one) for one in members]
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        return [Unreadable(name=file.url, problem=f"is no WACZ file that can be read: {error}")]


def _is_warc(name: str) -> bool:
    return "archive/" in f"/{name}" and name.lower().endswith(WARC_FILES)


def _member(file: Openable, packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> Recording:
    name = f"{file.url}!{member.filename}"
    if member.flag_bits & 1:
        return Unreadable(name=name, problem="is encrypted")
    if member.compress_type != zipfile.ZIP_STORED:
        return Unreadable(name=name, problem="is packed twice; a WACZ has its WARC files unpacked: unzip it first")
    stream = packed.fp
    assert stream is not None  # as long as it is open
    stream.seek(member.header_offset + 26)
    name_length, extra_length = (int.from_bytes(stream.read(2), "little") for _ in range(2))
    begin = member.header_offset + 30 + name_length + extra_length
    return WarcRecording(file=Part(whole=file, name=member.filename, begin=begin, size=member.file_size))
