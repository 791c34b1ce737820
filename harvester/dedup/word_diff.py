"""What was removed from a text and what was added, word by word, paragraph by paragraph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from harvester.dedup.align import Match, matches
from harvester.dedup.spelled import Spelled, spelled

LEAST_KEPT = 4
"""Words between two larger changes that are shown as changed too: a rewritten sentence reads as two sentences, and not
as a sieve held together by "of the"."""

FARTHEST_SHIFT = 100
"""Words by which an insertion is moved to begin where a sentence or a paragraph does."""

_SENTENCE_ENDS = ".!?…؟۔。！？।"
_CLOSING = "\"'”’»)]」』 \t"


class Op(StrEnum):
    """What became of a run of words."""

    KEEP = "keep"
    REMOVE = "remove"
    ADD = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Successive words with one fate, as each side spells them; their punctuation and spaces included."""

    op: Op
    old: str = ""
    new: str = ""

    @property
    def text(self) -> str:
        return self.old if self.op is Op.REMOVE else self.new


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """What stands in one paragraph of either text; removed words before those that took their place."""

    runs: tuple[Run, ...]

    @property
    def changed(self) -> bool:
        return any(run.op is not Op.KEEP for run in self.runs)


def word_diff(old: str, new: str) -> tuple[Paragraph, ...]:
    """Compare two texts whose paragraphs are lines, by their normalised words.

    Case, quotes, spacing, paragraph breaks and spelling variants are no change. The `old` of all runs joined is the old
    text, their `new` the new one. Time is bounded: of long texts that are very unlike, more is shown as changed than
    would have to be.
    """
    before, after = spelled(old), spelled(new)
    end = Match(old=len(before.words), new=len(after.words), length=0)
    kept = [*matches(before.words, after.words), end]
    kept = _shifted(_without_scraps(kept), before, after)
    return tuple(_paragraphs(kept, before, after))


def _without_scraps(kept: Sequence[Match]) -> list[Match]:
    """The matches but those of few words between two changes of more words each."""
    left: list[Match] = [Match(old=0, new=0, length=0)]
    for match in kept:
        while len(left) > 1 and left[-1].length < min(
            _changed(left[-2], left[-1]), _changed(left[-1], match), LEAST_KEPT + 1
        ):
            left.pop()
        left.append(match)
    return left


def _changed(one: Match, following: Match) -> int:
    """Words of the larger side between two matches."""
    return max(following.old - one.old_end, following.new - one.new_end)


def _shifted(kept: Sequence[Match], old: Spelled, new: Spelled) -> list[Match]:
    """Pure insertions and removals moved to the left, where another place reads better and gives the same texts."""
    moved = list(kept)
    for at in range(1, len(moved)):
        one, following = moved[at - 1], moved[at]
        if following.old == one.old_end:
            shift = _better_place(new, one.new_end, following.new, one.length)
        elif following.new == one.new_end:
            shift = _better_place(old, one.old_end, following.old, one.length)
        else:
            continue
        moved[at - 1] = replace(one, length=one.length - shift)
        moved[at] = Match(old=following.old - shift, new=following.new - shift, length=following.length + shift)
    return moved


def _better_place(text: Spelled, start: int, end: int, at_most: int) -> int:
    """By how many words to the left the words `start` to `end` would begin best: a paragraph, else a sentence."""
    best, best_worth = 0, _worth(text, start)
    for shift in range(1, min(at_most, FARTHEST_SHIFT) + 1):
        if text.words[start - shift] != text.words[end - shift]:
            break
        if (worth := _worth(text, start - shift)) > best_worth:
            best, best_worth = shift, worth
    return best


def _worth(text: Spelled, at: int) -> int:
    """Of a change that begins at word number `at`."""
    before = text.between(at - 1, at) if at else "\n"
    if "\n" in before:
        return 2
    return int(before.rstrip(_CLOSING).endswith(tuple(_SENTENCE_ENDS)))


def _paragraphs(kept: Sequence[Match], old: Spelled, new: Spelled) -> Iterator[Paragraph]:
    runs: list[Run] = []
    for line in _lines(kept, old, new):
        if line is None:
            if runs:
                yield Paragraph(runs=tuple(runs))
            runs = []
        else:
            runs += (run for run in line if run.old or run.new)
    if runs:
        yield Paragraph(runs=tuple(runs))


def _lines(kept: Sequence[Match], old: Spelled, new: Spelled) -> Iterator[Sequence[Run] | None]:
    """Runs in order; None where a paragraph ends."""
    last = Match(old=0, new=0, length=0)
    for match in kept:
        yield from _replaced(_split(old, last.old_end, match.old), _split(new, last.new_end, match.new))
        yield from _unchanged(match, old, new)
        last = match


def _split(text: Spelled, start: int, end: int) -> list[str]:
    """The spelling of these words by paragraphs; the last one goes on after them, and may be empty so far."""
    cuts = [start, *(last + 1 for last in text.breaks_between(start, end)), end]
    if cuts[-2] < end == len(text.words):
        cuts.append(end)  # the end of the text ends a paragraph too
    return [text.between(one, other) for one, other in pairwise(cuts)]


def _replaced(removed: list[str], added: list[str]) -> Iterator[Sequence[Run] | None]:
    """Paragraphs that took one another's place go together: the first ones, the next ones, and the last ones."""
    lines = max(len(removed), len(added))
    pairs = zip(_padded(removed, lines), _padded(added, lines), strict=True)
    for number, (before, after) in enumerate(pairs):
        if number:
            yield None
        yield [Run(op=Op.REMOVE, old=before), Run(op=Op.ADD, new=after)]


def _padded(parts: list[str], length: int) -> list[str]:
    return [*parts[:-1], *[""] * (length - len(parts)), parts[-1]]


def _unchanged(match: Match, old: Spelled, new: Spelled) -> Iterator[Sequence[Run] | None]:
    """A kept run; a paragraph ends in it where it does on either side."""
    ends = {last - match.old for last in old.breaks_between(match.old, match.old_end)}
    ends |= {last - match.new for last in new.breaks_between(match.new, match.new_end)}
    start = 0
    for end in sorted(last + 1 for last in ends):
        yield [_kept(match, start, end, old, new)]
        yield None
        start = end
    yield [_kept(match, start, match.length, old, new)]


def _kept(match: Match, start: int, end: int, old: Spelled, new: Spelled) -> Run:
    return Run(
        op=Op.KEEP,
        old=old.between(match.old + start, match.old + end),
        new=new.between(match.new + start, match.new + end),
    )
