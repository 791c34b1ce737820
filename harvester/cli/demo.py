"""`harvest demo`: the main job on the bundled news site."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from harvester.cli.call import Call, common_options, note
from harvester.errors import StoreError

if TYPE_CHECKING:
    from harvester.archive import ArchiveReader


@click.command()
@common_options
def demo(call: Call) -> None:
    """Harvest the bundled demo news site and show what was stored.

    Three invented sites in Arabic, English and French are served on loopback and harvested into the archive by the
    real command. Then one of them corrects an article and is harvested again: a second revision. When the archive has
    the demo already, nothing new is stored.
    """
    from harvester.demo.site import DemoSite

    reader = call.reader()
    known = _has_demo(reader)
    with DemoSite() as site, TemporaryDirectory() as folder:
        config = Path(folder) / "harvest.toml"
        _write_config(config, call, site.proxy_url)
        site.corrected = known
        note(f"harvesting three demo sites on loopback into {reader.store.url}")
        code = _harvest(config)
        if not known and code == 0:
            site.corrected = True
            note("\none of the sites has corrected an article; harvesting again")
            code = _harvest(config)
    if code == 0:
        _show(reader)
    sys.exit(code)


def _has_demo(reader: "ArchiveReader") -> bool:
    from harvester.demo.sources import DEMO_SOURCES

    try:
        return any(next(reader.records(source=source.name), None) for source in DEMO_SOURCES)
    except StoreError:
        return False


def _write_config(path: Path, call: Call, proxy_url: str) -> None:
    import tomli_w

    from harvester.demo.sources import DEMO_SOURCES

    settings = call.settings()
    values = {
        "archive": call.store().url,
        "cache": str(settings.cache_folder.resolve()),
        "proxy": proxy_url,
        "source": [source.model_dump(exclude_defaults=True) for source in DEMO_SOURCES],
    }
    path.write_text(tomli_w.dumps(values), encoding="utf-8")


def _harvest(config: Path) -> int:
    """`harvest run --all` in a process of its own, as cron would start it."""
    command = [sys.executable, "-m", "harvester", "run", "--all", "--config", str(config)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 our own command


def _show(reader: "ArchiveReader") -> None:
    from harvester.demo.sources import DEMO_SOURCES

    names = {source.name for source in DEMO_SOURCES}
    records = [record for record in reader.records() if record.source in names]
    revised = next((record for record in records if record.revision > 1), None)
    copy = next((record for record in records if record.copy_of), None)
    clean = next((record for record in records if record.direction == "rtl" and record.removed), None)
    click.echo(f"\n{len(records)} articles are in {reader.store.url}. Look at them:")
    shell = f"harvest --archive {reader.store.url}"
    click.echo(f"  {shell} read --format text | less")
    click.echo(f"  {shell} read --source shahed --contains الميناء")
    if clean:
        click.echo(f"  {shell} show {clean.id[:12]}    an Arabic article, and the furniture removed from it")
    if revised:
        click.echo(f"  {shell} show {revised.id[:12]}    the corrected article, with what was changed")
    if copy:
        click.echo(f"  {shell} show {copy.id[:12]}    an agency's story that another of the sites had first")
    click.echo(f"  {shell} runs")
