"""The same article, a revision, a copy, or new? Judged on the cleaned text, against what the archive holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from harvester.archive.removals import NOTHING_REMOVED, Removals
from harvester.article import Article
from harvester.dedup.near import WINDOW_DAYS, Kind, Likeness, Sketch, compare, sketch_of
from harvester.dedup.revision import about_hash, day_of, differs_about
from harvester.dedup.words import content_sha256_of, normalised_words
from harvester.index import Index, KnownArticle
from harvester.outcomes import Outcome
from harvester.urls import article_id

MIRRORED = {
    Kind.ABRIDGED: Kind.EXTENDED,
    Kind.EXTENDED: Kind.ABRIDGED,
    Kind.COPY: Kind.COPY,
    Kind.PARTIAL: Kind.PARTIAL,
}
"""What the second of two texts is to the first, by what the first is to the second."""

COPY_WINDOW = timedelta(days=WINDOW_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOf:
    """What an article copies."""

    id: str  # of the oldest article that this one copies
    day: date  # under which that one's record stands
    similarity: float  # 0 to 1
    kind: Kind  # what the copying article is to the other one


@dataclass(frozen=True, slots=True, kw_only=True)
class LateLink:
    """A stored article that turned out to copy the one being judged, which appeared before it."""

    article: KnownArticle
    copy: CopyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a cleaned article is to the archive."""

    outcome: Outcome  # STORED, REVISED, UNCHANGED or DUPLICATE; DISCARDED: it was taken down
    id: str
    revision: int
    content_sha256: str
    sketch: Sketch
    appeared_at: float  # seconds since the epoch; see `appeared_at`
    copy: CopyOf | None = None
    late_links: tuple[LateLink, ...] = ()
    untrue_canonical: bool = False  # does its declared canonical address stand for another text?


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An article that a run is about to store. Once the bucket has it, the index speaks for it."""

    id: str
    source: str
    address: str  # as in KnownArticle
    content_sha256: str
    sketch: Sketch
    appeared_at: float
    day: date  # under which its record will stand, or the next around midnight

    def has_content(self, content_sha256: str) -> bool:
        return self.content_sha256 == content_sha256


Holder = Claim | KnownArticle


@dataclass(slots=True)
class Claims:
    """What all sources of a run are about to store. Ask and claim without an `await` between."""

    by_id: dict[str, Claim] = field(default_factory=dict)
    _by_key: dict[int, set[str]] = field(default_factory=dict)

    def add(self, claim: Claim) -> None:
        self.by_id[claim.id] = claim
        for key in claim.sketch.keys.tolist():
            self._by_key.setdefault(key, set()).add(claim.id)

    def release(self, article: str) -> None:
        """The claimed article is stored, or could not be."""
        claim = self.by_id.pop(article, None)
        for key in claim.sketch.keys.tolist() if claim else ():
            holders = self._by_key.get(key, set())
            holders.discard(article)
            if not holders:
                self._by_key.pop(key, None)

    def sharing(self, keys: Sequence[int]) -> dict[str, int]:
        """Ids of claimed articles that have some of these keys, with how many."""
        return Counter(holder for key in keys for holder in self._by_key.get(key, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The article before the court: what of it is compared."""

    source: str
    address: str
    content: str
    sketch: Sketch
    authors: int
    published: int | None
    appeared_at: float


