"""Linking: near copies over the whole archive, day by day, each day's articles against all that came before them.

Incremental and restartable: a day that is over is compared once, and an object says so (`links/date=…/linked.json`).
Days that are not over are compared as far as they are there, and again when they are. What is found is written as links
beside the articles; records stay as they are. Segments are kept in a local folder, which may be deleted, and are mapped
into memory, so that what is held there does not grow with the archive but for a bit set a day.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from harvester.archive import ObjectStore, keys, new_run_id
from harvester.archive.claims import WINDOW
from harvester.archive.commits import CommitLog
from harvester.archive.lines import object_line
from harvester.archive.linked import LinkedDay
from harvester.archive.links import JSON_LINES, CopyLink, link_lines, links_of_day
from harvester.archive.manifest import Manifest
from harvester.archive.merged import merged_day
from harvester.archive.partitions import days_below, partitions
from harvester.archive.record import instant
from harvester.archive.segment import Segment
from harvester.candidates import Asked
from harvester.committing import commit_left, commit_manifest
from harvester.dedup.near import Kind, Likeness, Sketch, compare
from harvester.errors import ObjectExists, StoreError
from harvester.merging import Read, merge_day, segments_of_day
from harvester.segment_cache import SegmentCache

logger = logging.getLogger(__name__)

COMMAND = "link"
"""By which its manifests are known."""

LONGEST_DAY = timedelta(days=1) + WINDOW
"""From a day's beginning until nothing is added to it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article by the place of its sketch: segment and row. Sorts by when it appeared."""

    appeared_ms: int  # of its first revision
    id: str
    revision: int
    segment: int
    row: int

    def before(self, other: "Article") -> bool:
        return (self.appeared_ms, self.id) < (other.appeared_ms, other.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An article that another one copies."""

    article: Article
    similarity: float
    kind: Kind

    @property
    def rank(self) -> tuple[bool, int, str]:
        """The smallest is the one to name: the oldest that is not just copied in part."""
        return self.kind is Kind.PARTIAL, self.article.appeared_ms, self.article.id


@dataclass(slots=True, kw_only=True)
class LinkReport:
    """What `harvest link` has done."""

    days: int = 0  # compared
    articles: int = 0  # of these days
    merged_days: int = 0
    candidates: int = 0  # pairs that were compared
    links: int = 0  # new or changed
    damaged: list[str] = field(default_factory=list)  # segments; their articles were read from their records
    lost: list[str] = field(default_factory=list)  # records that could not be read


class Linking:
    """One pass over an archive."""

    def __init__(
        self,
        store: ObjectStore,
        cache: Path,
        now: Callable[[], datetime],
        *,
        said: Callable[[str], None],
        log: CommitLog | None = None,
    ) -> None:
        """`cache`: a folder for copies of segments. `said` is told of each day that is done."""
        self._store = store
        self._cache = SegmentCache(store, cache)
        self._now = now
        self._said = said
        self._segments: list[Segment] = []
        self._links: dict[date, dict[tuple[str, int], CopyLink]] = {}
        self._log = log or CommitLog(store)
        self.report = LinkReport()

    def run(self) -> LinkReport:
        """Compare the days that have not been compared. Raises StoreError."""
        listed = {found.key for found in self._store.list(keys.LINKS)}
        unseen = _unseen(listed)
        by_day: dict[date, list[str]] = {day: [] for day in days_below(self._store, keys.SEGMENTS)}
        for partition in partitions(self._store):
            by_day.setdefault(partition.day, []).append(partition.source)
        if unlinked := [day for day in by_day if keys.linked_key(day) not in listed]:
            commit_left(self._log, COMMAND, None, min(unlinked), self._now())  # of a pass that had begun with that day
        for day, sources in sorted(by_day.items()):
            closed = datetime.combine(day, datetime.min.time(), UTC) + LONGEST_DAY < self._now()
            first = len(self._segments)
            self._segments += self._merged(day, sources) if closed else self._as_they_are(day, sources)
            if closed and keys.linked_key(day) in listed:
                continue
            self._link_day(day, range(first, len(self._segments)), unseen.get(day, []), closed=closed)
        return self.report

    def _merged(self, day: date, sources: Sequence[str]) -> list[Segment]:
        """The segments of a day that is over; made of its records again where they are damaged."""
        try:
            merged = merged_day(self._store, day)
            if merged is None:
                merged = merge_day(self._store, day, sources, self._read())
                self.report.merged_days += 1
            return [self._cache.get(key) for key in merged.segments]
        except StoreError as error:
            logger.warning("%s: the day is compared without it", error)
            self.report.damaged.append(error.key)
            return self._as_they_are(day, sources)

    def _as_they_are(self, day: date, sources: Sequence[str]) -> list[Segment]:
        return list(segments_of_day(self._store, day, sources, self._read()))

    def _read(self) -> Read:
        """What is read of a day, booked in the report."""
        return Read(damaged=self.report.damaged, lost=self.report.lost)

    def _link_day(self, day: date, places: range, unseen: Sequence[str], *, closed: bool) -> None:
        found: dict[tuple[str, int], Original] = {}
        copies: dict[tuple[str, int], Article] = {}
        for place in places:
            for copy, original in self._pairs(place):
                name = (copy.id, copy.revision)
                if name not in found or original.rank < found[name].rank:
                    found[name], copies[name] = original, copy
        started_at = self._now()
        written = self._write(day, found, copies)
        self._make_visible(sorted({*written, *unseen}) if closed else written, started_at)
        self._links.clear()  # what was written is among them now
        if closed:
            self._put(keys.linked_key(day), LinkedDay(objects=written).to_json(), "application/json")
        articles = sum(len(self._segments[place]) for place in places)
        self.report.days += 1
        self.report.articles += articles
        self._said(f"{day}  {articles:,} articles, {len(found):,} copies{'' if closed else ' (the day is not over)'}")

    def _make_visible(self, written: Sequence[str], started_at: datetime) -> None:
        """Before the day is called linked, so that none is forgotten."""
        lines = [object_line(key, self._store.get(key), "links") for key in written]
        if not lines:
            return
        manifest = Manifest(
            run_id=new_run_id(started_at, secrets.token_hex(3)),
            source=None,
            command=COMMAND,
            after=self._log.head(),
            started_at=started_at,
            ended_at=self._now(),
            objects=lines,
        )
        commit_manifest(self._log, manifest)

    # Pairs

    def _pairs(self, place: int) -> Iterator[tuple[Article, Original]]:
        """Each article of a segment, or of those before it, that copies another of them, with that one."""
        asked = Asked(self._segments[place])
        others = list(enumerate(self._segments[: place + 1]))
        for _, segment in others:
            asked.count(segment)
        for other, segment in others:
            for row, other_row in asked.candidates(segment):
                yield from self._compared(place, row, other, other_row)

    def _compared(self, place: int, row: int, other: int, other_row: int) -> Iterator[tuple[Article, Original]]:
        mine, theirs = self._article(place, row), self._article(other, other_row)
        if mine.id == theirs.id:  # two revisions of one article
            return
        self.report.candidates += 1
        first, second = (theirs, mine) if theirs.before(mine) else (mine, theirs)
        likeness = self._likeness(second, first)
        if likeness is not None:
            yield second, Original(article=first, similarity=round(likeness.similarity, 4), kind=likeness.kind)

    def _article(self, place: int, row: int) -> Article:
        segment = self._segments[place]
        article_id, revision = segment.id(row), int(segment.revision[row])
        appeared_ms = int(segment.appeared_ms[row])
        if (revision, int(segment.derivation[row])) != (1, 1):
            appeared_ms = min(appeared_ms, self._first_appeared_ms(article_id, place))
        return Article(appeared_ms=appeared_ms, id=article_id, revision=revision, segment=place, row=row)

    def _first_appeared_ms(self, article_id: str, until: int) -> int:
        """When the first of an article's rows in segments up to this one appeared: a correction makes it no younger."""
        rows = ((segment, segment.row_of(article_id)) for segment in self._segments[: until + 1])
        return next(int(segment.appeared_ms[row]) for segment, row in rows if row is not None)

    def _likeness(self, copy: Article, original: Article) -> Likeness | None:
        try:
            return compare(self._sketch(copy), self._sketch(original))
        except ValueError as error:
            logger.warning("%s and %s can't be compared: %s", copy.id, original.id, error)
            return None

    def _sketch(self, article: Article) -> Sketch:
        return Sketch.from_bytes(self._segments[article.segment].sketch(article.row))

    # Links

    def _write(
        self, day: date, found: Mapping[tuple[str, int], Original], copies: Mapping[tuple[str, int], Article]
    ) -> list[str]:
        """Write what is not known yet; keys of the objects written."""
        by_day: dict[date, list[CopyLink]] = {}
        for name, original in found.items():
            copy = copies[name]
            if self._is_news(copy, original.article):
                self.report.links += 1
                link = self._link(copy, original)
                for one in {self._segments[copy.segment].day, self._segments[original.article.segment].day}:
                    by_day.setdefault(one, []).append(link)
        written = []
        for one, links in sorted(by_day.items()):
            body = link_lines(links)
            written.append(keys.batch_links_key(one, day, hashlib.sha256(body).hexdigest()))
            self._put(written[-1], body, JSON_LINES)
        return written

    def _is_news(self, copy: Article, original: Article) -> bool:
        """Is an older original known of the copy now, or one at all?"""
        if self._known_original(original) == copy.id:
            return False
        known_id = self._known_original(copy)
        if known_id is None or known_id == original.id:
            return known_id is None
        known = self._found(known_id)
        return known is None or original.before(known)

    def _known_original(self, copy: Article) -> str | None:
        """What the copy's record says that it copies, or a link that was written later."""
        segment = self._segments[copy.segment]
        if segment.day not in self._links:
            self._links[segment.day] = self._links_of(segment.day)
        link = self._links[segment.day].get((copy.id, copy.revision))
        return link.copy_of if link else segment.original(copy.row)

    def _links_of(self, day: date) -> dict[tuple[str, int], CopyLink]:
        try:
            return links_of_day(self._store, day)
        except StoreError as error:
            logger.warning("%s: what it says is found again", error)
            return {}

    def _found(self, article_id: str) -> Article | None:
        """An article by its id, in its first derivation that a segment tells of."""
        for place, segment in enumerate(self._segments):
            row = segment.row_of(article_id)
            if row is not None:
                return self._article(place, row)
        return None

    def _link(self, copy: Article, original: Original) -> CopyLink:
        segment = self._segments[copy.segment]
        return CopyLink(
            id=copy.id,
            revision=copy.revision,
            source=segment.sources[segment.source[copy.row]],
            copy_of=original.article.id,
            similarity=original.similarity,
            copy_kind=original.kind.value,
            linked_at=instant(self._now()),
        )

    def _put(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object that an attempt which was broken off may have written."""
        with suppress(ObjectExists):
            self._store.put_new(key, body, content_type=content_type)


def _unseen(listed: Iterable[str]) -> dict[date, list[str]]:
    """Links that may be visible by no commit, as their writer was killed, by the day with which they are made so.

    Those of a run by the day under which they stand, those of an earlier pass by the day that it compared.
    """
    found: dict[date, list[str]] = {}
    for key in sorted(listed):
        day = keys.parse_batch_links_key(key) or keys.parse_run_links_key(key)
        if day is not None:
            found.setdefault(day, []).append(key)
    return found
