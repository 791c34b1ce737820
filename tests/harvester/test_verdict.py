from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harvester.article import Article, Block
from harvester.dedup import Kind
from harvester.dedup.revision import about_hash, day_of
from harvester.index import Index, KnownArticle, KnownPage
from harvester.outcomes import Outcome
from harvester.urls import article_id
from harvester.verdict import COPY_WINDOW, Claims, Verdict, appeared_at, judge

DAY = 86400.0
NOW = 1_790_000_000.0


def words(name: str, count: int = 160) -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def article(path: str, text: str, *, title: str = "A title", canonical: str | None = None, **about: Any) -> Article:
    url = f"https://news.example/{path}"
    return Article(url=url, canonical_url=canonical or url, title=title, blocks=(Block(text=text),), **about)


def copied(verdict: Verdict) -> str | None:
    return verdict.copy.id if verdict.copy else None


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
        address=article_id(source, one.url),
        day=datetime.fromtimestamp(at, UTC).date(),
        revision=verdict.revision,
        derivation=1,
        content=verdict.content_sha256[:32],
        authors=about_hash(one.authors),
        published=day_of(one.published_at),
        copy_of=verdict.copy.id if verdict.copy else None,
        first_at=at,
        appeared_at=verdict.appeared_at,
        fetched_at=at,
    )
    index.enter(known, verdict.sketch, similarity=verdict.copy.similarity if verdict.copy else 0)
    for late in verdict.late_links:
        index.articles.link(late.article.id, late.copy.id)
    page = KnownPage(
        source=source,
        address=article_id(source, one.url),
        url=one.url,
        outcome=verdict.outcome,
        article_id=verdict.id,
        first_at=int(at),
        checked_at=int(at),
        changed_at=int(at),
    )
    index.pages.put(page)


def store(index: Index, one: Article, *, source: str = "s", at: float = NOW) -> Verdict:
    claims = Claims()
    verdict = judge(one, source, index, claims, at)
    enter(index, one, verdict, source=source, at=at)
    return verdict


def test_a_new_article_is_stored_under_the_id_of_its_source_and_address(index: Index) -> None:
    verdict = store(index, article("a", words("w")))
    assert (verdict.outcome, verdict.revision, verdict.copy) == (Outcome.STORED, 1, None)
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
    assert verdict.untrue_canonical


def test_what_the_run_is_about_to_store_counts_as_stored(index: Index) -> None:
    claims = Claims()
    first = judge(article("a", words("w")), "s", index, claims, NOW)
    assert judge(article("a?utm_source=x", words("w")), "s", index, claims, NOW).outcome is Outcome.DUPLICATE
    assert judge(article("b", words("w")), "s", index, claims, NOW).outcome is Outcome.DUPLICATE
    copy = judge(article("c", words("w")), "other", index, claims, NOW + 1)
    assert (copy.outcome, copied(copy)) == (Outcome.STORED, first.id)
    claims.release(first.id)
    assert judge(article("a", words("w")), "s", index, claims, NOW).outcome is Outcome.STORED


def test_a_copy_is_linked_to_the_oldest_of_its_kind(index: Index) -> None:
    original = store(index, article("a", words("w")), source="agency")
    second = store(index, article("b", "In short: " + words("w")), source="paper", at=NOW + 60)
    third = store(index, article("c", words("w") + " (agency)"), source="radio", at=NOW + 120)
    assert copied(second) == copied(third) == original.id
    assert second.copy is not None
    assert 0.9 < second.copy.similarity < 1
    assert second.copy.kind is Kind.COPY
    late = store(index, article("d", words("w")), source="late", at=NOW + COPY_WINDOW.total_seconds() + DAY)
    assert late.copy is None
    assert store(index, article("e", words("other")), source="paper").copy is None


def test_a_revision_is_not_linked_to_what_copied_it_later(index: Index) -> None:
    original = store(index, article("a", words("w")), source="agency")
    store(index, article("b", words("w")), source="paper", at=NOW + 60)
    revised = judge(article("a", words("w") + " more"), "agency", index, Claims(), NOW + DAY)
    assert (revised.outcome, revised.id, revised.copy) == (Outcome.REVISED, original.id, None)
    assert revised.late_links == ()


