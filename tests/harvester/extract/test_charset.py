"""Pages come out as the text they were written in, whatever they declare."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.extract.charset import decode_page
from harvester.page import Page

ARABIC = "قرر مجلس الميناء يوم الاثنين إصلاح الرصيف القديم بعد اجتماع طويل مع السكان. " * 20
FRENCH = "Le conseil a décidé de réparer l'ancien quai après une longue réunion à l'hôtel de ville. " * 20


def page(content: bytes, content_type: str | None) -> Page:
    return Page(
        url="https://e.com/a",
        requested_url="https://e.com/a",
        status=200,
        headers=(("Content-Type", content_type),) if content_type else (),
        raw=content,
        content=content,
        fetched_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def html(text: str, meta: str = "") -> str:
    return f"<html><head>{meta}<title>t</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "written", "content_type", "meta"),
    [
        pytest.param(ARABIC, "utf-8", None, "", id="nothing declared: UTF-8"),
        pytest.param(ARABIC, "utf-8-sig", "text/html; charset=windows-1256", "", id="byte order mark first"),
        pytest.param(ARABIC, "utf-16", "text/html", "", id="UTF-16 by its mark"),
        pytest.param(
            ARABIC, "windows-1256", "text/html; charset=windows-1256", '<meta charset="utf-8">', id="header over meta"
        ),
        pytest.param(ARABIC, "windows-1256", "text/html", '<meta charset="windows-1256">', id="meta"),
        pytest.param(ARABIC, "windows-1256", None, "", id="windows-1256 detected"),
        pytest.param(ARABIC, "windows-1256", "text/html; charset=utf-8", "", id="windows-1256, not UTF-8 as declared"),
        pytest.param(ARABIC, "iso8859-6", "text/html; charset=ISO-8859-6", "", id="ISO-8859-6 declared"),
        pytest.param(ARABIC, "iso8859-6", None, "", id="ISO-8859-6 detected"),
        pytest.param(ARABIC, "utf-8", "text/html; charset=iso-8859-1", "", id="UTF-8, not Latin-1 as declared"),
        pytest.param(ARABIC, "utf-8", "text/html; charset=bogus", '<meta charset="bogus">', id="no such encoding"),
        pytest.param(FRENCH, "windows-1252", "text/html; charset=iso-8859-1", "", id="Latin-1"),
        pytest.param(ARABIC, "utf-8", "text/html; charset=windows-1256", "", id="UTF-8, not windows-1256"),
    ],
)
def test_text_comes_back(text: str, written: str, content_type: str | None, meta: str) -> None:
    document = html(text, meta)
    assert decode_page(page(document.encode(written), content_type)) == document


def test_a_stray_byte_does_not_unseat_the_declared_encoding() -> None:
    content = html(ARABIC).encode() + b"\xff"
    assert decode_page(page(content, "text/html; charset=utf-8")) == html(ARABIC) + "\ufffd"


def test_nul_is_removed() -> None:
    assert decode_page(page(b"\x00a\x00b", "text/html")) == "ab"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\xff\xfea", bytes(range(256)) * 4])
@pytest.mark.parametrize("charset", ["utf-8", "\xff", "", "utf-7"])
def test_odd_bytes_and_charsets_do_not_raise(content: bytes, charset: str) -> None:
    assert "\x00" not in decode_page(page(content, f"text/html; charset={charset}"))


@pytest.mark.parametrize("charset", ["idna", "undefined", "hex", "rot13", "zlib"])
def test_codecs_that_are_no_encodings_do_not_raise(charset: str) -> None:
    document = html(FRENCH)
    assert decode_page(page(document.encode(), f"text/html; charset={charset}")) == document


@given(content=st.binary(max_size=300), charset=st.sampled_from(["utf-8", "windows-1256", "iso-8859-6", "gb18030"]))
def test_any_bytes_are_text(content: bytes, charset: str) -> None:
    assert "\x00" not in decode_page(page(content, f"text/html; charset={charset}"))
