"""A command that ends in the midst of its writing, at a chosen write."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harvester.archive import ObjectStore


class Broken(Exception):
    """Stands for a kill: nothing after it is done."""


@contextmanager
def broken_off(store: ObjectStore, after: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store's writes end after so many."""
    written = 0
    put_new = type(store).put_new

    def put_some(self: ObjectStore, key: str, body: bytes, **options: str) -> None:
        nonlocal written
        if written == after:
            raise Broken
        written += 1
        put_new(self, key, body, **options)

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "put_new", put_some)
        yield
