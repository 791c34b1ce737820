"""Rederiving: what an article would be if its stored page were read today, with what is known of its source by now."""

import logging
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

import orjson

from harvester.archive import ArchiveReader, ObjectStore, open_store
from harvester.archive.manifest import ManifestArticle
from harvester.archive.record import ArticleRecord, CaptureRef, Derivation, record_of
from harvester.article import Article
from harvester.clean import CLEANING, Furniture, clean_article
from harvester.dedup.words import content_sha256, normalised_words
from harvester.errors import NotArticle, ObjectMissing, StoreError
from harvester.extract import EXTRACTION, read_article
from harvester.page import Page
from harvester.reclean import next_record
from harvester.source import Source

logger = logging.getLogger(__name__)

LOSS = 0.5
"""Of its words. An article that would keep fewer is not written anew unless that is asked for."""

STATES = 8
"""Earlier states of furniture that a process holds: up to 1 MB each."""


class Fate(StrEnum):
    """What would become of a record; the first that fits."""

    SAME = "same"
    LOSS = "loss"  # less than half of its words would be left
    TEXT = "text"  # another text, with or without another title
    TITLE = "title"  # another title, the same text
    METADATA = "metadata"  # the same title and text; authors, dates, language, section, tags or images are others
    NO_ARTICLE = "no_article"  # its page is no article any more
    NO_CAPTURE = "no_capture"  # its page was not kept
    CAPTURE_MISSING = "capture_missing"  # it names a capture that is not there
    CAPTURE_UNREADABLE = "capture_unreadable"
    RECORD_UNREADABLE = "record_unreadable"
    FAULT = "fault"  # our mistake, or its page killed the process that read it


CHANGES = frozenset([Fate.LOSS, Fate.TEXT, Fate.TITLE, Fate.METADATA])
"""There is another derivation to write."""

