"""Furniture: what one source's pages share, learned line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from harvester.article import Article, Block
from harvester.clean.fold import LINK, block_keys
from harvester.clean.sightings import Sighting, copies, forget, join, sighting, uncount
from harvester.clean.state import SAMPLE_CHARACTERS, ArticleState, FurnitureState, LineState, key_from_text, key_to_text

WINDOW = 200  # articles; older ones are forgotten, so that a site's redesign is outgrown
RECENT = 20  # articles; counted apart, so that a new design is known 10 pages after it came and not after 100
KNOWN_ARTICLES = 10  # from so many on, furniture is recognised with P 1.000 and R 1.000 on the Arabic sites
LISTED_ARTICLES = 2  # a line of so many articles
LISTED_RATIO = 0.05  # and of this share of them is listed in the state for people to read
LISTED_LINES = 100


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

    def evidence(self, block: Block) -> Evidence:
        """Of the block's text or of its masked text, whichever was seen more often."""
        keys = block_keys(block)
        seen = max(self.counts.get(key, 0) - self.own.get(key, 0) for key in keys)
        recent = max(self.recent.get(key, 0) - self.own_recent.get(key, 0) for key in keys)
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

    @property
    def counted(self) -> int:
        """Distinct articles learned from, at most the window."""
        return len(self._sightings)

    @property
    def known(self) -> bool:
        """Have enough articles been counted to recognise the furniture of all of them?"""
        return self.counted >= KNOWN_ARTICLES

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
        ).evidence(block)

    def merge(self, other: Furniture) -> Furniture:
        """What both have learned, as a new value; neither is changed."""
        merged = Furniture()
        merged._samples = {
            key: max(texts)
            for key in self._samples.keys() | other._samples.keys()
            if (texts := [each._samples[key] for each in (self, other) if key in each._samples])
        }
        merged._count_anew(join(self._sightings, other._sightings, WINDOW))
        return merged

    def to_state(self) -> dict[str, Any]:
        """As JSON-able values (see `FurnitureState`), at most 100 KiB: a person can read which lines are furniture."""
        return FurnitureState(
            counted=self.counted,
            lines=self._listed(),
            articles=[ArticleState.of(one) for one in self._sightings],
        ).model_dump(mode="json")

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Furniture:
        """What `to_state` gave. Raises ValueError (pydantic's) for anything else."""
        read = FurnitureState.model_validate(state)
        furniture = cls()
        furniture._samples = {key_from_text(line.key): line.text for line in read.lines}
        furniture._count_anew([one.sighting() for one in read.articles])
        return furniture

    def _append(self, new: Sighting) -> None:
        self._sightings.append(new)
        self._counts.update(new.keys)
        if len(self._sightings) > WINDOW:
            uncount(self._counts, self._sightings.pop(0).keys)
        self._tidy()

    def _count_anew(self, sightings: list[Sighting]) -> None:
        self._sightings = sightings[-WINDOW:]
        self._counts = Counter(key for one in self._sightings for key in one.keys)
        self._tidy()

    def _tidy(self) -> None:
        forget(self._sightings, self._counts)
        self._recent = Counter(key for one in self._sightings[-RECENT:] for key in one.keys)
        self._samples = {key: text for key, text in self._samples.items() if self._counts[key] >= LISTED_ARTICLES}

    def _sample(self, article: Article) -> None:
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

    def _line(self, key: int) -> LineState:
        days = [one.seen_at for one in self._sightings if key in one.keys]
        return LineState(
            text=self._samples[key],
            articles=self._counts[key],
            first_seen=days[0],
            last_seen=days[-1],
            key=key_to_text(key),
        )
