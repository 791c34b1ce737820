"""How many variants of one story get one key, how many pairs of different pages are merged, and how long a key takes.

    python -m tests.bench.addresses [--misses]

The table is tests/addresses.py. Beside our key stand what others make of an address to compare it, as far as they are
installed. `--misses` also names what each left apart, or merged. An address that a library refuses is merged with none.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from harvester.urls import url_key
from tests.addresses import TRAPS, VARIANTS

ADDRESSES, ROUNDS = 1000, 5
"""The quickest round counts."""

Key = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A library's function that makes an address comparable."""

    name: str
    module: str
    function: str
    options: dict[str, bool]

    def key(self) -> Key | None:
        """None where it is not installed."""
        try:
            function = getattr(importlib.import_module(self.module), self.function)
        except ImportError:
            return None

        def tolerant(url: str) -> str | None:
            try:
                return str(found) if (found := function(url, **self.options)) else None
            except (ValueError, TypeError):  # TypeError: courlan, where an address has no host
                return None

        return tolerant


PEERS = (
    Peer(name="w3lib canonicalize_url", module="w3lib.url", function="canonicalize_url", options={}),
    Peer(name="courlan clean_url", module="courlan", function="clean_url", options={}),
    Peer(name="courlan normalize_url, strict", module="courlan", function="normalize_url", options={"strict": True}),
    Peer(name="url-normalize", module="url_normalize", function="url_normalize", options={}),
    Peer(
        name="url-normalize, filtered",
        module="url_normalize",
        function="url_normalize",
        options={"filter_params": True},
    ),
)


def merged(key: Key, one: str, other: str) -> bool:
    first = key(one)
    return first is not None and first == key(other)


def microseconds(key: Key) -> float:
    """Of processor time, for a usual address; each is another one, so that no cache of whole addresses helps."""
    rounds = []
    for turn in range(ROUNDS):
        urls = [f"https://www.example.com/2026/11/{turn}{n}-harbour-story/?utm_source=rss" for n in range(ADDRESSES)]
        started = time.process_time()
        for url in urls:
            key(url)
        rounds.append((time.process_time() - started) / ADDRESSES * 1e6)
    return min(rounds)


def report(name: str, key: Key | None, *, misses: bool) -> None:
    if key is None:
        print(f"{name:32}not installed")
        return
    apart = [label for label, variant, address in VARIANTS if not merged(key, variant, address)]
    wrong = [label for label, one, other in TRAPS if merged(key, one, other)]
    together = len(VARIANTS) - len(apart)
    print(f"{name:32}{together:4} of {len(VARIANTS)}{len(wrong):8} of {len(TRAPS)}{microseconds(key):10.1f}")
    if misses:
        print(*(f"    left apart: {label}" for label in apart), *(f"    merged: {label}" for label in wrong), sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="name them")
    misses = parser.parse_args().misses
    print(f"{'':32}{'variants merged':15}{'wrong merges':>14}{'µs a key':>10}")
    report("harvester.urls.url_key", url_key, misses=misses)
    for peer in PEERS:
        report(peer.name, peer.key(), misses=misses)
    return 0


if __name__ == "__main__":
    sys.exit(main())
