import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from harvester.article import BlockKind
from harvester.extract.blocks import LINK, clean_text, placed_blocks


def blocks(markup: str) -> list[str]:
    return [one.block.text for one in placed_blocks(html.document_fromstring(markup))]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>one</p><p>two</p>", ["one", "two"], id="paragraphs"),
        pytest.param("<div>one<p>two</p>three</div>", ["one", "two", "three"], id="text around a paragraph"),
        pytest.param("<p>one<br>two<br/>three</p>", ["one", "two", "three"], id="line breaks"),
        pytest.param("<p>o<b>n</b>e <i>two</i></p>", ["one two"], id="inline elements do not split words"),
        pytest.param("<ul><li>one<li>two</ul>", ["one", "two"], id="unclosed list items"),
        pytest.param("<table><tr><td>a</td><td>b</td></tr></table>", ["a", "b"], id="cells do not glue"),
        pytest.param("<p>a&nbsp;b\u200b\u00adc  d\n e</p>", ["a bc d e"], id="spaces and invisible characters"),
        pytest.param("<p>cafe\u0301</p>", ["café"], id="NFC"),
        pytest.param(
            "<p>one</p><script>var x</script><style>p{}</style><noscript>no</noscript>", ["one"], id="no scripts"
        ),
        pytest.param("<p>one</p><p hidden>two</p><p style='display: none'>three</p>", ["one"], id="hidden"),
        pytest.param("<p>one</p><!-- two --><select><option>three</select>", ["one"], id="comments and controls"),
        pytest.param("<p>\u202bمرحبا\u202c</p>", ["مرحبا"], id="bidi controls"),
        pytest.param("<p>می\u200cخواهم</p>", ["می\u200cخواهم"], id="Persian keeps its non-joiner"),
        pytest.param("<p> </p><div></div>", [], id="nothing"),
    ],
)
def test_texts_come_out_in_order_and_whole(markup: str, expected: list[str]) -> None:
    assert blocks(f"<html><body>{markup}</body></html>") == expected


def test_a_body_that_a_script_will_show_is_read() -> None:
    text = "A long story. " * 300
    assert blocks(f"<html><body style='display:none'><p>{text}</p></body></html>") == [text.strip()]


def test_links_are_measured_and_masked_through_nested_elements() -> None:
    markup = "<body><p>Read <a href=/x><span>also <b>this</b></span></a> now</p><p><a href=/y>All link</a></p></body>"
    first, second = (one.block for one in placed_blocks(html.document_fromstring(markup)))
    assert first.masked == f"Read {LINK} now"
    assert first.link_share == pytest.approx(8 / 15, abs=0.001)
    assert second.link_share == 1.0


def test_kind_and_path_say_where_a_text_stands() -> None:
    markup = (
        "<body><div class='post post-123 x'><h2>H</h2><blockquote><p>Q</p></blockquote><ul><li>L</ul>"
        "<figure><img><figcaption>C</figcaption></figure></div></body>"
    )
    found = {one.block.text: one.block for one in placed_blocks(html.document_fromstring(markup))}
    assert [found[text].kind for text in "HQLC"] == [
        BlockKind.HEADING,
        BlockKind.QUOTE,
        BlockKind.LIST_ITEM,
        BlockKind.CAPTION,
    ]
    assert found["H"].path.endswith("div.post.post-0>h2")


def test_deep_and_large_pages_are_read_in_bounded_time() -> None:
    began = time.monotonic()
    blocks("<div>" * 100_000 + "text")
    assert len(blocks("<p>word</p>" * 30_000)) == 20_000
    assert time.monotonic() - began < 10


@given(st.text())
def test_cleaning_text_twice_is_cleaning_it_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\n" not in once
