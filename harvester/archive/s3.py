"""A store in a bucket of S3 or of a server that speaks it. The one module that knows boto3."""

import base64
import hashlib
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harvester.archive.locking import ObjectLock
from harvester.archive.s3_reading import Endpoint, NotAnswered, Reading
from harvester.archive.store import ObjectInfo, check_conditional_write, checked_key
from harvester.errors import ObjectChanged, ObjectExists, ObjectMissing, StoreError, StoreUnusable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = logging.getLogger(__name__)

CACHE_CONTROL: Final = "public, max-age=31536000, immutable"
"""An object is never changed, so whoever has it need not ask again (RFC 8246)."""

CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_S: Final = 15
ATTEMPTS: Final = 4
"""With these three the longest write ends within two minutes (`harvester.archive.claims.LANDING` relies on it)."""

CHECK_TIMEOUT_S: Final = 3
CHECK_ATTEMPTS: Final = 2
"""A store that does not answer is told to the operator within ten seconds."""

POOL: Final = 64
"""Connections; more than there are threads that call at once."""

CONFLICT_PAUSES_S: Final = (0.05, 0.2, 0.5)
"""Before the next try where two writers met at one key (409 ConditionalRequestConflict: AWS asks to try again)."""

_MD5: Final = re.compile(r'"?([0-9a-f]{32})"?')
"""An ETag that is the body's MD5. That of an object in parts has a dash; with KMS encryption it only looks like one."""

