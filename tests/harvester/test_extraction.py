"""Articles from saved pages whose sites teach: what each line gives, and what is learned of it when."""

import json
import pickle
import random
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest

from harvester.extraction import (
    UNKNOWN_URL,
    Packed,
    Record,
    _Spool,
    crashed,
    learned,
    read_file,
    read_line,
    streamed,
)

FOOT = "The Harbour Post belongs to its readers and to nobody else, and has done so since the days of sail."
WHO = ("The mayor", "A baker", "The council", "Our reader", "A sailor", "The teacher", "One farmer")
DID = ("opened", "praised", "closed", "repaired", "painted", "forgot", "bought", "measured")
WHAT = ("the old bridge", "a wooden mill", "the small harbour", "her garden wall", "the town clock", "a brass bell")
SENTENCES = [
    f"{who} {did} {what} on a rainy morning while the neighbours of {what} looked on and said that {who.lower()} had "
    f"never {did} anything so slowly."
    for who, did, what in product(WHO, DID, WHAT)
]

Way = Callable[[Iterable[Packed]], Iterator[Record]]
BOTH = pytest.mark.parametrize("way", [streamed, learned])


def story(number: int) -> list[str]:
    """Three sentences."""
    return [SENTENCES[(number * 61 + one * 97) % len(SENTENCES)] for one in range(3)]


def html_of(number: int, *more: str) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in (*story(number), *more))
    head = f'<head><title>Story of day {number}</title><meta property="og:type" content="article"></head>'
    return f"<html lang=en>{head}<body><article><h1>Story of day {number}</h1>{paragraphs}</article></body></html>"


def line(value: object) -> tuple[str, bytes]:
    return "pages.jsonl: line 7", json.dumps(value).encode()


def page(number: int, *more: str, site: str = "post.example") -> Packed:
    """A page as it was read."""
    url = f"https://{site}/2026/story-{number}"
    return read_line(line({"id": f"{site} {number}", "url": url, "html": html_of(number, *more)}))


def records(way: Way, answers: Iterable[Packed]) -> list[dict[str, Any]]:
    return [record for record, _ in way(answers)]


def one(packed: Packed) -> Record:
    (record,) = streamed([packed])
    return record


def footed(way: Way, answers: Iterable[Packed]) -> list[bool]:
    """Does each article end with the footer?"""
    found = records(way, answers)
    for record in found:
        assert (FOOT in record["text"]) is (FOOT not in [block["text"] for block in record["removed"]])
    return [record["text"].endswith(FOOT) for record in found]


# One line


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no json", b"[]", b"5", b"null", b'"a"', b'{"id": 1}', b'{"html": "<p>x"}', b'{"id": 1, "html": "x"',
        b"\xff", b'{"id": 1, "html": "\\ud800"}', b"[" * 100_000, b'{"id": 1, "html": "x"} {"id": 2, "html": "x"}',
    ],
)  # fmt: skip
def test_what_is_no_question_is_an_error_without_id(content: bytes) -> None:
    record, broken = one(read_line(("pages.jsonl: line 7", content)))
    assert set(record) == {"id", "error"}
    assert record["id"] is None
    assert record["error"].startswith('pages.jsonl: line 7: not {"id", "url", "html"}: ')
    assert broken


@pytest.mark.parametrize(
    "wrong", [{"html": None}, {"html": 5}, {"html": ["x"]}, {"url": 5}, {"url": ["x"]}, {"url": {"a": 1}}]
)
@pytest.mark.parametrize("given_id", ["p", 5, None, [1, "a"]])
def test_a_question_of_wrong_types_is_an_error_with_its_id(wrong: dict[str, object], given_id: object) -> None:
    given = {"id": given_id, "url": "https://e.com/a", "html": html_of(1)}
    error = 'pages.jsonl: line 7: "html" and "url" must be texts'
    assert one(read_line(line(given | wrong))) == ({"id": given_id, "error": error}, True)


@pytest.mark.parametrize("given_id", ["p", 5, None, [1, "a"], {"a": 1.5}])
def test_a_good_line_is_an_article(given_id: object) -> None:
    url = "https://post.example/2026/story-1"
    record, broken = one(read_line(line({"id": given_id, "url": url, "html": html_of(1)})))
    assert not broken
    assert record.pop("removed") == [{"text": "Story of day 1", "why": "extraction: headline"}]
    assert record == {
        "id": given_id,
        "url": url,
        "title": "Story of day 1",
        "text": "\n".join(story(1)),
        "authors": (),
        "published_at": None,
        "language": "en",
    }


@pytest.mark.parametrize("given", [{}, {"url": None}, {"url": ""}])
def test_a_page_needs_no_address(given: dict[str, object]) -> None:
    record, broken = one(read_line(line({"id": 1, "html": html_of(1)} | given)))
    assert (record["url"], record["text"], broken) == (UNKNOWN_URL, "\n".join(story(1)), False)


def test_text_is_read_as_utf_8_whatever_the_page_declares() -> None:
    html = html_of(1, "Später, sagte die Bürgermeisterin, wäre es längst zu spät für den alten Kai und für die Stadt.")
    html = html.replace("<head>", "<head><meta charset=iso-8859-1>")
    assert "Später, sagte die Bürgermeisterin" in one(read_line(line({"id": 1, "html": html})))[0]["text"]


@pytest.mark.parametrize("html", ["", " ", "<p>x", "\x00" * 100, "%PDF-1.4"])
def test_a_page_that_is_no_article_is_an_error_but_no_broken_line(html: str) -> None:
    record, broken = one(read_line(line({"id": "p", "url": "https://e.com/a", "html": html})))
    assert set(record) == {"id", "error"}
    assert (record["id"], broken) == ("p", False)
    assert not record["error"].startswith("fault")


