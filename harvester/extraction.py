"""Articles from saved pages of many sites, whose pages teach each other: what `harvest extract` does with its input."""

import logging
import pickle
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from harvester.article import Article
from harvester.clean import Furniture, clean_article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.page import Page
from harvester.shelf import Shelf

logger = logging.getLogger(__name__)

UNKNOWN_URL = "http://unknown.invalid/"
"""Stands for the address of a page that came without one."""


NO_HOST = "-"
"""The site of pages whose addresses name none: files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read of one page."""

    id: Any  # as given
    site: str = ""
    article: Article | None = None
    error: str | None = None
    broken: bool = False  # was the question no page at all?


Packed = tuple[str, bytes]
"""An article's site ("" where there is no article), and the pickled answer: so it crosses between processes and waits
in a file without being made anew each time."""

Record = tuple[dict[str, Any], bool]
"""As it is printed, and whether the question was no page."""


def read_line(given: tuple[str, bytes]) -> Packed:
    """From a line of JSON, `{"id", "url", "html"}`, and where it stands. Never raises."""
    return _packed(_of_line(*given))


def read_file(given: tuple[str, bytes]) -> Packed:
    """From a file's path and bytes. Never raises."""
    path, content = given
    url = UNKNOWN_URL if path == "-" else Path(path).resolve().as_uri()
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # a name may be no UTF-8
    return _packed(_read(shown, url, content, "text/html"))


def crashed(given: tuple[str, bytes]) -> Packed:
    """For a page that killed the process that read it."""
    return _packed(Answer(id=_id_of(given), error="fault: its reader died", broken=True))


def _packed(one: Answer) -> Packed:
    return one.site, pickle.dumps(one, protocol=pickle.HIGHEST_PROTOCOL)


def _unpacked(packed: bytes) -> Answer:
    one: Answer = pickle.loads(packed)  # noqa: S301 - our own, of a moment ago
    return one


def _of_line(place: str, line: bytes) -> Answer:
    try:
        asked = orjson.loads(line)
        markup, given_id = asked["html"], asked["id"]
        url = asked.get("url") or UNKNOWN_URL
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        return Answer(id=None, error=f'{place}: not {{"id", "url", "html"}}: {error!r}', broken=True)
    if not isinstance(markup, str) or not isinstance(url, str):
        return Answer(id=given_id, error=f'{place}: "html" and "url" must be texts', broken=True)
    return _read(given_id, url, markup.encode("utf-8", "replace"), "text/html; charset=utf-8")


def _id_of(given: tuple[str, bytes]) -> Any:
    place, content = given
    try:
        return orjson.loads(content)["id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return place


def _read(given_id: Any, url: str, content: bytes, content_type: str) -> Answer:
    try:
        parts = urlsplit(url)
        page = Page.saved(content, url=url, content_type=content_type, fetched_at=datetime.now(UTC))
        article = read_article(page, home=f"{parts.scheme}://{parts.netloc}/")
    except NotArticle as refusal:
        return Answer(id=given_id, error=str(refusal))
    except Exception as error:  # one page must not cost the others
        logger.exception("%s", url)
        return Answer(id=given_id, error=f"fault: {error!r}", broken=True)
    return Answer(id=given_id, site=parts.netloc or NO_HOST, article=article)


def streamed(answers: Iterable[Packed]) -> Iterator[Record]:
    """Each page with what its site's pages before it have taught."""
    shelf = Shelf()
    for site, packed in answers:
        one = _unpacked(packed)
        if one.article is not None:
            furniture = shelf[site]
            furniture.learn(one.article)
            one = _cleaned(one, furniture)
        yield _record(one)


def learned(answers: Iterable[Packed]) -> Iterator[Record]:
    """Each page with what all pages of its site have taught. What was read waits in a temporary file."""
    shelf = Shelf()
    first: dict[str, int | None] = {}  # number of each site's first article, None once learned
    with TemporaryFile() as file:
        spool = _Spool(file)
        for number, (site, packed) in enumerate(answers):
            spool.put(packed)
            if site and site not in first:
                first[site] = number  # a site of one page teaches nothing
            elif site:
                alone, first[site] = first[site], None
                for taught in (spool.get(alone), packed) if alone is not None else (packed,):
                    article = _unpacked(taught).article
                    assert article is not None  # its site says so
                    shelf[site].learn(article)
        for packed in spool:
            one = _unpacked(packed)
            yield _record(_cleaned(one, shelf[one.site] if one.site and first[one.site] is None else None))


class _Spool:
    """Packed answers in a file, by number."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ends = array("Q", [0])

    def put(self, packed: bytes) -> None:
        self._ends.append(self._ends[-1] + self._file.write(packed))

    def get(self, number: int) -> bytes:
        self._file.seek(self._ends[number])
        packed = self._file.read(self._ends[number + 1] - self._ends[number])
        self._file.seek(self._ends[-1])
        return packed

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        for start, end in pairwise(self._ends):
            yield self._file.read(end - start)


def _cleaned(one: Answer, furniture: Furniture | None) -> Answer:
    return replace(one, article=clean_article(one.article, furniture)) if one.article is not None else one


def _record(one: Answer) -> Record:
    article = one.article
    if article is None:
        return {"id": one.id, "error": one.error}, one.broken
    return {
        "id": one.id,
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "authors": article.authors,
        "published_at": article.published_at,
        "language": article.language,
        "removed": [{"text": block.text, "why": block.why} for block in article.removed],
    }, False
