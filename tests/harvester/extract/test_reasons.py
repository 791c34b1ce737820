"""Why a block is not the article's text."""

import pytest

from harvester.extract.reasons import reason
from harvester.extract.walk import walk

TITLE = "Old quay to be repaired"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<h1>Old Quay: to be repaired!</h1>", "headline", id="headline"),
        pytest.param("<div hidden><p>x</p></div>", "hidden", id="hidden"),
        pytest.param("<noscript>x</noscript>", "hidden", id="shown without scripts alone"),
        pytest.param("<figure><figcaption>x</figcaption></figure>", "caption", id="caption"),
        pytest.param("<figure><p>x</p></figure>", "caption", id="in a figure"),
        pytest.param("<p>Monday, <time>20 November</time></p>", "byline", id="time"),
        pytest.param("<p class=post-meta>Ann Lee</p>", "byline", id="meta line"),
        pytest.param("<p><span class=byline>Ann Lee</span></p>", "byline", id="by the inline element"),
        pytest.param("<div class=related-news><p>x</p></div>", "related", id="related"),
        pytest.param("<section id=comments><div><p>x</p></div></section>", "comment", id="comment"),
        pytest.param("<div class=author-box><p>" + "She writes. " * 10 + "</p></div>", "biography", id="biography"),
        pytest.param("<div class=social><p>x</p></div>", "share", id="share"),
        pytest.param("<div class=newsletter><p>x</p></div>", "promotion", id="promotion"),
        pytest.param("<ul class=tags><li>x</ul>", "tags", id="tags"),
        pytest.param("<p><a href=/>Another story</a></p>", "link", id="link"),
        pytest.param("<p>x <a href=/>and a link</a> with more around it</p>", "not body", id="nothing to see"),
        pytest.param("<div class=ads-free-loader><p>x</p></div>", "promotion", id="ads"),
        pytest.param("<div class=heads><p>x</p></div>", "not body", id="a word inside another is none"),
    ],
)
def test_reason(markup: str, expected: str) -> None:
    (one,) = walk(f"<body>{markup}").pieces
    assert reason(one, title=TITLE, echoed=False) == f"extraction: {expected}"


def test_a_repeated_line_says_so_where_nothing_better_is_known() -> None:
    plain, linked = walk("<p>A quote of the story</p><p><a href=/>Story</a></p>").pieces
    assert reason(plain, title=None, echoed=True) == "extraction: repeated"
    assert reason(linked, title=None, echoed=True) == "extraction: link"


def test_only_the_nearest_elements_names_count() -> None:
    (one,) = walk("<body class=newsletter-on><main><article><section><div><p>x").pieces
    assert reason(one, title=None, echoed=False) == "extraction: not body"
