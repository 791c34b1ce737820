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
    from harvester.archive.commits import CommitLog
    from harvester.archive.signing import signer_of
    from harvester.linking import Linking
    from harvester.run import utc_now

    settings = call.settings()
    store = call.store()
    store.check()
    folder = settings.cache_folder / "segments"
    log = CommitLog(store, signer=signer_of(settings))
    try:
        report = Linking(store, folder, utc_now, said=note, log=log).run()
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
