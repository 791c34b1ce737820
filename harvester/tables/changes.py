"""Changes to rows that stand in a table already: a better row in their place, a link laid over them, or nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import compute

from harvester.tables.schema import ARTICLE_TABLE, COPY_TABLE, Key, Kind, Rank

Link = dict[str, Any]
Links = dict[tuple[str, int], Link]
"""By id and revision of the copy."""

COPY_FIELDS = ("copy_of", "similarity", "copy_kind")


class Changes:
    """What is to be changed in a table's rows, and what of it has found its row.

    Applied any number of times, in any order, the outcome is the same: a row gives way only to one of a higher rank.
    """

    def __init__(
        self,
        kind: Kind,
        better: Any,
        *,
        links: Links | None = None,
        waiting: Links | None = None,
        removed: Iterable[str] = (),
    ) -> None:
        """`better`: a pyarrow.Table, of each key one row. `waiting`: links that are of no row that the table has."""
        self.kind = kind
        self.better = better
        self._links = dict(links or {})
        self._all_links = best([*(waiting or {}).values(), *self._links.values()])
        self._revisions: dict[str, list[int]] = {}
        for name, revision in self._all_links:
            self._revisions.setdefault(name, []).append(revision)
        self._removed = frozenset(removed)
        self._place: dict[Key, int] = {key: place for place, key in enumerate(kind.keys(better))}
        self._ranks: list[Rank] = kind.ranks(better)
        named = {one for one in better.column("id").to_pylist() if one is not None}
        self.ids = sorted(named | {name for name, _ in self._links} | self._removed)  # of the articles concerned
        self._concerned = pa.array(self.ids, pa.string())
        self.found: set[Key] = set()  # keys of better rows that have met their row, whichever was better
        self.linked: set[tuple[str, int]] = set()  # links that have met their revision, or a later one
        self.replaced = 0
        self.deleted = 0

    @property
    def is_done(self) -> bool:
        """Can no other row of the table be concerned?"""
        return not self._removed and len(self.found) == len(self._place) and self._links.keys() <= self.linked

    @property
    def unmet(self) -> list[Link]:
        """Links whose rows are not there, or not in that revision yet."""
        return [link for name, link in self._all_links.items() if name not in self.linked]

    def __bool__(self) -> bool:
        return bool(self.ids)

    def concern(self, rows: Any) -> bool:
        """Has any of the rows (their ids are enough) to do with this?"""
        return bool(compute.any(compute.is_in(rows.column("id"), value_set=self._concerned), min_count=0).as_py())

    def applied(self, rows: Any) -> Any:
        """Rows of the table as they become; the very same pyarrow.Table where nothing changes."""
        where = _places(rows, self._concerned)
        order: list[int | None] = list(range(rows.num_rows))
        fresh: list[Any] = []
        for at in where:
            row = rows.slice(at, 1)
            becomes = self._becomes(row)
            if becomes is None:
                order[at] = None
                self.deleted += 1
            elif becomes is not row:
                order[at] = rows.num_rows + len(fresh)
                fresh.append(becomes)
                self.replaced += 1
        return _reordered(rows, fresh, order)

    def _becomes(self, row: Any) -> Any:
        """A table of one row into another one, or itself, or None."""
        if row.column("id")[0].as_py() in self._removed:
            return None
        (key,), (rank,) = self.kind.keys(row), self.kind.ranks(row)
        becomes = row
        if (place := self._place.get(key)) is not None:
            self.found.add(key)
            if self._ranks[place] > rank:
                becomes = self.better.slice(place, 1)
                if self.kind is COPY_TABLE and becomes.column("copy_of")[0].as_py() is None:
                    return None
                if self.kind is ARTICLE_TABLE:
                    becomes = _with_link_of(becomes, row)
        return self._overlaid(becomes)

    def linked_rows(self, rows: Any) -> Any:
        """New rows of articles with what was found of them."""
        order: list[int | None] = list(range(rows.num_rows))
        fresh: list[Any] = []
        for at in _places(rows, pa.array(sorted(self._revisions), pa.string())) if self._revisions else ():
            row = rows.slice(at, 1)
            if (becomes := self._overlaid(row)) is not row:
                order[at] = rows.num_rows + len(fresh)
                fresh.append(becomes)
        return _reordered(rows, fresh, order)

    def _overlaid(self, row: Any) -> Any:
        """A row of articles with what was found of its revision, if that is newer than what it says."""
        name = row.column("id")[0].as_py()
        if name not in self._revisions:
            return row
        revision = row.column("revision")[0].as_py()
        self.linked |= {(name, other) for other in self._revisions[name] if other <= revision}
        link = self._all_links.get((name, revision))
        return row if link is None else overlaid(row, link)


def _places(rows: Any, ids: Any) -> list[int]:
    hits: list[int] = compute.indices_nonzero(compute.is_in(rows.column("id"), value_set=ids)).to_pylist()
    return hits


def _reordered(rows: Any, fresh: list[Any], order: list[int | None]) -> Any:
    if not fresh and None not in order:
        return rows
    kept = pa.array([place for place in order if place is not None], pa.int64())
    return pa.concat_tables([rows, *fresh]).combine_chunks().take(kept)


def _with_link_of(row: Any, before: Any) -> Any:
    """A better derivation of a revision that was linked stays linked."""
    (was,) = before.select(["revision", *COPY_FIELDS, "linked_at"]).to_pylist()
    if was["linked_at"] is None or was["revision"] != row.column("revision")[0].as_py():
        return row
    return overlaid(row, was)


def overlaid(row: Any, link: Mapping[str, Any]) -> Any:
    """A table of one article's row with a link laid over it; the row itself where it knows that, or better."""
    (now,) = row.select([*COPY_FIELDS, "linked_at", "recorded_copy"]).to_pylist()
    own = {name: now[name] for name in COPY_FIELDS}
    says = {name: link[name] for name in COPY_FIELDS}
    if now["linked_at"] is not None and (now["linked_at"] > link["linked_at"] or own == says):
        return row
    recorded = now["recorded_copy"] if now["linked_at"] is not None else (own if now["copy_of"] else None)
    new = {**says, "linked_at": link["linked_at"], "recorded_copy": recorded}
    for name, value in new.items():
        field = row.schema.field(name)
        row = row.set_column(row.schema.get_field_index(name), field, pa.array([value], field.type))
    return row


def best(links: Iterable[Link]) -> Links:
    """Of several links of one revision the latest."""
    found: Links = {}
    for link in links:
        name = (link["id"], link["revision"])
        if name not in found or link["linked_at"] >= found[name]["linked_at"]:
            found[name] = link
    return found