def judge(
    article: Article,
    source: str,
    index: Index,
    claims: Claims,
    fetched_at: float,
    *,
    day: date | None = None,
    canonical: bool = True,
    removals: Removals = NOTHING_REMOVED,
) -> Verdict:
    """Compare an article with what is stored and with what this run has claimed, and claim it if it is to be stored.

    `fetched_at` is in seconds since the epoch; `day` the one under which the record will stand, if that is another than
    the day of fetching. A page whose canonical address belongs to another body altogether is judged by its own address:
    some sites give every page the same `rel=canonical`. With `canonical` False that is so for all pages.
    """
    title, text = normalised_words(article.title), normalised_words(article.text)
    judged = _Judged(
        source=source,
        address=article_id(source, article.url),
        content=content_sha256_of(title, text),
        sketch=sketch_of(title, text),
        authors=about_hash(article.authors),
        published=day_of(article.published_at),
        appeared_at=appeared_at(article.published_at, fetched_at),
    )
    declared = article_id(source, article.canonical_url)
    identity, untrue = _identity(judged, declared, index, claims, canonical=canonical)
    believed = {declared} if canonical and not untrue else set()
    if removals.has({identity, judged.address} | believed, judged.content):
        return _verdict(Outcome.DISCARDED, identity, 1, judged)
    verdict = (
        _against_its_own(identity, judged, index, claims)
        or _under_another_address(identity, judged, index, claims)
        or _verdict(Outcome.STORED, identity, 1, judged)
    )
    if verdict.outcome in (Outcome.STORED, Outcome.REVISED):
        day = day or _day(fetched_at)
        verdict = _linked(verdict, index, claims, fetched_at, day)
        claims.add(
            Claim(
                id=verdict.id,
                source=source,
                address=judged.address,
                content_sha256=judged.content,
                sketch=judged.sketch,
                appeared_at=verdict.appeared_at,
                day=day,
            )
        )
    return replace(verdict, untrue_canonical=untrue)


def appeared_at(published_at: str | None, fetched_at: float) -> float:
    """When an article appeared, in seconds since the epoch: when it says that it was published, else when fetched.

    Of a day without a time its end, for it must not seem older than a copy of that day that says its hour. Never later
    than it was fetched, whatever the page's clock says.
    """
    if published_at is None:
        return fetched_at
    if "T" in published_at:
        return min(datetime.fromisoformat(published_at).timestamp(), fetched_at)
    day = datetime.combine(date.fromisoformat(published_at), datetime.min.time(), UTC)
    return min((day + timedelta(days=1)).timestamp(), fetched_at)


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def _verdict(outcome: Outcome, identity: str, revision: int, judged: _Judged) -> Verdict:
    return Verdict(
        outcome=outcome,
        id=identity,
        revision=revision,
        content_sha256=judged.content,
        sketch=judged.sketch,
        appeared_at=judged.appeared_at,
    )


def _identity(judged: _Judged, declared: str, index: Index, claims: Claims, *, canonical: bool) -> tuple[str, bool]:
    """The article's id, and whether the canonical address that its page declares stands for another text.

    An article that was once read from this very address stays what it is, whatever its page declares by now.
    """
    page = index.pages.get(judged.address)
    known = index.articles.get(page.article_id) if page and page.article_id else None
    if known is not None and known.address == judged.address:
        return known.id, False
    if not canonical or declared == judged.address:
        return judged.address, False
    alike = _alike(declared, judged, index, claims)
    return (declared, False) if alike else (judged.address, alike is False)


def _alike(identity: str, judged: _Judged, index: Index, claims: Claims) -> bool | None:
    """May this page be the article `identity`? Yes, unless that one has another address and another text.

    None where that can't be told any more, as its sketch has left the window.
    """
    holder: Holder | None = claims.by_id.get(identity) or index.articles.get(identity)
    if holder is None or holder.has_content(judged.content) or holder.address == judged.address:
        return True
    other = holder.sketch if isinstance(holder, Claim) else index.sketch(holder)
    return None if other is None else is_one_story(compare(judged.sketch, other))


def is_one_story(likeness: Likeness | None) -> bool:
    """May two texts be one article in two forms? Not where they only share a part, as follow-ups do."""
    return likeness is not None and likeness.kind is not Kind.PARTIAL


