"""Furniture: what one source's pages share, learned line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from math import exp
from typing import Any, NamedTuple

from harvester.article import Article, Block
from harvester.clean.fold import LINK, block_keys, fingerprint
from harvester.clean.sightings import Sighting, copies, forget, join, sighting, title_fingerprint, uncount
from harvester.clean.state import (
    PATH_CHARACTERS,
    SAMPLE_CHARACTERS,
    ArticleState,
    FurnitureState,
    LineState,
    PathState,
    key_from_text,
    key_to_text,
)
from harvester.clean.template import TEMPLATE_WINDOW, PathCounts, PathEvidence, main_path, path_key, path_percentages
from harvester.extract.title import shared_part

WINDOW = 200  # articles; older ones are forgotten, so that a site's redesign is outgrown
RECENT = 20  # articles; counted apart, so that a new design is known 10 pages after it came and not after 100
KNOWN_ARTICLES = 10  # from so many on, furniture is recognised with P 1.000 and R 1.000 on the Arabic sites
LISTED_ARTICLES = 2  # a line of so many articles
LISTED_RATIO = 0.05  # and of this share of them is listed in the state for people to read
LISTED_LINES = 100
LISTED_PATHS = 60


class Evidence(NamedTuple):
    """How often a line was seen on other pages of its source."""

    seen: int  # articles that have the line
    counted: int  # articles looked at
    ratio: float  # the larger of seen/counted and the share among the last 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The counts of a source's other articles: one article's own sighting, and those of its copies, are left out."""

    counts: Mapping[int, int]
    recent: Mapping[int, int]
    own: Mapping[int, int]
    own_recent: Mapping[int, int]
    counted: int
    recent_counted: int
    paths: PathCounts
    own_paths: PathCounts

    def path_evidence(self, block: Block) -> PathEvidence | None:
        """Of the block's place; None where no other article has anything there."""
        return self.paths.evidence(path_key(block.path), self.own_paths) if block.path else None

    def evidence(self, block: Block) -> Evidence:
        """Of the block's text or of its masked text, whichever was seen more often."""
        seen = recent = 0
        for key in block_keys(block):
            seen = max(seen, self.counts.get(key, 0) - self.own.get(key, 0))
            recent = max(recent, self.recent.get(key, 0) - self.own_recent.get(key, 0))
        ratio = seen / self.counted if self.counted else 0.0
        if self.counted >= RECENT and self.recent_counted:
            ratio = max(ratio, recent / self.recent_counted)
        return Evidence(seen, self.counted, ratio)


