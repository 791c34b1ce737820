"""`harvest tables`: all articles as Parquet."""

import os
import sys
from typing import TYPE_CHECKING

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json

if TYPE_CHECKING:
    from harvester.tables import TablesReport


@click.command()
@common_options
def tables(call: Call) -> None:
    """Bring the Parquet tables up to date: articles, revisions, copies, captures.

    DuckDB, Polars, pyarrow and Spark read them from the archive as they are, also while this command is at work. It
    reads what has become visible since the last time; begin it from cron, say each hour. Broken off, it goes on from
    there; several at once do no harm.

    \b
      harvest tables
      duckdb -c "SELECT source, count(*) FROM 'archive/tables/articles/*/*.parquet' GROUP BY ALL"

    Exit code 1 where records could not be read; they are tried again each time.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # gives memory back: a tenth less at the peak
    from harvester.tables import update_tables

    store = call.store()
    store.check()
    report = update_tables(store, said=_progress if sys.stderr.isatty() else lambda _: None)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if call.as_json:
        print_json(_as_dict(report))
    else:
        for line in _in_words(report):
            click.echo(line)
    for key, problem in report.lost.items():
        note(f"harvest: left out: {key}: {problem}")
    if report.lost:
        note(f"harvest: {len(report.lost)} objects are tried again the next time; `harvest verify` says what is wrong")
        sys.exit(exit_codes.LOST)


def _progress(report: "TablesReport") -> None:
    click.echo(f"\r\x1b[K{report.records:,} records, up to commit {report.commit:,}", nl=False, err=True)


def _in_words(report: "TablesReport") -> list[str]:
    return [
        f"{name}: {one.new:,} new rows, {one.replaced:,} replaced"
        + (f", {one.deleted:,} deleted" if one.deleted else "")
        + f", {one.objects:,} objects written, {report.rows[name]:,} rows in all"
        for name, one in report.written.items()
    ]


def _as_dict(report: "TablesReport") -> dict[str, object]:
    return {
        "commit": report.commit,
        "records": report.records,
        "tables": {
            name: {
                "new": one.new,
                "replaced": one.replaced,
                "deleted": one.deleted,
                "objects": one.objects,
                "rows": report.rows[name],
            }
            for name, one in report.written.items()
        },
        "lost": [{"key": key, "problem": problem} for key, problem in report.lost.items()],
    }
