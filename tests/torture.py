"""Commands that are killed with -9 at random moments and called again must end as if nobody had disturbed them.

    python -m tests.torture [COMMAND...] [--times 20] [--seed N]

A `Scenario` says what a command finds, how it is called, and what counts of its end. The folder is prepared once and
copied for each turn. Each turn's kill falls into another part of the time that the undisturbed call takes, and a bit
more; now and then the next call is killed too, or the local cache is lost. Then the command is called to its end.
Writes are slowed down, so that kills fall between them.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import harvester.archive
from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.links import CopyLink
from harvester.archive.manifest import Manifest
from harvester.archive.removals import Removal
from harvester.tables import update_tables
from harvester.urls import article_id
from harvester.verifying import Asked, verify
from tests.command import Harvest
from tests.harvester.articles import words
from tests.harvester.captured import NOON, make_visible, put_captured, url_of
from tests.harvester.importing.warcs import http, packed
from tests.harvester.importing.warcs import record as warc_record
from tests.harvester.tables.archives import Archive, link, record
from tests.harvester.tables.test_update import rows
from tests.harvester.tables.test_update import state as all_rows
from tests.harvester.verifying.archives import fill, flip, run_id, written
from tests.site import Reply, Request, Site, article_page

State = dict[str, Any]

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6,10}")
DAY = re.compile(r"date=\d{4}-\d\d-\d\d")
SLOW_WRITES = """
import time
from harvester.archive.folder import FolderStore

def slow(write):
    def written(*arguments, **named):
        time.sleep(0.005)
        answer = write(*arguments, **named)
        time.sleep(0.005)
        return answer
    return written

for name in ("put_new", "replace", "delete"):
    setattr(FolderStore, name, slow(getattr(FolderStore, name)))
