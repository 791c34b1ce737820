"""Why a page could not be had: Scrapy's and Twisted's exceptions and HTTP statuses as our reasons."""

from OpenSSL.SSL import Error as OpenSSLError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from service_identity import VerificationError
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError, TCPTimedOutError
from twisted.internet.error import TimeoutError as TwistedTimeout

from harvester.errors import PageFailed
from harvester.outcomes import Reason

FORBIDDEN = {401, 402, 403, 407, 451}
GONE = {404, 410}
THROTTLED = {429, 503}


class RobotsForbid(IgnoreRequest):
    """robots.txt does not allow this address."""


class PrivateAddress(IgnoreRequest):
    """The address is not on the public internet, and the source does not say that it may be."""


def reason_of_status(status: int) -> Reason:
    """Of an HTTP status of 400 and over."""
    if status in GONE:
        return Reason.GONE
    if status in FORBIDDEN:
        return Reason.FORBIDDEN
    return Reason.THROTTLED if status in THROTTLED else Reason.HTTP_ERROR


def reason_of(error: BaseException) -> tuple[Reason, str]:
    """Of an exception that ended a request, with a word on it."""
    if isinstance(error, PageFailed):
        return error.reason, error.detail
    for reason, kinds in _KINDS:
        if any(isinstance(one, kinds) for one in _chain(error)):
            return reason, _in_words(error)
    return Reason.FAULT, repr(error)[:300]


_KINDS: tuple[tuple[Reason, tuple[type[BaseException], ...]], ...] = (
    (Reason.ROBOTS, (RobotsForbid,)),
    (Reason.PRIVATE_ADDRESS, (PrivateAddress,)),
    (Reason.TOO_LARGE, (_DecompressionMaxSizeExceeded,)),  # Scrapy wraps it in an IgnoreRequest
    (Reason.REDIRECT_LOOP, (IgnoreRequest,)),  # what else Scrapy itself ignores: too many redirects
    (Reason.TOO_LARGE, (DownloadCancelledError,)),
    (Reason.DNS, (CannotResolveHostError, DNSLookupError)),
    (Reason.TIMEOUT, (DownloadTimeoutError, TwistedTimeout, TCPTimedOutError)),
    (Reason.TLS, (OpenSSLError, VerificationError)),
    (Reason.CONNECTION, (DownloadConnectionRefusedError, DownloadFailedError, ResponseDataLossError)),
    (Reason.CONNECTION, (ConnectError, ConnectionClosed, OSError)),
    (Reason.DNS, (UnicodeError,)),  # a host name that can't be encoded (IDNA)
    (Reason.HTTP_ERROR, (UnsupportedURLSchemeError,)),  # a redirect to what is neither http nor https
)


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what caused it, and what Twisted gathered in it."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting += [one.__cause__, one.__context__]
        for reason in [*getattr(one, "reasons", ()), *(one.args if one.args else ())]:
            value = getattr(reason, "value", reason)
            if isinstance(value, BaseException):
                waiting.append(value)
    return found


def _in_words(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
