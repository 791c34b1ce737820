"""Step 300: the same article, a revision, a copy, or new?"""

from typing import Self

from scrapy.crawler import Crawler

from harvester.item import HarvestItem
from harvester.run import source_run
from harvester.source_run import SourceRun
from harvester.steps import Dropped, judged
from pipelines.discards import drop


class DedupPipeline:
    """Judge the cleaned article and claim it; what the archive has already goes no further."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    def process_item(self, item: HarvestItem) -> HarvestItem:
        answer = judged(self.run, item)
        if isinstance(answer, Dropped):
            raise drop(answer)
        return answer
