"""Repair drops the tables together, and they are filled again, wherever that was broken off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvester.archive import ObjectStore
from harvester.config import Settings, load_settings
from harvester.tables import table_objects, update_tables
from harvester.verifying.repair import Repair
from tests.harvester.tables.archives import Archive, record
from tests.harvester.tables.small import limit, restore
from tests.harvester.tables.test_losses import filled
from tests.harvester.tables.test_update import state
from tests.harvester.verifying.archives import LATER, flip, overwrite, told, verified


@pytest.fixture
def small() -> Iterator[None]:
    """Objects are full after four rows."""
    before = limit(4)
    yield
    restore(before)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "harvest.toml"
    file.write_text("", encoding="utf-8")
    return load_settings(file, {}, {})


def wrong_tables(store: ObjectStore) -> list[str]:
    return [key for key, problem in told(verified(store)) if problem == "table"]


@pytest.mark.parametrize("table", ["articles", "captures", "copies", "revisions"])
def test_all_tables_are_filled_again_whichever_was_broken(
    table: str, folder_store: ObjectStore, settings: Settings
) -> None:
    archive = Archive(folder_store)
    archive.run(record("a"), record("b", copy_of="0" * 32, similarity=0.5), captures=True)
    update_tables(folder_store)
    before = state(folder_store)
    assert all(before.values())
    (key,) = table_objects(folder_store, table)
    flip(folder_store, key, -100)
    assert wrong_tables(folder_store) == [key]
    Repair(folder_store, settings, lambda: LATER).repair(verified(folder_store))
    assert [one.key for one in folder_store.list("tables/")] == []
    update_tables(folder_store)
    assert state(folder_store) == before
    assert wrong_tables(folder_store) == []


def test_tables_that_lack_rows_are_dropped_too(folder_store: ObjectStore, settings: Settings, small: None) -> None:
    before = filled(Archive(folder_store))
    folder_store.delete(table_objects(folder_store, "captures")[2])
    assert wrong_tables(folder_store) == ["tables/captures/", "tables/captures/"]
    Repair(folder_store, settings, lambda: LATER).repair(verified(folder_store))
    update_tables(folder_store)
    assert state(folder_store) == before
    assert wrong_tables(folder_store) == []


@pytest.mark.parametrize("count", [1, 2, 6, 8, 13])
def test_deleting_them_may_be_broken_off_anywhere(
    count: int, folder_store: ObjectStore, settings: Settings, small: None
) -> None:
    before = filled(Archive(folder_store))
    (key, *_) = table_objects(folder_store, "captures")
    sound = folder_store.get(key)
    flip(folder_store, key, 50)
    found = verified(folder_store)

    class Ends(Exception):
        pass

    class Dying(type(folder_store)):  # type: ignore[misc]
        left = count

        def delete(self, key: str) -> None:
            if self.left == 0:
                raise Ends
            self.left -= 1
            super().delete(key)

    with pytest.raises(Ends):
        Repair(Dying(folder_store.root), settings, lambda: LATER).repair(found)  # type: ignore[attr-defined]
    overwrite(folder_store, key, sound)  # as if what was wrong had gone first
    update_tables(folder_store)
    assert state(folder_store) == before
    assert wrong_tables(folder_store) == []
