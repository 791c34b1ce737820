"""A linked day: the object that says that a day's articles have been compared with all before them."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harvester.archive.digest import check_digest, with_digest
from harvester.archive.record import Sha256
from harvester.errors import StoreError

DIGEST_SINCE: Final = 2


class LinkedDay(BaseModel):
    """Stored as `links/date=…/linked.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[int, Field(ge=1)] = DIGEST_SINCE
    objects: list[str]  # keys of the links that were found with this day's articles
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
            raise StoreError(key, f"does not say what was linked: {error.errors()[0]['msg']}") from None
