"""Bring the local index up to date with the bucket, which is the truth.

Segments say which articles of the last days there are, of all sources, for copies. Manifests of runs say what was
stored and looked at of a source. A run that was killed has left articles that neither of them names; those are found by
listing the source's recent days. With a fresh cache a source's latest checkpoint stands for all days before it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from harvester.archive import ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestObject, parse_manifest
from harvester.archive.merged import MergedDay, merged_day
from harvester.archive.partitions import days_below, in_order
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.segment import Segment, SegmentArticle
from harvester.checkpoints import enter_checkpoint, latest_checkpoint
from harvester.dedup import Sketch, sketch
from harvester.errors import ObjectMissing, StoreError
from harvester.index import ROWS_AT_ONCE, Index, KnownArticle, KnownPage
from harvester.index.sites import EditHabit
from harvester.known import known_article, known_page, known_record
from harvester.link import Validators
from harvester.outcomes import FORGOTTEN, Outcome
from harvester.urls import article_id
from harvester.verdict import COPY_WINDOW

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=1)
"""Days listed again: clocks differ, and a run writes its manifest after its articles."""

READERS = 16
"""Objects fetched at once; below boto3's pool."""

SEGMENTS_AHEAD = 4
"""Segments held at once; a merged one may have 45 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """An article that stands in the bucket and that no manifest names: a run was killed, or is still at work."""

    key: str
    body: bytes
    record: ArticleRecord
    sketch: Sketch


# The window


def sync_window(index: Index, store: ObjectStore, now: datetime) -> None:
    """Take over the sketches of all articles that were stored lately, wherever. Raises StoreError.

    A segment that is damaged or has gone is named and left out; the others are used.
    """
    first = (now - COPY_WINDOW - OVERLAP).date()
    for day in index.window.forget_before(first):
        index.articles.unsketched(day)  # should a clock have been ahead, the day comes back
    index.taken.forget_before(keys.SEGMENTS, first)
    index.window.sweep()
    for day in index.window.lost_days():
        index.articles.unsketched(day)
        index.taken.forget_day(keys.SEGMENTS, day)
    days = [first + timedelta(days=number) for number in range((now.date() - first).days + 2)]
    days = [day for day in days if not index.taken.has(keys.merge_key(day))]
    for day, listed in zip(days, in_order(lambda day: _listed_segments(store, day), days), strict=True):
        _enter_day(index, store, day, listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A day's segments as they were listed."""

    single: frozenset[str]  # keys
    merged: MergedDay | None


def _listed_segments(store: ObjectStore, day: date) -> _Listed:
    listed = {found.key for found in store.list(keys.segments_prefix(day))}
    named = ((key, keys.parse_segment_key(key)) for key in listed)
    single = frozenset(key for key, parsed in named if parsed is not None and parsed.run_id is not None)
    return _Listed(single=single, merged=_merged(store, day) if keys.merge_key(day) in listed else None)


def _enter_day(index: Index, store: ObjectStore, day: date, listed: _Listed) -> None:
    """Enter a day's segments that have not been read yet: the merged ones, where none of what they cover has been.

    A day that is merged is over, and all of its articles are in the merged ones: it is not listed again.
    """
    merged, single = listed.merged, listed.single
    covered = frozenset(merged.covers) if merged else frozenset()
    if merged and not any(map(index.taken.has, covered)) and _enter_segments(index, store, day, merged.segments):
        single -= covered
    read = _enter_segments(index, store, day, sorted(key for key in single if not index.taken.has(key)))
    if merged and read:
        index.taken.put(keys.merge_key(day), day)


def _enter_segments(index: Index, store: ObjectStore, day: date, wanted: Sequence[str]) -> bool:
    """Could all of these segments be read?"""
    sound = True
    segments = in_order(lambda key: _segment(store, key), wanted, ahead=SEGMENTS_AHEAD)
    for key, segment in zip(wanted, segments, strict=True):
        if segment is None:
            sound = False
        else:
            _enter_segment(index, key, segment)
            index.taken.put(key, day)
    return sound


def _merged(store: ObjectStore, day: date) -> MergedDay | None:
    try:
        return merged_day(store, day)
    except StoreError as error:
        logger.warning("%s: the segments that were merged are read instead", error)
        return None


