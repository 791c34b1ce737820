"""`harvest link`: near copies over the whole archive."""

import sys
from dataclasses import asdict

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.errors import UsageError


@click.command()
@common_options
def link(call: Call) -> None:
    """Find the copies among all articles of the archive, however far apart they were harvested.

    While harvesting, an article is compared with those of the last 14 days. This compares each day with all before it,
    once: begin it from cron, say each night; it goes on where it was broken off. The articles stay as they are; what is
    found is written beside them, and `harvest read` and `harvest show` tell it.
    """
    from harvester.linking import Linking
    from harvester.run import utc_now

    store = call.store()
    store.check()
    folder = call.settings().cache_folder / "segments"
    try:
        report = Linking(store, folder, utc_now, said=note).run()
    except OSError as error:
        raise UsageError(f"{folder}: can't be written ({error.strerror}); name a folder with --cache") from None
    if call.as_json:
        print_json(asdict(report))
    else:
        click.echo(
            f"{report.days} days with {report.articles:,} articles compared: {report.links:,} new links"
            f" ({report.candidates:,} pairs looked at)"
        )
        for key in report.damaged:
            note(f"harvest: {key}: damaged; its articles were read from their records")
    if report.lost:
        note(f"harvest: {len(report.lost)} records could not be read, the first of them {report.lost[0]}")
        sys.exit(exit_codes.LOST)