CERTIFICATES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""Variables that name the authorities which boto3 trusts; obstore goes by SSL_CERT_FILE."""

READ_TRIES: Final = 3
"""boto3 does not try again when an answer breaks off in its body."""


class S3Store:
    """Objects below a prefix of a bucket. Credentials, region and endpoint come from the usual AWS_* variables."""

    def __init__(
        self, bucket: str, prefix: str = "", client: "S3Client | None" = None, *, lock: ObjectLock | None = None
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self._given = client
        self._lock = lock

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @cached_property
    def _client(self) -> "S3Client":
        return self._given or self._connected(ATTEMPTS, CONNECT_TIMEOUT_S, READ_TIMEOUT_S)

    @cached_property
    def _reading(self) -> Reading | None:
        """Reads faster than the client, where it can be used."""
        if self._given is not None:
            return None
        try:
            endpoint = _endpoint(self._client, self.bucket)
            return Reading(endpoint) if endpoint else None
        except NotAnswered as error:
            logger.debug("%s: read by boto3 alone: %r", self.url, error.__cause__)
            return None

    def _connected(self, attempts: int, connect_timeout_s: float, read_timeout_s: float) -> "S3Client":
        """Raises StoreUnusable where the AWS settings name no endpoint or profile that there can be."""
        from botocore.exceptions import BotoCoreError

        try:
            return _connect(attempts, connect_timeout_s, read_timeout_s)
        except (BotoCoreError, ValueError) as error:
            raise StoreUnusable(f"{self.url}: {_obstacle(error)}") from error

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        arguments = self._written(key, body, content_type) | {"IfNoneMatch": "*", "CacheControl": CACHE_CONTROL}
        if content_encoding:
            arguments["ContentEncoding"] = content_encoding
        until = self._lock.until(key, datetime.now(UTC)) if self._lock else None
        if self._lock and until:
            arguments |= {"ObjectLockMode": self._lock.mode, "ObjectLockRetainUntilDate": until}
        with _our_errors(key):
            self._put(key, body, arguments)

    def _written(self, key: str, body: bytes, content_type: str) -> dict[str, Any]:
        return {
            "Bucket": self.bucket,
            "Key": self.prefix + checked_key(key),
            "Body": body,
            "ContentType": content_type,
            "ChecksumSHA256": base64.b64encode(hashlib.sha256(body).digest()).decode("ascii"),
        }

    def _put(self, key: str, body: bytes, arguments: dict[str, Any]) -> None:
        from botocore.exceptions import ClientError

        for tries, pause in enumerate((*CONFLICT_PAUSES_S, None)):
            try:
                self._client.put_object(**arguments)
                return
            except ClientError as error:
                if _status(error) == 412:
                    retried = tries > 0 or error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
                    self._met_another(key, body, retried=retried)
                    return
                if _status(error) != 409 or pause is None:
                    raise
                time.sleep(pause)

    def _met_another(self, key: str, body: bytes, *, retried: bool) -> None:
        """The key is taken. After a retry it may be by our own write, whose acknowledgement was lost."""
        if not retried or self.get(key) != body:
            raise ObjectExists(key)

    def get(self, key: str) -> bytes:
        return self.get_version(key)[0]

    def get_version(self, key: str) -> tuple[bytes, str]:
        checked_key(key)
        if self._reading is not None:
            try:
                return self._reading.get(self.prefix + key, key)
            except NotAnswered:
                pass
        return self._get_by_boto3(key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Bytes of an object from `start` on, which it must have. Raises ObjectMissing."""
        checked_key(key)
        return self._get_by_boto3(key, Range=f"bytes={start}-{start + length - 1}")[0]

    def _get_by_boto3(self, key: str, **asked: Any) -> tuple[bytes, str]:
        from botocore.exceptions import HTTPClientError, IncompleteReadError, ResponseStreamingError

        with _our_errors(key):
            for left in reversed(range(READ_TRIES)):
                try:
                    answer = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key, **asked)
                    return answer["Body"].read(), answer["ETag"]
                except (HTTPClientError, IncompleteReadError, ResponseStreamingError):
                    if not left:
                        raise
        raise AssertionError("not reached")

    def replace(self, key: str, body: bytes, *, version: str, content_type: str) -> None:
        from botocore.exceptions import ClientError

        arguments = self._written(key, body, content_type) | {"IfMatch": version}
        with _our_errors(key):
            try:
                self._client.put_object(**arguments)
            except ClientError as error:
                if _status(error) not in (404, 409, 412):
                    raise
                if self._is(key, body):  # our own write, whose acknowledgement was lost
                    return
                raise ObjectChanged(key) from None

    def _is(self, key: str, body: bytes) -> bool:
        try:
            return self.get(key) == body
        except ObjectMissing:
            return False

    def delete(self, key: str) -> None:
        checked_key(key)
        try:
            self._delete(key, self.prefix + key)
        except StoreError as error:
            lock = self._locked(key)
            if lock is None:
                raise
            raise StoreError(key, f"can't be deleted: {lock}") from error

    def _locked(self, key: str) -> str | None:
        """What keeps an object from being deleted."""
        try:
            with _our_errors(key):
                found = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except StoreError:
            return None
        if found.get("ObjectLockLegalHoldStatus") == "ON":
            return "it is under a legal hold"
        until = found.get("ObjectLockRetainUntilDate")
        if until is None or until < datetime.now(UTC):
            return None
        return f"it is locked until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({found.get('ObjectLockMode')} mode)"

    def _delete(self, key: str, name: str) -> None:
        """Version by version: a delete without one would only hide an object that is locked."""
        with _our_errors(key):
            pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=name)
            for page in _each(key, pages):
                for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    if found["Key"] == name:
                        self._client.delete_object(Bucket=self.bucket, Key=name, VersionId=found["VersionId"])
            if self._size_by_boto3(key) is not None:  # of a server that knows no versions
                self._client.delete_object(Bucket=self.bucket, Key=name)

    def size(self, key: str) -> int | None:
        checked_key(key)
        try:
            if self._reading is not None:
                return self._reading.size(self.prefix + key, key)
        except ObjectMissing:
            return None
        except NotAnswered:
            pass
        return self._size_by_boto3(key)

    def _size_by_boto3(self, key: str) -> int | None:
        try:
            with _our_errors(key):
                return self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)["ContentLength"]
        except ObjectMissing:
            return None

    def sha256(self, key: str) -> str | None:
        checked_key(key)
        with _our_errors(key):
            found = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key, ChecksumMode="ENABLED")
        checksum = found.get("ChecksumSHA256", "")
        return base64.b64decode(checksum).hex() if checksum and "-" not in checksum else None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        last = ""
        if self._reading is not None and (not prefix or prefix.endswith("/")):
            try:
                for one in self._reading.list(self.prefix + prefix):
                    last = one.name
                    key = one.name.removeprefix(self.prefix)
                    if one.size or self._size_by_boto3(key) is not None:  # else a folder's mark
                        yield ObjectInfo(key=key, size=one.size, md5=_md5_of(one.etag))
                return
            except NotAnswered:  # a name that obstore can't hold, or no access: boto3 goes on from there
                pass
        yield from self._list_by_boto3(prefix, last)

    def _list_by_boto3(self, prefix: str, after: str) -> Iterator[ObjectInfo]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix, StartAfter=after
        )
        for page in _each(prefix, pages):
            for found in page.get("Contents", ()):
                if not found["Key"].endswith("/"):  # a folder's mark that some tools leave
                    key = found["Key"].removeprefix(self.prefix)
                    yield ObjectInfo(key=key, size=found["Size"], md5=_md5_of(found.get("ETag", "")))

    def prefixes(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + prefix, Delimiter="/"
        )
        for page in _each(prefix, pages):
            for found in page.get("CommonPrefixes", ()):
                yield found["Prefix"].removeprefix(self.prefix)

    def check(self, *, writing: bool = True) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._connected(CHECK_ATTEMPTS, CHECK_TIMEOUT_S, CHECK_TIMEOUT_S)
        try:
            client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
        except ClientError as error:
            raise StoreUnusable(f"{self.url}: {_refusal(error, self.bucket)}") from error
        except BotoCoreError as error:
            raise StoreUnusable(f"{self.url}: {_obstacle(error)}") from error
        if writing and self._lock is not None:
            self._check_lock(client)
        if writing:
            S3Store(self.bucket, self.prefix.rstrip("/"), client)._check_writing()

    def _check_lock(self, client: "S3Client") -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client.get_object_lock_configuration(Bucket=self.bucket)
        except ClientError as error:
            if _status(error) in (401, 403):  # writers need not be allowed to ask
                return
            raise StoreUnusable(
                f"{self.url}: object_lock is configured, and the bucket has no object lock ({_code(error)});"
                " it is given to a bucket when that is made"
            ) from error
        except BotoCoreError as error:
            raise StoreUnusable(f"{self.url}: {_obstacle(error)}") from error

    def _check_writing(self) -> None:
        from botocore.exceptions import ClientError

        try:
            check_conditional_write(self)
        except StoreError as error:
            cause = error.__cause__
            problem = _refusal(cause, self.bucket) if isinstance(cause, ClientError) else error.problem
            raise StoreUnusable(f"{self.url}: can't be written: {problem}") from error


