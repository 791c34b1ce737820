"""Reading lists: feeds, sitemaps, the WordPress API and section pages, each asked "changed since?" first."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from scrapy.http import Request, Response, TextResponse
from twisted.python.failure import Failure

from harvester.errors import PageFailed
from harvester.link import Link, Validators
from harvester.outcomes import Reason
from harvester.urls import same_site
from spiders.article import LIST_PRIORITY, ArticleSpider
from spiders.failures import reason_of, reason_of_status
from spiders.feed import read_feed
from spiders.section import read_section
from spiders.sitemap import ChildSitemap, changed_before, read_sitemap
from spiders.wordpress import posts_url, read_posts

logger = logging.getLogger(__name__)

Changed = TypeVar("Changed", Link, ChildSitemap)

DEEPEST_SITEMAP = 4
"""Indexes inside indexes. The protocol allows one level; some sites have two."""

MOST_FEED_PAGES = 20
"""Of a feed that names a next page (RFC 5005)."""

MOST_API_PAGES = 1000
"""Of 100 posts."""

ENDED = frozenset([400, 404, 410])
"""Statuses of a following page or child sitemap that is not there. WordPress says 400 past its last page."""

ELSEWHERE = frozenset([Reason.GONE, Reason.FORBIDDEN, Reason.HTTP_ERROR, Reason.BAD_LIST])
"""Failures of /wp-json/ after which ?rest_route= is worth a try: the server answered, only not that."""

NONE_GIVEN = Validators(etag="none-given")
"""Kept for a list that was read to the end and came without validators; never sent (a real ETag stands in quotes)."""

WAITING_LISTS = 10_000
"""Requests for further lists kept under --limit."""


class ListSpider(ArticleSpider):
    """Has a request and a callback for each kind of list.

    A list is left incomplete, so that the next run reads it again, when a list that it leads to (a child sitemap, a
    following page) failed or was not read at all.
    """

    asked: set[str]  # all lists of this run
    led: dict[str, str]  # by list: the list that led there
    unread: set[str]  # of these, the ones not read as yet
    waiting_lists: deque[Request]  # under --limit, lists are read one by one as long as there is room

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = set()
        self.led = {}
        self.unread = set()
        self.waiting_lists = deque()

    def closed(self, reason: str) -> None:
        """What was to be read and was not is left for another run.

        Runs before the source's part of the run ends: Scrapy connects a spider to `spider_closed` before extensions.
        """
        for url in self.unread:
            self._leave(url)

    def _leave(self, url: str) -> None:
        """A list was not read: none of those that led to it has been read to the end."""
        seen = {url}
        while (url := self.led.get(url, "")) and url not in seen:
            seen.add(url)
            self.run.frontier.list_incomplete(url)

    def waiting_requests(self) -> list[Request]:
        requests = super().waiting_requests()
        if not requests and self.waiting_lists and self.run.frontier.room() != 0:
            return [self.waiting_lists.popleft()]
        return requests

    # What is asked for

    def feed_requests(self) -> Iterator[Request]:
        for url in self.run.source.feeds:
            yield self.list_request(url, self.parse_feed)

    def sitemap_requests(self) -> Iterator[Request]:
        for url in self.run.source.sitemaps:
            yield self.list_request(url, self.parse_sitemap)

    def wordpress_requests(self) -> Iterator[Request]:
        if self.run.source.wordpress:
            root = self.run.source.home.rstrip("/") + "/wp-json/"
            yield self.list_request(posts_url(root, 1), self.parse_posts, root=root, number=1)

    def section_requests(self) -> Iterator[Request]:
        for url in self.run.source.sections:
            yield self.list_request(url, self.parse_section, number=1)

    def list_request(
        self, url: str, callback: Callable[..., Any], *, parent: str | None = None, **arguments: Any
    ) -> Request:
        """A conditional request (RFC 9110 §13) for a list."""
        headers = {}
        self.asked.add(url)
        if parent is not None:
            self.led.setdefault(url, parent)
            self.unread.add(url)
        known = self.run.frontier.validators(url)
        if known and known.etag and known != NONE_GIVEN:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return Request(
            url,
            callback=self.parse_list,
            errback=self.list_failed,
            headers=headers,
            cb_kwargs={"list_url": url, "reader": callback, "parent": parent, "arguments": arguments},
            priority=LIST_PRIORITY,
            dont_filter=True,
        )

    def further(self, url: str, callback: Callable[..., Any], *, parent: str, **arguments: Any) -> Iterator[Request]:
        """A list that another one leads to: now, or under --limit when there is still room after what is known."""
        if url in self.asked:  # an index that names itself, pages in a circle
            return
        request = self.list_request(url, callback, parent=parent, **arguments)
        if self.run.frontier.room() is None:
            yield request
        elif len(self.waiting_lists) < WAITING_LISTS:
            self.waiting_lists.append(request)

    def following(
        self,
        url: str,
        callback: Callable[..., Any],
        links: Sequence[Link],
        *,
        parent: str,
        brought: bool,
        **arguments: Any,
    ) -> Iterator[Request]:
        """The next page of a list: while pages bring something new, or have never been read to the end.

        The second case matters where the first page names only what a feed has named already, and where an earlier run
        broke off. Pages of which all entries are from before --since end it.
        """
        since = self.run.frontier.since
        older = since and links and all(link.published_at and link.published_at.date() < since for link in links)
        if brought or not (older or self.run.frontier.validators(parent)):
            yield from self.further(url, callback, parent=parent, **arguments)
        elif older:
            self.led.setdefault(url, parent)
            self._leave(url)

    # What comes back

    def parse_list(
        self,
        response: Response,
        list_url: str,
        reader: Callable[..., Iterator[Request]],
        parent: str | None,
        arguments: dict[str, Any],
    ) -> Iterator[Request]:
        """Hand a list to its reader, unless it has not changed or could not be had."""
        frontier = self.run.frontier
        if parent is not None and response.status in ENDED:
            self.unread.discard(list_url)
            logger.info("%s: status %s, nothing there any more", list_url, response.status)
            return
        if response.status == 304:
            self.unread.discard(list_url)
            frontier.list_unchanged(list_url)
            return
        if response.status >= 400:
            yield from self._without(
                list_url, parent, arguments, reason_of_status(response.status), f"status {response.status}"
            )
            return
        try:
            requests = list(reader(response, list_url, **arguments))
        except PageFailed as failure:
            yield from self._without(list_url, parent, arguments, failure.reason, failure.detail)
            return
        except Exception as error:
            logger.exception("%s: could not be read", list_url)
            self._lost(list_url, parent, Reason.FAULT, repr(error)[:300])
            return
        self.unread.discard(list_url)
        settles = parent if "depth" in arguments else None  # a failed article does not reopen all pages before its own
        frontier.list_read(list_url, _validators(response), parent=settles)
        yield from requests

    def _without(
        self, list_url: str, parent: str | None, arguments: dict[str, Any], reason: Reason, detail: str
    ) -> Iterator[Request]:
        """The list could not be read: another way to it, if there is one, else its failure."""
        root = arguments.get("root", "rest_route")
        if "rest_route" not in root and parent is None and reason in ELSEWHERE:
            other = self.run.source.home.rstrip("/") + "/?rest_route=/"
            yield self.list_request(posts_url(other, 1), self.parse_posts, root=other, number=1)
            return
        logger.warning("%s: %s %s", list_url, reason, detail)
        self._lost(list_url, parent, reason, detail)

    def _lost(self, list_url: str, parent: str | None, reason: Reason, detail: str) -> None:
        self.run.frontier.list_failed(list_url, reason, detail, parent=parent)
        self._leave(list_url)

    def list_failed(self, failure: Failure) -> Iterator[Request]:
        """The list could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        told = request.cb_kwargs
        reason, detail = reason_of(failure.value) if failure.value else (Reason.FAULT, "")
        yield from self._without(told["list_url"], told["parent"], told["arguments"], reason, detail)

    def parse_feed(self, response: Response, list_url: str, number: int = 1) -> Iterator[Request]:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        reading = read_feed(response.body, response.url, content_type)
        links = _named_by(list_url, reading.links)
        requests = list(self.article_requests(links))
        yield from requests
        if reading.next_url and number < MOST_FEED_PAGES:
            yield from self.following(
                reading.next_url, self.parse_feed, links, parent=list_url, brought=bool(requests), number=number + 1
            )

    def parse_sitemap(self, response: Response, list_url: str, depth: int = 1) -> Iterator[Request]:
        reading = read_sitemap(response.body, response.url)
        links = (link for link in reading.links if same_site(link.url, self.run.source.home))
        yield from self.article_requests(self._since(list_url, _named_by(list_url, links)))
        if depth <= DEEPEST_SITEMAP:
            for child in self._since(list_url, reading.children):
                yield from self.further(child.url, self.parse_sitemap, parent=list_url, depth=depth + 1)

    def _since(self, list_url: str, entries: Sequence[Changed]) -> list[Changed]:
        """Without what was last changed before --since: sitemaps seldom say when something was published."""
        since = self.run.frontier.since
        kept = [entry for entry in entries if since is None or not changed_before(entry.modified, since)]
        if len(kept) < len(entries):
            self.run.frontier.list_incomplete(list_url)
        return kept

    def parse_posts(self, response: Response, list_url: str, root: str, number: int) -> Iterator[Request]:
        links = _named_by(list_url, read_posts(response.body, response.url))
        requests = list(self.article_requests(links))
        yield from requests
        pages = (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1")
        last = int(pages) if pages.isdigit() else MOST_API_PAGES
        if links and number < min(last, MOST_API_PAGES):
            told = {"root": root, "number": number + 1}
            url = posts_url(root, number + 1)
            yield from self.following(url, self.parse_posts, links, parent=list_url, brought=bool(requests), **told)

    def parse_section(self, response: Response, list_url: str, number: int) -> Iterator[Request]:
        if not isinstance(response, TextResponse):
            raise PageFailed(Reason.BAD_LIST, "no page of text")
        reading = read_section(response.text, response.url)
        links = _named_by(list_url, reading.links)
        requests = list(self.article_requests(links))
        yield from requests
        if links and reading.next_url and number < self.run.source.max_list_pages:
            yield from self.following(
                reading.next_url, self.parse_section, links, parent=list_url, brought=bool(requests), number=number + 1
            )


def _validators(response: Response) -> Validators:
    """What the server gave, or NONE_GIVEN: that a list was read to the end is worth knowing without it, too."""
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    given = Validators(
        etag=etag.decode("latin-1") if etag else None, last_modified=modified.decode("latin-1") if modified else None
    )
    return given or NONE_GIVEN


def _named_by(list_url: str, links: Iterable[Link]) -> list[Link]:
    """Links that remember the address under which their list is known to the run, whatever it redirected to."""
    return [replace(link, list_url=list_url) for link in links]
