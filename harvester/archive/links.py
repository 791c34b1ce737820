"""Links of copies that were found after their records were written: lines of JSON beside the archive's articles."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
from harvester.archive.record import ArticleRecord, Id, Instant
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectMissing, StoreError

JSON_LINES: Final = "application/jsonl"


class CopyLink(BaseModel):
    """What an article copies, as it was known at one moment. Of several links of one article the latest is true."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Id  # of the copy
    revision: Annotated[int, Field(ge=1)] = 1  # of the copy: what it says is of this revision's text
    source: str  # of the copy
    copy_of: Id
    similarity: Annotated[float, Field(ge=0, le=1)]
    copy_kind: Literal["copy", "abridged", "extended", "partial"]
    linked_at: Instant


def link_lines(links: Iterable[CopyLink]) -> bytes:
    """One JSON object a line, sorted by id."""
    ordered = sorted(links, key=lambda link: (link.id, link.revision, link.linked_at))
    return b"".join(orjson.dumps(link.model_dump()) + b"\n" for link in ordered)


def parse_links(body: bytes, key: str) -> Iterator[CopyLink]:
    """The links of an object. Raises StoreError, which names `key`."""
    for line in body.splitlines():
        try:
            yield CopyLink.model_validate_json(line)
        except ValidationError as error:
            raise StoreError(key, f"is not a line of links: {error.errors()[0]['msg']}") from None


def links_of_day(store: ObjectStore, day: date) -> dict[tuple[str, int], CopyLink]:
    """The latest link of each copy that, or whose original, stands under this day, by id and revision.

    Raises StoreError.
    """
    latest: dict[tuple[str, int], CopyLink] = {}
    for found in sorted(found.key for found in store.list(keys.links_prefix(day))):
        if not found.endswith(".jsonl"):
            continue
        try:
            body = store.get(found)
        except ObjectMissing:
            continue
        for link in parse_links(body, found):
            known = latest.get((link.id, link.revision))
            if known is None or link.linked_at >= known.linked_at:
                latest[link.id, link.revision] = link
    return latest


def linked(record: ArticleRecord, links: Mapping[tuple[str, int], CopyLink]) -> ArticleRecord:
    """The record with what was found later of this revision of it."""
    link = links.get((record.id, record.revision))
    if link is None:
        return record
    found = {"copy_of": link.copy_of, "similarity": link.similarity, "copy_kind": link.copy_kind}
    return record.model_copy(update=found)
