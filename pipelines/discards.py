"""Dropping an item: one class an outcome, so that Scrapy's own counts speak our words too."""

from scrapy.exceptions import DropItem

from harvester import steps
from harvester.outcomes import Outcome, Reason


class Dropped(DropItem):
    """An article that goes no further; `outcome`, `reason` and `article_id` are booked for its page."""

    outcome = Outcome.DISCARDED

    def __init__(self, detail: str = "", *, reason: Reason | None = None, article_id: str | None = None) -> None:
        super().__init__(detail, log_level="DEBUG")
        self.detail = detail
        self.reason = reason
        self.article_id = article_id


class Unchanged(Dropped):
    """A stored article, looked at again: nothing new."""

    outcome = Outcome.UNCHANGED


class Duplicate(Dropped):
    """An article that this source has already under another address."""

    outcome = Outcome.DUPLICATE


class Discarded(Dropped):
    """Not wanted, for a reason."""


class NotStored(Dropped):
    """Wanted, and the archive did not take it; the next run fetches it again."""

    outcome = Outcome.FAILED


def drop(dropped: steps.Dropped) -> Dropped:
    """The exception that tells Scrapy of what a step has dropped."""
    kinds = {Outcome.UNCHANGED: Unchanged, Outcome.DUPLICATE: Duplicate, Outcome.DISCARDED: Discarded}
    return kinds[dropped.outcome](dropped.detail, reason=dropped.reason, article_id=dropped.article_id)