def test_an_earlier_one_that_comes_later_becomes_the_original_and_nobody_is_lost(index: Index) -> None:
    known = {"authors": ("A",), "published_at": "2026-09-21T10:00:00+00:00"}
    second = store(index, article("b", words("w"), **known), source="paper")
    third = store(index, article("c", "Again: " + words("w")), source="radio", at=NOW + 60)
    assert copied(third) == second.id
    earliest = store(
        index,
        article("a", words("w") + " (agency)", published_at="2026-09-20T08:00:00+00:00"),
        source="agency",
        at=NOW + 120,
    )
    assert earliest.copy is None
    assert [(late.article.id, late.copy.id) for late in earliest.late_links] == [(second.id, earliest.id)]
    fourth = store(index, article("d", words("w")), source="late", at=NOW + 180)
    assert copied(fourth) == earliest.id
    assert index.articles.get(second.id).copy_of == earliest.id  # type: ignore[union-attr]
    assert index.articles.get(third.id).copy_of == second.id  # type: ignore[union-attr]


def test_a_story_that_hundreds_print_is_one_cluster(index: Index) -> None:
    original = store(index, article("a", words("w")), source="agency")
    prints = [store(index, article(f"p{n}", words("w")), source=f"paper{n}", at=NOW + n) for n in range(1, 150)]
    assert {copied(one) for one in prints} == {original.id}


@pytest.mark.parametrize(
    ("about", "outcome"),
    [
        pytest.param({"authors": ("Rana Khoury",)}, Outcome.UNCHANGED, id="the same"),
        pytest.param({"authors": ("KHOURY, Rana",)}, Outcome.UNCHANGED, id="the same name written otherwise"),
        pytest.param({"authors": ()}, Outcome.UNCHANGED, id="nobody named"),
        pytest.param({"authors": ("Sami Haddad",)}, Outcome.REVISED, id="another author"),
        pytest.param({"published_at": "2026-09-21"}, Outcome.UNCHANGED, id="the next day"),
        pytest.param({"published_at": "2026-09-28"}, Outcome.REVISED, id="another date"),
    ],
)
def test_another_author_or_date_is_a_revision(index: Index, about: dict[str, Any], outcome: Outcome) -> None:
    first = {"authors": ("Rana Khoury",), "published_at": "2026-09-20T10:00:00+00:00"}
    store(index, article("a", words("w"), **first))
    again = judge(article("a", words("w"), **(first | about)), "s", index, Claims(), NOW + 30 * DAY)
    assert again.outcome is outcome


def test_a_follow_up_under_a_wrong_canonical_address_is_no_form_of_the_first(index: Index) -> None:
    first = store(index, article("a", words("w", 250), canonical="https://news.example/news"))
    follow_up = words("w", 140) + " " + words("x", 110)
    verdict = judge(article("b", follow_up, canonical="https://news.example/news"), "s", index, Claims(), NOW)
    assert (verdict.outcome, verdict.id) == (Outcome.STORED, article_id("s", "https://news.example/b"))
    assert verdict.untrue_canonical
    assert copied(verdict) == first.id


def test_an_article_keeps_its_id_when_its_canonical_address_changes(index: Index) -> None:
    first = store(index, article("a", words("w"), canonical="https://news.example/news"))
    assert first.id == article_id("s", "https://news.example/news")
    for canonical in ("https://news.example/a", "https://news.example/news"):
        again = judge(article("a", words("w"), canonical=canonical), "s", index, Claims(), NOW, canonical=False)
        assert (again.outcome, again.id) == (Outcome.UNCHANGED, first.id)


def test_a_canonical_address_that_is_not_believed_is_not_asked(index: Index) -> None:
    verdict = judge(
        article("a", words("w"), canonical="https://news.example/n"), "s", index, Claims(), NOW, canonical=False
    )
    assert verdict.id == article_id("s", "https://news.example/a")
    assert not verdict.untrue_canonical


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        pytest.param(None, NOW, id="not known"),
        pytest.param("2026-09-20T10:00:00+02:00", 1_789_891_200.0, id="a time"),
        pytest.param("2026-09-20", 1_789_948_800.0, id="a day: its end"),
        pytest.param("2031-01-01T00:00:00Z", NOW, id="the future"),
        pytest.param("2031-01-01", NOW, id="a day of the future"),
    ],
)
def test_when_an_article_appeared(published: str | None, expected: float) -> None:
    assert appeared_at(published, NOW) == expected
