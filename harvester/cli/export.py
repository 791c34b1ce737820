"""`harvest export`."""

import sys
from typing import TYPE_CHECKING

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.cli.chosen import choosing_options
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.archive.wanted import Wanted
    from harvester.export import Bundle


@click.command()
@click.argument("target", metavar="DIR|s3://BUCKET/PREFIX")
@choosing_options
@click.option("--after", metavar="CURSOR", default="0", show_default=True, help="only what has become visible since")
@click.option("--name", default="News articles", show_default=True, help="heading of the data card")
@click.option("--shard-mb", type=click.IntRange(1, 4096), default=256, show_default=True, help="JSON in one shard")
@common_options
def export(call: Call, target: str, wanted: "Wanted", after: str, name: str, shard_mb: int) -> None:
    """A bundle of articles for others: JSON Lines in compressed shards, a data card, checksums.

    \b
      data/articles-00000.jsonl.zst, …   one article record a line
      README.md                          data card; its front matter is what the Hugging Face Hub and `datasets` read
      SHA256SUMS                         for sha256sum -c
      export.json                        what was chosen, up to which cursor; how far it is

    In it is all that had become visible when it was begun, in that order. Broken off, the same command goes on at the
    shard where it was. --after the cursor of an earlier bundle gives what is new since.

    \b
      harvest export bundle --language ar
      harvest export s3://bucket/bundle --source example --copies drop
      harvest export next --after 42-9f3a1c07
      python -c 'import datasets; print(datasets.load_dataset("bundle"))'
    """
    from harvester.archive import open_store
    from harvester.archive.commits import Cursor
    from harvester.export import Export

    reader = call.reader()
    store = open_store(target)
    if store.url == reader.store.url:
        raise UsageError("a bundle does not go into the archive itself; name another place")
    store.check(writing=False)
    made = Export(
        reader=reader,
        target=store,
        wanted=wanted,
        after=Cursor.parse(after),
        name=name,
        shard_mb=shard_mb,
        said=_tell if sys.stderr.isatty() else lambda _: None,
    ).run()
    contents = made.contents
    if call.as_json:
        print_json({"url": store.url, "cursor": made.cursor, "records": contents.records, "shards": len(made.shards)})
    else:
        click.echo(f"{contents.records} articles in {len(made.shards)} shards: {store.url}, cursor {made.cursor}")
    if contents.left_out or reader.unreadable:
        note(f"harvest: {contents.left_out or reader.unreadable} records could not be read and were left out")
        sys.exit(exit_codes.LOST)


def _tell(bundle: "Bundle") -> None:
    note(f"{bundle.contents.records} articles in {len(bundle.shards)} shards")
