"""What a demo site is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from harvester.demo.story import Part, Story

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, as far as a site cares."""

    path: str  # percent-decoded
    query: dict[str, str]
    corrected: bool  # is the correction out?
    turn: int  # number of the request; what "most read" boxes change with


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    body: str
    status: int = 200
    content_type: str = "text/html; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    changed_at: datetime | None = None  # aware; given: the answer carries validators and can become a 304


class VirtualSite(Protocol):
    """A demo site behind its host name."""

    name: str  # of the source and of the content folder
    host: str

    def answer(self, visit: Visit) -> Reply:
        """The reply to a GET."""

    def url(self, story: Story) -> str:
        """The story's canonical address."""

    def layout(self, story: Story) -> tuple[Part, ...]:
        """All text blocks of the article's container that are the same at each visit, in page order."""


def redirect(address: str, status: int = 301) -> Reply:
    return Reply(status=status, body="", headers=(("Location", address),))


def latest_change(stories: Sequence[Story]) -> datetime:
    return max(story.modified for story in stories)


def page_of(entries: Sequence[T], number: int, size: int) -> Sequence[T]:
    """The entries of one list page, counted from 1; empty where there is no such page."""
    return entries[(number - 1) * size : number * size] if number > 0 else ()


def most_read(stories: Sequence[Story], turn: int, count: int = 4) -> list[Story]:
    """The box that is never the same twice running."""
    start = turn * 3
    return [stories[(start + place) % len(stories)] for place in range(count)]
