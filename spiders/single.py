"""One page, fetched as a harvest would fetch it, for `harvest try`."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request

from harvester.errors import PageFailed
from harvester.page import Page
from harvester.source import Source
from spiders.article import apply_source
from spiders.probe import NO_REQUESTS, fetching


class SinglePageSpider(Spider):
    """Fetches the address of `site`; `page` or `problem` is what came of it."""

    name = "single"
    site: Source
    page: Page | None = None
    problem: PageFailed | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        apply_source(crawler, kwargs["site"])
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Request]:
        try:
            self.page = await fetching(self.crawler)(self.site.home)
        except PageFailed as failure:
            self.problem = failure
        for request in NO_REQUESTS:
            yield request
