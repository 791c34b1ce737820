"""Tidings: what a source's part of a run tells readers and other machines beside its articles.

Links of copies, marks on stored articles, revisits of unchanged pages, segments of sketches; and from time to time a
checkpoint.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count

from harvester.archive import ObjectStore, keys
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.lines import object_line
from harvester.archive.links import JSON_LINES, CopyLink, link_lines
from harvester.archive.manifest import ManifestObject
from harvester.archive.marks import Mark
from harvester.archive.partitions import in_order
from harvester.archive.record import ArticleRecord, instant
from harvester.archive.revisit import RevisitRoll
from harvester.archive.writer import GZIP
from harvester.checkpoints import MANIFESTS, checkpoint_bytes, checkpoint_of
from harvester.dedup.near import Sketch
from harvester.errors import ObjectExists
from harvester.frontier import ClosedPage
from harvester.index import Index, KnownArticle
from harvester.page import Page
from harvester.segments import SegmentBuilder
from harvester.sync import OVERLAP
from harvester.verdict import CopyOf


@dataclass(slots=True, kw_only=True)
class Tidings:
    """Gathered while the source is harvested, written at the end, before the manifest that names them."""

    source: str
    run_id: str
    store: ObjectStore
    index: Index
    now: Callable[[], datetime]
    _segments: SegmentBuilder = field(default_factory=SegmentBuilder)
    _links: dict[date, list[CopyLink]] = field(default_factory=dict)  # by the day under which the records stand
    _revisits: RevisitRoll = field(init=False)
    _rolls: list[ManifestObject] = field(default_factory=list)  # of revisits, written already
    _roll_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._revisits = RevisitRoll(run_id=self.run_id)

    def enter(self, known: KnownArticle, taken: Sketch, similarity: float) -> None:
        """Enter an article that the bucket has; the segment says when its first revision appeared."""
        self.index.enter(known, taken, similarity=similarity)
        first = self.index.articles.get(known.id) or known
        self._segments.add(replace(known, appeared_at=first.appeared_at), taken, similarity)

    def link(self, article_id: str, revision: int, source: str, copy: CopyOf, days: Iterable[date]) -> None:
        """Under the original's day, where its copies are looked for, and the copy's if its record does not say."""
        link = CopyLink(
            id=article_id,
            revision=revision,
            source=source,
            copy_of=copy.id,
            similarity=copy.similarity,
            copy_kind=copy.kind.value,
            linked_at=instant(self.now()),
        )
        for day in days:
            self._links.setdefault(day, []).append(link)

    def revisit(self, page: Page, record: ArticleRecord) -> None:
        """Enter a page that was fetched again and is the record's, byte for byte; threads may do so at once.

        A full roll is written at once. Raises StoreError.
        """
        if full := self._revisits.add(page, record):
            self._rolls.append(self._put_roll(full))

    def _put_roll(self, roll: bytes) -> ManifestObject:
        key = keys.revisits_key(self.source, self.now().date(), self.run_id, next(self._roll_numbers))
        return self._put(key, roll, "capture", GZIP)

    def drop(self, ids: Set[str]) -> None:
        """These articles were taken down while the source was harvested: tell nothing of them."""
        self._segments.drop(ids)
        for day, links in self._links.items():
            self._links[day] = [link for link in links if link.id not in ids]

    def write(self, closed: Iterable[ClosedPage]) -> Iterator[ManifestObject]:
        """Write all of it; each object that was written. Raises StoreError."""
        marks = [mark for page in closed if (mark := self._mark(page)) is not None]
        yield from (written for written in in_order(self._put_mark, marks) if written is not None)
        yield from self._rolls
        if rest := self._revisits.rest():
            yield self._put_roll(rest)
        for day, links in self._links.items():
            if not links:
                continue
            key = keys.run_links_key(day, self.run_id, self.source)
            yield self._put(key, link_lines(links), "links", JSON_LINES)
        for segment in self._segments.built():
            key = keys.segment_key(segment.day, self.run_id, self.source)
            yield self._put(key, segment.to_bytes(), "segment", CONTENT_TYPE)
            self.index.taken.put(key, segment.day)

    def _mark(self, page: ClosedPage) -> Mark | None:
        if page.mark is None or page.article_id is None:
            return None
        return Mark(
            id=page.article_id,
            source=self.source,
            mark=page.mark,
            url=page.link.url,
            http_status=page.http_status,
            final_url=page.final_url,
            at=instant(page.closed_at),
            run_id=self.run_id,
        )

    def _put_mark(self, mark: Mark) -> ManifestObject | None:
        key = keys.mark_key(self.source, self.now().date(), mark.id, mark.name)
        with suppress(ObjectExists):  # another run has noticed it today
            return self._put(key, mark.to_json(), "mark", "application/json")
        return None

    def _put(self, key: str, body: bytes, kind: str, content_type: str) -> ManifestObject:
        self.store.put_new(key, body, content_type=content_type)
        return object_line(key, body, kind)

    def write_checkpoint(self) -> None:
        """From time to time, so that a fresh machine need not read all manifests. Raises StoreError."""
        taken = self.index.taken
        synced = taken.synced_day(self.source)
        if synced is None or taken.behind(self.source) < MANIFESTS or taken.unseen(self.source):
            return  # what another run is about to make visible must not be known by a checkpoint alone
        body = checkpoint_bytes(checkpoint_of(self.index, self.source, synced - OVERLAP))
        self.store.put_new(keys.checkpoint_key(self.source, self.run_id), body, content_type=CONTENT_TYPE)
        taken.checkpoint(self.source)

    def forget(self) -> None:
        """Let go of what has been gathered."""
        self._segments = SegmentBuilder()
        self._links.clear()
        self._revisits.rest()
        self._rolls.clear()
