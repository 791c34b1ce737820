"""`harvest clean` as people run it: texts in, clean texts out, and what it says about them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, Harvest
from tests.harvester.clean.arabic_site import INTRO, QUOTE, SitePage, site
from tests.test_founding_example import EXAMPLE, needs_example

ROOT = Path(__file__).parent.parent

ALIKE = """عودة سوق السمك إلى رصيف المرفأ القديم

افتتحت بلدية المرفأ صباح الأحد سوق السمك الجديد بعد عامين من العمل، وحضر الافتتاح عشرات الصيادين.
وقال رئيس البلدية للصحافيين عند مدخل السوق: ” أردنا مكاناً يليق بأهل البحر، ودعونا نرى كيف سيكون الموسم”.
مؤكداً أن الأجور لن ترتفع هذا العام.
ودعت البلدية الأهالي إلى المشاركة عن طريق إرسال اقتراحاتهم عبر البريد قبل نهاية الشهر، بحسب ما جاء في إعلانها.
فيما ذكرت جمعية الصيادين (التي تأسست قبل ثلاثين عاماً) أنها ستفتتح مكتباً في السوق لخدمة أعضائها”.
"""
FOOTER = """
------------------------

أنتم أيضاً تستطيعون الكتابة إلينا، أرسلوا كتاباتكم عبر البريد : desk@marsa.example

ملاحظاتكم: صحّح معنا - أرسل صورة - خريطة الموقع

تابعنا : يوتيوب - تلغرام - فيسبوك"""
FOOTER_LINES = [line for line in FOOTER.split("\n") if line]


def piped(harvest: Harvest, *arguments: str, given: bytes) -> Done:
    """The command with something on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "harvester", "clean", *arguments],
        cwd=harvest.folder,
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def jsonl(*records: Any) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def page_text(page: SitePage) -> str:
    return "\n".join((page.article.title, "", *(block.text for block in page.article.blocks)))


def clean_text(page: SitePage) -> str:
    return "\n".join((page.article.title, "", *page.story))


# One text


@needs_example
def test_the_founding_example_loses_exactly_its_footer_even_alone(harvest: Harvest) -> None:
    done = harvest("clean", str(EXAMPLE))
    assert done.code == 0
    story, _, footer = EXAMPLE.read_text(encoding="utf-8").partition("\n---")
    assert done.out == story.rstrip("\n") + "\n"
    assert done.err.startswith(f"{EXAMPLE}: removed 4 lines (rule: separator)\n")
    assert done.err.count("\n- ") == len([line for line in footer.split("\n") if line])


def test_one_like_it_does_too_and_its_lines_stay_as_they_were(harvest: Harvest) -> None:
    write(harvest.folder, {"a.txt": ALIKE + FOOTER})
    done = harvest("clean", "a.txt")
    assert (done.code, done.out) == (0, ALIKE)
    assert done.err == "\n".join(["a.txt: removed 4 lines (rule: separator)", *(f"- {x}" for x in FOOTER_LINES), ""])
    assert piped(harvest, given=(ALIKE + FOOTER).encode()).out == ALIKE
    assert piped(harvest, "-", given=(ALIKE + FOOTER).encode()).err.startswith("standard input: removed 4 lines")


def test_a_text_without_furniture_comes_out_as_it_went_in(harvest: Harvest) -> None:
    write(harvest.folder, {"a.txt": ALIKE})
    done = harvest("clean", "a.txt")
    assert (done.code, done.out, done.err) == (0, ALIKE, "a.txt: nothing removed\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_any_encoding_and_line_end_is_read_and_one_is_written(harvest: Harvest, encoding: str, line_end: str) -> None:
    plain = (ALIKE + FOOTER).translate(str.maketrans("”“", '""'))
    (harvest.folder / "a.txt").write_bytes(plain.replace("\n", line_end).encode(encoding))
    assert harvest("clean", "a.txt").out == ALIKE.translate(str.maketrans("”“", '""'))


def test_json_tells_machines_what_was_removed(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE + FOOTER})
    (record,) = harvest("clean", "texts/a.txt", "--json").jsonl()
    assert record == {
        "id": "texts/a.txt",
        "source": str((harvest.folder / "texts").resolve()),
        "text": ALIKE.rstrip("\n"),
        "removed": [{"text": line, "why": "rule: separator"} for line in FOOTER_LINES],
    }


# A folder of texts


