"""The chain of commits: no gap, no duplicate, and proof of all of it, whoever appends and whatever is damaged."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import orjson
import pytest

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.commits import (
    BEGINNING,
    GENESIS,
    CommitKind,
    CommitLog,
    Cursor,
    commit_unseen,
    merkle_root,
    parse_commit,
    signed_bytes,
)
from harvester.archive.lines import object_line
from harvester.archive.manifest import Manifest, ManifestArticle
from harvester.errors import ObjectMissing, StoreError, UsageError
from tests.archive_proxy import Fault, faulty
from tests.bucket import Bucket
from tests.harvester.articles import RUN_ID

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run_id(number: int) -> str:
    return f"20261123T120000Z-{number:06x}"


def line(name: str, source: str = "paper") -> ManifestArticle:
    article_id = hashlib.sha256(name.encode()).hexdigest()[:32]
    body = name.encode()
    return ManifestArticle(
        key=keys.article_key(source, NOON.date(), article_id, 1),
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        id=article_id,
        revision=1,
        derivation=1,
        url=f"https://{source}.example/{name}",
        content_sha256="0" * 64,
        fetched_at=NOON,
    )


def manifest(number: int, *names: str, source: str = "paper", after: int = 0) -> tuple[str, bytes]:
    """Key and bytes of the manifest of a run of this number."""
    made = Manifest(
        run_id=run_id(number),
        source=source,
        after=after,
        started_at=NOON,
        ended_at=NOON,
        objects=[line(name, source) for name in names],
    )
    return keys.manifest_key(NOON.date(), run_id(number), source), made.to_json()


def append(store: ObjectStore, number: int, *names: str, log: CommitLog | None = None, **about: Any) -> int:
    """Write a manifest and its commit; the commit's number."""
    key, body = manifest(number, *names, **about)
    store.put_new(key, body, content_type="application/json")
    log = log or CommitLog(store)
    after, source = about.get("after", 0), about.get("source", "paper")
    return log.append(key, body, kind=CommitKind.MANIFEST, at=NOON, after=after, source=source).number


def chain(store: ObjectStore) -> list[str]:
    """Keys that the chain makes visible, after all links of it have been followed from the bytes."""
    previous, visible = GENESIS, []
    log = CommitLog(store)
    for number in range(1, log.head() + 1):
        body = store.get(keys.commit_key(number))
        said = orjson.loads(body)
        assert (said["number"], said["previous"]) == (number, previous)
        bare = body.replace(b',"digest":"%s"' % said["digest"].encode(), b"")
        assert hashlib.sha256(bare).hexdigest() == said["digest"]
        assert hashlib.sha256(store.get(said["key"])).hexdigest() == said["sha256"]
        previous = hashlib.sha256(body).hexdigest()
        visible.append(said["key"])
    return visible


def test_the_first_commit_is_the_bytes_that_the_document_tells(any_store: ObjectStore) -> None:
    key, body = manifest(1, "a", "b")
    any_store.put_new(key, body, content_type="application/json")
    CommitLog(any_store).append(key, body, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper")
    one, two = line("a"), line("b")
    leaves = [hashlib.sha256(f"\0{it.sha256}  {it.key}\n".encode()).digest() for it in (one, two)]
    root = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).hexdigest()
    bare = (
        f'{{"schema_version":1,"number":1,"previous":"{"0" * 64}","at":"2026-11-23T12:00:00.000+00:00",'
        f'"kind":"manifest","key":"{key}","sha256":"{hashlib.sha256(body).hexdigest()}","source":"paper",'
        f'"objects":2,"root":"{root}"}}'
    )
    digest = hashlib.sha256(bare.encode()).hexdigest()
    assert any_store.get("commits/000000001.json").decode() == f'{bare[:-1]},"digest":"{digest}"}}'


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8, 9, 40])
def test_the_head_is_found_by_galloping(count: int, folder_store: ObjectStore) -> None:
    log = CommitLog(folder_store)
    for number in range(1, count + 1):
        append(folder_store, number, log=log, after=number - 1)
    assert CommitLog(folder_store).head() == count


