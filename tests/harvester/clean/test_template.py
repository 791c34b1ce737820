"""What is learned of a source's places, and what it decides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.article import Article, Block
from harvester.clean import Furniture, clean_article
from harvester.clean.template import PathCounts, logit, path_key, path_percentages

STORY, PROMO = "main>article>p", "main>article>div.promo>p"
SENTENCE = "Council number {} met on the quay and spoke for a long time about the price of {} and of new nets."


def block(text: str, path: str, score: float, why: str | None = None) -> Block:
    return Block(text=text, path=path, score=score, why=why, by_page=why)


def story(
    number: int, *, promo: float = 0.9, doubtful: float = 0.9, paths: tuple[str, str] = (STORY, PROMO)
) -> Article:
    """Six paragraphs, one of them doubtful, and a box whose text is another on each page."""
    body, box = paths
    texts = [SENTENCE.format(f"{number}-{line}", "fish ropes boats salt tar oars".split()[line]) for line in range(6)]
    blocks = [block(text, body, 0.97) for text in texts[:5]] + [block(texts[5], body, doubtful)]
    blocks.insert(3, block(f"Our app has {number} new pictures of the harbour for you to look at today.", box, promo))
    url = f"https://news.example/{number}"
    return Article(url=url, canonical_url=url, title=f"Council {number}", blocks=tuple(blocks))


def learned(*articles: Article) -> Furniture:
    furniture = Furniture()
    for article in articles:
        assert furniture.learn(article)
    return furniture


def test_a_box_that_fools_one_page_goes_where_other_pages_saw_through_it() -> None:
    furniture = learned(*(story(number, promo=0.05) for number in range(4)))
    fooled = story(9, promo=0.8)
    cleaned = clean_article(fooled, furniture)
    assert [one.path for one in cleaned.removed] == [PROMO]
    assert cleaned.removed[0].why == "path: 5% likely to be text on 4 other pages"
    assert len(cleaned.body) == 6


def test_a_paragraph_that_the_page_alone_doubts_comes_back_where_other_pages_have_text() -> None:
    furniture = learned(*(story(number, promo=0.05) for number in range(4)))
    doubted = story(9, promo=0.05, doubtful=0.3)
    blocks = list(doubted.blocks)
    blocks[-1] = block(blocks[-1].text, STORY, 0.3, "extraction: not body")
    cleaned = clean_article(replace(doubted, blocks=tuple(blocks)), furniture)
    assert cleaned.body[-1] == blocks[-1].text


def test_what_the_page_knows_for_sure_stays_out() -> None:
    furniture = learned(*(story(number) for number in range(4)))
    article = story(9)
    headline = block("Council 9", STORY, 0.9, "extraction: headline")
    cleaned = clean_article(replace(article, blocks=(headline, *article.blocks)), furniture)
    assert cleaned.blocks[0].why == "extraction: headline"


def test_a_source_without_other_pages_changes_nothing() -> None:
    article = story(1)
    assert clean_article(article, learned(article)) == clean_article(article, None)


def test_cleaning_again_with_less_knowledge_gives_back_what_the_page_alone_said() -> None:
    furniture = learned(*(story(number, promo=0.05) for number in range(4)))
    article = story(9, promo=0.8)
    assert clean_article(clean_article(article, furniture), None) == clean_article(article, None)
    assert clean_article(clean_article(article, furniture), furniture) == clean_article(article, furniture)


def test_the_template_does_not_take_most_of_a_page() -> None:
    """The site has begun to set its stories where its promotions were: the page alone decides."""
    furniture = learned(*(story(number, paths=("body>p", STORY), promo=0.01) for number in range(8)))
    moved = story(40, paths=(STORY, PROMO), promo=0.05)
    assert clean_article(moved, furniture).body == clean_article(moved, None).body


def test_the_state_says_where_text_is_and_survives() -> None:
    furniture = learned(*(story(number, promo=0.05) for number in range(4)))
    state = furniture.to_state()
    assert {one["path"]: (one["articles"], one["text"] > 0.5) for one in state["paths"]} == {
        STORY: (4, True),
        PROMO: (4, False),
    }
    again = Furniture.from_state(state)
    assert again.to_state() == state
    assert clean_article(story(9, promo=0.8), again) == clean_article(story(9, promo=0.8), furniture)


def test_two_runs_that_met_count_an_article_once() -> None:
    one, other = learned(*(story(n) for n in range(3))), learned(*(story(n) for n in range(1, 5)))
    assert {path["articles"] for path in one.merge(other).to_state()["paths"]} == {5}


def test_a_state_of_the_first_version_is_read() -> None:
    state = learned(*(story(number) for number in range(3))).to_state()
    old = {key: value for key, value in state.items() if key in ("counted", "lines")} | {
        "schema_version": 1,
        "articles": [
            {key: value for key, value in one.items() if key not in ("paths", "title_parts")}
            for one in state["articles"]
        ],
    }
    assert Furniture.from_state(old).counted == 3


def test_a_redesign_is_not_known_until_ten_of_its_articles_are() -> None:
    furniture = learned(*(story(number) for number in range(30)))
    assert furniture.knows(story(100))
    new = ("section.new>p", "section.new>aside")
    for number in range(10):
        assert not furniture.knows(story(200 + number, paths=new))
        furniture.learn(story(200 + number, paths=new))
    assert furniture.knows(story(300, paths=new))


def test_names_that_titles_share_are_taken_off_them() -> None:
    def titled(number: int) -> Article:
        return replace(story(number), title=f"Boats return from sea {number * 7} | Harbour Post")

    furniture = learned(*(titled(number) for number in range(5)))
    assert clean_article(titled(9), furniture).title == "Boats return from sea 63"
    assert clean_article(titled(9), None).title == "Boats return from sea 63 | Harbour Post"


def test_old_paths_are_forgotten_and_new_ones_counted() -> None:
    furniture = learned(*(story(number) for number in range(61)))
    new = ("section.new>p", "section.new>aside")
    for number in range(60):
        furniture.learn(story(100 + number, paths=new))
    assert {one["path"] for one in furniture.to_state()["paths"]} == set(new)


def test_the_state_stays_small() -> None:
    import json

    furniture = Furniture()
    for number in range(250):
        article = story(number)
        many = tuple(
            block(f"Line {number} {line} of many words that no other page has.", f"main>div.row-{'x' * line}>p", 0.5)
            for line in range(60)
        )
        furniture.learn(replace(article, blocks=article.blocks + many))
    assert len(json.dumps(furniture.to_state(), ensure_ascii=False).encode()) <= 100 * 1024


@pytest.mark.parametrize(
    ("says", "scores"), [(True, [0.97] * 5), (False, [0.03] * 5), (None, [0.97] * 4), (None, [0.6] * 9)]
)
def test_a_place_is_sure_when_five_pages_agree(says: bool | None, scores: list[float]) -> None:
    counts = PathCounts.of(path_percentages([block("Some text of it", STORY, score)]) for score in scores)
    assert counts.says(STORY) is says


@given(st.floats(0, 1), st.floats(0, 1))
def test_logit_grows_with_probability_and_is_bounded(one: float, other: float) -> None:
    assert (logit(one) <= logit(other)) == (one <= other) or logit(one) == logit(other)
    assert abs(logit(one)) < 5


def test_counting_in_and_out_leaves_nothing() -> None:
    counts, own = PathCounts(), path_percentages(story(1).blocks)
    counts.add(own)
    counts.add(own, sign=-1)
    assert counts.evidence(path_key(STORY), PathCounts()) is None
