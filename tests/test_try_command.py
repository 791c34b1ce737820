"""`harvest try` as people look at it: on a terminal, in a pipe, and as a web page."""

import base64
import fcntl
import hashlib
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len

from harvester.article import Article, Block, BlockKind
from harvester.cli.look import in_words
from harvester.cli.look_html import as_page
from tests.command import Harvest
from tests.site import article_page
from tests.test_clean_command import ALIKE
from tests.test_founding_example import page as arabic_page

TITLE, _, *BODY = ALIKE.strip().split("\n")
FOOTER_LINES = ["راسلونا على البريد : desk@marsa.example", "تابعونا : يوتيوب - تلغرام - فيسبوك"]
FOOTER = "<p>-----------------</p><p>Write to us: desk@news.example</p><p>Follow us: Twitter - Telegram</p>"
ANSI = re.compile(r"\x1b\[[0-9;]*m")

ARTICLE = Article(
    url="https://news.example/a?from=feed",
    canonical_url="https://news.example/a",
    title="Bridge <opens> & closes",
    authors=("Ann Author", "Bo Writer"),
    published_at="2026-11-23T08:30:00+03:00",
    modified_at="2026-11-24",
    language="en",
    section="Town",
    tags=("bridge", "quay"),
    blocks=(
        Block(text="First paragraph.", path="div.entry>p"),
        Block(text="Read also: Rain", path="div.entry>p.more", why="middle: 4 of 12"),
        Block(text="A subheading", kind=BlockKind.HEADING),
        Block(text="Last paragraph.", path="div.entry>p"),
        Block(text="Follow us", why="tail: 12 of 12"),
        Block(text="Write to us", why="tail: 11 of 12"),
    ),
)
HOSTILE = (
    "</title></p><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' \u202etxt.exe\u2069\x1b[31m&amp;"
)


class Reader(HTMLParser):
    """A page as a browser reads it: elements with their attributes and text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def on_terminal(harvest: Harvest, *arguments: str, columns: int) -> str:
    """What the command prints on a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environ = os.environ | {"TERM": "xterm-256color", "HARVEST_ARCHIVE": harvest.archive}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environ.pop(name, None)
    command = [sys.executable, "-m", "harvester", *arguments]
    with subprocess.Popen(command, cwd=harvest.folder, env=environ, stdin=follower, stdout=follower) as process:
        os.close(follower)
        pieces = []
        while piece := _read(leader):
            pieces.append(piece)
        assert process.wait(timeout=30) == 0
    os.close(leader)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""


# On a terminal


def test_a_terminal_shows_kept_and_removed_side_by_side(harvest: Harvest) -> None:
    (harvest.folder / "page.html").write_bytes(article_page("Bridge opens", extra=FOOTER))
    lines = ANSI.sub("", on_terminal(harvest, "try", "page.html", columns=100)).splitlines()
    assert lines[0] == "Bridge opens"
    rows = [line.split("│") for line in lines if "│" in line]
    assert {len(row) for row in rows} == {2}
    assert max(cell_len(line) for line in lines if "│" in line) <= 100
    left, right = (" ".join(" ".join(column).split()) for column in zip(*rows, strict=True))
    assert left.startswith("kept: 4 paragraphs The harbour council of Port Ellis")
    assert "Write to us" not in left
    assert right.startswith("removed: ")
    assert re.search(r"Write to us: desk@news\.example rule: ", right)
    assert "harbour council" not in right


def test_right_to_left_text_stays_in_its_order_and_its_column(harvest: Harvest) -> None:
    (harvest.folder / "page.html").write_bytes(arabic_page(TITLE, BODY, FOOTER_LINES).body)
    lines = ANSI.sub("", on_terminal(harvest, "try", "page.html", columns=90)).splitlines()
    rows = [line.split("\u200e│\u200e") for line in lines if "│" in line]
    assert {len(row) for row in rows} == {2}, "a mark on each side of the border holds it in its place"
    left, right = (" ".join(" ".join(column).split()) for column in zip(*rows, strict=True))
    assert left.endswith(" ".join(BODY))
    assert " ".join(FOOTER_LINES[-1].split()) in right
    assert len({cell_len(row[0]) for row in rows}) == 1


def test_a_pipe_and_a_narrow_terminal_have_one_column(harvest: Harvest) -> None:
    (harvest.folder / "page.html").write_bytes(article_page("Bridge opens", extra=FOOTER))
    piped = harvest("try", "page.html").out
    assert "- Write to us: desk@news.example\n      [removed: rule: " in piped
    assert on_terminal(harvest, "try", "page.html", columns=50) == piped


def test_nothing_that_a_page_says_commands_the_terminal() -> None:
    blocks = (Block(text=HOSTILE), Block(text=HOSTILE, why="rule: \x1b[0m"))
    article = replace(ARTICLE, title=HOSTILE, authors=(HOSTILE,), section=HOSTILE, tags=("\x9b2J",), blocks=blocks)
    told = in_words(article)
    assert not {"Cc", "Cf"} & {unicodedata.category(one) for one in told.replace("\n", "")}


# As a web page


