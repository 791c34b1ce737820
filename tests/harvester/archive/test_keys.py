"""Keys are built and parsed."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.archive import keys, new_run_id
from harvester.source import NAME

DAY = date(2026, 11, 23)
ID = "0123456789abcdef0123456789abcdef"
RUN = "20261123T133601Z-3f9a2c"

sources = st.from_regex(NAME, fullmatch=True)
days = st.dates()
ids = st.text("0123456789abcdef", min_size=32, max_size=32)
numbers = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("built", "key"),
    [
        (keys.article_key("example", DAY, ID, 1), f"articles/source=example/date=2026-11-23/{ID}-r1.json"),
        (keys.article_key("example", DAY, ID, 3, 2), f"articles/source=example/date=2026-11-23/{ID}-r3-d2.json"),
        (
            keys.capture_key("example", DAY, ID, "ab" * 32),
            f"captures/source=example/date=2026-11-23/{ID}-abababababab.warc.gz",
        ),
        (keys.furniture_key("example", 7), "furniture/source=example/000007.json"),
        (keys.report_key(DAY, RUN), f"runs/date=2026-11-23/{RUN}.json"),
        (keys.manifest_key(DAY, RUN, "a.b-c"), f"runs/date=2026-11-23/{RUN}.a.b-c.json"),
        (keys.claim_key(DAY, "example", ID, 1), f"claims/source=example/date=2026-11-23/{ID}-r1.json"),
        (keys.articles_prefix("example"), "articles/source=example/"),
        (keys.articles_prefix("example", DAY), "articles/source=example/date=2026-11-23/"),
        (keys.runs_prefix(DAY), "runs/date=2026-11-23/"),
        (keys.furniture_prefix("example"), "furniture/source=example/"),
    ],
)
def test_a_key_is_as_the_contract_says(built: str, key: str) -> None:
    assert built == key


@given(sources, days, ids, numbers, numbers)
def test_an_article_key_comes_back(source: str, day: date, article_id: str, revision: int, derivation: int) -> None:
    key = keys.ArticleKey(source=source, day=day, id=article_id, revision=revision, derivation=derivation)
    assert keys.parse_article_key(str(key)) == key


@given(sources, days, ids, st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_capture_key_comes_back(source: str, day: date, article_id: str, payload: str) -> None:
    key = keys.CaptureKey(source=source, day=day, id=article_id, payload=payload[:12])
    assert keys.parse_capture_key(keys.capture_key(source, day, article_id, payload)) == key


@given(sources, numbers)
def test_a_furniture_key_comes_back(source: str, version: int) -> None:
    key = keys.FurnitureKey(source=source, version=version)
    assert keys.parse_furniture_key(keys.furniture_key(source, version)) == key


@given(sources, days)
def test_run_keys_come_back(source: str, day: date) -> None:
    assert keys.parse_run_key(keys.report_key(day, RUN)) == keys.RunKey(day=day, run_id=RUN, source=None)
    assert keys.parse_run_key(keys.manifest_key(day, RUN, source)) == keys.RunKey(day=day, run_id=RUN, source=source)


@given(sources, days)
def test_partitions_tell_their_day_and_source(source: str, day: date) -> None:
    assert keys.parse_day(keys.articles_prefix(source, day)) == day
    assert keys.parse_source(keys.articles_prefix(source)) == source
    assert keys.parse_day(keys.runs_prefix(day)) == day


@pytest.mark.parametrize(
    "key",
    [
        "",
        "articles/source=example/date=2026-11-23/README.md",
        f"articles/source=example/date=2026-02-30/{ID}-r1.json",
        f"articles/source=../date=2026-11-23/{ID}-r1.json",
        f"articles/source=a/date=2026-11-23/{ID}-r0.json",
        f"articles/source=a/date=2026-11-23/{ID}-r1.json/x",
        f"articles/source=a/date=2026-11-23/{ID}-r1.json\n",
    ],
)
def test_a_strangers_key_is_none_of_ours(key: str) -> None:
    assert keys.parse_article_key(key) is None
    assert keys.parse_capture_key(key) is None
    assert keys.parse_run_key(key) is None
    assert keys.parse_furniture_key(key) is None


@pytest.mark.parametrize("source", ["", "../x", "a/b", "A", "x" * 64, "a\n"])
def test_a_source_that_would_lead_elsewhere_is_a_fault(source: str) -> None:
    with pytest.raises(ValueError, match="part of a key"):
        keys.article_key(source, DAY, ID, 1)


def test_a_run_id_is_the_time_in_utc_and_something_random() -> None:
    now = datetime(2026, 11, 23, 15, 36, 1, tzinfo=timezone(timedelta(hours=2)))
    assert new_run_id(now, "3f9a2c") == RUN
    assert keys.run_day(RUN) == DAY
    assert new_run_id(now, "000000") < new_run_id(now + timedelta(seconds=1), "000000")
    with pytest.raises(ValueError, match="part of a key"):
        new_run_id(datetime.now(UTC), "../..")
