"""Merged segments: a closed day's small segments joined into few large ones, and the object that says so."""

from datetime import date
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
from harvester.archive.digest import check_digest, with_digest
from harvester.archive.record import Sha256
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectMissing, StoreError

DIGEST_SINCE: Final = 2


class MergedDay(BaseModel):
    """Stored as `segments/date=…/merged.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[int, Field(ge=1)] = DIGEST_SINCE
    segments: list[str]  # keys of the merged ones: all articles whose records stand under this day are in them
    sha256: list[str]  # of these objects
    covers: list[str]  # keys of the segments that they stand for
    articles: int
    digest: Sha256 | None = None  # SHA-256 of the JSON without this field; None of version 1

    def to_json(self) -> bytes:
        return with_digest(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, body: bytes, key: str) -> Self:
        """Raises StoreError, which names `key`."""
        check_digest(body, key, since=DIGEST_SINCE)
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise StoreError(key, f"does not say what was merged: {error.errors()[0]['msg']}") from None


def merged_day(store: ObjectStore, day: date) -> MergedDay | None:
    """What a day's segments were merged into; None where they were not. Raises StoreError."""
    key = keys.merge_key(day)
    try:
        return MergedDay.from_json(store.get(key), key)
    except ObjectMissing:
        return None
