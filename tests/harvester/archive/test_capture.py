"""Captures are valid WARC, in the eyes of two other readers, and give the page back."""

import gzip
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Any

import brotli
import fastwarc
import pytest
from backports import zstd
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from harvester.archive.capture import capture_bytes, read_capture
from harvester.archive.encodings import decode_content
from harvester.errors import StoreError
from harvester.page import Page
from tests.archive_samples import HTML, RUN_ID, page

REDIRECTED = page(
    requested_url="https://news.example/h", listed_url="https://news.example/feed/", url="https://news.example/harbour"
)


def warcio_records(body: bytes) -> list[tuple[str, Any, Any, bytes]]:
    """Type, WARC fields, HTTP fields and payload of each; digests are checked."""
    found = []
    for record in ArchiveIterator(BytesIO(body), check_digests="raise"):
        found.append((record.rec_type, record.rec_headers, record.http_headers, record.raw_stream.read()))
        record.raw_stream.read()
    return found


def test_warcio_reads_request_and_response() -> None:
    records = warcio_records(capture_bytes(REDIRECTED, RUN_ID).body)
    assert [kind for kind, *_ in records] == ["warcinfo", "request", "response", "metadata"]
    _, fields, http, payload = records[2]
    assert fields.protocol == "WARC/1.1"
    assert fields.get_header("WARC-Target-URI") == REDIRECTED.url
    assert fields.get_header("WARC-Date") == "2026-11-23T12:00:00.123456Z"
    assert http.get_statuscode() == "200"
    assert payload == HTML
    _, request, sent, _ = records[1]
    assert request.get_header("WARC-Concurrent-To") == fields.get_header("WARC-Record-ID")
    assert sent.get_header("User-Agent") == "harvester"
    assert b"isPartOf: " + RUN_ID.encode() in records[0][3]


def test_fastwarc_agrees_with_every_digest() -> None:
    body = capture_bytes(REDIRECTED, RUN_ID).body
    count = 0
    for record in FastIterator(BytesIO(body), parse_http=False):
        count += 1
        assert record.verify_block_digest(), record.record_type
    assert count == 4
    for record in FastIterator(BytesIO(body), parse_http=True, record_types=fastwarc.WarcRecordType.response):
        assert record.verify_payload_digest()
        assert record.reader.read() == HTML


def test_each_record_is_a_gzip_member_and_captures_can_be_joined() -> None:
    one, two = capture_bytes(page(), RUN_ID).body, capture_bytes(page(b"other"), RUN_ID).body
    assert one.count(b"\x1f\x8b\x08\x00") >= 3
    assert len(warcio_records(one + two)) == 6
    assert gzip.decompress(one).startswith(b"WARC/1.1\r\n")


def test_the_same_page_is_the_same_bytes() -> None:
    assert capture_bytes(page(), RUN_ID) == capture_bytes(page(), RUN_ID)
    assert capture_bytes(page(), RUN_ID).body != capture_bytes(page(b"other"), RUN_ID).body


ENCODINGS = {
    "gzip": gzip.compress(HTML),
    "x-gzip": gzip.compress(HTML),
    "GZIP": gzip.compress(HTML[:20]) + gzip.compress(HTML[20:]),
    "deflate": zlib.compress(HTML),
    "Deflate": zlib.compress(HTML)[2:-4],
    "br": brotli.compress(HTML),
    "zstd": zstd.compress(HTML),
    "identity": HTML,
    "br, gzip": gzip.compress(brotli.compress(HTML)),
    "unheard-of": HTML,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_body_keeps_its_encoding_and_is_decoded_on_reading(encoding: str) -> None:
    raw = ENCODINGS[encoding]
    fetched = page(raw, headers=(("Content-Encoding", encoding),), content=HTML)
    again = read_capture(capture_bytes(fetched, RUN_ID).body)
    assert again == fetched
    assert again.raw == raw


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_breaks_off_gives_what_it_has(encoding: str) -> None:
    text = bytes(zlib.crc32(str(number).encode()) & 0xFF for number in range(400_000))  # does not compress
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}[encoding](
        text
    )
    half = decode_content(packed[: len(packed) // 2], encoding)
    assert text.startswith(half)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_is_not_in_its_encoding_is_left_alone(encoding: str) -> None:
    assert decode_content(HTML, encoding) == HTML


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_not_unpacked(encoding: str) -> None:
    text = bytes(20 << 20)
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}[encoding](
        text
    )
    with pytest.raises(ValueError, match="more than 1000000 bytes"):
        decode_content(packed, encoding, limit=1_000_000)


def test_a_length_or_transfer_encoding_that_is_no_longer_true_is_set_aside() -> None:
    headers = (("Transfer-Encoding", "chunked"), ("content-length", "999999"), ("Content-Type", "text/html"))
    fetched = page(headers=headers)
    body = capture_bytes(fetched, RUN_ID).body
    _, _, http, payload = warcio_records(body)[2]
    assert http.get_header("Transfer-Encoding") is None
    assert int(http.get_header("Content-Length")) == len(payload) == len(HTML)
    assert read_capture(body).headers == headers


names = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=1, max_size=12)
latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=30).map(
    lambda text: text.strip(" \t")
)


@given(st.lists(st.tuples(names, latin), max_size=6), st.binary(max_size=300), st.integers(200, 599))
def test_a_page_comes_back(headers: list[tuple[str, str]], raw: bytes, status: int) -> None:
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    fetched = page(raw, headers=kept, status=status, request_headers=(("Host", "news.example"), *kept))
    assert read_capture(capture_bytes(fetched, RUN_ID).body) == fetched


@pytest.mark.parametrize(
    "headers",
    [(("X-Title", "خبر"),), (("X-Odd", "a\r\nInjected: yes"),), (("X\r\nInjected", "yes"),), (("Empty", ""),)],
)
def test_odd_headers_do_not_break_the_record(headers: tuple[tuple[str, str], ...]) -> None:
    body = capture_bytes(page(headers=headers, request_headers=headers), RUN_ID).body
    http = warcio_records(body)[2][2]
    assert http.get_header("Injected") is None
    assert read_capture(body).raw == HTML


def test_an_address_with_letters_of_any_script_is_a_uri_in_the_capture() -> None:
    body = capture_bytes(page(url="https://news.example/خبر و\nx"), RUN_ID).body
    target = warcio_records(body)[2][1].get_header("WARC-Target-URI")
    assert target == "https://news.example/%D8%AE%D8%A8%D8%B1%20%D9%88%0Ax"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"",
        lambda body: body[:-40],
        lambda body: body[: len(body) // 2],
        lambda body: body[:700] + bytes(20) + body[720:],
        lambda body: b"no WARC at all",
    ],
)
def test_a_damaged_capture_is_told_with_its_key(spoil: Any) -> None:
    body = capture_bytes(page(HTML * 50), RUN_ID).body
    with pytest.raises(StoreError) as error:
        read_capture(spoil(body), "captures/x")
    assert error.value.key == "captures/x"


def test_an_empty_body_is_kept() -> None:
    fetched: Page = replace(page(b""), status=204)
    assert read_capture(capture_bytes(fetched, RUN_ID).body) == fetched
