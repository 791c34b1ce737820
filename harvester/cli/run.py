"""`harvest run`: from sources, or a site's address, to articles in the archive."""

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from harvester.cli.call import Call, common_options, print_json
from harvester.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from harvester.config import Settings
    from harvester.report import RunReport
    from harvester.source import Source


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE or URL]...")
@click.option("--all", "every", is_flag=True, help="all sources")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="only articles published on this day or later")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="only articles published on this day or earlier")
@click.option("--limit", type=click.IntRange(min=1), help="store at most so many articles of each source")
@click.option("--workers", type=click.IntRange(1, 256), help="sources harvested at once [default: 8]")
@common_options
def run(
    call: Call,
    names: tuple[str, ...],
    every: bool,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    workers: int | None,
) -> None:
    """Harvest the named sources, or a site by its address.

    A run is incremental: lists are asked "changed since?", and what is stored and unchanged is not fetched again.
    A site that has no source file is probed on the spot; `harvest add URL` writes one.

    \b
      harvest run https://news.example/ --limit 20
      harvest run example other-source
      harvest run --all --since 2026-11-01
    """
    settings = call.settings(workers=workers)
    chosen = choose(settings, names, every=every)
    report = harvest_sources(
        call,
        settings,
        chosen,
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
    )
    if call.as_json:
        print_json(report.model_dump(mode="json"))
    else:
        click.echo(summary(report))
    sys.exit(report.exit_code)


def choose(settings: "Settings", names: Sequence[str], *, every: bool) -> list["Source"]:
    """The sources that the command names, each once. Raises UsageError for one that is not known."""
    if every and names:
        raise UsageError("name sources or say --all, not both")
    if every and not settings.sources:
        raise UsageError(f"there are no sources in {settings.sources_folder}; `harvest add URL` writes one")
    if not every and not names:
        raise UsageError("name a source or a site's address, or say --all; `harvest sources` lists the sources")
    chosen = list(settings.sources.values()) if every else [_source(settings, name) for name in names]
    for source in chosen:
        if source.render == "always":
            raise ConfigError(source.name, "render", '"always" needs a browser, which this version does not drive yet')
    return list({source.name: source for source in chosen}.values())


def _source(settings: "Settings", name: str) -> "Source":
    from harvester.source import source_at

    if name in settings.sources:
        return settings.sources[name]
    if "://" in name:
        same_home = (source for source in settings.sources.values() if source.home.rstrip("/") == name.rstrip("/"))
        return next(same_home, None) or source_at(name)
    known = ", ".join(settings.sources) or "none"
    raise UsageError(f"there is no source {name!r} in {settings.sources_folder} (known: {known})")


def harvest_sources(
    call: Call,
    settings: "Settings",
    chosen: Sequence["Source"],
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int | None = None,
) -> "RunReport":
    """One run over the chosen sources, to its end. Raises UsageError where it can't even start."""
    from harvester.launch import harvest
    from harvester.progress import watch
    from harvester.run import HarvestRun

    run = HarvestRun.open(settings, chosen, since=since, until=until, limit=limit)
    try:
        harvest(run, chosen, log_level=call.log_level, watch=lambda: watch(run))
        return run.finish()
    finally:
        run.close()


def summary(report: "RunReport") -> str:
    """The run in a few lines: each source's outcomes, what went wrong, and the next command."""
    width = max((len(name) for name in report.sources), default=0)
    lines = [f"{name:{width}}  {part.in_words()}" for name, part in sorted(report.sources.items())]
    counts = [(report.total("stored"), "new"), (report.total("revised"), "revised")]
    new = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"
    lines.append(f"run {report.run_id}: {new}; report: {report.key or 'could not be written'}")
    return "\n".join(lines)
