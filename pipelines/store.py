"""Step 900: into the archive. Only when the bucket has the article is its outcome true."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.utils.asyncio import run_in_thread

from harvester.errors import StoreError
from harvester.item import HarvestItem
from harvester.outcomes import Reason
from harvester.run import source_run
from harvester.source_run import SourceRun
from harvester.storing import Stored
from pipelines.discards import NotStored


class StorePipeline:
    """Write the page as fetched, then the article; book it."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    async def process_item(self, item: HarvestItem) -> HarvestItem:
        try:
            stored = await self._stored(item)
        except BaseException:  # whoever drops it has only the item as the spider gave it, which claims nothing
            self.run.release(item)
            raise
        self.run.book(item, stored)
        return item

    async def _stored(self, item: HarvestItem) -> Stored:
        try:
            return await run_in_thread(self.run.store, item)
        except StoreError as error:
            raise NotStored(str(error), reason=Reason.STORE) from error
