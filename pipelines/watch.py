"""Extension: opens a source's part of the run, books what goes wrong on an item's way, and ends the part."""

import asyncio
import logging
import sqlite3
from typing import Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.asyncio import run_in_thread
from twisted.python.failure import Failure

from harvester.errors import StoreError
from harvester.item import HarvestItem
from harvester.outcomes import Outcome, Reason
from harvester.run import HarvestRun, run_of, source_run
from harvester.source_run import SourceRun
from pipelines.discards import Dropped, NotStored

logger = logging.getLogger(__name__)

MOST_REFUSALS = 5
"""Of the archive in a row, each after its own tries; then a site is no longer asked for pages that go nowhere."""


class Watch:
    """Scrapy counts exceptions in spiders, but not items that fail in a pipeline; we count both."""

    def __init__(self, crawler: Crawler, run: HarvestRun, part: SourceRun) -> None:
        self.crawler = crawler
        self.run = run
        self.part = part
        self.refusals = 0  # of the archive, in a row

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        part = source_run(crawler)
        watch = cls(crawler, run_of(crawler), part)
        part.tally.collector = crawler.stats
        crawler.signals.connect(watch.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(watch.item_dropped, signal=signals.item_dropped)
        crawler.signals.connect(watch.item_scraped, signal=signals.item_scraped)
        crawler.signals.connect(watch.item_error, signal=signals.item_error)
        crawler.signals.connect(watch.request_reached_downloader, signal=signals.request_reached_downloader)
        crawler.signals.connect(watch.response_received, signal=signals.response_received)
        crawler.signals.connect(watch.spider_closed, signal=signals.spider_closed)
        return watch

    async def spider_opened(self, spider: Spider) -> None:
        """Bring the cache up to date before the first request; without that the crawl must not begin."""
        try:
            await run_in_thread(self.part.prepare)
        except StoreError as error:
            self._not_prepared(str(error))
        except (OSError, sqlite3.Error) as error:
            self._not_prepared(f"the local cache: {error}")

    def _not_prepared(self, problem: str) -> None:
        """The spider sees the failure, and asks for nothing."""
        logger.error("%s: %s", self.part.source.name, problem)
        self.part.fail(Reason.STORE, problem)

    def item_dropped(self, item: HarvestItem, exception: Exception) -> None:
        """A step has found that the article goes no further."""
        if isinstance(exception, Dropped):
            self.part.frontier.close_page(
                item.link_url,
                exception.outcome,
                exception.reason,
                exception.detail,
                article_id=exception.article_id,
                http_status=item.page.status,
                final_url=item.page.url,
            )
        if isinstance(exception, NotStored):
            self._not_stored(item, exception)

    def _not_stored(self, item: HarvestItem, exception: NotStored) -> None:
        """The archive refuses: say so, and soon stop fetching what nobody takes."""
        logger.error("%s: not stored: %s", item.link_url, exception.detail)
        self.part.fail(Reason.STORE, exception.detail, item.link_url)
        self.refusals += 1
        if self.refusals == MOST_REFUSALS and self.crawler.engine is not None:
            logger.error("%s: stopped, as the archive takes nothing", self.part.source.name)
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="store"))

    def item_scraped(self) -> None:
        """An article went all the way."""
        self.refusals = 0

    def item_error(self, item: HarvestItem, failure: Failure) -> None:
        """A step broke, which is our own mistake. The page is fetched again by the next run."""
        self.part.frontier.close_page(item.link_url, Outcome.FAILED, Reason.FAULT, repr(failure.value))

    def request_reached_downloader(self, request: Request, spider: Spider) -> None:
        self.part.requests += 1

    def response_received(self, response: Response, request: Request, spider: Spider) -> None:
        self.part.response_bytes += len(response.body)

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """End the source's part; a run that `scrapy crawl` has made ends with it."""
        await run_in_thread(self.run.end_part, self.part)
        if spider.crawler.settings.get("HARVEST_RUN") is None:
            report = await run_in_thread(self.run.finish)
            logger.info("%s", report.in_words())
            self.run.close()
