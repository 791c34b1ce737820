from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.article import Article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.outcomes import Reason
from harvester.page import Page

URL = "https://news.example/2026/11/bridge"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENTENCE = (
    "The council met for the third time this month and spoke about the bridge that has been closed since spring. "
)
ARABIC = "اجتمع المجلس للمرة الثالثة هذا الشهر وتحدث عن الجسر المغلق منذ الربيع وعن كلفة إصلاحه التي تضاعفت خلال سنة. "


def page(markup: str | bytes, url: str = URL, content_type: str = "text/html; charset=utf-8") -> Page:
    content = markup.encode() if isinstance(markup, str) else markup
    headers = (("Content-Type", content_type),)
    return Page(url=url, requested_url=url, status=200, headers=headers, raw=content, content=content, fetched_at=NOW)


def read(markup: str, **options: str) -> Article:
    return read_article(page(markup, **options), home="https://news.example/")


def article(*, head: str = "", before: str = "", after: str = "", body: str = "", title: str = "Bridge to open") -> str:
    paragraphs = body or "".join(f"<p>{number}. {SENTENCE * 2}</p>" for number in range(4))
    return (
        f"<html lang=en><head><title>{title} | News of the Harbour</title>{head}</head><body>"
        f"<nav><a href=/>Home</a> <a href=/sport>Sport</a></nav><main><article>{before}<h1>{title}</h1>{paragraphs}"
        f"{after}</article></main><footer>© News of the Harbour</footer></body></html>"
    )


def test_body_title_and_what_was_left_out() -> None:
    found = read(
        article(
            before="<p class=byline>By Ann Lee</p>",
            after="<figure><img src=/a.jpg><figcaption>The bridge</figcaption></figure>"
            "<p><a href=/b>Read also: boats</a></p>",
        )
    )
    assert found.title == "Bridge to open"
    assert [line[:2] for line in found.body] == ["0.", "1.", "2.", "3."]
    whys = {block.text: block.why for block in found.removed}
    assert whys["Bridge to open"] == "extraction: headline"
    assert whys["The bridge"] is not None
    assert whys["Read also: boats"] is not None
    assert all(why is not None and why.startswith("extraction: ") for why in whys.values())


JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
 {"@type": "WebSite", "name": "News"},
 {"@type": "NewsArticle", "headline": "Bridge to open", "datePublished": "2026-11-20T08:30:00+03:00",
  "dateModified": "2026-11-21T09:00:00+03:00", "author": [{"@type": "Person", "name": "Ann Lee"}, {"name": "Bo Chen"}],
  "articleSection": "City", "keywords": "bridge, council", "image": {"url": "/a.jpg"},
  "inLanguage": "en-GB",}]}</script>"""


def test_structured_data_is_read_also_when_it_is_a_little_broken() -> None:
    found = read(article(head=JSON_LD))
    assert found.published_at == "2026-11-20T08:30:00+03:00"
    assert found.modified_at == "2026-11-21T09:00:00+03:00"
    assert found.authors == ("Ann Lee", "Bo Chen")
    assert (found.section, found.tags) == ("City", ("bridge", "council"))
    assert found.images[0].url == "https://news.example/a.jpg"
    assert found.language == "en"


@pytest.mark.parametrize(
    ("head", "before", "expected"),
    [
        ('<meta property="article:published_time" content="2026-11-20T08:30:00Z">', "", "2026-11-20T08:30:00+00:00"),
        ("", '<time datetime="2026-11-19">yesterday</time>', "2026-11-19"),
        ("", "<p>Thursday, 19 November 2026</p>", "2026-11-19"),
        ('<meta property="article:published_time" content="2031-01-01T00:00:00Z">', "", None),
        ("", "", None),
    ],
)
def test_the_date_comes_from_the_surest_place_and_never_from_the_future(
    head: str, before: str, expected: str | None
) -> None:
    assert read(article(head=head, before=before), url="https://news.example/bridge").published_at == expected


def test_a_date_in_the_address_is_the_last_resort() -> None:
    assert read(article(), url="https://news.example/2026/11/18/bridge").published_at == "2026-11-18"


def test_an_arabic_page_comes_out_whole_and_right_to_left() -> None:
    paragraphs = "".join(f"<p>{ARABIC * 2}</p>" for _ in range(4))
    footer = "<p>-------------</p><p>تابعنا : تويتر - تلغرام</p>"
    markup = article(
        title="الجسر يفتح من جديد", body=paragraphs, after=footer, before="<p>الخميس ١٩ تشرين الثاني ٢٠٢٦</p>"
    ).replace("lang=en", "lang=ar dir=rtl")
    found = read(markup, url="https://news.example/a")
    assert found.title == "الجسر يفتح من جديد"
    assert set(found.body) >= {(ARABIC * 2).strip()}
    assert (found.language, found.direction, found.published_at) == ("ar", "rtl", "2026-11-19")
    assert "تابعنا : تويتر - تلغرام" in {block.text for block in found.blocks}, "in the body, or removed, but not lost"


@pytest.mark.parametrize(
    ("title_tag", "heading", "head", "expected"),
    [
        ("Bridge to open | News", "Bridge to open", "", "Bridge to open"),
        ("News: Bridge to open - City - News", "Bridge to open", "", "Bridge to open"),
        ("Bridge to open soon, says mayor", "Bridge to open soon, says mayor", "", "Bridge to open soon, says mayor"),
        ("A | B", "The News", '<meta property="og:title" content="Bridge to open">', "Bridge to open"),
    ],
)
def test_the_headline_is_what_the_reader_sees(title_tag: str, heading: str, head: str, expected: str) -> None:
    site_name = '<meta property="og:site_name" content="The News">'
    markup = article(head=head + site_name, title=heading).replace(
        f"<title>{heading} | News of the Harbour</title>", f"<title>{title_tag}</title>"
    )
    assert read(markup).title == expected


def test_the_canonical_address_is_believed_as_far_as_it_deserves() -> None:
    def canonical(href: str) -> str:
        return read(article(head=f'<link rel=canonical href="{href}">'), url=f"{URL}?utm_source=x").canonical_url

    assert canonical("https://www.news.example/bridge") == "https://www.news.example/bridge"
    assert canonical("/bridge") == "https://news.example/bridge"
    for lie in ("https://news.example/", "https://other.example/bridge", "javascript:alert(1)", "http://[", ""):
        assert canonical(lie) == URL


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (b"", "text/html", Reason.NO_TEXT),
        (b"%PDF-1.7", "text/html", Reason.NOT_HTML),
        (b'{"a": 1}', "text/html", Reason.NOT_HTML),
        (b"<rss/>", "image/png", Reason.NOT_HTML),
        (b'<?xml version="1.0"?><rss></rss>', "text/xml", Reason.NOT_HTML),
        (b"<html><frameset><frame src=a></frameset></html>", "text/html", Reason.NO_TEXT),
        (b"<html><body><p>" + b"\x00\xff\xfe" * 50, "text/html", None),
    ],
)
def test_what_is_no_page_of_text_is_refused_with_its_reason(
    content: bytes, content_type: str, reason: Reason | None
) -> None:
    with pytest.raises(NotArticle) as refused:
        read_article(page(content, content_type=content_type), home="https://news.example/")
    assert reason is None or refused.value.reason is reason


def test_the_home_page_and_a_page_of_links_are_sections() -> None:
    links = "".join(f"<p><a href=/{n}>A headline about the harbour, number {n}</a></p>" for n in range(30))
    with pytest.raises(NotArticle) as refused:
        read(
            f"<html><head><title>All</title></head><body><h1>All</h1>{links}</body></html>",
            url="https://news.example/category/harbour/",
        )
    assert refused.value.reason is Reason.SECTION
    with pytest.raises(NotArticle, match="home page"):
        read(article(), url="https://news.example/")


def test_text_that_stands_in_the_pages_data_alone_is_found() -> None:
    body = "\\n".join(f"Paragraph {number}. {SENTENCE * 3}" for number in range(5))
    told = f'{{"@type":"NewsArticle","headline":"Bridge","articleBody":"{body}"}}'
    data = f'<script type="application/ld+json">{told}</script>'
    found = read(f"<html><head><title>Bridge</title>{data}</head><body><div id=app></div></body></html>")
    assert [line.split(".")[0] for line in found.body] == [f"Paragraph {number}" for number in range(5)]


TAGS = "<p> </p> <article> </div> <table><tr><td> <a> </a> <br> <script> &#0; <h1> <figure> <!-- <svg><title>".split()
PIECES = st.sampled_from([*TAGS, "<div class='a b'>", "<a href='x'>", "word ", SENTENCE, ARABIC, "\ud800", '"'])


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, max_size=40).map("".join) | st.binary(max_size=300))
def test_any_markup_gives_an_article_or_a_reason(markup: str | bytes) -> None:
    content = markup.encode("utf-8", "replace") if isinstance(markup, str) else markup
    try:
        found = read_article(page(content), home="https://news.example/")
    except NotArticle:
        return
    assert found.body
    assert all(line and "\n" not in line for line in found.body)