UNREADABLE = frozenset([Fate.CAPTURE_MISSING, Fate.CAPTURE_UNREADABLE, Fate.RECORD_UNREADABLE, Fate.FAULT])
"""Something is wrong with the archive, or with us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known of a source by now; goes to the processes that read its pages."""

    archive: str  # URL of the store
    home: str | None  # None: of each page its own site
    language: str | None
    furniture: bytes | None  # its state, as JSON
    furniture_key: str | None  # of that state in the archive

    @classmethod
    def of(
        cls, store: ObjectStore, source: Source | None, furniture: Furniture, furniture_key: str | None
    ) -> "Knowledge":
        state = orjson.dumps(furniture.to_state()) if furniture.counted else None
        return cls(
            archive=store.url,
            home=source.home if source else None,
            language=source.language if source else None,
            furniture=state,
            furniture_key=furniture_key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rederived:
    """The answer for one record."""

    key: str  # of the record
    fate: Fate
    detail: str = ""
    record: bytes | None = None  # JSON of the next derivation, where it differs
    words: tuple[int, int] = (0, 0)  # of the text as it is stored, and as it would be


def rederived(known: Knowledge, key: str) -> Rederived:
    """Read a record's page again. Never raises; the place and its objects are found by their names."""
    try:
        return _rederived(known, key)
    except Exception as error:  # one page must not cost the others
        logger.exception("%s", key)
        return Rederived(key=key, fate=Fate.FAULT, detail=repr(error))


def crashed(key: str) -> Rederived:
    """For a page that killed the process that read it."""
    return Rederived(key=key, fate=Fate.FAULT, detail="its reader died")


def _rederived(known: Knowledge, key: str) -> Rederived:
    reader = ArchiveReader(_store(known.archive, os.getpid()))
    try:
        record = reader.record(key)
    except StoreError as error:
        return Rederived(key=key, fate=Fate.RECORD_UNREADABLE, detail=str(error))
    if record.capture is None:
        return Rederived(key=key, fate=Fate.NO_CAPTURE)
    try:
        page = reader.page(record.capture.key)
    except ObjectMissing as error:
        return Rederived(key=key, fate=Fate.CAPTURE_MISSING, detail=str(error))
    except StoreError as error:
        return Rederived(key=key, fate=Fate.CAPTURE_UNREADABLE, detail=str(error))
    try:
        made = next_derivation(record, page, known, reader.store)
    except NotArticle as refusal:
        return Rederived(key=key, fate=Fate.NO_ARTICLE, detail=str(refusal))
    words = len(normalised_words(record.text)), len(normalised_words(made.text))
    fate = _fate(record, made, words)
    return Rederived(key=key, fate=fate, record=made.to_json() if fate in CHANGES else None, words=words)


def _fate(record: ArticleRecord, made: ArticleRecord, words: tuple[int, int]) -> Fate:
    if record.body != made.body:
        return Fate.LOSS if words[1] < LOSS * words[0] else Fate.TEXT
    if record.title != made.title:
        return Fate.TITLE
    return Fate.SAME if _about(record) == _about(made) else Fate.METADATA


def _about(record: ArticleRecord) -> tuple[object, ...]:
    """All but title and text that a page says of its article. `removed` tells how the furniture was counted as well,
    which is another number each time."""
    return (
        record.authors,
        record.published_at,
        record.modified_at,
        record.language,
        record.direction,
        record.section,
        record.tags,
        record.images,
    )


def next_derivation(record: ArticleRecord, page: Page, known: Knowledge, store: ObjectStore) -> ArticleRecord:
    """The next derivation of a record, from its page. Raises NotArticle.

    A page of a design that the source has given up is read with the furniture of its time, which its record names.
    """
    furniture, key = _furniture(known.furniture), known.furniture_key
    article = _read(page, known, furniture)
    then = record.derivation.furniture
    if then not in (None, key) and not furniture.knows(article):
        earlier = _earlier(known.archive, os.getpid(), then)
        again = _read(page, known, earlier) if earlier is not None else article
        if earlier is not None and earlier.knows(again):
            furniture, key, article = earlier, then, again
    derivation = _derivation(furniture, key)
    return next_record(record, clean_article(article, furniture), derivation)


def restored(
    line: ManifestArticle, capture_key: str, page: Page, known: Knowledge, *, source: str, run_id: str, number: int
) -> ArticleRecord:
    """A record that is damaged or lost, made again from its capture as the derivation `number`. Raises NotArticle.

    `line` is what its manifest says of it. What neither page nor line tells is left out: further addresses, how alike
    a copy is, what changed in a revision; links and other derivations may tell it.
    """
    furniture = _furniture(known.furniture)
    article = clean_article(_read(page, known, furniture), furniture)
    return record_of(
        replace(article, url=line.url),
        id=line.id,
        source=source,
        revision=line.revision,
        content_sha256=content_sha256(article.title, article.text),
        fetched_at=line.fetched_at,
        run_id=run_id,
        http_status=page.status,
        capture=CaptureRef(key=capture_key, sha256=line.payload_sha256) if line.payload_sha256 else None,
        derivation=_derivation(furniture, known.furniture_key).model_copy(update={"number": number}),
    )


def _derivation(furniture: Furniture, key: str | None) -> Derivation:
    return Derivation(extraction=EXTRACTION, cleaning=CLEANING, furniture=key, counted=furniture.counted)


def _read(page: Page, known: Knowledge, furniture: Furniture) -> Article:
    parts = urlsplit(page.url)
    home = known.home or f"{parts.scheme}://{parts.netloc}/"
    return read_article(page, home=home, language=known.language, template=furniture)


@lru_cache(maxsize=2)
def _store(url: str, _process: int) -> ObjectStore:
    """Each process opens its own: connections are not for sharing over a fork."""
    return open_store(url)


@lru_cache(maxsize=2)
def _furniture(state: bytes | None) -> Furniture:
    return Furniture.from_state(orjson.loads(state)) if state else Furniture()


@lru_cache(maxsize=STATES)
def _earlier(archive: str, process: int, key: str) -> Furniture | None:
    """A state by its key; None where it has gone or is damaged."""
    try:
        return Furniture.from_state(orjson.loads(_store(archive, process).get(key)))
    except ObjectMissing:  # deleted by hand, or with an article that was taken down
        return None
    except (StoreError, ValueError) as error:
        logger.warning("%s: its articles are read with what is known today: %s", key, error)
        return None
