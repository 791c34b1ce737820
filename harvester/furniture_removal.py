"""What of an article stands in its source's learned furniture: parts of its title, which may be the site's name.

Lines of single articles are kept as numbers alone, but of the last articles' titles the parts beside a dash or a bar
are kept as words. When an article is taken down, states that have such words of it go, and a new one takes the place
of the latest.
"""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

import orjson

from harvester.archive import ObjectStore, keys
from harvester.archive.partitions import in_order
from harvester.archive.record import ArticleRecord
from harvester.clean import sighting_keys
from harvester.errors import ObjectMissing
from harvester.furniture_store import latest_furniture, save_furniture

STATES_AT_ONCE = 16
"""Held at once: at most 100 KiB each."""


def sightings_of(records: Sequence[ArticleRecord]) -> frozenset[str]:
    """By which an article may be named in states of furniture."""
    urls = {url for record in records for url in (record.url, record.canonical_url, *record.other_urls)}
    return sighting_keys(urls, {record.title for record in records})


def states_with_words(store: ObjectStore, source: str, records: Sequence[ArticleRecord]) -> Iterator[tuple[str, bytes]]:
    """Key and bytes of the states that have words of this article. Raises StoreError.

    Its records name the states that were known when it was read, so it is in later ones alone; and no more once all
    articles of a state were seen after it.
    """
    if not records:
        return
    named = (keys.parse_furniture_key(record.derivation.furniture or "") for record in records)
    first = min(key.version if key else 1 for key in named)
    until = (
        (max(datetime.fromisoformat(record.fetched_at) for record in records) + timedelta(days=1)).date().isoformat()
    )
    sightings = sightings_of(records)
    for key, body in in_order(
        lambda key: (key, _body(store, key)), _states(store, source, first), ahead=STATES_AT_ONCE
    ):
        articles = _articles(body)
        if articles and all(str(one.get("seen_at")) > until for one in articles):
            return
        if any(one.get("title_parts") and _is_one_of(one, sightings) for one in articles):
            yield key, body


def without_words(store: ObjectStore, source: str, sightings: Set[str]) -> tuple[str, bytes] | None:
    """Write the latest state anew without these articles; None where it has none of them. Raises StoreError."""
    furniture, key = latest_furniture(store, source)
    told = furniture.to_state()["articles"]
    if key is None or not any(one["title_parts"] and _is_one_of(one, sightings) for one in told):
        return None
    return save_furniture(store, source, furniture.without(sightings), key)


def _states(store: ObjectStore, source: str, first: int) -> list[str]:
    parsed = (keys.parse_furniture_key(found.key) for found in store.list(keys.furniture_prefix(source)))
    versions = sorted(key.version for key in parsed if key is not None and key.version >= first)
    return [keys.furniture_key(source, version) for version in versions]


def _body(store: ObjectStore, key: str) -> bytes:
    try:
        return store.get(key)
    except ObjectMissing:
        return b""


def _articles(body: bytes) -> list[dict[str, Any]]:
    """Of a state; empty where it is damaged, which is told where it is used."""
    try:
        return [one for one in orjson.loads(body)["articles"] if isinstance(one, dict)]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return []


def _is_one_of(article: dict[str, Any], sightings: Set[str]) -> bool:
    return article.get("article") in sightings or article.get("title") in sightings
