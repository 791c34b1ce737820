"""Which addresses look like articles? By their shape alone, not by a list of sites."""

import re
from urllib.parse import unquote, urlsplit

ENOUGH = 1.0
"""Score from which an address is taken for an article's."""

DATE_IN_PATH = re.compile(r"/(19|20)\d\d[/-](0?[1-9]|1[0-2])([/-]|$)|/(19|20)\d{6}([/_-]|$)")
YEAR_IN_PATH = re.compile(r"/(19|20)\d\d/")
TRAILING_ID = re.compile(r"(?:^|[-_.,/a-z])\d{4,}(?:\.[a-z]{3,5})?$", re.IGNORECASE)
LONG_ID = re.compile(r"(?<!\d)\d{5,}(?:\.[a-z]{3,5})?$", re.IGNORECASE)
CODE = re.compile(r"^(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z0-9-]{8,}$")  # as in /articles/clymn8zyrp9o
SHORT_ID = re.compile(r"^\d{1,9}$")
PAGE_ENDING = re.compile(r"\.(html?|php|aspx?|shtml|cms|ece|story|article|jhtml)$", re.IGNORECASE)
ARTICLE_WORD = re.compile(
    r"^(article|articles|artikel|story|stories|news|node|noticia|noticias|haber|makale|read|post|p|a)$", re.I
)
ID_PARAMETER = re.compile(
    r"(?:^|&)(?:p|id|nid|aid|sid|article|articleid|story|newsid|itemid|artid|storyid)=[\w-]*\d", re.IGNORECASE
)

LISTS = re.compile(
    r"(^|/)(tags?|categor(?:y|ies|ie|ia)|kategorien?|topics?|themen?|authors?|autor(?:en|es)?|auteurs?|sections?"
    r"|rubriques?|archives?|page|seite|search|suche|recherche|buscar|login|log-in|signin|sign-in|register|connexion"
    r"|account|user|users|profile|subscribe|abo|newsletter|feed|rss|atom|sitemap|wp-login\.php|wp-admin|wp-json"
    r"|cart|checkout|shop|privacy|impressum|datenschutz|contact|kontakt|about"
    r"|about-us|terms|imprint|help|faq|jobs|careers|advertise|video|videos|live|podcasts?|gallery|events?)(/|$)",
    re.IGNORECASE,
)
LIST_ENDING = re.compile(
    r"(^|/)(tags?|category|categories|sections?|authors?|topics?|archive)\.(php|aspx?)$", re.IGNORECASE
)
NEVER = re.compile(r"(^|/)(wp-content|wp-includes|static|assets|cdn-cgi|وسم|وسوم|تصنيف|كاتب)(/|$)", re.IGNORECASE)
YEAR = re.compile(r"(19|20)\d\d")
FILES = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|css|js|json|xml|rss|pdf|docx?|xlsx?|pptx?|zip|gz|rar|mp3|mp4|m4a|webm|avi|mov|woff2?"
    r"|ttf|epub|apk|exe|txt)$",
    re.IGNORECASE,
)
PRINT_OR_ACTION = re.compile(
    r"(?:^|&)(s|q|query|search|replytocom|share|action|print|page|paged|cat|tag|author)=", re.IGNORECASE
)
WORD_BREAK = re.compile(r"[-_+ ~.]+")

SLUG_WORDS = 4
"""Words in a path's last part that make it a headline."""

SLUG_LETTERS = 25
"""The same for slugs of few but long words, as in German, or without breaks between words, as in Chinese."""


def looks_like_article(url: str) -> bool:
    """Has the address the shape of an article's?"""
    return score(url) >= ENOUGH


def score(url: str) -> float:
    """How much an address looks like an article's; from ENOUGH on it does, below 0 it leads elsewhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return -1.0
    path = unquote(parts.path)
    if parts.scheme not in ("http", "https") or PRINT_OR_ACTION.search(parts.query):
        return -1.0
    if any(pattern.search(path) for pattern in (FILES, NEVER, LIST_ENDING)):
        return -1.0
    segments = [segment for segment in path.split("/") if segment]
    by_id = 1.0 if ID_PARAMETER.search(parts.query) else 0.0
    if not segments:
        return by_id
    return by_id + _of_slug(segments) + _of_path(path, segments) - _of_lists(path, segments)


def _of_slug(segments: list[str]) -> float:
    """A headline's words in the last part, or the one before a bare id or "index.html"."""
    best = 0.0
    for segment in segments[-2:]:
        slug = PAGE_ENDING.sub("", segment)
        words = [word for word in WORD_BREAK.split(slug) if any(character.isalpha() for character in word)]
        long = len(slug) >= SLUG_LETTERS and (len(words) >= SLUG_WORDS - 1 or not slug.isascii())
        if len(words) >= SLUG_WORDS or long:
            best = max(best, 1.0)
        elif len(words) == SLUG_WORDS - 1 or (not slug.isascii() and len(slug) >= 10):
            best = max(best, 0.5)
    return best


def _of_path(path: str, segments: list[str]) -> float:
    last = segments[-1]
    found = 0.0
    if DATE_IN_PATH.search(path) and not (SHORT_ID.match(last) and len(last) <= 2):
        found += 1.0 if not re.fullmatch(r"(?:19|20)\d\d|\d\d?", last) else 0.0
    elif YEAR_IN_PATH.search(path):
        found += 0.3
    if TRAILING_ID.search(last) and not YEAR.fullmatch(last):
        found += 1.0 if LONG_ID.search(last) else 0.8 if len(segments) > 1 or "-" in last else 0.5
    if PAGE_ENDING.search(last):
        found += 0.4
    if any(ARTICLE_WORD.match(segment) for segment in segments[:-1]):
        found += 0.6 if SHORT_ID.match(last) or found or "-" in last else 0.3
        found += 0.7 if CODE.match(last) else 0.0
    return found


def _of_lists(path: str, segments: list[str]) -> float:
    """Names of list and service pages; one of them deep in a dated path is a section's name."""
    if not LISTS.search(path):
        return 0.0
    if LISTS.fullmatch(segments[-1]) or len(segments) == 1:
        return 3.0
    first = LISTS.match(segments[0]) is not None
    return 2.0 if first and not DATE_IN_PATH.search(path) and not TRAILING_ID.search(segments[-1]) else 0.3
