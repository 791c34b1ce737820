"""Articles looked at again in later runs: edited, gone, back; within a budget, and whatever the clock says."""

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from harvester.archive import open_store
from harvester.frontier import RECHECKS_A_RUN
from harvester.index import Index, KnownPage
from harvester.outcomes import Outcome
from harvester.urls import article_id
from tests.command import Harvest
from tests.site import PARAGRAPH, Reply, Site, article_page

HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400
LIST = (
    b"<html><head><title>Politics</title></head><body><h1>Politics</h1>"
    + b"".join(b"<p><a href='/%d'>A story of the harbour and its people, part %d</a></p>" % (n, n) for n in range(40))
    + b"</body></html>"
)
HOME = article_page("Herald of Port Ellis")  # as rich in text as an article


def pass_time(harvest: Harvest, seconds: int) -> None:
    """Make all that is known of pages so much older; a negative number takes it into the future."""
    (file,) = harvest.cache.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE page SET first_at = first_at - ?, checked_at = checked_at - ?, changed_at = changed_at - ?",
            [seconds] * 3,
        )


def marks(harvest: Harvest) -> list[dict[str, Any]]:
    paths = sorted((harvest.folder / "archive" / "marks").rglob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def outcomes(report: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = report["sources"]["s"]["outcomes"]
    return found


def test_an_article_that_is_gone_is_marked_once_keeps_its_text_and_may_come_back(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    stored = harvest.records()
    page = site.paths["/a"]
    site.paths["/a"] = Reply(status=404, body=b"not here any more")
    pass_time(harvest, 2 * HOUR)
    report = harvest.run("s")
    assert (report["exit_code"], outcomes(report)) == (0, {"discarded": 1, "unchanged": 1})
    assert report["sources"]["s"]["reasons"] == {"gone": 1}
    (mark,) = marks(harvest)
    (gone,) = (record for record in stored if record["url"].endswith("/a"))
    assert (mark["mark"], mark["id"], mark["http_status"]) == ("gone", gone["id"], 404)
    assert harvest.records() == stored
    assert outcomes(harvest.run("s")) == {}
    pass_time(harvest, DAY)
    assert outcomes(harvest.run("s")) == {"discarded": 1, "unchanged": 1}
    assert marks(harvest) == [mark]
    site.paths["/a"] = page
    pass_time(harvest, 7 * DAY)
    assert outcomes(harvest.run("s")) == {"unchanged": 2}
    back, _ = marks(harvest)
    assert (back["mark"], back["id"]) == ("back", gone["id"])
    assert harvest.records() == stored


def test_an_article_that_is_gone_for_good_is_not_asked_for_again(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    site.paths["/a"] = Reply(status=410)
    pass_time(harvest, 2 * HOUR)
    assert outcomes(harvest.run("s")) == {"discarded": 1}
    pass_time(harvest, 2 * DAY)
    assert outcomes(harvest.run("s")) == {}
    assert [(mark["mark"], mark["http_status"]) for mark in marks(harvest)] == [("gone", 410)]


@pytest.mark.parametrize(
    ("to", "page"),
    [
        pytest.param("/", HOME, id="the home page"),
        pytest.param("/?from=old-story&error=404", HOME, id="the home page with parameters"),
        pytest.param("/en/", HOME, id="a language's home page"),
        pytest.param("/politics/", LIST, id="a list"),
    ],
)
def test_an_article_that_leads_to_other_pages_is_gone(harvest: Harvest, site: Site, to: str, page: bytes) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/politics/a")])
    harvest.run("s")
    site.paths[to] = Reply(body=page)
    site.paths["/politics/a"] = Reply(status=301, headers={"Location": to})
    pass_time(harvest, 2 * HOUR)
    report = harvest.run("s")
    assert (report["exit_code"], report["sources"]["s"]["reasons"]) == (0, {"gone": 1})
    (mark,) = marks(harvest)
    assert (mark["url"], mark["final_url"], mark["http_status"]) == (f"{site.base}/politics/a", site.base + to, 200)
    assert len(harvest.records()) == 1


def test_an_article_that_has_moved_is_not_gone(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    site.paths["/2026/a"] = site.paths["/a"]
    site.paths["/a"] = Reply(status=301, headers={"Location": "/2026/a"})
    pass_time(harvest, 2 * HOUR)
    harvest.run("s")
    assert [mark["mark"] for mark in marks(harvest) if mark["mark"] == "gone"] == []
    assert len(harvest.records()) == 1


def test_a_new_link_that_leads_home_is_discarded_without_a_mark(harvest: Harvest, site: Site) -> None:
    site.paths["/"] = Reply(body=HOME)
    site.paths["/a"] = Reply(status=302, headers={"Location": "/"})
    site.paths["/b"] = Reply(status=404)
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    assert harvest.run("s")["sources"]["s"]["reasons"] == {"gone": 2}
    assert marks(harvest) == []
    pass_time(harvest, 2 * DAY)
    assert outcomes(harvest.run("s")) == {}


def test_with_zero_seconds_every_run_looks_again_and_marks_what_is_new(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=0)
    page = site.paths["/a"]
    harvest.run("s")
    site.paths["/a"] = Reply(status=404)
    assert outcomes(harvest.run("s")) == {"discarded": 1}
    assert outcomes(harvest.run("s")) == {"discarded": 1}
    site.paths["/a"] = page
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert sorted(mark["mark"] for mark in marks(harvest)) == ["back", "gone"]


def test_an_article_that_comes_back_with_another_text_is_a_revision(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=0)
    harvest.run("s")
    site.paths["/a"] = Reply(status=404)
    harvest.run("s")
    site.article("/a", extra=f"<p>{PARAGRAPH.format(place='Port Anna', number='nine')}</p>")
    assert outcomes(harvest.run("s")) == {"revised": 1}
    assert sorted(mark["mark"] for mark in marks(harvest)) == ["back", "gone"]


def test_no_more_pages_are_looked_at_again_than_the_budget_allows(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    pass_time(harvest, 3 * HOUR)
    now = int(time.time())
    index = Index.open(harvest.cache, open_store(harvest.archive).url)
    with index.batch():
        for number in range(RECHECKS_A_RUN + 50):
            address = article_id("s", f"{site.base}/{number}")
            known = KnownPage(
                source="s",
                address=address,
                url=f"{site.base}/{number}",
                outcome=Outcome.STORED,
                article_id=address,
                first_at=now - 2 * HOUR,
                checked_at=now - 2 * HOUR,
                changed_at=now - 2 * HOUR,
            )
            index.pages.put(known)
    index.close()
    assert outcomes(harvest.run("s")) == {"discarded": RECHECKS_A_RUN - 1, "unchanged": 1}
    assert outcomes(harvest.run("s")) == {"discarded": 51}
    assert outcomes(harvest.run("s")) == {}


@pytest.mark.parametrize("ahead", [2 * DAY, 10 * YEAR])
def test_pages_known_from_the_future_are_looked_at_once(harvest: Harvest, site: Site, ahead: int) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    pass_time(harvest, -ahead)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert outcomes(harvest.run("s")) == {}
    pass_time(harvest, 2 * HOUR)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
