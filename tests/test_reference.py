"""The documents list what the code has."""

import re
from pathlib import Path

import pytest

from harvester.config import Config
from harvester.outcomes import Outcome, Reason
from harvester.source import Source
from harvester.stats import stats_keys

ROOT = Path(__file__).parent.parent
OPERATING = (ROOT / "deploy" / "OPERATING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in OPERATING


@pytest.mark.parametrize("key", [*Config.model_fields, *Source.model_fields])
def test_each_setting_is_explained(key: str) -> None:
    assert f"`{key}`" in OPERATING


@pytest.mark.parametrize("key", stats_keys())
def test_each_stats_key_is_explained(key: str) -> None:
    head, _, label = key.rpartition("/")
    documented = re.findall(r"`([a-z_/…{}]+)`", OPERATING)
    names = {key, f"…/{label}", f"{head}/{{reason}}"}
    assert names & set(documented)
    assert any(entry.startswith(head) for entry in documented)


def test_the_sums_of_outcomes_are_told() -> None:
    for outcome in Outcome:
        assert f"harvest/outcome_count/{outcome}" in OPERATING
