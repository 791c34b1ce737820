"""What is looked for in articles' words; to Python and to RE2 (pyarrow) it is the same."""

import pyarrow as pa
import pytest

from harvester.errors import UsageError
from harvester.query import Query, searched_words

CASES = [
    # words as typed, title, text, found?
    (("harbour",), "The HARBOUR—opened", "x", True),
    (("harbour",), "x", "harbours opened", False),
    (("harbour",), "x", "the harbour", True),
    (("harbour*",), "x", "harbours opened", True),
    (("harbour", "ferry"), "harbour", "a ferry", True),
    (("harbour", "ferry"), "harbour", "a boat", False),
    (("harbour", "-ferry"), "harbour", "a boat", True),
    (("harbour", "-ferry"), "harbour", "a ferry", False),
    (("-ferry*", "harbour"), "harbour", "ferries and ferryman", False),
    (("central bank",), "x", "the central bank said", True),
    (("central bank",), "x", "bank, central", False),
    (('"central bank" rate',), "rate", "the central, bank", True),
    (('-"central bank"', "bank"), "x", "the central bank", False),
    (("-central bank", "bank"), "x", "the central bank", False),
    (("opened x",), "opened", "x", False),  # a phrase does not go from the title into the text
    (("été",), "x", "l'été", True),
    (("ete",), "x", "l'été", False),
    (("1٢3",), "x", "123", True),
    (("北京",), "x", "在北京市", True),
    (("京北",), "x", "在北京市", False),
    (("a.b",), "x", "a+b", True),
    (("a.b",), "x", "acb", False),
    (("بيروت",), "x", "في بَيْرُوت", True),
    (("بيروت",), "x", "وبيروت", True),
    (("بيروت",), "x", "وببيروت", True),
    (("بيروت",), "x", "بيروتي", False),
    (("بيروت*",), "x", "وبيروتي", True),
    (('"بيروت"',), "x", "وبيروت", False),
    (('"بيروت"',), "x", "بيروت", True),
    (("البلدية",), "x", "للبلديه", True),
    (("البلدية",), "x", "وبالبلدية", True),
    (("البلدية",), "x", "بلدية", False),
    (("بلدية",), "x", "والبلدية", True),
    (("بلدية",), "x", "للبلدية", True),
    (("ان",), "x", "كان", False),
    (("إلى",), "الى", "x", True),
    (("مجلس الأمن",), "x", "قال مجلس الامن", True),
]


@pytest.mark.parametrize(("words", "title", "text", "found"), CASES)
def test_words_are_found(words: tuple[str, ...], title: str, text: str, found: bool) -> None:
    query, searched = Query.parse(words), searched_words(title, text)
    assert query.matches(searched) is found
    batch = pa.RecordBatch.from_pylist([{"search": "another\nrow"}, {"search": searched}])
    assert query.matching(batch).num_rows == found


@pytest.mark.parametrize("words", [(), ("-ferry",), ("!?",), ('""',), ("*",)])
def test_there_must_be_a_word_to_look_for(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="name a word"):
        Query.parse(words)
