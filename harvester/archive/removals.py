"""Removals: the tombstone of each article that was taken down. It stays when the article's text has gone.

A tombstone is written before anything is deleted, so that whoever sees it knows what must not be there any more: all
that it names, and whatever stands under the article's id, as a run that was under way may have stored it meanwhile.
"""

import logging
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import Annotated, Final, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
from harvester.archive.partitions import days_below, in_order
from harvester.archive.record import Id, Instant, Sha256
from harvester.archive.store import ObjectInfo, ObjectStore
from harvester.errors import ObjectMissing, StoreError

logger = logging.getLogger(__name__)

REMOVAL_VERSION: Final = 1

OWN_ROOTS: Final = (keys.ARTICLES, keys.CAPTURES, keys.MARKS)
"""Where the objects of one article stand, named by its id."""


class _Part(BaseModel):
    """Fields that a later version adds are ignored by this one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RemovedObject(_Part):
    """An object that stood in the archive and was deleted."""

    key: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]  # bytes


class Removal(_Part):
    """A tombstone, stored as `removals/source=<name>/<id>.json`. Neither text nor title, and no address in clear."""

    schema_version: Annotated[int, Field(ge=1)] = REMOVAL_VERSION
    id: Id
    source: str
    reason: Annotated[str, Field(min_length=1)]
    at: Instant
    after: Annotated[int, Field(ge=0)] = 0  # number of the last commit before it; its own is a later one
    objects: list[RemovedObject] = []
    content_sha256: list[Sha256] = []  # of each revision and derivation
    addresses: list[Id] = []  # harvester.urls.article_id of the source and each address that has led to it
    sightings: list[str] = []  # keys of the article, and of its titles, in states of furniture

    @property
    def key(self) -> str:
        return keys.removal_key(self.source, self.id)

    def covers(self, key: str) -> bool:
        """Must this object not be there, whether the tombstone names it or it came later?"""
        return is_of(key, self.source, self.id) or any(one.key == key for one in self.objects)

    def to_json(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, body: bytes, key: str) -> Self:
        """A stored tombstone. Raises StoreError, which names `key`."""
        try:
            removal = cls.model_validate_json(body)
        except ValidationError as error:
            raise StoreError(key, f"is not a tombstone: {error.errors()[0]['msg']}") from None
        if removal.schema_version > REMOVAL_VERSION:
            raise StoreError(key, f"is of version {removal.schema_version}; this harvester knows {REMOVAL_VERSION}")
        if removal.key != key:
            raise StoreError(key, f"is the tombstone of another article: {removal.key}")
        return removal


def all_removals(store: ObjectStore, source: str | None = None) -> Iterator[Removal]:
    """The tombstones of the archive, or of one source. Raises StoreError for one that can't be read."""
    yield from in_order(lambda key: Removal.from_json(store.get(key), key), removal_keys(store, source))


def removal_keys(store: ObjectStore, source: str | None = None) -> list[str]:
    """Of tombstones, sorted; what stands among them and is none is passed over."""
    listed = store.list(keys.removals_prefix(source) if source else keys.REMOVALS)
    return sorted(found.key for found in listed if keys.parse_removal_key(found.key) is not None)


def removed_ids(store: ObjectStore, source: str | None = None) -> frozenset[str]:
    """Ids of the articles that were taken down; one listing, whatever the tombstones say. Raises StoreError."""
    parsed = map(keys.parse_removal_key, removal_keys(store, source))
    return frozenset(named[1] for named in parsed if named is not None)


def removal_of(store: ObjectStore, source: str, article_id: str) -> Removal | None:
    """The tombstone of one article. Raises StoreError."""
    key = keys.removal_key(source, article_id)
    try:
        return Removal.from_json(store.get(key), key)
    except ObjectMissing:
        return None


def removals_like(store: ObjectStore, id_prefix: str) -> Iterator[Removal]:
    """Tombstones of articles whose id begins so. Raises StoreError."""
    for key in removal_keys(store):
        named = keys.parse_removal_key(key)
        if named is not None and named[1].startswith(id_prefix):
            yield Removal.from_json(store.get(key), key)


def is_of(key: str, source: str, article_id: str) -> bool:
    """Is this a record, capture or mark of that article, by its name?"""
    folder, _, name = key.rpartition("/")
    return name.startswith(f"{article_id}-") and any(
        f"{folder}/".startswith(keys.source_prefix(root, source)) for root in OWN_ROOTS
    )


def objects_of(store: ObjectStore, source: str, article_id: str) -> list[ObjectInfo]:
    """Records, captures and marks of an article that are there, in this order. Raises StoreError."""
    folders = [
        f"{keys.source_prefix(root, source)}date={day.isoformat()}/"
        for root in OWN_ROOTS
        for day in sorted(days_below(store, keys.source_prefix(root, source)))
    ]
    listed = in_order(lambda folder: list(store.list(f"{folder}{article_id}-")), folders)
    return [found for some in listed for found in some]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """What was taken down of one source, as a harvest asks: by id, by address and by words."""

    ids: Set[str] = field(default_factory=frozenset)
    addresses: Set[str] = field(default_factory=frozenset)  # harvester.urls.article_id
    contents: Set[str] = field(default_factory=frozenset)  # content_sha256
    sightings: Set[str] = field(default_factory=frozenset)  # in states of furniture

    @classmethod
    def of(cls, store: ObjectStore, source: str) -> Self:
        """Those of a source. A tombstone that is damaged still says which article it is of. Raises StoreError."""
        wanted = removal_keys(store, source)
        found = [one for one in in_order(lambda key: _readable(store, key), wanted) if one is not None]
        named = (keys.parse_removal_key(key) for key in wanted)
        ids = frozenset(one[1] for one in named if one is not None)
        return cls(
            ids=ids,
            addresses=ids.union(*(one.addresses for one in found)),
            contents=frozenset().union(*(one.content_sha256 for one in found)),
            sightings=frozenset().union(*(one.sightings for one in found)),
        )

    def has(self, ids: Iterable[str], content_sha256: str | None = None) -> bool:
        """Was an article of one of these ids or addresses taken down, or one of these very words?"""
        return content_sha256 in self.contents or any(one in self.addresses for one in ids)


def _readable(store: ObjectStore, key: str) -> Removal | None:
    """Raises StoreError where the store does not answer."""
    body = store.get(key)
    try:
        return Removal.from_json(body, key)
    except StoreError as error:
        logger.error("%s: only its id is known", error)
        return None


NOTHING_REMOVED: Final = Removals()
