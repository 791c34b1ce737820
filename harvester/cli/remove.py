"""`harvest remove`: take an article down."""

import sys
from typing import TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.cli.shown import shown
from harvester.errors import StoreError, UsageError

if TYPE_CHECKING:
    from harvester.removing import Removed, Standing

LEFT = (
    "What is left: the tombstone and its commit; in manifests and checkpoints the keys, checksums and addresses of what"
    " was deleted, with authors and dates; in segments numbers made of the text. Copies that others took are theirs."
)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", required=True, metavar="TEXT", help="why; it stays in the archive, for everyone to read")
@click.option("--yes", is_flag=True, help="don't ask; needed where there is no terminal")
@common_options
def remove(call: Call, ids: tuple[str, ...], reason: str, yes: bool) -> None:
    """Take articles down: records, captures, marks and rows of tables are deleted for good.

    A tombstone stays, with the reason, the day and the checksums of what was deleted. No later run stores the article
    again: not under its id, not from an address that has led to it, not the same words from the same source. What
    another source has published stays; it is an article of its own.

    ID may be cut short as long as it names one article. It may be broken off: the same call completes it. There is no
    way back. Exit code 1: something could not be deleted, as a locked object; it says until when.

    \b
      harvest remove 5f0c9a --reason "court order 12/2026"
      harvest remove 5f0c9a 77ab10 --reason "asked for by the author" --yes --json
    """
    from harvester.archive.commits import CommitLog
    from harvester.archive.signing import signer_of
    from harvester.removing import Removing
    from harvester.run import utc_now

    if not reason.strip():
        raise UsageError("--reason: say why; the reason stays in the archive")
    store = call.store()
    store.check()
    removing = Removing(store, utc_now, log=CommitLog(store, signer=signer_of(call.settings())))
    articles = {one.id: one for one in map(removing.standing, ids)}.values()
    if not call.as_json or not yes:
        for article in articles:
            note(_before(article))
    if not yes:
        _ask(len(articles))
    results = [_removed(removing.remove(article, reason.strip()), call.as_json) for article in articles]
    tables = _tables_without(call)
    if call.as_json:
        print_json([_as_dict(one) for one in results])
    else:
        note(LEFT)
    if tables is not None:
        note(f"harvest: the tables still have rows of it: {tables}; `harvest tables` takes them out")
    if tables is not None or any(one.refused for one in results):
        sys.exit(exit_codes.LOST)


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask; say --yes to take it down for good; nothing was removed")
    what = "this article" if count == 1 else f"these {count} articles"
    if not click.confirm(f"Delete {what} for good?", err=True):
        raise click.Abort


def _before(article: "Standing") -> str:
    title = shown(article.title) if article.title else "(no record can be read)"
    lines = [f"{article.id}  {article.source}  {title}", *(f"  {key}" for key in article.objects)]
    if article.removal is not None:
        lines[0] = f"{article.id}  {article.source}  {_taken_down(article.removal.at, article.removal.reason)}"
    return "\n".join(lines)


def _removed(removed: "Removed", as_json: bool) -> "Removed":
    """The same, told."""
    removal = removed.removal
    objects = f"{len(removed.deleted)} objects deleted"
    if removed.before and not removed.deleted:
        objects = "nothing was left of it"
    if not as_json:
        click.echo(f"{removal.id}  {_taken_down(removal.at, removal.reason)}; {objects}")
    for error in removed.refused:
        note(f"harvest: {error}")
    return removed


def _taken_down(at: str, reason: str) -> str:
    return f"taken down on {at[:10]}: {shown(reason)}"


def _tables_without(call: Call) -> str | None:
    """Take the rows out of the tables, where there are any; why that could not be done."""
    from harvester.archive import keys
    from harvester.tables import update_tables

    store = call.store()
    if next(iter(store.list(keys.TABLES)), None) is None:
        return None
    try:
        update_tables(store)
    except StoreError as error:
        return str(error)
    return None


def _as_dict(removed: "Removed") -> dict[str, Any]:
    removal = removed.removal
    return {
        "id": removal.id,
        "source": removal.source,
        "reason": removal.reason,
        "at": removal.at,
        "tombstone": removal.key,
        "before": removed.before,
        "deleted": list(removed.deleted),
        "refused": [{"key": error.key, "problem": error.problem} for error in removed.refused],
    }