def _segment(store: ObjectStore, key: str) -> Segment | None:
    try:
        return Segment.from_bytes(store.get(key), key)
    except StoreError as error:
        logger.warning("%s: left out; copies of its articles are found by `harvest link`", error)
        return None


def _enter_segment(index: Index, key: str, segment: Segment) -> None:
    articles = segment.articles()
    while some := list(islice(articles, ROWS_AT_ONCE)):
        with index.batch():
            for article in some:
                enter_sketched(index, article, segment.day, key)


def enter_sketched(index: Index, article: SegmentArticle, day: date, key: str) -> None:
    """Enter an article of which a segment tells."""
    try:
        taken = Sketch.from_bytes(article.sketch, article.keys)
    except ValueError as error:
        logger.warning("%s: %s: left out: %s", key, article.id, error)
        return
    known = KnownArticle(
        id=article.id,
        source=article.source,
        address=None,
        day=day,
        revision=article.revision,
        derivation=article.derivation,
        copy_of=article.copy_of,
        first_at=article.fetched_at,
        appeared_at=article.appeared_at,
        fetched_at=article.fetched_at,
    )
    index.enter(known, taken, similarity=article.similarity)


# A source's manifests


def sync_manifests(index: Index, log: CommitLog, sources: Iterable[str], now: datetime) -> None:
    """Take over what runs, here and elsewhere, have stored of these sources; once a run. Raises StoreError.

    A manifest that is damaged or has gone is named and left out; its articles are found by listing them. One that no
    commit has made visible, as its run was killed just then, gets its commit.
    """
    store, today = log.store, now.date()
    names = set(sources)
    unknown = sorted(name for name in names if _since(index, name, today) == date.min)
    for checkpoint in in_order(lambda name: latest_checkpoint(store, name, today + OVERLAP), unknown):
        if checkpoint is not None:
            enter_checkpoint(index, checkpoint)
    wanted = list(_new_manifests(index, store, names, today))
    for key, body in zip(wanted, in_order(lambda key: _body(store, key), wanted), strict=True):
        if body is not None and (manifest := _manifest(key, body)) is not None:
            log.append(key, body, kind=CommitKind.MANIFEST, at=now, after=manifest.after, source=manifest.source)
            _enter_manifest(index, key, manifest)


def _body(store: ObjectStore, key: str) -> bytes | None:
    """None where the object has gone. Raises StoreError where the store does not answer."""
    try:
        return store.get(key)
    except ObjectMissing as error:
        _leave_out(error)
        return None


def _manifest(key: str, body: bytes) -> Manifest | None:
    try:
        return parse_manifest(body, key)
    except StoreError as error:
        _leave_out(error)
        return None


def _leave_out(error: StoreError) -> None:
    logger.warning("%s: left out; its articles are found by listing them", error)


def _new_manifests(index: Index, store: ObjectStore, names: set[str], today: date) -> Iterator[str]:
    """Keys of manifests not read yet, of these sources since they were last taken over."""
    since = {name: _since(index, name, today) for name in names}
    unknown = [name for name, day in since.items() if day == date.min]
    since |= zip(unknown, in_order(lambda name: _first_day(store, name, today), unknown), strict=True)
    first = min(since.values(), default=date.max)
    days = [day for day in sorted(days_below(store, keys.RUNS)) if day >= first]
    for day, listed in zip(days, in_order(lambda day: list(store.list(keys.runs_prefix(day))), days), strict=True):
        for found in listed:
            named = keys.parse_run_key(found.key)
            if named is None or named.source not in names or index.taken.has(found.key):
                continue
            if day >= since[named.source]:
                yield found.key


def _first_day(store: ObjectStore, source: str, today: date) -> date:
    """The day before a source's first article; what its manifests before that have said is found out again."""
    return min(days_below(store, keys.articles_prefix(source)), default=today) - OVERLAP


def _since(index: Index, source: str, today: date) -> date:
    """The first day to list for a source: a little before it was last taken over, or the beginning.

    A day that is to come is the word of a clock that was ahead: nobody knows what it knew.
    """
    synced = index.taken.synced_day(source)
    return synced - OVERLAP if synced and synced <= today + OVERLAP else date.min


