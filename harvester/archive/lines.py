"""The lines of a manifest: what has been written, with its checksums."""

import hashlib
from datetime import datetime

from harvester.archive.manifest import ManifestArticle, ManifestObject
from harvester.archive.record import ArticleRecord


def object_line(key: str, body: bytes, kind: str) -> ManifestObject:
    """Of any object but an article's record."""
    return ManifestObject(key=key, sha256=_sha256(body), md5=_md5(body), size=len(body), kind=kind)


def article_line(record: ArticleRecord, key: str, body: bytes, payload_sha256: str | None) -> ManifestArticle:
    """Of an article's record: enough to know it again without reading the object. `body`: the record as written."""
    return ManifestArticle(
        key=key,
        sha256=_sha256(body),
        md5=_md5(body),
        size=len(body),
        id=record.id,
        revision=record.revision,
        derivation=record.derivation.number,
        url=record.url,
        content_sha256=record.content_sha256,
        payload_sha256=payload_sha256,
        copy_of=record.copy_of,
        authors=record.authors,
        published_at=record.published_at,
        fetched_at=datetime.fromisoformat(record.fetched_at),
    )


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
