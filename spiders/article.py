"""What all spiders have in common: article pages are opened, read, and closed with an outcome."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from harvester.config import user_agent
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.item import HarvestItem
from harvester.link import Link
from harvester.outcomes import Outcome, Reason
from harvester.run import source_run
from harvester.source import Source
from harvester.source_run import SourceRun
from harvester.urls import is_home_page, same_site, url_key
from spiders.failures import reason_of, reason_of_status
from spiders.private import ALLOWED
from spiders.wire import page_of

logger = logging.getLogger(__name__)

LIST_PRIORITY = 1_000_000
"""Lists before articles, so that progress knows what is ahead; among articles the newest first."""

WAITING_LINKS = 10_000
"""Links kept for later under --limit; a list with more is read again by the next run anyway."""


def apply_source(crawler: Crawler, source: Source) -> None:
    """Set what a source's file says about politeness as this crawl's settings."""
    settings = {
        "DOWNLOAD_DELAY": source.delay_s,
        "DOWNLOAD_TIMEOUT": source.timeout_s,
        "HARVEST_RETRY_PAUSE_S": source.retry_pause_s,
        "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency,
        "CONCURRENT_REQUESTS": source.concurrency,  # no more in the downloader's own queue, which no pause holds back
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",  # lists name the newest first
        "AUTOTHROTTLE_ENABLED": source.delay_s > 0,
        "AUTOTHROTTLE_START_DELAY": source.delay_s,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(source.concurrency),
        ALLOWED: source.private,
    }
    for name, value in settings.items():
        crawler.settings.set(name, value, priority="spider")


class ArticleSpider(Spider):
    """Opens the pages that its lists name. What is counted, and what is wanted, the run's frontier knows."""

    name: str
    run: SourceRun

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        run = source_run(crawler, kwargs.get("source"))
        apply_source(crawler, run.source)
        agent = user_agent(crawler.settings["USER_AGENT"], run.context.contact)
        crawler.settings.set("USER_AGENT", agent, priority="spider")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = run
        spider.waiting = deque()
        crawler.signals.connect(spider.spider_idle, signal=signals.spider_idle)
        return spider

    waiting: deque[Link]  # what --limit leaves for when a page turns out to be no article

    async def start(self) -> AsyncIterator[Any]:
        """Begin, unless the source has failed before: without an index that is up to date nothing is fetched."""
        if self.run.failure is None:
            async for request in self.first_requests():
                yield request

    async def first_requests(self) -> AsyncIterator[Any]:
        """Look again at stored articles that are due. Lists are the spiders' own."""
        for request in self.article_requests(self.run.frontier.due()):
            yield request

    # Pages

    def article_requests(self, links: Iterable[Link]) -> Iterator[Request]:
        """Open the wanted ones of these links, as far as --limit has room."""
        for link in links:
            if not self.run.frontier.wanted(link):
                continue
            room = self.run.frontier.room()
            if room is None or room > 0:
                yield self._open(link)
            else:
                self.run.frontier.list_incomplete(link.list_url)
                if len(self.waiting) < WAITING_LINKS:
                    self.waiting.append(link)

    def _open(self, link: Link) -> Request:
        self.run.frontier.open_page(link)
        priority = int(link.published_at.timestamp() / 3600) if link.published_at else 0
        return Request(
            link.url,
            callback=self.parse_article,
            errback=self.article_failed,
            cb_kwargs={"link_url": link.url},
            priority=priority,
            dont_filter=True,
        )

    def parse_article(self, response: Response, link_url: str) -> Iterator[HarvestItem]:
        """Read the page; what is no article is closed here, the rest goes down the pipelines."""
        try:
            item = self._read(response, link_url)
        except Exception as error:
            logger.exception("%s: could not be read", response.url)
            self._close(link_url, Outcome.FAILED, Reason.FAULT, repr(error)[:300], response)
            return
        if item is not None:
            yield item

    def _read(self, response: Response, link_url: str) -> HarvestItem | None:
        source = self.run.source
        refused = _refused(response, link_url, source.home)
        if refused is not None:
            self._close(link_url, *refused, response)
            return None
        page = page_of(response, datetime.now(UTC), self.run.frontier.list_of(link_url))
        try:
            article = read_article(page, home=source.home, language=source.language, template=self.run.furniture)
        except NotArticle as refusal:
            reason, detail = refusal.reason, refusal.detail
            if reason is Reason.SECTION and url_key(response.url) != url_key(link_url):
                reason, detail = Reason.GONE, f"redirects to a list: {response.url}"
            self._close(link_url, Outcome.DISCARDED, reason, detail, response)
            return None
        return HarvestItem(link_url=link_url, page=page, article=article)

    def article_failed(self, failure: Failure) -> None:
        """The page could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        reason, detail = reason_of(failure.value) if failure.value else (Reason.FAULT, "")
        outcome = Outcome.DISCARDED if reason is Reason.ROBOTS else Outcome.FAILED
        self._close(request.cb_kwargs["link_url"], outcome, reason, detail)

    def _close(self, url: str, outcome: Outcome, reason: Reason, detail: str, response: Response | None = None) -> None:
        logger.info("%s %s: %s %s", outcome, url, reason, detail)
        status, final_url = (response.status, response.url) if response is not None else (None, None)
        self.run.frontier.close_page(url, outcome, reason, detail, http_status=status, final_url=final_url)

    def spider_idle(self) -> None:
        """Pages turned out to be no articles, so there is room for what waited."""
        requests = self.waiting_requests()
        if requests and self.crawler.engine is not None:
            for request in requests:
                self.crawler.engine.crawl(request)
            raise DontCloseSpider

    def waiting_requests(self) -> list[Request]:
        """As many of the waiting links as there is room for by now."""
        requests = []
        while self.waiting and self.run.frontier.room() != 0:
            link = self.waiting.popleft()
            if self.run.frontier.wanted(link):
                requests.append(self._open(link))
        return requests


def _refused(response: Response, link_url: str, home: str) -> tuple[Outcome, Reason, str] | None:
    """What becomes of a page by where it was found and with which status alone; None where it is to be read."""
    if not same_site(response.url, home) and not same_site(response.url, link_url):
        return Outcome.DISCARDED, Reason.OFFSITE, response.url
    if response.status >= 400 or response.status in (204, 304):
        reason = reason_of_status(response.status)
        outcome = Outcome.DISCARDED if reason is Reason.GONE else Outcome.FAILED
        return outcome, reason, f"status {response.status}"
    if is_home_page(response.url, home) and not is_home_page(link_url, home):
        return Outcome.DISCARDED, Reason.GONE, "redirects to the home page"
    return None
