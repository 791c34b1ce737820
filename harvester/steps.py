"""The steps of an article's way before it is stored, for pages that we fetch and for recorded ones alike.

known → cleaned → judged; then the archive takes it (`SourceRun.store`), and it is booked (`SourceRun.book`).
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from harvester.clean import clean_article
from harvester.index import mark
from harvester.item import HarvestItem
from harvester.outcomes import Outcome, Reason
from harvester.source_run import SourceRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The article goes no further; this is booked for its page."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    article_id: str | None = None


def known(run: SourceRun, item: HarvestItem) -> Dropped | None:
    """What needs no cleaning: an article outside the dates asked for, or bytes that have not changed."""
    published = item.article.published_at
    if published is not None and not run.frontier.in_dates(date.fromisoformat(published[:10])):
        return Dropped(outcome=Outcome.DISCARDED, reason=Reason.OUTSIDE_DATES, detail=published)
    return same_bytes(run, item.link_url, item.page.raw)


def same_bytes(run: SourceRun, link_url: str, raw: bytes) -> Dropped | None:
    """Was an article stored that was read from this very address, out of these very bytes?"""
    stored = run.stored_at(link_url)
    if stored is not None and stored.payload == mark(hashlib.sha256(raw).hexdigest()):
        return Dropped(outcome=Outcome.UNCHANGED, detail="the same bytes", article_id=stored.id)
    return None


def cleaned(run: SourceRun, item: HarvestItem) -> HarvestItem:
    """The item with its article's furniture marked as removed."""
    return replace(item, article=clean_article(item.article, run.furniture))


def judged(run: SourceRun, item: HarvestItem) -> HarvestItem | Dropped:
    """The item with its verdict, claimed for the run; what the archive has already is dropped."""
    judged = run.judge(item)
    verdict = judged.verdict
    if verdict is not None and verdict.outcome is Outcome.UNCHANGED:
        return Dropped(outcome=Outcome.UNCHANGED, article_id=verdict.id)
    if verdict is not None and verdict.outcome is Outcome.DUPLICATE:
        return Dropped(outcome=Outcome.DUPLICATE, detail=verdict.id, article_id=verdict.id)
    if verdict is not None and verdict.outcome is Outcome.DISCARDED:
        return Dropped(outcome=Outcome.DISCARDED, reason=Reason.REMOVED, detail=verdict.id)
    return judged
