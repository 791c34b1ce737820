"""Records and pages for tests of the archive, plain unless a test says what is special."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from harvester.archive.record import ArticleRecord, CaptureRef, Derivation, record_of
from harvester.article import Article, Block, Image
from harvester.dedup.words import content_sha256
from harvester.page import Page

RUN_ID = "20261123T133601Z-3f9a2c"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HTML = "<html><h1>عنوان</h1><p>نص الخبر</p></html>".encode()


def article_id(name: str) -> str:
    """A well-formed id that is always the same for one name."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def article(title: str = "Harbour reopens", *paragraphs: str, **changed: Any) -> Article:
    blocks = [Block(text=text) for text in paragraphs or ("The harbour reopened on Monday.", "Ships came in.")]
    blocks.append(Block(text="Subscribe to our newsletter", why="rule: newsletter"))
    values: dict[str, Any] = {
        "url": "https://news.example/harbour",
        "canonical_url": "https://news.example/harbour",
        "title": title,
        "blocks": tuple(blocks),
        "authors": ("Rana Khoury",),
        "published_at": "2026-11-23T08:30:00+02:00",
        "language": "en",
        "images": (Image(url="https://news.example/a.jpg", caption="The harbour"),),
        "tags": ("ports",),
    }
    return Article(**(values | changed))


def record(name: str = "harbour", read: Article | None = None, **changed: Any) -> ArticleRecord:
    """The record of an article named `name`; `number` is its derivation's."""
    read = read or article()
    number = changed.pop("number", 1)
    values: dict[str, Any] = {
        "id": article_id(name),
        "source": "example",
        "revision": 1,
        "content_sha256": content_sha256(read.title, read.text),
        "fetched_at": NOON,
        "run_id": RUN_ID,
        "http_status": 200,
        "derivation": Derivation(extraction="reader-1", cleaning="furniture-1", furniture=None, number=number),
    }
    return record_of(read, **(values | changed))


def capture_ref(key: str = "captures/x") -> CaptureRef:
    return CaptureRef(key=key, sha256="0" * 64)


def page(raw: bytes = HTML, **changed: Any) -> Page:
    values: dict[str, Any] = {
        "url": "https://news.example/harbour?id=1",
        "requested_url": "https://news.example/harbour?id=1",
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(raw)))),
        "raw": raw,
        "content": raw,
        "fetched_at": datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC),
        "request_headers": (("Host", "news.example"), ("User-Agent", "harvester")),
    }
    return Page(**(values | changed))
