"""What is really there: the archive's listing, all of it or the partitions of days since one."""

from collections.abc import Iterator
from datetime import date

import harvester.archive.keys as keys
from harvester.archive.partitions import in_order
from harvester.archive.store import ObjectInfo, ObjectStore

BY_SOURCE = (keys.ARTICLES, keys.CAPTURES, keys.MARKS)
BY_DAY = (keys.RUNS, keys.LINKS, keys.SEGMENTS)


def listed(store: ObjectStore, since: date | None = None) -> Iterator[ObjectInfo]:
    """Objects in no promised order; with `since` those of the partitions of that day and later. Raises StoreError."""
    if since is None:
        yield from store.list("")
        return
    roots = list(BY_DAY)
    for root in BY_SOURCE:
        roots += store.prefixes(root)
    for partitions in in_order(lambda root: list(store.prefixes(root)), roots):
        for partition in partitions:
            day = keys.parse_day(partition)
            if day is not None and day >= since:
                yield from store.list(partition)
