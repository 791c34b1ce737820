"""Marks on stored articles: gone from its site, back again, or found under another address. The text stays as it is."""

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
from harvester.archive.partitions import days_below
from harvester.archive.record import Id, Instant
from harvester.archive.store import ObjectStore
from harvester.errors import StoreError


class MarkKind(StrEnum):
    """What was noticed of a stored article."""

    GONE = "gone"  # its address answers 404 or 410, or leads to the home page
    BACK = "back"  # it is there again
    ADDRESS = "address"  # it stands under another address as well, word for word


class Mark(BaseModel):
    """Something that was noticed of a stored article after its record was written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[int, Field(ge=1)] = 1
    id: Id
    source: str
    mark: MarkKind
    url: str  # the address that was asked for
    http_status: int | None = None
    final_url: str | None = None  # where redirects led, if anywhere else
    at: Instant
    run_id: str

    @property
    def name(self) -> str:
        """In its key: one mark a day of each kind, and of each address."""
        if self.mark is MarkKind.ADDRESS:
            return f"at-{sha256(self.url.encode('utf-8', 'replace')).hexdigest()[:12]}"
        return self.mark

    def to_json(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, body: bytes, key: str) -> Self:
        """A stored mark. Raises StoreError, which names `key`."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise StoreError(key, f"is not a mark: {error.errors()[0]['msg']}") from None


def marks_of(store: ObjectStore, source: str, article_id: str) -> Iterator[Mark]:
    """The marks of one article, oldest first. Raises StoreError."""
    for day in sorted(set(days_below(store, keys.source_prefix(keys.MARKS, source)))):
        prefix = f"{keys.marks_prefix(source, day)}{article_id}-"
        found = [Mark.from_json(store.get(one.key), one.key) for one in store.list(prefix)]
        yield from sorted(found, key=lambda mark: mark.at)
