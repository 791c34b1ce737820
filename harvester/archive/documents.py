"""The archive's own description, in the archive: whoever finds the bucket in twenty years has its format beside it."""

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


def own_document(key: str) -> bytes | None:
    """What should stand at a key; None where only another version of the harvester knows."""
    return next((document(name) for name in DOCUMENTS if keys.document_key(__version__, name) == key), None)


def publish_documents(store: ObjectStore) -> None:
    """Put this version's documents into the archive, once. Raises StoreError."""
    for name, content_type in DOCUMENTS.items():
        key = keys.document_key(__version__, name)
        if store.size(key) is None:
            with suppress(ObjectExists):
                store.put_new(key, document(name), content_type=content_type)