@pytest.mark.parametrize("footer", ["dashes", "counters"])
def test_a_folder_teaches_its_furniture_and_keeps_standing_text(harvest: Harvest, footer: str) -> None:
    pages = site(footer)
    varying = [line for page in pages for line in story_links(page)]
    write(harvest.folder, {f"texts/{n:02}.txt": page_text(page) for n, page in enumerate(pages)})
    done = harvest("clean", "texts", "-o", "clean")
    assert done.code == 0, done.err
    for number, page in enumerate(pages):
        text = (harvest.folder / "clean" / f"{number:02}.txt").read_text(encoding="utf-8")
        left = [line for line in text.splitlines() if line not in varying]
        assert "\n".join(left) == clean_text(page)
    assert 0.3 <= sum(INTRO in page.story for page in pages) / len(pages) <= 0.6
    assert 0.2 <= sum(QUOTE in page.story for page in pages) / len(pages) <= 0.6
    assert done.out.startswith("12 texts clean under clean; ")
    assert "removed from 12 of them" in done.out
    again = harvest("clean", "clean", "-o", "again")
    assert again.out == "12 texts clean under again; 0 lines removed from 0 of them\n"


def story_links(page: SitePage) -> Iterable[str]:
    """Links to other stories, all link and nothing else: without markup, nothing tells them from a short paragraph."""
    return [block.text for block in page.article.blocks if block.link_share == 1]


def test_folders_are_sources_and_files_below_keep_their_names(harvest: Harvest) -> None:
    bodies = [line for line in ALIKE.split("\n") if line]
    texts = {f"in/{s}/{n}.txt": f"{body}\n{n} {s}\nFrom the {s} desk" for s in "ab" for n, body in enumerate(bodies)}
    write(harvest.folder, texts | {"in/notes.md": "Follow us", "in/.hidden/x.txt": "x", "in/._0.txt": "x"})
    assert harvest("clean", "in/", "-o", "out").code == 0
    written = {str(path.relative_to(harvest.folder / "out")) for path in harvest.folder.glob("out/**/*.*")}
    assert written == {name.removeprefix("in/") for name in texts}
    records = harvest("clean", "in", "--json").jsonl()
    assert [record["id"] for record in records] == sorted(texts)
    assert {record["source"] for record in records} == {str(harvest.folder.resolve() / "in" / s) for s in "ab"}
    assert {block["why"] for record in records for block in record["removed"]} == {"tail: 5 of 5"}
    together = harvest("clean", "in", "--json", "--one-source").jsonl()
    assert {record["source"] for record in together} == {None}
    assert {block["why"] for record in together for block in record["removed"]} == {"tail: 5 of 11"}


def test_the_folder_of_results_may_lie_in_the_folder_of_texts(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE + FOOTER})
    for _ in range(2):
        assert harvest("clean", "texts", "-o", "texts/clean").out.startswith("1 text clean")
    assert [path.name for path in harvest.folder.rglob("*.txt")].count("a.txt") == 2


def test_in_place_writes_only_files_that_change(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE + FOOTER, "texts/b.txt": "Nothing here.\r\n"})
    changed, unchanged = harvest.folder / "texts/a.txt", harvest.folder / "texts/b.txt"
    changed.chmod(0o640)
    (harvest.folder / "link.txt").symlink_to(changed)
    before = unchanged.stat().st_mtime_ns
    done = harvest("clean", "--in-place", "link.txt", "texts/b.txt")
    assert done.code == 0, done.err
    assert changed.read_text(encoding="utf-8") == ALIKE
    assert changed.stat().st_mode & 0o777 == 0o640
    assert (harvest.folder / "link.txt").is_symlink()
    assert (unchanged.stat().st_mtime_ns, unchanged.read_bytes()) == (before, b"Nothing here.\r\n")
    assert list(harvest.folder.glob("**/.harvest-*")) == []


# Refusals and failures


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("texts",), "2 files: say where to write them"),
        (("texts", "-o", "texts"), "texts/a.txt would be written over texts/a.txt; say --in-place"),
        (("other/a.txt", "texts/a.txt", "-o", "out"), "would both be written to out/a.txt"),
        (("other/a.txt", "texts/b.txt", "-o", "texts"), "written over"),
        (("other/a.txt", "texts/a.txt", "-o", "texts", "--in-place"), "other/a.txt would be written over texts/a.txt"),
        (("texts", "-o", "texts/a.txt"), "texts/a.txt: is no folder"),
        (("empty",), "empty: there are no .txt files in it"),
        (("-", "-o", "out"), "standard input has no name"),
        (("--jsonl", "--in-place", "x.jsonl"), "--in-place and --one-source are for files"),
        (("--jsonl", "absent.jsonl"), "absent.jsonl: can't be read"),
        (("--jsonl", "texts/a.txt", "-o", "texts/a.txt"), "texts/a.txt: is read"),
        (("--jsonl", "texts/a.txt", "-o", "texts"), "texts: is a folder"),
    ],
)
def test_wrong_usage_is_one_line_and_nothing_is_written(
    harvest: Harvest, arguments: tuple[str, ...], says: str
) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE + FOOTER, "texts/b.txt": ALIKE, "other/a.txt": FOOTER})
    (harvest.folder / "empty").mkdir()
    files = {path: path.read_bytes() for path in harvest.folder.rglob("*.txt")}
    done = harvest("clean", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
    assert {path: path.read_bytes() for path in harvest.folder.rglob("*") if path.is_file()} == files


def test_the_same_file_named_twice_is_one(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE + FOOTER})
    assert harvest("clean", "texts", "texts/a.txt", str(harvest.folder / "texts" / "a.txt")).out == ALIKE


