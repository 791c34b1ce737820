"""The archive: what is stored of the harvest, where, and how it is written and read. FORMAT.md is its contract."""

from importlib import import_module
from typing import TYPE_CHECKING

from harvester.archive.address import open_store
from harvester.archive.keys import new_run_id
from harvester.archive.reader import ArchiveReader
from harvester.archive.store import ObjectInfo, ObjectStore
from harvester.archive.writer import ArchiveWriter, Captured, Existing, Written
from harvester.report import RunReport

if TYPE_CHECKING:
    from harvester.library import Archive


def open(url: str) -> "Archive":  # noqa: A001 as in harvester.archive.open(url)
    """An archive for Python programs, at `file://FOLDER`, a folder's path, or `s3://BUCKET/PREFIX`.

    Raises StoreUnusable where it can't be read. What an `Archive` does stands above this package (stories, search,
    tables), so it is looked up when it is asked for.
    """
    opened: Archive = import_module("harvester.library").open_archive(url)
    return opened


__all__ = [
    "ArchiveReader",
    "ArchiveWriter",
    "Captured",
    "Existing",
    "ObjectInfo",
    "ObjectStore",
    "RunReport",
    "Written",
    "new_run_id",
    "open",
    "open_store",
]
