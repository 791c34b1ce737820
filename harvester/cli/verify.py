"""`harvest verify`: is the archive whole, and is it what was written?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.cli.shown import shown
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.verifying import Asked, Verified
    from harvester.verifying.repair import Repaired

SHOWN = 100
"""Findings that are shown to a person; `--json` has ten thousand."""


@click.command()
@click.option("--quick", is_flag=True, help="trust the store's listing and checksums; read commits and manifests alone")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="only what was written on this day (UTC) or later")
@click.option("--after", metavar="CURSOR", help="only what commits after this one name (a cursor that verify prints)")
@click.option("--repair", is_flag=True, help="restore what can be restored, then verify again")
@click.option("--public-key", type=click.Path(path_type=Path, dir_okay=False), help="insist on this key's signatures")
@click.option(
    "--tsa-ca", type=click.Path(path_type=Path, dir_okay=False), help="insist on time stamps of this authority"
)
@common_options
def verify(
    call: Call,
    quick: bool,
    since: datetime | None,
    after: str | None,
    repair: bool,
    public_key: Path | None,
    tsa_ca: Path | None,
) -> None:
    """Check that everything is in the archive that its commits name, byte for byte, and nothing else.

    Follows the chain of commits, reads each object that they make visible and compares its SHA-256, compares records
    with captures and tables with records, and looks for what is missing, extra or out of the chain. Works on a copy
    (--archive file://COPY) as well. Nothing is changed without --repair; each finding says what that would do.

    \b
      harvest verify                          all of it
      harvest verify --quick                  by listing and checksums: for very large buckets
      harvest verify --since 2026-11-22       each night, what is new
      harvest verify --public-key key.pem --tsa-ca authority.pem
      harvest verify --repair                 restore from tables and captures

    Exit code 1: something is wrong, or was and could not be repaired.
    """
    from harvester.verifying import verify as verified

    if since and after:
        raise UsageError("say --since or --after, not both")
    asked = _asked(quick, since, after, public_key, tsa_ca)
    store = call.store()
    store.check(writing=repair)
    with _progress() as progress:
        told = verified(store, asked, _now(), progress=progress)
    repaired = None
    if repair and (told.findings or told.left_over):
        from harvester.verifying.repair import Repair

        repaired = Repair(store, call.settings(), _now).repair(told)
        with _progress() as progress:
            told = verified(store, asked, _now(), progress=progress)
    if call.as_json:
        print_json(_as_json(told, repaired))
    else:
        _print(told, repaired)
    sys.exit(exit_codes.OK if told.is_sound else exit_codes.LOST)


def _now() -> datetime:
    from harvester.run import utc_now

    return utc_now()


def _asked(
    quick: bool, since: datetime | None, after: str | None, public_key: Path | None, tsa_ca: Path | None
) -> "Asked":
    from harvester.archive.commits import Cursor
    from harvester.archive.signing import public_key_of
    from harvester.archive.timestamps import authorities_of
    from harvester.verifying import Asked
    from harvester.verifying.chain import Trust

    return Asked(
        quick=quick,
        since=since.date() if since else None,
        after=Cursor.parse(after) if after else None,
        trust=Trust(
            public_key=public_key_of(public_key) if public_key else None,
            authorities=tuple(authorities_of(tsa_ca)) if tsa_ca else (),
        ),
    )


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """One line on a terminal, which goes when it is over."""
    if not sys.stderr.isatty():
        yield lambda step, count: None
        return
    try:
        yield lambda step, count: click.echo(f"\r\x1b[K{step}: {count:,}", err=True, nl=False)
    finally:
        click.echo("\r\x1b[K", err=True, nl=False)


def _print(told: "Verified", repaired: "Repaired | None") -> None:
    for finding in told.findings[:SHOWN]:
        click.echo(shown(str(finding)))
    count = told.problems.total()
    if count > SHOWN:
        click.echo(f"… and {count - SHOWN:,} more; --json has them")
    for key in repaired.done if repaired else ():
        note(f"repaired: {shown(key)}")
    for said in repaired.left if repaired else ():
        note(f"not repaired: {shown(said)}")
    for said in told.notes:
        note(said)
    click.echo(_summary(told))


def _summary(told: "Verified") -> str:
    proof = [f"{told.signed:,} signed"] if told.signed else []
    proof += [f"{told.stamped:,} time stamps"] if told.stamped else []
    looked = [f"{told.commits:,} commits" + (f" ({', '.join(proof)})" if proof else ""), f"{told.objects:,} objects"]
    looked += [f"{told.listed:,} listed"] if told.listed else []
    looked += [f"{told.rows:,} rows of tables"] if told.rows else []
    looked += [f"{told.removed:,} taken down"] if told.removed else []
    looked += [f"{told.pending:,} not yet visible"] if told.pending else []
    looked += [f"{told.left_over:,} left over"] if told.left_over else []
    kinds = ", ".join(f"{count:,} {problem}" for problem, count in told.problems.most_common())
    verdict = f"NOT SOUND: {kinds}" if kinds else "sound"
    return f"{', '.join(looked)}: {verdict}; cursor {told.cursor}"


def _as_json(told: "Verified", repaired: "Repaired | None") -> dict[str, Any]:
    return {
        "sound": told.is_sound,
        "cursor": told.cursor,
        **{name: getattr(told, name) for name in ("commits", "signed", "stamped", "objects", "listed", "rows")},
        "removed": told.removed,
        "pending": told.pending,
        "pending_keys": told.pending_keys,
        "left_over": told.left_over,
        "left_over_keys": told.left_over_keys,
        "problems": {str(problem): count for problem, count in told.problems.items()},
        "findings": [
            {"key": one.key, "problem": str(one.problem), "detail": one.detail, "remedy": one.remedy}
            for one in told.findings
        ],
        "notes": told.notes,
        "repaired": None if repaired is None else repaired.done,
        "not_repaired": None if repaired is None else repaired.left,
    }
