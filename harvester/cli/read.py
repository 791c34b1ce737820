"""`harvest read` and `harvest show`."""

import os
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.story import Story

FORMATS = ("jsonl", "text", "csv", "parquet", "warc")


@click.command()
@click.option("--source", metavar="S", help="only this source")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="only what was harvested on this day (UTC) or later")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="only what was harvested on this day (UTC) or earlier")
@click.option("--language", metavar="L", help="only this language, such as ar")
@click.option(
    "--contains", metavar="WORD", help="only articles whose title or text has this word (Arabic letters folded)"
)
@click.option("--revisions", type=click.Choice(["latest", "all"]), default="latest", show_default=True)
@click.option("--copies", type=click.Choice(["keep", "drop"]), default="keep", show_default=True)
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="a file instead of standard output"
)
@common_options
def read(
    call: Call,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    language: str | None,
    contains: str | None,
    revisions: str,
    copies: str,
    form: str,
    output: Path | None,
) -> None:
    """What is in the archive, newest last, as a stream.

    \b
      harvest read --since 2026-11-01 --language ar > articles.jsonl
      harvest read --source example --format text | less
      harvest read --format parquet -o articles.parquet
    """
    from harvester.archive import formats

    if form == "parquet" and output is None and sys.stdout.isatty():
        raise UsageError("--format parquet is binary; give a file with -o, or a pipe")
    reader = call.reader()
    records = reader.records(
        source=source,
        since=since.date() if since else None,
        until=until.date() if until else None,
        language=language,
        contains=contains,
        revisions="all" if revisions == "all" else "latest",
        copies="drop" if copies == "drop" else "keep",
    )
    with ExitStack() as stack:
        stream = stack.enter_context(output.open("wb")) if output else sys.stdout.buffer
        formats.write(records, form, stream, reader)


@click.command()
@click.argument("article_id", metavar="ID")
@click.option("--diff", is_flag=True, help="what each revision changed, word by word")
@common_options
def show(call: Call, article_id: str, diff: bool) -> None:
    """One article: text, provenance, revisions with their differences, copies, removed furniture.

    ID may be cut short as long as it names one article. A revision is same, minor (up to 4 words and no number),
    revised, shortened or withdrawn, in its title, body, date or author.

    With --diff, removed words stand as [-words-] and added ones as {+words+}; on a terminal, in red and green.

    \b
      harvest show 5f0c9a
      harvest show 5f0c9a --diff | less
      harvest show 5f0c9a --diff --json | jq '.changes[].parts'
    """
    from harvester.story import story_of

    story = story_of(call.reader(), article_id)
    if story is None:
        note(f"harvest: there is no article {article_id!r} in {call.settings().config.archive}")
        sys.exit(exit_codes.LOST)
    if diff:
        _show_differences(story, as_json=call.as_json)
    elif call.as_json:
        print_json(story.as_dict())
    else:
        click.echo(story.in_words())


def _show_differences(story: "Story", *, as_json: bool) -> None:
    from harvester.cli.diff_shown import in_words

    if as_json:
        changes = [difference.as_dict_with_words() for difference in story.differences()]
        print_json({"id": story.revisions[-1].id, "changes": changes})
        return
    for line in in_words(story, coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR")):
        click.echo(line)
    if len(story.revisions) == 1:
        note(f"{story.revisions[0].id}: there is one revision, nothing to compare it with")
