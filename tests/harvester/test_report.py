from datetime import UTC, datetime

import pytest

from harvester.outcomes import Outcome, Reason
from harvester.report import Problem, RunReport, SourceReport, exit_code_of
from harvester.stats import Tally, stats_keys

GOOD = SourceReport(pages=3, outcomes={"stored": 2, "discarded": 1}, reasons={"section": 1})
LOST = SourceReport(pages=1, outcomes={"failed": 1}, reasons={"dns": 1})
STOPPED = SourceReport(pages=1, outcomes={"failed": 1}, reasons={"interrupted": 1})
FAILED = SourceReport(failure=Problem(url="https://a.example/", reason="dns"))
ODD = SourceReport(pages=2, outcomes={"stored": 1}, balanced=False)


@pytest.mark.parametrize(
    ("parts", "interrupted", "code"),
    [
        ((), False, 0),
        ((GOOD,), False, 0),
        ((GOOD, LOST), False, 1),
        ((GOOD, FAILED), False, 1),
        ((ODD,), False, 1),
        ((STOPPED,), True, 130),
        ((FAILED,), True, 130),
    ],
)
def test_the_exit_code_is_honest(parts: tuple[SourceReport, ...], interrupted: bool, code: int) -> None:
    assert exit_code_of({str(number): part for number, part in enumerate(parts)}, interrupted=interrupted) == code


def test_a_report_is_read_back_by_versions_to_come() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    report = RunReport(run_id="r", version="1", started_at=now, ended_at=now, sources={"s": GOOD, "t": FAILED}, key="k")
    assert RunReport.model_validate_json(report.model_dump_json()[:-1] + ', "added_later": 1}') == report
    assert "failed: t" in report.in_words()
    assert "2 stored, 1 discarded" in GOOD.in_words()


def test_tallies_add_up_and_reach_scrapys_stats() -> None:
    class Collector:
        def __init__(self) -> None:
            self.counts: dict[str, int] = {}

        def inc_value(self, key: str, count: int = 1) -> None:
            self.counts[key] = self.counts.get(key, 0) + count

    collector = Collector()
    tally = Tally(collector)
    tally.page()
    assert not tally.balanced()
    tally.outcome(Outcome.FAILED, Reason.TLS)
    tally.written("article", 100)
    tally.listing("read")
    assert tally.balanced()
    assert tally.reasons() == {Reason.TLS: 1}
    assert collector.counts == {
        "harvest/page_count": 1,
        "harvest/outcome_count/failed": 1,
        "harvest/reason_count/tls": 1,
        "archive/object_count/article": 1,
        "archive/object_bytes/article": 100,
        "harvest/list_count/read": 1,
    }
    assert set(collector.counts) <= set(stats_keys())
