import pytest

from harvester.archive import ObjectStore
from harvester.article import Article, Block
from harvester.clean import Furniture
from harvester.errors import StoreError
from harvester.furniture_store import latest_furniture, save_furniture


def learned(*numbers: int) -> Furniture:
    furniture = Furniture()
    for number in numbers:
        letters = "abcdefghij"[number] * 5
        blocks = (
            Block(text=f"The story of {letters} and {letters}{letters} is told here at length."),
            Block(text="Follow us"),
        )
        address = f"https://news.example/{number}"
        furniture.learn(Article(url=address, canonical_url=address, title=f"Story {letters}", blocks=blocks))
    return furniture


def test_a_new_source_has_learned_nothing(any_store: ObjectStore) -> None:
    furniture, key = latest_furniture(any_store, "s")
    assert (furniture.counted, key) == (0, None)


def test_each_state_is_a_new_object_and_the_latest_is_read(any_store: ObjectStore) -> None:
    first, _ = save_furniture(any_store, "s", learned(1, 2), None)
    second, _ = save_furniture(any_store, "s", learned(1, 2, 3), first)
    assert (first, second) == ("furniture/source=s/000001.json", "furniture/source=s/000002.json")
    furniture, key = latest_furniture(any_store, "s")
    assert (furniture.counted, key) == (3, second)


def test_two_runs_that_met_keep_what_both_have_learned(any_store: ObjectStore) -> None:
    base, _ = save_furniture(any_store, "s", learned(1), None)
    save_furniture(any_store, "s", learned(1, 2), base)
    third, _ = save_furniture(any_store, "s", learned(1, 3), base)
    furniture, key = latest_furniture(any_store, "s")
    assert (furniture.counted, key) == (3, third)


def test_a_damaged_state_is_named(any_store: ObjectStore) -> None:
    any_store.put_new("furniture/source=s/000001.json", b"{}", content_type="application/json")
    with pytest.raises(StoreError, match=r"furniture/source=s/000001\.json"):
        latest_furniture(any_store, "s")
