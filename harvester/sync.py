"""Bring the local index up to date with the bucket, which is the truth.

Manifests of runs say what was stored and what was looked at. A run that was killed has left articles without a
manifest; those are found by listing the source's recent days. With a fresh cache all days are listed.
"""

import base64
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from harvester.archive import ObjectStore, keys
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestPage, parse_manifest
from harvester.archive.record import ArticleRecord, parse_record
from harvester.dedup.near import Sketch, sketch
from harvester.errors import StoreError
from harvester.index import Index, KnownArticle, KnownPage
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason
from harvester.urls import url_key
from harvester.verdict import COPY_WINDOW

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=1)
"""Days listed again: clocks differ, and a run writes its manifest after its articles."""

READERS = 16
"""Objects fetched at once; below boto3's pool."""


def sync_manifests(index: Index, store: ObjectStore, sources: Iterable[str], now: datetime) -> None:
    """Take over what runs, here and elsewhere, have stored of these sources, and of all lately (for copies).

    Once a run, before its sources. Raises StoreError.
    """
    for key in _new_manifests(index, store, set(sources), now.date()):
        _enter_manifest(index, key, parse_manifest(store.get(key), key))
    index.forget_shingles((now - COPY_WINDOW - OVERLAP).timestamp())


def sync_orphans(index: Index, store: ObjectStore, source: str, now: datetime) -> None:
    """Take over a source's articles that no manifest names; then the index knows all of it. Raises StoreError."""
    _enter_orphans(index, store, source)
    index.put_synced_day(source, now.date().isoformat())


def _new_manifests(index: Index, store: ObjectStore, names: set[str], today: date) -> list[str]:
    """Keys of manifests not read yet: of these sources since they were last taken over, of others in the window."""
    since = {name: _since(index, name) for name in names}
    window = today - COPY_WINDOW
    found: list[str] = []
    for day in sorted(_days(store, keys.RUNS)):
        if day < min([window, *since.values()]):
            continue
        for listed in store.list(keys.runs_prefix(day)):
            named = keys.parse_run_key(listed.key)
            if named is None or named.source is None or index.has_segment(listed.key):
                continue
            if day >= min(window, since.get(named.source, window)):
                found.append(listed.key)
    return found


def _since(index: Index, source: str) -> date:
    """The first day to list for a source: a little before it was last taken over, or the beginning."""
    synced = index.synced_day(source)
    return date.fromisoformat(synced) - OVERLAP if synced else date.min


def _days(store: ObjectStore, prefix: str) -> list[date]:
    return [day for found in store.prefixes(prefix) if (day := keys.parse_day(found)) is not None]


def _enter_manifest(index: Index, key: str, manifest: Manifest) -> None:
    with index.batch():
        for written in manifest.objects:
            if isinstance(written, ManifestArticle):
                enter_object(index, manifest.source, written)
        for page in manifest.pages:
            index.put_page(_known_page(manifest.source, page))
        for read in manifest.lists:
            validators = Validators(etag=read.etag, last_modified=read.last_modified)
            index.put_validators(manifest.source, read.url, validators or None)
        if manifest.entry_points:
            index.put_entry_points(manifest.source, manifest.entry_points, manifest.ended_at.timestamp())
        index.put_segment(key)


def enter_object(index: Index, source: str, written: ManifestArticle) -> None:
    """Enter a stored article revision from its line in a manifest."""
    taken = base64.b64decode(written.sketch) if written.sketch else None
    at = written.fetched_at.timestamp()
    article = KnownArticle(
        id=written.id,
        source=source,
        url=written.url,
        key=written.key,
        revision=written.revision,
        derivation=written.derivation,
        content_sha256=written.content_sha256,
        payload_sha256=written.payload_sha256,
        copy_of=written.copy_of,
        sketch=taken,
        first_at=at,
        fetched_at=at,
    )
    index.put_article(article, Sketch.from_bytes(taken).keys if taken else ())


def _known_page(source: str, page: ManifestPage) -> KnownPage:
    at = page.at.timestamp()
    return KnownPage(
        source=source,
        key=url_key(page.url),
        url=page.url,
        outcome=Outcome(page.outcome),
        reason=Reason(page.reason) if page.reason else None,
        article_id=page.article_id,
        modified=page.modified,
        first_at=at,
        checked_at=at,
    )


def _enter_orphans(index: Index, store: ObjectStore, source: str) -> None:
    """Enter articles that stand in the bucket and in no manifest: a run was killed, or is still at work."""
    since = _since(index, source)
    unknown = []
    for day in _days(store, keys.articles_prefix(source)):
        if day >= since:
            listed = (found.key for found in store.list(keys.articles_prefix(source, day)))
            unknown += [key for key in listed if not _is_known(index, key)]
    with ThreadPoolExecutor(READERS) as pool:
        for key, body in zip(unknown, pool.map(store.get, unknown), strict=True):
            _enter_orphan(index, key, body)


def _is_known(index: Index, key: str) -> bool:
    named = keys.parse_article_key(key)
    if named is None:  # not ours
        return True
    known = index.article(named.id)
    return known is not None and (known.revision, known.derivation) >= (named.revision, named.derivation)


def _enter_orphan(index: Index, key: str, body: bytes) -> None:
    try:
        record = parse_record(body)
    except StoreError as error:
        logger.warning("%s: left out: %s", key, error)
        return
    enter_record(index, key, record)


def enter_record(index: Index, key: str, record: ArticleRecord) -> None:
    """Enter a stored article and its address from the record itself."""
    at = datetime.fromisoformat(record.fetched_at).astimezone(UTC).timestamp()
    taken = sketch(record.title, record.text)
    article = KnownArticle(
        id=record.id,
        source=record.source,
        url=record.url,
        key=key,
        revision=record.revision,
        derivation=record.derivation.number,
        content_sha256=record.content_sha256,
        payload_sha256=record.capture.sha256 if record.capture else None,
        copy_of=record.copy_of,
        sketch=taken.to_bytes(),
        first_at=at,
        fetched_at=at,
    )
    with index.batch():
        index.put_article(article, taken.keys)
        for url in {record.url, record.canonical_url}:
            page = KnownPage(
                source=record.source,
                key=url_key(url),
                url=record.url,
                outcome=Outcome.STORED,
                article_id=record.id,
                first_at=at,
                checked_at=at,
            )
            index.put_page(page)
