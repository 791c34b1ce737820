"""One counted article of a source, as furniture remembers it, and how such memories are put together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from harvester.article import Article
from harvester.clean.fold import block_keys, fingerprint, word_count
from harvester.clean.template import path_percentages
from harvester.extract.title import edge_parts

LONG_LINE_WORDS = 8
COPY_SHARE = 0.5  # of an article's long lines stand in one other article of its title
OPENING_LINES = 2  # and its first lines too: they are one story (AMP, print, refetch)
END_LINES = 100  # of a live blog with a thousand entries; it must not crowd out the other articles
SINGLE_ARTICLES = 100  # a line seen once is remembered for so many articles
MAX_KEYS = 6000  # at eight letters a key, 54 KB of the stored state; lines seen once are forgotten earlier beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The lines that one article was seen with."""

    article: int  # fingerprint of the canonical URL
    title: int  # fingerprint of the title, 0 if there is none
    seen_at: str  # ISO 8601, or "" where nobody said; orders the sightings of two runs
    number: int  # of the article in its run; orders those seen at one time
    keys: frozenset[int]
    paths: Mapping[int, int] = field(
        default_factory=dict
    )  # path key → percent, most text first; empty for articles long ago
    title_parts: tuple[str, ...] = ()  # folded parts at the title's ends, which may be the site's name; likewise

    @property
    def order(self) -> tuple[str, int, int]:
        """Oldest first."""
        return (self.seen_at, self.number, self.article)


def sighting(article: Article, seen_at: str, number: int) -> Sighting:
    """The lines of an article, kept and removed, each once; of a very long one those near its ends."""
    blocks = article.blocks
    if len(blocks) > 2 * END_LINES:
        blocks = blocks[:END_LINES] + blocks[-END_LINES:]
    return Sighting(
        article=article_key(article),
        title=title_key(article),
        seen_at=seen_at,
        number=number,
        keys=frozenset(key for block in blocks for key in block_keys(block)),
        paths=path_percentages(article.blocks),
        title_parts=tuple(sorted(edge_parts([(article.title, None)]))),
    )


def article_key(article: Article) -> int:
    """Stands for the article among those of its source."""
    return fingerprint(article.canonical_url)


def title_key(article: Article) -> int:
    """Of the title with its numbers, which tell one daily report from another; 0 where we have but a text."""
    return title_fingerprint(article.title)


def title_fingerprint(title: str) -> int:
    """The same, of a title alone."""
    folded = " ".join(title.casefold().split())
    return fingerprint(folded) if folded else 0


def copies(article: Article, sightings: Iterable[Sighting]) -> list[Sighting]:
    """Those that are the same story under another address, or the very article.

    Strict on purpose. To miss a copy costs nothing, as its sentences need more evidence than one copy gives; but
    one-line stories under a long footer must not pass for copies of one another, or the source is never known.
    """
    key, title = article_key(article), title_key(article)
    candidates = [one for one in sightings if one.article == key or (title and one.title == title)]
    if all(one.article == key for one in candidates):
        return candidates
    lines = [(block_keys(block)[0], block) for block in article.blocks]
    opening = {line for line, _ in lines[:OPENING_LINES]}
    long_lines = {line for line, block in lines if word_count(block.text) >= LONG_LINE_WORDS}
    return [one for one in candidates if one.article == key or _is_copy(opening, long_lines, one)]


def _is_copy(opening: set[int], long_lines: set[int], other: Sighting) -> bool:
    shared = len(long_lines & other.keys)
    return bool(shared) and opening <= other.keys and shared >= COPY_SHARE * len(long_lines)


def join(first: Iterable[Sighting], second: Iterable[Sighting], window: int) -> list[Sighting]:
    """The newest sightings of both, each article once. In whichever order the two are given, the answer is the same."""
    found: dict[int, Sighting] = {}
    for one in (*first, *second):
        known = found.get(one.article)
        found[one.article] = _joined(known, one) if known else one
    return sorted(found.values(), key=lambda one: one.order)[-window:]


def _joined(one: Sighting, other: Sighting) -> Sighting:
    older = min(one, other, key=lambda each: (each.order, each.title))
    return replace(older, keys=one.keys | other.keys, paths=one.paths or other.paths, title_parts=older.title_parts)


def forget(sightings: list[Sighting], counts: Counter[int]) -> None:
    """Keep both small, in place: lines seen once go after SINGLE_ARTICLES, or earlier where MAX_KEYS are reached.

    Where that does not do either (a hundred lines that all pages share), the oldest sightings go.
    """
    room = MAX_KEYS
    for age, at in enumerate(reversed(range(len(sightings)))):
        if age >= SINGLE_ARTICLES or room < len(sightings[at].keys):
            _forget_singles(sightings, at, counts)
        room -= len(sightings[at].keys)
        if room < 0 and age > 0:
            for one in sightings[: at + 1]:
                uncount(counts, one.keys)
            del sightings[: at + 1]
            return


def _forget_singles(sightings: list[Sighting], at: int, counts: Counter[int]) -> None:
    one = sightings[at]
    singles = {key for key in one.keys if counts[key] <= 1}
    if singles:
        sightings[at] = replace(one, keys=one.keys - singles)
        uncount(counts, singles)


def uncount(counts: Counter[int], keys: Set[int]) -> None:
    """Take one off each key's count; a key that comes to nought goes."""
    for key in keys:
        if counts[key] > 1:
            counts[key] -= 1
        else:
            del counts[key]
