"""The store: where an archive's objects lie, behind the few verbs that we need of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from harvester.errors import ObjectExists, StoreError, StoreUnusable, UsageError

PROBE_KEY: Final = ".probe/conditional-write"
"""Written by `check`. No reader looks there."""

MAX_SEGMENT_BYTES: Final = 255
"""Of a key between two slashes. Folders and SeaweedFS refuse longer ones (S3 itself would take 1024)."""

MAX_KEY_BYTES: Final = 1024  # S3's limit

ALLOWED_ARCHIVES: Final = "file://FOLDER, a folder's path, or s3://BUCKET/PREFIX"

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """An object as a listing names it."""

    key: str
    size: int  # bytes


class ObjectStore(Protocol):
    """Objects by key: written once, never changed, never deleted by us.

    Safe to call from several threads. A key is made of segments joined by "/"; other keys raise StoreError. All verbs
    raise StoreError where the store does not answer as it should, after their own bounded retries.
    """

    @property
    def url(self) -> str:
        """Names this store in full; `open_store` opens it again from anywhere on this machine."""

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        """Write an object, whole or not at all; it is safe when this returns. Raises ObjectExists if the key is taken.

        `content_encoding` is metadata alone: `body` is written as it is.
        """

    def get(self, key: str) -> bytes:
        """The whole object. Raises ObjectMissing."""

    def size(self, key: str) -> int | None:
        """In bytes; None if there is no such object."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key begins with `prefix`, in no promised order (S3 lists by bytes, SeaweedFS by folder)."""

    def prefixes(self, prefix: str) -> Iterator[str]:
        """What stands directly below `prefix` (empty, or ending in "/") and has objects below it; each ends in "/"."""

    def check(self, *, writing: bool = True) -> None:
        """Raise StoreUnusable if the store can't be reached, read and, with `writing`, written create-only."""


def open_store(url: str) -> ObjectStore:
    """The store at `file://FOLDER`, a folder's path, or `s3://BUCKET/PREFIX`; not yet asked for anything.

    Raises UsageError for anything else.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _folder(url, url)
    if scheme.lower() == "file":
        return _folder(unquote(rest.removeprefix("localhost") if rest.startswith("localhost/") else rest), url)
    if scheme.lower() == "s3":
        return _bucket(url)
    raise UsageError(f"archive {url!r}: must be {ALLOWED_ARCHIVES}")


def _folder(path: str, url: str) -> ObjectStore:
    from harvester.archive.folder import FolderStore

    if not path or "\x00" in path:
        raise UsageError(f"archive {url!r}: names no folder; must be {ALLOWED_ARCHIVES}")
    return FolderStore(Path(path).expanduser())


def _bucket(url: str) -> ObjectStore:
    from harvester.archive.s3 import S3Store

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
    return S3Store(bucket, prefix)


def checked_key(key: str) -> str:
    """The key itself if every store can hold it, and no store finds its way out of the archive by it."""
    problem = _problem_of(key)
    if problem:
        raise StoreError(ascii(key[:200])[1:-1], problem)
    return key


def _problem_of(key: str) -> str | None:
    if _CONTROL.search(key):
        return "has control characters or a backslash"
    try:
        segments = [segment.encode() for segment in key.split("/")]
    except UnicodeEncodeError:
        return "is not Unicode text"
    if any(segment in (b"", b".", b"..") for segment in segments):
        return "has an empty segment, '.' or '..'"
    if max(map(len, segments)) > MAX_SEGMENT_BYTES or len(key.encode()) > MAX_KEY_BYTES:
        return f"is too long (a segment may have {MAX_SEGMENT_BYTES} bytes, all {MAX_KEY_BYTES})"
    return None


def check_conditional_write(store: ObjectStore) -> None:
    """Raise StoreUnusable unless the store refuses to write a key twice; raises StoreError where it can't write."""
    try:
        store.put_new(PROBE_KEY, b"first\n", content_type="text/plain")
        store.put_new(PROBE_KEY, b"second\n", content_type="text/plain")
    except ObjectExists:
        return
    raise StoreUnusable(
        f"{store.url}: ignores conditional writes (If-None-Match: *), so two runs could overwrite each other's"
        " articles; use a store that has them"
    )
