"""The ledger: every object that the archive should have, in sixteen bytes each.

Two numbers an object: one of its key, one of its key and what it should be. Both are xxh3-64 with a seed of this run,
so that nobody can have made an object whose number is another one's; that two meet by accident is a matter of one in
a million for ten million objects.
"""

import secrets
from array import array
from collections.abc import Sequence

import numpy as np
from xxhash import xxh3_64_intdigest

Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]


class Ledger:
    """Entered one by one, then closed, then asked."""

    def __init__(self) -> None:
        self._seed = secrets.randbits(64)
        self._entered_keys: array[int] = array("Q")
        self._entered_marks: array[int] = array("Q")
        self._keys: Numbers = np.zeros(0, np.uint64)
        self._marks: Numbers = np.zeros(0, np.uint64)
        self._seen = np.zeros(0, np.bool_)

    def number(self, text: str) -> int:
        """Of a key, or of anything else that is compared."""
        return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"), self._seed)

    def enter(self, key: str, mark: str) -> None:
        """An object, and what it should be."""
        self._entered_keys.append(self.number(key))
        self._entered_marks.append(self.number(f"{key}\n{mark}"))

    def close(self) -> None:
        """Sort what has been entered."""
        entered = np.frombuffer(self._entered_keys, np.uint64)
        order = np.argsort(entered)
        self._keys = entered[order]
        self._marks = np.frombuffer(self._entered_marks, np.uint64)[order]
        self._entered_keys, self._entered_marks = array("Q"), array("Q")
        self._seen = np.zeros(len(order), np.bool_)

    def see(self, listed: Sequence[tuple[str, str]]) -> tuple[list[bool], list[bool]]:
        """Keys with what they are: of each, is it entered, and is it what it should be? Entered ones count as seen."""
        names = np.array([self.number(key) for key, _ in listed], np.uint64)
        marks = np.array([self.number(f"{key}\n{mark}") for key, mark in listed], np.uint64)
        at = np.searchsorted(self._keys, names)
        there = np.zeros(len(names), np.bool_)
        same = np.zeros(len(names), np.bool_)
        while True:  # once, and again for what is entered twice
            inside = at < len(self._keys)
            found = np.zeros(len(names), np.bool_)
            found[inside] = self._keys[at[inside]] == names[inside]
            if not found.any():
                return there.tolist(), same.tolist()
            there |= found
            same[found] |= self._marks[at[found]] == marks[found]
            self._seen[at[found]] = True
            at = at + found
            if not (found & (at < len(self._keys))).any():
                return there.tolist(), same.tolist()
            at = np.where(found, at, len(self._keys))

    def unseen(self) -> Numbers:
        """Numbers of the keys that have not been seen."""
        return self._keys[~self._seen]


class Pairs:
    """Pairs of numbers, and what is to be found among them: which captures have which page."""

    def __init__(self) -> None:
        self._had: array[int] = array("Q")  # key, value, key, value, …
        self._asked: array[int] = array("Q")  # key, value, who asks, …

    def had(self, key: int, value: int) -> None:
        self._had.extend((key, value))

    def asked(self, key: int, value: int, asker: int) -> None:
        self._asked.extend((key, value, asker))

    def unanswered(self) -> Numbers:
        """Who asked for a pair that is not there."""
        if not self._asked:
            return np.zeros(0, np.uint64)
        had = np.frombuffer(self._had, np.uint64).reshape(-1, 2) if self._had else np.zeros((0, 2), np.uint64)
        asked = np.frombuffer(self._asked, np.uint64).reshape(-1, 3)
        known = np.unique(_mixed(had[:, 0], had[:, 1]))
        found = np.isin(_mixed(asked[:, 0], asked[:, 1]), known)
        askers: Numbers = asked[~found, 2]
        return askers


def numbers(entered: "array[int]") -> Numbers:
    """Sorted, each once."""
    return np.unique(np.frombuffer(entered, np.uint64)) if entered else np.zeros(0, np.uint64)


def repeated(entered: "array[int]") -> Numbers:
    """Those that stand there more than once, sorted."""
    if not entered:
        return np.zeros(0, np.uint64)
    ordered = np.sort(np.frombuffer(entered, np.uint64))
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def among(known: Numbers, number: int) -> bool:
    """Is it one of these sorted numbers?"""
    at = int(np.searchsorted(known, np.uint64(number)))
    return at < len(known) and int(known[at]) == number


def _mixed(left: Numbers, right: Numbers) -> Numbers:
    """Both in one number."""
    with np.errstate(over="ignore"):
        mixed: Numbers = left * np.uint64(0x9E3779B97F4A7C15) ^ right
    return mixed
