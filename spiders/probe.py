"""Probing a site of which only the address is known."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from protego import Protego
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from harvester.errors import NotArticle, PageFailed
from harvester.extract import read_article
from harvester.extract.charset import decode_page
from harvester.language import normalised_tag
from harvester.link import Link
from harvester.outcomes import Reason
from harvester.page import Page
from harvester.probe import Probe, Sample, with_entry_points
from harvester.urls import same_site
from spiders.article import ArticleSpider
from spiders.failures import reason_of, reason_of_status
from spiders.feed import read_feed
from spiders.links import looks_like_article
from spiders.section import read_section
from spiders.sitemap import read_sitemap
from spiders.wire import page_of
from spiders.wordpress import api_root, posts_url, read_posts

logger = logging.getLogger(__name__)

Fetch = Callable[[str], Awaitable[Page]]
"""Raises PageFailed where a page could not be had, or has a status of 400 and over."""

FEED_PLACES = ("feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feeds/posts/default", "?feed=rss2")
SITEMAP_PLACES = ("sitemap.xml", "sitemap_index.xml", "news-sitemap.xml", "wp-sitemap.xml")
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json+feed")
MOST_FEEDS = 3
MOST_SITEMAPS = 5
MOST_SECTIONS = 8
FEWEST_LISTED = 3
"""Articles on a page of links, for it to be a section."""

SAMPLES = 3
PROBE_LIFE = timedelta(days=7)
"""What a probe found is used for so long; sites move their feeds seldom."""


@dataclass(slots=True)
class _Prober:
    """Gathers what one site's probe finds."""

    fetch: Fetch
    home: str
    links: list[Link] = field(default_factory=list)

    async def tried(self, url: str, read: Callable[[Page], Iterable[Link]]) -> bool:
        """Is there a list at this address? Its links are kept."""
        try:
            page = await self.fetch(url)
            self.links.extend(read(page))
        except PageFailed:
            return False
        return True

    async def feeds(self, tree: html.HtmlElement) -> tuple[str, ...]:
        declared = [
            urljoin(self.home, link.get("href") or "")
            for link in tree.iterfind(".//link[@rel]")
            if "alternate" in (link.get("rel") or "").lower()
            and (link.get("type") or "").lower() in FEED_TYPES
            and "comment" not in (link.get("href") or "").lower()
        ]
        found = [url for url in dict.fromkeys(declared[:MOST_FEEDS]) if await self.tried(url, _feed_links)]
        for place in FEED_PLACES if not found else ():
            if await self.tried(urljoin(self.home, place), _feed_links):
                return (urljoin(self.home, place),)
        return tuple(found)

    async def sitemaps(self, declared: Iterable[str]) -> tuple[str, ...]:
        found = [url for url in list(declared)[:MOST_SITEMAPS] if await self.tried(url, self._sitemap_links)]
        for place in SITEMAP_PLACES if not found else ():
            if await self.tried(urljoin(self.home, f"/{place}"), self._sitemap_links):
                return (urljoin(self.home, f"/{place}"),)
        return tuple(found)

    def _sitemap_links(self, page: Page) -> Iterable[Link]:
        reading = read_sitemap(page.content, page.url)
        return [link for link in reading.links[:50] if same_site(link.url, self.home)]

    async def wordpress(self, page: Page, markup: str) -> bool:
        root = api_root(page.headers, markup, self.home)
        if root is None and "/wp-content/" in markup:  # WordPress with its links to the API taken out
            root = urljoin(self.home, "/wp-json/")
        return root is not None and await self.tried(posts_url(root, 1), lambda got: read_posts(got.content, got.url))

    async def sections(self, tree: html.HtmlElement, markup: str) -> tuple[str, ...]:
        """The home page, and pages that its navigation leads to, as far as they list articles."""
        found = []
        home_links = read_section(markup, self.home).links
        if home_links:
            found.append(self.home)
            self.links.extend(home_links)
        for url in _navigation(tree, self.home)[:MOST_SECTIONS]:
            before = len(self.links)
            if await self.tried(url, _section_links) and len(self.links) - before >= FEWEST_LISTED:
                found.append(url)
        return tuple(found)

    async def samples(self) -> tuple[Sample, ...]:
        """Read a few listed pages as articles, those first that look most like one."""
        distinct = {link.url: link for link in self.links}
        urls = sorted(distinct, key=lambda url: not looks_like_article(url))[:SAMPLES]
        return tuple([await self._sample(url) for url in urls])

    async def _sample(self, url: str) -> Sample:
        try:
            article = read_article(await self.fetch(url), home=self.home)
        except (NotArticle, PageFailed) as refusal:
            return Sample(url=url, refused=str(refusal))
        return Sample(url=url, title=article.title, words=len(article.text.split()))


