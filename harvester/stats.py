"""Every stats key that the harvester counts under, in one place. `deploy/OPERATING.md` has a line for each."""

from collections import Counter
from typing import Protocol

from harvester.outcomes import Outcome, Reason

PAGE_COUNT = "harvest/page_count"
OUTCOME_COUNT = "harvest/outcome_count/{}"
REASON_COUNT = "harvest/reason_count/{}"
LIST_COUNT = "harvest/list_count/{}"
LIST_LABELS = ("read", "unchanged", "failed")
REMOVED_COUNT = "clean/removed_count"
RECLEANED_COUNT = "clean/recleaned_count"
COPY_COUNT = "dedup/copy_count"
OBJECT_COUNT = "archive/object_count/{}"
OBJECT_LABELS = ("article", "capture", "furniture", "segment", "links", "mark")
OBJECT_BYTES = "archive/object_bytes/{}"


class StatsCollector(Protocol):
    """The part of Scrapy's collector that we use."""

    def inc_value(self, key: str, count: int = 1) -> None: ...


class Tally:
    """The counts of one source in one run; mirrored to Scrapy's stats when a collector is given."""

    def __init__(self, collector: StatsCollector | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.collector = collector

    def _add(self, key: str, count: int = 1) -> None:
        self.counts[key] += count
        if self.collector is not None:
            self.collector.inc_value(key, count)

    def page(self) -> None:
        """A page was opened: it is going to be fetched, and gets exactly one outcome."""
        self._add(PAGE_COUNT)

    def outcome(self, outcome: Outcome, reason: Reason | None) -> None:
        """A page's outcome, when it is true."""
        self._add(OUTCOME_COUNT.format(outcome))
        if reason is not None:
            self._add(REASON_COUNT.format(reason))

    def listing(self, label: str) -> None:
        """A feed, sitemap, section page or WordPress listing was read, was unchanged, or failed."""
        self._add(LIST_COUNT.format(label))

    def removed(self, blocks: int) -> None:
        """Blocks of a stored article's container that are not in its body."""
        self._add(REMOVED_COUNT, blocks)

    def recleaned(self) -> None:
        """A stored article of a young source was cleaned again and came out different."""
        self._add(RECLEANED_COUNT)

    def copy(self) -> None:
        """A stored article is linked as the copy of another."""
        self._add(COPY_COUNT)

    def written(self, label: str, size_bytes: int) -> None:
        """An object is in the bucket."""
        self._add(OBJECT_COUNT.format(label))
        self._add(OBJECT_BYTES.format(label), size_bytes)

    @property
    def pages(self) -> int:
        return self.counts[PAGE_COUNT]

    def outcomes(self) -> dict[Outcome, int]:
        """Pages by outcome; outcomes that did not occur are left out."""
        found = {outcome: self.counts[OUTCOME_COUNT.format(outcome)] for outcome in Outcome}
        return {outcome: count for outcome, count in found.items() if count}

    def reasons(self) -> dict[Reason, int]:
        """Discarded and failed pages by reason."""
        found = {reason: self.counts[REASON_COUNT.format(reason)] for reason in Reason}
        return {reason: count for reason, count in found.items() if count}

    def lists(self) -> dict[str, int]:
        """Lists by what became of them."""
        return {label: self.counts[LIST_COUNT.format(label)] for label in LIST_LABELS}

    @property
    def recleaned_count(self) -> int:
        return self.counts[RECLEANED_COUNT]

    @property
    def copy_count(self) -> int:
        return self.counts[COPY_COUNT]

    def objects(self) -> dict[str, int]:
        """Objects written by kind."""
        found = {label: self.counts[OBJECT_COUNT.format(label)] for label in OBJECT_LABELS}
        return {label: count for label, count in found.items() if count}

    def balanced(self) -> bool:
        """Has each page exactly one outcome?"""
        return self.pages == sum(self.outcomes().values())


def stats_keys() -> list[str]:
    """All keys, for the reference's test."""
    return [
        PAGE_COUNT,
        *(OUTCOME_COUNT.format(outcome) for outcome in Outcome),
        *(REASON_COUNT.format(reason) for reason in Reason),
        *(LIST_COUNT.format(label) for label in LIST_LABELS),
        REMOVED_COUNT,
        RECLEANED_COUNT,
        COPY_COUNT,
        *(OBJECT_COUNT.format(label) for label in OBJECT_LABELS),
        *(OBJECT_BYTES.format(label) for label in OBJECT_LABELS),
    ]
