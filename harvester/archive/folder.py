"""A store in a local folder: the same keys as in a bucket, each object a file."""

import errno
import fcntl
import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from harvester.archive.store import ObjectInfo, check_conditional_write, checked_key
from harvester.errors import ObjectChanged, ObjectExists, ObjectMissing, StoreError, StoreUnusable

TEMPORARY: Final = ".tmp-"
"""Begins the name of a file that is being written; never listed, never a key. What a killed run leaves is harmless."""

MOST_SETTLED: Final = 100_000
"""Folders remembered."""

NO_HARD_LINKS: Final = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class FolderStore:
    """Objects as files below a folder, which is made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._settled: set[Path] = set()  # folders whose names are known to be on disk

    @property
    def url(self) -> str:
        return Path(os.path.normpath(self.root)).as_uri()

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        path = self._path(key)
        try:
            _make_folder(path.parent)
            _write_new(path, body)
            self._settle(path.parent)
        except FileExistsError:
            raise ObjectExists(key) from None
        except OSError as error:
            raise StoreError(key, f"can't be written: {_reason(error)}") from error

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise ObjectMissing(key) from None
        except OSError as error:
            raise StoreError(key, f"can't be read: {_reason(error)}") from error

    def get_version(self, key: str) -> tuple[bytes, str]:
        body = self.get(key)
        return body, hashlib.sha256(body).hexdigest()

    def replace(self, key: str, body: bytes, *, version: str, content_type: str) -> None:
        path = self._path(key)
        try:
            with _alone(self.root):
                try:
                    if hashlib.sha256(path.read_bytes()).hexdigest() != version:
                        raise ObjectChanged(key)
                except FileNotFoundError:
                    raise ObjectChanged(key) from None
                with _temporary_file(path, body) as temporary:
                    temporary.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreError(key, f"can't be written: {_reason(error)}") from error

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            with _alone(self.root):
                path.unlink()
            _sync_folder(path.parent)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise StoreError(key, f"can't be deleted: {_reason(error)}") from error

    def size(self, key: str) -> int | None:
        path = self._path(key)
        try:
            return path.stat().st_size if path.is_file() else None
        except OSError as error:
            raise StoreError(key, f"can't be read: {_reason(error)}") from error

    def sha256(self, key: str) -> str | None:
        if self.size(key) is None:
            raise ObjectMissing(key)
        return None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        base, _, beginning = prefix.rpartition("/")
        folders = [(self._path(base) if base else self.root, f"{base}/" if base else "", beginning)]
        while folders:
            folder, above, beginning = folders.pop()
            for entry in _entries(folder, beginning):
                if entry.is_dir():
                    folders.append((Path(entry.path), f"{above}{entry.name}/", ""))
                else:
                    with suppress(FileNotFoundError):  # gone since it was listed
                        yield ObjectInfo(key=above + entry.name, size=entry.stat().st_size)

    def prefixes(self, prefix: str) -> Iterator[str]:
        folder = self._path(prefix.removesuffix("/")) if prefix else self.root
        for entry in _entries(folder, ""):
            found = f"{prefix}{entry.name}/"
            if entry.is_dir() and next(self.list(found), None):
                yield found

    def check(self, *, writing: bool = True) -> None:
        try:
            if self.root.exists() and not self.root.is_dir():
                raise StoreUnusable(f"{self.root}: the archive must be a folder, and this is a file")
            if writing:
                check_conditional_write(self)
            elif self.root.exists():
                _entries(self.root, "")
        except (StoreError, OSError) as error:
            problem = error.problem if isinstance(error, StoreError) else _reason(error)
            raise StoreUnusable(f"{self.root}: the archive's folder {problem}; name another with --archive") from error

    def _settle(self, folder: Path) -> None:
        """Bring what was just written in a folder on disk, and the names that lead to it, whoever has made them.

        From inside out: one commit of the file system's journal takes all of it, and the others find nothing to do.
        """
        _sync_folder(folder)
        if folder in self._settled:
            return
        above = [one for one in (folder, *folder.parents) if one not in self._settled][:-1]
        for one in above:
            try:
                _sync_folder(one.parent)
            except PermissionError:  # one above the archive may be open for passing through alone
                if self.root in one.parents:
                    raise
        if len(self._settled) > MOST_SETTLED:
            self._settled.clear()
        self._settled.update(above)

    def _path(self, key: str) -> Path:
        checked_key(key)
        if any(segment.startswith(TEMPORARY) for segment in key.split("/")):
            raise StoreError(key, f"has a segment that begins with {TEMPORARY}")
        return self.root / key


def _entries(folder: Path, beginning: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return [
                entry for entry in found if entry.name.startswith(beginning) and not entry.name.startswith(TEMPORARY)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoreError(str(folder), f"can't be listed: {_reason(error)}") from error


def _write_new(path: Path, body: bytes) -> None:
    """Write under another name, then link: the name appears once, with the whole content, or not at all."""
    if path.exists():
        raise FileExistsError(path)
    with _temporary_file(path, body) as temporary:
        os.link(temporary, path)


@contextmanager
def _temporary_file(path: Path, body: bytes) -> Iterator[Path]:
    """A file beside `path` that is safe on disk; gone at the end if it still has its name."""
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{threading.get_ident()}-{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Between looking at an object and replacing it, no other process of this machine replaces one."""
    with (root / f"{TEMPORARY}lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; `FolderStore._settle` brings their names on disk."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    if error.errno in NO_HARD_LINKS and error.filename2 is not None:
        return "is on a file system without hard links, which create-only writing needs"
    return error.strerror or str(error)
