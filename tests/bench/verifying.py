"""How quick `harvest verify` is, and how quickly a bucket is read, by obstore and by boto3.

    python -m tests.bench.verifying file FOLDER          an archive that tests.bench.made_archive has made
    python -m tests.bench.verifying s3 [OBJECTS]         a SeaweedFS of its own, filled first

Rates are objects a second of wall time; memory is the largest of this process and its workers.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harvester.archive import ObjectStore, open_store
from harvester.archive.partitions import in_order
from harvester.archive.s3 import S3Store
from harvester.verifying import Asked, verify
from tests.bench.made_archive import make
from tests.bucket import seaweedfs


def timed(name: str, count: int, work: Callable[[], object]) -> float:
    """Its rate, printed."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    seconds = time.perf_counter() - began
    print(f"{name:34} {count / seconds:10,.0f}/s  {seconds:7.1f} s  {time.process_time() - cpu:6.1f} s of CPU here")
    return count / seconds


def verifications(store: ObjectStore, count: int) -> None:
    def run(quick: bool) -> None:
        found = verify(store, Asked(quick=quick), datetime.now(UTC))
        assert found.is_sound, found.findings[:3]

    full = timed("verify", count, lambda: run(False))
    quick = timed("verify --quick", count, lambda: run(True))
    print(f"quick is {quick / full:.1f} times as quick")


def reads(store: ObjectStore) -> None:
    names = [one.key for one in store.list("articles/")][:5000]

    def all_of(one: ObjectStore) -> None:
        for _ in in_order(one.get, names):
            pass

    timed("get, obstore, 16 threads", len(names), lambda: all_of(store))
    timed("list, obstore", len(list(store.list(""))), lambda: list(store.list("")))
    slow = open_store(store.url)
    assert isinstance(slow, S3Store)
    slow.__dict__["_reading"] = None
    timed("get, boto3, 16 threads", len(names), lambda: all_of(slow))
    timed("list, boto3", len(list(slow.list(""))), lambda: list(slow.list("")))


def count_of(store: ObjectStore) -> int:
    return sum(1 for _ in store.list("articles/"))


def main() -> None:
    if sys.argv[1] == "file":
        store = open_store(sys.argv[2])
        verifications(store, count_of(store))
    else:
        with (
            tempfile.TemporaryDirectory() as folder,
            seaweedfs(Path(folder)) as bucket,
            pytest.MonkeyPatch.context() as mp,
        ):
            for name, value in bucket.environment.items():
                mp.setenv(name, value)
            store = open_store(bucket.url("bench"))
            make(store.url, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
            reads(store)
            verifications(store, count_of(store))
    peaks = [resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"memory: {peaks[0]} MB here, {peaks[1]} MB in the largest worker")


if __name__ == "__main__":
    main()
