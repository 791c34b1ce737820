"""The key merges the addresses of one story and keeps two stories apart; it never raises, whatever it is given."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.urls import article_id, canonical_url, same_site, url_key, without_tracking
from harvester.urls.parts import LONGEST
from tests.addresses import HARBOUR, STORIES, TRAPS, VARIANTS

ODD = [
    "",
    "///",
    "//",
    "http://[::1",
    "http://[x]/",
    "http://[]/",
    "http://.",
    "http://:80/",
    "http://@/",
    "http://a..b/",
    "http://e.com:bad/a",
    "http://e.com:99999999/",
    "http://e.com/%zz",
    "http://e.com/..",
    "http://e.com/.amp",
    "http://e.com/amp.amp?amp;&=&amp;",
    "http://" + "m." * 4000,
    "http://" + "ß" * 300 + ".e.com/",
    "http://e.com/" + "x/amp/" * 1000,
    "http://e.com/" + "x" * LONGEST,
    "a b",
]


@pytest.mark.parametrize(("variant", "address"), [pytest.param(v, a, id=name) for name, v, a in VARIANTS])
def test_variants_of_one_story_have_one_key(variant: str, address: str) -> None:
    assert url_key(variant) == url_key(address)


@pytest.mark.parametrize(("one", "other"), [pytest.param(one, other, id=name) for name, one, other in TRAPS])
def test_different_stories_have_different_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


def test_different_stories_of_the_table_have_different_keys() -> None:
    addresses = {story.address for story in STORIES.values()}
    assert len({url_key(address) for address in addresses}) == len(addresses)


def test_a_number_instead_of_a_path_needs_the_page() -> None:
    assert url_key("https://example.com/?p=4711") != url_key(HARBOUR)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (
            f"http://www.example.com:80{HARBOUR.removeprefix('https://example.com')}/",
            "example.com/2026/11/harbour-story",
        ),
        ("https://e.com/", "e.com"),
        ("https://e.com/?p=1", "e.com?p=1"),
        ("https://m.forum.e.com/a", "forum.e.com/a"),
        ("https://e.com/a?b&a=x y&utm_id=1", "e.com/a?a=x+y&b="),
        ("https://موقع.example/ال/?س=ص", "xn--4gbrim.example/%D8%A7%D9%84?%D8%B3=%D8%B5"),
        ("https://e.com:8443/a;b=c,1.html", "e.com:8443/a;b=c,1.html"),
        ("http://[::1]:8001/a", "[::1]:8001/a"),
        ("https://e.com/#!/story/1/", "e.com#!/story/1"),
        ("https://e.com/a%2fb%20(c)", "e.com/a%2Fb%20(c)"),
        ("e.com/a/", "e.com/a/"),
    ],
)
def test_how_a_key_is_written(url: str, key: str) -> None:
    assert url_key(url) == key


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.com/a/?utm_source=x&id=%D8%A7&amp;b=1#top", "https://e.com/a/?id=%D8%A7&b=1"),
        ("https://e.com/?utm_source=x#!/story/1", "https://e.com/#!/story/1"),
        ("//e.com/a?fbclid=1", "//e.com/a"),
        ("no address?utm_source=x", "no address?utm_source=x"),
    ],
)
def test_an_address_without_tracking_is_still_that_address(url: str, expected: str) -> None:
    assert without_tracking(url) == expected


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


STORY = "https://www.e.com/politics/2026/11/harbour-opens-after-years"


@pytest.mark.parametrize(
    ("page", "declared"),
    [
        pytest.param("https://e.com/", "https://www.e.com/", id="home page, of itself"),
        pytest.param(f"{STORY}/amp/", STORY, id="AMP form"),
        pytest.param(STORY.replace("www", "amp"), STORY, id="AMP host"),
        pytest.param("https://e.com/amp/harbour", "https://e.com/harbour", id="AMP section"),
        pytest.param(f"{STORY}?amp=1", STORY, id="AMP switch"),
        pytest.param(STORY, STORY.replace("https", "http"), id="http of an https page"),
        pytest.param(STORY.replace("https", "http"), STORY, id="https of an http page"),
        pytest.param("https://e.com/?p=4711", STORY, id="headline of a number"),
        pytest.param(STORY, "https://www.e.com/?p=4711", id="number of a headline"),
        pytest.param("https://e.com/node/4711", STORY, id="headline of a node"),
        pytest.param("https://e.com/news/harbour-opens", "https://e.com/harbour-opens", id="another section"),
        pytest.param(
            "https://news.e.com/harbour-opens", "https://www.e.com/harbour-opens", id="another host of the site"
        ),
        pytest.param("https://e.com/story/2", "https://e.com/story", id="first page of a short name"),
        pytest.param(f"{STORY}/page/3", STORY, id="first page"),
        pytest.param(f"{STORY}/seite-2", STORY, id="first page, in German"),
        pytest.param(f"{STORY}/comments", STORY, id="comments' story"),
        pytest.param(f"{STORY}?page=2", STORY, id="first page, by parameter"),
        pytest.param(f"{STORY}?cid=4711", STORY, id="headline without a number that was not needed"),
        pytest.param(
            "https://e.com/4711042/harbour-opens-after-years", "https://e.com/4711042", id="number without headline"
        ),
        pytest.param(
            "https://e.com/harbour-opens-today/4711042", "https://e.com/harbour-opens-today", id="the reverse"
        ),
        pytest.param("https://e.com/platform/a", "https://e.com/en/platform/a", id="language that the page leaves out"),
        pytest.param("https://e.com/a?lang=ar", "https://ar.e.com/a", id="one language, said in two ways"),
        pytest.param("https://e.com/en-us/a", "https://e.com/en/a", id="one language, two regions"),
        pytest.param("http://127.0.0.1:8001/a", "http://127.0.0.1:8001/b", id="loopback"),
        pytest.param("https://dev.events/a", "https://dev.events/b", id="a domain that is called dev"),
        pytest.param("https://e.com/#!/story/1", "https://e.com/#!/story/1", id="route"),
        pytest.param("https://e.com/404", "https://www.e.com/404", id="a story called 404, of itself"),
    ],
)
def test_a_canonical_address_that_deserves_it_is_believed(page: str, declared: str) -> None:
    assert canonical_url(page, declared) == canonical_url(page, None, declared) == declared


@pytest.mark.parametrize(
    ("page", "declared"),
    [
        pytest.param(STORY, "https://www.e.com", id="home page"),
        pytest.param(STORY, "https://www.e.com/index.html", id="index file of the home page"),
        pytest.param(STORY, "/ar/", id="home page of a language"),
        pytest.param(STORY, "/en-us/index.php", id="index file of a language's home page"),
        pytest.param(STORY, "/home", id="home page by name"),
        pytest.param(STORY, "/?lang=ar", id="home page with a language"),
        pytest.param("https://e.com/?p=4711", "https://e.com/", id="home page of a number"),
        pytest.param("https://e.com/#!/story/1", "https://e.com/", id="home page of a route"),
        pytest.param(STORY, "https://www.e.com/politics", id="section above"),
        pytest.param(STORY, "https://www.e.com/politics/2026/11/", id="month above"),
        pytest.param("https://e.com/opinion/harbour", "https://e.com/opinion", id="section above a short name"),
        pytest.param("https://e.com/news/2", "https://e.com/news", id="list, or section above a number"),
        pytest.param("https://e.com/أخبار/المرفأ", "https://e.com/أخبار", id="section above, in Arabic"),
        pytest.param(
            "https://e.com/story-of-the-day/harbour-opens-after-years",
            "https://e.com/story-of-the-day",
            id="series above",
        ),
        pytest.param("https://e.com/article.aspx?id=2", "https://e.com/article.aspx", id="program without the number"),
        pytest.param("https://e.com/article.aspx?id=2", "https://e.com/article.aspx?id=1", id="another number"),
        pytest.param("https://e.com/a?NewsID=2", "https://e.com/b?newsid=1", id="another number elsewhere"),
        pytest.param(STORY, "https://www.e.com/404.html", id="error"),
        pytest.param(STORY, "https://www.e.com/errors/not-found", id="error by name"),
        pytest.param(STORY, f"https://www.e.com/login?next={STORY}", id="login"),
        pytest.param(STORY, "https://consent.e.com/consent?url=x", id="consent"),
        pytest.param(STORY, "https://www.e.com/search?q=harbour", id="search"),
        pytest.param(STORY, "https://www.e.com/undefined", id="undefined"),
        pytest.param(STORY, "https://www.e.com/{{ slug }}", id="unfilled template"),
        pytest.param(STORY, "Harbour opens after years", id="headline"),
        pytest.param(STORY, "https://www.e.com/https://www.e.com/harbour-opens", id="address in an address"),
        pytest.param(STORY, "https://www.e.com/images/harbour.jpg", id="picture"),
        pytest.param(STORY, "https://www.e.com/harbour-opens/feed/", id="feed"),
        pytest.param(STORY, "http://localhost/harbour-opens", id="localhost"),
        pytest.param(STORY, "http://10.0.0.7/harbour-opens", id="private host"),
        pytest.param(STORY, "https://www.e.com:8443/harbour-opens", id="internal port"),
        pytest.param(STORY, "https://staging.e.com/harbour-opens", id="internal host"),
        pytest.param(STORY, "https://www-preview.e.com/harbour-opens", id="internal host, with a hyphen"),
        pytest.param(STORY, "https://harbour-opens", id="no host"),
        pytest.param(
            "https://a.github.io/harbour", "https://b.github.io/harbour", id="another site of a site of sites"
        ),
        pytest.param("https://e.com/ar/4711", "https://e.com/en/4711", id="another language"),
        pytest.param("https://e.com/ar/4711", "https://e.com/4711", id="the language left out"),
        pytest.param("https://e.com/a?lang=ar", "https://e.com/a", id="the language's parameter left out"),
        pytest.param("https://ar.e.com/4711", "https://www.e.com/4711", id="another language's host"),
    ],
)
def test_a_canonical_address_that_many_pages_or_none_have_is_not_believed(page: str, declared: str) -> None:
    assert canonical_url(page, declared, declared) == page


def test_a_canonical_address_that_lacks_its_scheme_is_completed() -> None:
    assert canonical_url(f"{STORY}?id=1", "www.e.com/harbour-opens") == "https://www.e.com/harbour-opens"


def test_a_page_of_an_amp_cache_is_its_publishers() -> None:
    cached = "https://e-com.cdn.ampproject.org/c/s/e.com/harbour/amp"
    assert canonical_url(cached, "https://e.com/harbour") == "https://e.com/harbour"
    assert canonical_url(cached) == "https://e.com/harbour/amp"
    assert not same_site(cached, "https://e.com/")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://news.e.co.uk/a", "http://e.co.uk:81/", True),
        ("https://a.co.uk/", "https://b.co.uk/", False),
        ("https://www.straße.example/", "http://xn--strae-oqa.example/", True),
        ("https://E.com./", "https://reader@e.com/", True),
        ("http://127.0.0.1:1/", "http://127.0.0.1:2/", True),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://[::1]:1/", "http://[::1]/", True),
        ("http://localhost/", "http://localhost/x", True),
        ("", "", False),
    ],
)
def test_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


def test_article_id_is_of_source_and_key() -> None:
    # First 32 digits of: printf 'demo\nexample.com/2026/11/harbour-story' | sha256sum
    known = "15b69b5615e4d492aad43fa7f7e80ff6"
    assert article_id("demo", HARBOUR) == article_id("demo", f"{HARBOUR}/?utm_source=x") == known
    assert article_id("other", HARBOUR) != article_id("demo", HARBOUR)


@pytest.mark.parametrize("url", [*ODD, pytest.param("http://e.com/\ud800"), pytest.param("http://e.com/?a=\ud800")])
def test_odd_addresses_do_not_raise(url: str) -> None:
    started = time.process_time()
    canonical_url(url, url, url)
    canonical_url("http://e.com/a", url, url)
    same_site(url, url)
    assert len(article_id("demo", url)) == 32
    assert time.process_time() - started < 2


_PARTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_PIECES = st.sampled_from(
    ". .. / // amp .amp print index.html tag m. www. story 123456 -amp ; jsessionid= %2F %2e %25 %26amp; &amp; & = ? +"
    " utm_source=x ref=x ref=1 amp=1 p=1 #! #/ %D8%A7 %D9%94 %C7 é e\u0301 \u037e ß".split()
)
_FORMS = st.lists(_PIECES, max_size=12).map("".join)


@given(host=_PARTS, path=_PARTS, query=_PARTS)
def test_any_text_is_taken(host: str, path: str, query: str) -> None:
    for url in (host, f"https://{host}/{path}?{query}", f"//{host}{path}"):
        canonical_url(url, path, query)
        same_site(url, host)
        assert len(article_id("demo", url)) == 32


@given(path=_PARTS | _FORMS, query=_PARTS | _FORMS, fragment=_PARTS | _FORMS)
def test_an_address_made_of_a_key_has_that_key(path: str, query: str, fragment: str) -> None:
    key = url_key(f"https://e.com/{path}?{query}#{fragment}")
    assert url_key(f"https://{key}") == key
    assert key.isascii()


@given(path=_PARTS | _FORMS, query=_PARTS | _FORMS)
def test_scheme_and_www_never_matter(path: str, query: str) -> None:
    assert url_key(f"http://www.e.com/{path}?{query}") == url_key(f"https://e.com/{path}?{query}")


@given(path=_PARTS | _FORMS, query=_PARTS | _FORMS)
def test_an_address_without_tracking_keeps_its_key(path: str, query: str) -> None:
    url = f"https://e.com/{path}?{query}"
    assert url_key(without_tracking(url)) == url_key(url)


@given(address=st.sampled_from([address for _, *pair in TRAPS for address in pair if len(address) < LONGEST]))
def test_the_keys_of_traps_are_addresses_too(address: str) -> None:
    assert url_key(f"https://{url_key(address)}") == url_key(address)
