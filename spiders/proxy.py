"""Downloader middleware: sends requests through the proxy that harvest.toml names."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request

from harvester.run import configured_proxy


class ProxyMiddleware:
    """Before Scrapy's HttpProxyMiddleware (750), which reads what this sets."""

    def __init__(self, proxy: str | None) -> None:
        self.proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(configured_proxy(crawler))

    def process_request(self, request: Request) -> None:
        if self.proxy is not None:
            request.meta["proxy"] = self.proxy
