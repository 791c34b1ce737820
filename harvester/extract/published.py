"""When an article was published and changed: all places where a page says it, from the surest to the least sure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter

from harvester.article import BlockKind
from harvester.dates import day_in_url, parse_moment
from harvester.extract.jsonld import Thing, text_of
from harvester.extract.tags import Tags
from harvester.extract.title import folded
from harvester.extract.walk import Piece, Walked

PUBLISHED = (
    "article:published_time article:published:time og:article:published_time og:published_time datepublished"
    " date.published dc.date.issued dcterms.issued dcterms.created dcterms.date dc.date publish-date publish_date"
    " publishdate publication_date pubdate sailthru.date parsely-pub-date cxenseparse:recs:publishtime"
    " article.published date article_date_original originalpublicationdate rnews:datepublished"
    " citation_publication_date citation_online_date citation_date published-date w-published-date published"
    " published_at cludo:date"
).split()
"""Names of meta tags with the time of publication, surest first."""

MODIFIED = (
    "article:modified_time article:modified:time og:updated_time og:modified_time datemodified lastmod last-modified"
    " dcterms.modified"
).split()

SCRIPTED = re.compile(
    r"[\"'](?=[dfp_])(?:datePublished|(?:first)?_?published_?(?:at|on|date|time)|post_?date|publish(?:ing|ed|ation)?_?(?:date|time)"
    r"|date_?published|firstPublished|publishDate)\\?[\"']\s*:\s*\\?[\"']([^\"'\\]{8,40})",
    re.IGNORECASE,
)
"""A time of publication in the data that a page's scripts show it from, or in broken JSON-LD."""

