"""The same article, a revision, a copy, or new? Judged on the cleaned text, against what the archive holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from harvester.article import Article
from harvester.dedup.near import WINDOW_DAYS, Likeness, Sketch, compare, sketch
from harvester.dedup.words import content_sha256
from harvester.index import Index, KnownArticle
from harvester.outcomes import Outcome
from harvester.urls import article_id, url_key

COPY_WINDOW = timedelta(days=WINDOW_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a cleaned article is to the archive."""

    outcome: Outcome  # STORED, REVISED, UNCHANGED or DUPLICATE
    id: str
    revision: int
    content_sha256: str
    sketch: Sketch
    copy_of: str | None = None  # id of the oldest article that this one copies
    similarity: float | None = None  # how alike, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An article that a run is about to store. Once the bucket has it, the index speaks for it."""

    id: str
    source: str
    address: str  # url_key of the address as fetched
    content_sha256: str
    sketch: Sketch
    copy_of: str | None
    fetched_at: float


@dataclass(slots=True)
class Claims:
    """What all sources of a run are about to store. Ask and claim without an `await` between."""

    by_id: dict[str, Claim] = field(default_factory=dict)

    def add(self, claim: Claim) -> None:
        self.by_id[claim.id] = claim

    def release(self, article: str) -> None:
        """The claimed article is stored, or could not be."""
        self.by_id.pop(article, None)


def judge(article: Article, source: str, index: Index, claims: Claims, fetched_at: float) -> Verdict:
    """Compare an article with what is stored and with what this run has claimed, and claim it if it is to be stored.

    `fetched_at` is in seconds since the epoch. A page whose canonical address belongs to another body altogether is
    judged by its own address: some sites give every page the same `rel=canonical`.
    """
    content, taken = content_sha256(article.title, article.text), sketch(article.title, article.text)
    address = url_key(article.url)
    identity = article_id(source, article.canonical_url)
    if not _alike(identity, address, content, taken, index, claims):
        identity = article_id(source, article.url)
    verdict = (
        _against_its_own(identity, address, content, taken, index, claims)
        or _under_another_address(identity, source, content, taken, index, claims)
        or Verdict(outcome=Outcome.STORED, id=identity, revision=1, content_sha256=content, sketch=taken)
    )
    if verdict.outcome in (Outcome.STORED, Outcome.REVISED):
        verdict = _linked(verdict, index, claims, fetched_at)
        claim = Claim(
            id=verdict.id,
            source=source,
            address=address,
            content_sha256=content,
            sketch=taken,
            copy_of=verdict.copy_of,
            fetched_at=fetched_at,
        )
        claims.add(claim)
    return verdict


def _alike(identity: str, address: str, content: str, taken: Sketch, index: Index, claims: Claims) -> bool:
    """May this page be the article `identity`? Yes, unless that one has another address and another text."""
    holder: Claim | KnownArticle | None = claims.by_id.get(identity) or index.article(identity)
    if holder is None or holder.content_sha256 == content or _address(holder) == address:
        return True
    other = holder.sketch if isinstance(holder.sketch, Sketch) else _sketch_of(holder.sketch)
    return other is not None and compare(taken, other) is not None


def _address(holder: Claim | KnownArticle) -> str:
    return holder.address if isinstance(holder, Claim) else url_key(holder.url)


def _sketch_of(stored: bytes | None) -> Sketch | None:
    return Sketch.from_bytes(stored) if stored else None


def _against_its_own(
    identity: str, address: str, content: str, taken: Sketch, index: Index, claims: Claims
) -> Verdict | None:
    """The verdict where this article is stored, or claimed by this run; None where it is neither."""
    known, claimed = index.article(identity), claims.by_id.get(identity)
    revision = known.revision if known else 1
    if claimed is not None:
        outcome = Outcome.DUPLICATE
    elif known is None:
        return None
    elif known.content_sha256 == content:
        outcome = Outcome.UNCHANGED if url_key(known.url) == address else Outcome.DUPLICATE
    elif url_key(known.url) == address:
        outcome, revision = Outcome.REVISED, known.revision + 1
    else:  # a print or AMP form that reads a little differently is no revision
        outcome = Outcome.DUPLICATE
    return Verdict(outcome=outcome, id=identity, revision=revision, content_sha256=content, sketch=taken)


def _under_another_address(
    identity: str, source: str, content: str, taken: Sketch, index: Index, claims: Claims
) -> Verdict | None:
    """A duplicate where this source has the very same text under another address already."""
    holders: list[Claim | KnownArticle] = [*claims.by_id.values(), *index.with_content(content)]
    for holder in holders:
        if holder.source == source and holder.content_sha256 == content and holder.id != identity:
            return Verdict(outcome=Outcome.DUPLICATE, id=holder.id, revision=1, content_sha256=content, sketch=taken)
    return None


def _linked(verdict: Verdict, index: Index, claims: Claims, fetched_at: float) -> Verdict:
    """The verdict with a link to the oldest article that this one copies; never to one that came later than itself."""
    known = index.article(verdict.id)
    before = known.first_at if known else fetched_at
    found = {
        original.id: (_first_at(original), original.copy_of or original.id, similarity)
        for original, similarity in _like(verdict.sketch, index, claims, fetched_at)
        if original.id != verdict.id and original.copy_of != verdict.id and _first_at(original) <= before
    }
    if not found:
        return verdict
    _, original, similarity = min(found.values())
    return replace(verdict, copy_of=original, similarity=round(similarity, 4))


def _first_at(original: Claim | KnownArticle) -> float:
    return original.fetched_at if isinstance(original, Claim) else original.first_at


def _like(
    taken: Sketch, index: Index, claims: Claims, fetched_at: float
) -> Iterator[tuple[Claim | KnownArticle, float]]:
    """Articles of the window that this text copies, or that copy it, with the similarity (0 to 1)."""
    since = fetched_at - COPY_WINDOW.total_seconds()
    wanted = set(taken.keys)
    for claim in claims.by_id.values():
        shared = len(wanted.intersection(claim.sketch.keys))
        if likeness := _likeness(taken, claim.sketch, shared):
            yield claim, likeness.similarity
    for candidate, shared in index.sharing(taken.keys, since).items():
        known = index.article(candidate)
        stored = _sketch_of(known.sketch) if known else None
        if known and stored and (likeness := _likeness(taken, stored, shared)):
            yield known, likeness.similarity


def _likeness(taken: Sketch, other: Sketch, shared_keys: int) -> Likeness | None:
    """Compare two sketches that share enough keys to be worth it."""
    needed = min(taken.shared_keys_needed, other.shared_keys_needed)
    return compare(taken, other) if shared_keys >= needed else None