def _enter_manifest(index: Index, key: str, manifest: Manifest) -> None:
    source = manifest.source or ""  # those that are no one source's are not asked for
    with index.batch():
        for written in manifest.objects:
            if isinstance(written, ManifestArticle) and (known := known_article(source, written)):
                index.enter(known, None)
        index.taken.seen(written.key for written in manifest.objects)
        for page in manifest.pages:
            if page.reason not in FORGOTTEN:
                index.pages.put(known_page(source, page))
        for read in manifest.lists:
            validators = Validators(etag=read.etag, last_modified=read.last_modified)
            index.lists.put_validators(source, read.url, validators or None)
        for untrue in manifest.untrue_canonicals:
            index.sites.put_lie(source, untrue.canonical_url, untrue.url, manifest.ended_at.timestamp())
        if manifest.entry_points:
            index.lists.put_entry_points(source, manifest.entry_points, manifest.ended_at.timestamp())
        outcomes = [page.outcome for page in manifest.pages]
        edits = outcomes.count(Outcome.REVISED)
        index.sites.add(source, EditHabit(looks=outcomes.count(Outcome.UNCHANGED) + edits, edits=edits))
        named = keys.parse_run_key(key)
        index.taken.manifest(key, named.day if named else manifest.ended_at.date(), source)


# Articles that no manifest names


def sync_orphans(index: Index, store: ObjectStore, source: str, now: datetime, listed_on: date) -> list[Orphan]:
    """Take over a source's articles that no manifest names; then the index knows all of it. Raises StoreError.

    Those that were taken over or stored before, by a run that was killed, are among them again. `listed_on`: the day on
    which manifests were listed, so that the next run lists them from there.
    """
    since = _since(index, source, now.date())
    days = [day for day in days_below(store, keys.articles_prefix(source)) if day >= since]
    unknown = [
        found.key
        for day in days
        for found in store.list(keys.articles_prefix(source, day))
        if not _is_known(index, found.key)
    ]
    unknown = list(dict.fromkeys([*index.taken.unseen(source), *unknown]))
    with ThreadPoolExecutor(READERS) as pool:
        bodies = zip(unknown, pool.map(lambda key: _body(store, key), unknown), strict=True)
        orphans = [orphan for key, body in bodies if body and (orphan := _orphan(key, body)) is not None]
    for orphan in orphans:
        _enter_orphan(index, orphan)
    index.taken.put_unseen(source, (orphan.key for orphan in orphans))
    index.taken.put_synced_day(source, listed_on)
    return orphans


def adopted(orphan: Orphan, store: ObjectStore) -> Iterator[ManifestArticle | ManifestObject]:
    """The lines of an orphan and its capture in the manifest of the run that has found it. Raises StoreError."""
    record = orphan.record
    if record.capture is not None and (capture := _body(store, record.capture.key)) is not None:
        yield object_line(record.capture.key, capture, "capture")
    yield article_line(record, orphan.key, orphan.body, record.capture.sha256 if record.capture else None)


def _is_known(index: Index, key: str) -> bool:
    named = keys.parse_article_key(key)
    if named is None:  # not ours
        return True
    known = index.articles.get(named.id)
    if known is None or known.content is None:
        return False
    return (known.revision, known.derivation) >= (named.revision, named.derivation)


def _orphan(key: str, body: bytes) -> Orphan | None:
    try:
        record = parse_record(body, key)
    except StoreError as error:
        logger.warning("left out: %s", error)
        return None
    return Orphan(key=key, body=body, record=record, sketch=sketch(record.title, record.text))


def _enter_orphan(index: Index, orphan: Orphan) -> None:
    """Enter a stored article and its addresses from the record itself."""
    record = orphan.record
    at = datetime.fromisoformat(record.fetched_at).astimezone(UTC).timestamp()
    with index.batch():
        index.enter(known_record(orphan.key, record), orphan.sketch, similarity=record.similarity or 0)
        for url in {record.url, record.canonical_url, *record.other_urls}:
            page = KnownPage(
                source=record.source,
                address=article_id(record.source, url),
                url=record.url,
                outcome=Outcome.STORED,
                article_id=record.id,
                first_at=int(at),
                checked_at=int(at),
                changed_at=int(at),
            )
            index.pages.put(page)
