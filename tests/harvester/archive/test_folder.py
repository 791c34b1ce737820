"""What is particular to a store in a folder."""

import os
from pathlib import Path

import pytest

from harvester.archive.folder import TEMPORARY, FolderStore
from harvester.errors import StoreError, StoreUnusable


def test_what_a_killed_writer_left_is_not_listed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put_new("a/b", b"whole", content_type="text/plain")
    (tmp_path / "a" / f"{TEMPORARY}123").write_bytes(b"ha")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / f"{TEMPORARY}456").write_bytes(b"lf")
    assert [found.key for found in store.list("")] == ["a/b"]
    assert list(store.prefixes("")) == ["a/"]
    with pytest.raises(StoreError):
        store.get(f"a/{TEMPORARY}123")


def test_nothing_is_left_beside_the_object(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put_new("a", b"1", content_type="text/plain")
    with pytest.raises(StoreError):
        store.put_new("a", b"2", content_type="text/plain")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_where_a_folder_should_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for store in (FolderStore(tmp_path / "file"), FolderStore(tmp_path / "file" / "below")):
        with pytest.raises(StoreUnusable) as refusal:
            store.check()
        assert str(tmp_path / "file") in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_unusable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnusable, match="denied"):
        FolderStore(tmp_path).check()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /proc")
def test_a_place_that_can_not_be_written_is_unusable() -> None:
    with pytest.raises(StoreUnusable, match="/proc/nowhere"):
        FolderStore(Path("/proc/nowhere")).check()


def test_an_archive_that_does_not_exist_yet_reads_as_empty(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "none")
    store.check(writing=False)
    assert list(store.list("")) == []
    assert not (tmp_path / "none").exists()