def test_what_can_not_be_read_is_named_and_the_rest_is_cleaned(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/good.txt": ALIKE + FOOTER})
    (harvest.folder / "texts" / "picture.txt").write_bytes(b"\x89PNG\0\0\0")
    (harvest.folder / "texts" / "gone.txt").symlink_to("nowhere")
    done = harvest("clean", "texts", "-o", "out")
    assert done.code == 1
    assert "texts/picture.txt: no text: it has NUL bytes" in done.err
    assert "texts/gone.txt: can't be read: No such file or directory" in done.err
    assert "1 text clean under out" in done.out
    assert "2 texts could not be read or written" in done.out
    assert [path.name for path in (harvest.folder / "out").iterdir()] == ["good.txt"]
    told = {record["id"]: record for record in harvest("clean", "texts", "--json").jsonl()}
    assert told["texts/gone.txt"] == {
        "id": "texts/gone.txt",
        "error": "can't be read: No such file or directory",
    }
    assert told["texts/good.txt"]["text"] + "\n" == ALIKE
    assert harvest("clean", "absent.txt").code == 1


def test_what_can_not_be_written_is_named(harvest: Harvest) -> None:
    write(harvest.folder, {"texts/a.txt": ALIKE, "texts/sub/b.txt": ALIKE, "out/sub": "a file in the way"})
    done = harvest("clean", "texts", "-o", "out")
    assert done.code == 1
    assert "texts/sub/b.txt: can't be written to out/sub/b.txt: " in done.err
    (_, record) = harvest("clean", "texts", "-o", "out", "--json").jsonl()
    assert set(record) == {"id", "error"}


def test_a_huge_file_is_no_article(harvest: Harvest) -> None:
    with (harvest.folder / "huge.txt").open("wb") as huge:
        huge.truncate(2**40)
    done = harvest("clean", "huge.txt")
    assert (done.code, done.out) == (1, "")
    assert "larger than 20 MiB" in done.err


def test_names_and_texts_do_not_command_the_terminal(harvest: Harvest) -> None:
    name = "a\n\x1b[31m.txt"
    nasty = "Follow us \x1b]0;owned\x07 \u202egnihsihp\u2069: desk@a.example"
    write(harvest.folder, {f"texts/{name}": f"{ALIKE}-----\n{nasty}\n"})
    folder = harvest.folder / "texts"
    (folder / name).rename(folder / os.fsdecode(b"\xff" + name.encode()))
    for arguments in (("texts/",), ("texts/", "-o", "out")):
        done = harvest("clean", *arguments)
        assert done.code == 0, done.err
        assert not set(done.err + done.out) & set("\x1b\x07\u202e\u2069")
    assert harvest("clean", "texts/", "--json").jsonl()[0]["id"] == f"texts/\\xff{name}"
    assert harvest("clean", "texts/").err.startswith("texts/\\udcffa\\n\\x1b[31m.txt: removed 2 lines")
    assert [path.name for path in (harvest.folder / "out").iterdir()] == [os.fsdecode(b"\xff" + name.encode())]


def test_markup_in_a_text_is_text(harvest: Harvest) -> None:
    text = '<script>alert(1)</script> is what the page said.\n<meta charset="utf-7">\n'
    write(harvest.folder, {"a.txt": text})
    assert harvest("clean", "a.txt").out == text


# Lines of JSON


def test_jsonl_learns_by_source_and_keeps_the_order_of_the_input(harvest: Harvest) -> None:
    pages = {name: site(name) for name in ("dashes", "counters")}
    records = [
        {"id": f"{name}-{number}", "source": name, "text": page_text(pages[name][number])}
        for number in range(12)
        for name in pages
    ]
    given = jsonl(*records)
    done = piped(harvest, "--jsonl", given=given)
    assert (done.code, done.err) == (0, "")
    answers = done.jsonl()
    assert [answer["id"] for answer in answers] == [record["id"] for record in records]
    for answer in answers:
        page = pages[answer["source"]][int(answer["id"].split("-")[1])]
        assert set(answer) == {"id", "source", "text", "removed"}
        left = [line for line in answer["text"].split("\n") if line not in story_links(page)]
        assert "\n".join(left) == clean_text(page)
        assert answer["removed"]
        assert all(set(line) == {"text", "why"} for line in answer["removed"])
    (harvest.folder / "1.jsonl").write_bytes(b"\xef\xbb\xbf" + given[: given.index(b"\n") + 1])
    (harvest.folder / "2.jsonl").write_bytes(given[given.index(b"\n") + 1 :].replace(b"\n", b"\r\n\r\n"))
    assert harvest("clean", "--jsonl", "1.jsonl", "2.jsonl").out == done.out
    assert harvest("clean", "--jsonl", "1.jsonl", "2.jsonl", "-o", "out.jsonl").out == ""
    assert (harvest.folder / "out.jsonl").read_text(encoding="utf-8") == done.out


def test_a_bad_line_is_answered_in_its_place(harvest: Harvest) -> None:
    good = {"id": 7, "text": ALIKE + FOOTER}
    bad: list[Any] = [[1], {"text": "no id"}, {"id": "a"}, {"id": "b", "text": 3}, {"id": "c", "source": 1, "text": ""}]
    done = piped(harvest, "--jsonl", given=jsonl(good, *bad) + b'{"id": "d", "text"\n\xff\n' + jsonl(good))
    assert done.code == 1
    assert done.err == "harvest: 7 of 9 lines could not be read\n"
    first, *between, last = done.jsonl()
    assert first == last
    assert (first["id"], first["source"], first["text"]) == (7, None, ALIKE.rstrip("\n"))
    assert [answer["id"] for answer in between] == [None, None, "a", "b", "c", None, None]
    assert all(set(answer) == {"id", "error"} for answer in between)
    assert between[0]["error"].startswith("standard input: line 2: not an object")
    assert "line 7: not JSON" in between[5]["error"]


def test_a_line_without_end_is_cut_off_and_the_next_one_is_read(harvest: Harvest) -> None:
    with (harvest.folder / "x.jsonl").open("wb") as lines:
        lines.write(b'{"id": 1, "text": "' + b"a" * (21 << 20) + b'"}\n')
        lines.write(jsonl({"id": 2, "source": None, "text": "x"}))
    first, second = harvest("clean", "--jsonl", "x.jsonl").jsonl()
    assert "line 1: larger than 20 MiB" in first["error"]
    assert second == {"id": 2, "source": None, "text": "x", "removed": []}


def test_it_ends_quietly_when_its_reader_does(harvest: Harvest) -> None:
    (harvest.folder / "x.jsonl").write_bytes(jsonl({"id": 1, "text": ALIKE}) * 3000)
    process = harvest.start("clean", "--jsonl", "x.jsonl")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) in (0, 1)
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_memory_does_not_grow_with_the_number_of_texts(harvest: Harvest) -> None:
    """Each text is 60 KB, mostly spaces, which are quick to read: 1000 of them held at once would show."""
    body = f"{ALIKE}The{' ' * 60_000}end."
    (harvest.folder / "x.jsonl").write_bytes(b"".join(jsonl({"id": n, "text": f"{n} {body}"}) for n in range(1000)))
    measure = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-m", "harvester", "clean", "--jsonl"]
    few = subprocess.run(
        [sys.executable, "-c", measure, *command, "-"],
        input=jsonl({"id": 1, "text": body}),
        capture_output=True,
        check=True,
    )
    many = subprocess.run(
        [sys.executable, "-c", measure, *command, "x.jsonl"], cwd=harvest.folder, capture_output=True, check=True
    )
    assert int(many.stdout) - int(few.stdout) < 40_000, "KiB"


