"""The ledger tells what was entered, whatever its number, and what was not seen."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from harvester.verifying.ledger import Ledger, Pairs, among, numbers, repeated

NAMES = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=2)), max_size=40)


@given(NAMES, NAMES)
def test_what_is_listed_is_told_to_be_entered_and_the_same(
    entered: list[tuple[str, str]], seen: list[tuple[str, str]]
) -> None:
    ledger = Ledger()
    for key, mark in entered:
        ledger.enter(key, mark)
    ledger.close()
    there, same = ledger.see(seen)
    names = {key for key, _ in entered}
    assert there == [key in names for key, _ in seen]
    assert same == [one in entered for one in seen]
    left = {ledger.number(key) for key in names - {key for key, _ in seen}}
    assert set(ledger.unseen().tolist()) == left


@given(st.lists(st.integers(0, 20), max_size=30))
def test_numbers_that_are_repeated(given_numbers: list[int]) -> None:
    entered = array("Q", given_numbers)
    assert repeated(entered).tolist() == sorted({one for one in given_numbers if given_numbers.count(one) > 1})
    assert numbers(entered).tolist() == sorted(set(given_numbers))
    assert all(among(numbers(entered), one) is (one in given_numbers) for one in range(22))


def test_pairs_that_are_not_there_are_told_by_who_asked() -> None:
    pairs = Pairs()
    assert pairs.unanswered().tolist() == []
    pairs.asked(1, 2, 100)
    assert pairs.unanswered().tolist() == [100]
    pairs.had(1, 2)
    pairs.had(3, 4)
    pairs.asked(1, 4, 101)
    assert pairs.unanswered().tolist() == [101]
