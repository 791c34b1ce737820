"""Rows of the table of articles as the records' JSON, a column at a time."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.types as pt

from harvester.archive.formats import FIELDS

COLUMNS: Final = tuple(name for name in FIELDS if name != "body")
"""What is read of a table to make its rows JSON: the paragraphs are the lines of the text, a quarter of all bytes."""


SOME_ROWS: Final = 200
"""Made values at once: of a whole row group they would take 100 MB."""


def json_rows(batch: Any) -> Iterator[bytes]:
    """One JSON object a row with the record's fields in their order, as the record's object has it; no line feeds."""
    for start in range(0, batch.num_rows, SOME_ROWS):
        yield from _some(batch.slice(start, SOME_ROWS))


def _some(batch: Any) -> list[bytes]:
    columns = {name: python_values(batch.column(name)) for name in COLUMNS}
    columns["body"] = [text.split("\n") if text else [] for text in columns["text"]]
    rows = zip(*(columns[name] for name in FIELDS), strict=True)
    return [orjson.dumps(dict(zip(FIELDS, row, strict=True))) for row in rows]


def python_values(array: Any) -> list[Any]:
    """What `to_pylist` gives, in a fifth of its time: nested values are made column by column too."""
    return list(_values(array))


def _values(array: Any) -> list[Any]:
    if array.null_count == len(array):
        return [None] * len(array)
    for fits, convert in _CONVERTERS:
        if fits(array.type):
            return convert(array)
    listed: list[Any] = array.to_pylist()
    return listed


def _of_text(array: Any) -> list[Any]:
    listed: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
    return listed


def _of_lists(array: Any) -> list[Any]:
    values = _values(array.flatten())
    ends = pa.compute.fill_null(pa.compute.list_value_length(array), 0).to_numpy(zero_copy_only=False).cumsum().tolist()
    lists = [values[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    return _with_nulls(array, lists)


def _of_structs(array: Any) -> list[Any]:
    names = [field.name for field in array.type]
    fields = [_values(child) for child in array.flatten()]
    return _with_nulls(array, [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)])


def _with_nulls(array: Any, values: list[Any]) -> list[Any]:
    if not array.null_count:
        return values
    valid = array.is_valid().to_pylist()
    return [value if there else None for value, there in zip(values, valid, strict=True)]


_CONVERTERS: Final[list[tuple[Callable[[Any], bool], Callable[[Any], list[Any]]]]] = [
    (pt.is_string, _of_text),
    (pt.is_list, _of_lists),
    (pt.is_struct, _of_structs),
]
