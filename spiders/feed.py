"""Feeds: RSS 0.9x to 2.0, Atom and JSON Feed, also broken ones. Pure: bytes in, links out."""

import calendar
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from harvester.errors import PageFailed
from harvester.link import Link
from harvester.outcomes import Reason

LARGEST = 50 * 1024 * 1024
"""Bytes after unpacking. Feeds have some hundred kilobytes."""

GZIP_MAGIC = b"\x1f\x8b"

LONGEST_ADDRESS = 4096
"""Characters. Scrapy drops longer ones without a word (URLLENGTH_LIMIT of our settings), so they are no links here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """What a feed names."""

    links: tuple[Link, ...]
    next_url: str | None = None  # its following page (RFC 5005)


def read_feed(body: bytes, url: str, content_type: str | None = None) -> FeedReading:
    """Read a feed of any kind. Raises PageFailed (BAD_LIST) for what is none."""
    body = unpacked(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(body, url)
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    try:
        parsed = feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=False)
    except (
        ValueError,
        ArithmeticError,
        LookupError,
        AssertionError,
        TypeError,
    ) as error:  # &#1114112; and other rubbish
        raise PageFailed(Reason.BAD_LIST, f"no feed: {error!r}"[:200]) from None
    if not parsed.get("version") and not parsed.entries:  # of an empty body feedparser says nothing at all
        problem = parsed.get("bozo_exception")
        raise PageFailed(Reason.BAD_LIST, f"no feed: {problem or 'no entries'}"[:200])
    links = tuple(_links(parsed.entries, url))
    following = next((one.get("href") for one in parsed.feed.get("links", ()) if one.get("rel") == "next"), None)
    return FeedReading(links=links, next_url=web_address(url, following))


def unpacked(body: bytes) -> bytes:
    """Undo gzip, which lists come in whatever their header says. Raises PageFailed for what is damaged or a bomb."""
    if not body.startswith(GZIP_MAGIC):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PageFailed(Reason.BAD_LIST, f"damaged gzip: {error}") from None
    if len(content) > LARGEST:
        raise PageFailed(Reason.TOO_LARGE, f"over {LARGEST} bytes when unpacked")
    return content


def _links(entries: list[Any], url: str) -> Iterator[Link]:
    for entry in entries:
        address = web_address(url, entry.get("feedburner_origlink") or entry.get("link") or _permalink(entry))
        if address:
            yield Link(
                url=address,
                list_url=url,
                title=entry.get("title") or None,
                published_at=_moment(entry.get("published_parsed") or entry.get("created_parsed")),
                modified=dict.get(entry, "updated"),
            )


def _permalink(entry: Any) -> str | None:
    """An RSS guid that is an address, where there is no link."""
    given = entry.get("id") or ""
    return given if given.startswith(("http://", "https://")) else None


def web_address(base: str, url: str | None) -> str | None:
    """The http(s) address that a list's entry stands for; None for anything else."""
    if not url:
        return None
    try:
        absolute = urljoin(base, url.strip())
        parts = urlsplit(absolute)
        fetchable = parts.port is None or parts.port > 0  # .port raises for what is no port
        absolute.encode()
        (parts.hostname or "").encode("idna")  # UnicodeError for a label that is empty or too long
    except ValueError:
        return None
    fetchable = fetchable and parts.scheme in ("http", "https") and len(absolute) <= LONGEST_ADDRESS
    return absolute if fetchable and parts.hostname else None


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (OverflowError, ValueError, OSError):
        return None


def _json_feed(body: bytes, url: str) -> FeedReading:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PageFailed(Reason.BAD_LIST, f"no feed: {error}"[:200]) from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise PageFailed(Reason.BAD_LIST, "JSON, but no JSON Feed")
    links = tuple(link for item in items if isinstance(item, dict) and (link := _json_item(item, url)))
    following = feed.get("next_url")
    return FeedReading(links=links, next_url=web_address(url, following if isinstance(following, str) else None))


def _json_item(item: dict[str, Any], url: str) -> Link | None:
    given = item.get("url") or item.get("external_url") or item.get("id")
    address = web_address(url, given) if isinstance(given, str) else None
    if address is None:
        return None
    modified = item.get("date_modified")
    return Link(
        url=address,
        list_url=url,
        title=item.get("title") if isinstance(item.get("title"), str) else None,
        published_at=iso_moment(item.get("date_published")),
        modified=modified if isinstance(modified, str) else None,
    )


def iso_moment(text: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; without an offset it is taken for UTC. None for what is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # in the year 1 or 9999
        return None
