"""A run's report: what came of it, in numbers that add up and in words. Stored as `runs/date=…/<run_id>.json`."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from harvester import exit_codes

REPORT_VERSION = 1

MOST_PROBLEMS = 20
"""Samples kept where the parts of a run are joined."""

OUTCOME_ORDER = ("stored", "revised", "unchanged", "duplicate", "discarded", "failed")


class Problem(BaseModel):
    """Something that went wrong, with what a person needs to look into it."""

    model_config = ConfigDict(frozen=True)

    url: str
    reason: str
    detail: str = ""


class SourceReport(BaseModel):
    """One source's part of a run."""

    model_config = ConfigDict(frozen=True)

    pages: int = 0
    outcomes: dict[str, int] = {}  # outcome → pages; their sum is `pages`
    reasons: dict[str, int] = {}  # reason → discarded and failed pages
    lists: dict[str, int] = {}  # read, unchanged, failed → feeds, sitemaps, section pages
    problems: list[Problem] = []  # failed lists first, then samples of failed pages
    discards: list[Problem] = []  # samples of discarded pages, at most a few a reason
    failure: Problem | None = None  # why the source as a whole failed; None: it did not
    balanced: bool = True  # does each page have exactly one outcome?
    recleaned: int = 0  # stored articles that were cleaned again with what was learned later
    copies: int = 0  # articles linked as copies
    canonical: str | None = None  # an address that stands for different articles: no canonical address is believed
    requests: int = 0
    response_bytes: int = 0
    objects: dict[str, int] = {}  # kind → objects written
    seconds: float = 0.0
    manifest: str | None = None  # key of its manifest; None where it wrote and learned nothing
    manifest_sha256: str | None = None

    @property
    def lost(self) -> bool:
        """Was something wanted lost, or did the source fail?"""
        interrupted = self.reasons.get("interrupted", 0)
        return self.failure is not None or self.outcomes.get("failed", 0) > interrupted or not self.balanced

    def joined(self, later: Self) -> Self:
        """This part and one that followed it in the same run, as one; with the later one's manifest."""
        sums = ("pages", "recleaned", "copies", "requests", "response_bytes", "seconds")
        counts = ("outcomes", "reasons", "lists", "objects")
        return later.model_copy(
            update={
                **{name: getattr(self, name) + getattr(later, name) for name in sums},
                **{name: dict(Counter(getattr(self, name)) + Counter(getattr(later, name))) for name in counts},
                "problems": [*self.problems, *later.problems][:MOST_PROBLEMS],
                "discards": [*self.discards, *later.discards][:MOST_PROBLEMS],
                "failure": self.failure or later.failure,
                "balanced": self.balanced and later.balanced,
                "canonical": later.canonical or self.canonical,
                "manifest": later.manifest or self.manifest,
                "manifest_sha256": later.manifest_sha256 or self.manifest_sha256,
            }
        )

    def in_words(self) -> str:
        """Its outcomes in one line, and what went wrong in lines of their own."""
        counts = [f"{self.outcomes[name]} {name}" for name in OUTCOME_ORDER if self.outcomes.get(name)]
        head = ", ".join(counts) or ("nothing new" if not self.failure else "nothing")
        lines = [f"{head} ({self.seconds:.0f} s)"]
        if self.failure:
            lines.append(f"  failed: {self.failure.reason}: {self.failure.url} {self.failure.detail}".rstrip())
        if self.canonical:
            lines.append(f"  canonical addresses are not believed: {self.canonical} stands for different articles")
        shown = [problem for problem in self.problems if problem != self.failure][:3]
        lines += [f"  {problem.reason}: {problem.url} {problem.detail}".rstrip() for problem in shown]
        return "\n".join(lines)


class RunReport(BaseModel):
    """The whole run. Unknown fields of later versions are ignored."""

    model_config = ConfigDict(frozen=True)

    schema_version: Annotated[int, Field(ge=1)] = REPORT_VERSION
    run_id: str
    version: str  # of the harvester
    started_at: datetime
    ended_at: datetime
    interrupted: bool = False
    sources: dict[str, SourceReport] = {}
    settings: dict[str, Any] = {}  # what it was asked to do
    exit_code: int = exit_codes.OK
    key: str  # of this report in the archive; empty where it could not be written

    def total(self, outcome: str) -> int:
        """Pages of all sources with this outcome."""
        return sum(part.outcomes.get(outcome, 0) for part in self.sources.values())

    def in_words(self) -> str:
        """The run in one line, for lists of runs."""
        counts = [f"{self.total(name)} {name}" for name in OUTCOME_ORDER if self.total(name)]
        failed = [name for name, part in self.sources.items() if part.failure]
        seconds = (self.ended_at - self.started_at).total_seconds()
        words = f"{self.run_id}  {len(self.sources)} sources  {', '.join(counts) or 'nothing new'}  {seconds:.0f} s"
        words += f"  failed: {', '.join(sorted(failed))}" if failed else ""
        return words + f"  exit {self.exit_code}"


def exit_code_of(parts: dict[str, SourceReport], *, interrupted: bool) -> int:
    """The run's honest exit code, from its own sums."""
    if interrupted:
        return exit_codes.INTERRUPTED
    return exit_codes.LOST if any(part.lost for part in parts.values()) else exit_codes.OK
