"""Furniture as it is stored: one JSON object a source."""

import base64
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from harvester.clean.fold import KEY_BITS
from harvester.clean.sightings import Sighting

SCHEMA_VERSION: Final = 2  # 1 had no paths
SAMPLE_CHARACTERS = 100  # enough to know the line by; 100 Arabic ones are 20 KB
PATH_CHARACTERS = 100  # the end of a path, to know it by

KeyText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8}$")]


def key_to_text(key: int) -> str:
    """Eight letters of base64url."""
    return base64.urlsafe_b64encode(key.to_bytes(KEY_BITS // 8, "big")).decode("ascii")


def keys_to_text(keys: Iterable[int]) -> str:
    """The same of several, one after the other."""
    return base64.urlsafe_b64encode(b"".join([key.to_bytes(KEY_BITS // 8, "big") for key in keys])).decode("ascii")


def key_from_text(text: str) -> int:
    """The number behind `key_to_text`."""
    return int.from_bytes(base64.urlsafe_b64decode(text), "big")


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LineState(_State):
    """A line that the source's pages share, for people to read; `text` is as one of the pages had it."""

    text: str
    articles: int  # of the counted ones that have it
    first_seen: str  # as the run said it, "" if it did not
    last_seen: str
    key: KeyText


class PathState(_State):
    """A place that the source's pages share, for people to read: how likely text is there, on how many articles."""

    path: str  # its end
    articles: int  # of the last ones counted that have a block there
    text: float  # mean probability, 0 to 1
    key: KeyText


class ArticleState(_State):
    """A counted article."""

    article: KeyText
    title: KeyText
    seen_at: str
    number: Annotated[int, Field(ge=0)]
    keys: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{8})*$")]  # without spaces between them, sorted
    paths: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{8}\d\d)*$")] = ""  # key and percent, most text first
    title_parts: list[str] = []

    @classmethod
    def of(cls, one: Sighting) -> Self:
        """As it is stored."""
        return cls(
            article=key_to_text(one.article),
            title=key_to_text(one.title),
            seen_at=one.seen_at,
            number=one.number,
            keys=keys_to_text(sorted(one.keys)),
            paths="".join(f"{key_to_text(path)}{percent:02}" for path, percent in one.paths.items()),
            title_parts=list(one.title_parts),
        )

    def sighting(self) -> Sighting:
        """As it is counted."""
        keys = (self.keys[at : at + 8] for at in range(0, len(self.keys), 8))
        paths = (self.paths[at : at + 10] for at in range(0, len(self.paths), 10))
        return Sighting(
            article=key_from_text(self.article),
            title=key_from_text(self.title),
            seen_at=self.seen_at,
            number=self.number,
            keys=frozenset(map(key_from_text, keys)),
            paths={key_from_text(one[:8]): int(one[8:]) for one in paths},
            title_parts=tuple(self.title_parts),
        )


class FurnitureState(_State):
    """All that was learned of one source. `lines`, `paths` and `site_names` are there to be read, `articles` (oldest
    first) to be counted."""

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    counted: int
    lines: list[LineState]
    paths: list[PathState] = []
    site_names: list[str] = []  # what titles begin or end with, folded
    articles: list[ArticleState]
