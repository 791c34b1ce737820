"""The command `harvest`: what people type."""

import os
import sys

import click

from harvester import __version__, exit_codes
from harvester.cli.call import global_options
from harvester.cli.clean import clean
from harvester.cli.demo import demo
from harvester.cli.export import export
from harvester.cli.extract import extract
from harvester.cli.import_ import import_recordings
from harvester.cli.link import link
from harvester.cli.look import try_page
from harvester.cli.read import read, show
from harvester.cli.remove import remove
from harvester.cli.reprocess import reprocess
from harvester.cli.run import run
from harvester.cli.runs import runs, status
from harvester.cli.search import search
from harvester.cli.sources import add, sources
from harvester.cli.tables import tables
from harvester.cli.verify import verify
from harvester.errors import StoreError, UsageError

EXIT_CODES = """
\b
Exit codes:
  0    all went well
  1    something wanted was lost, or a source failed (the report says which)
  2    wrong usage or configuration; nothing was fetched
  130  interrupted; what was stored is stored
"""


class Commands(click.Group):
    """Commands in the order in which a newcomer needs them, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harvest")
@global_options
def harvest() -> None:
    """Harvest news sites into an archive of clean articles, in a folder or an S3 bucket.

    \b
    Begin with
      harvest demo                          see it work on a bundled news site
      harvest try https://news.example/a    what would be kept of one page, and what removed
      harvest run https://news.example/     harvest a site
      harvest read                          what is in the archive
    """


COMMANDS = (
    *(demo, run, add, sources, try_page),
    *(read, search, show, export),
    *(status, runs, link, tables, verify),
    *(import_recordings, reprocess, remove),
    *(extract, clean),
)

for command in COMMANDS:
    harvest.add_command(command)


def main() -> None:
    """Entry point: what goes wrong is one line on standard error, and an honest exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # pages are read side by side; matrices this small are not
    try:
        code = harvest(prog_name="harvest", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = exit_codes.USAGE
    except UsageError as error:
        code = _refuse(error, exit_codes.USAGE)
    except StoreError as error:
        code = _refuse(error, exit_codes.LOST)
    except click.Abort:  # Ctrl-C outside a run
        code = exit_codes.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = exit_codes.OK
    sys.exit(code)


def _refuse(error: Exception, code: int) -> int:
    click.echo(f"harvest: {error}", err=True)
    return code
