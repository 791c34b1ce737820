"""What is particular to a store in a bucket, on a real S3 server."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from harvester.archive import ObjectStore, open_store
from harvester.errors import ObjectExists, StoreError, StoreUnusable
from tests.archive_proxy import Fault, faulty
from tests.bucket import Bucket


def refusal(url: str) -> str:
    """The one line that an unusable store is told by, within ten seconds."""
    begin = time.monotonic()
    with pytest.raises(StoreUnusable) as found:
        open_store(url).check()
    assert time.monotonic() - begin < 10
    assert "\n" not in str(found.value)
    assert url in str(found.value)
    return str(found.value)


def test_wrong_credentials(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert "AWS_SECRET_ACCESS_KEY" in refusal(bucket.url("x"))


def test_an_unknown_key(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    assert "AWS_ACCESS_KEY_ID" in refusal(bucket.url("x"))


def test_no_credentials(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS_ACCESS_KEY_ID" in refusal(bucket.url("x"))


def test_a_missing_bucket_is_not_made_by_a_typo(bucket: Bucket) -> None:
    assert "'archvie'" in refusal("s3://archvie/x")
    assert "'archvie'" in refusal("s3://archvie/x")
    assert bucket.name != "archvie"


def test_an_unreachable_server(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        assert "can't be reached" in refusal(bucket.url("x"))


def test_a_server_that_does_not_answer(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.archive.s3.CHECK_TIMEOUT_S", 0.5)
    with faulty(bucket.endpoint, {"GET": [Fault.HANG] * 9}) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        assert "can't be reached" in refusal(bucket.url("x"))


def test_an_endpoint_that_is_no_address(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert "nowhere" in refusal(bucket.url("x"))


def test_settings_that_lead_nowhere_are_told_without_a_check_too(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StoreUnusable, match="nobody"):
        open_store(bucket.url("x")).get("a")
    with pytest.raises(StoreUnusable, match="nobody"):
        list(open_store(bucket.url("x")).list(""))


def test_anonymous_access_is_denied_by_the_test_server(bucket: Bucket) -> None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with pytest.raises(HTTPError) as answer:
        urlopen(f"{bucket.endpoint}/{bucket.name}/x", timeout=5)
    answer.value.close()
    assert answer.value.code == 403


def test_objects_carry_what_http_readers_need(bucket: Bucket) -> None:
    import boto3

    store = open_store(bucket.url("headers"))
    store.put_new("a.json", b"{}", content_type="application/json")
    head = boto3.client("s3").head_object(Bucket=bucket.name, Key="headers/a.json", ChecksumMode="ENABLED")
    assert head["ContentType"] == "application/json"
    assert "immutable" in head["CacheControl"]
    assert head["ChecksumSHA256"] == "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="  # printf '{}' | openssl sha256


FaultyStore = Callable[[dict[str, list[Fault]]], ObjectStore]


@pytest.fixture
def faulty_store(bucket: Bucket, s3_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyStore]:
    """Makes a store over the same prefix as `s3_store` whose first requests meet these faults, by method."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(faults: dict[str, list[Fault]]) -> ObjectStore:
            monkeypatch.setenv("AWS_ENDPOINT_URL", stack.enter_context(faulty(bucket.endpoint, faults)))
            return open_store(s3_store.url)

        yield make


def test_a_lost_acknowledgement_of_our_own_write_is_success(s3_store: ObjectStore, faulty_store: FaultyStore) -> None:
    faulty_store({"PUT": [Fault.LOSE_ANSWER]}).put_new("a", b"ours", content_type="text/plain")
    assert s3_store.get("a") == b"ours"


def test_anothers_object_met_on_a_retry_is_not_ours(s3_store: ObjectStore, faulty_store: FaultyStore) -> None:
    s3_store.put_new("a", b"theirs", content_type="text/plain")
    with pytest.raises(ObjectExists):
        faulty_store({"PUT": [Fault.LOSE_ANSWER]}).put_new("a", b"ours", content_type="text/plain")
    assert s3_store.get("a") == b"theirs"


def test_a_conflict_of_two_writers_is_tried_again(s3_store: ObjectStore, faulty_store: FaultyStore) -> None:
    faulty_store({"PUT": [Fault.CONFLICT, Fault.CONFLICT]}).put_new("a", b"ours", content_type="text/plain")
    assert s3_store.get("a") == b"ours"


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.UNAVAILABLE, Fault.CUT_ANSWER])
def test_a_passing_fault_is_outlived(fault: Fault, s3_store: ObjectStore, faulty_store: FaultyStore) -> None:
    s3_store.put_new("a", b"x" * 50_000, content_type="text/plain")
    store = faulty_store({"GET": [fault], "PUT": [fault]})
    assert store.get("a") == b"x" * 50_000
    store.put_new("b", b"y", content_type="text/plain")
    assert s3_store.get("b") == b"y"


def test_a_lasting_fault_is_a_store_error(s3_store: ObjectStore, faulty_store: FaultyStore) -> None:
    s3_store.put_new("a", b"x" * 50_000, content_type="text/plain")
    with pytest.raises(StoreError) as error:
        faulty_store({"GET": [Fault.CUT_ANSWER] * 20}).get("a")
    assert error.value.key == "a"


def test_a_server_without_conditional_writes_is_refused(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty(bucket.endpoint, {"PUT": [Fault.NOT_IMPLEMENTED] * 9}) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        assert "conditional writes" in refusal(bucket.url("no-conditional-writes"))


def test_boto3_is_not_imported_before_a_bucket_is_asked() -> None:
    program = "import sys, harvester.archive as a; a.open_store('s3://bucket/x'); sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
