"""Step 200: furniture off, by rules and by what recurs over the source's pages."""

from typing import Self

from scrapy.crawler import Crawler

from harvester.item import HarvestItem
from harvester.run import source_run
from harvester.source_run import SourceRun
from harvester.steps import cleaned


class CleanPipeline:
    """Mark the article's furniture as removed."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    def process_item(self, item: HarvestItem) -> HarvestItem:
        return cleaned(self.run, item)
