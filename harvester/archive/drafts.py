"""Drafts: what a command is about to write, said before it does, so that whoever comes after a kill finds it all.

Records that no manifest names are found by harvest runs only where they are an article's latest. A command that writes
derivations of any revision says first which; when its manifest is visible, the draft goes.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
from harvester.archive.record import Id
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectMissing, StoreError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DraftRecord(_Part):
    """A record, whatever the day under which it is going to stand."""

    id: Id
    revision: Annotated[int, Field(ge=1)]
    derivation: Annotated[int, Field(ge=1)]


class Draft(_Part):
    """Stored as `drafts/source=<name>/<run_id>.json`; deleted when a commit has made its records visible."""

    schema_version: Annotated[int, Field(ge=1)] = 1
    run_id: str
    source: str
    command: str
    after: Annotated[int, Field(ge=0)]  # as of its manifest
    records: list[DraftRecord]

    @property
    def key(self) -> str:
        return keys.draft_key(self.source, self.run_id)

    def to_json(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, body: bytes, key: str) -> Self:
        """A stored draft. Raises StoreError, which names `key`."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise StoreError(key, f"is not a draft: {error.errors()[0]['msg']}") from None


def drafts_of(store: ObjectStore, source: str) -> Iterator[Draft]:
    """Those of a source, oldest first; what has gone since it was listed is passed over. Raises StoreError."""
    for key in sorted(found.key for found in store.list(keys.drafts_prefix(source))):
        with suppress(ObjectMissing):
            yield Draft.from_json(store.get(key), key)
