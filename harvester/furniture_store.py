"""A source's learned furniture in the bucket: a new object for each state, so that a record can name the one it had."""

import orjson

from harvester.archive import ObjectStore, keys
from harvester.clean import Furniture
from harvester.errors import ObjectExists, StoreError


def latest_furniture(store: ObjectStore, source: str) -> tuple[Furniture, str | None]:
    """What is known of a source's furniture, and the key of that state; nothing learned and None for a new source."""
    versions = _versions(store, source)
    if not versions:
        return Furniture(), None
    key = keys.furniture_key(source, max(versions))
    return _read(store, key), key


def save_furniture(store: ObjectStore, source: str, furniture: Furniture, known: str | None) -> tuple[str, bytes]:
    """Store a state beside the earlier ones; where another run was faster, its state is merged in.

    `known` is the key of the state that this one was learned on top of. Returns key and bytes of the object written.
    """
    named = keys.parse_furniture_key(known) if known else None
    version = named.version + 1 if named else 1
    while True:
        key = keys.furniture_key(source, version)
        body = orjson.dumps(furniture.to_state(), option=orjson.OPT_INDENT_2)
        try:
            store.put_new(key, body, content_type="application/json")
            return key, body
        except ObjectExists:
            furniture = furniture.merge(_read(store, key))
            version += 1


def _versions(store: ObjectStore, source: str) -> list[int]:
    prefix = keys.furniture_prefix(source)
    named = (keys.parse_furniture_key(found.key) for found in store.list(prefix))
    return [key.version for key in named if key is not None]


def _read(store: ObjectStore, key: str) -> Furniture:
    try:
        return Furniture.from_state(orjson.loads(store.get(key)))
    except ValueError as error:
        raise StoreError(key, f"is not a state of furniture that this version knows: {error}") from error
