"""Recorded HTTP bodies."""

import pytest

from harvester.importing.http import is_html, joined_chunks


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"5\r\nhello\r\n6;name=x\r\n world\r\n0\r\n\r\n", b"hello world"),
        (b"5\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\r\nhello\r\n6\r\n wor", b"hello wor"),  # breaks off
        (b"5\r\nhello\r\n", b"hello"),
        (b"<html>whole already</html>", b"<html>whole already</html>"),
        (b"5\r\nhello and on it goes", b"5\r\nhello and on it goes"),  # begins like a chunk, and is none
        (b"", b""),
        (b"ffffffff\r\n<p>", b"<p>"),  # lies
    ],
)
def test_chunks_are_joined(body: bytes, whole: bytes) -> None:
    assert joined_chunks(body) == whole


@pytest.mark.parametrize(
    ("content_type", "beginning", "answer"),
    [
        ("text/html", b"anything", True),
        ("Application/XHTML+XML; charset=utf-8", b"", True),
        (None, b"  <!DOCTYPE html><p>", True),
        ("", b'<?xml version="1.0"?>\n<html xmlns="x">', True),
        ("text/plain", b"<HTML>", True),
        ("text/plain", b"words", False),
        (None, b'<?xml version="1.0"?><rss>', False),
        ("application/json", b"<html>", False),
        ("image/png", b"<html>", False),
    ],
)
def test_html_is_told_from_the_rest(content_type: str | None, beginning: bytes, answer: bool) -> None:
    assert is_html(content_type, beginning) is answer
