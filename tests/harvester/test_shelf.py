"""What was learned of many sites: all of it is there when it is asked for again, however few lie open."""

import gc
import weakref

import pytest

from harvester.article import Article, Block
from harvester.clean import Furniture
from harvester.shelf import OPEN, Shelf

SITES = [f"site{number}.example" for number in range(OPEN + 8)]
FOOT = Block(text="The Harbour Post belongs to its readers and to nobody else at all.", path="div>p", score=0.8)
WORDS = "one two three four five six seven eight nine ten".split()


def article(site: str, number: int) -> Article:
    own = Block(text=f"Only story {WORDS[number]} has a sentence of this kind in it.", path="div>p", score=0.9)
    url = f"https://{site}/{WORDS[number]}"
    return Article(url=url, canonical_url=url, title=f"Story {WORDS[number]}", blocks=(own, FOOT))


def pages_of(site: str) -> int:
    """From 1 to 5, so that sites differ."""
    return 1 + SITES.index(site) % 5


def test_what_was_learned_is_there_after_many_other_sites() -> None:
    shelf = Shelf()
    for number in range(5):  # round by round, so that each site is packed and opened several times
        for site in SITES:
            if number < pages_of(site):
                assert shelf[site].learn(article(site, number))
    for site in SITES:
        furniture, pages = shelf[site], pages_of(site)
        assert furniture.counted == pages
        assert furniture.evidence(FOOT) == (pages, pages, 1.0)
        assert furniture.evidence(article(site, 0).blocks[0]) == (1, pages, 1 / pages)
        assert not furniture.learn(article(site, 0)), "it was counted before"


def test_packing_changes_nothing_of_what_is_known() -> None:
    shelf, plain = Shelf(), Furniture()
    for number in range(len(WORDS)):
        shelf[SITES[0]].learn(article(SITES[0], number))
        plain.learn(article(SITES[0], number))
        for other in SITES[1:]:
            assert shelf[other].counted == 0
    assert shelf[SITES[0]].to_state() == plain.to_state()


def test_the_first_look_is_at_nothing() -> None:
    assert Shelf()["news.example"].counted == 0


@pytest.mark.parametrize("rounds", [1, 3])
def test_few_sites_lie_open_at_a_time(rounds: int) -> None:
    shelf = Shelf()
    given: list[weakref.ref[Furniture]] = []
    for number in range(rounds):
        for site in SITES:
            furniture = shelf[site]
            furniture.learn(article(site, number))
            given.append(weakref.ref(furniture))
    del furniture
    gc.collect()
    assert len({id(one) for ref in given if (one := ref()) is not None}) == OPEN


def test_the_site_packed_first_is_that_not_asked_for_longest() -> None:
    shelf = Shelf()
    first, second = shelf[SITES[0]], weakref.ref(shelf[SITES[1]])
    for site in SITES[2:OPEN]:
        assert shelf[site].counted == 0
    assert shelf[SITES[0]] is first
    assert shelf[SITES[OPEN]].counted == 0
    gc.collect()
    assert second() is None
    assert shelf[SITES[0]] is first
