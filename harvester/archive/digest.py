"""A digest within: JSON objects that no manifest names prove themselves, as commits do (FORMAT.md, "Commits")."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from harvester.errors import StoreError

DIGEST: Final = "digest"


def with_digest(said: Mapping[str, Any]) -> bytes:
    """UTF-8 on one line; its last field is the SHA-256 of the JSON without it."""
    bare = {name: value for name, value in said.items() if name != DIGEST}
    return orjson.dumps(bare | {DIGEST: _digest(bare)})


def check_digest(body: bytes, key: str, *, since: int = 1) -> None:
    """Raises StoreError for what is not as it was written. Objects of a `schema_version` before `since` have none."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise StoreError(key, f"is not JSON: {error}") from None
    if not isinstance(said, dict):
        raise StoreError(key, "is not a JSON object")
    version = said.get("schema_version")
    if DIGEST not in said and isinstance(version, int) and version < since:
        return
    if with_digest(said) != body:
        raise StoreError(key, "is damaged: its digest is another")


def _digest(bare: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(bare)).hexdigest()
