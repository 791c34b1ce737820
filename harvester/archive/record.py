"""The article record: what the archive says of one revision of an article, checked before it is written."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harvester.archive.keys import RUN_ID
from harvester.article import Article
from harvester.errors import StoreError
from harvester.source import LANGUAGE, NAME

SCHEMA_VERSION: Final = 1

_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_TIME = r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?"
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)"


def _normal(text: str) -> str:
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError("must be in Unicode normalisation form C")
    return text


def _one_line(text: str) -> str:
    if text and text.splitlines() != [text]:
        raise ValueError("must not have line breaks")
    return _normal(text)


def _real_time(text: str) -> str:
    if len(text) == len("2026-11-23"):
        date.fromisoformat(text)
    else:
        datetime.fromisoformat(text)
    return text


Text = Annotated[str, AfterValidator(_normal)]
Line = Annotated[str, AfterValidator(_one_line)]
Paragraph = Annotated[str, Field(min_length=1)]  # the record checks the rest on all at once
Time = Annotated[
    str,
    Field(pattern=f"^{_TIME}$", description="ISO 8601 with offset, or the date alone"),
    AfterValidator(_real_time),
]
Instant = Annotated[str, Field(pattern=f"^{_INSTANT}$", description="ISO 8601, UTC"), AfterValidator(_real_time)]
CopyKind = Literal["copy", "abridged", "extended", "partial"]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    """Fields that a later version adds are ignored by this one."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class RecordImage(_Part):
    """A picture that belongs to the article."""

    url: str
    caption: Line | None


class RemovedBlock(_Part):
    """A text block of the article's container that is not in the body."""

    text: Text
    why: Line


class RecordChange(_Part):
    """What is new in a revision, as a label; the words themselves tell more."""

    extent: Literal["minor", "revised", "shortened", "withdrawn"]
    parts: list[Literal["title", "body", "date", "author"]]  # what has changed


class CaptureRef(_Part):
    """The page as fetched."""

    key: str
    sha256: Sha256  # of the body as fetched, Content-Encoding and all


class Derivation(_Part):
    """How the record was made of its page."""

    extraction: str  # name and version of what read the page
    cleaning: str  # name and version of what took furniture out
    furniture: str | None  # key of the learned furniture that was used; None: rules alone
    counted: Annotated[int, Field(ge=0)] = 0  # articles of the source that had been learned from
    number: Annotated[int, Field(ge=1)] = 1  # 1, 2, … of the same revision; the highest is the best


class ArticleRecord(_Part):
    """One revision of an article, in one derivation. FORMAT.md tells each field."""

    model_config = ConfigDict(title="News article, schema version 1")

    schema_version: Literal[1] = SCHEMA_VERSION
    id: Id
    revision: Annotated[int, Field(ge=1)]
    source: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    url: Annotated[str, Field(min_length=1)]
    canonical_url: Annotated[str, Field(min_length=1)]
    other_urls: list[str] = []
    title: Line
    authors: list[Line]
    published_at: Time | None
    modified_at: Time | None
    language: Annotated[str, Field(pattern=f"^{LANGUAGE.pattern}$")] | None
    direction: Literal["ltr", "rtl"]
    body: list[Paragraph]
    text: Text
    section: Line | None
    tags: list[Line]
    images: list[RecordImage]
    content_sha256: Sha256
    change: RecordChange | None = None
    copy_of: Id | None
    similarity: Annotated[float, Field(ge=0, le=1)] | None
    copy_kind: CopyKind | None = None
    removed: list[RemovedBlock]
    fetched_at: Instant
    run_id: Annotated[str, Field(pattern=f"^{RUN_ID.pattern}$")]
    http_status: Annotated[int, Field(ge=100, le=999)]
    capture: CaptureRef | None
    derivation: Derivation

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.text != "\n".join(self.body):
            raise ValueError("text must be the paragraphs of body joined by one line feed")
        if self.text.splitlines() != self.body:
            raise ValueError("paragraphs must not have line breaks")
        if (self.copy_of is None) != (self.similarity is None):
            raise ValueError("copy_of and similarity go together")
        return self

    def to_json(self) -> bytes:
        """UTF-8 on one line, fields in the order of the schema."""
        return orjson.dumps(self.model_dump(mode="python"))


def record_of(
    article: Article,
    *,
    id: str,  # noqa: A002 the field's name
    source: str,
    revision: int,
    content_sha256: str,
    fetched_at: datetime | str,
    run_id: str,
    http_status: int,
    derivation: Derivation,
    capture: CaptureRef | None = None,
    copy_of: str | None = None,
    similarity: float | None = None,
    copy_kind: CopyKind | None = None,
    change: RecordChange | None = None,
    other_urls: Iterable[str] = (),
) -> ArticleRecord:
    """The record of an article and where it comes from.

    Text is brought into the record's form: NFC, U+FFFD for unpaired surrogates, a space for a line break.
    """
    body = [line for line in map(_line, article.body) if line]
    own = {_plain(article.url), _plain(article.canonical_url)}
    return ArticleRecord(
        id=id,
        revision=revision,
        source=source,
        url=_plain(article.url),
        canonical_url=_plain(article.canonical_url),
        other_urls=[url for url in dict.fromkeys(map(_plain, other_urls)) if url not in own],
        title=_line(article.title),
        authors=[_line(author) for author in article.authors],
        published_at=article.published_at,
        modified_at=article.modified_at,
        language=article.language,
        direction=article.direction,
        body=body,
        text="\n".join(body),
        section=None if article.section is None else _line(article.section),
        tags=[_line(tag) for tag in article.tags],
        images=[
            RecordImage(url=_plain(image.url), caption=None if image.caption is None else _line(image.caption))
            for image in article.images
        ],
        content_sha256=content_sha256,
        change=change,
        copy_of=copy_of,
        similarity=similarity,
        copy_kind=copy_kind,
        removed=[RemovedBlock(text=_plain(block.text), why=_line(block.why or "")) for block in article.removed],
        fetched_at=fetched_at if isinstance(fetched_at, str) else instant(fetched_at),
        run_id=run_id,
        http_status=http_status,
        capture=capture,
        derivation=derivation,
    )


def instant(at: datetime) -> str:
    """A moment as the archive writes it: UTC, milliseconds, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))


def _line(text: str) -> str:
    return _plain(_BREAKS.sub(" ", text))


READERS: Mapping[int, Callable[[Any], ArticleRecord]] = {1: ArticleRecord.model_validate}
"""Of every schema version ever written: from a JSON object to the record as we know it today."""


def parse_record(body: bytes, key: str = "record") -> ArticleRecord:
    """A stored record, whatever its schema version. Raises StoreError, which names `key`."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise StoreError(key, f"is not JSON: {error}") from None
    version = values.get("schema_version") if isinstance(values, dict) else None
    if not isinstance(version, int):
        raise StoreError(key, "is not an article record: it has no schema_version")
    if version not in READERS:
        known = ", ".join(map(str, READERS))
        raise StoreError(key, f"is of schema version {version}; this harvester knows {known}: install a newer one")
    try:
        return READERS[version](values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "record"
        raise StoreError(key, f"is not a valid article record: {where}: {first['msg']}") from None


def json_schema() -> bytes:
    """The JSON Schema of the record, as published in `article.schema.json`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= ArticleRecord.model_json_schema(mode="serialization")
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    from pathlib import Path

    Path(__file__).with_name("article.schema.json").write_bytes(json_schema())
