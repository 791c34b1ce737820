"""From a site to the archive and back: the demo site, harvested by the real command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harvester.demo.gold import gold
from harvester.demo.site import DemoSite
from harvester.demo.sources import DEMO_SOURCES
from tests.command import Harvest

CORRECTED = "http://harbour-gazette.example/news/2026/11/12/gannet-point-school-roll-rises-for-first-time-in-nine-years"


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as site:
        yield site


@pytest.fixture
def harvest(tmp_path: Path, site: DemoSite) -> Harvest:
    command = Harvest(folder=tmp_path, archive=f"file://{tmp_path}/archive", cache=tmp_path / "cache")
    sources = [source.model_dump(exclude_defaults=True) for source in DEMO_SOURCES]
    command.configure(proxy=site.proxy_url, source=sources)
    return command


def assert_sums_agree(report: dict[str, Any]) -> None:
    for part in report["sources"].values():
        assert part["balanced"]
        assert part["pages"] == sum(part["outcomes"].values())


def test_the_demo_site_comes_out_clean_and_once(harvest: Harvest, site: DemoSite) -> None:
    first = harvest("run", "--all", "--json")
    assert first.code == 0, first.err
    assert first.err == ""
    report = first.json()
    assert_sums_agree(report)
    records = {record["canonical_url"]: record for record in harvest.records()}
    expected = gold()
    assert set(records) == set(expected)
    for url, (title, body, removed) in expected.items():
        assert records[url]["title"] == title
        assert tuple(records[url]["body"]) == tuple(body), url
        assert set(removed) <= {line["text"] for line in records[url]["removed"]}, url
    objects = list((harvest.folder / "archive" / "articles").rglob("*.json"))
    assert {record["id"] for record in records.values()} == {path.name[:32] for path in objects}

    second = harvest("run", "--all", "--json")
    assert second.code == 0, second.err
    assert_sums_agree(second.json())
    outcomes = [part["outcomes"] for part in second.json()["sources"].values()]
    assert not any("stored" in one or "revised" in one for one in outcomes)
    assert len(harvest.records("--revisions", "all")) == len(records)


def test_a_correction_is_a_revision_and_a_changed_most_read_box_is_none(harvest: Harvest, site: DemoSite) -> None:
    assert harvest("run", "harbour-gazette").code == 0
    site.corrected = True
    done = harvest("run", "harbour-gazette", "--json")
    assert done.json()["sources"]["harbour-gazette"]["outcomes"]["revised"] == 1
    history = [record for record in harvest.records("--revisions", "all") if record["canonical_url"] == CORRECTED]
    assert [record["revision"] for record in history] == [1, 2]
    assert tuple(history[1]["body"]) == tuple(gold(corrected=True)[CORRECTED][1])
    shown = harvest("show", history[0]["id"])
    assert "Revision 1 → 2" in shown.out
    assert "241" in shown.out


def test_the_same_wire_story_on_two_sites_is_kept_twice_and_linked(harvest: Harvest) -> None:
    assert harvest("run", "--all").code == 0
    copies = [record for record in harvest.records() if record["copy_of"]]
    assert len(copies) == 1
    assert 0.5 < copies[0]["similarity"] <= 1
    original = next(record for record in harvest.records() if record["id"] == copies[0]["copy_of"])
    assert original["source"] != copies[0]["source"]
    assert len(harvest.records("--copies", "drop")) == len(gold()) - 1


def test_the_cache_may_be_deleted_at_any_time(harvest: Harvest, site: DemoSite) -> None:
    assert harvest("run", "--all").code == 0
    before = len(site.requests)
    for file in harvest.cache.glob("*"):
        if file.is_file():
            file.unlink()
    again = harvest("run", "--all", "--json")
    assert again.code == 0
    fetched = [request.url for request in site.requests[before:]]
    assert not set(fetched) & set(gold()), "articles were fetched again"
    assert not any("stored" in part["outcomes"] for part in again.json()["sources"].values())
