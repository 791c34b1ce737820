"""Extension: never faster at a host than its robots.txt and the source allow, slower when it answers slowly."""

import logging

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from spiders.robots import product_token

logger = logging.getLogger(__name__)


class Politeness:
    """Crawl-delay as the least delay of a host's download slot; the longer of it and the source's `delay_s` wins."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Politeness":
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        asked = robotparser.crawl_delay(product_token(self.crawler.settings["USER_AGENT"]))
        engine = self.crawler.engine
        if asked is None or engine is None:
            return
        delay = max(asked, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        host = urlparse_cached(request).hostname or ""
        logger.info("%s asks for %s s between requests; waiting %s s", host, asked, delay)
        downloader = engine.downloader
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if host in downloader.slots:
            downloader.slots[host].delay = delay
            downloader.slots[host].concurrency = 1


class PoliteThrottle(AutoThrottle):
    """AutoThrottle that never goes below a host's Crawl-delay."""

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        super()._response_downloaded(response, request, spider)
        key, slot = self._get_slot(request, spider)
        engine = self.crawler.engine
        if key is not None and slot is not None and engine is not None:
            least = engine.downloader.per_slot_settings.get(key, {}).get("delay", 0.0)
            slot.delay = max(slot.delay, least)