_TITLE_DATE = re.compile(r"(?:[|–—,-]|\s)\s*(\d{1,2}\.\d{1,2}\.\d{4})\s*$")
_LABEL = re.compile(
    r"(?:^|[\s._-])(?:pub)?(?:dates?|datum|fecha|published|publication|dateline|timestamp)(?:$|[\s._-])", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_FULL_DATE = re.compile(r"\d.*\d{3}|\d{4}")

MOST_SCRIPTS, LONGEST_SCRIPT = 100, 300_000
MOST_TIMES = 20
"""Elements marked as times that are looked at."""

LINES_BEFORE, LINES_AFTER = 8, 14
"""Text blocks around the headline in which a date line is looked for."""

LINE_WORDS, LONGEST_LINE = 20, 250
LONGEST_DATE = 45
"""Characters of a text block that is a date, its weekday and a word like "updated" included."""

OPENING = 25
"""Text blocks from the page's beginning in which it is looked for where the headline does not stand in the text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What dates on a page are read by."""

    now: datetime
    language: str | None

    def moment(self, text: str | None) -> str | None:
        return parse_moment(text, now=self.now, language=self.language) if text else None

    def moments(self, texts: Iterable[str | None]) -> Iterator[str]:
        return (found for text in texts if (found := self.moment(text)))


def times_of(
    page: Walked, tags: Tags, thing: Thing, *, url: str, title: str | None, headline: int | None, by: Reading
) -> tuple[str | None, str | None]:
    """Publication and modification; None where the page is silent.

    What the page declares is believed first; then what it marks or shows near its headline, its address, its scripts;
    at last the modification.
    """
    changed = [text_of(thing.get("dateModified")), *(tags.first([name]) for name in MODIFIED)]
    modified = _with_time(list(by.moments(changed)))
    marked = list(by.moments(_marked(page, headline)))
    declared = list(by.moments(_declared(tags, thing)))
    if declared:
        shown = marked if headline is None else [*marked, *_lines(page.pieces, headline, by)]
        return _stamped(declared[0], modified, shown) or _with_time([*declared, *marked]), modified
    return next(chain(marked, _undeclared(page, thing, url, title, headline, by)), modified), modified


def _undeclared(
    page: Walked, thing: Thing, url: str, title: str | None, headline: int | None, by: Reading
) -> Iterator[str]:
    yield from _titled(page.title, by)
    yield from _lines(page.pieces, headline, by)
    yield from _in_url(url)
    yield from _labelled(page.pieces, headline, by)
    yield from by.moments(text_of(thing.get(key)) for key in ("dateCreated", "uploadDate"))
    yield from _scripted(page, title, by)
    yield from _lone(page, by)


def _stamped(declared: str, modified: str | None, shown: Sequence[str]) -> str | None:
    """The day shown near the headline, where it is before a day that the page declares for publication and change
    alike: site builders stamp both with the day of their last export. Right on 11 of the 12 pages of wcxb and fundus
    that have this."""
    days = [one[:10] for one in shown]
    doubtful = modified is None or modified[:10] == declared[:10]
    return shown[0] if doubtful and days and declared[:10] not in days and days[0] < declared[:10] else None


def _titled(title: str | None, by: Reading) -> Iterator[str]:
    """The date that some sites put at the end of <title>."""
    found = _TITLE_DATE.search(title or "")
    return by.moments([found[1]]) if found else iter(())


def _labelled(pieces: Sequence[Piece], headline: int | None, by: Reading) -> Iterator[str]:
    """Short texts in elements whose names say that they hold a date, nearest to the headline first."""
    dates = [(abs(at - (headline or 0)), one) for at, one in enumerate(pieces) if _may_be_date_line(one)]
    near = (one for _, one in sorted(dates, key=itemgetter(0)))
    texts = (one.text for one in near if _LABEL.search(" ".join(one.place.path.rsplit(">", 2)[-2:])))
    yield from by.moments(islice(texts, MOST_TIMES))


def _declared(tags: Tags, thing: Thing) -> list[str | None]:
    return [text_of(thing.get("datePublished")), *(tags.first([name]) for name in PUBLISHED)]


def _with_time(candidates: Sequence[str]) -> str | None:
    """The surest candidate; where it is a date alone, a later one of the same day with its time; where it is in UTC, a
    later one of the same moment in the site's own zone."""
    if not candidates:
        return None
    first = candidates[0]
    if len(first) == len("2026-11-23"):
        return next((one for one in candidates if len(one) > len(first) and one.startswith(first)), first)
    if not first.endswith("+00:00"):
        return first
    moment = datetime.fromisoformat(first)
    local = (one for one in candidates if len(one) > 10 and not one.endswith("+00:00"))
    return next((one for one in local if datetime.fromisoformat(one) == moment), first)


def headline_at(pieces: Sequence[Piece], title: str | None) -> int | None:
    """Where in the text the headline stands, of several places the h1; else an h1 with a part of it or more."""
    if not title:
        return None
    wanted, shortest, longest = folded(title), 0.8 * len(title) - 8, 1.2 * len(title) + 8  # but for punctuation
    near = [at for at, one in enumerate(pieces) if shortest <= len(one.text) <= longest]
    at = [one for one in near if pieces[one].text == title or folded(pieces[one].text) == wanted]
    own = next((one for one in at if "h1" in pieces[one].place.path), at[0] if at else None)
    return own if own is not None else _first_h1(pieces, wanted)


def _first_h1(pieces: Sequence[Piece], wanted: str) -> int | None:
    for at, one in enumerate(pieces):
        if one.place.tag == "h1" and (text := folded(one.text)) and (text in wanted or wanted in text):
            return at
    return None


def _marked(page: Walked, headline: int | None) -> Iterator[str]:
    """Dates marked as those of publication; then other times near the headline, or the only one there is."""
    yield from page.dated[:MOST_TIMES]
    times = page.times[:MOST_TIMES]
    near = [one for one in times if headline is not None and -LINES_BEFORE <= one[2] - headline <= LINES_AFTER]
    for declared, shown, _ in near or (times if len({one[0] or one[1] for one in times}) == 1 else ()):
        yield declared or shown
        yield shown


def _lines(pieces: Sequence[Piece], headline: int | None, by: Reading) -> Iterator[str]:
    """Dates in short lines near the headline: those after it, then those before it."""
    at = -1 if headline is None else headline
    after = pieces[at + 1 : at + 1 + (OPENING if headline is None else LINES_AFTER)]
    before = pieces[max(0, at - LINES_BEFORE) : max(0, at)]
    for one in (*after, *reversed(before)):
        if _may_be_date_line(one):
            yield from by.moments([one.text])


def _lone(page: Walked, by: Reading) -> list[str]:
    """The only date that stands alone in a text block, wherever that is, where no <time> has another."""
    dates = (one for one in page.pieces if len(one.text) <= LONGEST_DATE and _FULL_DATE.search(one.text))
    found = list(by.moments(islice((one.text for one in dates if not _is_caption(one)), MOST_TIMES)))
    others = by.moments(declared or shown for declared, shown, _ in page.times[:MOST_TIMES])
    return found[:1] if len({one[:10] for one in (*found, *others)}) == 1 else []


def _may_be_date_line(line: Piece) -> bool:
    """Is it short, with a digit, and no caption, whose date is that of its picture?"""
    text = line.text
    if len(text) > LONGEST_LINE or _DIGIT.search(text) is None or len(text.split()) > LINE_WORDS:
        return False
    return not _is_caption(line)


def _is_caption(line: Piece) -> bool:
    return line.place.kind is BlockKind.CAPTION or "caption" in line.place.path.rpartition(">")[2]


def _in_url(url: str) -> list[str]:
    day = day_in_url(url)
    return [day] if day else []


def _scripted(page: Walked, title: str | None, by: Reading) -> Iterator[str]:
    """From the data of scripts; first of those that have the title in them, then of others."""
    scripts = [one[:LONGEST_SCRIPT] for one in (*page.data, *page.scripts)[:MOST_SCRIPTS]]
    for one in sorted(scripts, key=lambda script: title is None or title not in script):
        for found in SCRIPTED.finditer(one):
            yield from by.moments([found[1]])
