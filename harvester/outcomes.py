"""What can become of a page, and why: the closed sets that stats, manifests and reports speak in."""

from enum import StrEnum


class Outcome(StrEnum):
    """Exactly one for each page of a run."""

    STORED = "stored"  # a new article, in the bucket
    REVISED = "revised"  # a new revision of a stored article, in the bucket
    UNCHANGED = "unchanged"  # a stored article, looked at again: nothing new
    DUPLICATE = "duplicate"  # an article that this source has already under another address
    DISCARDED = "discarded"  # we chose not to keep it (see its Reason)
    FAILED = "failed"  # we wanted it and could not have it (see its Reason); the next run tries again


class Reason(StrEnum):
    """Why a page was discarded or failed."""

    # Discards: what the page is
    SECTION = "section"  # a list of other pages: front page, section, tag, archive
    SEARCH = "search"  # a search form or its results
    LOGIN = "login"  # a log-in form or paywall without text
    CONSENT = "consent"  # a consent or cookie wall
    ERROR_PAGE = "error_page"  # an error page sent with status 200
    NO_TEXT = "no_text"  # no text that could be an article
    NOT_HTML = "not_html"  # a picture, a PDF, JSON, …
    # Discards: what was asked for
    OUTSIDE_DATES = "outside_dates"  # published outside --since/--until
    OFFSITE = "offsite"  # redirected to another site
    ROBOTS = "robots"  # robots.txt forbids it
    GONE = "gone"  # 404 or 410, or it leads to the home page or to a list
    # Failures
    DNS = "dns"
    CONNECTION = "connection"  # refused, reset, cut off in mid-body
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    FORBIDDEN = "forbidden"  # 401, 403, 451
    THROTTLED = "throttled"  # 429, or 503 with Retry-After, to the end of our patience
    HTTP_ERROR = "http_error"  # any other status of 400 and over
    REDIRECT_LOOP = "redirect_loop"
    PRIVATE_ADDRESS = "private_address"  # loopback or private, and the source does not say private = true
    BAD_LIST = "bad_list"  # a feed that is no feed, a sitemap that is no sitemap
    STORE = "store"  # the archive did not take it
    FAULT = "fault"  # our mistake; the log has the traceback
    INTERRUPTED = "interrupted"  # the run ended before its turn came
    # Discards of imports (at the end, as the local index keeps a reason's place in this list)
    OLDER = "older"  # recorded before the stored latest revision, whose text is another
    # Discards of take-downs
    REMOVED = "removed"  # the article was taken down, and does not come back


FORGOTTEN = frozenset([Reason.OUTSIDE_DATES, Reason.INTERRUPTED])
"""These say nothing of the page itself: the next run, asked differently or with more time, wants it."""
