"""Which words of two texts stand for each other, in order: a patience diff whose time is bounded."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

STEPS = 1_000_000
"""Of the search between anchors, for one pair of texts: half a second. Articles of 1 000 words do not need as many;
in texts of 5 MB, stretches without anchors are given up where they differ in more than a few words."""

LEVELS = 12
"""How often the text between two anchors is searched for anchors of its own. Edited articles need 2 to 4, unlike
ones 8 at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`length` words from `old` on in the old text equal as many from `new` on in the new one."""

    old: int
    new: int
    length: int

    @property
    def old_end(self) -> int:
        return self.old + self.length

    @property
    def new_end(self) -> int:
        return self.new + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A part of each text, yet to be compared."""

    old: int
    old_end: int
    new: int
    new_end: int
    level: int = 0

    @property
    def words(self) -> int:
        return self.old_end - self.old + self.new_end - self.new

    @property
    def one_sided(self) -> bool:
        return self.old == self.old_end or self.new == self.new_end


def matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """What two sequences of words have in common, in order, longest runs.

    Words that occur once on each side are anchors (patience diff), the same between two anchors; what has none is
    compared word by word. Where texts are too unlike for `STEPS`, words that could be matched are not.
    """
    effort = STEPS // max(len(old) + len(new), 1)
    found: list[Match] = []
    spans = [_Span(old=0, old_end=len(old), new=0, new_end=len(new))]
    while spans:
        span = _trimmed(old, new, spans.pop(), found)
        if span.one_sided:
            continue
        if span.level < LEVELS and (anchors := _anchors(old, new, span)):
            found += anchors
            spans += _between(anchors, span)
        else:
            found += _searched(old, new, span, effort)
    return _joined(sorted(found, key=lambda match: match.old))


def _trimmed(old: Sequence[str], new: Sequence[str], span: _Span, found: list[Match]) -> _Span:
    """The span without the words that both sides begin and end with; those go to `found`."""
    most = min(span.old_end - span.old, span.new_end - span.new)
    start = 0
    while start < most and old[span.old + start] == new[span.new + start]:
        start += 1
    end = 0
    while end < most - start and old[span.old_end - 1 - end] == new[span.new_end - 1 - end]:
        end += 1
    if start:
        found.append(Match(old=span.old, new=span.new, length=start))
    if end:
        found.append(Match(old=span.old_end - end, new=span.new_end - end, length=end))
    return _Span(
        old=span.old + start,
        old_end=span.old_end - end,
        new=span.new + start,
        new_end=span.new_end - end,
        level=span.level,
    )


def _anchors(old: Sequence[str], new: Sequence[str], span: _Span) -> list[Match]:
    """Words that occur once on each side, as many of them as stand in one order."""
    in_new = _once(new, span.new, span.new_end)
    pairs = [(at, in_new[word]) for word, at in _once(old, span.old, span.old_end).items() if word in in_new]
    return [Match(old=pairs[at][0], new=pairs[at][1], length=1) for at in _longest_rise([there for _, there in pairs])]


def _once(words: Sequence[str], start: int, end: int) -> Mapping[str, int]:
    """Where the words stand that occur once, in order."""
    places: dict[str, int] = {}
    for at in range(start, end):
        word = words[at]
        places[word] = -1 if word in places else at
    return {word: at for word, at in places.items() if at >= 0}


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Positions of a longest increasing subsequence."""
    ends: list[int] = []  # the least number that ends a rise of each length
    places: list[int] = []  # where it stands
    before: list[int] = []  # of each position, the one before it in its rise
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
    rise: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        rise.append(place)
        place = before[place]
    return rise[::-1]


def _between(anchors: Sequence[Match], span: _Span) -> Iterator[_Span]:
    """What lies before, between and after the anchors."""
    old, new, level = span.old, span.new, span.level + 1
    for anchor in anchors:
        yield _Span(old=old, old_end=anchor.old, new=new, new_end=anchor.new, level=level)
        old, new = anchor.old_end, anchor.new_end
    yield _Span(old=old, old_end=span.old_end, new=new, new_end=span.new_end, level=level)


def _searched(old: Sequence[str], new: Sequence[str], span: _Span, effort: int) -> list[Match]:
    """Matches with the fewest words removed and added; none where that takes more steps than `effort` a word."""
    before, after = old[span.old : span.old_end], new[span.new : span.new_end]
    turned = len(before) > len(after)
    short, long = (after, before) if turned else (before, after)
    way = _shortest_way(short, long, _rounds(len(short), len(long), effort))
    found: list[Match] = []
    while way is not None:
        at_old, at_new = (way.long, way.short) if turned else (way.short, way.long)
        found.append(Match(old=span.old + at_old, new=span.new + at_new, length=way.length))
        way = way.before
    return found


def _rounds(short: int, long: int, effort: int) -> int:
    """How often `_shortest_way` may try: a round takes a step a diagonal, and each may be walked to its end."""
    by_steps = isqrt(effort * (short + long) + (long - short) ** 2 // 4) - (long - short) // 2
    by_walks = (STEPS // short - (long - short)) // 2
    return min(by_steps, by_walks, short)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A walk along equal words, and the ones before it."""

    short: int
    long: int
    length: int
    before: "_Way | None"


def _shortest_way(short: Sequence[str], long: Sequence[str], rounds: int) -> _Way | None:
    """Wu, Manber, Myers and Miller, An O(NP) Sequence Comparison Algorithm (1990).

    A diagonal is the position in `long` minus that in `short`. After round n the ways that leave out n words of `short`
    are known as far as they go.
    """
    target = len(long) - len(short)
    reached: dict[int, int] = {}  # position in `long`, by diagonal
    ways: dict[int, _Way | None] = {}
    for spare in range(rounds + 1):
        for diagonal in (*range(-spare, target), *range(target + spare, target, -1), target):
            below, above = reached.get(diagonal - 1, -1) + 1, reached.get(diagonal + 1, -1)
            at = start = max(below, above)
            way = ways.get(diagonal - 1 if below > above else diagonal + 1)
            while at < len(long) and at - diagonal < len(short) and long[at] == short[at - diagonal]:
                at += 1
            if at > start:
                way = _Way(short=start - diagonal, long=start, length=at - start, before=way)
            reached[diagonal], ways[diagonal] = at, way
        if reached[target] == len(long):
            return ways[target]
    return None


def _joined(parts: Sequence[Match]) -> list[Match]:
    """Matches that touch on both sides, as one."""
    joined: list[Match] = []
    first = 0
    for at, match in enumerate(parts, start=1):
        if at == len(parts) or (match.old_end, match.new_end) != (parts[at].old, parts[at].new):
            start = parts[first]
            joined.append(Match(old=start.old, new=start.new, length=match.old_end - start.old))
            first = at
    return joined
