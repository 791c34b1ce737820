"""`harvest status` and `harvest runs`."""

import click

from harvester.cli.call import Call, common_options, print_json


@click.command()
@common_options
def status(call: Call) -> None:
    """What is running on this machine, and how the last run ended."""
    from harvester.heartbeat import running

    settings = call.settings()
    beats = running(settings.cache_folder, settings.config.archive)
    last = next(iter(call.reader().reports(newest_first=True)), None)
    if call.as_json:
        print_json({"running": beats, "last": last.model_dump(mode="json") if last else None})
        return
    for beat in beats:
        click.echo(f"running {beat['run_id']} since {beat['started_at']} (pid {beat['pid']}): {beat['progress']}")
    if not beats:
        click.echo("nothing is running on this machine")
    if last:
        click.echo(f"last    {last.in_words()}")


@click.command()
@click.option("-n", "--number", type=click.IntRange(min=1), default=20, show_default=True, help="the last so many")
@common_options
def runs(call: Call, number: int) -> None:
    """Past runs with their counts, newest first."""
    from itertools import islice

    found = list(islice(call.reader().reports(newest_first=True), number))
    if call.as_json:
        print_json([report.model_dump(mode="json") for report in found])
        return
    for report in found:
        click.echo(report.in_words())
    if not found:
        click.echo("no runs in this archive yet")
