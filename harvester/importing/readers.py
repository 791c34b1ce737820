"""Reading recorded pages in worker processes: what a page says, or why it is no article."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from harvester.article import Article
from harvester.clean.template import path_key
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.outcomes import Outcome, Reason
from harvester.page import Page
from harvester.steps import Dropped

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """A source's template, as far as it is sure; small enough to be sent with each page."""

    sure: Mapping[int, bool]

    def says(self, path: str) -> bool | None:
        return self.sure.get(path_key(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page, and what its source says of it."""

    page: Page
    home: str
    language: str | None
    places: Places | None = None


Reading = Article | Dropped
"""An article, or what is booked for its page instead."""


def read_page(asked: Question | None) -> Reading | None:
    """Never raises; of nothing, nothing."""
    if asked is None:
        return None
    try:
        return read_article(asked.page, home=asked.home, language=asked.language, template=asked.places)
    except NotArticle as refusal:
        return Dropped(outcome=Outcome.DISCARDED, reason=refusal.reason, detail=refusal.detail)
    except Exception as error:  # one page must not cost the others
        logger.exception("%s", asked.page.url)
        return Dropped(outcome=Outcome.FAILED, reason=Reason.FAULT, detail=repr(error)[:300])


def crashed(asked: Question | None) -> Reading | None:
    """For a page that killed the process that read it."""
    if asked is not None:
        logger.error("%s: its reader died", asked.page.url)
    return Dropped(outcome=Outcome.FAILED, reason=Reason.FAULT, detail="its reader died")
