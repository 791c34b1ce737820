"""Pages that are broken, huge or hostile: an article or a reason, in bounded time and memory, never a crash."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harvester.article import Article
from harvester.clean import clean_article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.outcomes import Reason
from tests.harvester.extract.pages import ARABIC, ENGLISH, page, paragraphs

SECONDS = 2.0
"""Of processor time for the worst of pages; an ordinary one takes some 20 ms."""

SLOW = 2
"""Times slower than ours may a machine be."""

MEGABYTES = 400
"""The largest that a process reading one page may grow."""

P = paragraphs(ENGLISH)
HEAD = '<head><title>Old quay to be repaired</title><meta property="og:type" content="article"></head><body>'


def data(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def raw_data(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def told(body: str) -> dict[str, str]:
    return {"@type": "NewsArticle", "articleBody": body}


def read(markup: str | bytes) -> Article | NotArticle:
    """What comes of a page; an article must be sound."""
    try:
        article = clean_article(read_article(page(markup), home="https://e.com/"))
    except NotArticle as refusal:
        return refusal
    assert article.title
    assert article.body
    assert all(block.text == " ".join(block.text.split()) != "" for block in article.blocks)
    (article.title + article.text + "".join(article.authors)).encode("utf-8")
    return article


NESTED = "div b table a li p span font h1 blockquote x-y svg template select button form ruby object i".split()

PAGES: dict[str, Callable[[], str | bytes]] = {
    **{f"100 000 {tag}": lambda tag=tag: f"{HEAD}{P}{f'<{tag}>' * 100_000}{P}" for tag in NESTED},  # type: ignore[misc]
    "nested mixed": lambda: f"{HEAD}{P}{'<div><b><a><table><li><i>' * 17_000}{P}",
    "nested cells": lambda: f"{HEAD}{P}{'<table><tr><td>' * 34_000}{P}",
    "nested with classes": lambda: HEAD + P + "".join(f"<div class='c{n} x' id=i{n}>" for n in range(100_000)) + P,
    "nested and closed": lambda: f"{HEAD}{P}{'<div>' * 100_000}x{'</div>' * 100_000}{P}",
    "crossed": lambda: f"{HEAD}{P}{'<b><i></b></i>' * 50_000}{P}",
    "bold and blocks": lambda: f"{HEAD}{P}{'<b><p>' * 50_000}{P}",
    "text in tables": lambda: f"{HEAD}{P}<table>{'x<b>' * 50_000}{P}",
    "end tags": lambda: f"{HEAD}{P}{'</p></b></div></br>' * 200_000}{P}",
    "times in each other": lambda: f"{HEAD}{P}{'<time>2026 <i>' * 100_000}{P}",
    "authors in each other": lambda: f"{HEAD}{P}{'<span class=author>Ann Lee ' * 50_000}{P}",
    "dates in each other": lambda: f"{HEAD}{P}{'<span itemprop=datePublished>2026 ' * 50_000}{P}",
    "100 000 attributes": lambda: HEAD + P + "<div " + " ".join(f"a{n}=v" for n in range(100_000)) + ">x</div>" + P,
    "attribute of 10 MB": lambda: f"{HEAD}{P}<p class='{'author-x ' * 1_200_000}'>x</p>{P}",
    "style of 2 MB": lambda: f"{HEAD}{P}<p style='{'display :none; ' * 140_000}'>x</p>{P}",
    "60 000 styles": lambda: f"{HEAD}{P}{'<p style=none;display:block>x</p>' * 60_000}{P}",
    "200 000 tiny blocks": lambda: f"{HEAD}{P}{'<p>x</p>' * 200_000}{P}",
    "40 000 blocks": lambda: HEAD + P + "".join(f"<p>block {n} of it with a few own words</p>" for n in range(40_000)),
    "paragraph of 5 MB": lambda: f"{HEAD}{P}<p>{'word and so on, ' * 320_000}</p>{P}",
    "paragraph of 5 MB without spaces": lambda: f"{HEAD}{P}<p>{'x' * 5_000_000}</p>{P}",
    "paragraph of 15 MB in Japanese": lambda: f"{HEAD}{P}<p>{'港の議会は' * 1_000_000}</p>{P}",
    "piled accents": lambda: HEAD + P + "<p>a" + "\u0301\u0316" * 60_000 + "</p>" + P,
    "inline elements": lambda: f"{HEAD}{P}<p>{'<b>x</b> y ' * 200_000}</p>{P}",
    "50 000 links": lambda: HEAD + P + "".join(f"<li><a href=/{n}>story number {n}</a>" for n in range(50_000)),
    "10 000 h1": lambda: HEAD + P + "".join(f"<h1>Head {n} of it</h1>" for n in range(10_000)) + P,
    "h1 of 2 MB": lambda: f"{HEAD}{P}<h1>{'Head of it ' * 200_000}</h1>{P}",
    "h1 of 100 000 parts": lambda: f"{HEAD}{P}<h1>{'<span>Head</span>' * 100_000}</h1>{P}",
    "200 000 times": lambda: f"{HEAD}{'<time>11</time>' * 200_000}{P}",
    "50 000 date lines": lambda: HEAD + "".join(f"<p>{n % 28} November {1900 + n % 99}</p>" for n in range(50_000)),
    "title of 2 MB": lambda: f"<title>{'a | ' * 500_000}</title>{HEAD}{P}",
    "title of 200 KB with colons": lambda: f"<title>{'a - b: ' * 30_000}</title>{HEAD}{P}",
    "50 000 titles": lambda: f"{'<title>a b</title>' * 50_000}{HEAD}{P}",
    "40 000 figures": lambda: f"{HEAD}{P}{'<figure><img src=a.jpg><figcaption>cap</figcaption></figure>' * 40_000}",
    "50 000 metas": lambda: "".join(f"<meta property=article:tag content=v{n}>" for n in range(50_000)) + HEAD + P,
    "refreshes": lambda: "<meta http-equiv=refresh content='0;url=/'>" * 60_000 + HEAD + P,
    "author of 1 MB": lambda: f"<head><meta name=author content='{'By Ann and ' * 100_000}'>{HEAD}{P}",
    "JSON-LD of 50 000 things": lambda: HEAD + P + data({"x": [{"@type": "Thing", "name": "x"}] * 50_000}),
    "JSON-LD of 20 000 articles": lambda: HEAD + P + data([{"@type": "NewsArticle", "headline": "x"}] * 20_000),
    "JSON-LD nested": lambda: HEAD + P + raw_data('{"a":' * 300_000 + "1" + "}" * 300_000),
    "JSON-LD lists": lambda: f"{HEAD}{P}{raw_data('[' * 500_000 + ']' * 500_000)}",
    "JSON-LD author nested": lambda: HEAD + P + raw_data('{"@type":"Article","author":' + "[" * 900 + "]" * 900 + "}"),
    "JSON-LD headline nested": lambda: HEAD + P + raw_data(
        '{"@type":"Article","headline":' + '{"name":' * 900 + '"x"' + "}" * 901
    ),
    "JSON-LD broken": lambda: HEAD + P + raw_data('{"@type":"NewsArticle","a":"' + "x, } ,] " * 200_000),
    "JSON-LD of commas": lambda: HEAD + P + raw_data('{"a":1' + ("," + " " * 1000) * 1500 + "x"),
    "JSON-LD of odd types": lambda: HEAD + P + data(
        {"@type": ["NewsArticle", 3, None, {}], "headline": 5, "author": 3, "datePublished": {"a": 1},
         "keywords": {"name": [1, {"name": 4}]}, "image": [1, None, [[]]], "articleSection": [[]],
         "publisher": [[[{}]]], "inLanguage": {"name": 7}, "articleBody": [None, {"name": "x"}]}
    ),
    "JSON-LD with lone surrogates": lambda: HEAD + P + data(
        {"@type": "NewsArticle", "headline": "Old \ud800 quay", "author": "Ann \udfff Lee", "keywords": "a\ud800"}
    ),
    "articleBody of 600 000 lines": lambda: HEAD + P + data(told("w\n" * 600_000)),
    "articleBody of 1.7 MB": lambda: HEAD + P + data(told("word and so on. " * 110_000)),
    "script of keys": lambda: HEAD + P + "<script>" + ("'published'" + " " * 1000) * 2500 + "</script>",
    "100 000 scripts": lambda: f"{HEAD}{P}{'<script>var x</script>' * 100_000}{P}",
    "lone surrogates and NUL": lambda: f"{HEAD}&#xD800;&#x110000;&#0;\x00&#x80;\ufffe{P}",
    "NUL everywhere": lambda: HEAD + P + "\x00<p\x00>" * 100_000 + P,
    "unclosed script": lambda: f"{HEAD}{P}<script>{'x<' * 1_000_000}",
    "unclosed style": lambda: f"{HEAD}{P}<style>{P * 1000}",
    "unclosed textarea": lambda: f"{HEAD}{P}<textarea>{P * 5000}",
    "unclosed title": lambda: f"<head><title>{P * 5000}",
    "unclosed comment": lambda: f"{HEAD}{P}<!--{P * 1000}",
    "comments": lambda: f"{HEAD}{P}{'<!---->' * 400_000}",
    "plaintext": lambda: f"{HEAD}{P}<plaintext>{P * 5000}",
    "xmp": lambda: f"{HEAD}{P}<xmp>{P * 5000}",
    "less-than": lambda: f"{HEAD}{P}{'<' * 3_000_000}",
    "ampersands": lambda: f"{HEAD}{P}{'&notit;' * 400_000}",
    "svg": lambda: f"{HEAD}{P}{'<svg><g>' * 50_000}<foreignObject><p>x{P}",
    "frames": lambda: f"<frameset>{'<frame src=a>' * 100_000}</frameset>",
    "broken addresses": lambda: f"{HEAD}{P}<base href='http://[x'><link rel=canonical href='http://['>"
        "<meta property=og:url content='http://[::1'><figure><img src='http://['><figcaption>caption</figcaption></figure>",
    "language that is none": lambda: f"<html lang='{'x-' * 100_000}'>{HEAD}{P}",
    "20 MB of links": lambda: "<body>" + '<a href="/x">story link</a> ' * 700_000,
    "20 MB of lines": lambda: "<body><p>" + "word<br>" * 2_500_000,
    "20 MB of words": lambda: "<body><p>" + "word " * 4_000_000,
    "20 MB of paragraphs": lambda: HEAD + P * 45_000,
    "20 MB of Arabic": lambda: f"{HEAD}{paragraphs(ARABIC) * 22_000}",
    "5 MB of Arabic in windows-1256": lambda: (HEAD + paragraphs(ARABIC) * 12_000).encode("cp1256", "replace"),
    "5 MB in UTF-32": lambda: (HEAD + P * 2500).encode("utf-32"),
    "20 MB of noise": lambda: random.Random(1).randbytes(20_000_000),
    "20 MB of spaces": lambda: b" " * 20_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_hostile_pages_end_in_time(name: str) -> None:
    content = PAGES[name]()
    began = time.process_time()
    read(content)
    assert time.process_time() - began < SECONDS * SLOW


LARGE = {
    "words": '"<body><p>" + "word " * 4_000_000',
    "links": '"<body>" + "<a href=/x>story link</a> " * 750_000',
    "blocks": '"<body>" + "<div class=a><p>some words</p></div>" * 500_000',
    "noise": "random.Random(1).randbytes(20_000_000)",
    "one element a letter": '"<p>" + "<i>x</i>" * 2_500_000',
    "bold elements that each of the 20 000 blocks after them opens again": (
        '"".join(f"<div><b id={n}></div>" for n in range(500)) + "<div>x</div>" * 20_000'
    ),
}
"""Expressions, to be made in the process that is measured."""

READER = """
import random
from tests.harvester.extract.test_bad_input import read
read({markup})
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", LARGE)
def test_large_pages_are_read_in_bounded_memory(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER.format(markup=LARGE[name])], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < MEGABYTES


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", Reason.NO_TEXT, id="empty"),
        pytest.param(b" \n", Reason.NO_TEXT, id="spaces"),
        pytest.param(b"<html>", Reason.NO_TEXT, id="a tag"),
        pytest.param(b"\xef\xbb\xbf", Reason.NO_TEXT, id="byte order mark"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", Reason.NOT_HTML, id="PDF"),
        pytest.param(b"\x89PNG\r\n\x1a\n", Reason.NOT_HTML, id="PNG"),
        pytest.param(b'{"a": "b"}', Reason.NOT_HTML, id="JSON"),
        pytest.param(b'[{"a": "b"}]', Reason.NOT_HTML, id="JSON list"),
        pytest.param(b"PK\x03\x04", Reason.NOT_HTML, id="zip"),
        pytest.param(b"\x1f\x8b\x08", Reason.NOT_HTML, id="gzip that was not undone"),
        pytest.param(b"<?xml version='1.0'?><rss><item>text</item></rss>", Reason.NOT_HTML, id="feed"),
        pytest.param(b"<frameset><frame src=a><frame src=b></frameset>", Reason.NO_TEXT, id="frames"),
        pytest.param(random.Random(1).randbytes(50_000), None, id="noise"),
        pytest.param(bytes(range(256)) * 200, None, id="all bytes"),
        pytest.param(b"RIFF" + random.Random(2).randbytes(9000), Reason.NOT_HTML, id="picture"),
        pytest.param(b"\x00\x01\x02\x03" * 5000, None, id="control characters"),
    ],
)
def test_what_is_no_page_of_text_is_refused_with_its_reason(content: bytes, reason: Reason | None) -> None:
    found = read(content)
    assert isinstance(found, NotArticle)
    assert str(found)
    assert reason is None or found.reason is reason


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_a_truncated_page_is_read_as_far_as_it_goes(share: float) -> None:
    whole = f"{HEAD}<article><h1>Old quay to be repaired</h1>{P}</article></body></html>"
    found = read(whole[: int(len(whole) * share)])
    if isinstance(found, Article):
        assert found.body
        assert all(any(text.startswith(line) for text in ENGLISH) for line in found.body)
    else:
        assert share < 0.5


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        *(("utf-8", name) for name in ("iso-8859-1", "cp1256", "utf-7", "x-none", "idna", "utf-16", "base64", "\x00")),
        *(("cp1256", name) for name in ("utf-8", "utf-7", "x-none", "idna", "utf-16", "base64", "\x00")),
    ],
)
def test_a_wrong_charset_costs_no_text(declared: str, encoding: str) -> None:
    markup = f'<meta charset="{declared}">{HEAD}{paragraphs(ARABIC[:3])}'
    found = read(markup.encode(encoding, "replace"))
    assert isinstance(found, Article)
    assert found.body == ARABIC[:3]


def test_a_page_in_two_languages_keeps_both() -> None:
    found = read(f"{HEAD}<article>{paragraphs((*ARABIC, *ENGLISH))}</article>")
    assert isinstance(found, Article)
    assert found.body == (*ARABIC, *ENGLISH)
    assert found.language in ("ar", "en")


def test_a_declared_text_that_stands_nowhere_else_needs_no_body_element() -> None:
    found = read(f"<head><title>Old quay</title>{data(told(chr(10).join(ENGLISH)))}</head><body></body>")
    assert isinstance(found, Article)
    assert found.body == ENGLISH
