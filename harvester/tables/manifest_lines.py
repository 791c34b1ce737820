"""The objects that a manifest names, a megabyte at a time: a first harvest may name hundreds of thousands."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from harvester.errors import StoreError

SOME_BYTES: Final = 1 << 20
"""Parsed at once."""

_BEGIN: Final = b'"objects":[{"key":'
_NEXT: Final = b',{"key":'
_END: Final = b'}],"pages":'
"""An unescaped quotation mark begins or ends a text, and what stands behind these is none that could end there; so they
are what they look like, whatever the texts are."""


def manifest_lines(body: bytes, key: str) -> Iterator[list[dict[str, Any]]]:
    """The objects of a manifest in their order. Raises StoreError, which names `key`."""
    begin, end = body.find(_BEGIN), body.find(_END)
    try:
        if begin < 0 or end < begin:  # it names none, or was not written by us
            yield list(orjson.loads(body)["objects"])
            return
        at = begin + len(b'"objects":[')
        end += 1
        while at < end:
            cut = body.find(_NEXT, at + SOME_BYTES, end)
            cut = end if cut < 0 else cut
            yield orjson.loads(b"[" + body[at:cut] + b"]")
            at = cut + 1
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(key, f"is not a manifest: {error}") from None
