"""CDXJ: the index by which web archives find a page in WARC files; a line `<SURT> <time> {json}` for each record.

As cdxj-indexer and pywb write and read it, sorted by bytes.
"""

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, Final, Self

from harvester.archive.record import ArticleRecord
from harvester.archive.recordings import recordings
from harvester.archive.surt import surt
from harvester.archive.warc import PlacedRecord, parsed_fields, placed_records
from harvester.errors import StoreError

if TYPE_CHECKING:
    from harvester.archive.reader import ArchiveReader

RUN_BYTES: Final = 32 << 20
"""Of lines sorted in memory at once, some 100 000; more goes through files."""

MOST_RUNS: Final = 64
"""Sorted files merged at once; so many are open."""

REVISIT: Final = "warc/revisit"
"""In place of the media type of a revisit record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A response or revisit, and where it stands."""

    url: str
    date: str  # WARC-Date
    mime: str | None
    status: str | None
    digest: str | None
    length: int  # bytes, packed
    offset: int  # in the file
    filename: str

    def line(self) -> bytes:
        """With its line feed; all values are text, what is not known is left out."""
        values = {
            "url": self.url,
            "mime": self.mime,
            "status": self.status,
            "digest": self.digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": self.filename,
        }
        known = json.dumps({name: value for name, value in values.items() if value is not None})
        return f"{surt(self.url)} {_time(self.date)} {known}\n".encode()


def entries(body: bytes, filename: str, at: int = 0) -> Iterator[IndexEntry]:
    """Of the responses and revisits in a piece of a WARC file that begins at byte `at` of it. Raises ValueError."""
    for record in placed_records(body):
        if record.kind in ("response", "revisit"):
            yield _entry(record, filename, at)


def _entry(record: PlacedRecord, filename: str, at: int) -> IndexEntry:
    if "warc-target-uri" not in record.fields or "warc-date" not in record.fields:
        raise ValueError(f"the record at byte {at + record.offset} has no address or no date")
    first, *lines = record.head.partition(b"\r\n\r\n")[0].split(b"\r\n")
    status = first.split(None, 2)[1:2]
    http = {name.lower(): value for name, value in reversed(list(parsed_fields(lines, "latin-1")))}
    return IndexEntry(
        url=record.fields["warc-target-uri"],
        date=record.fields["warc-date"],
        mime=REVISIT if record.kind == "revisit" else _media_type(http.get("content-type")),
        status=status[0].decode("latin-1") if status else None,
        digest=record.fields.get("warc-payload-digest"),
        length=record.length,
        offset=at + record.offset,
        filename=filename,
    )


def _media_type(content_type: str | None) -> str | None:
    """Without its parameters; None where there is none."""
    named = content_type.split(";", 1)[0].split(None, 1) if content_type else []
    return named[0] if named else None


def _time(date: str) -> str:
    """Fourteen digits, to the second."""
    return "".join(one for one in date if one.isdigit())[:14]


class LineSorter:
    """Sorts lines by bytes, each once; memory stays at `run_bytes` and a little, the rest waits in temporary files."""

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes = run_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.close()

    def add(self, line: bytes) -> None:
        """A line with its line feed."""
        self._held.append(line)
        self._held_bytes += len(line)
        if self._held_bytes >= self._run_bytes:
            self._runs.append(_kept(sorted(self._held)))
            self._held, self._held_bytes = [], 0
            if len(self._runs) == MOST_RUNS:
                self._merge()

    def _merge(self) -> None:
        merged = _kept(heapq.merge(*self._runs))
        for run in self._runs:
            run.close()
        self._runs = [merged]

    def lines(self) -> Iterator[bytes]:
        """All that were added."""
        last = None
        for line in heapq.merge(*self._runs, sorted(self._held)):
            if line != last:
                yield line
            last = line


def _kept(lines: Iterable[bytes]) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 the sorter closes it
    file.writelines(lines)
    file.seek(0)
    return file


def write_cdxj(records: Iterable[ArticleRecord], stream: BinaryIO, reader: "ArchiveReader") -> None:
    """The index of the records' captures and of later revisits; a file's name is the key of the object."""
    with LineSorter() as index:
        for recording in recordings(records, reader):
            try:
                for entry in entries(recording.body, recording.key, recording.offset):
                    index.add(entry.line())
            except ValueError as error:
                reader.leave_out(StoreError(recording.key, f"is not a WARC file that can be read: {error}"))
        for line in index.lines():
            stream.write(line)
