"""`harvest add` and `harvest sources`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.probe import Probe
    from harvester.source import Source


@click.command()
@click.argument("url")
@click.option("--name", help="the source's name [default: the site's host]")
@common_options
def add(call: Call, url: str, name: str | None) -> None:
    """Probe a site and write its source file; shows what was found.

    Looked at: robots.txt, feeds, sitemaps, WordPress's API, section pages, the language, and whether plain fetching
    gives an article (if not, the site needs a browser).
    """
    from harvester.source import source_at

    settings = call.settings()
    source = source_at(url, name)
    path = settings.sources_folder / f"{source.name}.toml"
    if source.name in settings.sources or path.exists():
        raise UsageError(f"there is a source {source.name!r} already ({path}); give another --name")
    probe = _probe(call, source)
    from harvester.probe import source_with

    found = source_with(probe, source)
    if not found.has_entry_points:
        click.echo(probe.in_words())
        note(f"harvest: {source.home}: nothing to harvest from was found; name a section page in its place")
        sys.exit(exit_codes.LOST)
    _write(path, found)
    if call.as_json:
        print_json({"file": str(path), "source": found.model_dump(exclude_defaults=True), "probe": probe.as_dict()})
        return
    click.echo(probe.in_words())
    click.echo(f"\nwrote {path}; next: harvest run {found.name}")


def _probe(call: Call, source: "Source") -> "Probe":
    from harvester.launch import crawl_alone

    spider = crawl_alone("spiders.alone.ProbeSpider", call.settings().config, log_level=call.log_level, site=source)
    found: Probe | None = getattr(spider, "found", None)
    if found is None:
        problem = getattr(spider, "problem", None)
        click.echo(f"harvest: {source.home}: {problem or 'could not be probed'}", err=True)
        sys.exit(exit_codes.LOST)
    return found


def _write(path: Path, source: "Source") -> None:
    import tomli_w

    values = source.model_dump(exclude_defaults=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tomli_w.dumps(values), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from None


@click.command()
@common_options
def sources(call: Call) -> None:
    """The sources, each with its last success, its articles of late, and its health."""
    from harvester.health import health_of

    settings = call.settings()
    rows = health_of(settings.sources, call.reader())
    if call.as_json:
        print_json([row.as_dict() for row in rows])
        return
    if not rows:
        click.echo(f"no sources in {settings.sources_folder} and none in the archive; `harvest add URL` writes one")
        return
    _table([row.as_dict() for row in rows])


def _table(rows: list[dict[str, Any]]) -> None:
    """Aligned columns: the keys as heading, then a line a row."""
    heading = list(rows[0])
    cells = [heading, *[["" if row[key] is None else str(row[key]) for key in heading] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heading))]
    for line in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
