"""Time stamps (RFC 3161): an authority's word that a commit, and with it all before it, was there at a time.

The authority's answer stands beside the commit, as `commits/<number>.tsr`; `openssl ts -verify` reads it.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import harvester.archive.keys as keys
from harvester.archive.certificate_order import in_der_order
from harvester.archive.store import ObjectStore
from harvester.errors import HarvestError, ObjectExists, StoreError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

logger = logging.getLogger(__name__)

INSTALL: Final = "needs the extra `proof`: pip install 'news-harvester[proof]'"

REQUEST_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
"""RFC 3161, 3.4."""

TIMEOUT_S: Final = 15
"""A run waits no longer for its stamp; without it, it is as good as with it."""

MOST_BYTES: Final = 1 << 20
"""Of an answer; real ones have some 6 KB."""

SHA256: Final = "2.16.840.1.101.3.4.2.1"


class StampRefused(HarvestError):
    """There is no time stamp, or not of what it should be of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a time stamp says."""

    at: datetime
    imprint: str  # SHA-256 of what it is of, hex


def stamp(store: ObjectStore, number: int, url: str) -> bool:
    """Have a commit stamped and keep the answer beside it. That it did not come about is a warning, no more."""
    try:
        token = requested(store.get(keys.commit_key(number)), url)
        store.put_new(keys.stamp_key(number), token, content_type=REPLY_TYPE)
    except ObjectExists:
        return True
    except (StampRefused, StoreError) as error:
        logger.warning("commit %d has no time stamp: %s", number, error)
        return False
    return True


def requested(stamped: bytes, url: str) -> bytes:
    """The authority's answer for the SHA-256 of these bytes. Raises StampRefused."""
    library = _library()
    request = (
        library.TimestampRequestBuilder()
        .data(stamped)
        .hash_algorithm(library.HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
    ).build()
    answer = _asked(url, request.as_bytes())
    found = parse_stamp(answer)
    if found.imprint != hashlib.sha256(stamped).hexdigest():
        raise StampRefused(f"{url}: the answer is of something else")
    if _decoded(answer).tst_info.nonce != request.nonce:
        raise StampRefused(f"{url}: the answer is another request's")
    return answer


def _asked(url: str, body: bytes) -> bytes:
    if not url.lower().startswith(("http://", "https://")):
        raise StampRefused(f"{url}: is not an http:// or https:// address")
    request = Request(url, data=body, headers={"Content-Type": REQUEST_TYPE, "Accept": REPLY_TYPE})  # noqa: S310
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return bytes(answer.read(MOST_BYTES))
    except HTTPError as error:
        error.close()
        raise StampRefused(f"{url}: {error}") from None
    except (URLError, OSError, ValueError, HTTPException) as error:
        raise StampRefused(f"{url}: {error}") from None


def parse_stamp(token: bytes) -> Stamp:
    """What a stored answer says; its signature is not looked at. Raises StampRefused."""
    try:
        answer = _decoded(token)
        if answer.status not in (0, 1):  # granted, granted with modifications (RFC 3161, 2.4.2)
            raise StampRefused(f"the authority has refused: status {answer.status} {' '.join(answer.status_string)}")
        told = answer.tst_info
        if told.message_imprint.hash_algorithm.dotted_string != SHA256:
            raise StampRefused("is not of a SHA-256")
        return Stamp(at=told.gen_time, imprint=told.message_imprint.message.hex())
    except (ValueError, RuntimeError) as error:
        raise StampRefused(f"is no time stamp: {error}") from None


def check_stamp(token: bytes, sha256: str, authorities: "list[Certificate]") -> Stamp:
    """What a stored answer says, if it is of this SHA-256; with authorities, if one of them stands behind it as well.

    Raises StampRefused.
    """
    found = parse_stamp(token)
    if found.imprint != sha256:
        raise StampRefused("is of something else")
    if authorities:
        _check_chain(token, bytes.fromhex(sha256), authorities)
    return found


def _check_chain(token: bytes, digest: bytes, authorities: "list[Certificate]") -> None:
    library = _library()
    builder = library.VerifierBuilder()
    for certificate in authorities:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(_decoded(token), digest)
    except (library.VerificationError, ValueError) as error:
        raise StampRefused(f"no given authority stands behind it: {error}") from None


def authorities_of(file: Path) -> "list[Certificate]":
    """The certificates in a PEM file. Raises UsageError."""
    try:
        from cryptography.x509 import load_pem_x509_certificates
    except ImportError:
        raise UsageError(f"to check time stamps {INSTALL}") from None
    try:
        return load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: can't be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{file}: has no certificate in PEM") from None


def _decoded(token: bytes) -> Any:
    """Raises ValueError for what is no answer."""
    return _library().decode_timestamp_response(in_der_order(token))


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise UsageError(f"timestamp_url {INSTALL}") from None
    return rfc3161_client
