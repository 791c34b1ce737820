import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.article import Article, Block
from harvester.clean import Furniture
from harvester.clean.sightings import MAX_KEYS

from .arabic_site import site

FOOT = Block(text="Desk of the Paper")


def article(number, *texts, title=None):
    url = f"https://paper.example/{number}"
    blocks = tuple(Block(text=text) for text in texts)
    return Article(url=url, canonical_url=url, title=title or f"Story {number}", blocks=blocks)


def learned(*pages):
    furniture = Furniture()
    for page in pages:
        furniture.learn(page)
    return furniture


def story(number):
    return f"This is what happened on day {chr(97 + number % 26)}{chr(97 + number // 26)} in our small town."


def test_evidence_counts_articles_not_lines():
    furniture = learned(
        article(1, FOOT.text, FOOT.text, story(1)), article(2, FOOT.text, story(2)), article(3, story(3))
    )
    assert furniture.evidence(FOOT) == (2, 3, pytest.approx(2 / 3))
    assert furniture.evidence(Block(text="Never seen")) == (0, 3, 0.0)


def test_nothing_is_known_of_an_empty_source():
    assert Furniture().evidence(FOOT) == (0, 0, 0.0)


def test_ten_articles_make_a_source_known():
    furniture = Furniture()
    for number in range(10):
        assert not furniture.known
        assert furniture.learn(article(number, story(number), FOOT.text))
    assert furniture.known
    assert furniture.counted == 10


def test_removed_lines_teach_as_kept_ones_do():
    block = Block(text=FOOT.text, why="extract: footer")
    page = Article(url="u", canonical_url="u", title="t", blocks=(block,))
    assert learned(page).evidence(FOOT).seen == 1


@pytest.mark.parametrize(
    ("again", "counted"),
    [
        pytest.param(article(1, story(1), "Changed since."), False, id="the same address"),
        pytest.param(article(2, story(1), story(2), FOOT.text, title="Story 1"), False, id="a copy with furniture"),
        pytest.param(article(2, "By Anna", story(1), story(2), title="Story 1"), True, id="another opening"),
        pytest.param(article(2, story(1), story(2), FOOT.text), True, id="another title"),
        pytest.param(
            article(2, story(1), story(2), story(3), title="Story 1"), False, id="an extended copy of one title"
        ),
        pytest.param(article(2, story(1), story(2), story(3)), True, id="shared text under another title"),
        pytest.param(article(2, story(3), story(4)), True, id="another story"),
    ],
)
def test_articles_are_counted_once(again, counted):
    furniture = learned(article(1, story(1), story(2)))
    assert furniture.learn(again) is counted
    assert furniture.counted == 1 + counted


def test_short_stories_under_a_long_standing_footer_are_no_copies():
    footer = [f"The paper {word} belongs to its many readers and to nobody else at all." for word in "abcd"]
    furniture = Furniture()
    for number in range(12):
        text = Article(
            url="", canonical_url=f"u{number}", title="", blocks=tuple(Block(text=t) for t in [story(number), *footer])
        )
        assert furniture.learn(text)


def test_the_window_moves_on():
    furniture = Furniture()
    for number in range(230):
        furniture.learn(article(number, story(number), FOOT.text if number < 100 else "New desk"))
    assert furniture.counted == 200
    assert furniture.evidence(FOOT).seen == 70
    assert furniture.evidence(Block(text=story(31))).seen == 0  # single, and 100 articles ago
    assert furniture.evidence(Block(text=story(200))).seen == 1


def test_a_new_design_is_seen_in_the_last_twenty():
    furniture = Furniture()
    for number in range(110):
        furniture.learn(article(number, story(number), FOOT.text if number < 100 else "New desk"))
    assert furniture.evidence(Block(text="New desk")) == (10, 110, 0.5)


