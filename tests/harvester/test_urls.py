"""The key merges the addresses of one story and keeps two stories apart; it never raises, whatever it is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.urls import article_id, canonical_url, same_site, url_key

STORY = "https://example.com/2026/11/harbour-story"

ODD = [
    "",
    "///",
    "http://[::1",
    "http://[x]/",
    "http://e.com:bad/a",
    "http://e.com:99999999/",
    "http://e.com/%zz",
    "a b",
]


@pytest.mark.parametrize(
    "variant",
    [
        "http://example.com/2026/11/harbour-story",
        "https://www.example.com/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story/",
        "https://example.com/2026/11/harbour-story?utm_source=x&utm_medium=y",
        "https://example.com/2026/11/harbour-story?fbclid=abc",
        "https://example.com/2026/11/harbour-story#comments",
        "https://example.com/2026/11/harbour-story/amp/",
        "https://example.com/2026/11/harbour-story?amp=1",
        "https://amp.example.com/2026/11/harbour-story",
        "https://m.example.com/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story?print",
        "https://example.com/2026/11/harbour-story/print/",
        "https://EXAMPLE.com:443/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story?share=twitter",
        "https://example.com/2026/11/harbour-story?outputType=amp",
        "https://www2.example.com//2026//11/harbour-story.amp",
        "https://mobile.example.com/2026/11/harbour-story",
    ],
)
def test_variants_of_one_story_have_one_key(variant: str) -> None:
    assert url_key(variant) == url_key(STORY)


def test_a_number_instead_of_a_path_needs_the_page() -> None:
    assert url_key("https://example.com/?p=4711") != url_key(STORY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://e.com/a?id=1", "https://e.com/a?id=2", id="own parameter"),
        pytest.param("https://e.com/Story", "https://e.com/story", id="case"),
        pytest.param("https://e.com/a?page=1", "https://e.com/a?page=2", id="part"),
        pytest.param("https://sport.e.com/a", "https://e.com/a", id="section host"),
        pytest.param("https://e.com/amp-prices", "https://e.com/-prices", id="amp begins a word"),
        pytest.param("https://e.com/a%3Fb", "https://e.com/a?b", id="encoded question mark"),
        pytest.param("https://www.com/a", "https://com/a", id="www is the site"),
        pytest.param("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a", id="loopback ports"),
        pytest.param("http://localhost:8001/a", "http://localhost:8002/a", id="localhost ports"),
        pytest.param("http://[::1]:8001/a", "http://[::1]:8002/a", id="IPv6 ports"),
    ],
)
def test_different_stories_have_different_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize("path", ["%D8%A7%D9%84", "%d8%a7%d9%84", "ال"])
def test_one_spelling_of_percent_encoding(path: str) -> None:
    assert url_key(f"https://e.com/{path}?q={path}") == url_key("https://e.com/ال?q=ال")


@pytest.mark.parametrize(
    ("rel", "og", "expected"),
    [
        pytest.param(None, None, "https://e.com/a?id=1", id="none: own, without fragment and tracking"),
        pytest.param("/b", None, "https://e.com/b", id="relative"),
        pytest.param("https://www.e.com/b", "https://e.com/c", "https://www.e.com/b", id="rel first"),
        pytest.param("https://other.com/b", "https://e.com/c", "https://e.com/c", id="other site: og"),
        pytest.param("https://e.com/", "https://e.com/", "https://e.com/a?id=1", id="home page"),
        pytest.param("javascript:void(0)", "", "https://e.com/a?id=1", id="not http"),
        pytest.param("http://[bad", None, "https://e.com/a?id=1", id="broken"),
    ],
)
def test_canonical_url(rel: str | None, og: str | None, expected: str) -> None:
    assert canonical_url("https://e.com/a?id=1&utm_source=x#top", rel, og) == expected


def test_a_home_page_may_name_itself() -> None:
    assert canonical_url("https://e.com/", "https://www.e.com/") == "https://www.e.com/"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://news.e.co.uk/a", "http://e.co.uk:81/", True),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/", True),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://localhost/", "http://localhost/x", True),
        ("", "", False),
    ],
)
def test_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


def test_article_id_is_of_source_and_key() -> None:
    # First 32 digits of: printf 'demo\nexample.com/2026/11/harbour-story' | sha256sum
    assert (
        article_id("demo", STORY) == article_id("demo", f"{STORY}/?utm_source=x") == "15b69b5615e4d492aad43fa7f7e80ff6"
    )
    assert article_id("other", STORY) != article_id("demo", STORY)


@pytest.mark.parametrize(
    "url",
    [
        *ODD,
        pytest.param("http://e.com/\ud800"),
        pytest.param("http://e.com/?a=\ud800"),
    ],
)
def test_odd_addresses_do_not_raise(url: str) -> None:
    canonical_url(url, url, url)
    same_site(url, url)
    assert len(article_id("demo", url)) == 32


_PARTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(host=_PARTS, path=_PARTS, query=_PARTS)
def test_any_text_is_taken(host: str, path: str, query: str) -> None:
    for url in (host, f"https://{host}/{path}?{query}", f"//{host}{path}"):
        canonical_url(url, path, query)
        same_site(url, host)
        assert len(article_id("demo", url)) == 32


@given(path=_PARTS, query=_PARTS)
def test_an_address_made_of_a_key_has_that_key(path: str, query: str) -> None:
    key = url_key(f"https://e.com/{path}?{query}")
    assert url_key(f"https://{key}") == key


@given(path=_PARTS, query=_PARTS)
def test_scheme_and_www_never_matter(path: str, query: str) -> None:
    assert url_key(f"http://www.e.com/{path}?{query}") == url_key(f"https://e.com/{path}?{query}")
