"""Object lock, on a bucket that has it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import boto3
import pytest

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.locking import ObjectLock, lock_of
from harvester.config import load_settings
from harvester.errors import ConfigError, ObjectMissing, StoreError, StoreUnusable
from tests.bucket import Bucket

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORD = keys.article_key("paper", NOW.date(), "0" * 32, 1)


def settings(tmp_path: Path, text: str) -> ObjectLock | None:
    file = tmp_path / "harvest.toml"
    file.write_text(text, encoding="utf-8")
    return lock_of(load_settings(file, {}, {}).config)


def test_the_lock_is_configured(tmp_path: Path) -> None:
    assert settings(tmp_path, "") is None
    lock = settings(tmp_path, 'archive = "s3://b2b/x"\nobject_lock = "governance"\nobject_lock_days = 30\n')
    assert lock == ObjectLock(mode="GOVERNANCE", days=30)
    assert settings(tmp_path, 'object_lock = "compliance"\nobject_lock_days = 1\n') == ObjectLock(
        mode="COMPLIANCE", days=1
    )
    for text in ('object_lock = "governance"', "object_lock_days = 3", 'object_lock = "x"\nobject_lock_days = 3'):
        with pytest.raises(ConfigError, match="object_lock"):
            settings(tmp_path, text)


@pytest.mark.parametrize(
    ("key", "locked"),
    [
        (RECORD, True),
        ("captures/x", True),
        ("runs/x", True),
        ("commits/000000001.json", True),
        ("removals/x", True),
        ("tables/x", False),
        ("claims/x", False),
        ("imports/x", False),
        ("segments/x", False),
        (".probe/conditional-write", False),
    ],
)
def test_what_must_last_is_locked(key: str, locked: bool) -> None:
    until = ObjectLock(mode="GOVERNANCE", days=2).until(key, NOW)
    assert until == (NOW + timedelta(days=2) if locked else None)


@pytest.fixture
def locked_bucket(bucket: Bucket) -> str:
    name = f"locked-{token_hex(4)}"
    boto3.client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_a_locked_object_says_until_when_it_can_not_be_deleted(mode: str, locked_bucket: str) -> None:
    store = open_store(f"s3://{locked_bucket}/p", lock=ObjectLock(mode=mode, days=3))  # type: ignore[arg-type]
    store.put_new(RECORD, b"{}", content_type="application/json")
    head = boto3.client("s3").head_object(Bucket=locked_bucket, Key=f"p/{RECORD}")
    assert head["ObjectLockMode"] == mode
    assert abs(head["ObjectLockRetainUntilDate"] - datetime.now(UTC) - timedelta(days=3)) < timedelta(minutes=5)
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    with pytest.raises(StoreError, match=rf"can't be deleted: it is locked until {until} .* \({mode} mode\)"):
        store.delete(RECORD)
    assert store.get(RECORD) == b"{}"
    assert [one.key for one in store.list("")] == [RECORD]  # not just hidden either


def test_what_is_not_locked_is_deleted_with_all_its_versions(locked_bucket: str) -> None:
    """Such a bucket keeps versions."""
    store = open_store(f"s3://{locked_bucket}/p", lock=ObjectLock(mode="GOVERNANCE", days=3))
    store.put_new("tables/x", b"1", content_type="text/plain")
    body, version = store.get_version("tables/x")
    store.replace("tables/x", body + b"2", version=version, content_type="text/plain")
    store.delete("tables/x")
    with pytest.raises(ObjectMissing):
        store.get("tables/x")
    found = boto3.client("s3").list_object_versions(Bucket=locked_bucket, Prefix="p/tables/x")
    assert (found.get("Versions", []), found.get("DeleteMarkers", [])) == ([], [])


def test_a_bucket_without_lock_is_refused_before_anything_is_fetched(s3_store: ObjectStore, locked_bucket: str) -> None:
    lock = ObjectLock(mode="GOVERNANCE", days=1)
    store = open_store(s3_store.url, lock=lock)
    with pytest.raises(StoreUnusable, match="the bucket has no object lock"):
        store.check()
    store.check(writing=False)
    with pytest.raises(StoreError):
        store.put_new(RECORD, b"{}", content_type="application/json")
    open_store(f"s3://{locked_bucket}/q", lock=lock).check()
