"""The article record: what it accepts, and that it can always be written and read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import harvester.archive.record
from harvester.archive.record import ArticleRecord, json_schema, parse_record
from harvester.errors import StoreError
from tests.archive_samples import article, capture_ref, record

CONTRACT = """schema_version id revision source url canonical_url title authors published_at modified_at language
direction body text section tags images content_sha256 copy_of similarity removed fetched_at run_id http_status capture
derivation"""
ADDED = {"other_urls", "change", "copy_kind"}  # since, in schema version 1 still


def test_the_record_has_the_contracts_fields() -> None:
    values = orjson.loads(record(capture=capture_ref()).to_json())
    assert [name for name in values if name not in ADDED] == CONTRACT.split()
    assert set(values) - set(CONTRACT.split()) == ADDED
    assert values["images"] == [{"url": "https://news.example/a.jpg", "caption": "The harbour"}]
    assert values["removed"] == [{"text": "Subscribe to our newsletter", "why": "rule: newsletter"}]
    assert values["capture"] == {"key": "captures/x", "sha256": "0" * 64}
    assert values["body"] == ["The harbour reopened on Monday.", "Ships came in."]
    assert values["text"] == "The harbour reopened on Monday.\nShips came in."
    assert values["derivation"]["number"] == 1
    assert values["fetched_at"] == "2026-11-23T12:00:00.000+00:00"


def test_a_record_comes_back() -> None:
    written = record(capture=capture_ref(), copy_of="0" * 32, similarity=1)
    assert parse_record(written.to_json()) == written


@given(st.text(), st.lists(st.text()), st.lists(st.text()))
def test_any_text_can_be_stored(title: str, paragraphs: list[str], tags: list[str]) -> None:
    """Unpaired surrogates, control characters, line breaks, decomposed letters: all of it stays data."""
    read = article(title, *(paragraphs or ["x"]), tags=tuple(tags))
    values = {"content_sha256": "0" * 64}
    stored = record(read=read, **values)
    assert parse_record(stored.to_json()) == stored
    jsonschema.validate(orjson.loads(stored.to_json()), orjson.loads(json_schema()))


def test_unpaired_surrogates_and_line_breaks_are_replaced() -> None:
    read = article("a\ud800b", "one\r\ntwo\u2028three", "e\u0301")
    stored = record(read=read, content_sha256="0" * 64)
    assert stored.title == "a\ufffdb"
    assert stored.body == ["one two three", "é"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "abc"},
        {"id": "0" * 31 + "G"},
        {"revision": 0},
        {"revision": "1"},
        {"source": "../x"},
        {"url": ""},
        {"title": "two\nlines"},
        {"title": "e\u0301"},
        {"published_at": "yesterday"},
        {"published_at": "2026-11-23T08:30:00"},
        {"published_at": "2026-13-01"},
        {"modified_at": "2026-11-23 08:30:00+02:00"},
        {"fetched_at": "2026-11-23"},
        {"fetched_at": "2026-11-23T08:30:00+02:00"},
        {"language": "arabic!"},
        {"direction": "up"},
        {"body": ["one", ""], "text": "one\n"},
        {"body": ["one\ntwo"], "text": "one\ntwo"},
        {"text": "something else"},
        {"content_sha256": "xyz"},
        {"copy_of": "0" * 32},
        {"copy_of": "0" * 32, "similarity": 1.5},
        {"http_status": 20},
        {"run_id": "yesterday"},
        {"derivation": None},
        {"schema_version": 2},
    ],
    ids=str,
)
def test_a_record_that_breaks_the_contract_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ArticleRecord.model_validate(record().model_dump() | wrong)


@pytest.mark.parametrize(
    "time", ["2026-11-23", "2026-11-23T08:30:00+03:00", "2026-11-23T08:30Z", "2026-11-23T08:30:00.123Z", None]
)
def test_a_time_has_an_offset_or_is_a_date(time: str | None) -> None:
    assert record(read=article(published_at=time)).published_at == time


def test_a_field_of_a_later_version_is_ignored() -> None:
    values = orjson.loads(record().to_json()) | {"mood": "glad"}
    assert parse_record(orjson.dumps(values)) == record()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xff", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "no schema_version"),
        (b"{}", "no schema_version"),
        (b'{"schema_version": 9}', "schema version 9; this harvester knows 1"),
        (b'{"schema_version": 1}', "not a valid article record: id"),
    ],
)
def test_what_is_no_record_is_told_with_its_key(body: bytes, problem: str) -> None:
    with pytest.raises(StoreError, match=problem) as error:
        parse_record(body, "articles/x")
    assert error.value.key == "articles/x"


@pytest.mark.parametrize(
    "stored", sorted((Path(__file__).parent / "records").glob("*.json")), ids=lambda path: path.stem
)
def test_records_of_every_version_ever_written_are_read(stored: Path) -> None:
    parsed = parse_record(stored.read_bytes(), stored.name)
    assert parsed.title == "افتتاح المرفأ"
    assert parsed.text == "\n".join(parsed.body)


def test_the_published_schema_is_up_to_date() -> None:
    published = Path(harvester.archive.record.__file__).with_name("article.schema.json")
    assert published.read_bytes() == json_schema(), "run: python -W ignore -m harvester.archive.record"


def test_milliseconds_sort_as_text() -> None:
    first = record(fetched_at=datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)).fetched_at
    later = record(fetched_at=datetime(2026, 11, 23, 12, 0, 0, 900, tzinfo=UTC)).fetched_at
    latest = record(fetched_at=datetime(2026, 11, 23, 12, 0, 0, 9000, tzinfo=UTC)).fetched_at
    assert first <= later < latest
