"""The archive: what the bucket holds, how it is written and read. `FORMAT.md` is its contract with readers."""

from harvester.archive.keys import new_run_id
from harvester.archive.reader import ArchiveReader
from harvester.archive.record import ArticleRecord
from harvester.archive.store import ObjectStore, open_store
from harvester.archive.writer import ArchiveWriter, Existing, Written, WrittenCapture

__all__ = [
    "ArchiveReader",
    "ArchiveWriter",
    "ArticleRecord",
    "Existing",
    "ObjectStore",
    "Written",
    "WrittenCapture",
    "new_run_id",
    "open_store",
]
