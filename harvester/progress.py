"""How a run is going, for the person at the terminal and for `harvest status`."""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from harvester.outcomes import Outcome

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harvester.run import HarvestRun
    from harvester.source_run import SourceRun

REFRESH_S = 0.25
BEAT_S = 2.0
ROWS = 12
"""Sources shown at once; the busiest a person can read."""


async def watch(run: "HarvestRun") -> None:
    """Keep the heartbeat fresh and, on a terminal, draw the run's progress; until cancelled."""
    if sys.stderr.isatty():
        await _draw(run)
    else:
        while True:
            run.heartbeat.beat(in_words(run))
            await asyncio.sleep(BEAT_S)


async def _draw(run: "HarvestRun") -> None:
    from rich.console import Console
    from rich.live import Live

    beaten = 0.0
    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        while True:
            if time.monotonic() - beaten > BEAT_S:
                beaten = time.monotonic()
                run.heartbeat.beat(in_words(run))
            live.update(_table(run), refresh=True)
            await asyncio.sleep(REFRESH_S)


def in_words(run: "HarvestRun") -> str:
    """The whole run in one line."""
    pages = sum(part.tally.pages for part in run.parts.values())
    stored = sum(_stored(part) for part in run.parts.values())
    done = sum(part.ended for part in run.parts.values())
    rate = pages / max(1e-3, run.seconds)
    return f"{stored} articles, {pages} pages, {rate:.1f} pages/s, {done} of {run.expected} sources done"


def _stored(part: "SourceRun") -> int:
    outcomes = part.tally.outcomes()
    return outcomes.get(Outcome.STORED, 0) + outcomes.get(Outcome.REVISED, 0)


def _table(run: "HarvestRun") -> "RenderableType":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None)
    table.add_column("source")
    for heading in ("articles", "pages", "under way"):
        table.add_column(heading, justify="right")
    alive = [part for part in run.parts.values() if not part.ended]
    for part in alive[:ROWS]:
        counts = (_stored(part), part.tally.pages, part.frontier.open_count)
        table.add_row(part.source.name, *(str(count) for count in counts))
    if len(alive) > ROWS:
        table.add_row(f"… and {len(alive) - ROWS} more")
    return Group(Text(in_words(run), style="bold"), table)