# Examples


def examples(text: str) -> list[str]:
    """The command lines in a help text or a document, without the words beside them."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("    harvest clean ")]
    return [re.split(r" {3,}", line)[0] for line in lines]


@pytest.mark.parametrize("where", ["--help", "README.md", "deploy/OPERATING.md"])
def test_each_example_does_what_it_says(harvest: Harvest, where: str) -> None:
    text = harvest("clean", "--help").out if where == "--help" else (ROOT / where).read_text(encoding="utf-8")
    commands = examples(text)
    assert len(commands) >= 3
    dirty = ALIKE + FOOTER
    record = jsonl({"id": 1, "source": "s", "text": dirty})
    environ = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command in commands:
        write(harvest.folder, dict.fromkeys(("article.txt", "texts/a.txt", "old/day/a.txt"), dirty))
        (harvest.folder / "texts.jsonl").write_bytes(record)
        done = subprocess.run(command, shell=True, cwd=harvest.folder, env=environ, capture_output=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        kept = [path for path in harvest.folder.rglob("*.txt") if path.read_text(encoding="utf-8") == ALIKE]
        answers = [path for path in harvest.folder.glob("*.jsonl") if b'"removed"' in path.read_bytes()]
        assert kept or answers, command
        for path in (*kept, *answers):
            path.unlink()
