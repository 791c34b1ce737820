"""WACZ 1.1.1: recorded pages as one file that pywb, ReplayWeb.page and wacz open: a ZIP of WARC, index and page list.

Written as a stream, also into a pipe. What can only be written after the WARC (index, pages) waits in temporary files.
"""

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

from harvester import __version__
from harvester.archive.cdxj import IndexEntry, LineSorter, entries
from harvester.archive.record import ArticleRecord
from harvester.archive.recordings import Recording, recordings
from harvester.errors import StoreError

if TYPE_CHECKING:
    from harvester.archive.reader import ArchiveReader

WACZ_VERSION: Final = "1.1.1"

WARC_NAME: Final = "data.warc.gz"

BLOCK_LINES: Final = 1024
"""Of the index in one gzip member, as archiveweb.page and wacz make them; the second index has a line for each."""

COPIED_AT_ONCE: Final = 1 << 20


def write_wacz(records: Iterable[ArticleRecord], stream: BinaryIO, reader: "ArchiveReader") -> None:
    """The records' captures and later revisits, with title and text of each article in the list of pages."""
    created = datetime.now(UTC)
    with zipfile.ZipFile(stream, "w") as archive, TemporaryFile() as pages, LineSorter() as index:
        package = _Package(archive=archive, created=created)
        with gzip.open(pages, "wb", compresslevel=1) as told:
            _write_warc(package, recordings(records, reader), index, told, reader)
        _write_indexes(package, index.lines())
        pages.seek(0)
        with package.part("pages/pages.jsonl", packed=True) as part, gzip.open(pages) as told:
            while some := told.read(COPIED_AT_ONCE):
                part.write(some)
        package.close()


class _Part:
    """A file of the package while it is written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, some: bytes) -> None:
        self._stream.write(some)
        self.sha256.update(some)
        self.size += len(some)


@dataclass(slots=True, kw_only=True)
class _Package:
    """The ZIP, and the list of what is in it."""

    archive: zipfile.ZipFile
    created: datetime
    resources: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def part(self, path: str, *, packed: bool = False) -> Iterator[_Part]:
        """A file that is listed when it is complete. What is packed already is stored as it is, to be read in place."""
        entry = self._entry(path, packed=packed)
        with self.archive.open(entry, "w", force_zip64=True) as stream:
            part = _Part(stream)
            yield part
        digest = f"sha256:{part.sha256.hexdigest()}"
        name = path.rpartition("/")[2]
        self.resources.append({"name": name, "path": path, "hash": digest, "bytes": part.size})

    def close(self) -> None:
        """Write the list, and its own hash beside it."""
        listed = {
            "profile": "data-package",
            "resources": self.resources,
            "created": self.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "wacz_version": WACZ_VERSION,
            "software": f"news-harvester/{__version__}",
        }
        body = json.dumps(listed, indent=2).encode()
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(body).hexdigest()}"}
        self.archive.writestr(self._entry("datapackage.json", packed=True), body)
        self.archive.writestr(self._entry("datapackage-digest.json", packed=True), json.dumps(digest, indent=2))

    def _entry(self, path: str, *, packed: bool) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(path, self.created.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.external_attr = 0o644 << 16
        return entry


def _write_warc(
    package: _Package,
    recorded: Iterable[Recording],
    index: LineSorter,
    pages: gzip.GzipFile,
    reader: "ArchiveReader",
) -> None:
    """Write the WARC file, and into `index` and `pages` what has to wait."""
    pages.write(_json_line({"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True}))
    with package.part(f"archive/{WARC_NAME}") as part:
        for recording in recorded:
            try:
                found = list(entries(recording.body, WARC_NAME, part.size))
            except ValueError as error:
                reader.leave_out(StoreError(recording.key, f"is not a WARC file that can be read: {error}"))
                continue
            part.write(recording.body)
            for entry in found:
                index.add(entry.line())
            if recording.record is not None and found:
                pages.write(_page(recording.record, found[0]))


def _page(record: ArticleRecord, entry: IndexEntry) -> bytes:
    """A line of the list of pages: the address and moment under which the index has the page, and the article."""
    return _json_line(
        {
            "id": f"{record.id}-r{record.revision}",
            "url": entry.url,
            "ts": entry.date,
            "title": record.title,
            "text": record.text,
        }
    )


def _json_line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _write_indexes(package: _Package, lines: Iterator[bytes]) -> None:
    """The sorted index in blocks, and the index of the blocks, as cdxj-indexer writes them ("ZipNum")."""
    blocks = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': 'index.cdx.gz'})}\n"]
    with package.part("indexes/index.cdx.gz") as part:
        while some := list(islice(lines, BLOCK_LINES)):
            block = gzip.compress(b"".join(some), mtime=0)
            about = {"offset": part.size, "length": len(block), "digest": f"sha256:{hashlib.sha256(block).hexdigest()}"}
            blocks.append(f"{_prefix(some[0])} {json.dumps(about)}\n")
            part.write(block)
    with package.part("indexes/index.idx", packed=True) as part:
        part.write("".join(blocks).encode())


def _prefix(line: bytes) -> str:
    """Key and time of a line of the index."""
    return line.partition(b" {")[0].decode()
