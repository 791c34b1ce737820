from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harvester.article import Article, Block
from harvester.index import Index, KnownArticle
from harvester.outcomes import Outcome
from harvester.urls import article_id
from harvester.verdict import COPY_WINDOW, Claims, Verdict, judge

DAY = 86400.0
NOW = 1_790_000_000.0


def words(name: str, count: int = 160) -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def article(path: str, text: str, *, title: str = "A title", canonical: str | None = None) -> Article:
    url = f"https://news.example/{path}"
    return Article(url=url, canonical_url=canonical or url, title=title, blocks=(Block(text=text),))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path, "x")
    yield index
    index.close()


def enter(index: Index, one: Article, verdict: Verdict, *, source: str, at: float) -> None:
    """What storing does."""
    known = KnownArticle(
        id=verdict.id,
        source=source,
        url=one.url,
        key="k",
        revision=verdict.revision,
        derivation=1,
        content_sha256=verdict.content_sha256,
        copy_of=verdict.copy_of,
        sketch=verdict.sketch.to_bytes(),
        first_at=at,
        fetched_at=at,
    )
    index.put_article(known, verdict.sketch.keys)


def store(index: Index, one: Article, *, source: str = "s", at: float = NOW) -> Verdict:
    claims = Claims()
    verdict = judge(one, source, index, claims, at)
    enter(index, one, verdict, source=source, at=at)
    return verdict


def test_a_new_article_is_stored_under_the_id_of_its_source_and_address(index: Index) -> None:
    verdict = store(index, article("a", words("w")))
    assert (verdict.outcome, verdict.revision, verdict.copy_of) == (Outcome.STORED, 1, None)
    assert verdict.id == article_id("s", "https://news.example/a")


@pytest.mark.parametrize(
    ("text", "title", "outcome", "revision"),
    [
        pytest.param(words("w"), "A title", Outcome.UNCHANGED, 1, id="the same"),
        pytest.param(words("W") + ".", "a TITLE!", Outcome.UNCHANGED, 1, id="case and punctuation"),
        pytest.param(words("w") + " 7", "A title", Outcome.REVISED, 2, id="one number more"),
        pytest.param("not " + words("w"), "A title", Outcome.REVISED, 2, id="an inserted not"),
        pytest.param(words("w"), "Another title", Outcome.REVISED, 2, id="title"),
        pytest.param(words("other"), "A title", Outcome.REVISED, 2, id="all of it"),
    ],
)
def test_looked_at_again(index: Index, text: str, title: str, outcome: Outcome, revision: int) -> None:
    store(index, article("a", words("w")))
    verdict = judge(article("a", text, title=title), "s", index, Claims(), NOW + DAY)
    assert (verdict.outcome, verdict.revision) == (outcome, revision)


def test_another_address_of_the_same_article_is_a_duplicate(index: Index) -> None:
    first = store(index, article("a", words("w")))
    for other in (
        article("print/a", words("w"), canonical="https://news.example/a"),
        article("print/a", words("w") + " and a little more", canonical="https://news.example/a"),
        article("b", words("w")),
    ):
        verdict = judge(other, "s", index, Claims(), NOW)
        assert (verdict.outcome, verdict.id) == (Outcome.DUPLICATE, first.id)


def test_a_canonical_address_of_another_body_is_not_believed(index: Index) -> None:
    store(index, article("a", words("w")))
    verdict = judge(article("b", words("x"), canonical="https://news.example/a"), "s", index, Claims(), NOW)
    assert (verdict.outcome, verdict.id) == (Outcome.STORED, article_id("s", "https://news.example/b"))


def test_what_the_run_is_about_to_store_counts_as_stored(index: Index) -> None:
    claims = Claims()
    first = judge(article("a", words("w")), "s", index, claims, NOW)
    assert judge(article("a?utm_source=x", words("w")), "s", index, claims, NOW).outcome is Outcome.DUPLICATE
    assert judge(article("b", words("w")), "s", index, claims, NOW).outcome is Outcome.DUPLICATE
    copy = judge(article("c", words("w")), "other", index, claims, NOW + 1)
    assert (copy.outcome, copy.copy_of) == (Outcome.STORED, first.id)
    claims.release(first.id)
    assert judge(article("a", words("w")), "s", index, claims, NOW).outcome is Outcome.STORED


def test_a_copy_is_linked_to_the_oldest_of_its_kind(index: Index) -> None:
    original = store(index, article("a", words("w")), source="agency")
    second = store(index, article("b", "In short: " + words("w")), source="paper", at=NOW + 60)
    third = store(index, article("c", words("w") + " (agency)"), source="radio", at=NOW + 120)
    assert second.copy_of == third.copy_of == original.id
    assert second.similarity is not None
    assert 0.9 < second.similarity < 1
    late = store(index, article("d", words("w")), source="late", at=NOW + COPY_WINDOW.total_seconds() + DAY)
    assert late.copy_of is None
    assert store(index, article("e", words("other")), source="paper").copy_of is None


def test_a_revision_is_not_linked_to_what_copied_it_later(index: Index) -> None:
    original = store(index, article("a", words("w")), source="agency")
    store(index, article("b", words("w")), source="paper", at=NOW + 60)
    revised = judge(article("a", words("w") + " more"), "agency", index, Claims(), NOW + DAY)
    assert (revised.outcome, revised.id, revised.copy_of) == (Outcome.REVISED, original.id, None)
    assert replace(revised, outcome=Outcome.STORED).similarity is None
