"""What the index keeps of what the archive says: of a manifest's lines, and of a record."""

from datetime import datetime

from harvester.archive import keys
from harvester.archive.manifest import ManifestArticle, ManifestPage
from harvester.archive.record import ArticleRecord
from harvester.dedup.revision import about_hash, day_of
from harvester.index import KnownArticle, KnownPage, mark
from harvester.urls import article_id
from harvester.verdict import appeared_at

FINAL = 410
"""A server that says this means it (RFC 9110 §15.5.11), so its page is not asked for again."""


def known_article(source: str, written: ManifestArticle) -> KnownArticle | None:
    """A stored article from its line in a manifest; None where its key is not one of ours."""
    named = keys.parse_article_key(written.key)
    if named is None:
        return None
    at = written.fetched_at.timestamp()
    return KnownArticle(
        id=written.id,
        source=source,
        address=article_id(source, written.url),
        day=named.day,
        revision=written.revision,
        derivation=written.derivation,
        content=written.content_sha256[:32],
        payload=mark(written.payload_sha256),
        authors=about_hash(written.authors),
        published=day_of(written.published_at),
        copy_of=written.copy_of,
        first_at=at,
        appeared_at=appeared_at(written.published_at, at),
        fetched_at=at,
    )


def known_record(key: str, record: ArticleRecord) -> KnownArticle:
    """A stored article from its record. Raises ValueError where the key is not one of ours."""
    named = keys.parse_article_key(key)
    if named is None:
        raise ValueError(f"{key} is not an article's key")
    at = datetime.fromisoformat(record.fetched_at).timestamp()
    return KnownArticle(
        id=record.id,
        source=record.source,
        address=article_id(record.source, record.url),
        day=named.day,
        revision=record.revision,
        derivation=record.derivation.number,
        content=record.content_sha256[:32],
        payload=mark(record.capture.sha256) if record.capture else None,
        authors=about_hash(record.authors),
        published=day_of(record.published_at),
        copy_of=record.copy_of,
        first_at=at,
        appeared_at=appeared_at(record.published_at, at),
        fetched_at=at,
    )


def known_page(source: str, page: ManifestPage) -> KnownPage:
    """What the index keeps of a page's line in a manifest."""
    at = int(page.at.timestamp())
    return KnownPage(
        source=source,
        address=article_id(source, page.url),
        url=None if page.http_status == FINAL else page.url,
        outcome=page.outcome,
        reason=page.reason,
        article_id=page.article_id,
        modified=mark(page.modified),
        first_at=at,
        checked_at=at,
        changed_at=at,
    )
