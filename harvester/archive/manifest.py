"""The manifest: what one source's part of a run has written and seen, with checksums."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harvester.errors import StoreError
from harvester.outcomes import Outcome, Reason

MANIFEST_VERSION: Final = 1

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    """Fields that a later version adds are ignored by this one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ManifestObject(_Part):
    """An object that the run has written: a capture, a state of furniture, …; articles have a class of their own."""

    key: str
    sha256: Sha256  # of the object's bytes
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = (
        None  # as buckets list it; tells quickly, proves nothing
    )
    size: Annotated[int, Field(ge=0)]  # bytes
    kind: str  # "article", "capture", "furniture", "segment", "links", "mark", …

    @model_validator(mode="after")
    def _of_its_class(self) -> Self:
        if self.kind == "article" and not isinstance(self, ManifestArticle):
            raise ValueError("an article's line is a ManifestArticle")
        return self


class ManifestArticle(ManifestObject):
    """An article's record: enough to know the article again without reading the object."""

    kind: Literal["article"] = "article"
    id: str
    revision: int
    derivation: int
    url: str
    content_sha256: Sha256
    payload_sha256: Sha256 | None = None  # of the page's body as fetched
    copy_of: str | None = None
    authors: list[str] = []
    published_at: str | None = None
    fetched_at: AwareDatetime


class ManifestPage(_Part):
    """What became of an address."""

    url: str
    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    article_id: str | None = None
    http_status: int | None = None
    final_url: str | None = None  # where redirects led, if anywhere else
    modified: str | None = None  # what its list said of its last change
    at: AwareDatetime


class ManifestList(_Part):
    """A feed, sitemap or section page that was read to the end, and what to ask "changed since?" with."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


class ManifestCanonical(_Part):
    """A page whose declared canonical address stands for another text."""

    url: str
    canonical_url: str


class Manifest(_Part):
    """One source's part of a run, stored as `runs/date=…/<run_id>.<source>.json`.

    What a command writes that is no one source's has the command in that place: `<run_id>~link.json`.
    """

    schema_version: Annotated[int, Field(ge=1)] = MANIFEST_VERSION
    run_id: str
    source: str | None = None
    command: str = "run"
    after: Annotated[int, Field(ge=0)] = 0  # number of the last commit when the run began; its own is a later one
    started_at: datetime
    ended_at: datetime
    objects: list[Annotated[ManifestArticle | ManifestObject, Field(union_mode="left_to_right")]] = []
    pages: list[ManifestPage] = []
    lists: list[ManifestList] = []
    untrue_canonicals: list[ManifestCanonical] = []
    entry_points: str | None = None  # JSON of what a probe found in this run
    extra: dict[str, Any] = {}

    def to_json(self) -> bytes:
        """UTF-8, indented by nothing; what is absent is left out."""
        return orjson.dumps(self.model_dump(mode="json", exclude_none=True))


def parse_manifest(body: bytes, key: str = "manifest") -> Manifest:
    """A stored manifest. Raises StoreError, which names `key`."""
    try:
        manifest = Manifest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "manifest"
        raise StoreError(key, f"is not a manifest: {where}: {first['msg']}") from None
    if manifest.schema_version > MANIFEST_VERSION:
        raise StoreError(key, f"is of version {manifest.schema_version}; this harvester knows {MANIFEST_VERSION}")
    return manifest