def _against_its_own(identity: str, judged: _Judged, index: Index, claims: Claims) -> Verdict | None:
    """The verdict where this article is stored, or claimed by this run; None where it is neither."""
    known = index.articles.get(identity)
    if identity in claims.by_id:
        return _verdict(Outcome.DUPLICATE, identity, known.revision if known else 1, judged)
    if known is None:
        return None
    verdict = _verdict(Outcome.DUPLICATE, identity, known.revision, judged)
    verdict = replace(verdict, appeared_at=min(verdict.appeared_at, known.appeared_at))
    if known.address != judged.address:  # a print or AMP form that reads a little differently is no revision
        return verdict
    about = differs_about(known.authors or 0, known.published, judged.authors, judged.published)
    if known.has_content(judged.content) and not about:
        return replace(verdict, outcome=Outcome.UNCHANGED)
    return replace(verdict, outcome=Outcome.REVISED, revision=known.revision + 1)


def _under_another_address(identity: str, judged: _Judged, index: Index, claims: Claims) -> Verdict | None:
    """A duplicate where this source has the very same text under another address already."""
    holders: list[Holder] = [*claims.by_id.values(), *index.articles.with_content(judged.content)]
    for holder in holders:
        if holder.source == judged.source and holder.has_content(judged.content) and holder.id != identity:
            return _verdict(Outcome.DUPLICATE, holder.id, 1, judged)
    return None


def _linked(verdict: Verdict, index: Index, claims: Claims, fetched_at: float, day: date) -> Verdict:
    """The verdict with a link to the oldest article that this one copies, and links of stored ones that copy it."""
    me = (verdict.appeared_at, verdict.id)
    earlier: list[tuple[bool, float, str, CopyOf]] = []
    late: list[LateLink] = []
    for other, likeness in _like(verdict, index, claims, fetched_at):
        if isinstance(other, KnownArticle) and other.copy_of == verdict.id:
            continue
        if (other.appeared_at, other.id) < me:
            copy = CopyOf(id=other.id, day=other.day, similarity=round(likeness.similarity, 4), kind=likeness.kind)
            earlier.append((likeness.kind is Kind.PARTIAL, other.appeared_at, other.id, copy))
        elif isinstance(other, KnownArticle) and _becomes_copy(other, me, index):
            copy = CopyOf(
                id=verdict.id,
                day=day,
                similarity=round(likeness.similarity, 4),
                kind=MIRRORED[likeness.kind],
            )
            late.append(LateLink(article=other, copy=copy))
    copy_of = min(earlier, key=lambda one: one[:3])[3] if earlier else None
    return replace(verdict, copy=copy_of, late_links=tuple(late))


def _becomes_copy(other: KnownArticle, me: tuple[float, str], index: Index) -> bool:
    """Is what a stored article is known to copy younger than the one judged, or nothing?"""
    original = index.articles.get(other.copy_of) if other.copy_of else None
    return original is None or ((original.appeared_at, original.id) > me and original.id != me[1])


def _like(verdict: Verdict, index: Index, claims: Claims, fetched_at: float) -> Iterator[tuple[Holder, Likeness]]:
    """Articles of the window that this text copies, or that copy it, with what this one is to each."""
    taken = verdict.sketch
    for claimed, shared in claims.sharing(taken.keys.tolist()).items():
        claim = claims.by_id[claimed]
        if claimed != verdict.id and (likeness := likeness_of(taken, claim.sketch, shared)):
            yield claim, likeness
    window_s = COPY_WINDOW.total_seconds()
    for candidate in index.window.candidates([taken])[0]:
        likeness = likeness_of(taken, Sketch.from_bytes(candidate.sketch), candidate.shared)
        known = index.articles.numbered(candidate.number) if likeness else None
        if known and likeness and known.id != verdict.id and abs(known.fetched_at - fetched_at) <= window_s:
            yield known, likeness


def likeness_of(taken: Sketch, other: Sketch, shared_keys: int) -> Likeness | None:
    """Compare two sketches that share enough keys to be worth it."""
    needed = min(taken.shared_keys_needed, other.shared_keys_needed)
    return compare(taken, other) if shared_keys >= needed else None
