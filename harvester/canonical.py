"""How far a source's `rel=canonical` is believed: until one address has stood for too many different texts."""

import logging
from collections.abc import Callable
from datetime import datetime

from harvester.index.sites import Sites

logger = logging.getLogger(__name__)


class CanonicalBelief:
    """Of one source in one run."""

    def __init__(self, sites: Sites, source: str, now: Callable[[], datetime]) -> None:
        self._sites = sites
        self._source = source
        self._now = now
        self.lies: list[tuple[str, str]] = []  # of this run: address, and the canonical one that it wrongly declares
        self.example: str | None = None  # a canonical address that stands for too many texts

    def consult(self) -> None:
        """Ask the index, once it is up to date."""
        self.example = self._sites.lying_canonical(self._source, self._now().timestamp())

    @property
    def believed(self) -> bool:
        """Do canonical addresses of this source stand for its articles?"""
        return self.example is None

    def lied(self, url: str, canonical_url: str) -> None:
        """A page declares a canonical address under which another text is known."""
        self.lies.append((url, canonical_url))
        self._sites.put_lie(self._source, canonical_url, url, self._now().timestamp())
        self.consult()
        if self.example is not None:
            logger.warning(
                "%s: its canonical addresses are believed no more: %s stands for different articles",
                self._source,
                self.example,
            )
