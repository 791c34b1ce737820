"""How many words two texts differ by, as far as that is few."""

from collections.abc import Sequence


def words_changed(old: Sequence[str], new: Sequence[str], *, at_most: int) -> int:
    """Levenshtein distance in words; `at_most` + 1 if it is larger. Time grows with length x `at_most`."""
    old, new = _without_common_ends(old, new)
    over = at_most + 1
    if abs(len(old) - len(new)) > at_most:
        return over
    row = [min(at, over) for at in range(len(new) + 1)]
    for line, word in enumerate(old, start=1):
        row = _next_row(row, line, word, new, over)
        if min(row[max(line - at_most, 0) : line + over]) >= over:
            return over
    return row[-1]


def _next_row(above: Sequence[int], line: int, word: str, new: Sequence[str], over: int) -> list[int]:
    """One row of the distance table, filled only where a distance below `over` may be (Ukkonen's band)."""
    row = [over] * len(above)
    if line < over:
        row[0] = line
    for at in range(max(line - over + 1, 1), min(line + over, len(above))):
        row[at] = min(above[at - 1] + (new[at - 1] != word), above[at] + 1, row[at - 1] + 1, over)
    return row


def _without_common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    old, new = old[start:], new[start:]
    end = 0
    while end < min(len(old), len(new)) and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[: len(old) - end], new[: len(new) - end]