@BOTH
def test_a_page_that_raises_inside_is_a_fault_and_the_rest_goes_on(way: Way) -> None:
    bad = read_line(line({"id": "bad", "url": "http://[", "html": html_of(1)}))
    first, (record, broken), last = list(way([page(1), bad, page(2)]))
    assert record == {"id": "bad", "error": "fault: ValueError('Invalid IPv6 URL')"}
    assert broken
    assert [one["text"] for one, _ in (first, last)] == ["\n".join(story(1)), "\n".join(story(2))]


@pytest.mark.parametrize(
    ("given", "given_id"),
    [
        (line({"id": "p", "html": "x"}), "p"),
        (line({"id": None, "html": "x"}), None),
        (line([]), "pages.jsonl: line 7"),
        (("page.html", b"<p>x"), "page.html"),
    ],
)
def test_a_page_that_killed_its_reader_is_told_with_its_id(given: tuple[str, bytes], given_id: object) -> None:
    assert one(crashed(given)) == ({"id": given_id, "error": "fault: its reader died"}, True)


def test_a_file_is_read_by_its_path() -> None:
    record, broken = one(read_file(("/tmp/some page.html", html_of(1).encode())))
    assert (record["id"], record["url"], broken) == ("/tmp/some page.html", "file:///tmp/some%20page.html", False)
    assert record["text"] == "\n".join(story(1))


# What pages teach each other


def test_streamed_pages_know_what_those_before_have_taught() -> None:
    """A sentence goes where two other pages have it."""
    assert footed(streamed, (page(number, FOOT) for number in range(6))) == [True, True, False, False, False, False]


def test_learned_pages_know_what_all_have_taught() -> None:
    assert footed(learned, (page(number, FOOT) for number in range(6))) == [False] * 6


def test_learned_of_a_footer_that_comes_last() -> None:
    """The first two pages wait until the third has come."""
    assert footed(learned, [page(0, FOOT), page(1, FOOT)]) == [True, True]
    assert footed(learned, [page(0, FOOT), page(1, FOOT), page(2, FOOT)]) == [False] * 3


@BOTH
def test_sites_teach_themselves_alone(way: Way) -> None:
    sites = ("a.example", "b.example", "c.example", "d.example")
    assert footed(way, (page(number, FOOT, site=site) for number, site in enumerate(sites))) == [True] * 4


@BOTH
def test_a_site_of_one_page_is_read_by_itself(way: Way) -> None:
    (record,) = records(way, [page(1, FOOT)])
    assert record["text"] == "\n".join((*story(1), FOOT))


@BOTH
def test_a_page_given_again_teaches_nothing_new(way: Way) -> None:
    assert footed(way, [page(1, FOOT)] * 6) == [True] * 6


def test_pages_that_are_no_articles_teach_nothing() -> None:
    refused = read_line(line({"id": "no", "url": "https://post.example/no", "html": f"<p>{FOOT}"}))
    assert "error" in one(refused)[0]
    found = records(learned, [page(1, FOOT), refused, refused, refused, page(2, FOOT)])
    assert [record.get("text", "").endswith(FOOT) for record in found] == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("way", "expected"),
    [(streamed, [True, True, False, False]), (learned, [False] * 4)],
)
def test_pages_without_a_host_teach_each_other_alike_in_both_ways(way: Way, expected: list[bool]) -> None:
    """Files of one folder are pages of one site, or none are; not one with --learn and the other without."""
    files = [read_file((f"/tmp/{number}.html", html_of(number, FOOT).encode())) for number in range(4)]
    assert footed(way, files) in (expected, [True] * 4)
    assert footed(learned, files)[-1] == footed(streamed, files)[-1]


@BOTH
def test_nothing_in_nothing_out(way: Way) -> None:
    assert list(way([])) == []


@BOTH
def test_three_hundred_pages_of_three_sites(way: Way) -> None:
    sites = ("a.example", "b.example", "c.example")
    feet = {
        site: FOOT.replace("Harbour", name) for site, name in zip(sites, ("Castle", "Forest", "River"), strict=True)
    }
    asked = [(number, site) for number in range(100) for site in sites]
    random.Random(7).shuffle(asked)
    found = records(way, (page(number, feet[site], site=site) for number, site in asked))
    assert [record["id"] for record in found] == [f"{site} {number}" for number, site in asked]
    seen = dict.fromkeys(sites, 0)
    for record, (number, site) in zip(found, asked, strict=True):
        knows = way is learned or seen[site] >= 2
        assert record["text"] == "\n".join(story(number) if knows else (*story(number), feet[site]))
        seen[site] += 1


def test_streamed_waits_for_no_page_and_learned_for_all() -> None:
    taken = []

    def pages() -> Iterator[Packed]:
        for number in range(3):
            taken.append(number)
            yield page(number)

    assert next(streamed(pages()))[0]["id"] == "post.example 0"
    assert taken == [0]
    taken.clear()
    assert next(learned(pages()))[0]["id"] == "post.example 0"
    assert taken == [0, 1, 2]


# The file in which answers wait


def test_what_waits_comes_back_in_order_and_by_number() -> None:
    values = [b"", b"a", pickle.dumps({"a": 1}), b"\n\n", b"", bytes(range(256)) * 500]
    spool = _Spool(BytesIO())
    for number, value in enumerate(values):
        spool.put(value)
        assert spool.get(number // 2) == values[number // 2], "looking back does not disturb what is put next"
    assert list(spool) == values
    assert [spool.get(number) for number in reversed(range(len(values)))] == values[::-1]
    assert list(spool) == values


def test_an_empty_spool() -> None:
    assert list(_Spool(BytesIO())) == []
