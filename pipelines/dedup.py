"""Step 300: the same article, a revision, a copy, or new?"""

from typing import Self

from scrapy.crawler import Crawler

from harvester.item import HarvestItem
from harvester.outcomes import Outcome
from harvester.run import source_run
from harvester.source_run import SourceRun
from pipelines.discards import Duplicate, Unchanged


class DedupPipeline:
    """Judge the cleaned article and claim it; what the archive has already goes no further."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    def process_item(self, item: HarvestItem) -> HarvestItem:
        judged = self.run.judge(item)
        verdict = judged.verdict
        if verdict is not None and verdict.outcome is Outcome.UNCHANGED:
            raise Unchanged(article_id=verdict.id)
        if verdict is not None and verdict.outcome is Outcome.DUPLICATE:
            raise Duplicate(verdict.id, article_id=verdict.id)
        return judged
