"""Removing: an article taken out of the archive for good, in steps that may be broken off anywhere and begun again.

1. its tombstone, which says what is to go; from now on readers leave the article out and runs don't store it;
2. the commit that makes the tombstone visible;
3. the source's furniture without the words of its title;
4. its objects are deleted: those that the tombstone names, and what has come under its id since.

Whoever begins again takes the tombstone that is there, and what was done is done once more to no effect. A run that
stores the article at the same time sees the tombstone when it ends, or its objects are seen here: it writes before it
looks, and so do we.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import harvester.archive.removals as removals
from harvester.archive import ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.keys import ArticleKey
from harvester.archive.lines import object_line
from harvester.archive.manifest import Manifest
from harvester.archive.marks import Mark
from harvester.archive.partitions import article_keys, in_order, partitions
from harvester.archive.record import ArticleRecord, instant, parse_record
from harvester.archive.removals import Removal, RemovedObject, objects_of, removal_of
from harvester.committing import commit_manifest
from harvester.errors import ObjectExists, ObjectMissing, StoreError, UsageError
from harvester.furniture_removal import sightings_of, states_with_words, without_words
from harvester.urls import article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An article that may be taken down, or that was, and what stands of it in the archive."""

    source: str
    id: str
    title: str | None  # of its latest record that can be read
    objects: tuple[str, ...]  # keys of its records, captures and marks
    removal: Removal | None  # its tombstone, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What came of a take-down."""

    removal: Removal
    before: bool  # was it taken down by an earlier call, which this one may have completed?
    deleted: tuple[str, ...]  # keys of the objects that were there
    refused: tuple[StoreError, ...]  # of objects that could not be deleted


