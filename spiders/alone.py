"""Spiders for a single look at a site, which store nothing: a probe for `harvest add`, one page for `harvest try`."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request

from harvester.errors import PageFailed
from harvester.page import Page
from harvester.probe import Probe
from harvester.source import Source
from spiders.article import apply_source
from spiders.probe import Fetch, fetching, probe_site

NO_REQUESTS: tuple[Request, ...] = ()
"""What is left to fetch when `start` has fetched all itself."""


class LookSpider(Spider):
    """Looks at the home of `site`; `problem` is why it could not."""

    site: Source
    problem: PageFailed | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        apply_source(crawler, kwargs["site"])
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Request]:
        try:
            await self.look(fetching(self.crawler))
        except PageFailed as failure:
            self.problem = failure
        for request in NO_REQUESTS:
            yield request

    @abstractmethod
    async def look(self, fetch: Fetch) -> None:
        """Fetch and remember. Raises PageFailed."""


class ProbeSpider(LookSpider):
    """Finds out where a site lists its articles."""

    name = "probe"
    found: Probe | None = None

    async def look(self, fetch: Fetch) -> None:
        self.found = await probe_site(fetch, self.site.home)


class SinglePageSpider(LookSpider):
    """Fetches the one page."""

    name = "single"
    page: Page | None = None

    async def look(self, fetch: Fetch) -> None:
        self.page = await fetch(self.site.home)
