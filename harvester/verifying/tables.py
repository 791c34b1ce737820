"""The tables against the records: each row says what its record says, and no article lacks its row."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import harvester.archive.keys as keys
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectMissing, StoreError
from harvester.verifying.findings import Problem, Verified
from harvester.verifying.ledger import Ledger, numbers
from harvester.verifying.meanwhile import Meanwhile
from harvester.verifying.objects import Line
from harvester.verifying.removed import Removed

if TYPE_CHECKING:
    from harvester.tables.footer import Footer

ARTICLES: Final = keys.table_prefix("articles")

COUNTED: Final = ("articles", "revisions", "captures")
"""Tables of which the manifests tell what rows they must have."""

ROWS_AT_ONCE: Final = 1000
"""Of the table of articles, as values of Python: 20 MB."""


class TableCheck:
    """Begun before the commits are walked, ended after: what the table of articles has read up to now, it must have."""

    def __init__(
        self, store: ObjectStore, ledger: Ledger, removed: Removed, told: Verified, meanwhile: Meanwhile
    ) -> None:
        """`meanwhile`: what the tables may have read of commits that are not walked."""
        self._store = store
        self._meanwhile = meanwhile
        self._ledger = ledger
        self._removed = removed
        self._told = told
        self._expected = {table: array("Q") for table in COUNTED}  # numbers of what should have rows
        self._found = {table: array("Q") for table in COUNTED}  # of what has rows
        self._objects: Counter[str] = Counter()  # that each table has
        self._told_of: str | None = None  # an object that can't be read at all
        self._said = self._state()

    def expect(self, commit: int, line: Line) -> None:
        """An object that a commit makes visible."""
        if commit > self._said.commit:
            return
        if line["kind"] == "article":
            self._expected["articles"].append(self._ledger.number(str(line.get("id"))))
            self._expected["revisions"].append(self._ledger.number(_revision(line.get("id"), line.get("revision"))))
        elif line["kind"] == "capture":
            self._expected["captures"].append(self._ledger.number(line["key"]))

    def run(self) -> int:
        """Rows that were looked at; what is wrong is told."""
        rows = 0
        for key in sorted(found.key for found in self._store.list(keys.TABLES)):
            named = keys.parse_table_key(key)
            if named is None:
                continue
            self._objects[named.table] += 1
            try:
                rows += self._check(key, named.table)
            except ObjectMissing:  # deleted since it was listed
                continue
            except StoreError as error:
                if key != self._told_of:
                    self._told.add(key, Problem.TABLE, error.problem)
        self._compare()
        return rows

    def _state(self) -> "Footer":
        """What the table of articles says of all; nothing where there is none, or it stopped amid a manifest."""
        from harvester.tables.footer import Footer
        from harvester.tables.scan import article_table

        try:
            table = article_table(self._store)
        except StoreError as error:
            self._told.add(error.key, Problem.TABLE, error.problem)
            self._told_of = error.key
            return Footer()
        return table.footer if table and not table.footer.line else Footer()

    def _compare(self) -> None:
        if not self._said.commit or any(one.problem is Problem.TABLE for one in self._told.findings):
            return
        if self._state() != self._said:
            self._told.notes.append("the table of articles was written meanwhile: the tables' rows were not counted")
            return
        for table, count in self._said.others:
            if self._objects[table] < count:
                detail = f"has {self._objects[table]:,} objects, had {count:,}; `harvest tables` fills it again"
                self._told.add(keys.table_prefix(table), Problem.TABLE, detail)
        for table in COUNTED:
            found = numbers(self._found[table])
            missing = len(np.setdiff1d(numbers(self._expected[table]), found))
            if missing > len(self._said.lost):
                detail = f"lacks {missing:,} {table} that commits have made visible"
                self._told.add(keys.table_prefix(table), Problem.TABLE, detail)
            if len(self._found[table]) > len(found):
                self._told.add(keys.table_prefix(table), Problem.TABLE, f"has {table} more than once")

    def _check(self, key: str, table: str) -> int:
        """Raises StoreError for an object that can't be read."""
        from harvester.tables import KINDS
        from harvester.tables.parquet import ObjectFile

        body = self._store.get(key)
        self._told.tables[key] = hashlib.sha256(body).hexdigest()
        if table not in KINDS:
            self._told.notes.append(f"{key}: is of no table that this harvester knows; it was not looked at")
            return 0
        file = ObjectFile(body, KINDS[table], key)
        for rows in file.groups():
            self._check_names(key, rows)
            if table in self._found:
                self._found[table].extend(map(self._ledger.number, _counted(table, rows)))
            if key.startswith(ARTICLES):
                for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
                    self._check_values(key, batch)
        return file.rows

    def _check_names(self, key: str, rows: Any) -> None:
        """Is each row that of an object as a manifest names it?"""
        hashes = next((name for name in ("record_sha256", "sha256") if name in rows.schema.names), None)
        if hashes is None or "key" not in rows.schema.names:  # links: no objects of their own
            return
        names, expected = rows.column("key").to_pylist(), rows.column(hashes).to_pylist()
        _, same = self._ledger.see(list(zip(names, expected, strict=True)))
        if not all(same):
            self._meanwhile.look()
        ids = rows.column("id").to_pylist()
        for name, sha256, article_id, true in zip(names, expected, ids, same, strict=True):
            if self._removed.covers(name):
                detail = f"has a row of an article that was taken down: {article_id}"
                self._told.add(key, Problem.TAKEN_DOWN, detail)
            elif not true and not self._meanwhile.names(name, sha256):
                self._told.add(key, Problem.TABLE, f"has a row that is no record's that a manifest names: {name}")

    def _check_values(self, key: str, rows: Any) -> None:
        """Does each row of articles say what its record says?"""
        from harvester.tables.json_rows import json_rows

        said = json_rows(rows)
        expected = rows.column("record_sha256").to_pylist()
        for number, (body, sha256) in enumerate(zip(said, expected, strict=True)):
            if hashlib.sha256(body).hexdigest() != sha256 and not _is_record(rows.slice(number, 1)):
                name = rows.column("key")[number].as_py()
                self._told.add(key, Problem.TABLE, f"does not say what the record says: {name}")


def _counted(table: str, rows: Any) -> Iterator[str]:
    """What names each row of one of the tables that are counted."""
    names = ("id", "revision") if table == "revisions" else ("id",) if table == "articles" else ("key",)
    values = [rows.column(name).to_pylist() for name in names]
    yield from map(_revision, *values) if table == "revisions" else values[0]


def _revision(article_id: object, revision: object) -> str:
    return f"{article_id}-r{revision}"


def _is_record(row: Any) -> bool:
    """Of a row to which links were added, or of a record of an early version."""
    from pydantic import ValidationError

    from harvester.tables import record_bytes

    try:
        return record_bytes(row.to_pylist()[0]) is not None
    except (ValidationError, KeyError):
        return False
