"""`harvest search`."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note
from harvester.cli.chosen import DAY
from harvester.cli.shown import shown
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.search import Hit

CONTEXT = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""So that -word is a word, also one that begins with h."""


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, required=True)
@click.option("--source", metavar="S", help="only this source")
@click.option("--since", type=DAY, help="only what was harvested on this day (UTC) or later")
@click.option("--until", type=DAY, help="only what was harvested on this day (UTC) or earlier")
@click.option("--language", metavar="L", help="only this language, such as ar")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="the newest so many")
@click.option("--all", "every", is_flag=True, help="all, as they are found: oldest month first")
@common_options
def search(
    call: Call,
    words: tuple[str, ...],
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    language: str | None,
    limit: int,
    every: bool,
) -> None:
    """Articles that have all these words, the newest first.

    Case, punctuation, Arabic vowel marks and spelling variants (أ إ ا, ة ه, ى ي) don't count; accents do. An Arabic
    word of three letters or more is also found with particles and article before it: بيروت finds وبيروت, لبيروت and
    البيروت.

    \b
      word        must be there, as a whole word
      word*       a word that begins so
      "a phrase"  these words in this order, exactly; so "بيروت" does not find وبيروت
      -word       must not be there; so -"a phrase"

    Newest: by when it was published, at the latest when it was fetched. With tables (harvest tables) a million articles
    take seconds; without, each object is read. --json prints one object a line; `marks` are the places of the words in
    `snippet`.

    \b
      harvest search harbour -ferry
      harvest search '"central bank"' rate* --since 2026-11-01
      harvest search البلدية --source example --all --json | jq -r .url
    """
    from harvester.archive.wanted import Wanted
    from harvester.query import Query
    from harvester.search import Search

    unknown = [word for word in words if word.startswith("--")]
    if unknown:
        raise UsageError(f"there is no option {unknown[0]}; harvest search --help tells those there are")
    query = Query.parse(words)
    wanted = Wanted(
        source=source,
        since=since.date() if since else None,
        until=until.date() if until else None,
        language=language,
    )
    reader = call.reader()
    found = Search(reader, query, wanted)
    if not found.uses_tables:
        note("no tables that can answer this: reading each object; harvest tables makes this fast")
    for hit in found.every() if every else found.newest(limit):
        click.echo(json.dumps(hit.as_dict(), ensure_ascii=False) if call.as_json else _in_words(hit))
    if not every and found.count > limit:
        note(f"{limit} of {found.count}; --limit or --all shows more")
    if reader.unreadable:
        note(f"harvest: {reader.unreadable} objects could not be read and were left out")
        sys.exit(exit_codes.LOST)


def _in_words(hit: "Hit") -> str:
    """For a person; click takes the bold away where there is no terminal."""
    about = f"{hit.appeared[:10]}  {hit.source}  {click.style(shown(hit.title), bold=True)}"
    return f"{about}\n  {shown(hit.url)}  {hit.id}\n  {_marked(hit)}\n"


def _marked(hit: "Hit") -> str:
    text, parts, end = hit.snippet.text, [], 0
    for begin, stop in hit.snippet.marks:
        parts += [_plain(text[end:begin]), click.style(_plain(text[begin:stop]), bold=True)]
        end = stop
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    """On one line, without what commands a terminal; white space at the ends stays one space."""
    inner = shown(text)
    before = " " if text[:1].isspace() else ""
    return f"{before}{inner}{' ' if inner and text[-1:].isspace() else ''}"
