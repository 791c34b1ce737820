"""How the harvester behaves as a guest, measured at the server."""

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.command import Harvest
from tests.site import Reply, Request, Site, article_page

ROOT = Path(__file__).parent.parent.parent
PATHS = [f"/{number}" for number in range(8)]


def busy_once(site: Site, retry_after: str) -> None:
    """The first article asked for is to wait, all others are there at once."""
    turned_away: list[str] = []

    def answer(request: Request) -> Reply:
        if not turned_away:
            turned_away.append(request.path)
            return Reply(status=429, headers={"Retry-After": retry_after})
        return Reply(body=article_page(f"Council decides on {request.path.strip('/')}"))

    for path in PATHS:
        site.paths[path] = answer


def times(site: Site) -> list[float]:
    """When articles were asked for, from the first one on."""
    at = [request.at for request in site.requests if request.path in PATHS]
    return [one - at[0] for one in at]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_server_that_asks_to_wait_is_left_alone_altogether(harvest: Harvest, site: Site, concurrency: int) -> None:
    busy_once(site, "2")
    harvest.source("s", site.base, feeds=[site.feed(*PATHS)], concurrency=concurrency)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": len(PATHS)}
    under_way = [at for at in times(site) if at < 0.5]
    assert len(under_way) <= concurrency
    assert times(site)[len(under_way)] >= 1.95


def test_a_time_to_come_back_at_is_kept(harvest: Harvest, site: Site) -> None:
    moments: list[datetime] = []

    def answer(request: Request) -> Reply:
        if moments:
            return Reply(body=article_page("Council decides"))
        moments.append(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3))
        return Reply(status=503, headers={"Retry-After": format_datetime(moments[0], usegmt=True)})

    site.paths["/0"] = answer
    harvest.source("s", site.base, feeds=[site.feed("/0")])
    assert harvest.run("s")["exit_code"] == 0
    assert times(site)[1] >= 1.9  # dates are of whole seconds
    assert datetime.now(UTC) >= moments[0]


def test_a_server_that_asks_for_longer_than_a_run_waits_is_not_asked_again(harvest: Harvest, site: Site) -> None:
    busy_once(site, "3600")
    harvest.source("s", site.base, feeds=[site.feed(*PATHS)])
    report = harvest.run("s", timeout_s=30)["sources"]["s"]
    assert report["reasons"] == {"throttled": len(PATHS)}
    assert len(times(site)) == 1
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": len(PATHS)}


def test_ctrl_c_does_not_sit_out_a_pause(harvest: Harvest, site: Site) -> None:
    busy_once(site, "100")
    harvest.source("s", site.base, feeds=[site.feed(*PATHS)])
    process = harvest.start("run", "s")
    while not [request for request in site.requests if request.path in PATHS]:
        time.sleep(0.01)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": len(PATHS)}


def test_tries_come_at_growing_distances_and_end(harvest: Harvest, site: Site) -> None:
    site.paths["/0"] = Reply(status=502)
    harvest.source("s", site.base, feeds=[site.feed("/0")])
    harvest.configure(archive=harvest.archive, cache=str(harvest.cache))
    settings = (f"HARVEST_CONFIG={harvest.folder / 'harvest.toml'}", "HARVEST_RETRY_PAUSE_S=0.2")
    crawl = [sys.executable, "-m", "scrapy", "crawl", "feed", "-a", "source=s", "-s", settings[0], "-s", settings[1]]
    done = subprocess.run(crawl, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert "'harvest/reason_count/http_error': 1" in done.stderr
    gaps = [later - earlier for earlier, later in pairwise(times(site))]
    assert len(gaps) == 3
    assert all(gap >= least - 0.02 for gap, least in zip(gaps, (0.2, 0.4, 0.8), strict=True))


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_at_once_than_the_source_allows(harvest: Harvest, site: Site, concurrency: int) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def answer(request: Request) -> Reply:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.1)
        with lock:
            now[0] -= 1
        return Reply(body=article_page(f"Council decides on {request.path.strip('/')}"))

    for path in PATHS:
        site.paths[path] = answer
    harvest.source("s", site.base, feeds=[site.feed(*PATHS)], concurrency=concurrency)
    assert harvest.run("s")["exit_code"] == 0
    assert most[0] == concurrency


def test_the_delay_is_kept_through_retries_redirects_and_slow_answers(harvest: Harvest, site: Site) -> None:
    site.paths["/moved"] = Reply(status=301, headers={"Location": "/here"})
    site.article("/here")
    site.paths["/once-bad"] = lambda request: (
        Reply(status=500) if request.number == 1 else Reply(body=article_page("Better"))
    )
    harvest.source("s", site.base, feeds=[site.feed("/moved", "/once-bad", "/0", "/1")], delay_s=0.3, concurrency=2)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 4}
    gaps = [later.at - earlier.at for earlier, later in pairwise(site.requests)]
    assert len(gaps) == 7
    assert min(gaps) >= 0.25  # kept where we send; threads of the server may see them 30 ms closer


def test_what_requests_say_of_us(harvest: Harvest, site: Site) -> None:
    harvest.configure(contact="https://harvest.example/about")
    feed = site.feed("/0")
    site.paths["/0"] = Reply(body=article_page("Zero"), headers={"Set-Cookie": "a=b"})
    harvest.source("s", site.base, feeds=[feed], recheck_s=0)
    harvest.run("s")
    harvest.run("s")
    for request in site.requests:
        assert request.headers["User-Agent"].startswith("news-harvester/")
        assert request.headers["User-Agent"].endswith(" (+https://harvest.example/about)")
        assert "Cookie" not in request.headers
    encodings = {request.headers["Accept-Encoding"] for request in site.requests}
    assert encodings == {"gzip, deflate"}
    asked = [request.headers.get("If-None-Match") for request in site.requests if request.path == "/feed"]
    assert asked[0] is None
    assert (asked[1] or "").startswith('"')


def test_the_group_of_robots_txt_that_names_us_holds(harvest: Harvest, site: Site) -> None:
    robots = (
        "User-agent: *\nDisallow: /\n\nUser-agent: News-Harvester\nDisallow: /1\nAllow: /\n\n"
        "User-agent: harvest.example\nDisallow: /0\n"
    )
    harvest.configure(contact="https://harvest.example/about")
    site.paths["/robots.txt"] = Reply(body=robots.encode(), content_type="text/plain")
    harvest.source("s", site.base, feeds=[site.feed("/0", "/1")])
    report = harvest.run("s")["sources"]["s"]
    assert report["outcomes"] == {"stored": 1, "discarded": 1}
    assert (site.fetched("/0"), site.fetched("/1")) == (1, 0)


def test_robots_txt_redirected_unavailable_or_endless(harvest: Harvest, site: Site) -> None:
    forbids = b"User-agent: *\nDisallow: /0\n"
    replies = {
        "moved": Reply(status=301, headers={"Location": "/rules"}),
        "refused": Reply(status=403, body=forbids),
        "endless": Reply(body=b"# " + b"x" * 600_000 + b"\n" + forbids, content_type="text/plain"),
    }
    sites = {name: Site() for name in replies}
    for name, one in sites.items():
        one.__enter__()
        one.paths["/robots.txt"] = replies[name]
        one.paths["/rules"] = Reply(body=forbids, content_type="text/plain")
        harvest.source(name, one.base, feeds=[one.feed("/0")])
    try:
        report = harvest.run("--all")["sources"]
    finally:
        for one in sites.values():
            one.__exit__()
    assert {name: part["reasons"] for name, part in report.items()} == {
        "moved": {"robots": 1},
        "refused": {},
        "endless": {},
    }
