"""The store's verbs, on a folder and on a real S3 server."""

import gzip
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from harvester.archive import ObjectStore, open_store
from harvester.archive.folder import FolderStore
from harvester.archive.store import checked_key
from harvester.errors import ObjectChanged, ObjectExists, ObjectMissing, StoreError, StoreUnusable, UsageError
from tests.bucket import Bucket

TEXT = "text/plain"


def put(store: ObjectStore, *keys: str) -> None:
    for key in keys:
        store.put_new(key, key.encode(), content_type=TEXT)


def keys_in(store: ObjectStore, prefix: str) -> list[str]:
    return sorted(found.key for found in store.list(prefix))


def test_an_object_comes_back_as_it_was_written(any_store: ObjectStore) -> None:
    body = bytes(range(256)) * 100
    any_store.put_new("a/b.bin", body, content_type="application/octet-stream")
    assert any_store.get("a/b.bin") == body
    assert any_store.size("a/b.bin") == len(body)


def test_an_empty_object_is_an_object(any_store: ObjectStore) -> None:
    any_store.put_new("empty", b"", content_type=TEXT)
    assert any_store.get("empty") == b""
    assert any_store.size("empty") == 0


def test_a_content_encoding_does_not_change_the_bytes(any_store: ObjectStore) -> None:
    body = gzip.compress(b"text")
    any_store.put_new("a.gz", body, content_type=TEXT, content_encoding="gzip")
    assert any_store.get("a.gz") == body


def test_a_key_is_written_once(any_store: ObjectStore) -> None:
    any_store.put_new("key", b"first", content_type=TEXT)
    with pytest.raises(ObjectExists):
        any_store.put_new("key", b"second", content_type=TEXT)
    with pytest.raises(ObjectExists):
        any_store.put_new("key", b"first", content_type=TEXT)
    assert any_store.get("key") == b"first"


def test_sixteen_writers_of_one_key_have_one_winner(any_store: ObjectStore) -> None:
    barrier = Barrier(16)

    def write(number: int) -> int | None:
        barrier.wait(timeout=30)
        try:
            any_store.put_new("contested", f"writer {number}".encode(), content_type=TEXT)
        except ObjectExists:
            return None
        return number

    with ThreadPoolExecutor(16) as pool:
        winners = [number for number in pool.map(write, range(16)) if number is not None]
    assert len(winners) == 1
    assert any_store.get("contested") == f"writer {winners[0]}".encode()


def test_what_is_not_there_is_missing(any_store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        any_store.get("no/such")
    assert any_store.size("no/such") is None
    assert list(any_store.list("no/")) == []
    assert list(any_store.prefixes("no/")) == []


def test_a_prefix_may_end_inside_a_name(any_store: ObjectStore) -> None:
    put(any_store, "a/x1", "a/x2", "a/y", "a/x/deep", "ab")
    assert keys_in(any_store, "a/x") == ["a/x/deep", "a/x1", "a/x2"]
    assert keys_in(any_store, "a") == ["a/x/deep", "a/x1", "a/x2", "a/y", "ab"]
    assert keys_in(any_store, "") == keys_in(any_store, "a")
    assert {found.key: found.size for found in any_store.list("ab")} == {"ab": 2}


def test_prefixes_are_the_next_level(any_store: ObjectStore) -> None:
    put(any_store, "a/s=1/d=1/x", "a/s=1/d=2/x", "a/s=2/d=1/x", "a/file", "b/x")
    assert sorted(any_store.prefixes("")) == ["a/", "b/"]
    assert sorted(any_store.prefixes("a/")) == ["a/s=1/", "a/s=2/"]
    assert sorted(any_store.prefixes("a/s=1/")) == ["a/s=1/d=1/", "a/s=1/d=2/"]


def test_names_outside_ascii_are_keys_too(any_store: ObjectStore) -> None:
    put(any_store, "أخبار/خبر 1 & 2 + %20.json")
    assert keys_in(any_store, "أخبار/") == ["أخبار/خبر 1 & 2 + %20.json"]
    assert any_store.get("أخبار/خبر 1 & 2 + %20.json")


def test_a_listing_of_more_than_a_page_is_complete(s3_store: ObjectStore) -> None:
    names = [f"many/{number:04}" for number in range(1050)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: put(s3_store, name), names))
    assert keys_in(s3_store, "many/") == names


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a//b",
        "a/",
        "../a",
        "a/../b",
        "a/./b",
        "a\\b",
        "a\nb",
        "a\x00",
        "a/\ud800",
        "x" * 256,
        "x/" * 600 + "x",
    ],
)
def test_a_key_that_leads_out_or_that_some_store_can_not_hold_is_refused(any_store: ObjectStore, key: str) -> None:
    with pytest.raises(StoreError, match=r"has|is too long|is not"):
        any_store.put_new(key, b"", content_type=TEXT)
    with pytest.raises(StoreError):
        any_store.get(key)
    with pytest.raises(StoreError):
        any_store.size(key)


@given(st.text(max_size=40))
def test_a_key_that_is_accepted_stays_below_its_folder(key: str) -> None:
    try:
        checked_key(key)
    except StoreError:
        return
    root = Path("/srv/archive")
    assert root in (root / key).resolve().parents


