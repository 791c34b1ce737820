"""Checking very many objects on all cores: chunks of manifests' lines to processes that read the archive themselves."""

import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final

from harvester.archive import ObjectStore, open_store
from harvester.archive.folder import FolderStore
from harvester.archive.partitions import in_order
from harvester.bulk import cores
from harvester.verifying.objects import Checked, Line, check_object

CHUNK: Final = 256
"""Lines that a worker is given at a time: 50 ms of work."""

IN_FLIGHT: Final = 3
"""Chunks a worker that are given out."""

FEW: Final = 2000
"""Objects that are checked here, as starting workers would take longer."""

NEEDED: Final = ("key", "sha256", "size", "kind", "id", "revision", "content_sha256", "payload_sha256")

_store: ObjectStore | None = None


def check_all(store: ObjectStore, lines: Iterable[Line]) -> Iterator[list[Checked]]:
    """What came of each, a chunk at a time, in their order."""
    values = iter(lines)
    first = list(islice(values, FEW + 1))
    if len(first) <= FEW or cores() < 2:
        for chunk in _chunks(chain(first, values)):
            yield _check(store, chunk)
    else:
        yield from _by_workers(store, chain(first, values))


def _by_workers(store: ObjectStore, lines: Iterator[Line]) -> Iterator[list[Checked]]:
    chunks = _chunks(lines)
    waiting: deque[Future[list[Checked]]] = deque()
    pool = ProcessPoolExecutor(cores(), mp_context=get_context("spawn"), initializer=_open, initargs=(store.url,))
    try:
        while True:
            with _born_deaf():
                for chunk in islice(chunks, cores() * IN_FLIGHT - len(waiting)):
                    waiting.append(pool.submit(_check_here, chunk))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _chunks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while chunk := list(islice(lines, CHUNK)):
        yield [{name: line[name] for name in NEEDED if name in line} for line in chunk]


@contextmanager
def _born_deaf() -> Iterator[None]:
    """Processes that are started meanwhile don't hear Ctrl-C, which is their parent's matter."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _open(url: str) -> None:
    """In a worker, before anything else."""
    global _store
    _store = open_store(url)


def _check_here(chunk: list[Line]) -> list[Checked]:
    assert _store is not None
    return _check(_store, chunk)


def _check(store: ObjectStore, chunk: list[Line]) -> list[Checked]:
    check = partial(check_object, store)
    if isinstance(store, FolderStore):  # no waiting for a network
        return [check(line) for line in chunk]
    return list(in_order(check, chunk))
