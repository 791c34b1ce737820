"""Bundles for others: articles as compressed JSON Lines in shards of bounded size, with a data card and checksums.

What is in a bundle is settled by two cursors before the first shard is written, so a bundle that was broken off is gone
on with at the shard where it was, however much the archive has grown meanwhile.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, Field, ValidationError

from harvester.archive.changes import Changes
from harvester.archive.commits import Cursor
from harvester.archive.keys import ArticleKey
from harvester.archive.reader import ArchiveReader, StoredRecord
from harvester.archive.store import ObjectStore
from harvester.archive.wanted import Wanted
from harvester.data_card import Contents, data_card
from harvester.errors import ObjectExists, ObjectMissing, UsageError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STATE: Final = "export.json"
CARD: Final = "README.md"
CHECKSUMS: Final = "SHA256SUMS"

SHARD_MB: Final = 256
"""Of JSON; a shard has some 60 MB then, which is what is held in memory."""

LEVEL: Final = 9
"""Of Zstandard: 8 % smaller than level 3, and still faster than articles are read."""


class Shard(BaseModel):
    """A shard that is there."""

    name: str
    sha256: str
    records: int
    last: str  # key of its last record
    left_out: int = 0
    by_source: dict[str, int] = {}
    by_language: dict[str, int] = {}
    by_year: dict[str, int] = {}


class Bundle(BaseModel):
    """State of a bundle, stored in it as `export.json`."""

    schema_version: Annotated[int, Field(ge=1)] = 1
    chosen: dict[str, Any]  # options that choose articles, but for those at their default
    after: str
    cursor: str  # everything up to this commit is in it
    shard_mb: int
    shards: list[Shard] = []
    complete: bool = False

    @property
    def contents(self) -> Contents:
        return Contents(
            records=sum(shard.records for shard in self.shards),
            by_source=sum((Counter(shard.by_source) for shard in self.shards), Counter()),
            by_language=sum((Counter(shard.by_language) for shard in self.shards), Counter()),
            by_year=sum((Counter(shard.by_year) for shard in self.shards), Counter()),
            left_out=sum(shard.left_out for shard in self.shards),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One call: what is to be in the bundle, and where it goes."""

    reader: ArchiveReader
    target: ObjectStore
    wanted: Wanted
    after: Cursor
    name: str = "News articles"
    shard_mb: int = SHARD_MB
    said: Callable[[Bundle], None] = field(default=lambda _: None)

    def run(self) -> Bundle:
        """Write the bundle, or what is missing of it. Raises UsageError where another one is there, and StoreError."""
        bundle = self._begun()
        if bundle.complete:
            return bundle
        changes = Changes(self.reader, self.after, self.wanted, until=Cursor.parse(bundle.cursor))
        for body, shard in self._shards(bundle, changes):
            _put(self.target, shard.name, body, "application/zstd")
            bundle.shards.append(shard)
            self._keep(bundle)
            self.said(bundle)
        self._finish(bundle)
        return bundle

    def _begun(self) -> Bundle:
        """The state of what is there; of a new bundle, up to the last commit there is, where there is none."""
        own = Bundle(
            chosen=_chosen(self.wanted),
            after=str(self.after),
            cursor=str(Changes(self.reader, self.after).cursor),
            shard_mb=self.shard_mb,
        )
        try:
            there = Bundle.model_validate_json(self.target.get(STATE))
        except ObjectMissing:
            self._keep(own)
            return own
        except ValidationError:
            raise UsageError(f"{self.target.url}/{STATE} is not a bundle's; name an empty folder") from None
        if there.model_copy(update={"cursor": own.cursor, "shards": [], "complete": False}) != own:
            raise UsageError(f"{self.target.url} has a bundle of other articles, see its {STATE}; name an empty folder")
        return there

    def _keep(self, bundle: Bundle) -> None:
        state = orjson.dumps(bundle.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"
        _put(self.target, STATE, state, "application/json")

    def _shards(self, bundle: Bundle, changes: Changes) -> Iterator[tuple[bytes, Shard]]:
        keys: Iterator[ArticleKey] = changes.keys()
        if bundle.shards:
            last = bundle.shards[-1].last
            keys = dropwhile(lambda key: str(key) != last, keys)
            next(keys, None)
        number, writer = len(bundle.shards), _ShardWriter()
        for found in self.reader.in_given_order(keys, self.wanted):
            writer.add(found)
            if writer.size >= self.shard_mb << 20:
                yield writer.end(number, self.reader)
                number, writer = number + 1, _ShardWriter()
        if writer.size:
            yield writer.end(number, self.reader)

    def _finish(self, bundle: Bundle) -> None:
        """The card, then the checksums, then the word that all is there."""
        card = data_card(
            bundle.contents, name=self.name, cursor=bundle.cursor, after=bundle.after, chosen=bundle.chosen
        ).encode()
        _put(self.target, CARD, card, "text/markdown; charset=utf-8")
        sums = [(hashlib.sha256(card).hexdigest(), CARD), *((shard.sha256, shard.name) for shard in bundle.shards)]
        listed = "".join(f"{sha256}  {name}\n" for sha256, name in sums)
        _put(self.target, CHECKSUMS, listed.encode(), "text/plain; charset=utf-8")
        bundle.complete = True
        self._keep(bundle)


class _ShardWriter:
    """A shard in the making."""

    def __init__(self) -> None:
        self.size = 0  # bytes of JSON
        self._records = 0
        self._last = ""
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("source", "language", "year")}
        self._compressor = zstd.ZstdCompressor(
            options={
                zstd.CompressionParameter.compression_level: LEVEL,
                zstd.CompressionParameter.checksum_flag: 1,
                zstd.CompressionParameter.nb_workers: 1,  # beside the thread that reads
            }
        )
        self._parts: list[bytes] = []

    def add(self, found: StoredRecord) -> None:
        line = found.line() + b"\n"
        self._parts.append(self._compressor.compress(line))
        self.size += len(line)
        self._records += 1
        self._last = str(found.key)
        record = found.record
        self._counts["source"][record.source] += 1
        self._counts["language"][record.language or ""] += 1
        self._counts["year"][(record.published_at or record.fetched_at)[:4]] += 1

    def end(self, number: int, reader: ArchiveReader) -> tuple[bytes, Shard]:
        """`reader.unreadable` is what was left out so far, and begins again with the next shard."""
        body = b"".join([*self._parts, self._compressor.flush()])
        left_out, reader.unreadable = reader.unreadable, 0
        shard = Shard(
            name=f"data/articles-{number:05d}.jsonl.zst",
            sha256=hashlib.sha256(body).hexdigest(),
            records=self._records,
            last=self._last,
            left_out=left_out,
            by_source=self._counts["source"],
            by_language=self._counts["language"],
            by_year=self._counts["year"],
        )
        return body, shard


def _chosen(wanted: Wanted) -> dict[str, Any]:
    """The options that are not at their default, as they are told."""
    own, default = _told(wanted), _told(Wanted())
    return {name: value for name, value in own.items() if value != default[name]}


def _told(wanted: Wanted) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in Wanted.__slots__}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _put(store: ObjectStore, name: str, body: bytes, content_type: str) -> None:
    """Write what an earlier call may have written already. Raises StoreError."""
    try:
        store.put_new(name, body, content_type=content_type)
    except ObjectExists:
        there, version = store.get_version(name)
        if there != body:
            store.replace(name, body, version=version, content_type=content_type)
