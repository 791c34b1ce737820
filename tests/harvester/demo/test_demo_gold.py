"""What the gold says is what the pages hold, block by block."""

from collections import Counter
from collections.abc import Callable

import lxml.html
import pytest
import trafilatura

from harvester.demo.gold import Gold, gold, other_addresses
from harvester.demo.site import DemoSite
from harvester.demo.sources import DEMO_SOURCES

Fetch = Callable[..., tuple[int, dict[str, str], str]]
CONTAINERS = {
    "shahed.example": "entry-content",
    "harbour-gazette.example": "story__body",
    "le-courrier-du-port.example": "corps",
}
BLOCKS = ".//p|.//h2|.//h3|.//h4|.//li|.//blockquote[not(p)]|.//figcaption|.//span[@class='legende']"
CORRECTED = "http://harbour-gazette.example/news/2026/11/12/gannet-point-school-roll-rises-for-first-time-in-nine-years"
WIRE = "http://harbour-gazette.example/wire/2026/10/14/island-ferry-operators-agree-on-one-winter-timetable"
WIRE_COPY = "http://le-courrier-du-port.example/english/five-ferry-companies-one-winter-timetable-2285"


def host_of(url: str) -> str:
    return url.split("/")[2]


def container_lines(url: str, html: str) -> list[str]:
    """The text blocks of the article's container without the "most read" box."""
    container = lxml.html.fromstring(html).find_class(CONTAINERS[host_of(url)])[0]
    for box in container.find_class("most-read"):
        box.drop_tree()
    return [" ".join(block.text_content().split()) for block in container.xpath(BLOCKS)]


def test_counts() -> None:
    hosts = Counter(host_of(url) for url in gold())
    assert hosts == {"shahed.example": 12, "harbour-gazette.example": 8, "le-courrier-du-port.example": 7}
    assert {source.name for source in DEMO_SOURCES} == {host.removesuffix(".example") for host in hosts}


@pytest.mark.parametrize("article", gold().values(), ids=list(gold()))
def test_articles_have_the_length_of_articles(article: Gold) -> None:
    assert 4 <= len(article.body) <= 10
    assert sum(map(len, article.body)) > 700
    assert article.removed
    assert not set(article.body) & set(article.removed)


@pytest.mark.parametrize("corrected", [False, True])
def test_pages_hold_gold_and_furniture(demo: DemoSite, fetch: Fetch, corrected: bool) -> None:
    demo.corrected = corrected
    for url, article in gold(corrected=corrected).items():
        status, _, html = fetch(url)
        lines = container_lines(url, html)
        assert status == 200
        assert [line for line in lines if line in article.body] == list(article.body)
        assert [line for line in lines if line not in article.body] == list(article.removed)
        assert lxml.html.fromstring(html).findtext(".//h1") == article.title


def test_a_generic_reader_finds_each_article(fetch: Fetch) -> None:
    for url, article in gold().items():
        text = trafilatura.extract(fetch(url)[2], url=url) or ""
        found = [paragraph for paragraph in article.body if paragraph in text]
        assert len(found) >= 0.8 * len(article.body), url


def test_a_generic_reader_keeps_furniture(fetch: Fetch) -> None:
    for url, article in gold().items():
        text = trafilatura.extract(fetch(url)[2], url=url) or ""
        assert any(line in text for line in article.removed), url


def test_correction_changes_one_number_and_appends_a_notice() -> None:
    before, after = gold(), gold(corrected=True)
    assert [url for url in before if before[url] != after[url]] == [CORRECTED]
    assert len(after[CORRECTED].body) == len(before[CORRECTED].body) + 1
    changed = [
        (old, new) for old, new in zip(before[CORRECTED].body, after[CORRECTED].body, strict=False) if old != new
    ]
    assert [(old.replace("214", "241"), new) for old, new in changed] == [(changed[0][1], changed[0][1])]
    assert after[CORRECTED].body[-1].startswith("Correction, 13 November 2026")


def test_wire_story_is_the_same_but_for_headline_and_one_sentence() -> None:
    articles = gold()
    text, copy = " ".join(articles[WIRE].body), " ".join(articles[WIRE_COPY].body)
    assert articles[WIRE].title != articles[WIRE_COPY].title
    assert text.replace(" A working group is to report on freight by next summer.", "") == copy


@pytest.mark.parametrize(("host", "times"), [("shahed.example", 4), ("harbour-gazette.example", 3)])
def test_standing_intro_is_text(host: str, times: int) -> None:
    openings = Counter(article.body[0] for url, article in gold().items() if host_of(url) == host)
    assert openings.most_common(1)[0][1] == times


def test_print_version_names_its_article(fetch: Fetch) -> None:
    for other, canonical in other_addresses().items():
        tree = lxml.html.fromstring(fetch(other)[2])
        assert tree.xpath("string(//link[@rel='canonical']/@href)") == canonical
        text = [" ".join(block.text_content().split()) for block in tree.xpath("//div[@class='paper__text']/*")]
        assert text == list(gold()[canonical].body)
