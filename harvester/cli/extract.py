"""`harvest extract`: article records from HTML that you already have."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.call import Call, common_options
from harvester.errors import NotArticle, UsageError

if TYPE_CHECKING:
    from harvester.article import Article
    from harvester.page import Page


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--jsonl", is_flag=True, help='input is a line a page: {"id", "url", "html"}')
@click.option("--learn", is_flag=True, help="read all input first, so that each site's pages teach its furniture")
@common_options
def extract(call: Call, files: tuple[Path, ...], jsonl: bool, learn: bool) -> None:
    """Article records from HTML that you already have, one JSON object a line, in the order of the input.

    A page that is no article gives {"id", "error"}. Input is standard input where no file is named.

    \b
      harvest extract page.html
      harvest extract --jsonl --learn < pages.jsonl > articles.jsonl
    """
    import orjson

    pages = _jsonl_pages(files) if jsonl else _file_pages(files)
    readings = _readings(pages)
    for answer in _learned(readings) if learn else _streamed(readings):
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")


def _page(url: str, content: bytes, content_type: str) -> "Page":
    from harvester.page import Page

    return Page.saved(content, url=url, content_type=content_type, fetched_at=datetime.now(UTC))


def _file_pages(files: Iterable[Path]) -> Iterator[tuple[str, "Page"]]:
    paths = list(files) or [Path("/dev/stdin")]
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: can't be read: {error.strerror}") from None
        yield str(path), _page(path.resolve().as_uri(), content, "text/html")


def _jsonl_pages(files: Iterable[Path]) -> Iterator[tuple[str, "Page"]]:
    import orjson

    for path in list(files) or [Path("/dev/stdin")]:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    given = orjson.loads(line)
                    markup, url = (
                        given["html"].encode("utf-8", "replace"),
                        given.get("url") or "http://unknown.invalid/",
                    )
                    yield given["id"], _page(url, markup, "text/html; charset=utf-8")
                except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                    raise UsageError(f'{path}: line {number}: not {{"id", "url", "html"}}: {error!r}') from None


def _readings(pages: Iterable[tuple[str, "Page"]]) -> Iterator[tuple[str, str, "Article | NotArticle"]]:
    """Id, site and article (or why there is none) of each page."""
    from urllib.parse import urlsplit

    from harvester.extract import read_article

    for given_id, page in pages:
        parts = urlsplit(page.url)
        home = f"{parts.scheme}://{parts.netloc}/"
        try:
            yield given_id, parts.netloc, read_article(page, home=home)
        except NotArticle as refusal:
            yield given_id, parts.netloc, refusal


def _streamed(readings: Iterable[tuple[str, str, "Article | NotArticle"]]) -> Iterator[dict[str, Any]]:
    """Each page with what the pages before it have taught."""
    from harvester.clean import Furniture, clean_article

    furniture: dict[str, Furniture] = {}
    for given_id, site, article in readings:
        if isinstance(article, NotArticle):
            yield {"id": given_id, "error": str(article)}
            continue
        known = furniture.setdefault(site, Furniture())
        known.learn(article)
        yield _answer(given_id, clean_article(article, known))


def _learned(readings: Iterable[tuple[str, str, "Article | NotArticle"]]) -> Iterator[dict[str, Any]]:
    """Each page with what all pages have taught."""
    from harvester.clean import Furniture, clean_article

    furniture: dict[str, Furniture] = {}
    found = list(readings)
    for _, site, article in found:
        if not isinstance(article, NotArticle):
            furniture.setdefault(site, Furniture()).learn(article)
    for given_id, site, article in found:
        if isinstance(article, NotArticle):
            yield {"id": given_id, "error": str(article)}
        else:
            yield _answer(given_id, clean_article(article, furniture[site]))


def _answer(given_id: str, article: "Article") -> dict[str, Any]:
    return {
        "id": given_id,
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "authors": article.authors,
        "published_at": article.published_at,
        "language": article.language,
        "removed": [{"text": block.text, "why": block.why} for block in article.removed],
    }
