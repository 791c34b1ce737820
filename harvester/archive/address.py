"""The address of an archive: which store it names."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from harvester.archive.folder import FolderStore
from harvester.archive.locking import ObjectLock
from harvester.archive.s3 import S3Store
from harvester.archive.store import ObjectStore, checked_key
from harvester.errors import StoreError, UsageError

ALLOWED_ARCHIVES: Final = "file://FOLDER, a folder's path, or s3://BUCKET/PREFIX"

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")


def open_store(url: str, *, lock: ObjectLock | None = None) -> ObjectStore:
    """The store at `file://FOLDER`, a folder's path, or `s3://BUCKET/PREFIX`; not yet asked for anything.

    With `lock` a bucket locks what must last as it is written; a folder can't. Raises UsageError for anything else.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _folder(url, url)
    if scheme.lower() == "file":
        return _folder(unquote(rest.removeprefix("localhost") if rest.startswith("localhost/") else rest), url)
    if scheme.lower() == "s3":
        return _bucket(url, lock)
    raise UsageError(f"archive {url!r}: must be {ALLOWED_ARCHIVES}")


def _folder(path: str, url: str) -> ObjectStore:
    if not path or "\x00" in path:
        raise UsageError(f"archive {url!r}: names no folder; must be {ALLOWED_ARCHIVES}")
    return FolderStore(Path(path).expanduser())


def _bucket(url: str, lock: ObjectLock | None) -> ObjectStore:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise UsageError(
            "archive s3://…@…: must not carry credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    bucket, _, prefix = url.partition("://")[2].partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"archive {url!r}: {bucket!r} is not a bucket's name; must be s3://BUCKET/PREFIX")
    prefix = prefix.strip("/")
    if prefix:
        try:
            checked_key(prefix)
        except StoreError as error:
            raise UsageError(f"archive {url!r}: the prefix {error.problem}") from None
    return S3Store(bucket, prefix, lock=lock)
