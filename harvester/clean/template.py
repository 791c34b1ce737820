"""A source's template: which places of its pages carry the articles' text, learned path by path.

A page read alone gives each block a probability. Pages of one site share a template, so the mean over the blocks that
stand at the same path on its other pages says more than any page alone, whatever the block itself looks like.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np

from harvester.article import Block
from harvester.choice import best_bar
from harvester.clean.fold import fingerprint, word_count

PATH_WEIGHT = 2.0
"""Of what other pages say of a path against what the page says of the block, both as logits. On 40 transplanted sites
of 12 pages, with blocks' probabilities from networks that have not seen them, F without paths is .9491, with this
weight .9531 and with 1 to 3 between .9527 and .9533; recall rises too."""

ONE_PAGE = 1.0
"""Pages. The evidence of n other pages counts n / (n + this): one page's word is half as good as that of many."""

TEMPLATE_WINDOW = 60
"""Articles whose paths are known. A new design has new paths; where it keeps old ones, it is known so much later."""

SURE_PAGES, SURE_LOGIT = 5, 2.9
"""A path of so many other articles whose mean probability is at least .95, or at most .05, needs no closer look. With
.9 and .1, 77 % and not 85 % of 480 transplanted pages (12 a site) are read closely, and recall falls by .003 more."""

MOST_PATHS = 40
"""Of one article that are remembered, those with most text."""

LEAST_KEPT = 0.4
"""Of the words that the page alone keeps; where the template would keep fewer, it is set aside for that page."""

TEXT_PERCENT = 50
"""From here on a path rather carries text."""

SUREST = 0.99
"""Nearer to 0 or 1 no probability is trusted."""


class PathEvidence(NamedTuple):
    """What a source's other pages say of a path."""

    articles: int
    logit: float  # mean over them


@dataclass(slots=True)
class PathCounts:
    """Sums over articles, by path."""

    articles: Counter[int] = field(default_factory=Counter)
    logits: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))

    @classmethod
    def of(cls, seen: Iterable[Mapping[int, int]]) -> "PathCounts":
        """Of the percentages of several articles."""
        counts = cls()
        for one in seen:
            counts.add(one)
        return counts

    def add(self, percentages: Mapping[int, int], sign: int = 1) -> None:
        """Count an article in, or with -1 out again."""
        for path, percent in percentages.items():
            self.articles[path] += sign
            self.logits[path] += sign * logit(percent / 100)

    def says(self, path: str) -> bool | None:
        """Do the blocks at this path carry text? None where that is not sure."""
        key = path_key(path)
        articles = self.articles.get(key, 0)
        if articles < SURE_PAGES or abs(self.logits[key]) < SURE_LOGIT * articles:
            return None
        return self.logits[key] > 0

    def sure(self) -> dict[int, bool]:
        """What `says` says, by path key, of all paths of which that is sure."""
        return {
            key: self.logits[key] > 0
            for key, articles in self.articles.items()
            if articles >= SURE_PAGES and abs(self.logits[key]) >= SURE_LOGIT * articles
        }

    def evidence(self, path: int, own: "PathCounts") -> PathEvidence | None:
        """What the articles say that are not `own`; None where no other has the path."""
        articles = self.articles.get(path, 0) - own.articles.get(path, 0)
        if articles <= 0:
            return None
        return PathEvidence(articles, (self.logits[path] - own.logits.get(path, 0.0)) / articles)


@lru_cache(maxsize=16384)
def path_key(path: str) -> int:
    """Stands for a path in the stored state."""
    return fingerprint(path)


@lru_cache(maxsize=4096)
def logit(probability: float) -> float:
    """Log-odds, of a probability that is never quite sure."""
    bounded = min(max(probability, 1 - SUREST), SUREST)
    return log(bounded / (1 - bounded))


def path_percentages(blocks: Sequence[Block]) -> dict[int, int]:
    """For each path of an article's container how probable it is, in percent, that its blocks are text: their mean by
    the root of their words, in log-odds. Paths with most text come first."""
    weights: defaultdict[str, float] = defaultdict(float)
    sums: defaultdict[str, float] = defaultdict(float)
    for block in blocks:
        if block.score is not None:
            weight = sqrt(1 + block.text.count(" "))
            weights[block.path] += weight
            sums[block.path] += weight * logit(block.score)
    paths = sorted(weights, key=lambda path: -weights[path])[:MOST_PATHS]
    return {path_key(path): round(100 / (1 + exp(-sums[path] / weights[path]))) for path in paths}


def main_path(percentages: Mapping[int, int]) -> int | None:
    """The path with most of an article's text."""
    return next((path for path, percent in percentages.items() if percent >= TEXT_PERCENT), None)


def judge_by_template(blocks: Sequence[Block], evidence: Sequence[PathEvidence | None]) -> list[str | None]:
    """Why each block goes, or None, with what other pages say of its path. Blocks of which the page knows for sure what
    they are (the headline, what has no score) stay as they were judged."""
    judged = [at for at, block in enumerate(blocks) if block.score is not None and not _is_fixed(block)]
    whys = [block.why for block in blocks]
    if not any(evidence[at] for at in judged):
        return whys
    probabilities = np.array([_combined(blocks[at], evidence[at]) for at in judged], dtype=np.float32)
    words = np.array([word_count(blocks[at].text) for at in judged], dtype=np.float32)
    bar, _ = best_bar(probabilities, words)
    kept_before = np.array([blocks[at].why is None for at in judged])
    if words[probabilities >= bar].sum() < LEAST_KEPT * words[kept_before].sum():
        return whys
    for at, probability in zip(judged, probabilities.tolist(), strict=True):
        if probability >= bar:
            whys[at] = None
        elif whys[at] is None:
            whys[at] = _why(evidence[at])
    return whys


def _is_fixed(block: Block) -> bool:
    return block.why in ("extraction: headline", "extraction: hidden")


def _combined(block: Block, found: PathEvidence | None) -> float:
    own = logit(block.score or 0.0)
    if found is None:
        return 1 / (1 + exp(-own))
    return 1 / (1 + exp(-own - PATH_WEIGHT * found.logit * found.articles / (found.articles + ONE_PAGE)))


def _why(found: PathEvidence | None) -> str:
    if found is None:
        return "path: less likely text than what stands around it"
    share = 1 / (1 + exp(-found.logit))
    return f"path: {share:.0%} likely to be text on {found.articles} other pages"
