"""Why a page could not be had: exceptions of Scrapy, Twisted and OpenSSL, and statuses."""

import pytest
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
from twisted.internet.error import ConnectionLost, DNSLookupError, TCPTimedOutError
from twisted.internet.error import TimeoutError as TwistedTimeout
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.failures import PrivateAddress, RobotsForbid, reason_of, reason_of_status


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


CASES: list[tuple[Exception, Reason]] = [
    (CannotResolveHostError("x"), Reason.DNS),
    (DNSLookupError("x"), Reason.DNS),
    (UnicodeError("label empty or too long"), Reason.DNS),
    (DownloadTimeoutError("x"), Reason.TIMEOUT),
    (TwistedTimeout("x"), Reason.TIMEOUT),
    (TCPTimedOutError("x"), Reason.TIMEOUT),
    (DownloadConnectionRefusedError("x"), Reason.CONNECTION),
    (ConnectionLost("x"), Reason.CONNECTION),
    (ResponseDataLossError("x"), Reason.CONNECTION),
    (DownloadFailedError("x"), Reason.CONNECTION),
    (OSError("not a gzipped file"), Reason.CONNECTION),
    (caused(DownloadFailedError("x"), OpenSSLError([("a", "b", "c")])), Reason.TLS),
    (caused(DownloadFailedError("x"), ResponseNeverReceived([Failure(OpenSSLError([]))])), Reason.TLS),
    (DownloadCancelledError("x"), Reason.TOO_LARGE),
    (caused(IgnoreRequest("x"), _DecompressionMaxSizeExceeded(5, 4)), Reason.TOO_LARGE),
    (IgnoreRequest("max redirections reached"), Reason.REDIRECT_LOOP),
    (UnsupportedURLSchemeError("ftp"), Reason.HTTP_ERROR),
    (RobotsForbid("x"), Reason.ROBOTS),
    (PrivateAddress("x"), Reason.PRIVATE_ADDRESS),
    (PageFailed(Reason.THROTTLED, "x"), Reason.THROTTLED),
    (KeyError("x"), Reason.FAULT),
]


@pytest.mark.parametrize(("error", "reason"), CASES, ids=lambda value: type(value).__name__)
def test_each_exception_has_its_reason(error: Exception, reason: Reason) -> None:
    assert reason_of(error)[0] is reason


STATUSES = {
    404: Reason.GONE, 410: Reason.GONE, 401: Reason.FORBIDDEN, 403: Reason.FORBIDDEN, 451: Reason.FORBIDDEN,
    429: Reason.THROTTLED, 503: Reason.THROTTLED, 400: Reason.HTTP_ERROR, 500: Reason.HTTP_ERROR,
}  # fmt: skip


@pytest.mark.parametrize(("status", "reason"), STATUSES.items())
def test_each_status_has_its_reason(status: int, reason: Reason) -> None:
    assert reason_of_status(status) is reason
