"""Sitemaps: address lists, indexes, news sitemaps, plain text. Pure: bytes in, links out; read as a stream."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lxml import etree

from harvester.errors import PageFailed
from harvester.link import Link
from harvester.outcomes import Reason
from spiders.feed import iso_moment, unpacked, web_address

MOST_ENTRIES = 50_000
"""Of one file, by the protocol (sitemaps.org); what comes after is left out."""

TEXT_LINE = re.compile(rb"https?://\S+", re.IGNORECASE)
ROOT = re.compile(rb"<\?xml\b|<(?:\w+:)?(?:urlset|sitemapindex)\b")
BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,31};)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSitemap:
    """A sitemap that an index names."""

    url: str
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapReading:
    """What a sitemap names: articles, or other sitemaps (those changed last first)."""

    links: tuple[Link, ...] = ()
    children: tuple[ChildSitemap, ...] = ()


def read_sitemap(body: bytes, url: str) -> SitemapReading:
    """Read a sitemap of any kind. Raises PageFailed (BAD_LIST) for what is none."""
    body = unpacked(body)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        return _plain_text(start, url)
    root = ""
    links: list[Link] = []
    children: list[ChildSitemap] = []
    for tag, fields in _entries(_mended(start)):
        root = root or tag
        address = web_address(url, fields.get("loc"))
        if address is None:
            continue
        if tag == "sitemap":
            children.append(ChildSitemap(url=address, modified=fields.get("lastmod")))
        else:
            links.append(_link(address, url, fields))
        if len(links) + len(children) >= MOST_ENTRIES:
            break
    if not root and not re.search(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b", start[:4096]):
        raise PageFailed(Reason.BAD_LIST, "no sitemap")
    children.sort(key=lambda child: child.modified or "", reverse=True)
    return SitemapReading(links=tuple(links), children=tuple(children))


def _mended(body: bytes) -> bytes:
    """Without a server's warning before the markup; "&" of addresses escaped, which the parser would swallow."""
    root = ROOT.search(body[:4096])
    body = body[root.start() :] if root else body
    return body if b"<![CDATA[" in body else BARE_AMPERSAND.sub(b"&amp;", body)


def changed_before(modified: str | None, day: date) -> bool:
    """Was something last changed before this day, and so published before it too? With a day's grace for time zones."""
    moment = iso_moment(modified)
    return moment is not None and moment.date() < day - timedelta(days=1)


def _link(address: str, url: str, fields: dict[str, str]) -> Link:
    return Link(
        url=address,
        list_url=url,
        title=fields.get("title"),
        published_at=iso_moment(fields.get("publication_date")),
        modified=fields.get("lastmod"),
    )


def _entries(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each <url> and <sitemap> with the texts of its elements by local name; broken markup ends the stream."""
    events = etree.iterparse(
        io.BytesIO(body),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in events:
            fields: dict[str, str] = {}
            for one in _of_entry(element):
                if isinstance(one.tag, str) and one.text and one.text.strip():
                    fields.setdefault(_local_name(one.tag), one.text.strip())
            tag = _local_name(str(element.tag))
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]
            yield tag, fields
    except etree.XMLSyntaxError:
        return


def _local_name(tag: str) -> str:
    """Also of a prefix that was never declared, as in a news sitemap without xmlns:news; QName refuses those."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def _of_entry(element: etree._Element) -> Iterator[etree._Element]:
    """What says something of the page itself; pictures and films in it have a <loc> and a <title> of their own."""
    for child in element:
        if isinstance(child.tag, str) and _local_name(child.tag) == "news":
            yield from child.iter()
        else:
            yield child


def _plain_text(body: bytes, url: str) -> SitemapReading:
    """One address a line (sitemaps.org, "Text file")."""
    lines = body.splitlines()[:MOST_ENTRIES]
    found = [line.strip().decode("utf-8", "replace") for line in lines if TEXT_LINE.fullmatch(line.strip())]
    if not found or len(found) < 0.5 * len([line for line in lines if line.strip()]):
        raise PageFailed(Reason.BAD_LIST, "no sitemap")
    addresses = (web_address(url, one) for one in found)
    return SitemapReading(links=tuple(Link(url=address, list_url=url) for address in addresses if address))
