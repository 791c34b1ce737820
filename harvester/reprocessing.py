"""Reprocessing: the whole archive, or a part, read again from its captures with today's extraction and furniture.

Each revision is read in its latest derivation; what comes out different may be written as the next one, beside it.
Written in batches, each with a draft before and a manifest and its commit after it, so that a pass may be killed
anywhere: the next one makes visible what the draft says, finds what is written the same, and goes on.
"""

import logging
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import islice

from harvester import __version__
from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.commits import CommitKind, CommitLog, visible_articles
from harvester.archive.drafts import Draft, DraftRecord, drafts_of
from harvester.archive.keys import ArticleKey
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestObject
from harvester.archive.partitions import Partition, article_days, article_keys, in_order
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.removals import objects_of, removed_ids
from harvester.bulk import Bulk
from harvester.clean import Furniture
from harvester.committing import commit_left, commit_manifest
from harvester.dedup import sketch
from harvester.errors import StoreError
from harvester.furniture_store import latest_furniture, save_furniture
from harvester.known import known_record
from harvester.outcomes import Outcome
from harvester.reclean import payload_of, young_in_archive
from harvester.rederiving import CHANGES, Fate, Knowledge, Rederived, crashed, rederived
from harvester.report import RunReport
from harvester.segments import SegmentBuilder
from harvester.source import Source, source_at
from harvester.storing import Stored, store_derivation

logger = logging.getLogger(__name__)

COMMAND = "reprocess"
"""By which its manifests are known."""

BATCH = 1000
"""Records with one manifest."""

BATCH_BYTES = 64 << 20
"""Of their records, held in memory until they are written."""

REBUILT_FROM = 40
"""Of a source's last articles its furniture is learned again where its state is lost, as runs do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of the archive, and what to do with what differs."""

    source: str | None = None
    since: date | None = None  # days (UTC) of harvest, inclusive: of a revision's first derivation
    until: date | None = None
    limit: int | None = None  # at most so many records are read
    accept: bool = False  # write the next derivations
    accept_losses: bool = False  # also of those that would lose more than half of their words
    jobs: int = 1


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came of a source's records."""

    fates: Counter[Fate] = field(default_factory=Counter)
    written: int = 0

    @property
    def read(self) -> int:
        return sum(self.fates.values())

    @property
    def changes(self) -> int:
        return sum(self.fates[fate] for fate in CHANGES)

    def add(self, other: "Counts") -> None:
        self.fates.update(other.fates)
        self.written += other.written

    def as_dict(self) -> dict[str, int]:
        counted = {str(fate): self.fates[fate] for fate in Fate if self.fates[fate]}
        return {"read": self.read, "changes": self.changes, "written": self.written, **counted}


@dataclass(slots=True, kw_only=True)
class _Pending:
    """What is going to be in the next manifest of a source."""

    records: list[ArticleRecord] = field(default_factory=list)
    size_bytes: int = 0
    objects: list[ManifestObject] = field(default_factory=list)  # that stand there already

    @property
    def is_full(self) -> bool:
        return len(self.records) >= BATCH or self.size_bytes >= BATCH_BYTES

    def add(self, record: bytes, key: str) -> None:
        self.records.append(parse_record(record, key))
        self.size_bytes += len(record)


