"""Text blocks of a page: whole, clean, in order, with where they stand; and what its head declares."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.article import BlockKind
from harvester.extract.walk import (
    DEEPEST,
    LINK,
    MOST_BLOCKS,
    MOST_CAPTURED,
    MOST_NAMED,
    MOST_PLACES,
    Piece,
    clean_text,
    walk,
)


def pieces(markup: str) -> list[Piece]:
    return walk(f"<body>{markup}").pieces


def texts(markup: str) -> list[str]:
    return [one.text for one in pieces(markup)]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>one</p><p>two</p>", ["one", "two"], id="boundaries never glue"),
        pytest.param("<div>one<p>two</p>three</div>", ["one", "two", "three"], id="text around a paragraph"),
        pytest.param("<p>one<br>two<br/><br>three</p>", ["one", "two", "three"], id="line breaks"),
        pytest.param("<p>one<hr>two", ["one", "two"], id="rule"),
        pytest.param("<p>w<b>or</b>d, <i>and</i> more</p>", ["word, and more"], id="inline elements split no word"),
        pytest.param("<p>un<wbr>break<!-- x -->able</p>", ["unbreakable"], id="neither do comments and wbr"),
        pytest.param("<p>a\u00a0b&nbsp;c  d\n\te</p>", ["a b c d e"], id="spaces"),
        pytest.param("<p>a\u200bb\u00adc\u2060d\ufeffe</p>", ["abcde"], id="zero width and soft hyphens"),
        pytest.param("<p>\u202bمرحبا\u202c \u2067بك\u2069\u200f</p>", ["مرحبا بك"], id="bidi controls"),
        pytest.param("<p>a\ufffcb</p>", ["ab"], id="the mark for links is none of the page's"),
        pytest.param("<p>cafe\u0301</p>", ["caf\u00e9"], id="NFC"),
        pytest.param("<p>cafe<b>\u0301</b></p>", ["caf\u00e9"], id="NFC across elements"),
        pytest.param("<p>قال «الوزيرُ» إنّ ٱلأمر</p>", ["قال «الوزيرُ» إنّ ٱلأمر"], id="Arabic as written"),
        pytest.param("<p>می\u200cخواهم</p>", ["می\u200cخواهم"], id="Persian keeps its non-joiner"),
        pytest.param("<p>क्\u200dष</p>", ["क्\u200dष"], id="Indic scripts keep their joiner"),
        pytest.param("<p> \n </p><div>\u200b</div>", [], id="nothing"),
        pytest.param("<pre>one\n  two</pre>", ["one two"], id="preformatted"),
        pytest.param("<p>x &lt;b&gt; &amp;amp;</p>", ["x <b> &amp;"], id="entities once"),
    ],
)
def test_texts_come_out_in_order_and_whole(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<ul><li>one<li>two</ul>", ["one", "two"], id="unclosed items"),
        pytest.param("<ul><li>1<ul><li>1.1</ul><li>2</ul>after", ["1", "1.1", "2", "after"], id="a list in a list"),
        pytest.param("<dl><dt>k<dd>v<dt>l<dd>w</dl>", ["k", "v", "l", "w"], id="definitions"),
        pytest.param("<table><tr><th>a<th>b<tr><td>1<td>2</table>", ["a", "b", "1", "2"], id="cells, row by row"),
        pytest.param("<table>stray<tr><td>a</table>", ["stray", "a"], id="text beside cells stands before the table"),
        pytest.param("<p>one<p>two<div>three", ["one", "two", "three"], id="a paragraph ends the one before"),
        pytest.param("<p>one<div>two</div>three</p>four", ["one", "two", "three", "four"], id="div ends a paragraph"),
        pytest.param("<a href=/><p>one</p><p>two</p></a>", ["one", "two"], id="blocks in a link"),
        pytest.param("<b><p>one</b>two</p>", ["onetwo"], id="crossed elements"),
        pytest.param("<x-head>one</x-head><x-text>two</x-text>three", ["one", "two", "three"], id="custom elements"),
        pytest.param("<article>one<section>two</section></article>", ["one", "two"], id="sections"),
    ],
)
def test_the_tree_is_that_of_the_html_standard(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<script>no</script>",
        "<style>no</style>",
        "<svg><title>no</title><text>no</text></svg>",
        "<math><mi>no</mi></math>",
        "<select><option>no</select>",
        "<textarea>no</textarea>",
        "<button>no <b>no</b></button>",
        "<iframe>no</iframe>",
        "<video>no</video>",
        "<!-- no -->",
        "<span hidden>no <b>no</b></span>",
        "<i style='x; DISPLAY : none'>no</i>",
        "<span class='a sr-only'>no</span>",
        "<span class=visually-hidden>no</span>",
    ],
)
def test_what_no_reader_sees_is_left_out_and_the_text_around_is_one(markup: str) -> None:
    assert texts(f"<p>on{markup}e</p>") == ["one"]


@pytest.mark.parametrize(
    ("markup", "unseen"),
    [
        ("<p hidden>x</p>", True),
        ("<p style='color: red; display:none'>x</p>", True),
        ("<noscript>x</noscript>", True),
        ("<dialog>x</dialog>", True),
        ("<template>x</template>", True),
        ("<template shadowrootmode=open>x</template>", False),
        ("<p style='pointer-events: none; display: block'>x</p>", False),
        ("<p>x</p>", False),
    ],
)
def test_elements_that_a_script_may_show_are_read_and_marked(markup: str, unseen: bool) -> None:
    (one,) = pieces(f"<p>{markup}")
    assert one.text == "x"
    assert any(place.looks[1] for place in one.place.chain()) is unseen


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<p>x</p>", BlockKind.PARAGRAPH),
        ("<h3>x</h3>", BlockKind.HEADING),
        ("<h2><div><p>x</p></div></h2>", BlockKind.HEADING),
        ("<ul><li><p>x</p></li></ul>", BlockKind.LIST_ITEM),
        ("<dl><dd>x</dl>", BlockKind.LIST_ITEM),
        ("<blockquote><p>x</p></blockquote>", BlockKind.QUOTE),
        ("<ul><li><blockquote>x</blockquote></ul>", BlockKind.QUOTE),
        ("<figure><figcaption><p>x</p></figcaption></figure>", BlockKind.CAPTION),
        ("<figure><figcaption><ul><li>x</ul></figcaption></figure>", BlockKind.CAPTION),
        ("<table><tr><td>x</td></tr></table>", BlockKind.CELL),
    ],
)
def test_kind_is_of_the_nearest_that_says(markup: str, kind: BlockKind) -> None:
    assert [one.place.kind for one in pieces(markup)] == [kind]


def test_path_has_two_classes_and_folds_digits() -> None:
    (one,) = pieces('<div class="post-1234 wide third"><p class="p2">x <b class=y>y</b></p></div>')
    assert one.place.path == "body>div.post-0.wide>p.p0"


@pytest.mark.parametrize(
    ("markup", "letters", "linked", "masked"),
    [
        ("<p>none</p>", 4, 0, ""),
        ("<p><a href=/>all</a></p>", 3, 3, LINK),
        ("<a href=/><p>all</p></a>", 3, 3, LINK),
        ("<p>half <a href=/><b>ha</b><i>lf</i></a></p>", 8, 4, f"half {LINK}"),
        ("<p><a href=/>abc</a> or <b><a href=/>de</a></b>f</p>", 8, 5, f"{LINK} or {LINK}f"),
        ("<p>Read <a href=/x><span>also <b>this</b></span></a> now</p>", 15, 8, f"Read {LINK} now"),
        ("<p>cafe\u0301\u200b <a href=/>x</a></p>", 5, 1, f"caf\u00e9 {LINK}"),
    ],
)
def test_links_are_counted_and_masked_through_inline_elements(
    markup: str, letters: int, linked: int, masked: str
) -> None:
    (one,) = pieces(markup)
    assert (one.letters, one.linked, one.masked) == (letters, linked, masked)


def test_bold_and_slanted_letters_are_counted() -> None:
    (one,) = pieces("<p>a <b>bb <i>ccc</i></b> <cite>dddd</cite> <span>e</span></p>")
    assert (one.letters, one.bold, one.slanted) == (11, 5, 7)


def test_the_names_of_an_inline_element_are_those_of_the_block_s_beginning() -> None:
    first, second = pieces("<p><span class=date id=d>Monday</span> <b class=x>y</b></p><p>text <b class=x>y</b></p>")
    assert (first.inline, second.inline) == ("date d", "")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a</p><p><time>b</time></p><p>c</p>", [False, True, False]),
        ("<p>a</p><time datetime=2026-11-20></time><p>b</p><p>c</p>", [False, True, False]),
    ],
)
def test_a_time_marks_its_block_alone(markup: str, expected: list[bool]) -> None:
    assert [one.has_time for one in pieces(markup)] == expected


def test_places_hold_the_interval_of_those_inside() -> None:
    found = walk("<body><main><div><p>a</p><p>b</p></div><ul><li>c</ul></main><footer>d</footer>")
    by_tag = {place.tag: place for place in found.places}
    spans = {tag: (place.number, place.end) for tag, place in by_tag.items()}
    assert [place.tag for place in found.places] == "html body main div p p ul li footer".split()
    assert spans["body"] == (1, 8)
    assert spans["main"] == (2, 7)
    assert spans["div"] == (3, 5)
    assert spans["footer"] == (8, 8)
    for tag, inside in {"div": "ab", "ul": "c", "main": "abc", "body": "abcd"}.items():
        first, last = spans[tag]
        assert "".join(one.text for one in found.pieces if first <= one.place.number <= last) == inside


def test_every_place_lies_within_its_parent_also_where_the_page_is_cut_off() -> None:
    found = walk("<div><p>x" * 300 + "<table><tr><td><b>" * 300)
    for place in found.places:
        assert place.number <= place.end < len(found.places)
        if place.parent is not None:
            assert place.parent.number < place.number
            assert place.end <= place.parent.end


def test_elements_nested_too_deep_are_left_out_and_the_walk_goes_on() -> None:
    markup = f"{'<div>' * 450}no{'</div>' * 450}<p>x</p>"
    found = walk(f"<body>{markup}")
    assert [one.text for one in found.pieces] == ["x"]
    assert max(len(list(place.chain())) for place in found.places) <= DEEPEST


def test_pages_of_very_many_blocks_or_elements_are_cut_off() -> None:
    found = walk("<p>word</p>" * (MOST_BLOCKS + 50))
    assert len(found.pieces) == MOST_BLOCKS
    found = walk("<div></div>" * (MOST_PLACES + 50))
    assert len(found.places) == MOST_PLACES


def test_what_the_head_declares() -> None:
    found = walk(
        "<html lang=ar><head><title> Old <b>quay</b>\u200b\n opens </title><title>no</title>"
        "<link rel='shortlink Canonical' href=/c><link rel=canonical href=/d>"
        "<meta property=' OG:Type ' content=article><meta name=Author content='Ann'><meta itemprop=x content=1>"
        "<meta name=empty content=''><meta charset=utf-8>"
        "<script type='application/ld+json; charset=utf-8'>{\"a\": \"<p>\"}</script><script>var x = '<p>no'</script>"
        "</head><body><p>x"
    )
    assert (found.language, found.title, found.canonical) == ("ar", "Old <b>quay</b> opens", "/c")
    assert found.metas == [("og:type", "article"), ("author", "Ann"), ("x", "1")]
    assert (found.data, found.scripts) == (['{"a": "<p>"}'], ["var x = '<p>no'"])
    assert [one.text for one in found.pieces] == ["x"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h1>One <b>t</b>wo</h1>", "One two"),
        ("<h1><span>T</span>he end</h1>", "The end"),
        ("<h1><span>Kicker</span><span>Headline of the day</span></h1>", "Kicker Headline of the day"),
        ("<h1>قال<span>الوزير</span></h1>", "قال الوزير"),
        ("<h1>one<br>two</h1>", "one two"),
        ("<h1>one<div>two</div>three</h1>", "one two three"),
        ("<h1>x<script>no</script>y</h1>", "xy"),
        ("<h1>" + "long " * 200, ("long " * 200)[:MOST_CAPTURED].strip()),
    ],
)
def test_headings(markup: str, expected: str) -> None:
    assert walk(markup).headings == [expected]


def test_text_of_a_declared_shadow_root_is_read() -> None:
    markup = "<body><x-story><template shadowrootmode=open><p>one</p><slot></slot></template>two</x-story>"
    assert {one.text for one in walk(markup).pieces} == {"one", "two"}


def test_times_know_their_block() -> None:
    found = walk("<p>a</p><p>On <time datetime=2026-11-20T08:00Z>20 <b>Nov</b></time></p><time>yesterday</time>")
    assert found.times == [("2026-11-20T08:00Z", "20 Nov", 1), ("", "yesterday", 2)]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<time itemprop=datePublished datetime=2026-11-20>20 Nov</time>", "2026-11-20"),
        ("<span itemprop=datePublished content=2026-11-20>20 Nov</span>", "2026-11-20"),
        ("<div itemprop=datePublished>20 <b>Nov</b></div>", "20 Nov"),
    ],
)
def test_dates_of_publication(markup: str, expected: str) -> None:
    assert walk(markup).dated == [expected]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p class='meta author'>Ann Lee</p>", ["Ann Lee"]),
        ("<a rel=author href=/>Ann Lee</a>", ["Ann Lee"]),
        ("<span itemprop=author><b>Ann</b> <b>Lee</b></span>", ["Ann Lee"]),
        ("<div class=byline><span>By</span><span>Ann Lee</span></div>", ["By | Ann Lee"]),
        ("<div class=author_name>Ann Lee<br>Kiel</div>", ["Ann Lee | | Kiel"]),
        ("<p class=author-bio>Ann Lee writes</p>", []),
        ("<p class=authority>x</p>", []),
        ("<p class=author> </p>", []),
        ("<p class=author>x</p>" * (MOST_NAMED + 3), ["x"] * MOST_NAMED),
    ],
)
def test_names_marked_as_authors(markup: str, expected: list[str]) -> None:
    assert [text for text, _ in walk(markup).named] == expected


def test_pictures_know_their_place() -> None:
    found = walk("<p>x</p><figure><img src=/a.jpg><img data-src=b.jpg><img alt=none></figure>").pictures
    assert [(place.tag, source) for place, source in found] == [("figure", "/a.jpg"), ("figure", "b.jpg")]


@given(st.text())
def test_clean_text_is_one_line_and_stays(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean == " ".join(clean.split())


_TAGS = st.sampled_from("p div span a b br li table td h1 time figure figcaption x-y".split())


@given(st.lists(st.tuples(_TAGS, st.booleans(), st.text("abc \u0627\u0628", max_size=5)), max_size=30))
def test_blocks_hold_the_page_s_own_letters_all_of_them(parts: list[tuple[str, bool, str]]) -> None:
    markup = "".join(f"<{'/' if end else ''}{tag}>{text}" for tag, end, text in parts)
    found = "".join("".join(texts(markup)).split())
    own = "".join("".join(text for _, _, text in parts).split())
    assert sorted(found) == sorted(own)


@given(st.lists(st.tuples(st.sampled_from("p div span a b br li h1 x-y".split()), st.text("abc \u0627")), max_size=30))
def test_blocks_keep_the_page_s_order(parts: list[tuple[str, str]]) -> None:
    markup = "".join(f"<{tag}>{text}" for tag, text in parts)
    letters: Iterator[str] = iter("".join("".join(text for _, text in parts).split()))
    assert all(letter in letters for text in texts(markup) for letter in "".join(text.split()))