"""
"""In a folder a write takes no time beside all else; so most kills would fall between none."""

TOLD = 400
"""Characters of a difference that are shown."""

GONE = article_id("paper", url_of("gone"))


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a command that came to its end has left."""

    folder: Path
    given: list[str]  # what each call has printed, the last one undisturbed

    @property
    def store(self) -> ObjectStore:
        return _store(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One command on one archive."""

    command: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path, Site], None]
    state: Callable[[End], State]  # what must be the same
    small: str = ""  # Python: makes batches so small that kills fall between them
    meanwhile: Callable[[ObjectStore], list[str]] = lambda _: []  # what is wrong right after a kill


@dataclass(slots=True, kw_only=True)
class Tortured:
    """What became of one command."""

    command: str
    seed: int
    undisturbed_s: float = 0
    kills: int = 0
    after_work: int = 0  # kills that fell after it had written or printed something
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.command:10}  {self.kills:3} kills, {self.after_work:3} after work had begun (undisturbed"
            f" {self.undisturbed_s:.1f} s): {len(self.differences)} differences"
        )


class Torture:
    """One scenario in a folder of its own, which is made again for each turn: its path is part of what is stored."""

    def __init__(self, scenario: Scenario, place: Path, *, times: int, seed: int) -> None:
        self._scenario = scenario
        self._times = times
        self._chance = random.Random(f"{scenario.command} {seed}")
        self._pristine = place / "pristine"
        self._folder = place / "folder"
        self._outputs = place / "outputs"
        self._result = Tortured(command=scenario.command, seed=seed)

    def run(self) -> Tortured:
        with Site() as site:
            self._pristine.mkdir(parents=True)
            self._scenario.prepare(self._pristine, site)
            self._renew()
            before = _files(self._folder)
            expected = self._end([])
            sound = {"exit code": 0, "verify": [], "said": None}
            self._differ("undisturbed", expected | sound, expected)
            if _files(self._folder) == before and not (self._outputs / "0.out").stat().st_size:
                self._result.differences.append("undisturbed: it has done nothing")
            for turn in range(self._times):
                self._renew()
                given = self._kills(turn)
                self._differ(f"turn {turn}", expected, self._end(given))
        return self._result

    def _renew(self) -> None:
        for folder in (self._folder, self._outputs):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._pristine, self._folder)
        self._outputs.mkdir()

    def _kills(self, turn: int) -> list[str]:
        """Kill it at a moment of this turn's part of the time, one time in four the next call as well; what they have
        printed."""
        share = (turn + self._chance.random()) / self._times
        given = []
        while True:
            given.append(self._killed(share * 1.1 * self._result.undisturbed_s, len(given)))
            problems = self._scenario.meanwhile(_store(self._folder))
            self._result.differences += [f"turn {turn}, after the kill: {problem}" for problem in problems]
            if self._chance.random() < 0.5:
                shutil.rmtree(self._folder / "cache", ignore_errors=True)
            if self._chance.random() < 0.75:
                return given
            share = self._chance.random()

    def _killed(self, after_s: float, number: int) -> str:
        before = _files(self._folder)
        process, output = self._start(number)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        given = output.read_text(encoding="utf-8", errors="replace")
        if process.returncode == -signal.SIGKILL:
            self._result.kills += 1
            self._result.after_work += bool(given) or _files(self._folder) != before
        return given

    def _start(self, number: int) -> tuple["subprocess.Popen[bytes]", Path]:
        scenario = self._scenario
        program = f"{SLOW_WRITES}\n{scenario.small}\nfrom harvester.cli import main\nmain()"
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environ |= {
            "HARVEST_ARCHIVE": f"file://{self._folder}/archive",
            "HARVEST_CACHE": f"{self._folder}/cache",
            "PYTHONUNBUFFERED": "1",
        }
        output = self._outputs / f"{number}.out"
        with output.open("wb") as out, output.with_suffix(".err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-c", program, scenario.command, *scenario.arguments],
                cwd=self._folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return process, output

    def _end(self, given: list[str]) -> State:
        """Call it, undisturbed, and look at what is there."""
        began = time.monotonic()
        process, output = self._start(len(given))
        code = process.wait(120)
        self._result.undisturbed_s = self._result.undisturbed_s or time.monotonic() - began
        end = End(folder=self._folder, given=[*given, output.read_text(encoding="utf-8")])
        state = {"exit code": code, "verify": _verified(end.store)}
        if code:
            return {**state, "said": output.with_suffix(".err").read_text(encoding="utf-8", errors="replace")[-TOLD:]}
        return state | self._scenario.state(end)

    def _differ(self, when: str, expected: State, found: State) -> None:
        failed = "said" in found
        for part in sorted(found if failed else expected.keys() | found.keys()):
            if expected.get(part) != found.get(part):
                told = f"{when}: {part}: {_difference(expected.get(part), found.get(part))}"
                self._result.differences.append(told)


def _store(folder: Path) -> ObjectStore:
    return open_store(str(folder / "archive"))


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Of all but the cache, which may be lost at any time, and the mark by which a store is tried."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(("cache/", "archive/.probe")):
            about = path.stat()
            found[name] = (about.st_size, about.st_mtime_ns)
    return found


def _verified(store: ObjectStore) -> list[str]:
    """What `harvest verify` finds when nobody can be at work any more."""
    found = verify(store, Asked(), datetime.now(UTC) + timedelta(days=30))
    return [f"{one.key}: {one.problem}" for one in found.findings]


def _difference(expected: Any, found: Any) -> str:
    """What is in one alone."""
    if isinstance(expected, dict) and isinstance(found, dict):
        expected, found = list(expected.items()), list(found.items())
    if isinstance(expected, list) and isinstance(found, list):
        lost = [one for one in expected if one not in found]
        new = [one for one in found if one not in expected]
        if not lost and not new:
            return f"other order or number ({len(expected)}, {len(found)})"
        return f"{len(lost)} lost, such as {str(lost[:1])[:TOLD]}; {len(new)} new, such as {str(new[:1])[:TOLD]}"
    return f"{str(expected)[:TOLD]} became {str(found)[:TOLD]}"


# What is looked at


def same_name(key: str) -> str:
    """Whatever the day and the run."""
    return RUN_ID.sub("RUN", DAY.sub("date=DAY", key))


def objects(store: ObjectStore, *roots: str) -> dict[str, bytes]:
    """What was written once and for all; `roots` are the beginnings of keys."""
    return {same_name(one.key): store.get(one.key) for root in roots for one in store.list(root)}


def readable(store: ObjectStore, *dropped: str) -> list[dict[str, Any]]:
    """The records as `harvest read --revisions all` gives them, without some fields, by id and revision."""
    archive = harvester.archive.open(store.url)
    found = [json.loads(one.to_json()) for one in archive.articles(revisions="all")]
    assert not archive.unreadable
    kept = [{name: value for name, value in one.items() if name not in dropped} for one in found]
    return sorted(kept, key=lambda one: (one["id"], one["revision"]))


def visible(store: ObjectStore) -> State:
    """Each stored record by one commit, and the kinds of commits."""
    log = CommitLog(store)
    commits = Counter(line.key for _, lines in log.articles() for line in lines)
    stored = Counter(one.key for one in store.list(keys.ARTICLES))
    return {
        "not visible once": sorted((stored - commits) + (commits - stored)),
        "records": sorted(same_name(key) for key in stored),
        "kinds of commits": sorted({str(commit.kind) for commit in log.read()}),
        "drafts": [one.key for one in store.list(keys.DRAFTS)],
    }


def harvested(end: End) -> State:
    """Whichever of the runs has stored an article, and by what it knew of the furniture then."""
    state = visible(end.store) | {"read": readable(end.store, "fetched_at", "run_id", "derivation")}
    captures = [same_name(one.key) for one in end.store.list(keys.CAPTURES)]
    return state | {"captures": sorted(key for key in captures if "revisits" not in key)}


def untouched(end: End) -> State:
    """The archive of a command that reads."""
    found = (one.key for one in end.store.list("") if not one.key.startswith(".probe"))
    return {"archive": {key: hashlib.sha256(end.store.get(key)).hexdigest() for key in found}}


def linked(end: End) -> State:
    """Of each revision the latest link; and which days were compared."""
    lines: dict[tuple[str, int], CopyLink] = {}
    days = []
    for one in end.store.list(keys.LINKS):
        if one.key.endswith("linked.json"):
            days.append(one.key)
        else:
            found = [CopyLink.model_validate_json(line) for line in end.store.get(one.key).splitlines()]
            for each in sorted(found, key=lambda each: each.linked_at):
                lines[each.id, each.revision] = each
    links = sorted((*key, one.copy_of, one.similarity, one.copy_kind) for key, one in lines.items())
    merged = [one.key for one in end.store.list(keys.SEGMENTS)]
    state = {"links": links, "days": sorted(days), "segments": sorted(merged), "read": readable(end.store)}
    return visible(end.store) | state


def bundle(end: End) -> State:
    folder = end.folder / "bundle"
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".tmp-")]
    return untouched(end) | {"bundle": {str(path.relative_to(folder)): path.read_bytes() for path in paths}}


def repaired(end: End) -> State:
    return visible(end.store) | {
        "objects": objects(end.store, keys.ARTICLES, keys.CAPTURES, keys.TABLES, ".damaged/"),
        "read": readable(end.store),
    }


def given(end: End) -> State:
    """What the consumer has got: all by the last call, or the call before had come to its end."""
    got = [one for one in end.given if one]
    seen = (end.folder / "seen.cursor").read_text(encoding="utf-8")
    return untouched(end) | {"given": got[-1].splitlines(), "cursor": seen}


def hits(end: End) -> State:
    return untouched(end) | {"hits": end.given[-1].splitlines()}


def tables(end: End) -> State:
    return {**all_rows(end.store), "read": readable(end.store)}


def doubled(store: ObjectStore) -> list[str]:
    """Articles of which a reader of the tables sees two rows."""
    counts = Counter(row["id"] for row in rows(store))
    return [f"{one} has {count} rows" for one, count in counts.items() if count > 1]


def rederived(end: End) -> State:
    """But for the report: a pass that is killed just before its report leaves the next one nothing to report."""
    found = objects(end.store, keys.ARTICLES)
    state = visible(end.store)
    state["kinds of commits"] = [kind for kind in state["kinds of commits"] if kind != "report"]
    return state | {"objects": {key.rpartition("/")[2]: body for key, body in found.items()}}


def removed(end: End) -> State:
    """But for the time of the tombstone."""
    store = end.store
    tombstone = json.loads(store.get(keys.removal_key("paper", GONE)))
    tombstone.pop("at")
    return visible(store) | {
        "tombstone": tombstone,
        "keys": sorted(one.key for one in store.list("")),
        "commits": [str(commit.kind) for commit in CommitLog(store).read()],
        "read": readable(store),
    }


# What they find


def many(folder: Path, _: Site) -> Archive:
    """Five hundred articles of some length, visible by ten commits."""
    archive = Archive(_store(folder))
    chance = random.Random(1)
    for run in range(10):
        texts = (chance.randbytes(6000).hex(" ", 4) for _ in range(50))
        archive.run(*(record(f"n{run}-{place}", f"harbour {text}") for place, text in enumerate(texts)))
    return archive


def many_in_tables(folder: Path, site: Site) -> None:
    update_tables(many(folder, site).store)


def copied(folder: Path, _: Site) -> None:
    """Twenty days that are over; on each, half of the articles are copies of the first day's."""
    archive = Archive(_store(folder))
    first = archive.at - timedelta(days=30)
    for day in range(20):
        archive.at = first + timedelta(days=day)
        own = [record(f"own-{day}-{place}", words(f"d{day}p{place}w"), at=archive.at) for place in range(20)]
        copies = [
            record(f"copy-{day}-{place}", words(f"d0p{place}w"), at=archive.at, source="agency") for place in range(20)
        ]
        archive.run(*own, *copies)


def damaged(folder: Path, _: Site) -> None:
    """Records that the tables have are damaged or lost; others were left by what was killed, at three stages."""
    store = _store(folder)
    lost = fill(store)
    update_tables(store)
    for number, key in enumerate(lost):
        if number % 2:
            flip(store, key, 50)
        else:
            store.delete(key)
    long_ago = NOON - timedelta(days=30)
    for number in range(60):
        _, article = written(store, f"orphan-{number}", at=long_ago)
        if number % 4 == 0:
            store.delete(article.key)
    for number in range(3):
        lines = [line for part in range(5) for line in written(store, f"unseen-{number}-{part}", at=long_ago)]
        made = Manifest(
            run_id=run_id(50 + number), source="paper", started_at=long_ago, ended_at=long_ago, objects=lines
        )
        key = keys.manifest_key(long_ago.date(), made.run_id, "paper")
        store.put_new(key, made.to_json(), content_type="application/json")


def growing(folder: Path, _: Site) -> None:
    """Thirty runs with revisions, links and captures, and a take-down."""
    archive = Archive(_store(folder))
    for number in range(30):
        some = [record(f"a{number}-{place}") for place in range(6)]
        later = [record(f"a{number - 1}-0", "Later", revision=2)] if number else []
        archive.run(*some, *later, links=[link(some[1], some[0], minute=number)], captures=True)
    gone = record("a3-3")
    removal = Removal(id=gone.id, source=gone.source, reason="asked to", at=gone.fetched_at)
    archive.store.put_new(removal.key, removal.to_json(), content_type="application/json")
    archive.log.append(
        removal.key, removal.to_json(), kind=CommitKind.REMOVAL, at=archive.at, after=0, source=gone.source
    )
    for root in (keys.ARTICLES, keys.CAPTURES):
        for one in archive.store.list(root):
            if gone.id in one.key:
                archive.store.delete(one.key)


def badly_read(folder: Path, _: Site) -> None:
    store = _store(folder)
    make_visible(store, *(put_captured(store, f"story-{number}") for number in range(80)))


def recording(folder: Path, _: Site) -> None:
    def stories() -> Iterator[bytes]:
        for number in range(60):
            yield warc_record(
                f"https://{'abc'[number % 3]}.example/story-{number}", http(article_page(f"Story {number}"))
            )

    (folder / "pages.warc.gz").write_bytes(packed(stories()))


def of_many_objects(folder: Path, _: Site) -> None:
    """The article has eighty."""
    store = _store(folder)
    lines = [put_captured(store, name) for name in ("gone", "stays")]
    make_visible(store, *lines)
    for day in range(1, 40):
        at = NOON + timedelta(days=day)
        put_captured(store, "gone", revision=day + 1, at=at, body=[f"Another text of day {day}."])


def slow_site(folder: Path, site: Site) -> None:
    def answer(request: Request) -> Reply:
        time.sleep(0.03)
        return Reply(body=article_page(f"Council decides on {request.path.strip('/')}"))

    paths = [f"/{number}" for number in range(25)]
    site.paths.update(dict.fromkeys(paths, answer))
    harvest = Harvest(folder=folder, archive="", cache=folder / "cache")
    harvest.source("s", site.base, feeds=[site.feed(*paths)])


SCENARIOS = {
    one.command: one
    for one in (
        Scenario(command="link", arguments=(), prepare=copied, state=linked),
        Scenario(command="export", arguments=("bundle", "--shard-mb", "1"), prepare=many, state=bundle),
        Scenario(command="verify", arguments=("--repair",), prepare=damaged, state=repaired),
        Scenario(command="read", arguments=("--cursor-file", "seen.cursor"), prepare=many, state=given),
        Scenario(command="search", arguments=("harbour", "--all", "--json"), prepare=many_in_tables, state=hits),
        Scenario(
            command="tables",
            arguments=(),
            prepare=growing,
            state=tables,
            small="from harvester.tables import KINDS\n"
            "for kind in KINDS.values(): object.__setattr__(kind, 'most_rows', 5)",
            meanwhile=doubled,
        ),
        Scenario(
            command="reprocess",
            arguments=("--accept", "--jobs", "1"),
            prepare=badly_read,
            state=rederived,
            small="import harvester.reprocessing as module; module.BATCH = 5",
        ),
        Scenario(
            command="import",
            arguments=("pages.warc.gz",),
            prepare=recording,
            state=harvested,
            small="import harvester.importing.importer as module; module.BATCH_PAGES = 9",
        ),
        Scenario(
            command="remove",
            arguments=(GONE, "--reason", "court order", "--yes"),
            prepare=of_many_objects,
            state=removed,
        ),
        Scenario(command="run", arguments=("s",), prepare=slow_site, state=harvested),
    )
}


def torture(scenario: Scenario, place: Path, *, times: int, seed: int) -> Tortured:
    """Kill a command so many times, in an empty folder; what came of it."""
    return Torture(scenario, place, times=times, seed=seed).run()


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__.partition("\n")[0])
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"of {', '.join(SCENARIOS)}; default: all")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(None if arguments is None else list(arguments))
    if unknown := [name for name in asked.commands if name not in SCENARIOS]:
        parser.error(f"{unknown[0]}: is none of {', '.join(SCENARIOS)}")
    differences = 0
    for command in asked.commands or SCENARIOS:
        with tempfile.TemporaryDirectory() as place:
            result = torture(SCENARIOS[command], Path(place), times=asked.times, seed=asked.seed)
        print(result, flush=True)
        for one in result.differences:
            print(f"    seed {asked.seed}, {one}", flush=True)
        differences += len(result.differences)
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit(main())
