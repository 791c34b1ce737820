"""The archive: what is stored of the harvest, where, and how it is written and read. FORMAT.md is its contract."""

from harvester.archive.address import open_store
from harvester.archive.keys import new_run_id
from harvester.archive.reader import ArchiveReader
from harvester.archive.store import ObjectInfo, ObjectStore
from harvester.archive.writer import ArchiveWriter, Captured, Existing, Written
from harvester.report import RunReport

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
    "open_store",
]
