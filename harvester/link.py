"""A link: an address that some list names as a possible article."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of a feed, a sitemap, a WordPress listing or a section page."""

    url: str
    list_url: str  # the list that named it
    title: str | None = None
    published_at: datetime | None = None  # aware
    modified: str | None = None  # what the list says of its last change, as it stands there; compared, never parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "changed since?" with (RFC 9110 §8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)
