"""Records of WARC files, sound and broken."""

import gzip
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from harvester.importing.found import BEGINNING, Broken, Found, Place, Skipped
from harvester.importing.records import read_records
from harvester.page import Page
from tests.harvester.importing.warcs import AT, http, packed, record

NOW = AT + timedelta(days=20)
HTML = b"<html><p>A story.</p></html>"


def url(name: object) -> str:
    return f"https://a.example/{name}"


def page(name: object, body: bytes = HTML) -> bytes:
    return record(url(name), http(body))


def found(content: bytes, start: Place = BEGINNING) -> list[Found]:
    return list(read_records(BytesIO(content), start, NOW))


def told(content: bytes, start: Place = BEGINNING) -> list[str]:
    """What stands there, in one word each: a page's last part, why it was skipped, or BROKEN."""
    words = []
    for one in found(content, start):
        match one.what:
            case Page(url=address):
                words.append(address.rpartition("/")[2])
            case Skipped(why=why):
                words.append(why)
            case Broken():
                words.append("BROKEN")
    return words


def only(content: bytes) -> Page:
    (one,) = (one.what for one in found(content) if isinstance(one.what, Page))
    return one


PAGES = [page(number) for number in range(5)]


@pytest.mark.parametrize("content", [packed(PAGES), b"".join(PAGES), gzip.compress(b"".join(PAGES))])
def test_a_file_can_be_read_on_from_each_of_its_records(content: bytes) -> None:
    assert told(content) == ["0", "1", "2", "3", "4"]
    for number, one in enumerate(found(content), start=1):
        assert told(content, one.after) == ["0", "1", "2", "3", "4"][number:]
        assert one.after.records == number


def test_a_page_has_the_address_the_date_and_the_headers_of_its_record() -> None:
    one = only(packed([record("<https://a.example/x>", http(HTML, "X-One: é", "Set-Cookie: a", "Set-Cookie: b"))]))
    assert (one.url, one.requested_url, one.status, one.fetched_at) == (url("x"), url("x"), 200, AT)
    assert one.headers == (
        ("Content-Type", "text/html"),
        ("X-One", "é".encode().decode("latin-1")),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    )
    assert (one.raw, one.content) == (HTML, HTML)


def test_a_request_is_found_before_its_answer_and_behind_it() -> None:
    request = b"GET / HTTP/1.1\r\nUser-Agent: %s\r\n\r\n"
    kind = {"kind": "request", "content_type": "application/http; msgtype=request"}
    records = [
        record(url("a"), request % b"for-a", record_id="<urn:r:a>", **kind),  # type: ignore[arg-type]
        record(url("a"), http(HTML), "WARC-Concurrent-To: <urn:r:a>", record_id="<urn:a>"),
        record(url("b"), http(HTML), record_id="<urn:b>"),
        record(url("b"), request % b"for-b", "WARC-Concurrent-To: <urn:b>", **kind),  # type: ignore[arg-type]
        record(url("c"), http(HTML), record_id="<urn:c>"),
        record(url("c"), request % b"of-another", "WARC-Concurrent-To: <urn:else>", **kind),  # type: ignore[arg-type]
    ]
    read = [one.what for one in found(packed(records)) if isinstance(one.what, Page)]
    assert [one.request_headers for one in read] == [(("User-Agent", "for-a"),), (("User-Agent", "for-b"),), ()]
    assert told(packed(records)) == ["request", "a", "b", "request", "c", "request"]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (record(url("x"), b"", kind="revisit"), "revisit"),
        (record(None, b"software: x", kind="warcinfo", content_type="application/warc-fields"), "warcinfo"),
        (record(url("x"), b"{}", kind="conversion", content_type="text/plain"), "conversion"),
        (record(url("x"), b"?", kind="invented", content_type="text/plain"), "unknown"),
        (record(url("x"), http(HTML, status="404 Not Found")), "status"),
        (record(url("x"), http(b"", status="301 Moved")), "status"),
        (record(url("x"), http(b"\x89PNG", content_type="image/png")), "not_html"),
        (record(url("x"), http(b"<rss>", content_type="application/rss+xml")), "not_html"),
        (record(url("x"), http(b"%PDF-1.7", content_type=None)), "not_html"),
        (record(url("x"), http(b"plain words", content_type="text/plain")), "not_html"),
        (record("dns:a.example", b"20261101\n", content_type="text/dns", kind="resource"), "not_html"),
        (record(url("x"), b"what is this"), "not_http"),
        (record(url("x"), b""), "not_http"),
        (record("ftp://a.example/x", http(HTML)), "no_address"),
        (record("https://[/x", http(HTML)), "no_address"),
        (record(None, http(HTML)), "no_address"),
        (record(url("x"), http(HTML), at="yesterday"), "no_date"),
        (record(url("x"), http(HTML), at=NOW + timedelta(days=3)), "no_date"),
        (record(url("x"), http(HTML + b" " * (20 << 20))), "too_large"),
        (record(url("x"), http(gzip.compress(bytes(21 << 20)), "Content-Encoding: gzip")), "too_large"),
    ],
)
def test_what_is_no_page_is_skipped_with_its_reason(one: bytes, why: str) -> None:
    assert told(packed([PAGES[0], one, PAGES[1]])) == ["0", why, "1"]


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/xhtml+xml", "TEXT/HTML", None, ""])
def test_html_is_known_by_its_type_or_where_that_says_nothing_by_its_bytes(content_type: str | None) -> None:
    body = b"\n<!-- made by x --><!DOCTYPE html><p>A story."
    assert only(record(url("x"), http(body, content_type=content_type))).raw == body


