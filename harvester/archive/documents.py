"""The archive's own description, in the archive: whoever finds the bucket in twenty years has its format beside it."""

import hashlib
from contextlib import suppress
from importlib.resources import files
from typing import Final

import harvester.archive.keys as keys
from harvester import __version__
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectExists

DOCUMENTS: Final = {"FORMAT.md": "text/markdown; charset=utf-8", "article.schema.json": "application/schema+json"}


def document(name: str) -> bytes:
    """As this version of the harvester has it."""
    return files("harvester.archive").joinpath(name).read_bytes()


def publish_documents(store: ObjectStore) -> None:
    """Put this version's documents into the archive, once. Raises StoreError."""
    for name, content_type in DOCUMENTS.items():
        body = document(name)
        key = keys.document_key(__version__, name, hashlib.sha256(body).hexdigest())
        if store.size(key) is None:
            with suppress(ObjectExists):
                store.put_new(key, body, content_type=content_type)
