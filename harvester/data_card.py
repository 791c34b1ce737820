"""The data card of an exported bundle: what is in it, as people read it and as the Hugging Face Hub does."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harvester.archive.formats import FIELDS

SHARDS: Final = "data/articles-*.jsonl.zst"

SIZES: Final = (
    *((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M")),
    *((10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"), (10**11, "10B<n<100B")),
)
"""Those that the Hub knows, by what they are below."""

_SMALL = ("schema_version", "revision", "http_status")
_TEXTS = ("other_urls", "authors", "body", "tags")
_OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "capture": ("key", "sha256"),
    "derivation": ("extraction", "cleaning", "furniture", "counted", "number"),
}
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {"images": ("url", "caption"), "removed": ("text", "why")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was counted while a bundle was written."""

    records: int
    by_source: Mapping[str, int]
    by_language: Mapping[str, int]  # "": not known
    by_year: Mapping[str, int]  # of publication, else of the fetch
    left_out: int  # records that could not be read


def data_card(contents: Contents, *, name: str, cursor: str, after: str, chosen: Mapping[str, Any]) -> str:
    """README.md. Strings of the front matter are JSON, which YAML is a superset of: to YAML a bare `no` is false."""
    return f"---\n{_front_matter(contents, name)}---\n\n{_body(contents, name, cursor, after, chosen)}"


def _front_matter(contents: Contents, name: str) -> str:
    languages = sorted(language for language in contents.by_language if language)
    lines = [f"pretty_name: {json.dumps(name, ensure_ascii=False)}"]
    lines += ["language:", *(f"- {json.dumps(language)}" for language in languages)] if languages else []
    lines += [
        "license: other",
        "task_categories:",
        "- text-generation",
        "size_categories:",
        f"- {json.dumps(size_category(contents.records))}",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        f"    path: {json.dumps(SHARDS)}",
        "dataset_info:",
        "  features:",
    ]
    for field in FIELDS:
        lines += (f"  {line}" for line in _feature(field))
    return "\n".join(lines) + "\n"


def size_category(records: int) -> str:
    return next((label for below, label in SIZES if records < below), "100B<n<1T")


def _feature(name: str) -> Sequence[str]:
    """Its type, so that a column of which the first articles have nothing is not guessed."""
    head = f"- name: {name}"
    if name in _TEXTS:
        return [head, "  sequence: string"]
    if name == "change":
        return [head, "  struct:", "  - name: extent", "    dtype: string", "  - name: parts", "    sequence: string"]
    if name in _OBJECTS:
        return [head, "  struct:", *_fields(_OBJECTS[name])]
    if name in _LISTS:
        return [head, "  list:", *_fields(_LISTS[name])]
    return [head, f"  dtype: {'int32' if name in _SMALL else 'float64' if name == 'similarity' else 'string'}"]


def _fields(names: Iterable[str]) -> list[str]:
    return [
        line
        for name in names
        for line in (f"  - name: {name}", f"    dtype: {'int32' if name in ('counted', 'number') else 'string'}")
    ]


def _body(contents: Contents, name: str, cursor: str, after: str, chosen: Mapping[str, Any]) -> str:
    told = ", ".join(f"{option} {value}" for option, value in chosen.items()) or "everything"
    lost = f" {contents.left_out} records could not be read and were left out." if contents.left_out else ""
    return f"""# {name}

{contents.records} news articles, one JSON object a line, in shards compressed with Zstandard.{lost}

- Chosen: {told}.
- Of the archive's commits those after cursor `{after}`, up to cursor `{cursor}`, in their order; of each article the
  last record of these. `harvest export --after {cursor}` makes the bundle that follows.
- Made by `harvest export`. `sha256sum -c SHA256SUMS` checks the files.

## Fields

{", ".join(f"`{field}`" for field in FIELDS)}

`text` are the article's paragraphs, one a line; `removed` is what was taken out of them, and why. `id` is the same in
every bundle: an article that comes again, with a higher `revision` or `derivation.number`, replaces the earlier one.
An article whose `copy_of` is not null copies the article of that id. The archive's FORMAT.md tells each field.

## Making of

The articles were harvested from the publishers' public pages; text, authors, dates and language were extracted by
program, and furniture (menus, related links, newsletter boxes) was removed by program. There are errors. `derivation`
says which versions were at work.

## Licence

The texts belong to their publishers. This bundle grants no rights to them: what may be done with them, such as text and
data mining, quotation and research, is a matter of your law and of the publishers' terms. Articles that are taken down
must be removed from copies, too: the reading command `harvest read --after {cursor}` names them.

## Counts

{_table("source", contents.by_source)}

{_table("language", contents.by_language)}

{_table("year", contents.by_year)}
"""


def _table(heading: str, counts: Mapping[str, int]) -> str:
    rows = [f"| {label or 'not known'} | {number} |" for label, number in sorted(counts.items())]
    return "\n".join([f"| {heading} | articles |", "| --- | ---: |", *rows])
