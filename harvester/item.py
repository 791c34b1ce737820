"""What travels through the pipelines."""

from dataclasses import dataclass

from harvester.article import Article
from harvester.page import Page
from harvester.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestItem:
    """An article on its way from a page into the archive."""

    link_url: str  # the address under which the run opened this page; its outcome is booked there
    page: Page
    article: Article
    verdict: Verdict | None = None  # what it is to the archive; set by the dedup step

    def __str__(self) -> str:
        """For logs, which must not hold bodies."""
        return f"{self.article.url} ({self.verdict.outcome if self.verdict else 'on its way'})"
