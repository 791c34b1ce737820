"""Step 100: stop early what needs no cleaning: outside the dates asked for, or byte for byte as when last stored."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.utils.asyncio import run_in_thread

from harvester.item import HarvestItem
from harvester.outcomes import Outcome
from harvester.run import source_run
from harvester.source_run import SourceRun
from harvester.steps import known
from pipelines.discards import drop


class KnownPipeline:
    """Drop articles outside the dates, and pages whose bytes are as stored, which is kept as a revisit."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    async def process_item(self, item: HarvestItem) -> HarvestItem:
        dropped = known(self.run, item)
        if dropped is not None:
            if dropped.outcome is Outcome.UNCHANGED and dropped.article_id is not None:
                await run_in_thread(self.run.prove, item, dropped.article_id)
            raise drop(dropped)
        return item
