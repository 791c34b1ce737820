"""Pieces: what commits have made visible, cut so that a few fit into memory, and read so that several are read at once.

Cut in one process, read in others. A piece that was read is applied whole or not at all.
"""

import hashlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.commits import Commit, CommitKind, CommitLog
from harvester.archive.folder import FolderStore
from harvester.archive.links import parse_links
from harvester.archive.partitions import in_order
from harvester.errors import ObjectMissing, StoreError
from harvester.tables.footer import Position
from harvester.tables.manifest_lines import manifest_lines
from harvester.tables.rows import StoredCapture, StoredRecord, article_rows, capture_rows

MOST_RECORDS: Final = 32
MOST_BYTES: Final = 4 << 20
"""Of a piece: 32 ordinary articles are half a megabyte. Some 80 pieces are under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record to be read."""

    key: str
    sha256: str
    payload_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What stands between two positions; it is known from the manifests alone."""

    end: Position
    day: str  # of its last commit: "2026-11-23"; all are of one month
    records: tuple[RecordLine, ...] = ()
    captures: tuple[StoredCapture, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # key and SHA-256 of objects of links
    removed: tuple[str, ...] = ()  # ids of articles that were taken down; then it has nothing else
    again: bool = False  # records that could not be read before; tables may have them


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPiece:
    """A piece with what its objects say."""

    piece: Piece
    articles: Any  # pyarrow.Table of ARTICLES, a row a record
    captures: Any  # pyarrow.Table of CAPTURES
    links: tuple[dict[str, Any], ...]
    lost: tuple[tuple[str, str, str], ...]  # key, SHA-256 and problem of what could not be read

    def __reduce__(self) -> tuple[Any, ...]:
        """Arrow's own form between processes takes a fifth of the time that pickling its tables does."""
        return _received, (self.piece, _packed(self.articles), _packed(self.captures), self.links, self.lost)


