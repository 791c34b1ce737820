"""Scanning the table of articles: its rows, a row group at a time, of them those that are wanted."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harvester.archive.commits import CommitLog
from harvester.archive.folder import FolderStore
from harvester.archive.links import CopyLink
from harvester.archive.store import ObjectStore
from harvester.archive.wanted import Wanted
from harvester.errors import StoreError
from harvester.tables.footer import Footer
from harvester.tables.parquet import checked_file
from harvester.tables.schema import ARTICLE_TABLE
from harvester.tables.table import table_objects

Batch = Any
"""A pyarrow.RecordBatch with columns of the table of articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTable:
    """The table as it is now."""

    objects: tuple[str, ...]  # keys, in order
    footer: Footer  # of the last one: of the whole table
    at: datetime  # when the last commit that is in it was written

    @property
    def complete_before(self) -> date:
        """All that was harvested before this day (UTC) is in the table, but for what later commits make visible.

        Of the day before the last commit something was perhaps still being written.
        """
        return self.at.date() - timedelta(days=1)


def article_table(store: ObjectStore) -> ArticleTable | None:
    """None where there is none yet. Raises StoreError."""
    found = tuple(table_objects(store, ARTICLE_TABLE.name))
    if not found:
        return None
    with _opened(store, found[-1]) as file:
        footer = Footer.from_metadata(file.metadata.metadata, found[-1])
    if not footer.commit:
        return None
    at = datetime.fromisoformat(CommitLog(store).commit(footer.commit).at)
    return ArticleTable(objects=found, footer=footer, at=at)


def batches(store: ObjectStore, objects: Sequence[str], columns: Sequence[str], wanted: Wanted) -> Iterator[Batch]:
    """Rows that by their source and day of harvest are wanted, with these columns, in the order of the table.

    While one batch is worked on the next is read: of both there are some 25 MB. Raises StoreError.
    """
    found = _row_groups(store, objects, columns, wanted)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, found, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, found, None)
            batch = _chosen(batch, wanted)
            if batch.num_rows:
                yield batch


def _row_groups(store: ObjectStore, objects: Sequence[str], columns: Sequence[str], wanted: Wanted) -> Iterator[Batch]:
    for key in objects:
        try:
            with _opened(store, key) as file:
                for number in range(file.num_row_groups):
                    if _may_have(file.metadata.row_group(number), wanted):
                        yield from file.read_row_group(number, columns, use_threads=False).to_batches()
        except (pa.ArrowException, OSError) as error:
            raise StoreError(key, f"is not a table that can be read: {error}; run `harvest verify`") from error


@contextmanager
def _opened(store: ObjectStore, key: str) -> Iterator[Any]:
    """As a pyarrow.parquet.ParquetFile; of a folder only what is asked for is read."""
    if isinstance(store, FolderStore) and store.size(key) is not None:
        source: Any = pa.OSFile(str(store.root / key))
    else:
        source = pa.BufferReader(store.get(key))
    try:
        with source, checked_file(source, key) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise StoreError(key, f"is not a table that can be read: {error}; run `harvest verify`") from error


def _may_have(group: Any, wanted: Wanted) -> bool:
    """By its statistics."""
    for number in range(group.num_columns):
        column = group.column(number)
        told = column.statistics
        if told is None or not told.has_min_max:
            continue
        if column.path_in_schema == "source" and wanted.source is not None:
            if not told.min <= wanted.source <= told.max:
                return False
        elif column.path_in_schema == "harvested_on" and (
            (wanted.since and told.max < wanted.since) or (wanted.until and told.min > wanted.until)
        ):
            return False
    return True


def _chosen(batch: Batch, wanted: Wanted) -> Batch:
    tests = []
    if wanted.source is not None:
        tests.append(pc.equal(batch.column("source"), wanted.source))
    if wanted.since is not None:
        tests.append(pc.greater_equal(batch.column("harvested_on"), wanted.since))
    if wanted.until is not None:
        tests.append(pc.less_equal(batch.column("harvested_on"), wanted.until))
    return _where(batch, tests)


def matching(batch: Batch, wanted: Wanted) -> Batch:
    """The rows that have the language and words that are wanted, and are no unwanted copies."""
    tests = []
    if wanted.copies == "drop":
        tests.append(pc.is_null(batch.column("copy_of")))
    if wanted.language is not None:
        tests.append(in_language(batch.column("language"), wanted.language))
    if wanted.folded is not None:
        tests.append(pc.match_substring(batch.column("search"), wanted.folded))
    return _where(batch, tests)


def in_language(column: Any, language: str) -> Any:
    """Of each value of a column: is it in this BCP 47 range?"""
    told = pc.binary_join_element_wise(pc.utf8_lower(pc.fill_null(column, "")), "", "-")
    return pc.starts_with(told, f"{language.lower()}-")


def _where(batch: Batch, tests: Sequence[Any]) -> Batch:
    return batch.filter(reduce(pc.and_, tests)) if tests else batch


def without(batch: Batch, ids: Any) -> Batch:
    """The rows whose id is none of these (a pyarrow.Array)."""
    return batch.filter(pc.invert(pc.is_in(batch.column("id"), value_set=ids))) if len(ids) else batch


def with_links(batch: Batch, links: Mapping[tuple[str, int], CopyLink]) -> Batch:
    """With what was found of these rows since the table was written."""
    if not links:
        return batch
    ids, revisions = batch.column("id").to_pylist(), batch.column("revision").to_pylist()
    told = batch.column("linked_at").to_pylist()
    found = {
        row: link
        for row, named in enumerate(zip(ids, revisions, strict=True))
        if (link := links.get(named)) is not None and link.linked_at >= (told[row] or "")
    }
    if not found:
        return batch
    for name in ("copy_of", "similarity", "copy_kind"):
        values = batch.column(name).to_pylist()
        for row, link in found.items():
            values[row] = getattr(link, name)
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, batch.schema.field(place), pa.array(values, batch.schema.field(place).type))
    return batch
