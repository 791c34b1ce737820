"""Section pages: the articles that they name, and their next page."""

import pytest

from spiders.section import read_section

URL = "https://news.example/politics"
ARTICLE = "/2026/11/23/council-opens-bridge"


def page(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


def next_url(body: str, url: str = URL, head: str = "") -> str | None:
    return read_section(page(body, head), url).next_url


def test_articles_of_the_same_site_each_once_with_the_longer_word_for_them() -> None:
    reading = read_section(
        page(
            f'<a href="{ARTICLE}"><img src="x.jpg"></a>'
            f'<h2><a href="{ARTICLE}#comments">Council <b>opens</b>\n bridge</a></h2>'
            f'<a href="https://www.news.example{ARTICLE}?utm_source=front">again</a><a href="/politics">Politics</a>'
            '<a href="https://other.example/2026/11/23/somebody-elses-story">x</a>'
            '<a href="mailto:a@b">mail</a><a>none</a>'
        ),
        URL,
    )
    assert [(link.url, link.title) for link in reading.links] == [
        (f"https://news.example{ARTICLE}", "Council opens bridge")
    ]


def test_links_are_relative_to_the_base_element() -> None:
    reading = read_section(page('<a href="council-opens-bridge">t</a>', '<base href="/2026/11/23/">'), URL)
    assert [link.url for link in reading.links] == [f"https://news.example{ARTICLE}"]


NEXT = {
    "link rel": ("", URL, '<link rel="next" href="/politics?start=20">', "/politics?start=20"),
    "a rel": ('<a rel="nofollow next" href="/politics/2">»</a>', URL, "", "/politics/2"),
    "path": ('<a href="/politics/page/2/">2</a><a href="/politics/page/3/">3</a>', URL, "", "/politics/page/2/"),
    "path, later": (
        '<a href="/politics">1</a><a href="/politics/page/4">4</a><a href="/politics/page/3">3</a>',
        f"{URL}/page/3", "", "/politics/page/4",
    ),
    "parameter": ('<a href="?page=2">2</a>', URL, "", "/politics?page=2"),
    "parameter, later": ('<a href="?page=7">7</a><a href="?page=5">5</a>', f"{URL}?page=6", "", "/politics?page=7"),
    "parameter among others": ('<a href="?sort=new&page=2">2</a>', f"{URL}?sort=new", "", "/politics?sort=new&page=2"),
    "older": ('<a href="/politics?before=17">Older posts →</a>', URL, "", "/politics?before=17"),
    "arabic": ('<a href="/politics?from=20">الصفحة التالية</a>', URL, "", "/politics?from=20"),
    "german": ('<a href="/politics?ab=20">Nächste Seite »</a>', URL, "", "/politics?ab=20"),
    "turkish": ('<a href="/politics?s2=20">Sonraki</a>', URL, "", "/politics?s2=20"),
    "aria": ('<a href="/politics?x=2" aria-label="Next page"><svg></svg></a>', URL, "", "/politics?x=2"),
    "class": ('<a class="btn pagination-next" href="/politics?x=2">&gt;</a>', URL, "", "/politics?x=2"),
    "more of the same": ('<a href="/politics?offset=20">المزيد</a>', URL, "", "/politics?offset=20"),
    "counted before words": (
        '<a href="/sport">Next</a><a href="/politics/page/2">2</a>', URL, "", "/politics/page/2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "url", "head", "expected"), NEXT.values(), ids=NEXT.keys())
def test_the_next_page(body: str, url: str, head: str, expected: str) -> None:
    assert next_url(body, url, head) == f"https://news.example{expected}"


NO_NEXT = {
    "more of another section": '<a href="/sport">More</a>',
    "more of another section, arabic": '<a href="/sport">المزيد</a>',
    "another site": '<a rel="next" href="https://other.example/2">next</a>',
    "itself": '<a rel="next" href="/politics/">next</a>',
    "the next article": f'<a href="{ARTICLE}">Next</a>',
    "nothing": "<p>no links</p>",
}


@pytest.mark.parametrize("body", NO_NEXT.values(), ids=NO_NEXT.keys())
def test_no_next_page(body: str) -> None:
    assert next_url(body) is None


def test_more_on_the_front_page_leads_to_sections_and_is_no_paging() -> None:
    assert next_url('<a href="/sport">More</a>', "https://news.example/") is None


@pytest.mark.parametrize("markup", ["", " ", "\x00", "<", "<!-- ", "<a href='http://[::1/x'>x</a>", "<div>" * 5000])
def test_broken_markup_names_nothing(markup: str) -> None:
    assert read_section(markup, URL).links == ()
