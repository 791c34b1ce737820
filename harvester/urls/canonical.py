"""The canonical address that a page declares: which ones can stand for it."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urljoin

from harvester.urls.key import (
    LONG_NUMBER,
    at_the_publisher,
    host_key,
    is_route,
    own_parameters,
    path_key,
    url_key,
    without_tracking,
)
from harvester.urls.parts import Parts, host_of, port_of, registered_domain, same_site, split

LANGUAGES = frozenset(
    "ar am az be bg bn bs ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka kk km ko ku lt lv mk ms my"
    " nl no pl ps pt ro ru si sk sl so sq sr sv sw ta te th tr uk ur uz vi zh".split()
)
LANGUAGE_CODE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2,4})?", re.IGNORECASE)
LANGUAGE_PARAMETERS = ("lang", "language", "locale", "hl")
HOME = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?|home|homepage|main|start|startseite|accueil|inicio|portada", re.I)
STORY_PARAMETER = re.compile(r"[\w.-]*id|p|n|nr|no|num|a|art|article|story|news|item|node|post", re.IGNORECASE)
LISTS = re.compile(
    r"news|latest|articles?|posts?|stories|blogs?|archives?|index|category|categories|tags?|topics?|sections?|videos?"
    r"|world|politics|sports?|business|economy|opinion|culture|technology|local|all|noticias|nachrichten|actualites"
    r"|haberler|novosti|الأخبار|أخبار|اخبار",
    re.IGNORECASE,
)
PART_OF_STORY = re.compile(
    r"(?:p|page|seite|part|pagina)?[-_]?\d{1,3}|p|page|amp|print|comments?|all|full|single|komplettansicht|photos?|gallery",
    re.IGNORECASE,
)
TELLING = re.compile(r"\d{5}|[^\W_]-[^-]+-[^\W_]|[^\W_]_[^_]+_[^\W_]")
"""An id, or three words of a headline."""
NO_STORY = re.compile(
    r"(?:errors?|[45]\d\d|(?:page-?)?not-?found|unavailable|maintenance|offline|captcha|(?:wp-)?log-?in|sign-?(?:in|up)"
    r"|register|auth|account|(?:cookie-?)?consent|subscribe|paywall|search|undefined|null|none|nan|false|feed|rss"
    r"|.*[{}<>].*)(?:\.(?:html?|php|aspx?))?|.+\.(?:xml|rss|json|jpe?g|png|gif|webp|svg|css|js|pdf|mp[34])",
    re.IGNORECASE,
)
"""Last segments of addresses that no story has: errors, doors, unfilled templates, other files."""
INTERNAL_HOST = re.compile(
    r"(?:[\w-]+-)?(?:internal|staging|stage|preprod|preview|dev|test|origin|cms|admin|backend)\."
)
LACKS_A_SCHEME = re.compile(r"[\w-]+(?:\.[\w-]+)+/")


def canonical_url(final_url: str, rel_canonical: str | None = None, og_url: str | None = None) -> str:
    """The address that stands for a page: `rel=canonical` where it deserves belief, else `og:url`, else its own.

    Believed is an http(s) address of the same site and language, unless it is one that many stories share or none has:
    the home page, a list above the page, the page without the parameter that selects it or with another's, an error,
    a door to pass, an internal host, an unfilled template.
    """
    own = at_the_publisher(final_url)
    for declared in (rel_canonical, og_url):
        if declared and (believed := _believed(own, declared.strip())):
            return believed
    return without_tracking(own)


def _believed(page: str, declared: str) -> str | None:
    absolute = _absolute(page, declared)
    own, named = split(page), split(absolute)
    if own is None or named is None or named.scheme not in ("http", "https") or not same_site(page, absolute):
        return None
    if _is_internal(own, named) or (url_key(page) != url_key(absolute) and not _may_be_the_same(own, named)):
        return None
    return without_tracking(absolute)


def _absolute(page: str, declared: str) -> str:
    """Empty for a text that is no address, such as a headline."""
    if LACKS_A_SCHEME.match(declared) and same_site(f"//{declared}", page):
        declared = f"//{declared}"
    try:
        return urljoin(page, declared) if "/" in declared or " " not in declared else ""
    except ValueError:
        return ""


def _is_internal(own: Parts, named: Parts) -> bool:
    """An address behind the public one, which a publisher's system has let out."""
    host = host_of(named.netloc)
    elsewhere = host != host_of(own.netloc) and INTERNAL_HOST.match(host) and registered_domain(host) != host
    return bool(elsewhere) or port_of(named.netloc) not in ("", port_of(own.netloc))


def _may_be_the_same(own: Parts, named: Parts) -> bool:
    """Can what `named` names be the story of the page `own`?"""
    own_path, path = _decoded_segments(own.path), _decoded_segments(named.path)
    own_stories, stories = _story_parameters(own), _story_parameters(named)
    if not stories and _is_home(path) and (own_stories or not _is_home(own_path)):
        return False
    if path and (NO_STORY.fullmatch(path[-1]) or "://" in named.path):
        return False
    if path == own_path and not stories and (is_route(own.fragment) or (own_stories and not TELLING.search(path[-1]))):
        return is_route(named.fragment) and named.fragment == own.fragment
    if any(stories.get(name, value) != value for name, value in own_stories.items()):
        return False
    if _language(own) not in ("", _language(named)):
        return False
    return bool(stories) or not _is_list_above(path, own_path)


def _decoded_segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path_key(path).split("/")[1:]]


def is_home_page(url: str, home: str) -> bool:
    """Is this the home page of a site that is at `home`, also in another language or as an index file?"""
    parts = split(url)
    if parts is None or url_key(url) == url_key(home):
        return parts is not None
    return not _story_parameters(parts) and _is_home(_decoded_segments(parts.path))


def _is_home(path: list[str]) -> bool:
    return not path or (len(path) == 1 and HOME.fullmatch(path[0]) is not None)


def _parameters(parts: Parts) -> Iterator[tuple[str, str]]:
    for pair in own_parameters(path_key(parts.path), parts.query):
        name, _, value = pair.partition("=")
        yield name.lower(), unquote(value)


def _story_parameters(parts: Parts) -> dict[str, str]:
    """What selects the story, by name: parameters called an id or so, that have a number."""
    return {
        name: value
        for name, value in _parameters(parts)
        if STORY_PARAMETER.fullmatch(name) and any(map(str.isdigit, value))
    }


def _language(parts: Parts) -> str:
    """Two letters by a parameter, the first segment or the host; empty where none says it."""
    said = [value for name, value in _parameters(parts) if name in LANGUAGE_PARAMETERS]
    for code in (*said, *_decoded_segments(parts.path)[:1], host_key(parts.netloc).partition(".")[0]):
        if (found := LANGUAGE_CODE.fullmatch(code)) and found[1].lower() in LANGUAGES:
            return found[1].lower()
    return ""


def _is_list_above(path: list[str], own: list[str]) -> bool:
    """Is it a section or a list that the page stands under? The first of a story's pages is none."""
    below = own[len(path) :]
    if not path or not below or own[: len(path)] != path:
        return False
    if LISTS.fullmatch(path[-1]):
        return True
    if all(PART_OF_STORY.fullmatch(segment) for segment in below) or LONG_NUMBER.search(path[-1]):
        return False
    return not TELLING.search(path[-1]) or any(TELLING.search(name) and not name.isdigit() for name in below)
