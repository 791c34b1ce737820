from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvester.dedup.near import COMMON_KEY_ARTICLES
from harvester.index import Index, KnownArticle, KnownPage
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason

ARTICLE = KnownArticle(
    id="a" * 32,
    source="s",
    url="https://s.example/a",
    key="articles/source=s/date=2026-11-23/a.json",
    revision=1,
    derivation=1,
    content_sha256="c1",
    payload_sha256="p1",
    sketch=b"sketch",
    first_at=100.0,
    fetched_at=100.0,
)
PAGE = KnownPage(
    source="s", key="s.example/a", url="https://s.example/a", outcome=Outcome.STORED, first_at=1, checked_at=1
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path, "file:///archive")
    yield index
    index.close()


def test_what_was_entered_is_found(index: Index) -> None:
    index.put_article(ARTICLE, [1, 2**64 - 1])
    index.put_page(PAGE)
    assert index.article(ARTICLE.id) == ARTICLE
    assert index.page("s", "s.example/a") == PAGE
    assert index.with_content("c1") == [ARTICLE]
    assert index.sharing([1, 2**64 - 1], since=0) == {ARTICLE.id: 2}
    assert index.sharing([1, 5], since=0) == {ARTICLE.id: 1}
    assert index.sharing([1, 2**64 - 1], since=101) == {}


def test_an_older_revision_never_replaces_a_newer_one(index: Index) -> None:
    newer = replace(ARTICLE, revision=2, content_sha256="c2", fetched_at=200.0)
    index.put_article(newer)
    index.put_article(ARTICLE)
    found = index.article(ARTICLE.id)
    assert found is not None
    assert (found.revision, found.content_sha256) == (2, "c2")


def test_a_page_keeps_its_first_time_and_its_article(index: Index) -> None:
    index.put_page(replace(PAGE, article_id=ARTICLE.id))
    index.put_page(replace(PAGE, outcome=Outcome.FAILED, reason=Reason.DNS, first_at=9, checked_at=9))
    found = index.page("s", PAGE.key)
    assert found is not None
    assert (found.first_at, found.checked_at, found.article_id) == (1, 9, ARTICLE.id)
    assert (found.outcome, found.reason) == (Outcome.FAILED, Reason.DNS)


def test_a_shingle_in_many_articles_says_nothing(index: Index) -> None:
    for number in range(COMMON_KEY_ARTICLES + 1):
        index.put_article(replace(ARTICLE, id=f"{number:032x}"), [7, 8])
    assert index.sharing([7, 8], since=0) == {}


def test_a_batch_that_breaks_leaves_nothing(index: Index) -> None:
    def break_off() -> None:
        with index.batch():
            index.put_article(ARTICLE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert index.article(ARTICLE.id) is None


def test_validators_come_and_go(index: Index) -> None:
    index.put_validators("s", "https://s.example/feed", Validators(etag='"1"'))
    assert index.validators("s", "https://s.example/feed") == Validators(etag='"1"')
    index.put_validators("s", "https://s.example/feed", None)
    assert index.validators("s", "https://s.example/feed") is None


def test_a_damaged_file_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Index.open(tmp_path, "x").close()
    (path,) = tmp_path.glob("*.sqlite")
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    index = Index.open(tmp_path, "x")
    assert index.article("a") is None
    index.close()
    assert "damaged" in caplog.text
    assert list(tmp_path.glob("*.damaged"))


def test_two_openings_share_one_file(tmp_path: Path) -> None:
    one, other = Index.open(tmp_path, "x"), Index.open(tmp_path, "x")
    one.put_article(ARTICLE)
    assert other.article(ARTICLE.id) == ARTICLE
    third = Index.open(tmp_path, "another archive")
    assert third.article(ARTICLE.id) is None
    for index in (one, other, third):
        index.close()
