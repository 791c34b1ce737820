"""Segments: each article comes back with its keys and its sketch, in whatever order they were given."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.archive.columns import pack
from harvester.archive.segment import Segment, SegmentArticle
from harvester.errors import StoreError

MONDAY = date(2026, 11, 23)
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
ARTICLES = st.lists(
    st.builds(
        SegmentArticle,
        id=IDS,
        source=st.sampled_from(["a", "b.example", "c"]),
        revision=st.integers(1, 3),
        derivation=st.integers(1, 3),
        fetched_at=st.integers(0, 2**40).map(lambda number: number / 1000),
        appeared_at=st.integers(0, 2**40).map(lambda number: number / 1000),
        copy_of=st.none() | IDS.filter(lambda one: set(one) != {"0"}),
        similarity=st.sampled_from([0.0, 0.5, 1.0]),
        keys=st.lists(st.integers(0, 2**64 - 1), max_size=5, unique=True).map(
            lambda keys: np.sort(np.array(keys, np.uint64))
        ),
        sketch=st.binary(max_size=30),
    ),
    max_size=6,
    unique_by=lambda one: (one.id, one.revision, one.derivation),
)


def values(article: SegmentArticle) -> tuple[object, ...]:
    names = ("id", "source", "revision", "derivation", "fetched_at", "appeared_at", "copy_of", "similarity", "sketch")
    return (*(getattr(article, name) for name in names), article.keys.tolist())


@given(ARTICLES, st.randoms())
def test_articles_come_back_and_their_order_does_not_matter(articles: list[SegmentArticle], random: object) -> None:
    segment = Segment.of(MONDAY, articles, covers=["x"])
    shuffled = list(articles)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    body = segment.to_bytes()
    assert Segment.of(MONDAY, shuffled, covers=["x"]).to_bytes() == body
    again = Segment.from_bytes(body, "key")
    assert (again.day, again.covers, len(again)) == (MONDAY, ("x",), len(articles))
    assert sorted(map(values, again.articles())) == sorted(map(values, articles))
    assert again.keys.tolist() == sorted(key for one in articles for key in one.keys.tolist())
    for article in articles:
        row = again.row_of(article.id)
        assert row is not None
        assert again.id(row) == article.id
    assert again.row_of("7" * 32) is None or any(one.id == "7" * 32 for one in articles)


def test_a_segment_of_a_later_version_is_told() -> None:
    with pytest.raises(StoreError, match="version 2"):
        Segment.from_bytes(pack({"schema_version": 2}, {}), "segments/x")


def test_columns_that_are_no_segment_are_told() -> None:
    about = {"schema_version": 1, "date": "2026-11-23", "sources": [], "covers": []}
    with pytest.raises(StoreError, match="segments/x: is not a segment"):
        Segment.from_bytes(pack(about, {"ids": np.zeros((0, 16), np.uint8)}), "segments/x")
