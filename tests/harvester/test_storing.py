"""Storing a judged article where another run has stored something under its id in the meantime."""

from datetime import UTC, datetime
from pathlib import Path

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore
from harvester.archive.record import Derivation
from harvester.article import Article, Block
from harvester.index import Index
from harvester.item import HarvestItem
from harvester.outcomes import Outcome
from harvester.page import Page
from harvester.storing import ArticleStore, Stored
from harvester.urls import article_id
from harvester.verdict import Claims, judge
from tests.harvester.articles import RUN_ID, words

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def store_on_a_host_that_knows_nothing(
    store: ObjectStore, folder: Path, path: str, text: str, canonical: str
) -> Stored:
    url = f"https://news.example/{path}"
    article = Article(url=url, canonical_url=canonical, title="A title", blocks=(Block(text=text),))
    page = Page.saved(b"<html>", url=url, content_type="text/html", fetched_at=NOON)
    index = Index.open(folder / path, "x")
    verdict = judge(article, "s", index, Claims(), NOON.timestamp())
    index.close()
    articles = ArticleStore(source="s", run_id=RUN_ID, writer=ArchiveWriter(store, lambda: NOON), captures=False)
    derivation = Derivation(extraction="reader-1", cleaning="furniture-1", furniture=None)
    return articles.store(HarvestItem(link_url=url, page=page, article=article, verdict=verdict), derivation)


def test_two_hosts_that_meet_two_articles_under_one_canonical_address_keep_both(
    any_store: ObjectStore, tmp_path: Path
) -> None:
    canonical = "https://news.example/news"
    first = store_on_a_host_that_knows_nothing(any_store, tmp_path, "alpha", words("a"), canonical)
    second = store_on_a_host_that_knows_nothing(any_store, tmp_path, "beta", words("b"), canonical)
    assert (first.outcome, second.outcome) == (Outcome.STORED, Outcome.STORED)
    assert (first.untrue_canonical, second.untrue_canonical) == (False, True)
    assert second.record.id == article_id("s", "https://news.example/beta")
    assert second.record.canonical_url == "https://news.example/beta"
    assert {record.text for record in ArchiveReader(any_store).records()} == {words("a"), words("b")}


def test_two_hosts_that_meet_two_states_of_one_page_keep_two_revisions(any_store: ObjectStore, tmp_path: Path) -> None:
    url = "https://news.example/alpha"
    store_on_a_host_that_knows_nothing(any_store, tmp_path / "one", "alpha", words("a"), url)
    second = store_on_a_host_that_knows_nothing(any_store, tmp_path / "other", "alpha", words("b"), url)
    assert (second.outcome, second.record.revision) == (Outcome.REVISED, 2)
    assert second.record.change is not None
    assert second.record.change.extent == "revised"
