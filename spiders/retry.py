"""Downloader middleware: tries again what may pass, at growing distances, and waits as long as a server asks."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object
from scrapy.utils.response import response_status_message

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.failures import THROTTLED, reason_of

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
"""Before the second try; doubled for each one after it."""

LONGEST_PAUSE_S = 300.0
"""The longest Retry-After that a run waits for; who asks for more is not asked again before the next run."""

STEP_S = 0.25
"""A pause is slept in steps, so that it ends when the crawl is stopped."""


class RetryMiddleware:
    """A pause is the whole host's: while one page waits, no other of the host is asked for."""

    def __init__(self, crawler: Crawler, settings: BaseSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.crawler = crawler
        self.clock = clock
        self.statuses = {int(status) for status in settings.getlist("RETRY_HTTP_CODES")}
        self.exceptions = tuple(load_object(one) for one in settings.getlist("RETRY_EXCEPTIONS"))
        self.first_pause_s = settings.getfloat("HARVEST_RETRY_PAUSE_S", FIRST_PAUSE_S)
        self._not_before: dict[str, float] = defaultdict(float)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, crawler.settings)

    async def process_request(self, request: Request) -> None:
        """Sit out the host's pause, which may grow meanwhile. Raises PageFailed where that is not to be."""
        host = _host(request)
        while (wait := self._not_before[host] - self.clock()) > 0:
            if wait > LONGEST_PAUSE_S:
                raise PageFailed(Reason.THROTTLED, f"{host} asks to wait {wait:.0f} s, longer than a run waits")
            if not self.crawler.crawling:
                raise PageFailed(Reason.INTERRUPTED, f"stopped while {host} had asked to wait")
            await asyncio.sleep(min(wait, STEP_S))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if response.status not in self.statuses or request.meta.get("dont_retry"):
            return response
        asked = _retry_after(response, datetime.now(UTC)) if response.status in THROTTLED else None
        if asked is not None and asked > LONGEST_PAUSE_S:
            logger.info("%s asks to wait %.0f s, longer than a run waits", request.url, asked)
            self._pause(request, asked)
            return response
        return self._again(request, response_status_message(response.status), asked) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        hopeless = reason_of(exception)[0] in (Reason.TLS, Reason.TOO_LARGE)
        if hopeless or not isinstance(exception, self.exceptions) or request.meta.get("dont_retry"):
            return None
        return self._again(request, exception, None)

    def _again(self, request: Request, why: str | Exception, asked_s: float | None) -> Request | None:
        spider = self.crawler.spider
        assert spider is not None
        tries = request.meta.get("retry_times", 0)
        following = get_retry_request(request, spider=spider, reason=why, give_up_log_level=logging.INFO)
        if following is not None:
            self._pause(
                request, asked_s if asked_s is not None else min(LONGEST_PAUSE_S, self.first_pause_s * 2**tries)
            )
        return following

    def _pause(self, request: Request, pause_s: float) -> None:
        host = _host(request)
        self._not_before[host] = max(self._not_before[host], self.clock() + pause_s)


def _host(request: Request) -> str:
    return request.url.split("/", 3)[2]


def _retry_after(response: Response, now: datetime) -> float | None:
    """Seconds that the server asks us to wait (RFC 9110 §10.2.3: seconds, or a date); None if it does not."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
