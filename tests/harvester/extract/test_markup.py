"""Markup that is a bomb, or hides text, made harmless; all other is left as it is."""

import time

import pytest

from harvester.extract.markup import MANY_TAGS, defused
from harvester.extract.walk import walk

SECONDS = 1.0
"""Of processor time."""


def texts(markup: str) -> list[str]:
    return [one.text for one in walk(markup).pieces]


def bold(number: int) -> str:
    """A formatting element unlike the others; of like ones the standard opens three again."""
    return f"<b id=b{number}>"


OPEN = "".join(map(bold, range(500)))
DIVS = "<div>x</div>" * 20_000


def test_a_common_page_is_left_as_it_is() -> None:
    markup = "<p>A <b>bold</b> and <em>slanted</em> word, <code>code</code> and <font color=red>red</font>.</p>" * 20
    assert defused(markup) is markup


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<p>A <b>bold</b> word</p>" * MANY_TAGS, id="long and closed"),
        pytest.param("<p>A <b>bold word</p>" + "<p>A word</p>" * MANY_TAGS, id="one left open"),
        pytest.param(bold(0) * 20 + "<p>A word</p>" * MANY_TAGS, id="twenty left open"),
        pytest.param("<p>A <b>bold word</p>" * 400, id="many left open on a short page"),
    ],
)
def test_formatting_of_real_pages_is_kept(markup: str) -> None:
    assert defused(markup) == markup
    assert walk(markup).pieces[0].bold > 0


@pytest.mark.parametrize("tag", "b big code em font i s small strike strong tt u B STRONG".split())
def test_formatting_left_open_all_over_a_long_page_goes(tag: str) -> None:
    markup = "".join(f"<{tag} id={number}><p>word {number}</p>" for number in range(2 * MANY_TAGS))
    assert defused(markup) == "".join(f"<p>word {number}</p>" for number in range(2 * MANY_TAGS))


def test_other_elements_of_such_a_page_stay() -> None:
    """Those whose names begin like formatting too."""
    other = "<body><section><iframe></iframe><br><blockquote>q</blockquote><span>s</span><ul><li>l</li></ul><base>"
    assert defused(other + OPEN + DIVS) == other + DIVS


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        pytest.param("<body>" + OPEN + DIVS, 6_000, id="open around blocks"),
        pytest.param("<body><p>" + OPEN + "</p>" + DIVS, 6_000, id="opened again in each block"),
        pytest.param("<body><p>" + OPEN + "</p>" + "<p>x" * 20_000, 6_000, id="opened again in each paragraph"),
        pytest.param("<body><p>" + OPEN + "</p>" + "<p>x" * 4_000 + "</b>" * 500, 4_000, id="closed at the end"),
    ],
)
def test_a_bomb_of_formatting_is_read_fast(markup: str, blocks: int) -> None:
    started = time.process_time()
    found = texts(markup)
    assert time.process_time() - started < SECONDS
    assert found == ["x"] * blocks


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<b " * 40_000, id="tags that never end"),
        pytest.param("<" * 300_000, id="brackets"),
        pytest.param("</" * 150_000, id="ends"),
        pytest.param("<b" * 150_000, id="tags without a space"),
        pytest.param("<b>" * 100_000 + "</b>" * 100_000, id="all closed"),
    ],
)
def test_looking_at_tags_takes_no_time(markup: str) -> None:
    started = time.process_time()
    defused(markup)
    assert time.process_time() - started < SECONDS / 2


@pytest.mark.parametrize(
    "attribute",
    [
        "shadowrootmode=open",
        'shadowrootmode="closed"',
        "shadowrootmode='open' shadowrootdelegatesfocus",
        'ShadowRootMode="open"',
        'shadowrootmode = "open"',
        'id=x shadowrootmode="open"',
    ],
)
def test_text_of_a_shadow_root_is_read(attribute: str) -> None:
    markup = f"<body><x-story><template {attribute}><p>one</p><slot></slot></template><p>two</p></x-story><p>three</p>"
    assert texts(markup) == ["one", "two", "three"]


def test_what_a_page_says_of_shadow_roots_is_text() -> None:
    says = "Write &lt;template shadowrootmode=open&gt; here"
    assert texts(f"<body><p>{says}</p>") == ["Write <template shadowrootmode=open> here"]
