"""The window: near copies are found among fresh rows and settled files alike, and days come and go whole."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup.near import COMMON_KEY_ARTICLES, Sketch, sketch
from harvester.index import Index
from harvester.index.postings import Postings

MONDAY = date(2026, 11, 23)


def text(name: str, words: int = 300) -> str:
    return " ".join(f"{name}{number}" for number in range(words))


def numbers(index: Index, taken: Sketch) -> list[int]:
    return sorted(candidate.number for candidate in index.window.candidates([taken])[0])


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path, "x")
    yield index
    index.close()


def test_fresh_and_settled_articles_are_found(index: Index) -> None:
    for number, name in enumerate("aabac"):
        index.window.put(number, MONDAY + timedelta(days=number % 2), sketch(str(number), text(name)))
        if number == 2:
            index.window.settle()
    assert numbers(index, sketch("", text("a"))) == [0, 1, 3]
    assert numbers(index, sketch("", text("c"))) == [4]
    assert numbers(index, sketch("", text("d"))) == []
    index.window.settle()
    assert numbers(index, sketch("", text("a"))) == [0, 1, 3]
    both = index.window.candidates([sketch("", text("b")), sketch("", text("a"))])
    assert [[candidate.number for candidate in one] for one in both] == [[2], [0, 1, 3]]
    assert both[0][0].shared == len(sketch("", text("b")).keys)
    assert Sketch.from_bytes(both[0][0].sketch).exact == sketch("2", text("b")).exact


def test_the_sketch_of_one_article(index: Index) -> None:
    taken = sketch("Title", text("a"))
    index.window.put(7, MONDAY, taken)
    assert index.window.sketch(7, MONDAY) == taken.to_bytes()
    index.window.settle()
    assert index.window.sketch(7, MONDAY) == taken.to_bytes()
    assert index.window.sketch(8, MONDAY) is None
    assert index.window.sketch(7, MONDAY + timedelta(days=1)) is None


def test_one_not_to_be_found_is_not_found_but_is_there(index: Index) -> None:
    index.window.put(1, MONDAY, sketch("", text("a")), to_be_found=False)
    assert numbers(index, sketch("", text("a"))) == []
    index.window.settle()
    assert numbers(index, sketch("", text("a"))) == []
    assert index.window.sketch(1, MONDAY) is not None


@pytest.mark.parametrize("settled", [False, True])
def test_a_key_in_many_articles_says_nothing(index: Index, settled: bool) -> None:
    for number in range(COMMON_KEY_ARTICLES + 1):
        index.window.put(number, MONDAY + timedelta(days=number % 3), sketch("", text("a")))
        if settled and number % 20 == 0:
            index.window.settle()
    assert numbers(index, sketch("", text("a"))) == []


def test_days_that_leave_are_dropped_with_their_files(index: Index, tmp_path: Path) -> None:
    for number in range(4):
        index.window.put(number, MONDAY + timedelta(days=number), sketch("", text("a")))
        if number == 2:
            index.window.settle()
    index.window.forget_before(MONDAY + timedelta(days=2))
    assert numbers(index, sketch("", text("a"))) == [2, 3]
    assert len(list(tmp_path.rglob("*.postings"))) == 1
    index.window.forget_before(MONDAY + timedelta(days=9))
    assert numbers(index, sketch("", text("a"))) == []
    assert list(tmp_path.rglob("*.postings")) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "emptied"])
def test_a_damaged_file_is_named_and_its_day_is_lost(
    index: Index, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(2):
        index.window.put(number, MONDAY + timedelta(days=number), sketch("", text("a")))
    index.window.settle()
    index.close()
    path = min(tmp_path.rglob("*.postings"), key=lambda found: found.stat().st_mtime_ns)
    body = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(body[:-100])
    elif damage == "emptied":
        path.write_bytes(b"")
    else:
        path.write_bytes(body[:-20] + bytes(byte ^ 1 for byte in body[-20:]))
    again = Index.open(tmp_path, "x")
    if damage == "flipped":  # found when the file is read as a whole
        again.window.put(4, MONDAY, sketch("", text("b")))
        again.window.settle()
    assert again.window.lost_days() == [MONDAY]
    assert again.window.lost_days() == []
    assert "anew" in caplog.text
    assert numbers(again, sketch("", text("a"))) == [1]
    again.window.put(5, MONDAY, sketch("", text("a")))
    again.window.settle()
    assert numbers(again, sketch("", text("a"))) == [1, 5]
    again.close()


KEYS = st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=6, unique=True), max_size=8)


@given(KEYS, KEYS, st.lists(st.integers(0, 2**32 - 1), max_size=6, unique=True))
def test_postings_find_what_is_in_them(first: list[list[int]], second: list[list[int]], asked: list[int]) -> None:
    def postings(rows: list[list[int]], start: int) -> Postings:
        return Postings.of(
            [(start + number, np.array(keys, np.uint32), bytes([number])) for number, keys in enumerate(rows)]
        )

    both = postings(first, 0).joined(postings(second, 100))
    places, rows = both.places(np.array(asked, np.uint32))
    found = sorted((asked[place], int(both.numbers[row])) for place, row in zip(places, rows, strict=True))
    every = [(0, first), (100, second)]
    expected = sorted(
        (key, start + number)
        for start, rows in every
        for number, keys in enumerate(rows)
        for key in keys
        if key in asked
    )
    assert found == expected
    assert [both.sketch(row) for row in range(len(both.numbers))] == [
        bytes([number]) for _, rows in every for number in range(len(rows))
    ]
    assert both.keys.tolist() == sorted(key for _, rows in every for keys in rows for key in keys)
