"""The options by which a command is told which records it is to read."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

DAY = click.DateTime(["%Y-%m-%d"])

_OPTIONS: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
    click.option("--source", metavar="S", help="only this source"),
    click.option("--since", type=DAY, help="only what was harvested on this day (UTC) or later"),
    click.option("--until", type=DAY, help="only what was harvested on this day (UTC) or earlier"),
    click.option("--language", metavar="L", help="only this language, such as ar"),
    click.option(
        "--contains", metavar="WORD", help="only articles whose title or text has this word (Arabic letters folded)"
    ),
    click.option("--revisions", type=click.Choice(["latest", "all"]), default="latest", show_default=True),
    click.option("--copies", type=click.Choice(["keep", "drop"]), default="keep", show_default=True),
]


def choosing_options(function: Callable[..., None]) -> Callable[..., None]:
    """Options that become one argument: `wanted`."""

    @functools.wraps(function)
    def command(
        *args: Any,
        source: str | None,
        since: datetime | None,
        until: datetime | None,
        language: str | None,
        contains: str | None,
        revisions: str,
        copies: str,
        **options: Any,
    ) -> None:
        from harvester.archive.wanted import Wanted

        wanted = Wanted(
            source=source,
            since=since.date() if since else None,
            until=until.date() if until else None,
            language=language,
            contains=contains,
            revisions="all" if revisions == "all" else "latest",
            copies="drop" if copies == "drop" else "keep",
        )
        function(*args, wanted=wanted, **options)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command
