"""Reading many pages on all cores: answers in the order of the questions, memory bounded whatever their number."""

import gc
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")

CHUNK = 8
"""Questions that a worker is given at a time: some 2 MB of pages, 100 ms of work."""

IN_FLIGHT = 4
"""Chunks a worker that are given out or wait to be fetched."""

FEW = 12
"""Questions that are answered here, as starting workers would take longer."""

PARENT_POLL_S = 1.0
"""How often a worker looks whether its parent still lives."""


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Bulk(Generic[Asked, Told]):
    """A function asked of many values by several processes.

    `ask` must be importable and must not raise; `crashed` says what to tell of a value whose worker died.
    """

    def __init__(self, ask: Callable[[Asked], Told], crashed: Callable[[Asked], Told], jobs: int) -> None:
        self.ask = ask
        self.crashed = crashed
        self.jobs = jobs

    def answers(self, asked: Iterable[Asked]) -> Iterator[Told]:
        """One for each value, in their order."""
        values = iter(asked)
        first = list(islice(values, FEW + 1))
        if self.jobs < 2 or len(first) <= FEW:
            yield from map(self.ask, chain(first, values))
        else:
            yield from self._by_workers(chain(first, values))

    def _by_workers(self, values: Iterator[Asked]) -> Iterator[Told]:
        chunks = _chunks(values)
        pool = self._pool()
        waiting: deque[tuple[list[Asked], Future[list[Told]] | None]] = deque()
        try:
            while True:
                for chunk in islice(chunks, self.jobs * IN_FLIGHT - len(waiting)):
                    waiting.append((chunk, self._submitted(pool, chunk)))
                if not waiting:
                    return
                chunk, answers = waiting.popleft()
                told = _result(answers)
                if told is not None:
                    yield from told
                    continue
                pool.shutdown(wait=False, cancel_futures=True)
                yield from self._one_by_one(chunk)
                pool = self._pool()
                waiting = deque((given, self._submitted(pool, given)) for given, _ in list(waiting))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submitted(self, pool: ProcessPoolExecutor, chunk: list[Asked]) -> Future[list[Told]] | None:
        """None where a worker has died meanwhile."""
        try:
            return pool.submit(_ask_all, self.ask, chunk)
        except BrokenProcessPool:
            return None

    def _one_by_one(self, values: list[Asked]) -> Iterator[Told]:
        """Each in a process of its own, so that the one that kills its worker costs no other."""
        for value in values:
            with ProcessPoolExecutor(1, mp_context=get_context("fork")) as alone:
                try:
                    yield alone.submit(self.ask, value).result()
                except BrokenProcessPool:
                    yield self.crashed(value)

    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.jobs, mp_context=get_context("fork"), initializer=_begin, initargs=(os.getpid(),)
        )


def _begin(parent: int) -> None:
    """A worker looks for garbage after each chunk (`_ask_all`) and not within pages: reading one makes no cycles, and
    looking for them takes 8 % of its time."""
    gc.freeze()
    gc.disable()
    _end_with(parent)


def _end_with(parent: int) -> None:
    """A worker whose parent was killed would wait for its next question for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _chunks(values: Iterator[Asked]) -> Iterator[list[Asked]]:
    while chunk := list(islice(values, CHUNK)):
        yield chunk


def _result(answers: Future[list[Told]] | None) -> list[Told] | None:
    """None where a worker has died, this chunk's or another's."""
    try:
        return None if answers is None else answers.result()
    except BrokenProcessPool:
        return None


def _ask_all(ask: Callable[[Asked], Told], values: list[Asked]) -> list[Told]:
    told = [ask(value) for value in values]
    gc.collect()
    return told