def test_state_can_be_read_by_people():
    furniture = Furniture()
    for number, page in enumerate(site("counters")):
        furniture.learn(page.article, seen_at=f"2026-11-{number + 1:02}T08:00:00Z")
    state = furniture.to_state()
    lines = {line["text"]: line for line in state["lines"]}
    copyright_line = lines["مرسى الأخبار © جميع الحقوق محفوظة"]
    assert state["schema_version"] == 2
    assert state["counted"] == copyright_line["articles"] == 12
    assert (copyright_line["first_seen"], copyright_line["last_seen"]) == (
        "2026-11-01T08:00:00Z",
        "2026-11-12T08:00:00Z",
    )
    assert "اقرأ أيضاً: […]" in lines


def test_state_round_trip_and_learning_on():
    pages = [page.article for page in site("dashes", pages=30)]
    furniture = learned(*pages[:20])
    restored = Furniture.from_state(json.loads(json.dumps(furniture.to_state())))
    assert restored.to_state() == furniture.to_state()
    for page in pages[20:]:
        assert furniture.learn(page) == restored.learn(page)
    assert restored.to_state()["articles"] == furniture.to_state()["articles"]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"schema_version": 3, "counted": 0, "lines": [], "articles": []},
        {"schema_version": 1, "counted": 0, "lines": [], "articles": [1]},
    ],
)
def test_what_is_no_state_is_refused(state):
    with pytest.raises(ValueError, match="FurnitureState"):
        Furniture.from_state(state)


@pytest.mark.parametrize("shared", [5, 120], ids=["usual", "a hundred and twenty standing lines"])
def test_state_stays_small(shared):
    standing = [
        f"الخط الثابت رقم {'ك' * (1 + at)} في أسفل كل صفحة من صفحات هذا الموقع الإخباري" for at in range(shared)
    ]
    furniture = Furniture()
    for number in range(220):
        own = [
            f"سطر {'ن' * (1 + at)} من خبر {chr(0x0621 + number % 20)}{'و' * (number // 20)} لا يتكرر"
            for at in range(60)
        ]
        furniture.learn(article(number, *own, *standing), seen_at="2026-11-23T08:30:00Z")
    assert furniture.counted >= 20
    assert furniture.evidence(Block(text=standing[0])).ratio == 1.0
    state = furniture.to_state()
    assert sum(len(one["keys"]) // 8 for one in state["articles"]) <= MAX_KEYS
    assert len(json.dumps(state, ensure_ascii=False).encode()) <= 100 * 1024


def test_a_live_blog_does_not_crowd_out_the_other_articles():
    furniture = Furniture()
    for number in range(30):
        furniture.learn(article(number, story(number), FOOT.text))
    furniture.learn(article(30, *(f"Entry {'x' * (1 + at)}" for at in range(7000)), FOOT.text))
    assert furniture.evidence(FOOT) == (31, 31, 1.0)


def test_two_runs_that_met_are_joined_article_by_article():
    pages = [page.article for page in site("dashes", pages=16)]
    base = learned(*pages[:6]).to_state()
    one, other = Furniture.from_state(base), Furniture.from_state(base)
    for page in pages[6:12]:
        one.learn(page)
    for page in pages[9:]:
        other.learn(page)
    merged = one.merge(other)
    assert merged.counted == 16
    assert merged.evidence(Block(text="------------------------")).seen == 16
    assert one.counted == 12


TEXTS = st.lists(st.sampled_from([story(number) for number in range(12)] + ["foot", "head", "ad"]), max_size=5)
RUNS = st.lists(st.tuples(st.integers(0, 8), TEXTS, st.sampled_from(["", "2026-11-22", "2026-11-23"])), max_size=12)


def run(pages):
    furniture = Furniture()
    for number, texts, seen_at in pages:
        furniture.learn(article(number, *texts), seen_at=seen_at)
    return furniture


@settings(max_examples=150, deadline=None)
@given(RUNS, RUNS)
def test_laws_of_merging(first, second):
    one, other = run(first), run(second)
    assert one.merge(other).to_state() == other.merge(one).to_state()
    assert one.merge(one).to_state() == one.to_state() == one.merge(Furniture()).to_state()
    assert one.merge(other).merge(other).to_state() == one.merge(other).to_state()
    assert Furniture.from_state(one.to_state()).to_state() == one.to_state()
