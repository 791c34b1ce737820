"""Downloader middleware: keeps each body as it came over the wire, before Scrapy undoes its Content-Encoding."""

from datetime import datetime

from scrapy.http import Headers as ScrapyHeaders
from scrapy.http import Request, Response

from harvester.page import Headers, Page

WIRE = "harvest_wire"
"""Key in a request's meta: what was sent and received."""


class WireMiddleware:
    """Stands between Scrapy's HttpCompressionMiddleware (590) and the network."""

    def process_response(self, request: Request, response: Response) -> Response:
        request.meta[WIRE] = (response.body, _fields(response.headers), _fields(request.headers))
        return response


def _fields(headers: ScrapyHeaders) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name in headers for value in headers.getlist(name)
    )


def page_of(response: Response, fetched_at: datetime, listed_url: str | None = None) -> Page:
    """The page that a response is; `listed_url` is the list that named it."""
    request = response.request
    assert request is not None
    raw, headers, sent = request.meta.get(WIRE) or (response.body, _fields(response.headers), ())
    first = (request.meta.get("redirect_urls") or [request.url])[0]
    return Page(
        url=response.url,
        requested_url=first,
        status=response.status,
        headers=headers,
        raw=raw,
        content=response.body,
        fetched_at=fetched_at,
        request_headers=sent,
        listed_url=listed_url,
    )
