"""The first articles of a source are cleaned again once its furniture is known.

Nothing is held back while a source is young: its articles are stored with what the rules alone say. When more of the
site has been seen, each comes out of its stored reading anew, and what differs becomes a new derivation beside it.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harvester.archive import ArchiveReader, ArchiveWriter
from harvester.archive.record import ArticleRecord, Derivation, record_of
from harvester.article import Article
from harvester.clean import Furniture, clean_article
from harvester.dedup.revision import Part, revision_of
from harvester.dedup.words import content_sha256
from harvester.errors import NotArticle, StoreError
from harvester.extract import read_article
from harvester.source import Source
from harvester.storing import Stored, store_derivation

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Young:
    """A stored article that was cleaned before its source was known."""

    record: ArticleRecord
    article: Article  # as it was stored


def reclean(
    young: Mapping[str, Young], furniture: Furniture, derivation: Derivation, writer: ArchiveWriter
) -> Iterator[Stored]:
    """Clean the articles (by id) anew; those that come out different are stored as the next derivation."""
    for one in young.values():
        cleaned = clean_article(one.article, furniture)
        if (cleaned.title, cleaned.body) == (one.record.title, tuple(one.record.body)):
            continue
        stored = store_derivation(next_record(one.record, cleaned, derivation), payload_of(one.record), writer)
        if stored is not None:
            yield stored


def young_in_archive(reader: ArchiveReader, source: Source, ids: Mapping[str, str]) -> Iterator[Young]:
    """Articles that earlier runs have stored, read again from their captures. `ids`: article id → key of its record.

    Articles without a capture, or whose capture can't be read any more, stay as they are.
    """
    for key in ids.values():
        try:
            record = reader.record(key)
            page = reader.page(record.capture.key) if record.capture else None
            if page is not None:
                article = read_article(page, home=source.home, language=source.language)
                yield Young(record=record, article=article)
        except (StoreError, NotArticle) as error:
            logger.warning("%s: not cleaned again: %s", key, error)


def differs_by_furniture_alone(record: ArticleRecord, article: Article) -> bool:
    """Are both the same text once each is freed of what the other knows to be furniture, by the same authors?"""
    if any(part in (Part.DATE, Part.AUTHOR) for part in revision_of(record, article).parts):
        return False
    known_then = {line.text for line in record.removed}
    known_now = {block.text for block in article.removed}
    then = "\n".join(line for line in record.body if line not in known_now)
    now = "\n".join(line for line in article.body if line not in known_then)
    return content_sha256(record.title, then) == content_sha256(article.title, now)


def next_record(record: ArticleRecord, cleaned: Article, derivation: Derivation) -> ArticleRecord:
    """The record of the same revision, with the cleaned text and the next derivation's number.

    Its addresses stay, for its id is made of them, whatever its page declares to be canonical.
    """
    number = record.derivation.number + 1
    return record_of(
        replace(cleaned, url=record.url, canonical_url=record.canonical_url),
        id=record.id,
        source=record.source,
        revision=record.revision,
        content_sha256=content_sha256(cleaned.title, cleaned.text),
        copy_of=record.copy_of,
        similarity=record.similarity,
        copy_kind=record.copy_kind,
        change=record.change,
        other_urls=record.other_urls,
        fetched_at=record.fetched_at,
        run_id=record.run_id,
        http_status=record.http_status,
        capture=record.capture,
        derivation=derivation.model_copy(update={"number": number}),
    )


def payload_of(record: ArticleRecord) -> str | None:
    """SHA-256 of the page that it was read from."""
    return record.capture.sha256 if record.capture else None