def _feed_links(page: Page) -> Iterable[Link]:
    return read_feed(page.content, page.url, page.header("content-type")).links


def _section_links(page: Page) -> Iterable[Link]:
    return read_section(decode_page(page), page.url).links


def _navigation(tree: html.HtmlElement, home: str) -> list[str]:
    """Addresses of the same site that the navigation leads to and that are no articles."""
    found = dict.fromkeys(
        urljoin(home, link.get("href") or "").partition("#")[0]
        for link in tree.xpath("//nav//a[@href] | //header//a[@href]")
    )
    return [
        url
        for url in found
        if same_site(url, home) and urlsplit(url).path.strip("/") and not looks_like_article(url) and url != home
    ]


async def probe_site(fetch: Fetch, home: str) -> Probe:
    """Find out where a site lists its articles. Raises PageFailed where its home page can't be had."""
    page = await fetch(home)
    markup = decode_page(page)
    prober = _Prober(fetch=fetch, home=page.url)
    try:
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError):
        tree = html.document_fromstring(b"<html><body></body></html>")
    robots = await _robots(fetch, page.url)
    feeds = await prober.feeds(tree)
    wordpress = await prober.wordpress(page, markup)
    sitemaps = await prober.sitemaps(robots.sitemaps)
    sections = () if feeds or wordpress or sitemaps else await prober.sections(tree, markup)
    return Probe(
        home=page.url,
        feeds=feeds,
        sitemaps=sitemaps,
        wordpress=wordpress,
        sections=sections,
        language=normalised_tag(tree.get("lang") or ""),
        crawl_delay_s=robots.crawl_delay("news-harvester"),
        listed=len({link.url for link in prober.links}),
        samples=await prober.samples(),
    )


async def _robots(fetch: Fetch, home: str) -> Protego:
    try:
        page = await fetch(urljoin(home, "/robots.txt"))
    except PageFailed:
        return Protego.parse("")
    return Protego.parse(page.content[:512_000].decode("utf-8", "replace"))


def fetching(crawler: Crawler) -> Fetch:
    """A fetch through the crawl's own downloader: with its politeness, robots.txt and refusals."""

    async def fetch(url: str) -> Page:
        assert crawler.engine is not None
        if not crawler.crawling:
            raise PageFailed(Reason.INTERRUPTED, f"stopped before {url}")
        request = Request(url, dont_filter=True)
        try:
            response: Response = await crawler.engine.download_async(request)
        except Exception as error:
            reason, detail = reason_of(error)
            raise PageFailed(reason, detail) from error
        if response.status >= 400:
            raise PageFailed(reason_of_status(response.status), f"status {response.status}: {url}")
        response.request = response.request or request
        return page_of(response, datetime.now(UTC))

    return fetch


async def probed_source(spider: ArticleSpider) -> None:
    """Give the spider's run a source with entry points: those of an earlier probe, or of one made now.

    Raises PageFailed where the site can't be reached.
    """
    run = spider.run
    known = run.context.index.lists.entry_points(run.source.name)
    if known is not None and run.context.now().timestamp() - known[1] < PROBE_LIFE.total_seconds():
        run.adopt(with_entry_points(run.source, known[0]))
        return
    probe = await probe_site(fetching(spider.crawler), run.source.home)
    run.adopt(with_entry_points(run.source, probe.entry_points()), found=probe.entry_points())