def _connect(attempts: int, connect_timeout_s: float, read_timeout_s: float) -> "S3Client":
    """A client for the endpoint that the AWS settings name; path style where that is not AWS, unless they say else."""
    import boto3
    from botocore.config import Config

    session = boto3.session.Session()
    config = Config(
        signature_version="s3v4",
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        max_pool_connections=POOL,
    )
    client = session.client("s3", config=config)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if _style(client) is None and not _is_aws(host):
        client = session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))
    return client


def _endpoint(client: "S3Client", bucket: str) -> Endpoint | None:
    """Of a client, for reading without it; None where only the client can, by what it alone knows."""
    from botocore.exceptions import BotoCoreError

    try:
        found = client._request_signer._credentials  # type: ignore[attr-defined]
        if found is None or not _same_certificates(client.meta.endpoint_url):
            return None
        found.get_frozen_credentials()
    except (AttributeError, BotoCoreError):
        return None
    host = urlsplit(client.meta.endpoint_url).hostname or ""

    def credentials() -> tuple[str, str, str | None]:
        frozen = found.get_frozen_credentials()
        return frozen.access_key, frozen.secret_key, frozen.token

    return Endpoint(
        bucket=bucket,
        region=client.meta.region_name,
        url=None if _is_aws(host) else client.meta.endpoint_url,
        path_style=_style(client) == "path" or "." in bucket,
        credentials=credentials,
        connect_timeout_s=CONNECT_TIMEOUT_S,
        read_timeout_s=READ_TIMEOUT_S,
    )


def _same_certificates(url: str) -> bool:
    """Do boto3 and obstore trust the same authorities, as far as this endpoint needs any?"""
    named = {os.environ[name] for name in CERTIFICATES if os.environ.get(name)}
    return not url.startswith("https:") or named <= {os.environ.get("SSL_CERT_FILE")}


def _style(client: "S3Client") -> str | None:
    return (getattr(client.meta.config, "s3", None) or {}).get("addressing_style")


def _is_aws(host: str) -> bool:
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _md5_of(etag: str) -> str | None:
    found = _MD5.fullmatch(etag)
    return found[1] if found else None


def _each(key: str, pages: Any) -> Iterator[Any]:
    """The pages of a listing, with our errors."""
    following = iter(pages)
    while True:
        with _our_errors(key):
            page = next(following, None)
        if page is None:
            return
        yield page


@contextmanager
def _our_errors(key: str) -> Iterator[None]:
    """botocore's errors as ours. ClientError is not a BotoCoreError; both are named."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if _code(error) in ("NoSuchKey", "404", "NotFound"):
            raise ObjectMissing(key) from None
        raise StoreError(key, f"{_code(error)}: {error.response['Error'].get('Message', '')}") from error
    except BotoCoreError as error:
        raise StoreError(key, _obstacle(error)) from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "?"))


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refusal(error: Any, bucket: str) -> str:
    """What the store's refusal means, and what to do about it."""
    code, status = _code(error), _status(error)
    if code == "NoSuchBucket":
        return f"there is no bucket {bucket!r}; create it first"
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed", "ExpiredToken"):
        return (
            f"the credentials are not accepted ({code}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
        )
    if code == "NotImplemented" or status == 501:
        return "has no conditional writes (If-None-Match: *); use a store that has them"
    if status in (401, 403):
        return f"access is denied ({code}); the key needs to list, read and write in bucket {bucket!r}"
    return f"refused ({status} {code}); check the bucket's name, AWS_ENDPOINT_URL and AWS_REGION"


def _obstacle(error: Exception) -> str:
    """Why no answer came, in one line."""
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

    if isinstance(error, NoCredentialsError):
        return "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError)):
        return f"can't be reached ({' '.join(str(error).split())}); check AWS_ENDPOINT_URL and the network"
    return " ".join(str(error).split())