def _packed(rows: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _received(piece: Piece, articles: bytes, captures: bytes, links: Any, lost: Any) -> ReadPiece:
    rows, others = (pa.ipc.open_stream(packed).read_all() for packed in (articles, captures))
    return ReadPiece(piece=piece, articles=rows, captures=others, links=links, lost=lost)


# Cutting


def pieces(log: CommitLog, after: Position, cuts: Iterable[Position] = ()) -> Iterator[Piece]:
    """All after a position, none of them across one of `cuts`. Raises StoreError."""
    wanted = set(cuts)
    number = after.commit + 1
    small: Piece | None = None
    while (commit := _commit(log, number)) is not None:
        begin = after.line if number == after.commit + 1 else 0
        for piece in _of_commit(log, commit, begin, {cut.line for cut in wanted if cut.commit == number - 1}):
            if small and _fit(small, piece):
                small = _joined(small, piece)
            else:
                if small:
                    yield small
                small = piece
            if small.end in wanted or small.end.line or small.removed:
                yield small
                small = None
        number += 1
    if small:
        yield small


def _commit(log: CommitLog, number: int) -> Commit | None:
    try:
        return log.commit(number)
    except ObjectMissing:
        return None


def _of_commit(log: CommitLog, commit: Commit, begin: int, cuts: set[int]) -> Iterator[Piece]:
    """Its pieces from a line on; the last one ends at the commit's end."""
    end, day = Position(commit.number), commit.at[:10]
    if commit.kind is CommitKind.REMOVAL:
        named = keys.parse_removal_key(commit.key)
        yield Piece(end=end, day=day, removed=(named[1],) if named else ())
        return
    if commit.kind is not CommitKind.MANIFEST:
        yield Piece(end=end, day=day)
        return
    gathered = _Gathered(day=day, without=frozenset(commit.without))
    for at, line in enumerate(_lines(log, commit)):
        if at < begin:
            continue
        if gathered.is_full() or at in cuts:
            yield gathered.piece(Position(commit.number - 1, at))
            gathered = _Gathered(day=day, without=gathered.without)
        gathered.add(line, commit.key)
    yield gathered.piece(end)


def _lines(log: CommitLog, commit: Commit) -> Iterator[dict[str, Any]]:
    body = log.store.get(commit.key)
    if hashlib.sha256(body).hexdigest() != commit.sha256:
        raise StoreError(commit.key, f"is not the object that {keys.commit_key(commit.number)} names")
    for some in manifest_lines(body, commit.key):
        yield from some


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """Lines of a manifest that become a piece."""

    day: str
    without: frozenset[str]
    records: list[RecordLine] = field(default_factory=list)
    captures: list[StoredCapture] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0
    last: str = ""

    def is_full(self) -> bool:
        """Not between a capture and the record that tells of it."""
        many = len(self.records) >= MOST_RECORDS or len(self.captures) >= 2 * MOST_RECORDS or self.size >= MOST_BYTES
        return many and (self.last != "capture" or len(self.captures) >= 8 * MOST_RECORDS)

    def add(self, line: dict[str, Any], manifest: str) -> None:
        try:
            self.last, key, sha256 = str(line["kind"]), str(line["key"]), str(line["sha256"])
            if self.last == "article" and key not in self.without:
                self.records.append(RecordLine(key=key, sha256=sha256, payload_sha256=line.get("payload_sha256")))
                self.size += int(line["size"])
            elif self.last == "capture":
                self.captures.append(StoredCapture(key=key, sha256=sha256, size=int(line["size"])))
            elif self.last == "links":
                self.links.append((key, sha256))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(manifest, f"is not a manifest: {error!r}") from None

    def piece(self, end: Position) -> Piece:
        return Piece(
            end=end,
            day=self.day,
            records=tuple(self.records),
            captures=tuple(self.captures),
            links=tuple(self.links),
        )


def _fit(one: Piece, other: Piece) -> bool:
    """May they be one? Small commits are read together."""
    return (
        one.day[:7] == other.day[:7]
        and not one.removed
        and not other.removed
        and len(one.records) + len(other.records) <= MOST_RECORDS
        and len(one.captures) + len(other.captures) <= 2 * MOST_RECORDS
    )


def _joined(one: Piece, other: Piece) -> Piece:
    return replace(
        other,
        records=one.records + other.records,
        captures=one.captures + other.captures,
        links=one.links + other.links,
    )


# Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceReader:
    """Reads pieces, in whatever process; it is sent there."""

    url: str  # of the store
    home: int  # id of the process that asks

    def __call__(self, piece: Piece) -> ReadPiece:
        if os.getpid() != self.home:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
        return read_piece(_opened(self.url, os.getpid()), piece)


@lru_cache(maxsize=2)
def _opened(url: str, _process: int) -> ObjectStore:
    """A store for one process alone: connections must not be shared."""
    return open_store(url)


def crashed(piece: Piece) -> ReadPiece:
    """Of a piece whose reader was killed."""
    return _nothing(piece, "killed the process that read it, perhaps for want of memory")


def _nothing(piece: Piece, problem: str) -> ReadPiece:
    articles = article_rows([], [])
    return ReadPiece(
        piece=piece,
        articles=articles,
        captures=capture_rows(piece.captures, articles, {}),
        links=(),
        lost=tuple((line.key, line.sha256, problem) for line in piece.records),
    )


def read_piece(store: ObjectStore, piece: Piece) -> ReadPiece:
    """What its objects say. An object that can't be read is told in `lost`."""
    sums = {line.key: line.sha256 for line in piece.records}
    lost: list[StoreError] = []
    found = [one for one in _each(store, lambda line: _record(store, line), piece.records) if one is not None]
    records = [one for one in found if isinstance(one, StoredRecord)]
    lost += [one for one in found if isinstance(one, StoreError)]
    articles = article_rows(records, lost)
    payloads = {line.key: line.payload_sha256 for line in piece.records if line.payload_sha256}
    captures = [*piece.captures, *(_captures_of(store, articles) if piece.again else ())]
    links: list[dict[str, Any]] = []
    for key, sha256 in piece.links:
        sums[key] = sha256
        try:
            links += [link.model_dump() for link in parse_links(_checked(store, key, sha256), key)]
        except StoreError as error:
            lost.append(error)
    return ReadPiece(
        piece=piece,
        articles=articles,
        captures=capture_rows(captures, articles, payloads),
        links=tuple(links),
        lost=tuple((error.key, sums[error.key], error.problem) for error in lost),
    )


def _each(store: ObjectStore, work: Callable[[RecordLine], Any], lines: tuple[RecordLine, ...]) -> Iterator[Any]:
    """In threads where an answer takes its time, which a folder's does not."""
    return map(work, lines) if isinstance(store, FolderStore) or len(lines) < 2 else in_order(work, lines)


def _record(store: ObjectStore, line: RecordLine) -> StoredRecord | StoreError | None:
    """None where the article was taken down."""
    try:
        return StoredRecord(key=line.key, sha256=line.sha256, body=_checked(store, line.key, line.sha256))
    except ObjectMissing as error:
        return None if _was_removed(store, line.key) else error
    except StoreError as error:
        return error


def _captures_of(store: ObjectStore, articles: Any) -> Iterator[StoredCapture]:
    """The captures that records name which could not be read when their manifest was."""
    for key in compute.struct_field(articles.column("capture"), "key").drop_null().to_pylist():
        with suppress(StoreError):
            body = store.get(key)
            yield StoredCapture(key=key, sha256=hashlib.sha256(body).hexdigest(), size=len(body))


def _checked(store: ObjectStore, key: str, sha256: str) -> bytes:
    body = store.get(key)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise StoreError(key, "is damaged: it is not the object that its manifest names; run `harvest verify --repair`")
    return body


def _was_removed(store: ObjectStore, key: str) -> bool:
    named = keys.parse_article_key(key)
    return named is not None and store.size(keys.removal_key(named.source, named.id)) is not None
