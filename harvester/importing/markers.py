"""Marks in the archive that say how far a recording has been taken over; by them an import goes on after a kill.

Each is a create-only object `imports/<identity>/<offset>.json`, written once all that was taken from before that offset
is visible; its `digest` proves that it is as it was written.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harvester.archive import ObjectStore, keys
from harvester.archive.digest import check_digest, with_digest
from harvester.archive.record import Instant, instant
from harvester.errors import ObjectExists, StoreError
from harvester.importing.found import BEGINNING, Place, Recording

MARKER_VERSION: Final = 1


class ImportMark(BaseModel):
    """How far a recording has been taken over, stored as `imports/<identity>/<offset>.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[int, Field(ge=1)] = MARKER_VERSION
    recording: str  # as the operator named it
    size: Annotated[int, Field(ge=0)]  # bytes; of a folder of HTML files: files
    offset: Annotated[int, Field(ge=0)]  # all before it is taken over
    records: Annotated[int, Field(ge=0)]  # before it
    record_id: str | None = None  # of the record that begins there
    done: bool  # nothing follows
    run_id: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """Of the recordings of one import, each with what was asked of it: other dates make it another import."""

    store: ObjectStore
    source: str | None = None
    since: date | None = None
    until: date | None = None

    def identity(self, recording: Recording) -> str:
        """32 hex digits. Raises OSError and StoreError."""
        asked = "\0".join(str(one) for one in (recording.identity, self.source, self.since, self.until))
        return hashlib.sha256(asked.encode()).hexdigest()[:32]

    def reached(self, identity: str) -> Place:
        """Where to go on. Raises StoreError."""
        listed = (keys.parse_import_key(found.key) for found in self.store.list(keys.imports_prefix(identity)))
        last = max((parsed[1] for parsed in listed if parsed is not None), default=None)
        if last is None:
            return BEGINNING
        key = keys.import_key(identity, last)
        try:
            body = self.store.get(key)
            check_digest(body, key)
            mark = ImportMark.model_validate_json(body)
        except ValidationError as error:
            raise StoreError(key, f"is not a mark of an import: {error.errors()[0]['msg']}") from None
        return Place(offset=mark.offset, records=mark.records, record_id=mark.record_id)

    def put(self, identity: str, recording: Recording, place: Place, run_id: str, at: datetime) -> None:
        """Another import of the same may have come as far. Raises StoreError."""
        mark = ImportMark(
            recording=recording.name,
            size=recording.size,
            offset=place.offset,
            records=place.records,
            record_id=place.record_id,
            done=place.offset >= recording.size,
            run_id=run_id,
            at=instant(at),
        )
        try:
            self.store.put_new(
                keys.import_key(identity, place.offset),
                with_digest(mark.model_dump(mode="json", exclude_none=True)),
                content_type="application/json",
            )
        except ObjectExists:
            return
