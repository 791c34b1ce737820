"""`harvest try`: what would be kept of one page, and what removed, and why."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.cli.shown import kept_and_removed, shown, shown_path
from harvester.errors import NotArticle, UsageError

if TYPE_CHECKING:
    from harvester.article import Article, Block
    from harvester.page import Page


HTML_HELP = "write a web page that shows it, complete in one file; - is standard output"
STANDARD_OUTPUT = Path("-")


@click.command("try")
@click.argument("target", metavar="URL or FILE")
@click.option("--url", help="the address that FILE was saved from")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help=HTML_HELP)
@common_options
def try_page(call: Call, target: str, url: str | None, html: Path | None) -> None:
    """Extract one page, store nothing, show what is kept, what is removed and why.

    On a terminal, both stand side by side; in a pipe, removed blocks are marked where they stood. A page of a source
    that the archive knows is cleaned with what was learned of that source.

    \b
      harvest try https://news.example/a
      harvest try saved.html --url https://news.example/a
      harvest try https://news.example/a --html look.html    the same as a web page of its own
      harvest try https://news.example/a --json | jq .removed
    """
    if call.as_json and html == STANDARD_OUTPUT:
        raise UsageError("--json and --html - both want standard output; give --html a file")
    page = _fetched(call, target) if "://" in target else _saved(Path(target), url)
    try:
        article = _read(call, page)
    except NotArticle as refusal:
        if call.as_json:
            print_json({"url": page.url, "discarded": refusal.reason, "detail": refusal.detail})
        else:
            click.echo(f"no article: {refusal}")
        sys.exit(exit_codes.LOST)
    if html is not None:
        _write_page(article, html)
    if call.as_json:
        print_json(_as_dict(article))
    elif html is None:
        _print(article)


def _write_page(article: "Article", path: Path) -> None:
    from harvester.cli.look_html import as_page
    from harvester.cli.whole_file import whole_file

    content = as_page(article).encode("utf-8", "replace")
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        return
    try:
        with whole_file(path) as stream:
            stream.write(content)
    except OSError as error:
        raise UsageError(f"{shown_path(path)}: can't be written: {error.strerror}") from None
    note(f"{shown_path(path)}: {kept_and_removed(article)}")


def _print(article: "Article") -> None:
    """In two columns on a terminal that is wide enough."""
    if sys.stdout.isatty():
        from rich.console import Console

        from harvester.cli.look_table import LEAST_WIDTH, in_columns

        console = Console()
        if console.width >= LEAST_WIDTH:
            click.echo("\n".join([*_head(article), "", *in_columns(article, console), "", kept_and_removed(article)]))
            return
    click.echo(in_words(article))


def _saved(path: Path, url: str | None) -> "Page":
    from datetime import UTC, datetime

    from harvester.page import Page

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from None
    address = url or path.resolve().as_uri()
    return Page.saved(content, url=address, content_type="text/html", fetched_at=datetime.now(UTC))


def _fetched(call: Call, url: str) -> "Page":

    from harvester.launch import crawl_alone
    from harvester.source import source_at

    spider = crawl_alone(
        "spiders.alone.SinglePageSpider", call.settings().config, log_level=call.log_level, site=source_at(url)
    )
    page: Page | None = getattr(spider, "page", None)
    if page is None:
        note(f"harvest: {url}: {getattr(spider, 'problem', None) or 'could not be fetched'}")
        sys.exit(exit_codes.LOST)
    return page


def _read(call: Call, page: "Page") -> "Article":
    from harvester.clean import clean_article
    from harvester.extract import read_article
    from harvester.furniture_store import latest_furniture
    from harvester.source import source_at
    from harvester.urls import same_site

    settings = call.settings()
    source = next((one for one in settings.sources.values() if same_site(one.home, page.url)), None)
    if source is None and "://" in page.url and not page.url.startswith("file:"):
        source = source_at(page.url)
    furniture = latest_furniture(call.store(), source.name)[0] if source else None
    home = source.home if source else page.url
    article = read_article(page, home=home, language=source.language if source else None)
    return clean_article(article, furniture)


def _as_dict(article: "Article") -> dict[str, Any]:
    return {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "authors": article.authors,
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "language": article.language,
        "direction": article.direction,
        "section": article.section,
        "tags": article.tags,
        "images": [{"url": image.url, "caption": image.caption} for image in article.images],
        "body": article.body,
        "text": article.text,
        "removed": [{"text": block.text, "why": block.why} for block in article.removed],
    }


def in_words(article: "Article") -> str:
    """The article as a person reads it, removed blocks marked where they stood."""
    lines = [_line(block) for block in article.blocks]
    return "\n".join([*_head(article), "", *lines, "", kept_and_removed(article)])


def _line(block: "Block") -> str:
    text = shown(block.text)
    return f"  {text}" if block.why is None else f"- {text}\n      [removed: {shown(block.why)}]"


def _head(article: "Article") -> list[str]:
    about = {
        "address": article.canonical_url,
        "authors": ", ".join(article.authors),
        "published": article.published_at,
        "modified": article.modified_at,
        "language": f"{article.language} ({article.direction})",
        "section": article.section,
        "tags": ", ".join(article.tags),
    }
    told = {name: shown(value) for name, value in about.items() if value}
    if article.images:
        told["images"] = str(len(article.images))
    return [shown(article.title), *(f"  {name:10}{value}" for name, value in told.items())]
