"""`harvest extract` as people run it: pages in, one record a line out."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, Harvest
from tests.site import article_page

FOOT = "<p>The Harbour Post belongs to its readers and to nobody else, and has done so since the days of sail.</p>"


def question(number: int, site: str = "a.example") -> dict[str, Any]:
    html = article_page(f"Story {number}", extra=FOOT).decode()
    return {"id": number, "url": f"https://{site}/2026/story-{number}", "html": html}


def jsonl(*questions: object) -> str:
    return "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in questions)


def piped(harvest: Harvest, given: bytes, *arguments: str) -> Done:
    """With standard input from a file, as a shell's `<` gives it. `Harvest` itself gives none."""
    path = harvest.folder / "stdin"
    path.write_bytes(given)
    with path.open("rb") as stdin:

        def take() -> None:
            os.dup2(stdin.fileno(), 0)

        process = harvest.start(*arguments, preexec_fn=take)
        out, err = process.communicate(timeout=60)
    return Done(code=process.returncode, out=out, err=err)


@pytest.fixture
def written(harvest: Harvest) -> Path:
    """A file of 60 questions on 3 sites, some of them none."""
    questions: list[object] = [question(number, f"{'abc'[number % 3]}.example") for number in range(60)]
    questions[5] = "no json"
    questions[23] = {"id": "empty", "html": ""}
    questions[41] = {"id": "fault", "url": "http://[", "html": "<p>x"}
    path = harvest.folder / "pages.jsonl"
    path.write_text(jsonl(*questions), encoding="utf-8")
    return path


@pytest.mark.parametrize("options", [(), ("--learn",)])
def test_as_many_processes_as_one_likes_give_one_answer(
    harvest: Harvest, written: Path, options: tuple[str, ...]
) -> None:
    by_one, by_two = (harvest("extract", "--jsonl", "--jobs", jobs, *options, str(written)) for jobs in "12")
    assert by_one.out == by_two.out
    assert (by_one.code, by_two.code) == (1, 1)
    assert [record["id"] for record in by_one.jsonl()] == [
        {5: None, 23: "empty", 41: "fault"}.get(number, number) for number in range(60)
    ]
    assert by_one.err.splitlines()[-1].startswith("harvest: 2 lines are no pages")


def test_broken_lines_are_told_where_they_stand_and_the_rest_is_read(harvest: Harvest) -> None:
    path = harvest.folder / "pages.jsonl"
    path.write_text(jsonl("no json", question(1), "", " ", "[]", '{"id": 5}', question(2)), encoding="utf-8")
    done = harvest("extract", "--jsonl", str(path))
    records = done.jsonl()
    assert done.code == 1
    assert [record["id"] for record in records] == [None, 1, None, None, 2]
    told = [record["error"] for record in records if record["id"] is None]
    assert [error.removeprefix(f"{path}: line ").partition(":")[0] for error in told] == ["1", "5", "6"]
    assert [record["title"] for record in records if record["id"]] == ["Story 1", "Story 2"]
    assert done.err == 'harvest: 3 lines are no pages: see "error" in the output\n'


def test_a_page_that_is_no_article_is_no_broken_line(harvest: Harvest) -> None:
    done = piped(harvest, jsonl({"id": "a", "html": ""}, question(1)).encode(), "extract", "--jsonl")
    assert (done.code, done.err) == (0, "")
    assert [set(record) == {"id", "error"} for record in done.jsonl()] == [True, False]


@pytest.mark.parametrize("options", [(), ("--learn",)])
def test_files_are_read_in_the_order_of_their_names_given(harvest: Harvest, options: tuple[str, ...]) -> None:
    for name in "abc":
        (harvest.folder / f"{name}.html").write_bytes(article_page(f"Story of {name}"))
    (harvest.folder / "empty.html").write_bytes(b"")
    done = harvest("extract", *options, "c.html", "empty.html", "a.html", "b.html")
    assert (done.code, done.err) == (0, "")
    records = done.jsonl()
    assert [record["id"] for record in records] == ["c.html", "empty.html", "a.html", "b.html"]
    assert [record.get("title") for record in records] == ["Story of c", None, "Story of a", "Story of b"]
    assert records[0]["url"] == (harvest.folder / "c.html").as_uri()


def test_several_files_of_lines_are_read_one_after_another(harvest: Harvest) -> None:
    for name, number in (("x", 2), ("y", 1)):
        (harvest.folder / name).write_text(jsonl(question(number), "broken"), encoding="utf-8")
    records = harvest("extract", "--jsonl", "x", "y").jsonl()
    assert [record["id"] for record in records] == [2, None, 1, None]
    assert [record["error"][:10] for record in records if record["id"] is None] == ["x: line 2:", "y: line 2:"]


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_is_read_where_no_file_is_named(harvest: Harvest, arguments: tuple[str, ...]) -> None:
    (record,) = piped(harvest, article_page("From a pipe"), "extract", *arguments).jsonl()
    assert (record["id"], record["title"]) == ("-", "From a pipe")
    done = piped(harvest, jsonl(question(1), "broken", question(2)).encode(), "extract", "--jsonl", *arguments)
    assert [record["id"] for record in done.jsonl()] == [1, None, 2]
    assert done.jsonl()[1]["error"].startswith("-: line 2: ")


def test_no_lines_give_no_records(harvest: Harvest) -> None:
    done = piped(harvest, b"\n\n", "extract", "--jsonl")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_file_whose_name_is_no_utf_8_is_read(harvest: Harvest) -> None:
    path = Path(os.fsdecode(os.fsencode(harvest.folder) + b"/caf\xe9.html"))
    path.write_bytes(article_page("Story"))
    done = harvest("extract", str(path))
    assert done.code == 0, done.err
    assert done.jsonl()[0]["title"] == "Story"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("absent.html",), "absent.html: can't be read: No such file or directory"),
        (("--jobs", "0"), "--jobs"),
        (("--jobs", "many"), "--jobs"),
        ((".",), "directory"),
    ],
)
def test_wrong_usage_is_exit_code_2(harvest: Harvest, arguments: tuple[str, ...], says: str) -> None:
    done = harvest("extract", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert "Traceback" not in done.err


def test_help_teaches(harvest: Harvest) -> None:
    done = harvest("extract", "--help")
    assert done.code == 0
    for said in (
        '{"id", "url", "html"}',
        '{"id", "error"}',
        "--learn",
        "--jobs N",
        "standard input",
        "exit code 1",
        "harvest extract page.html",
        "harvest extract --jsonl --learn < pages.jsonl > articles.jsonl",
    ):
        assert said in " ".join(done.out.split()), said