def test_the_page_tells_all_of_the_article_with_removed_blocks_in_their_place() -> None:
    markup = as_page(ARTICLE)
    page = Reader(markup)
    assert page.open == []
    assert page.texts["h1"] == page.texts["title"] == [ARTICLE.title]
    told = dict(zip(page.texts["dt"], [*page.texts["a"], *page.texts["dd"]], strict=True))
    assert told == {
        "address": ARTICLE.canonical_url,
        "fetched from": ARTICLE.url,
        "by": "Ann Author, Bo Writer",
        "published": "2026-11-23T08:30:00+03:00",
        "modified": "2026-11-24",
        "language": "en (ltr)",
        "section": "Town",
        "tags": "bridge, quay",
    }
    texts = re.findall(r"<p class=.*?>([^<>]+)(?:</del>)?</p>", markup)
    assert texts == [block.text for block in ARTICLE.blocks], "in the order of the page"
    removed = [attributes for attributes in page.all("p") if "removed" in str(attributes["class"])]
    assert len(removed) == len(page.texts["del"]) == 3
    assert [text for text in page.texts["span"] if ":" in text] == [
        "middle: 4 of 12",
        "tail: 12 of 12",
        "tail: 11 of 12",
    ]
    assert removed[0]["title"] == "div.entry>p.more"
    assert page.texts["li"] == ["tail: 2", "middle: 1"], "a legend, the most frequent reason first"
    assert "3 paragraphs kept, 3 blocks removed" in page.texts["span"]


@pytest.mark.parametrize(("direction", "language"), [("rtl", "ar"), ("ltr", "en")])
def test_the_page_has_the_articles_direction(direction: str, language: str) -> None:
    page = Reader(as_page(replace(ARTICLE, direction=direction, language=language)))  # type: ignore[arg-type]
    for tag in ("h1", "main"):
        assert [(one["dir"], one["lang"]) for one in page.all(tag)] == [(direction, language)]
    reasons = [one for one in page.all("span") if one.get("class") == "why"]
    assert {(one["dir"], one["lang"]) for one in reasons} == {("ltr", "en")}


def test_the_page_needs_nothing_and_lets_nothing_run() -> None:
    markup = as_page(ARTICLE)
    page = Reader(markup)
    assert {name for name, _ in page.elements} <= set(
        "html head meta title style body header h1 dl dt dd a input nav div span label ul li main p del".split()
    )
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    (style,) = page.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style
    assert "#hide:checked ~ main .removed { display: none; }" in style
    assert {attribute for _, attributes in page.elements for attribute in attributes} <= set(
        "lang dir charset http-equiv content name href rel type id class title for".split()
    ), "no style attributes, no handlers"


def test_what_the_page_says_is_text_wherever_it_stands() -> None:
    blocks = (Block(text=HOSTILE, path=HOSTILE), Block(text=HOSTILE, path=HOSTILE, why=HOSTILE))
    article = replace(
        ARTICLE,
        url=f"javascript:{HOSTILE}",
        canonical_url=f"https://news.example/{HOSTILE}",
        title=HOSTILE,
        authors=(HOSTILE,),
        published_at=HOSTILE,
        language=HOSTILE,
        section=HOSTILE,
        tags=(HOSTILE,),
        blocks=blocks,
    )
    markup = as_page(article)
    page = Reader(markup)
    assert page.open == []
    assert [page.all(tag) for tag in ("script", "img")] == [[], []]
    assert len(page.all("a")) == 1, "no link for javascript:"
    assert not any("onclick" in attributes or "onerror" in attributes for _, attributes in page.elements)
    assert not {"Cf"} & {unicodedata.category(one) for one in markup}
    assert "\x1b" not in markup
    assert page.texts["h1"][0].endswith("&amp;"), "no character reference is undone"


def test_an_article_without_removed_blocks_has_no_legend() -> None:
    page = Reader(as_page(replace(ARTICLE, blocks=ARTICLE.blocks[:1])))
    assert page.all("label") == []
    assert page.texts["span"] == ["1 paragraphs kept, 0 blocks removed"]


def test_html_is_written_to_a_file_or_to_standard_output(harvest: Harvest) -> None:
    (harvest.folder / "page.html").write_bytes(arabic_page(TITLE, BODY, FOOTER_LINES).body)
    done = harvest("try", "page.html", "--html", "out/look.html")
    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(r"out/look\.html: \d+ paragraphs kept, \d+ blocks removed\n", done.err)
    written = (harvest.folder / "out" / "look.html").read_text(encoding="utf-8")
    assert harvest("try", "page.html", "--html", "-").out == written
    page = Reader(written)
    assert page.all("main") == [{"lang": "ar", "dir": "rtl"}]
    assert set(FOOTER_LINES) <= set(page.texts["del"])
    assert page.texts["p"] == BODY
    assert harvest("try", "page.html", "--html", "x.html", "--json").json()["title"] == TITLE
    assert (harvest.folder / "x.html").exists()
    assert [path.name for path in (harvest.folder / "out").iterdir()] == ["look.html"]


def test_html_that_can_not_be_written_is_one_line(harvest: Harvest) -> None:
    (harvest.folder / "page.html").write_bytes(article_page("Bridge opens"))
    for arguments, says in (
        (("--html", "page.html/x.html"), "page.html/x.html: can't be written: "),
        (("--html", "-", "--json"), "both want standard output"),
        (("--html", "."), "is a directory"),
    ):
        done = harvest("try", "page.html", *arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert says in done.err
    (harvest.folder / "list.html").write_bytes(b"<html><title>x</title></html>")
    assert harvest("try", "list.html", "--html", "x.html").code == 1
    assert not (harvest.folder / "x.html").exists()


def test_help_shows_examples(harvest: Harvest) -> None:
    text = harvest("try", "--help").out
    assert text.count("    harvest try ") >= 4
    assert "--html" in text
