"""The five spiders."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy.http import Request

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.lists import ListSpider
from spiders.probe import probed_source


class _OneKind(ListSpider):
    """Reads one kind of list."""

    @abstractmethod
    def kind_requests(self) -> Iterator[Request]:
        """Of its lists."""

    async def first_requests(self) -> AsyncIterator[Any]:
        for request in self.kind_requests():
            yield request
        async for request in super().first_requests():
            yield request


class FeedSpider(_OneKind):
    """RSS, Atom and JSON feeds."""

    name = "feed"

    def kind_requests(self) -> Iterator[Request]:
        return self.feed_requests()


class SitemapSpider(_OneKind):
    """Sitemaps, their indexes, and news sitemaps."""

    name = "sitemap"

    def kind_requests(self) -> Iterator[Request]:
        return self.sitemap_requests()


class WordpressSpider(_OneKind):
    """The WordPress REST API."""

    name = "wordpress"

    def kind_requests(self) -> Iterator[Request]:
        return self.wordpress_requests()


class SectionSpider(_OneKind):
    """Section pages, with paging."""

    name = "section"

    def kind_requests(self) -> Iterator[Request]:
        return self.section_requests()


class NewsSpider(ListSpider):
    """Whatever the source has; a source that names nothing is probed."""

    name = "news"

    async def first_requests(self) -> AsyncIterator[Any]:
        if not self.run.source.has_entry_points:
            try:
                await probed_source(self)
            except PageFailed as failure:
                self.run.fail(failure.reason, failure.detail)
                return
            if not self.run.source.has_entry_points:
                self.run.fail(Reason.BAD_LIST, "no feed, sitemap, API or list of articles was found")
                return
        for requests in (self.feed_requests, self.wordpress_requests, self.sitemap_requests, self.section_requests):
            for request in requests():
                yield request
        async for request in super().first_requests():
            yield request
