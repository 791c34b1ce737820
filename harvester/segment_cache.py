"""Copies of merged segments in a local folder, mapped into memory; they may be deleted at any time."""

import mmap
import secrets
from pathlib import Path

from harvester.archive import ObjectStore
from harvester.archive.segment import Segment
from harvester.errors import StoreError


class SegmentCache:
    """Segments by key."""

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def get(self, key: str) -> Segment:
        """A segment; fetched where there is no sound copy. Raises StoreError, and OSError where there is no room."""
        path = self._folder / key.replace("/", "_")
        try:
            return _mapped(path, key)
        except (FileNotFoundError, StoreError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}.new")  # another pass may be fetching it too
            fresh.write_bytes(self._store.get(key))
            fresh.replace(path)
            return _mapped(path, key)


def _mapped(path: Path, key: str) -> Segment:
    with path.open("rb") as file:
        size = path.stat().st_size
        return Segment.from_bytes(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b"", key)