class Removing:
    """Take-downs from one archive."""

    def __init__(self, store: ObjectStore, now: Callable[[], datetime], *, log: CommitLog | None = None) -> None:
        self._store = store
        self._now = now
        self._log = log or CommitLog(store)

    def standing(self, id_or_prefix: str) -> Standing:
        """The article whose id is that, or begins so. Raises UsageError where there is none, or several."""
        prefix = id_or_prefix.lower()
        if not prefix or not set(prefix) <= set("0123456789abcdef") or len(prefix) > 32:
            raise UsageError(f"{id_or_prefix!r} is not an article's id, nor its beginning: 32 hex digits")
        removed = {(one.source, one.id): one for one in removals.removals_like(self._store, prefix)}
        found = {(key.source, key.id) for key in self._records_like(prefix)} | removed.keys()
        if not found:
            raise UsageError(f"there is no article {id_or_prefix!r} in {self._store.url}; nothing was removed")
        if len(found) > 1:
            some = ", ".join(sorted(found_id for _, found_id in found)[:3])
            raise UsageError(f"{id_or_prefix!r} fits {len(found)} articles: {some}, …; give more of the id")
        (source, found_id) = found.pop()
        objects = tuple(one.key for one in objects_of(self._store, source, found_id))
        title = next((record.title for record in _latest_first(self._records(objects))), None)
        return Standing(
            source=source, id=found_id, title=title, objects=objects, removal=removed.get((source, found_id))
        )

    def remove(self, article: Standing, reason: str) -> Removed:
        """Take the article down, or complete what was broken off. Raises StoreError where it could not even begin.

        An object that can't be deleted, as it is locked, is told in the answer; the tombstone and its commit stay.
        """
        removal, before = self._tombstone(article, reason)
        self._log.append(
            removal.key,
            self._store.get(removal.key),
            kind=CommitKind.REMOVAL,
            at=datetime.fromisoformat(removal.at),
            after=removal.after,
            source=removal.source,
        )
        self._forget_words(removal)
        deleted, refused = self._delete(removal)
        return Removed(removal=removal, before=before, deleted=tuple(deleted), refused=tuple(refused))

    # What is there

    def _records_like(self, prefix: str) -> Iterator[ArticleKey]:
        listed = in_order(lambda one: article_keys(self._store, one, prefix), partitions(self._store))
        return (key for some in listed for key in some)

    def _records(self, objects: Iterable[str]) -> list[ArticleRecord]:
        """Those of the objects that are records and can be read."""
        wanted = [key for key in objects if keys.parse_article_key(key) is not None]
        return [record for record in in_order(self._record, wanted) if record is not None]

    def _record(self, key: str) -> ArticleRecord | None:
        try:
            return parse_record(self._store.get(key), key)
        except StoreError:  # damaged or gone: it is deleted all the same
            return None

    # The tombstone

    def _tombstone(self, article: Standing, reason: str) -> tuple[Removal, bool]:
        """That stands there already, or a new one; and whether it stood there."""
        if article.removal is not None:
            return article.removal, True
        removal = self._made(article, reason)
        try:
            self._store.put_new(removal.key, removal.to_json(), content_type="application/json")
        except ObjectExists:
            return removal_of(self._store, article.source, article.id) or removal, True
        return removal, False

    def _made(self, article: Standing, reason: str) -> Removal:
        after = self._log.head()
        records = self._records(article.objects)
        states = [key for key, _ in states_with_words(self._store, article.source, records)]
        wanted = [*article.objects, *self._foreign_captures(article, records), *states]
        return Removal(
            id=article.id,
            source=article.source,
            reason=reason,
            at=instant(self._now()),
            after=after,
            objects=[one for one in in_order(self._named, wanted) if one is not None],
            content_sha256=sorted({record.content_sha256 for record in records}),
            addresses=sorted(self._addresses(article, records)),
            sightings=sorted(sightings_of(records)),
        )

    def _named(self, key: str) -> RemovedObject | None:
        """None where it has gone since it was listed."""
        try:
            body = self._store.get(key)
        except ObjectMissing:
            return None
        return RemovedObject(key=key, sha256=hashlib.sha256(body).hexdigest(), size=len(body))

    def _addresses(self, article: Standing, records: Iterable[ArticleRecord]) -> set[str]:
        urls = {url for record in records for url in (record.url, record.canonical_url, *record.other_urls)}
        marks = [key for key in article.objects if key.startswith(keys.MARKS)]
        for mark in in_order(self._mark, marks):
            if mark is not None:
                urls.add(mark.url)
        return {article.id, *(article_id(article.source, url) for url in urls)}

    def _mark(self, key: str) -> Mark | None:
        try:
            return Mark.from_json(self._store.get(key), key)
        except StoreError:
            return None

    def _foreign_captures(self, article: Standing, records: Iterable[ArticleRecord]) -> list[str]:
        """Captures that the article's records name and that stand under another id, unless that one's records do, too.

        A capture is named by the article that it was written for, so under this article's id there are only its own.
        """
        named = {record.capture.key for record in records if record.capture is not None}
        return sorted(key for key in named - set(article.objects) if not self._is_anothers(key, article.id))

    def _is_anothers(self, capture: str, own_id: str) -> bool:
        parsed = keys.parse_capture_key(capture)
        if parsed is None:
            return True  # many articles' pages in one object
        if parsed.id == own_id:
            return False
        others = [one.key for one in objects_of(self._store, parsed.source, parsed.id)]
        return any(record.capture and record.capture.key == capture for record in self._records(others))

    # What goes

    def _forget_words(self, removal: Removal) -> None:
        """A state of furniture that knows nothing of the article takes the place of the latest, and is made visible."""
        started_at = self._now()
        after = self._log.head() if removal.sightings else 0
        written = without_words(self._store, removal.source, frozenset(removal.sightings))
        if written is None:
            return
        manifest = Manifest(
            run_id=keys.new_run_id(started_at, hashlib.sha256(written[1]).hexdigest()[:12]),
            source=removal.source,
            command="remove",
            after=after,
            started_at=started_at,
            ended_at=self._now(),
            objects=[object_line(*written, "furniture")],
        )
        commit_manifest(self._log, manifest)

    def _delete(self, removal: Removal) -> tuple[list[str], list[StoreError]]:
        """Keys of what was there and is gone, and what could not be deleted."""
        found = [one.key for one in objects_of(self._store, removal.source, removal.id)]
        wanted = dict.fromkeys([*found, *(one.key for one in removal.objects)])
        deleted: list[str] = []
        refused: list[StoreError] = []
        for key, there, error in in_order(self._deleted, wanted):
            if error is not None:
                refused.append(error)
            elif there:
                deleted.append(key)
        return deleted, refused

    def _deleted(self, key: str) -> tuple[str, bool, StoreError | None]:
        """The key, whether there was something to see, and why it could not be deleted. Older versions go, too."""
        try:
            there = self._store.size(key) is not None
            self._store.delete(key)
        except StoreError as error:
            return key, True, error
        return key, there, None


def _latest_first(records: Iterable[ArticleRecord]) -> list[ArticleRecord]:
    return sorted(records, key=lambda record: (record.revision, record.derivation.number), reverse=True)
