"""Reading a bucket by obstore: the same answers as by boto3, which goes on where obstore can't."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from harvester.archive import ObjectStore, open_store
from harvester.archive.s3 import S3Store
from harvester.errors import ObjectMissing, StoreError
from tests.bucket import Bucket


def put(store: ObjectStore, *names: str) -> None:
    for name in names:
        store.put_new(name, name.encode(), content_type="text/plain")


def by_boto3(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The same bucket, read by boto3 alone."""
    made = open_store(store.url)
    monkeypatch.setattr(made, "_reading", None)
    return made


@pytest.mark.parametrize(
    ("url", "bundle", "fast"),
    [
        ("https://s3.example", "/ours.pem", False),
        ("https://s3.example", "/all.pem", True),
        ("http://h", "/o.pem", True),
    ],
)
def test_an_authority_of_ones_own_is_boto3s_matter(
    url: str, bundle: str, fast: bool, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """obstore would not trust it."""
    monkeypatch.setenv("SSL_CERT_FILE", "/all.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    store = open_store(bucket.url("x"))
    assert isinstance(store, S3Store)
    assert (store._reading is not None) is fast


def test_both_ways_of_reading_give_the_same(s3_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(s3_store, S3Store)
    assert s3_store._reading is not None
    names = ["a/1", "a/خبر + %20 & ?#.json", "b"]
    put(s3_store, *names)
    other = by_boto3(s3_store, monkeypatch)
    for name in names:
        assert s3_store.get_version(name) == other.get_version(name)
        assert s3_store.size(name) == other.size(name) == len(name.encode())
    for prefix in ("", "a/"):
        found = sorted(s3_store.list(prefix), key=lambda one: one.key)
        assert found == sorted(other.list(prefix), key=lambda one: one.key)
        assert all(one.md5 for one in found)


def test_a_folders_mark_is_no_object_and_an_empty_object_is_one(s3_store: ObjectStore, bucket: Bucket) -> None:
    prefix = s3_store.url.removeprefix(bucket.url(""))
    boto3.client("s3").put_object(Bucket=bucket.name, Key=f"{prefix}/articles/", Body=b"")
    s3_store.put_new("empty", b"", content_type="text/plain")
    put(s3_store, "articles/x")
    assert sorted(one.key for one in s3_store.list("")) == ["articles/x", "empty"]


def test_a_missing_bucket_is_not_a_missing_object(bucket: Bucket) -> None:
    with pytest.raises(StoreError, match="NoSuchBucket") as error:
        open_store("s3://no-such-bucket/x").get("a")
    assert not isinstance(error.value, ObjectMissing)


def test_wrong_credentials_are_told_in_boto3s_words(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(StoreError, match="SignatureDoesNotMatch"):
        open_store(bucket.url("x")).get("a")
    with pytest.raises(StoreError, match="SignatureDoesNotMatch"):
        list(open_store(bucket.url("x")).list(""))


def _read(store: ObjectStore, name: str, answers: "object") -> None:
    answers.put(store.get(name))  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_reads_too(s3_store: ObjectStore) -> None:
    put(s3_store, "a")
    assert s3_store.get("a") == b"a"
    context = get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=_read, args=(s3_store, "a", answers))
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert answers.get() == b"a"


@contextmanager
def listing_of(names: list[str]) -> Iterator[str]:
    """A server that lists these names, in pages of two, as AWS would: some that SeaweedFS can't have."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            after = asked.get("continuation-token") or asked.get("start-after", "")
            left = [name for name in names if name > after]
            page, more = left[:2], len(left) > 2
            contents = "".join(
                f"<Contents><Key>{name}</Key><LastModified>2026-11-23T12:00:00.000Z</LastModified>"
                f'<ETag>"{"0" * 32}"</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>'
                for name in page
            )
            token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
            body = (
                '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name><Prefix>p/</Prefix>'
                f"<KeyCount>{len(page)}</KeyCount><MaxKeys>1000</MaxKeys>"
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_names_that_obstore_can_not_hold_are_listed_all_the_same(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["p/a", "p/b", "p/c//d", "p/e/../f", "p/g"]
    with listing_of(names) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        found = [one.key for one in open_store("s3://b2b/p").list("")]
    assert found == [name.removeprefix("p/") for name in names]
