"""Which source a recorded page belongs to."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from harvester.errors import ConfigError
from harvester.source import Source, source_at
from harvester.urls import same_site
from harvester.urls.parts import host_of, registered_domain

MOST_HOSTS = 100_000
"""Remembered; beyond, what their sources are is found out anew."""


@dataclass(slots=True)
class SourceBook:
    """The configured sources, and one for each other host. With `only`, all pages are that source's."""

    configured: dict[str, list[Source]]
    only: Source | None
    _by_host: dict[str, Source | None]

    @classmethod
    def of(cls, configured: Iterable[Source], only: Source | None = None) -> "SourceBook":
        by_site: dict[str, list[Source]] = defaultdict(list)
        for source in configured:
            by_site[_site(source.home)].append(source)
        return cls(configured=dict(by_site), only=only, _by_host={})

    def source_of(self, url: str) -> Source | None:
        """Of an http(s) address; None where its host can't be a source's name."""
        if self.only is not None:
            return self.only
        host = urlsplit(url).netloc
        own = self.configured.get(_site(url))
        if own is not None:
            return max(own, key=lambda source: _nearness(source.home, url))
        if host not in self._by_host:
            if len(self._by_host) >= MOST_HOSTS:
                self._by_host.clear()
            self._by_host[host] = _unnamed(host)
        return self._by_host[host]


def _unnamed(host: str) -> Source | None:
    try:
        return source_at(f"https://{host}/")
    except ConfigError:
        return None


def _nearness(home: str, url: str) -> tuple[bool, int]:
    """Of several sources of one site the one whose host it is, then the one whose home is nearest above."""
    same_host = host_of(urlsplit(home).netloc) == host_of(urlsplit(url).netloc)
    above = urlsplit(home).path.rstrip("/")
    return same_host, len(above) if urlsplit(url).path.startswith(above) else -1


def _site(url: str) -> str:
    host = host_of(urlsplit(url).netloc)
    return registered_domain(host) or host


def is_wanted(source: Source, url: str) -> bool:
    """Do the source's patterns allow this address?"""
    if any(re.search(pattern, url) for pattern in source.exclude):
        return False
    return not source.include or any(re.search(pattern, url) for pattern in source.include)


def is_of(source: Source, url: str) -> bool:
    """Is the page of the source's site?"""
    return same_site(source.home, url)
