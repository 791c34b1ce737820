"""What becomes of a source's part, and of what it has claimed, when the archive or the cache fails it."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore
from harvester.archive.commits import CommitLog
from harvester.article import Article, Block
from harvester.index import Index
from harvester.item import HarvestItem
from harvester.outcomes import Reason
from harvester.page import Page
from harvester.run import HarvestRun
from harvester.source import Source
from harvester.source_run import RunContext, SourceRun
from harvester.verdict import Claims
from pipelines.discards import NotStored
from pipelines.store import StorePipeline
from pipelines.watch import Watch
from tests.command import Harvest
from tests.harvester.articles import RUN_ID, words
from tests.site import Reply, Request, Site, article_page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOME = "https://paper.example/"


@pytest.fixture
def part(folder_store: ObjectStore, tmp_path: Path) -> Iterator[SourceRun]:
    """A source's part of a run into a folder."""
    context = RunContext(
        run_id=RUN_ID,
        store=folder_store,
        writer=ArchiveWriter(folder_store, lambda: NOON),
        reader=ArchiveReader(folder_store),
        index=Index.open(tmp_path / "cache", "x"),
        now=lambda: NOON,
        captures=True,
        proxy=None,
        contact=None,
        claims=Claims(),
        log=CommitLog(folder_store),
        after=0,
        listed_on=NOON.date(),
    )
    yield SourceRun(context, Source(name="paper", home=HOME))
    context.index.close()


def judged(part: SourceRun) -> HarvestItem:
    """An article that the part has claimed."""
    url = f"{HOME}a"
    article = Article(url=url, canonical_url=url, title="A title", blocks=(Block(text=words("w")),))
    page = Page.saved(b"<html>", url=url, content_type="text/html", fetched_at=NOON)
    item = part.judge(HarvestItem(link_url=url, page=page, article=article))
    assert part.context.claims.by_id
    return item


def test_an_article_that_the_archive_refuses_is_claimed_no_longer(part: SourceRun, tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"a file where the folder should be")
    with pytest.raises(NotStored):
        asyncio.run(StorePipeline(part).process_item(judged(part)))
    assert not part.context.claims.by_id


@pytest.mark.parametrize("error", [ValueError("our mistake"), asyncio.CancelledError()], ids=["fault", "cancelled"])
def test_an_article_that_could_not_be_stored_for_another_reason_is_claimed_no_longer(
    part: SourceRun, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(item: HarvestItem) -> None:
        raise error

    item = judged(part)
    monkeypatch.setattr(part, "store", store)
    with pytest.raises(type(error)):
        asyncio.run(StorePipeline(part).process_item(item))
    assert not part.context.claims.by_id


def test_where_an_article_could_not_be_stored_its_mirror_is(harvest: Harvest, site: Site) -> None:
    blocked = harvest.folder / "archive" / "articles"

    def story(request: Request) -> Reply:
        blocked.write_bytes(b"a file where a folder should be")
        return Reply(body=article_page("One story"))

    def mirror(request: Request) -> Reply:
        time.sleep(1)  # until the story has been refused
        blocked.unlink()
        return Reply(body=article_page("One story"))

    site.paths["/story"], site.paths["/mirror"] = story, mirror
    harvest.source("s", site.base, feeds=[site.feed("/story", "/mirror")], concurrency=1)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"failed": 1, "stored": 1}


def test_without_an_index_that_is_up_to_date_nothing_is_fetched(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    site.feed("/a", "/b")
    (furniture,) = (harvest.folder / "archive" / "furniture" / "source=s").iterdir()
    sound = furniture.read_bytes()
    furniture.write_bytes(b"{")
    before = len(site.requests)
    report = harvest.run("s")
    assert report["exit_code"] == 1
    assert report["sources"]["s"]["failure"]["reason"] == Reason.STORE
    assert furniture.name in report["sources"]["s"]["failure"]["detail"]
    assert site.requests[before:] == []
    furniture.write_bytes(sound)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}


def test_a_source_that_is_still_to_be_probed_is_not_when_its_index_is_not_up_to_date(
    harvest: Harvest, site: Site
) -> None:
    furniture = harvest.folder / "archive" / "furniture" / "source=s" / "000001.json"
    furniture.parent.mkdir(parents=True)
    furniture.write_bytes(b"{")
    harvest.source("s", site.base)
    assert harvest.run("s")["sources"]["s"]["failure"]["reason"] == Reason.STORE
    assert site.requests == []


def test_a_local_cache_that_fails_is_the_sources_failure(part: SourceRun, tmp_path: Path) -> None:
    (cache,) = (tmp_path / "cache").glob("*.sqlite")
    with sqlite3.connect(cache) as connection:
        connection.execute("DROP TABLE synced")
    connection.close()
    watch = Watch(cast(Any, None), cast(HarvestRun, None), part)
    asyncio.run(watch.spider_opened(cast(Any, None)))
    assert part.failure is not None
    assert part.failure.reason == Reason.STORE
    assert part.failure.detail.startswith("the local cache: no such table")
