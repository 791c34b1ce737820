"""Revisits: proof that a stored page still stood there, as other tools read it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

import harvester.archive.revisit as revisit
from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys
from harvester.archive.capture import capture_bytes, read_capture
from harvester.archive.record import ArticleRecord, CaptureRef
from harvester.archive.recordings import recordings
from harvester.archive.revisit import RevisitRoll, placed_revisits, proves
from harvester.errors import StoreError
from harvester.page import Page
from tests.archive_samples import HTML, NOON, RUN_ID, article, article_id, page, record

LATER = datetime(2026, 11, 24, 9, 30, 0, 250000, tzinfo=UTC)
AGAIN = page(fetched_at=LATER, headers=(("Content-Type", "text/html"), ("Age", "7")))


def stored(store: ObjectStore, name: str = "harbour", fetched: Page | None = None) -> ArticleRecord:
    """An article of which the archive has the page."""
    fetched = fetched or page()
    writer = ArchiveWriter(store, lambda: NOON)
    taken = writer.put_capture(fetched, source="example", article_id=article_id(name), run_id=RUN_ID)
    ref = CaptureRef(key=taken.key, sha256=taken.payload_sha256)
    read = article(url=fetched.url, canonical_url=fetched.url)
    return record(name, read, capture=ref, fetched_at=fetched.fetched_at)


def roll_of(*pairs: tuple[Page, ArticleRecord]) -> bytes:
    roll = RevisitRoll(run_id=RUN_ID)
    for fetched, known in pairs:
        assert roll.add(fetched, known) is None
    body = roll.rest()
    assert body is not None
    return body


def put_roll(store: ObjectStore, body: bytes, day: date | None = None) -> str:
    key = keys.revisits_key("example", day or LATER.date(), RUN_ID)
    store.put_new(key, body, content_type="application/gzip")
    return key


def test_a_revisit_names_the_capture_that_has_the_body(folder_store: ObjectStore) -> None:
    body = roll_of((AGAIN, stored(folder_store)))
    records = list(ArchiveIterator(BytesIO(body), check_digests="raise"))
    assert [one.rec_type for one in records] == ["warcinfo", "request", "revisit"]
    fields = dict(records[2].rec_headers.headers)
    (original,) = (
        one.rec_headers
        for one in ArchiveIterator(BytesIO(capture_bytes(page(), RUN_ID).body))
        if one.rec_type == "response"
    )
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert fields["WARC-Refers-To-Target-URI"] == original.get_header("WARC-Target-URI")
    assert fields["WARC-Refers-To-Date"] == "2026-11-23T12:00:00.123Z"
    assert original.get_header("WARC-Date") == "2026-11-23T12:00:00.123456Z"
    assert fields["WARC-Payload-Digest"] == original.get_header("WARC-Payload-Digest")
    assert fields["WARC-Date"] == "2026-11-24T09:30:00.250000Z"
    assert records[2].http_headers.get_header("Age") == "7"
    assert records[1].rec_headers.get_header("WARC-Concurrent-To") == fields["WARC-Record-ID"]
    assert fields["WARC-Warcinfo-ID"] == records[0].rec_headers.get_header("WARC-Record-ID")


def test_fastwarc_agrees_with_every_digest_of_a_roll(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    body = roll_of((AGAIN, known), (replace(AGAIN, fetched_at=LATER + timedelta(hours=1)), known))
    found = [one.verify_block_digest() for one in FastIterator(BytesIO(body), parse_http=False)]
    assert found == [True] * 5


def test_only_the_very_bytes_that_are_stored_prove_anything(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    assert proves(AGAIN, known)
    assert not proves(replace(AGAIN, raw=HTML + b" "), known)
    assert not proves(AGAIN, record())  # captures were switched off


def test_the_same_pages_are_the_same_roll_in_the_same_order(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    assert roll_of((AGAIN, known)) == roll_of((AGAIN, known))


def test_a_full_roll_is_given_away_and_the_next_begins(
    folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = stored(folder_store)
    monkeypatch.setattr(revisit, "ROLL_BYTES", 2500)
    roll = RevisitRoll(run_id=RUN_ID)
    given = [roll.add(replace(AGAIN, fetched_at=LATER + timedelta(seconds=second)), known) for second in range(7)]
    rolls = [one for one in [*given, roll.rest()] if one]
    assert len(rolls) > 1
    assert roll.rest() is None
    counted = [len(list(placed_revisits(one)[1])) for one in rolls]
    assert sum(counted) == 7
    for one in rolls:
        assert next(iter(ArchiveIterator(BytesIO(one)))).rec_type == "warcinfo"


def test_a_roll_is_no_capture(folder_store: ObjectStore) -> None:
    with pytest.raises(StoreError):
        read_capture(roll_of((AGAIN, stored(folder_store))))


def test_the_key_of_a_roll_is_told_from_a_captures() -> None:
    for number in (1, 2):
        key = keys.revisits_key("example", LATER.date(), RUN_ID, number)
        named = keys.RevisitsKey(source="example", day=LATER.date(), run_id=RUN_ID, number=number)
        assert keys.parse_revisits_key(key) == named
        assert keys.parse_capture_key(key) is None
        assert key.startswith(keys.revisits_prefix("example", LATER.date()))
    assert keys.revisits_key("a", LATER.date(), RUN_ID) == (
        "captures/source=a/date=2026-11-24/20261123T133601Z-3f9a2c.revisits.warc.gz"
    )
    assert keys.parse_revisits_key(keys.capture_key("a", LATER.date(), "0" * 32, "1" * 64)) is None


def test_recordings_are_captures_and_then_their_own_revisits(any_store: ObjectStore) -> None:
    known = stored(any_store)
    other = stored(any_store, "other", page(b"other", url="https://news.example/other"))
    again = replace(AGAIN, raw=b"other", content=b"other", url="https://news.example/other")
    body = roll_of((again, other), (AGAIN, known), (again, other))
    key = put_roll(any_store, body)
    found = list(recordings([known, known], ArchiveReader(any_store)))
    assert known.capture is not None
    assert [(one.key, one.record) for one in found] == [(known.capture.key, known), (key, None), (key, None)]
    assert all(body[one.offset :].startswith(one.body) for one in found[1:])
    joined = b"".join(one.body for one in found)
    kinds = [one.rec_type for one in ArchiveIterator(BytesIO(joined), check_digests="raise")]
    assert kinds == ["warcinfo", "request", "response", "warcinfo", "request", "revisit"]


def test_rolls_of_days_before_the_capture_are_not_read(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    put_roll(folder_store, b"not read", day=NOON.date() - timedelta(days=1))
    told: list[StoreError] = []
    assert len(list(recordings([known], ArchiveReader(folder_store, on_unreadable=told.append)))) == 1
    assert not told


@pytest.mark.parametrize("spoil", [lambda body: body[:-30], lambda body: b"", lambda body: b"x" * 99])
def test_a_damaged_roll_is_told_with_its_key(folder_store: ObjectStore, spoil: "type[bytes]") -> None:
    known = stored(folder_store)
    key = put_roll(folder_store, spoil(roll_of((AGAIN, known))) or b"\x1f")
    told: list[StoreError] = []
    list(recordings([known], ArchiveReader(folder_store, on_unreadable=told.append)))
    assert [error.key for error in told] == [key]
