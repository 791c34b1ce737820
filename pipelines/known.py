"""Step 100: stop early what needs no cleaning: outside the dates asked for, or byte for byte as when last stored."""

import hashlib
from datetime import date
from typing import Self

from scrapy.crawler import Crawler

from harvester.index import mark
from harvester.item import HarvestItem
from harvester.outcomes import Reason
from harvester.run import source_run
from harvester.source_run import SourceRun
from pipelines.discards import Discarded, Unchanged


class KnownPipeline:
    """Drop articles outside the dates, and pages whose bytes have not changed since they were stored."""

    def __init__(self, run: SourceRun) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(source_run(crawler))

    def process_item(self, item: HarvestItem) -> HarvestItem:
        published = item.article.published_at
        if published is not None and not self.run.frontier.in_dates(date.fromisoformat(published[:10])):
            raise Discarded(published, reason=Reason.OUTSIDE_DATES)
        stored = self.run.stored_at(item.link_url)
        if stored is not None and stored.payload == mark(hashlib.sha256(item.page.raw).hexdigest()):
            raise Unchanged("the same bytes", article_id=stored.id)
        return item
