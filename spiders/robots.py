"""Downloader middleware: robots.txt by RFC 9309, where Scrapy's own is more lenient or less exact."""

import logging

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.failures import RobotsForbid, reason_of, reason_of_status

logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
# It logs a traceback for each robots.txt that can't be had; that is an outcome here, and is reported as one.

LARGEST = 512_000
"""Bytes of robots.txt that are read (RFC 9309 §2.5: at least 500 KiB)."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Unavailable (4xx): all is allowed (§2.3.1.3). Unreachable (5xx, no answer): nothing is (§2.3.1.4), and each page
    of the host fails for the reason that kept robots.txt from us."""

    def __init__(self, crawler: object) -> None:
        super().__init__(crawler)  # type: ignore[arg-type]
        self._unreachable: dict[str, PageFailed] = {}

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        failure = self._unreachable.get(_netloc(request))
        if failure is not None:
            raise failure
        agent = product_token(self._robotstxt_useragent or self._default_useragent)
        if rp is not None and not rp.allowed(request.url, agent):
            raise RobotsForbid(f"robots.txt of {_netloc(request)} forbids it")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            raise PageFailed(reason_of_status(response.status), f"robots.txt of {netloc}: status {response.status}")
        body = response.body[:LARGEST] if response.status == 200 else b""
        await super()._parse_robots(response.replace(body=body), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        reason, detail = reason_of(exc)
        if reason is not Reason.REDIRECT_LOOP:  # five hops and more count as unavailable (§2.3.1.2)
            self._unreachable[netloc] = PageFailed(reason, detail)
        super()._robots_error(exc, netloc)


def product_token(user_agent: str) -> str:
    """What robots.txt calls us (RFC 9309 §2.2.1): the name alone, lest a word of our contact match a group."""
    return user_agent.partition("/")[0].strip()


def _netloc(request: Request) -> str:
    return request.url.split("/", 3)[2]
