"""`harvest show` of an article with revisions, as people run it."""

import os
import pty
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from harvester.archive import ArchiveWriter, open_store
from harvester.article import Article
from harvester.cli.diff_shown import in_words
from harvester.story import Story
from tests.archive_samples import NOON, article, article_id, record
from tests.command import Harvest

ID = article_id("harbour")
RLI, LRI, PDI = "\u2067", "\u2066", "\u2069"
ENGLISH = (
    article("Harbour reopens", "The “harbour” reopened on Monday after 14 months.", "Ships came in.", "It rained."),
    article(
        "Harbour to stay closed",
        "The harbour did not reopen on Monday after 15 months.",
        "Ships  came in",
        "It rained.",
        "A vote follows.",
        authors=("Omar Said",),
        published_at="2026-11-27",
    ),
    article("Harbour to stay closed", "This article was removed.", authors=("Omar Said",), published_at="2026-11-27"),
)
ARABIC = (
    article("عودة السفن", "قالت إدارة الميناء إن ١٤ سفينة تعود، بحسب Reuters أمس.", "وحضر العشرات.", direction="rtl"),
    article(
        "عودة السفن", "قالت إدارةُ الميناء إن ١٥ سفينة لا تعود، بحسب BBC News أمس.", "وحضر العشرات.", direction="rtl"
    ),
)


def stored(harvest: Harvest, *states: Article) -> None:
    """Put one article into the archive, a revision a state, a day apart."""
    for number, state in enumerate(states, start=1):
        moment = NOON + timedelta(days=number - 1)
        writer = ArchiveWriter(open_store(harvest.archive), lambda moment=moment: moment)
        writer.put_article(record(read=state, revision=number, fetched_at=moment))


def story(*states: Article) -> Story:
    revisions = tuple(record(read=state, revision=number) for number, state in enumerate(states, start=1))
    return Story(revisions=revisions, keys=(), copies=())


def differences(*states: Article, coloured: bool = False) -> list[str]:
    """What is shown of the difference between two states, without its heading."""
    return list(in_words(story(*states), coloured=coloured))[1:]


def body(*paragraphs: str, **changed: Any) -> Article:
    return article("Title", *paragraphs, **changed)


def test_diff_tells_each_revision_word_by_word(harvest: Harvest) -> None:
    stored(harvest, *ENGLISH)
    done = harvest("show", ID[:8], "--diff")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "Revision 1 → 2 · revised: title, body, date, author · 2026-11-24T12:00:00.000+00:00",
        "  title     Harbour [-reopens-]{+to stay closed+}",
        "  authors   [-Rana Khoury-]{+Omar Said+}",
        "  published [-2026-11-23T08:30:00+02:00-]{+2026-11-27+}",
        "  The harbour [-reopened-]{+did not reopen+} on Monday after [-14-]{+15+} months.",
        "  …",
        "  {+A vote follows.+}",
        "",
        "Revision 2 → 3 · withdrawn: body · 2026-11-25T12:00:00.000+00:00",
        "  [-The harbour did not reopen on Monday after 15 months.-]{+This article was removed.+}",
        "  [-Ships came in-]",
        "  [-It rained.-]",
        "  [-A vote follows.-]",
    ]


def test_diff_as_json_has_whole_paragraphs(harvest: Harvest) -> None:
    stored(harvest, *ARABIC)
    told = harvest("show", ID, "--diff", "--json").json()
    assert told["id"] == ID
    (change,) = told["changes"]
    assert (change["from"], change["to"], change["change"], change["parts"]) == (1, 2, "revised", ["body"])
    assert change["title"] == [{"op": "keep", "text": "عودة السفن"}]
    first, second = change["paragraphs"]
    assert first[1:3] == [{"op": "remove", "text": "١٤ "}, {"op": "add", "text": "١٥ "}]
    assert "".join(run["text"] for run in first if run["op"] != "remove") == ARABIC[1].body[0] + "\n"
    assert second == [{"op": "keep", "text": "وحضر العشرات."}]


def test_an_article_of_one_revision_has_no_difference(harvest: Harvest) -> None:
    stored(harvest, ENGLISH[0])
    done = harvest("show", ID, "--diff")
    assert (done.code, done.out) == (0, "")
    assert "one revision" in done.err
    assert harvest("show", ID, "--diff", "--json").json() == {"id": ID, "changes": []}
    assert harvest("show", "0" * 32, "--diff").code == 1


def test_show_names_the_class_of_each_revision(harvest: Harvest) -> None:
    stored(harvest, *ENGLISH)
    told = harvest("show", ID).out
    assert (
        "Revision 1 → 2 · revised: title, body, date, author · 2026-11-24T12:00:00.000+00:00\n  - Harbour reopens"
        in told
    )
    assert "  - A vote follows.\n  + This article was removed.\n" in told
    changes = harvest("show", ID, "--json").json()["changes"]
    assert [(change["to"], change["change"]) for change in changes] == [(2, "revised"), (3, "withdrawn")]


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colours_on_a_terminal_unless_they_are_not_wanted(harvest: Harvest, no_color: str) -> None:
    stored(harvest, *ENGLISH[:2])
    terminal, inside = pty.openpty()
    command = [sys.executable, "-m", "harvester", "show", ID, "--diff"]
    environ = os.environ | {"HARVEST_ARCHIVE": harvest.archive, "NO_COLOR": no_color}
    subprocess.run(command, cwd=harvest.folder, env=environ, stdout=inside, check=True, timeout=60)
    os.close(inside)
    told = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert ("\x1b[" in told) == (not no_color)
    assert ("[-14-]{+15+}" in told) == bool(no_color)