class Reprocessing:
    """One pass. Nothing is written unless it is asked for."""

    def __init__(
        self,
        store: ObjectStore,
        sources: Mapping[str, Source],
        asked: Asked,
        now: Callable[[], datetime],
        *,
        log: CommitLog | None = None,
    ) -> None:
        """`sources`: those that are configured; pages of another one are read by their own address alone."""
        self._store = store
        self._sources = sources
        self._asked = asked
        self._now = now
        self._log = log or CommitLog(store)
        self._started_at = now()
        self.run_id = keys.new_run_id(self._started_at, secrets.token_hex(3))
        self._after = self._log.head() if asked.accept else 0
        self._writer = ArchiveWriter(store, now, known_since=self._started_at.date())
        self.counts: dict[str, Counts] = {}  # by source

    @property
    def total(self) -> Counts:
        total = Counts()
        for counts in self.counts.values():
            total.add(counts)
        return total

    def run(self) -> Iterator[tuple[str, Rederived]]:
        """Each record's source and fate, as it is found; what is to be written has been when the next ones come.

        Raises StoreError where the archive does not answer, or does not take what is written.
        """
        names = [self._asked.source] if self._asked.source else _sources(self._store)
        for name in names:
            left = None if self._asked.limit is None else self._asked.limit - self.total.read
            if left == 0:
                return
            self.counts[name] = Counts()
            for told in self._source(name, left):
                yield name, told

    def report(self, *, exit_code: int) -> RunReport | None:
        """Written to the archive where the pass has written anything. Raises StoreError."""
        if not self.total.written:
            return None
        ended_at = self._now()
        report = RunReport(
            run_id=self.run_id,
            version=__version__,
            started_at=self._started_at,
            ended_at=ended_at,
            settings=self._said() | {"counts": {name: one.as_dict() for name, one in self.counts.items()}},
            exit_code=exit_code,
            key=keys.report_key(ended_at.date(), self.run_id),
        )
        body = report.model_dump_json(indent=2).encode()
        self._store.put_new(report.key, body, content_type="application/json")
        self._log.append(report.key, body, kind=CommitKind.REPORT, at=ended_at, after=self._after)
        return report

    def _said(self) -> dict[str, object]:
        asked = self._asked
        return {
            "command": COMMAND,
            "archive": self._store.url,
            "source": asked.source,
            "since": asked.since.isoformat() if asked.since else None,
            "until": asked.until.isoformat() if asked.until else None,
            "limit": asked.limit,
            "accept_losses": asked.accept_losses,
        }

    # A source

    def _source(self, name: str, limit: int | None) -> Iterator[Rederived]:
        pending = _Pending()
        if self._asked.accept:
            for draft in drafts_of(self._store, name):
                self._complete(draft)
        known = self._knowledge(name, pending)
        chosen = islice(latest_derivations(self._store, name, since=self._asked.since, until=self._asked.until), limit)
        bulk: Bulk[str, Rederived] = Bulk(partial(rederived, known), crashed, self._asked.jobs)
        for told in bulk.answers(map(str, chosen)):
            self.counts[name].fates[told.fate] += 1
            if self._is_accepted(told) and told.record is not None:
                pending.add(told.record, told.key)
            if pending.is_full:
                self._write(name, pending)
                pending = _Pending()
            yield told
        if pending.records or pending.objects:
            self._write(name, pending)

    def _is_accepted(self, told: Rederived) -> bool:
        return self._asked.accept and (told.fate is not Fate.LOSS or self._asked.accept_losses)

    def _knowledge(self, name: str, pending: _Pending) -> Knowledge:
        """Today's furniture; where the state is lost it is learned from the last articles, and kept if we may write."""
        source = self._sources.get(name)
        furniture, key = latest_furniture(self._store, name)
        if key is None:
            furniture = self._rebuilt(name, source)
            if furniture.counted and self._asked.accept:
                key, body = save_furniture(self._store, name, furniture, None)
                pending.objects.append(object_line(key, body, "furniture"))
        return Knowledge.of(self._store, source, furniture, key)

    def _rebuilt(self, name: str, source: Source | None) -> Furniture:
        furniture = Furniture()
        last = deque(latest_derivations(self._store, name), REBUILT_FROM)
        if not last:
            return furniture
        reader = ArchiveReader(self._store)
        if source is None:
            source = source_at(reader.record(str(last[-1])).url, name)
        for one in young_in_archive(reader, source, {f"{key.id}-{key.revision}": str(key) for key in last}):
            furniture.learn(one.article, seen_at=one.record.fetched_at[:10])
        return furniture

    # Writing

    def _write(self, name: str, pending: _Pending) -> None:
        """A batch: draft, records, segments, manifest, commit. Raises StoreError."""
        started_at, run_id = self._now(), keys.new_run_id(self._now(), secrets.token_hex(3))
        draft = Draft(
            run_id=run_id,
            source=name,
            command=COMMAND,
            after=self._after,
            records=[_drafted(record) for record in pending.records],
        )
        if pending.records:
            self._store.put_new(draft.key, draft.to_json(), content_type="application/json")
        written = [stored for stored in in_order(self._stored, pending.records) if stored is not None]
        written = self._without_removed(name, written)
        self.counts[name].written += len(written)
        self._make_visible(name, run_id, started_at, self._after, written, pending.objects)
        self._drop(draft)

    def _stored(self, record: ArticleRecord) -> Stored | None:
        return store_derivation(record, payload_of(record), self._writer)

    def _without_removed(self, name: str, written: Sequence[Stored]) -> list[Stored]:
        """An article that was taken down since it was read does not come back."""
        removed = removed_ids(self._store, name) if written else frozenset()
        for stored in written:
            if stored.record.id in removed:
                for found in objects_of(self._store, name, stored.record.id):
                    self._store.delete(found.key)
        return [stored for stored in written if stored.record.id not in removed]

    def _make_visible(
        self,
        name: str,
        run_id: str,
        started_at: datetime,
        after: int,
        written: Iterable[Stored],
        others: Iterable[ManifestObject] = (),
    ) -> None:
        """Segments, manifest and commit of records that the bucket has."""
        segments = SegmentBuilder()
        objects: list[ManifestArticle | ManifestObject] = list(others)
        for stored in written:
            segments.add(known_record(stored.key, stored.record), stored.sketch, stored.record.similarity or 0.0)
            objects += stored.objects
        for segment in segments.built():
            key = keys.segment_key(segment.day, run_id, name)
            body = segment.to_bytes()
            self._store.put_new(key, body, content_type=CONTENT_TYPE)
            objects.append(object_line(key, body, "segment"))
        if objects:
            manifest = Manifest(
                run_id=run_id,
                source=name,
                command=COMMAND,
                after=after,
                started_at=started_at,
                ended_at=self._now(),
                objects=objects,
                extra={"of": self.run_id},
            )
            commit_manifest(self._log, manifest)

    def _complete(self, draft: Draft) -> None:
        """Make visible what a pass that was killed has written and nobody has made visible; then its draft goes."""
        drafted = {(one.id, one.revision, one.derivation) for one in draft.records}
        first = keys.run_day(draft.run_id)
        commit_left(self._log, COMMAND, draft.source, first, self._now())
        found = [
            key
            for day in article_days(self._store, draft.source)
            if day >= first
            for key in article_keys(self._store, Partition(day=day, source=draft.source))
            if (key.id, key.revision, key.derivation) in drafted
        ]
        visible = self._visible(draft.source, draft.after) if found else set()
        unseen = [str(key) for key in found if str(key) not in visible]
        standing = [stored for stored in in_order(self._standing, unseen) if stored is not None]
        written = self._without_removed(draft.source, standing)
        now = self._now()
        run_id = keys.new_run_id(now, secrets.token_hex(3))
        self._make_visible(draft.source, run_id, now, draft.after, written)
        self._drop(draft)

    def _drop(self, draft: Draft) -> None:
        """A draft that has done its work; one that stays is of no use and does no harm."""
        try:
            self._store.delete(draft.key)
        except StoreError as error:
            logger.warning("%s", error)

    def _visible(self, source: str, after: int) -> set[str]:
        """Records of a source that commits after a number have made visible."""
        commits = (one for one in self._log.read(after) if one.kind is CommitKind.MANIFEST and one.source == source)
        return {line.key for one in commits for line in visible_articles(one, self._log.manifest(one))}

    def _standing(self, key: str) -> Stored | None:
        """A record that stands in the bucket, as storing it would have told; None where it is damaged or has gone."""
        try:
            body = self._store.get(key)
            record = parse_record(body, key)
        except StoreError as error:
            logger.error("left out: %s", error)
            return None
        line = article_line(record, key, body, payload_of(record))
        taken = sketch(record.title, record.text)
        return Stored(outcome=Outcome.STORED, record=record, key=key, objects=(line,), sketch=taken)