def test_fifty_writers_at_once_leave_no_gap_and_no_duplicate(any_store: ObjectStore) -> None:
    barrier = Barrier(50)

    def write(number: int) -> int:
        barrier.wait(timeout=60)
        return append(any_store, number, f"article{number}", source=f"s{number % 5}")

    with ThreadPoolExecutor(50) as pool:
        numbers = list(pool.map(write, range(50)))
    assert sorted(numbers) == list(range(1, 51))
    assert sorted(chain(any_store)) == sorted(manifest(n, source=f"s{n % 5}")[0] for n in range(50))


PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from concurrent.futures import ThreadPoolExecutor
from harvester.archive import open_store
from harvester.archive.commits import CommitLog
from tests.harvester.archive.test_commits import append

store = open_store(sys.argv[2])
log = CommitLog(store)
first = int(sys.argv[3])
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda number: append(store, number, f"a{number}", log=log), range(first, first + 12)))
"""


def test_processes_that_append_through_one_log_each(any_store: ObjectStore) -> None:
    root = str(Path(__file__).parents[3])
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, root, any_store.url, str(first)]) for first in range(0, 48, 12)
    ]
    assert [process.wait(timeout=90) for process in started] == [0] * 4
    assert sorted(chain(any_store)) == [manifest(number)[0] for number in range(48)]


def test_what_is_committed_is_not_committed_again(any_store: ObjectStore) -> None:
    key, body = manifest(1, "a")
    for _ in range(3):
        log = CommitLog(any_store)
        if not log.head():
            any_store.put_new(key, body, content_type="application/json")
        assert log.append(key, body, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper").number == 1
    assert CommitLog(any_store).head() == 1


def test_a_commit_whose_acknowledgement_was_lost_is_one_commit(
    s3_store: ObjectStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, body = manifest(1, "a")
    s3_store.put_new(key, body, content_type="application/json")
    with faulty(bucket.endpoint, {"PUT": [Fault.LOSE_ANSWER, Fault.UNAVAILABLE]}) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        log = CommitLog(open_store(s3_store.url))
        assert log.append(key, body, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper").number == 1
        assert log.append(key, body, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper").number == 1
    assert chain(s3_store) == [key]


def test_anothers_commit_met_on_a_retry_is_not_ours(
    s3_store: ObjectStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = manifest(1, "a"), manifest(2, "b")
    s3_store.put_new("runs/0", b"x", content_type="application/json")
    CommitLog(s3_store).append("runs/0", b"x", kind=CommitKind.REPORT, at=NOON, after=0)
    for key, body in (mine, theirs):
        s3_store.put_new(key, body, content_type="application/json")
    with faulty(bucket.endpoint, {"PUT": [Fault.UNAVAILABLE]}) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        slow = CommitLog(open_store(s3_store.url))
        slow._walk(0)  # has looked, and now the other one is quicker
        CommitLog(s3_store).append(*theirs, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper")
        assert slow.append(*mine, kind=CommitKind.MANIFEST, at=NOON, after=0, source="paper").number == 3
    assert chain(s3_store) == ["runs/0", theirs[0], mine[0]]


def test_a_record_that_two_runs_name_becomes_visible_once(any_store: ObjectStore) -> None:
    append(any_store, 1, "a", "b")
    append(any_store, 2, "b", "c", after=0)
    append(any_store, 3, "b", "d", after=2)  # began when both were there, and names what it wrote
    append(any_store, 4, "b", source="other")  # another source's is another record
    log = CommitLog(any_store)
    assert [one.without for one in log.read()] == [[], [line("b").key], [], []]
    visible = [[found.key for found in lines] for _, lines in log.articles()]
    assert visible[:2] == [[line("a").key, line("b").key], [line("c").key]]
    assert log.commit(2).root == merkle_root([line("b"), line("c")])  # of all that it names
    assert log.commit(2).objects == 2


def test_reading_on_from_a_cursor_gives_each_record_once_while_others_write(any_store: ObjectStore) -> None:
    seen: list[str] = []
    cursor = BEGINNING
    for number in range(1, 8):
        append(any_store, number, f"a{number}", after=number - 1)
        if number % 3 == 0:
            log = CommitLog(any_store)
            last = log.head()
            seen += [found.key for _, lines in log.articles(log.checked(cursor).number, last) for found in lines]
            cursor = Cursor.parse(str(log.cursor(last)))
    assert seen == [line(f"a{number}").key for number in range(1, 7)]


@pytest.mark.parametrize(
    "text", ["", "x", "1", "-1", "1-", "1-xyz", "1-0000000", "1-000000000", "1_00000000", "1-0000000G", "0 - 00000000"]
)
def test_what_is_no_cursor_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not a cursor"):
        Cursor.parse(text)


def test_cursors_are_short_strings_that_come_back() -> None:
    for text in ("42-9f3a1c07", "0-00000000"):
        assert str(Cursor.parse(text)) == text
    assert Cursor.parse(" 0\n") == BEGINNING


def test_a_cursor_of_another_archive_is_refused(any_store: ObjectStore, tmp_path: Path) -> None:
    other = open_store(str(tmp_path / "other"))
    append(any_store, 1, "a")
    append(other, 2, "a")
    log = CommitLog(any_store)
    assert log.checked(log.cursor(1)) == log.cursor(1)
    assert log.checked(BEGINNING) == BEGINNING
    for strange in (CommitLog(other).cursor(1), Cursor(number=2, mark="0" * 8), Cursor(number=0, mark="1" * 8)):
        with pytest.raises(UsageError, match="is not of"):
            log.checked(strange)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": lambda body: body[:100] + bytes([body[100] ^ 1]) + body[101:],
    "another number": lambda body: body.replace(b'"number":2', b'"number":3'),
    "cut short": lambda body: body[:-20],
    "empty": lambda body: b"",
    "another key": lambda body: body.replace(b".paper.", b".paperx."),
    "not JSON": lambda body: b"<html>",
    "a field more": lambda body: body.replace(b'"number":2', b'"number":2,"more":1'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_commit_is_named(damage: str, folder_store: ObjectStore) -> None:
    for number in (1, 2, 3):
        append(folder_store, number, f"a{number}", after=number - 1)
    key = keys.commit_key(2)
    body, version = folder_store.get_version(key)
    folder_store.replace(key, DAMAGES[damage](body), version=version, content_type="application/json")
    with pytest.raises(StoreError, match=r"commits/000000002\.json"):
        list(CommitLog(folder_store).read())
    assert [one.number for one in CommitLog(folder_store).read(2)] == [3]


def test_a_manifest_that_was_exchanged_is_named(folder_store: ObjectStore) -> None:
    append(folder_store, 1, "a")
    key, _ = manifest(1)
    _, version = folder_store.get_version(key)
    folder_store.replace(key, manifest(1, "x")[1], version=version, content_type="application/json")
    log = CommitLog(folder_store)
    with pytest.raises(StoreError, match="is not the object that commits/000000001"):
        log.manifest(log.commit(1))


def test_appending_before_a_gap_is_refused(folder_store: ObjectStore) -> None:
    """A commit that is missing is damage: whoever filled its place would break the chain for good."""
    log = CommitLog(folder_store)
    for number in range(1, 6):
        append(folder_store, number, f"a{number}", after=number - 1, log=log)
    folder_store.delete(keys.commit_key(3))
    late = CommitLog(folder_store)
    append(folder_store, 6, "a6", after=5, log=late)
    with pytest.raises(StoreError, match=r"commits/000000003\.json"):
        append(folder_store, 7, "a7", after=1, log=late)
    assert folder_store.size(keys.commit_key(3)) is None
    assert folder_store.size(keys.commit_key(7)) is None


def test_fields_of_later_versions_are_part_of_the_digest(folder_store: ObjectStore) -> None:
    append(folder_store, 1, "a")
    said = orjson.loads(folder_store.get(keys.commit_key(1)))
    del said["digest"]
    said["later"] = {"words": ["مرفأ"]}
    said["digest"] = hashlib.sha256(orjson.dumps(said)).hexdigest()
    assert parse_commit(orjson.dumps(said), keys.commit_key(1)).number == 1
    said["later"] = {"words": []}
    with pytest.raises(StoreError, match="digest"):
        parse_commit(orjson.dumps(said), keys.commit_key(1))
    said["schema_version"] = 2
    with pytest.raises(StoreError, match="version 2"):
        parse_commit(orjson.dumps(said), keys.commit_key(1))


def test_what_is_signed_is_the_commit_without_the_three_last_fields(folder_store: ObjectStore) -> None:
    signed: list[bytes] = []

    def sign(body: bytes) -> tuple[str, str]:
        signed.append(body)
        return "c2ln", "a2V5"

    log = CommitLog(folder_store, signer=sign)
    append(folder_store, 1, "a", log=log)
    body = folder_store.get(keys.commit_key(1))
    assert signed == [body[: body.index(b',"signature"')] + b"}"]
    assert signed_bytes(body) == signed[0]
    assert log.commit(1).signature == "c2ln"


def test_a_manifest_whose_writer_died_is_committed_once(any_store: ObjectStore) -> None:
    append(any_store, 1, "a")
    unseen = manifest(2, "b", after=1)
    any_store.put_new(*unseen, content_type="application/json")
    found = [manifest(1, "a"), unseen]
    assert commit_unseen(CommitLog(any_store), found, NOON + timedelta(hours=1)) == 1
    assert commit_unseen(CommitLog(any_store), found, NOON + timedelta(hours=2)) == 0
    assert chain(any_store) == [manifest(1)[0], unseen[0]]


def test_an_archive_that_was_set_back_to_an_older_copy_goes_on(folder_store: ObjectStore) -> None:
    append(folder_store, 1, "a")
    assert append(folder_store, 9, "b", after=700) == 2
    assert len(chain(folder_store)) == 2


def test_reports_and_removals_are_commits_too(any_store: ObjectStore) -> None:
    log = CommitLog(any_store)
    any_store.put_new("runs/report", b"{}", content_type="application/json")
    log.append("runs/report", b"{}", kind=CommitKind.REPORT, at=NOON, after=0)
    commit = log.commit(1)
    assert (commit.kind, commit.objects, commit.root, commit.source) == (CommitKind.REPORT, 0, None, None)
    assert list(log.articles()) == []
    with pytest.raises(ObjectMissing):
        log.commit(2)


def test_lines_that_a_command_writes_are_in_the_tree(folder_store: ObjectStore) -> None:
    made = object_line("links/date=2026-11-23/x.jsonl", b"{}\n", "links")
    assert merkle_root([made]) == hashlib.sha256(f"\0{made.sha256}  {made.key}\n".encode()).hexdigest()


def test_a_lost_commit_is_not_written_anew_by_the_next_writer(any_store: ObjectStore) -> None:
    log = CommitLog(any_store)
    for number in range(10):
        log.append(f"runs/{number}", b"x", kind=CommitKind.REPORT, at=NOON, after=0)
    any_store.delete(keys.commit_key(3))
    with pytest.raises(StoreError, match=r"000000003\.json: is missing"):
        CommitLog(any_store).head()
    with pytest.raises(StoreError, match=r"000000003\.json: is missing"):
        CommitLog(any_store).append("runs/10", b"x", kind=CommitKind.REPORT, at=NOON, after=2)
    assert any_store.size(keys.commit_key(3)) is None


def test_the_first_commit_of_an_older_archive_comes_after_all_that_it_has(any_store: ObjectStore) -> None:
    day, later = NOON.date(), NOON.date() + timedelta(days=1)
    for number, source in enumerate(("a", "b")):
        manifest = Manifest(run_id=RUN_ID, source=source, started_at=NOON, ended_at=NOON)
        written = keys.manifest_key(later if number == 0 else day, RUN_ID, source)
        any_store.put_new(written, manifest.to_json(), content_type="application/json")
    any_store.put_new(keys.report_key(later, RUN_ID), b"{}", content_type="application/json")
    log = CommitLog(any_store)
    new = keys.report_key(later, "20261124T130000Z-aaaaaa")
    any_store.put_new(new, b"{}", content_type="application/json")
    log.append(new, b"{}", kind=CommitKind.REPORT, at=NOON, after=0)
    assert [(one.kind.value, one.source) for one in log.read()] == [
        ("manifest", "b"),
        ("manifest", "a"),
        ("report", None),
        ("report", None),
    ]
    assert log.commit(4).key == new