def test_colours_stand_for_marks() -> None:
    (line,) = differences(body("a 1 b"), body("a 2 b"), coloured=True)
    assert line == "  a \x1b[31m\x1b[9m1\x1b[0m \x1b[32m\x1b[4m2\x1b[0m b"


@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("\x1b[2J\x1b]0;owned\x07", id="terminal"),
        pytest.param("\x9b31m\x08\r", id="C1"),
        pytest.param("\u202egnp\u2066\u2067\u2068", id="direction"),
    ],
)
def test_controls_of_terminals_and_direction_do_not_come_through(coloured: bool, hostile: str) -> None:
    states = body(f"a {hostile} 1 b"), body(f"a {hostile} 2{hostile} b", authors=(f"x{hostile}",))
    told = "".join(differences(*states, coloured=coloured)) + story(*states).in_words()
    for own in ("\x1b[31m", "\x1b[32m", "\x1b[9m", "\x1b[4m", "\x1b[0m"):
        told = told.replace(own, "") if coloured else told
    assert not set(told) & set("\x1b\x07\x08\r\x9b\u202e")
    assert told.count("\u2066") + told.count("\u2067") + told.count("\u2068") == told.count(PDI)


# Right to left


def test_paragraphs_and_runs_of_right_to_left_text_are_isolated_inside_their_marks() -> None:
    assert differences(*ARABIC) == [
        f"  {RLI}قالت إدارةُ الميناء إن [-{RLI}١٤{PDI}-]{{+{RLI}١٥{PDI}+}} سفينة {{+{RLI}لا{PDI}+}} تعود، بحسب "
        f"[-{RLI}Reuters{PDI}-]{{+{RLI}BBC News{PDI}+}} أمس.{PDI}",
        "  …",
    ]


@pytest.mark.parametrize(
    ("old", "new", "direction", "expected"),
    [
        pytest.param("a b", "a c", "rtl", "  a [-b-]{+c+}", id="a Latin paragraph needs none"),
        pytest.param("Google قال نعم", "Google قال لا", "ltr", RLI, id="most letters decide"),
        pytest.param("they said نعم", "they said لا", "rtl", LRI, id="a quoted word does not"),
        pytest.param("אבגד ab", "אבגד cd", "rtl", RLI, id="in doubt the article: right to left"),
        pytest.param("אבגד ab", "אבגד cd", "ltr", LRI, id="in doubt the article: left to right"),
        pytest.param("كتاب", "مي‌روم", "rtl", "می‌روم".replace("ی", "ي"), id="Persian keeps its joiner"),
    ],
)
def test_direction_of_a_paragraph(old: str, new: str, direction: str, expected: str) -> None:
    line = differences(body(old, direction=direction), body(new, direction=direction))[0]
    assert expected in line
    assert {RLI, LRI} & set(line) <= {expected, RLI if expected not in (RLI, LRI) else expected}


def test_words_without_spaces_are_marked_where_they_stand() -> None:
    assert differences(body("他们「同意」了。"), body("他们『不同意』了。")) == ["  他们『{+不+}同意』了。"]


# Context


def test_long_unchanged_stretches_are_cut_short() -> None:
    words = [f"w{number}" for number in range(100, 300)]
    changed = list(words)
    changed[60], changed[140] = "x", "y"
    (line,) = differences(body(" ".join(words)), body(" ".join(changed)))

    def between(first: int, last: int) -> str:
        return " ".join(words[first - 100 : last - 99])

    parts = (between(148, 159), "[-w160-]{+x+}", between(161, 172), "…", between(228, 239), "[-w240-]{+y+}")
    assert line == f"  … {' '.join(parts)} {between(241, 252)} …"


def test_a_megabyte_without_spaces_is_cut_short_too() -> None:
    (line,) = differences(body("x" * 1_000_000 + " 1"), body("x" * 1_000_000 + " 2"))
    assert len(line) < 100
    long = "東京" * 150_000
    (line,) = differences(body(f"{long}一"), body(f"{long}二"))
    assert line == f"  … {'東京' * 30}[-一-]{{+二+}}"


def test_paragraphs_of_five_megabytes_are_shown(harvest: Harvest) -> None:
    text = "The harbour reopened on Monday, again. " * 128_000
    stored(harvest, body(text.strip(), "One."), body(text.strip(), "Two."))
    done = harvest("show", ID, "--diff")
    assert done.out.splitlines()[1:] == ["  …", "  [-One.-]{+Two.+}"]
    assert harvest("show", ID).code == 0
