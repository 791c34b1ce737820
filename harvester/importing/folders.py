"""A folder of saved pages: one HTML file a page, read in the order of the names."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from harvester.importing.addresses import saved_address
from harvester.importing.found import Broken, Found, Place, Skipped
from harvester.importing.http import MAX_BODY_BYTES
from harvester.page import Page

HTML_FILES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlFolder:
    """The HTML files of a folder, or one of them."""

    folder: Path
    files: tuple[str, ...]  # paths below it, in order

    @property
    def name(self) -> str:
        whole = self.folder / self.files[0] if len(self.files) == 1 else self.folder
        return os.fsencode(whole).decode("utf-8", "replace")

    @property
    def identity(self) -> str:
        """With another file, or one that has changed, it is another folder; known pages pass through it quickly."""
        digest = hashlib.sha256(os.fsencode(self.folder.absolute()))
        for file in self.files:
            found = (self.folder / file).stat()
            digest.update(b"\0" + os.fsencode(file) + f"\0{found.st_size}\0{found.st_mtime_ns}".encode())
        return digest.hexdigest()[:32]

    @property
    def size(self) -> int:
        return len(self.files)

    def found(self, start: Place, now: datetime) -> Iterator[Found]:
        for number, file in enumerate(islice(self.files, start.offset, None), start=start.offset + 1):
            yield Found(what=self._read(file), after=Place(offset=number, records=number))

    def _read(self, file: str) -> Page | Skipped | Broken:
        path = self.folder / file
        shown = os.fsencode(file).decode("utf-8", "replace")
        try:
            found = path.stat()
            if found.st_size > MAX_BODY_BYTES:
                return Skipped(why="too_large")
            content = path.read_bytes()
        except OSError as error:
            return Broken(offset=0, problem=f"{shown}: can't be read: {error.strerror}")
        url = saved_address(content, shown if len(self.files) > 1 else path.absolute().as_posix())
        if url is None:
            return Skipped(why="no_address")
        at = datetime.fromtimestamp(found.st_mtime, UTC)
        return Page.saved(content, url=url, content_type="text/html", fetched_at=at)