def test_a_usable_store_passes_its_check(any_store: ObjectStore) -> None:
    any_store.check()
    any_store.check()
    any_store.check(writing=False)


def test_a_store_is_opened_again_by_its_url(any_store: ObjectStore) -> None:
    put(any_store, "a")
    again = open_store(any_store.url)
    assert again.get("a") == b"a"
    assert again.url == any_store.url


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://./archive", "archive"),
        ("file://archive", "archive"),
        ("./archive", "archive"),
        ("archive", "archive"),
        ("file://../archive", "../archive"),
        ("file:///srv/news", "/srv/news"),
        ("file://localhost/srv/news", "/srv/news"),
        ("FILE:///srv/with%20space", "/srv/with space"),
        ("/srv/100%", "/srv/100%"),
    ],
)
def test_a_folder_is_named_by_url_or_path(url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    store = open_store(url)
    assert isinstance(store, FolderStore)
    assert store.root.resolve() == (home / path).resolve()
    assert open_store(store.url).url == store.url == (home / path).resolve().as_uri()


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store("~/archive").url == (tmp_path / "archive").as_uri()


@pytest.mark.parametrize(
    ("url", "normal"),
    [("s3://bucket", "s3://bucket"), ("s3://bucket/", "s3://bucket"), ("S3://my.bucket/a/b/", "s3://my.bucket/a/b")],
)
def test_a_bucket_is_named_by_its_url(url: str, normal: str) -> None:
    assert open_store(url).url == normal


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file://",
        "http://host/x",
        "gs://bucket",
        "s3://",
        "s3:///x",
        "s3://b",
        "s3://bucket/../x",
        "s3://bucket/a//b",
    ],
)
def test_any_other_address_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="archive"):
        open_store(url)


def test_credentials_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as refusal:
        open_store("s3://key:hunter2@bucket/x")
    assert "hunter2" not in str(refusal.value)


class Forgetful(FolderStore):
    """A store that writes whatever it is asked to, as some S3 servers do."""

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        del content_type, content_encoding
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def test_a_store_without_conditional_writes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="conditional writes"):
        Forgetful(tmp_path).check()


# Replacing and deleting


def test_a_version_that_was_read_is_replaced_once(any_store: ObjectStore) -> None:
    any_store.put_new("t/x", b"first", content_type=TEXT)
    body, version = any_store.get_version("t/x")
    assert body == b"first"
    any_store.replace("t/x", b"second", version=version, content_type=TEXT)
    with pytest.raises(ObjectChanged):
        any_store.replace("t/x", b"third", version=version, content_type=TEXT)
    body, version = any_store.get_version("t/x")
    assert body == b"second"
    any_store.replace("t/x", b"third", version=version, content_type=TEXT)
    assert any_store.get("t/x") == b"third"


def test_what_has_gone_is_not_replaced(any_store: ObjectStore) -> None:
    any_store.put_new("t/x", b"first", content_type=TEXT)
    _, version = any_store.get_version("t/x")
    any_store.delete("t/x")
    with pytest.raises(ObjectChanged):
        any_store.replace("t/x", b"second", version=version, content_type=TEXT)
    assert any_store.size("t/x") is None
    with pytest.raises(ObjectMissing):
        any_store.get_version("t/x")


def test_eight_writers_that_replace_lose_no_line(any_store: ObjectStore) -> None:
    any_store.put_new("t/x", b"", content_type=TEXT)

    def add(number: int) -> None:
        for _ in range(4):
            while True:
                body, version = any_store.get_version("t/x")
                try:
                    any_store.replace("t/x", body + b"%d\n" % number, version=version, content_type=TEXT)
                    break
                except ObjectChanged:
                    continue

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert sorted(any_store.get("t/x").split()) == sorted(b"%d" % number for number in range(8) for _ in range(4))


def test_what_is_deleted_is_gone_and_may_be_deleted_again(any_store: ObjectStore) -> None:
    put(any_store, "d/a", "d/ab", "d/a.b/c")
    any_store.delete("d/a")
    any_store.delete("d/a")
    any_store.delete("never/there")
    assert keys_in(any_store, "d/") == ["d/a.b/c", "d/ab"]
    any_store.put_new("d/a", b"again", content_type=TEXT)
    assert any_store.get("d/a") == b"again"


def test_the_servers_sha256(any_store: ObjectStore) -> None:
    put(any_store, "a")
    expected = hashlib.sha256(b"a").hexdigest()
    assert any_store.sha256("a") == (None if isinstance(any_store, FolderStore) else expected)
    with pytest.raises(ObjectMissing):
        any_store.sha256("b")


def test_an_object_that_others_wrote_has_no_sha256(s3_store: ObjectStore, bucket: Bucket) -> None:
    import boto3

    prefix = s3_store.url.removeprefix(bucket.url(""))
    boto3.client("s3", config=Config(request_checksum_calculation="when_required")).put_object(
        Bucket=bucket.name, Key=f"{prefix}/x", Body=b"x"
    )
    assert s3_store.sha256("x") is None
    assert s3_store.get("x") == b"x"
