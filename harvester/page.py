"""A page: what one fetch gave. Never edited."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order received: (name, value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetch of one address.

    `raw` is the body as it came over the wire, `Content-Encoding` and all; `content` is the same with that encoding
    undone (equal to `raw` where there was none). Character decoding is `harvester.extract.charset.decode_page`.
    """

    url: str  # as fetched, after redirects
    requested_url: str  # as asked for
    status: int
    headers: Headers
    raw: bytes = field(repr=False)
    content: bytes = field(repr=False)
    fetched_at: datetime  # aware, UTC
    request_headers: Headers = ()
    listed_url: str | None = None  # the list (feed, sitemap, section page) that named it

    @classmethod
    def saved(cls, content: bytes, *, url: str, content_type: str, fetched_at: datetime) -> Self:
        """A page that somebody else has fetched, of which the content alone is known."""
        return cls(
            url=url,
            requested_url=url,
            status=200,
            headers=(("Content-Type", content_type),),
            raw=content,
            content=content,
            fetched_at=fetched_at,
        )

    def header(self, name: str) -> str | None:
        """The first header field of this name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)
