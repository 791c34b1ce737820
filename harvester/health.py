"""How each source has been doing of late, from the reports of past runs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harvester.archive import ArchiveReader
from harvester.report import RunReport
from harvester.source import Source

OF_LATE = timedelta(days=7)
"""A week evens out weekdays and weekends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A line of `harvest sources`."""

    name: str
    home: str | None  # None: harvested by its address, without a source file
    health: str  # "well", "silent", "failing: <reason>", "not run of late"
    last_success: str | None  # when a run last ended without its failing
    articles: int  # new and revised, of late
    runs: int  # of late

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def health_of(sources: Mapping[str, Source], reader: ArchiveReader, now: datetime | None = None) -> list[SourceHealth]:
    """One line a source: those configured, then those that the archive has from runs by address."""
    now = now or datetime.now(UTC)
    since = now - OF_LATE
    reports = [report for report in reader.reports(since=since.date()) if report.ended_at >= since]
    seen = dict.fromkeys(name for report in reports for name in report.sources)
    names = [*sources, *sorted(name for name in seen if name not in sources)]
    return [_health(name, sources.get(name), reports) for name in names]


def _health(name: str, source: Source | None, reports: Iterable[RunReport]) -> SourceHealth:
    mine = [report for report in reports if name in report.sources]
    good = [report for report in mine if report.sources[name].failure is None]
    articles = sum(
        report.sources[name].outcomes.get(outcome, 0) for report in mine for outcome in ("stored", "revised")
    )
    return SourceHealth(
        name=name,
        home=source.home if source else None,
        health=_words(name, mine, articles),
        last_success=good[-1].ended_at.isoformat(timespec="seconds") if good else None,
        articles=articles,
        runs=len(mine),
    )


def _words(name: str, mine: list[RunReport], articles: int) -> str:
    if not mine:
        return "not run of late"
    failure = mine[-1].sources[name].failure
    if failure:
        return f"failing: {failure.reason}"
    return "well" if articles else "silent"