def _drafted(record: ArticleRecord) -> DraftRecord:
    return DraftRecord(id=record.id, revision=record.revision, derivation=record.derivation.number)


def latest_derivations(
    store: ObjectStore, source: str, *, since: date | None = None, until: date | None = None
) -> Iterator[ArticleKey]:
    """Of each revision of a source's articles its latest derivation, by the day of its first one.

    `since` and `until` are days (UTC) of that first derivation; of one that is lost, that of the next. What was taken
    down is left out. In memory: what has more than one derivation.
    """
    removed = removed_ids(store, source)
    days = [Partition(day=day, source=source) for day in article_days(store, source)]
    latest: dict[tuple[bytes, int], tuple[int, date, date]] = {}  # derivation, its day, day of the earliest seen
    for partition, listed in zip(days, in_order(lambda day: article_keys(store, day), days), strict=True):
        for key in listed:
            if key.derivation > 1:
                name = (bytes.fromhex(key.id), key.revision)
                number, day, first = latest.get(name, (0, partition.day, partition.day))
                latest[name] = (*max((number, day), (key.derivation, key.day)), min(first, key.day))

    def within(day: date) -> bool:
        return (since is None or day >= since) and (until is None or day <= until)

    for partition in days:
        for key in sorted(article_keys(store, partition)):
            name = (bytes.fromhex(key.id), key.revision)
            if key.derivation == 1 and key.id not in removed:
                number, day, _ = latest.pop(name, (1, key.day, key.day))
                if within(key.day):
                    yield ArticleKey(source=source, day=day, id=key.id, revision=key.revision, derivation=number)
    for (article, revision), (number, day, first) in sorted(latest.items()):
        if within(first) and article.hex() not in removed:
            yield ArticleKey(source=source, day=day, id=article.hex(), revision=revision, derivation=number)


def _sources(store: ObjectStore) -> list[str]:
    named = (keys.parse_source(prefix) for prefix in store.prefixes(keys.ARTICLES))
    return sorted(name for name in named if name is not None)
