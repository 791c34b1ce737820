"""The demo site served, and a client that speaks to it as to a proxy."""

from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from urllib.error import HTTPError
from urllib.request import HTTPErrorProcessor, ProxyHandler, Request, build_opener

import pytest

from harvester.demo.site import DemoSite

Fetch = Callable[..., tuple[int, dict[str, str], str]]


class _AsItIs(HTTPErrorProcessor):
    """Redirects and errors are answers like any other."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


@pytest.fixture
def demo() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


@pytest.fixture
def fetch(demo: DemoSite) -> Fetch:
    """`fetch(url, method="GET", **headers)` gives status, headers and text; `_` in names is `-`."""
    opener = build_opener(ProxyHandler({"http": demo.proxy_url}), _AsItIs)

    def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(url, method=method, headers=named)
        try:
            with opener.open(request, timeout=10) as answer:
                fields = {name.lower(): value for name, value in answer.headers.items()}
                return answer.status, fields, answer.read().decode()
        except HTTPError as error:  # pragma: no cover
            error.close()
            raise

    return ask
