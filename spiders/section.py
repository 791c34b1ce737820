"""Section pages: lists of links to articles, with paging. Pure: markup in, links out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml import etree, html

from harvester.link import Link
from harvester.urls import same_site, url_key
from spiders.feed import web_address
from spiders.links import looks_like_article

NEXT_WORDS = re.compile(
    r"^\W*(next( page)?|older( posts| entries)?|weiter|nächste( seite)?|ältere.*|suivante?s?"
    r"|page suivante"
    r"|siguiente|anteriores|próxim[ao]|seguinte|successiv[ao]|avanti|volgende|nästa|neste|næste|seuraava|następna|starsze"
    r"|další|sonraki|следующая|далее|вперед|наступна|επόμενη|הבא|التالي|الصفحة التالية|الأقدم|بعدی|下一页|下一頁"
    r"|次へ|次のページ|다음|अगला)\W*$",
    re.IGNORECASE,
)
MORE_WORDS = re.compile(
    r"^\W*((load |show |see )?more|mehr( laden| anzeigen)?|(voir )?plus|(ver )?más|carica altri|meer|المزيد|عرض المزيد"
    r"|تحميل المزيد|ещё|daha fazla)\W*$",
    re.IGNORECASE,
)
NEXT_SIGNS = frozenset("» › → >>".split())
NEXT_CLASS = re.compile(r"(^|[\s_-])(next|older|pagination-next|nav-previous)($|[\s_-])", re.IGNORECASE)
PAGE_IN_PATH = re.compile(r"/(page|seite|pagina|p)/([0-9]{1,9})(?=/|$)")
COUNT = re.compile(r"[0-9]{1,9}")
PAGE_PARAMETERS = ("page", "paged", "p", "pg", "seite", "pagina")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReading:
    """What a section page names."""

    links: tuple[Link, ...] = ()
    next_url: str | None = None


def read_section(markup: str, url: str) -> SectionReading:
    """The links of a page that look like articles of the same site, each once, and its next page."""
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=True)  # unclosed tags nest deep
        tree = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return SectionReading()
    base = next((web_address(url, one.get("href")) for one in tree.iterfind(".//base[@href]")), None) or url
    found: dict[str, Link] = {}
    for address, element in _addresses(tree, base):
        if looks_like_article(address) and same_site(address, url) and url_key(address) != url_key(url):
            text = " ".join(" ".join(element.itertext()).split())
            known = found.get(url_key(address))
            if known is None or (not known.title and text):
                found[url_key(address)] = Link(url=address, list_url=url, title=text or None)
    return SectionReading(links=tuple(found.values()), next_url=_next_page(tree, base, url))


def _addresses(tree: html.HtmlElement, base: str) -> Iterator[tuple[str, html.HtmlElement]]:
    for element in tree.iterfind(".//a[@href]"):
        address = web_address(base, element.get("href"))
        if address:
            yield address.partition("#")[0], element


def _next_page(tree: html.HtmlElement, base: str, url: str) -> str | None:
    """By rel=next, by counting, or by what a link is called."""
    for element in tree.xpath("//link[@href and @rel] | //a[@href and @rel]"):
        if "next" in (element.get("rel") or "").lower().split():
            declared = _another(web_address(base, element.get("href")), url)
            if declared:
                return declared
    called = [(address, _names(element)) for address, element in _addresses(tree, base)]
    following = {url_key(candidate) for candidate in _counted(url)}
    counted = next((address for address, _ in called if url_key(address) in following), None)
    return counted or next((address for address, names in called if _leads_on(address, names, url)), None)


def _leads_on(address: str, names: tuple[str, str], url: str) -> bool:
    """Is it called "next"? Or "more", which often leads to another section, and goes on with this one all the same?"""
    if not _another(address, url) or looks_like_article(address):
        return False
    text, classes = names
    section = urlsplit(url).path.rstrip("/")
    same = bool(section) and urlsplit(address).path.startswith(section)
    return bool(
        text in NEXT_SIGNS or NEXT_WORDS.match(text) or NEXT_CLASS.search(classes) or (MORE_WORDS.match(text) and same)
    )


def _another(address: str | None, url: str) -> str | None:
    """The address, if it is another page of the same site."""
    return address if address and same_site(address, url) and url_key(address) != url_key(url) else None


def _names(element: html.HtmlElement) -> tuple[str, str]:
    text = " ".join(" ".join(element.itertext()).split()) or element.get("aria-label") or element.get("title") or ""
    return text[:60], element.get("class") or ""


def _counted(url: str) -> Iterator[str]:
    """Addresses that the following page would have."""
    parts = urlsplit(url)
    found = PAGE_IN_PATH.search(parts.path)
    if found:
        path = f"{parts.path[: found.start()]}/{found[1]}/{int(found[2]) + 1}{parts.path[found.end() :]}"
        yield parts._replace(path=path).geturl()
        return
    query = dict(parse_qsl(parts.query))
    for name in PAGE_PARAMETERS:
        if COUNT.fullmatch(query.get(name, "")):
            yield parts._replace(query=urlencode(query | {name: str(int(query[name]) + 1)})).geturl()
            return
    base = parts.path.rstrip("/")
    for name in ("page", "seite", "pagina"):
        yield parts._replace(path=f"{base}/{name}/2").geturl()
    for name in PAGE_PARAMETERS[:2]:  # not "p": /?p=2 is a WordPress post
        yield parts._replace(query=urlencode(query | {name: "2"})).geturl()
