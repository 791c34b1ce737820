"""A file that keeps how far a reader has read, from one call to the next."""

from dataclasses import dataclass
from pathlib import Path

from harvester.archive.commits import BEGINNING, Cursor
from harvester.cli.whole_file import whole_file
from harvester.errors import UsageError

MOST_BYTES = 200  # a cursor has some 20; anything longer is another file


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorFile:
    """Written only once all that the cursor stands for has been given away; after a kill that is given again."""

    path: Path

    def read(self, otherwise: Cursor = BEGINNING) -> Cursor:
        """`otherwise` where the file is not there yet. Raises UsageError."""
        try:
            with self.path.open("rb") as file:
                text = file.read(MOST_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            return otherwise
        except OSError as error:
            raise UsageError(f"{self.path}: can't be read: {error.strerror}") from None
        try:
            return Cursor.parse(text)
        except UsageError as error:
            raise UsageError(f"{self.path}: {error}") from None

    def write(self, cursor: Cursor) -> None:
        """Raises UsageError."""
        try:
            with whole_file(self.path) as file:
                file.write(f"{cursor}\n".encode())
        except OSError as error:
            raise UsageError(f"{self.path}: can't be written: {error.strerror}") from None