class Furniture:
    """The lines of a source's last 200 articles, each counted once an article.

    Nothing here knows the time: `seen_at` is what the caller says. What two runs learned is joined article by
    article (`merge`), so an article that both have seen counts once, and a state joined with itself is the same.
    """

    def __init__(self) -> None:
        self._sightings: list[Sighting] = []  # oldest first
        self._counts: Counter[int] = Counter()
        self._recent: Counter[int] = Counter()
        self._samples: dict[int, str] = {}  # text of the lines that were seen twice
        self._paths = PathCounts()
        self._path_names: dict[int, str] = {}
        self._title_parts: Counter[str] = Counter()

    @property
    def counted(self) -> int:
        """Distinct articles learned from, at most the window."""
        return len(self._sightings)

    @property
    def known(self) -> bool:
        """Have enough articles been counted to recognise the furniture of all of them?"""
        return self.counted >= KNOWN_ARTICLES

    def says(self, path: str) -> bool | None:
        """Do blocks at this path of the source's pages carry text? None where that is not sure."""
        return self._paths.says(path)

    def sure_places(self) -> dict[int, bool]:
        """All that `says` is sure of, by `harvester.clean.template.path_key`: small enough to be sent to readers."""
        return self._paths.sure()

    @property
    def site_names(self) -> tuple[str, ...]:
        """Folded parts that the titles of several articles begin or end with."""
        return shared_part(self._title_parts)

    def knows(self, article: Article) -> bool:
        """Have enough articles been counted most of whose text stands where this one's does? Not so for the first of a
        new source, nor after a redesign."""
        main = main_path(path_percentages(article.blocks))
        alike = sum(1 for one in self._sightings if not one.paths or main is None or main == main_path(one.paths))
        return alike >= KNOWN_ARTICLES

    def learn(self, article: Article, *, seen_at: str = "") -> bool:
        """Count an article's lines, kept and removed. False if it was counted before, or is a copy of one that was."""
        if copies(article, self._sightings):
            return False
        number = max((one.number for one in self._sightings[-RECENT:]), default=-1) + 1
        new = sighting(article, seen_at, number)
        if self._sightings and new.order < self._sightings[-1].order:  # a clock set back: order is what it was seen in
            self._count_anew(sorted([*self._sightings, new], key=lambda one: one.order))
        else:
            self._append(new)
        self._sample(article)
        return True

    def others(self, article: Article) -> Others:
        """What the source's other articles say, for judging the lines of this one."""
        same = copies(article, self._sightings)
        last = set(map(id, self._sightings[-RECENT:]))
        recent = [one for one in same if id(one) in last]
        return Others(
            counts=self._counts,
            recent=self._recent,
            own=Counter(key for one in same for key in one.keys),
            own_recent=Counter(key for one in recent for key in one.keys),
            counted=self.counted - len(same),
            recent_counted=min(self.counted, RECENT) - len(recent),
            paths=self._paths,
            own_paths=PathCounts.of(one.paths for one in same),
        )

    def evidence(self, block: Block) -> Evidence:
        """Of a block of an article that was not counted yet. `others` is for any article."""
        return Others(
            counts=self._counts,
            recent=self._recent,
            own={},
            own_recent={},
            counted=self.counted,
            recent_counted=min(self.counted, RECENT),
            paths=self._paths,
            own_paths=PathCounts(),
        ).evidence(block)

    def merge(self, other: Furniture) -> Furniture:
        """What both have learned, as a new value; neither is changed."""
        merged = Furniture()
        merged._samples = {
            key: max(texts)
            for key in self._samples.keys() | other._samples.keys()
            if (texts := [each._samples[key] for each in (self, other) if key in each._samples])
        }
        merged._path_names = other._path_names | self._path_names
        merged._count_anew(join(self._sightings, other._sightings, WINDOW))
        return merged

    def without(self, keys: Set[str]) -> Furniture:
        """The same without the articles that have one of these keys, or whose title has one (see `sighting_keys`)."""
        gone = {key_from_text(key) for key in keys}
        left = Furniture()
        left._samples, left._path_names = dict(self._samples), dict(self._path_names)
        left._count_anew([one for one in self._sightings if not gone & {one.article, one.title}])
        return left

    def to_state(self) -> dict[str, Any]:
        """As JSON-able values (see `FurnitureState`), at most 100 KiB: a person can read which lines are furniture."""
        return FurnitureState(
            counted=self.counted,
            lines=self._listed(),
            paths=self._listed_paths(),
            site_names=list(self.site_names),
            articles=[ArticleState.of(one) for one in self._sightings],
        ).model_dump(mode="json")

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Furniture:
        """What `to_state` gave. Raises ValueError (pydantic's) for anything else."""
        read = FurnitureState.model_validate(state)
        furniture = cls()
        furniture._samples = {key_from_text(line.key): line.text for line in read.lines}
        furniture._path_names = {key_from_text(path.key): path.path for path in read.paths}
        furniture._count_anew([one.sighting() for one in read.articles])
        return furniture

    def _append(self, new: Sighting) -> None:
        self._sightings.append(new)
        self._counts.update(new.keys)
        self._paths.add(new.paths)
        self._title_parts.update(new.title_parts)
        if len(self._sightings) > TEMPLATE_WINDOW:
            self._forget_template(-TEMPLATE_WINDOW - 1)
        if len(self._sightings) > WINDOW:
            uncount(self._counts, self._sightings.pop(0).keys)
        self._tidy()

    def _forget_template(self, at: int) -> None:
        old = self._sightings[at]
        self._paths.add(old.paths, sign=-1)
        self._title_parts.subtract(old.title_parts)
        self._sightings[at] = replace(old, paths={}, title_parts=())

    def _count_anew(self, sightings: list[Sighting]) -> None:
        self._sightings = sightings[-WINDOW:]
        for at in range(len(self._sightings) - TEMPLATE_WINDOW):
            self._sightings[at] = replace(self._sightings[at], paths={}, title_parts=())
        self._paths = PathCounts.of(one.paths for one in self._sightings)
        self._title_parts = Counter(part for one in self._sightings for part in one.title_parts)
        self._counts = Counter(key for one in self._sightings for key in one.keys)
        self._tidy()

    def _tidy(self) -> None:
        forget(self._sightings, self._counts)
        self._recent = Counter(key for one in self._sightings[-RECENT:] for key in one.keys)
        self._samples = {key: text for key, text in self._samples.items() if self._counts[key] >= LISTED_ARTICLES}

    def _sample(self, article: Article) -> None:
        for block in article.blocks:
            self._path_names.setdefault(path_key(block.path), block.path[-PATH_CHARACTERS:])
        if self.counted < LISTED_ARTICLES:
            return
        for block in article.blocks:
            for key, text in zip(block_keys(block), (block.text, block.masked.replace(LINK, "[…]")), strict=False):
                if self._counts[key] >= LISTED_ARTICLES and key not in self._samples:
                    self._samples[key] = text[:SAMPLE_CHARACTERS]

    def _listed(self) -> list[LineState]:
        """The lines that count as furniture, those of most articles first."""
        least = max(LISTED_ARTICLES, LISTED_RATIO * self.counted)
        keys = [key for key in self._samples if self._counts[key] >= least]
        keys.sort(key=lambda key: (-self._counts[key], self._samples[key], key))
        return [self._line(key) for key in keys[:LISTED_LINES]]

    def _listed_paths(self) -> list[PathState]:
        """The places that the last articles share, those of most articles first."""
        counted = self._paths.articles
        keys = [key for key in self._path_names if counted[key] >= LISTED_ARTICLES]
        keys.sort(key=lambda key: (-counted[key], self._path_names[key], key))
        return [
            PathState(
                path=self._path_names[key],
                articles=counted[key],
                text=round(1 / (1 + exp(-self._paths.logits[key] / counted[key])), 2),
                key=key_to_text(key),
            )
            for key in keys[:LISTED_PATHS]
        ]

    def _line(self, key: int) -> LineState:
        days = [one.seen_at for one in self._sightings if key in one.keys]
        return LineState(
            text=self._samples[key],
            articles=self._counts[key],
            first_seen=days[0],
            last_seen=days[-1],
            key=key_to_text(key),
        )


def sighting_keys(urls: Iterable[str], titles: Iterable[str]) -> frozenset[str]:
    """What an article of these addresses and titles may be named by in a state."""
    numbers = {fingerprint(url) for url in urls} | {title_fingerprint(title) for title in titles} - {0}
    return frozenset(map(key_to_text, numbers))
