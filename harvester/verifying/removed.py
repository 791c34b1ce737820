"""What was taken down, as a verification asks: must this object not be there?"""

from collections.abc import Set
from typing import Self

import harvester.archive.keys as keys
from harvester.archive.partitions import in_order
from harvester.archive.removals import OWN_ROOTS, Removal, removal_keys
from harvester.archive.store import ObjectStore
from harvester.errors import StoreError
from harvester.verifying.findings import Problem, Verified


class Removed:
    """The tombstones of an archive."""

    def __init__(self, store: ObjectStore, told: Verified, *, but: Set[str] = frozenset()) -> None:
        """`told` is told of tombstones that can't be read; these still say which article they are of.

        `but`: keys of tombstones that are passed over. Raises StoreError where they can't be listed.
        """
        self._store = store
        self._told = told
        self._known = frozenset(removal_keys(store))
        self._articles: set[tuple[str, str]] = set()
        self._objects: set[str] = set()  # that stand under other names
        for key, removal in in_order(self._read, sorted(self._known - but)):
            named = keys.parse_removal_key(key)
            if named is not None:
                self._articles.add(named)
            if isinstance(removal, StoreError):
                told.add(key, Problem.DAMAGED, removal.problem)
            else:
                self._objects.update(one.key for one in removal.objects if self._article_of(one.key) != named)

    def since(self) -> Self:
        """The tombstones that have come since these were read: what they name may have gone in the meantime."""
        return type(self)(self._store, Verified(), but=self._known)

    def __len__(self) -> int:
        return len(self._articles)

    def _read(self, key: str) -> tuple[str, Removal | StoreError]:
        try:
            return key, Removal.from_json(self._store.get(key), key)
        except StoreError as error:
            return key, error

    def covers(self, key: str) -> bool:
        """Must this object not be there?"""
        return bool(self._articles) and (key in self._objects or self._article_of(key) in self._articles)

    def has(self, source: str, article_id: str) -> bool:
        """Was this article taken down?"""
        return (source, article_id) in self._articles

    def _article_of(self, key: str) -> tuple[str, str] | None:
        """Source and id of the article whose record, capture or mark this is, by its name."""
        if not key.startswith(OWN_ROOTS):
            return None
        _, source, *_, name = key.split("/")
        return source.removeprefix("source="), name.partition("-")[0]
