"""Text blocks of a page: whole, clean, in order, with where they stand."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from harvester.article import Block, BlockKind
from harvester.extract.blocks import DEEPEST, clean_text, placed_blocks, spaced_text


def blocks(markup: str) -> list[Block]:
    return [one.block for one in placed_blocks(html.document_fromstring(f"<body>{markup}</body>"))]


def texts(markup: str) -> list[str]:
    return [block.text for block in blocks(markup)]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>one</p><p>two</p>", ["one", "two"], id="boundaries never glue"),
        pytest.param("<div>one<p>two</p>three</div>", ["one", "two", "three"], id="text beside a block"),
        pytest.param("<p>one<br>two<br/><br>three</p>", ["one", "two", "three"], id="br"),
        pytest.param("<p>w<b>or</b>d, <i>and</i> more</p>", ["word, and more"], id="inline tags"),
        pytest.param("<p>a\u00a0b\u200bc\u00adde\u202bf\u202c</p>", ["a bcdef"], id="invisible characters"),
        pytest.param("<p>cafe\u0301</p>", ["caf\u00e9"], id="NFC"),
        pytest.param("<p>قال «الوزيرُ» إنّ ٱلأمر</p>", ["قال «الوزيرُ» إنّ ٱلأمر"], id="Arabic as written"),
        pytest.param("<p>می\u200cخواهم</p>", ["می\u200cخواهم"], id="Persian spelling keeps its non-joiner"),
        pytest.param("<p>x</p><script>no</script><style>no</style><noscript>no</noscript>", ["x"], id="no text"),
        pytest.param("<p hidden>no</p><p style='display: none'>no</p><p>x</p>after", ["x", "after"], id="hidden"),
        pytest.param("<p>a <svg><title>no</title></svg>b</p>", ["a b"], id="tail of what is skipped"),
        pytest.param("<p> \n </p>", [], id="nothing"),
    ],
)
def test_texts(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<p>x</p>", BlockKind.PARAGRAPH),
        ("<h3>x</h3>", BlockKind.HEADING),
        ("<ul><li><p>x</p></li></ul>", BlockKind.LIST_ITEM),
        ("<blockquote><p>x</p></blockquote>", BlockKind.QUOTE),
        ("<figure><figcaption><p>x</p></figcaption></figure>", BlockKind.CAPTION),
        ("<table><tr><td>x</td></tr></table>", BlockKind.CELL),
    ],
)
def test_kind_is_of_the_nearest_that_says(markup: str, kind: BlockKind) -> None:
    assert [block.kind for block in blocks(markup)] == [kind]


def test_path_folds_digits() -> None:
    (block,) = blocks('<div class="post-1234 wide third"><p class="p2">x</p></div>')
    assert block.path == "body>div.post-0.wide>p.p0"


@pytest.mark.parametrize(
    ("markup", "share", "masked"),
    [
        ("<p>none</p>", 0.0, ""),
        ("<p><a href=/>all</a></p>", 1.0, "\ufffc"),
        ("<p>half <a href=/><b>ha</b><i>lf</i></a></p>", 0.5, "half \ufffc"),
        ("<p><a href=/>abc</a> or <b><a href=/>de</a></b>f</p>", 0.625, "\ufffc or \ufffcf"),
    ],
)
def test_links_are_counted_through_inline_tags(markup: str, share: float, masked: str) -> None:
    (block,) = blocks(markup)
    assert (block.link_share, block.masked) == (share, masked)


def test_a_time_marks_its_block_alone() -> None:
    placed = placed_blocks(html.document_fromstring("<p>a</p><p><time>b</time></p><p>c</p>"))
    assert [one.has_time for one in placed] == [False, True, False]


def test_elements_nested_too_deep_are_left_out_and_the_walk_goes_on() -> None:
    deep = last = html.Element("div")
    for _ in range(2_000):
        last = html.etree.SubElement(last, "div")
    last.text = "no"
    root = html.Element("body")
    root.append(deep)
    html.etree.SubElement(root, "p").text = "x"
    placed = placed_blocks(root)
    assert [one.block.text for one in placed] == ["x"]
    assert all(len(one.trail) <= DEEPEST for one in placed)


def test_what_a_script_will_show_is_read() -> None:
    story = "The council decided to repair the quay. " * 100
    assert texts(f"<div style='display:none'><p>{story}</p></div>") == [story.strip()]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h1>One <b>t</b>wo</h1>", "One two"),
        ("<h1><span>Kicker</span><span>Headline of the day</span></h1>", "Kicker Headline of the day"),
        ("<h1>one<br>two<div>three</div>four</h1>", "one two three four"),
        ("<h1>x<script>no</script>y</h1>", "xy"),
    ],
)
def test_spaced_text(markup: str, expected: str) -> None:
    assert spaced_text(html.fragment_fromstring(markup)) == expected


@given(st.text())
def test_clean_text_is_one_line_and_stays(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean == " ".join(clean.split())


_TAGS = st.sampled_from("p div span a b br li table td h1 time figure figcaption script".split())


@given(st.lists(st.tuples(_TAGS, st.booleans(), st.text("abc \u0627\u0628", max_size=5)), max_size=30))
def test_blocks_hold_the_page_s_own_letters_in_its_order(parts: list[tuple[str, bool, str]]) -> None:
    markup = "".join(f"<{'/' if end else ''}{tag}>{text}" for tag, end, text in parts)
    tree = html.document_fromstring(f"<body>{markup}.</body>")
    letters: Iterator[str] = iter("".join("".join(tree.itertext()).split()))
    assert all(letter in letters for block in placed_blocks(tree) for letter in "".join(block.block.text.split()))
