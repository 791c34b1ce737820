"""Merging: a closed day's segments become few large ones, in which each article of that day is, whoever wrote it."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from harvester.archive import ObjectStore, keys
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.keys import ArticleKey
from harvester.archive.merged import MergedDay, merged_day
from harvester.archive.partitions import Partition, article_keys, in_order
from harvester.archive.record import parse_record
from harvester.archive.segment import Segment, SegmentArticle
from harvester.dedup import sketch
from harvester.errors import ObjectExists, ObjectMissing, StoreError
from harvester.known import known_record
from harvester.segments import segment_article
from harvester.sync import SEGMENTS_AHEAD

logger = logging.getLogger(__name__)

MOST_ARTICLES = 100_000
"""Of one merged segment: some 45 MB, and 200 MB while it is made."""


@dataclass(slots=True, kw_only=True)
class Read:
    """Keys of what was read of a day, and of what could not be, which the log names."""

    segments: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)  # segments whose articles were read from their records instead
    lost: list[str] = field(default_factory=list)  # records that no segment tells of


def articles_of_day(store: ObjectStore, day: date, sources: Iterable[str], read: Read) -> Iterator[SegmentArticle]:
    """All articles whose records stand under this day, each derivation once: first those that segments tell of."""
    seen: set[tuple[bytes, int, int]] = set()
    for key, segment in _segments(store, day):
        (read.damaged if segment is None else read.segments).append(key)
        for article in segment.articles() if segment else ():
            name = (bytes.fromhex(article.id), article.revision, article.derivation)
            if name not in seen:
                seen.add(name)
                yield article
    partitions = [Partition(day=day, source=source) for source in sources]
    listed = in_order(lambda partition: article_keys(store, partition), partitions)
    unknown = (
        key for some in listed for key in some if (bytes.fromhex(key.id), key.revision, key.derivation) not in seen
    )
    for made in in_order(lambda key: _from_record(store, key), unknown):
        if isinstance(made, SegmentArticle):
            yield made
        else:
            read.lost.append(made)


def _segments(store: ObjectStore, day: date) -> Iterator[tuple[str, Segment | None]]:
    listed = (found.key for found in store.list(keys.segments_prefix(day)))
    wanted = sorted(key for key in listed if (named := keys.parse_segment_key(key)) and named.run_id)
    return zip(wanted, in_order(lambda key: _segment(store, key), wanted, ahead=SEGMENTS_AHEAD), strict=True)


def _segment(store: ObjectStore, key: str) -> Segment | None:
    """None where it is damaged or has gone. Raises StoreError where the store does not answer."""
    try:
        body = store.get(key)
    except ObjectMissing:
        body = b""
    try:
        return Segment.from_bytes(body, key)
    except StoreError as error:
        logger.warning("%s: its articles are read from their records instead", error)
        return None


def _from_record(store: ObjectStore, key: ArticleKey) -> SegmentArticle | str:
    """An article that no segment tells of; the key of a record that is damaged or has gone.

    Raises StoreError where the store does not answer: then the day must not be called merged.
    """
    try:
        body = store.get(str(key))
    except ObjectMissing:
        body = b""
    try:
        record = parse_record(body, str(key))
    except StoreError as error:
        logger.error("left out: %s", error)
        return str(key)
    taken = sketch(record.title, record.text)
    return segment_article(known_record(str(key), record), taken, record.similarity or 0.0)


def segments_of_day(store: ObjectStore, day: date, sources: Iterable[str], read: Read) -> Iterator[Segment]:
    """The same in segments of at most `MOST_ARTICLES`, one after the other."""
    articles = articles_of_day(store, day, sources, read)
    while some := list(islice(articles, MOST_ARTICLES)):
        yield Segment.of(day, some)


def merge_day(store: ObjectStore, day: date, sources: Iterable[str], read: Read) -> MergedDay:
    """Write a closed day's merged segments, and the object that names them; what another has written stays."""
    merged: list[str] = []
    sums: list[str] = []
    count = 0
    for segment in segments_of_day(store, day, sources, read):
        body = segment.to_bytes()
        sums.append(hashlib.sha256(body).hexdigest())
        merged.append(keys.merged_key(day, sums[-1]))
        count += len(segment)
        try:
            store.put_new(merged[-1], body, content_type=CONTENT_TYPE)
        except ObjectExists:
            logger.debug("%s: written by an earlier attempt", merged[-1])
    said = MergedDay(segments=merged, sha256=sums, covers=read.segments, articles=count)
    try:
        store.put_new(keys.merge_key(day), said.to_json(), content_type="application/json")
    except ObjectExists:
        return merged_day(store, day) or said
    return said