def test_a_resource_of_html_is_a_page() -> None:
    one = only(packed([record(url("x"), HTML, kind="resource", content_type="text/html; charset=windows-1256")]))
    assert (one.content, one.header("content-type")) == (HTML, "text/html; charset=windows-1256")


def test_a_chunked_and_packed_body_is_undone_and_kept_as_it_came() -> None:
    raw = gzip.compress(HTML, mtime=0)
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (raw[:7], raw[7:])) + b"0\r\n\r\n"
    one = only(record(url("x"), http(chunked, "Transfer-Encoding: chunked", "Content-Encoding: gzip")))
    assert (one.raw, one.content) == (raw, HTML)


# Broken files


def damaged(member: bytes) -> bytes:
    broken = bytearray(member)
    for at in range(20, len(broken) - 10, 7):
        broken[at] ^= 0xFF
    return bytes(broken)


MEMBERS = [packed([one]) for one in PAGES]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"".join([*MEMBERS[:2], damaged(MEMBERS[2]), *MEMBERS[3:]]), ["0", "1", "BROKEN", "3", "4"]),
        (b"".join([damaged(MEMBERS[0]), *MEMBERS[1:]]), ["BROKEN", "1", "2", "3", "4"]),
        (b"".join([*MEMBERS[:4], damaged(MEMBERS[4])]), ["0", "1", "2", "3", "BROKEN"]),
        (b"".join(MEMBERS)[:-20], ["0", "1", "2", "3", "BROKEN"]),
        (b"".join(PAGES)[:-20], ["0", "1", "2", "3", "BROKEN"]),
        (b"".join([MEMBERS[0], b"garbage" * 9, *MEMBERS[1:]]), ["0", "BROKEN", "1", "2", "3", "4"]),
        (b"".join([*MEMBERS, bytes(512)]), ["0", "1", "2", "3", "4", "BROKEN"]),
        (b"this is no WARC\n" * 100, ["BROKEN"]),
        (b"", []),
    ],
    ids=["middle", "first", "last", "cut", "cut-plain", "garbage", "padded", "other", "empty"],
)
def test_a_broken_place_is_told_and_reading_goes_on_behind_it(content: bytes, words: list[str]) -> None:
    assert told(content) == words


def lying(length: int | str, kind: str = "response") -> bytes:
    return record(url("lie"), http(b"<html>short"), length=length, kind=kind)


SHORT = http(b"<html>short")


@pytest.mark.parametrize("pack", [packed, b"".join])
@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (lying(10_000_000), ["0", "BROKEN", "1", "2"]),
        (lying(10_000_000, kind="request"), ["0", "BROKEN", "1", "2"]),
        (lying(len(SHORT) + 100), ["0", "BROKEN", "BROKEN", "1", "2"]),  # ends within the next one
        (lying(len(SHORT) - 3), ["0", "lie", "BROKEN", "1", "2"]),
        (lying(-1), ["0", "not_http", "BROKEN", "1", "2"]),
        (lying("many"), ["0", "not_http", "BROKEN", "1", "2"]),
    ],
    ids=["long", "long-request", "into-the-next", "short", "negative", "no-number"],
)
def test_a_length_that_lies_costs_its_own_record_alone(
    pack: Callable[[list[bytes]], bytes], lie: bytes, words: list[str]
) -> None:
    assert told(pack([PAGES[0], lie, PAGES[1], PAGES[2]])) == words


def test_a_head_without_end_costs_its_own_record_alone() -> None:
    endless = gzip.compress(b"WARC/1.0\r\n" + b"A: b\r\n" * 1_000_000)
    assert told(MEMBERS[0] + endless + MEMBERS[1]) == ["0", "BROKEN", "1"]
    http_head = record(url("x"), b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\nbody")
    assert told(packed([PAGES[0], http_head, PAGES[1]])) == ["0", "BROKEN", "1"]


def test_a_bomb_is_passed_over() -> None:
    bomb = gzip.compress(record(url("bomb"), http(bytes(200 << 20))), 9)
    assert len(bomb) < 1 << 20
    assert told(MEMBERS[0] + bomb + MEMBERS[1]) == ["0", "too_large", "1"]


def test_a_file_with_a_broken_place_can_be_read_on_from_each_of_its_records() -> None:
    content = b"".join([*MEMBERS[:2], damaged(MEMBERS[2]), *MEMBERS[3:]])
    whole = told(content)
    for number, one in enumerate(found(content), start=1):
        assert told(content, one.after) == whole[number:]


def test_noise_in_a_file_never_raises_and_costs_only_what_it_hits() -> None:
    content = packed(PAGES)
    for seed in range(300):
        chance = random.Random(seed)
        noisy = bytearray(content)
        at = chance.randrange(len(noisy))
        noisy[at] = chance.randrange(256)
        pages = [word for word in told(bytes(noisy)) if word in "01234"]
        assert len(pages) >= 3, (seed, pages)
        assert pages == sorted(set(pages))


def test_a_date_with_another_offset_or_none_is_utc() -> None:
    assert only(record(url("x"), http(HTML), at="2026-11-01T12:00:00.25Z")).fetched_at == datetime(
        2026, 11, 1, 12, 0, 0, 250_000, UTC
    )
