"""Bundles: shards, card and checksums; broken off and begun again they are the same."""

import hashlib
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from backports import zstd

from harvester.archive import ArchiveReader, ObjectStore, open_store
from harvester.archive.commits import BEGINNING, Cursor
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.wanted import Wanted
from harvester.data_card import size_category
from harvester.errors import StoreError, UsageError
from harvester.export import Export
from tests.command import Harvest
from tests.harvester.tables.test_reading import History, named

LONG = " ".join(f"word{number}" for number in range(30_000))
"""300 KB, twice in a record: two articles are more than a shard of a megabyte."""


def fill(store: ObjectStore, count: int = 10) -> History:
    history = History(store)
    for number in range(count):
        language = ("ar", "en", "no", None)[number % 4]
        history.add(named(f"n{number}", text=f"{number} {LONG}", language=language))
    return history


def export(store: ObjectStore, target: ObjectStore, **values: Any) -> Any:
    values.setdefault("wanted", Wanted())
    values.setdefault("after", BEGINNING)
    return Export(reader=ArchiveReader(store), target=target, shard_mb=1, **values).run()


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".tmp-"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def records(bundle: dict[str, bytes]) -> list[ArticleRecord]:
    shards = [body for name, body in sorted(bundle.items()) if name.startswith("data/")]
    return [parse_record(line) for body in shards for line in zstd.decompress(body).splitlines()]


def test_a_bundle_has_the_articles_a_card_and_checksums(folder_store: ObjectStore, tmp_path: Path) -> None:
    fill(folder_store)
    export(folder_store, open_store(str(tmp_path / "out")))
    bundle = files(tmp_path / "out")
    assert sorted(bundle) == [
        "README.md",
        "SHA256SUMS",
        *(f"data/articles-0000{number}.jsonl.zst" for number in range(5)),
        "export.json",
    ]
    assert [one.title for one in records(bundle)] == [f"n{number}" for number in range(10)]
    stored = {one.id: one for one in ArchiveReader(folder_store).records()}
    assert {one.id: one for one in records(bundle)} == stored
    for line in bundle["SHA256SUMS"].decode().splitlines():
        sha256, _, name = line.partition("  ")
        assert hashlib.sha256(bundle[name]).hexdigest() == sha256
    _, front, body = bundle["README.md"].decode().split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["language"] == ["ar", "en", "no"]
    assert told["size_categories"] == ["n<1K"]
    assert told["configs"][0]["data_files"] == [{"split": "train", "path": "data/articles-*.jsonl.zst"}]
    assert [one["name"] for one in told["dataset_info"]["features"]] == list(ArticleRecord.model_fields)
    assert "| example | 10 |" in body
    assert "| not known | 2 |" in body
    assert "| 2026 | 10 |" in body


def test_filters_and_cursors_choose(folder_store: ObjectStore, tmp_path: Path) -> None:
    history = fill(folder_store, 4)
    first = export(folder_store, open_store(str(tmp_path / "ar")), wanted=Wanted(language="ar"))
    assert [one.title for one in records(files(tmp_path / "ar"))] == ["n0"]
    assert first.chosen == {"language": "ar"}
    history.add(named("later"))
    export(folder_store, open_store(str(tmp_path / "next")), after=Cursor.parse(first.cursor))
    assert [one.title for one in records(files(tmp_path / "next"))] == ["later"]


def test_a_folder_with_another_bundle_is_refused(folder_store: ObjectStore, tmp_path: Path) -> None:
    fill(folder_store, 1)
    target = open_store(str(tmp_path / "out"))
    export(folder_store, target)
    with pytest.raises(UsageError, match="a bundle of other articles"):
        export(folder_store, target, wanted=Wanted(language="ar"))
    other = open_store(str(tmp_path / "other"))
    other.put_new("export.json", b"{}", content_type="application/json")
    with pytest.raises(UsageError, match="not a bundle's"):
        export(folder_store, other)


class Breaking:
    """A store that fails at its nth write."""

    def __init__(self, store: ObjectStore, left: int) -> None:
        self._store, self._left = store, left

    def __getattr__(self, name: str) -> Any:
        if name in ("put_new", "replace"):
            self._left -= 1
            if self._left < 0:
                raise StoreError("x", "broken off")
        return getattr(self._store, name)


@pytest.mark.parametrize("writes", range(18))
def test_broken_off_at_each_write_and_begun_again_it_is_the_same(
    folder_store: ObjectStore, tmp_path: Path, writes: int
) -> None:
    history = fill(folder_store)
    export(folder_store, open_store(str(tmp_path / "whole")))
    target = open_store(str(tmp_path / "broken"))
    with pytest.raises(StoreError):
        export(folder_store, Breaking(target, writes))  # type: ignore[arg-type]
    if writes:
        history.add(named("later"))  # is not in a bundle that was begun before
    export(folder_store, target)
    assert files(tmp_path / "broken") == files(tmp_path / "whole")
    assert export(folder_store, target).complete


def test_killed_and_begun_again_it_is_the_same(harvest: Harvest, folder_store: ObjectStore) -> None:
    fill(folder_store, 30)
    assert harvest("export", "whole", "--shard-mb", "1").code == 0
    whole = files(harvest.folder / "whole")
    process = harvest.start("export", "killed", "--shard-mb", "1")
    deadline = time.monotonic() + 60
    while len(list(harvest.folder.glob("killed/data/*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = harvest("export", "killed", "--shard-mb", "1", "--json")
    assert done.code == 0, done.err
    assert done.json()["records"] == 30
    kept = {name: body for name, body in files(harvest.folder / "killed").items() if "/.tmp-" not in name}
    assert kept == whole
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=harvest.folder / "killed", check=False)
    assert checked.returncode == 0


def test_a_bundle_goes_into_a_bucket(s3_store: ObjectStore, folder_store: ObjectStore) -> None:
    fill(folder_store, 2)
    made = export(folder_store, s3_store)
    assert json.loads(s3_store.get("export.json"))["complete"]
    assert {one.key for one in s3_store.list("data/")} == {shard.name for shard in made.shards}
    assert export(folder_store, s3_store).complete


def test_what_can_not_be_read_is_counted(harvest: Harvest, folder_store: ObjectStore) -> None:
    history = History(folder_store)
    lines = history.write(named("a"), named("b"))
    history.commit(lines)
    folder_store.delete(lines[0].key)
    done = harvest("export", "out")
    assert done.code == 1
    assert "1 records could not be read" in done.err
    assert "1 records could not be read and were left out" in (harvest.folder / "out" / "README.md").read_text()
    assert harvest("export", str(harvest.folder / "archive")).code == 2


def test_sizes_are_those_that_the_hub_knows() -> None:
    assert [size_category(n) for n in (0, 999, 1000, 10**7, 10**12)] == [
        "n<1K",
        "n<1K",
        "1K<n<10K",
        "10M<n<100M",
        "100B<n<1T",
    ]
