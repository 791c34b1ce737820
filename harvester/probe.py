"""What a probe finds out about a site: where its articles are listed, and whether plain fetching gives them."""

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from harvester.source import Source

ENTRY_POINTS = ("feeds", "sitemaps", "wordpress", "sections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One listed page, read as an article."""

    url: str
    title: str | None = None
    words: int = 0
    refused: str | None = None  # why it is no article, or could not be had


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A site as a probe saw it."""

    home: str
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    wordpress: bool = False
    sections: tuple[str, ...] = ()
    language: str | None = None
    crawl_delay_s: float | None = None  # that robots.txt asks for
    listed: int = 0  # articles that the lists name on their first pages
    samples: tuple[Sample, ...] = ()

    @property
    def needs_javascript(self) -> bool:
        """Did plain fetching give no article at all?"""
        return bool(self.samples) and all(sample.refused for sample in self.samples)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"needs_javascript": self.needs_javascript}

    def in_words(self) -> str:
        """For a person at a terminal."""
        lists = [f"feed       {url}" for url in self.feeds]
        lists += [f"sitemap    {url}" for url in self.sitemaps]
        lists += ["wordpress  its REST API"] if self.wordpress else []
        lists += [f"section    {url}" for url in self.sections]
        lines = [f"{self.home}: language {self.language or 'not declared'}, {self.listed} pages listed"]
        lines += [f"  {line}" for line in lists or ["no list of articles found"]]
        if self.crawl_delay_s:
            lines.append(f"  robots.txt asks for {self.crawl_delay_s:g} s between requests")
        for sample in self.samples:
            what = f"no article: {sample.refused}" if sample.refused else f"{sample.words} words: {sample.title}"
            lines.append(f"  tried      {sample.url}\n             {what}")
        if self.needs_javascript:
            lines.append("  none of these gave an article by plain fetching; the site may need a browser")
        return "\n".join(lines)

    def entry_points(self) -> str:
        """The lists as JSON, to be kept between runs."""
        return orjson.dumps({name: getattr(self, name) for name in ENTRY_POINTS}).decode()


def with_entry_points(source: Source, found: str) -> Source:
    """The source with lists that an earlier probe found (`Probe.entry_points`)."""
    values = orjson.loads(found)
    return source.model_copy(update={name: values[name] for name in ENTRY_POINTS})


def source_with(probe: Probe, source: Source) -> Source:
    """The source with what the probe found."""
    found = with_entry_points(source, probe.entry_points())
    return found.model_copy(update={"language": source.language or probe.language})
