"""The store: where an archive's objects lie, behind the few verbs that we need of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from harvester.errors import ObjectExists, StoreError, StoreUnusable

PROBE_KEY: Final = ".probe/conditional-write"
"""Written by `check`. No reader looks there."""

MAX_SEGMENT_BYTES: Final = 255
"""Of a key between two slashes. Folders and SeaweedFS refuse longer ones (S3 itself would take 1024)."""

MAX_KEY_BYTES: Final = 1024  # S3's limit

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """An object as a listing names it."""

    key: str
    size: int  # bytes
    md5: str | None = None  # hex, where the listing tells it


class ObjectStore(Protocol):
    """Objects by key. What is harvested is written once (`put_new`) and never changed; tables are replaced as they
    grow, and only a take-down deletes.

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

    def get_version(self, key: str) -> tuple[bytes, str]:
        """The whole object, and what names this version of it to `replace`. Raises ObjectMissing."""

    def replace(self, key: str, body: bytes, *, version: str, content_type: str) -> None:
        """Write an object in place of the version that the caller has read, whole or not at all.

        Raises ObjectChanged where it is another one by now, or gone.
        """

    def delete(self, key: str) -> None:
        """Delete an object for good, all its versions; that there is none is no error."""

    def size(self, key: str) -> int | None:
        """In bytes; None if there is no such object."""

    def sha256(self, key: str) -> str | None:
        """Hex, as the server keeps it beside the object; None where it keeps none. Raises ObjectMissing."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose key begins with `prefix`, in no promised order (S3 lists by bytes, SeaweedFS by folder)."""

    def prefixes(self, prefix: str) -> Iterator[str]:
        """What stands directly below `prefix` (empty, or ending in "/") and has objects below it; each ends in "/"."""

    def check(self, *, writing: bool = True) -> None:
        """Raise StoreUnusable if the store can't be reached, read and, with `writing`, written create-only."""


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
