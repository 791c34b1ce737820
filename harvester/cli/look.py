"""`harvest try`: what would be kept of one page, and what removed, and why."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.errors import NotArticle, UsageError

if TYPE_CHECKING:
    from harvester.article import Article
    from harvester.page import Page


@click.command("try")
@click.argument("target", metavar="URL or FILE")
@click.option("--url", help="the address that FILE was saved from")
@common_options
def try_page(call: Call, target: str, url: str | None) -> None:
    """Extract one page, store nothing, show what is kept, what is removed and why.

    A page of a source that the archive knows is cleaned with what was learned of that source.
    """
    page = _fetched(call, target) if "://" in target else _saved(Path(target), url)
    try:
        article = _read(call, page)
    except NotArticle as refusal:
        if call.as_json:
            print_json({"url": page.url, "discarded": refusal.reason, "detail": refusal.detail})
        else:
            click.echo(f"no article: {refusal}")
        sys.exit(exit_codes.LOST)
    if call.as_json:
        print_json(_as_dict(article))
    else:
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
    about = {
        "address": article.canonical_url,
        "authors": ", ".join(article.authors),
        "published": article.published_at,
        "modified": article.modified_at,
        "language": f"{article.language} ({article.direction})",
        "section": article.section,
        "tags": ", ".join(article.tags),
        "images": len(article.images) or None,
    }
    head = [article.title, *(f"  {name:10}{value}" for name, value in about.items() if value)]
    lines = [f"  {b.text}" if b.why is None else f"- {b.text}\n      [removed: {b.why}]" for b in article.blocks]
    count = f"{len(article.body)} paragraphs kept, {len(article.removed)} blocks removed"
    return "\n".join([*head, "", *lines, "", count])
