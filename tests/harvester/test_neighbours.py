"""Learning ahead: all of a small source, what stands around of a large one."""

from collections.abc import Iterator

from harvester.article import Article, Block
from harvester.clean.furniture import WINDOW
from harvester.neighbours import Neighbours


def articles(count: int, taken: list[int]) -> Iterator[Article]:
    for number in range(count):
        taken.append(number)
        url = f"https://a.example/{number}"
        yield Article(url=url, canonical_url=url, title="", blocks=(Block(text=f"Design {number // WINDOW}"),))


def test_a_small_source_is_known_whole_before_its_first_article_is_cleaned() -> None:
    taken: list[int] = []
    neighbours = Neighbours(articles(30, taken))
    assert [neighbours.of_next().counted for _ in range(30)] == [30] * 30
    assert len(taken) == 30


def test_of_a_large_one_an_article_has_neighbours_on_both_sides() -> None:
    taken: list[int] = []
    neighbours = Neighbours(articles(5 * WINDOW, taken))
    for number in range(5 * WINDOW):
        furniture = neighbours.of_next()
        assert len(taken) == min(5 * WINDOW, max(WINDOW, number + 1 + WINDOW // 2))
        assert furniture.counted == WINDOW
        assert furniture.evidence(Block(text=f"Design {number // WINDOW}")).seen >= WINDOW // 2
