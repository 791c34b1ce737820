"""Is this page an article, and if not, what is it? By what the page says and holds, not by a list of sites."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from harvester.article import Block
from harvester.errors import NotArticle
from harvester.extract.jsonld import ARTICLE_TYPES
from harvester.extract.metadata import Metadata
from harvester.outcomes import Reason
from harvester.page import Page

FEWEST_WORDS = 25
"""Of a text that is an article without anything else saying so. Agency flashes are shorter, and declare themselves."""

FEWEST_DECLARED_WORDS = 8
"""Of a text whose page declares itself an article."""

FEW_WORDS = 120
"""Log-in forms, consent walls and error pages hold hardly more; articles of which the title says "login" do."""

LIST_TYPES = frozenset(("collectionpage", "itemlist", "searchresultspage"))
OTHER_TYPES = frozenset(
    (
        "product productgroup jobposting qapage profilepage contactpage aboutpage checkoutpage discussionforumposting"
    ).split()
)

LIST_PATH = re.compile(
    r"/(tags?|categor(y|ies|ie)|topics?|themen?|author|autor(en)?|auteur|section|rubrique|rubrik|seccion|archives?"
    r"|kategorie?|etiqueta|dossiers?)(/|$)|/page/\d+/?$",
    re.IGNORECASE,
)
SEARCH_PATH = re.compile(r"/(search|suche|recherche|buscar|arama|بحث)(/|\.|$)|[?&](s|q|query|search)=", re.IGNORECASE)
LOGIN_PATH = re.compile(r"/(log-?in|sign-?in|sign-?up|register|connexion|anmelden|wp-login|account|auth)(/|\.|$)", re.I)

LOGIN_WORDS = re.compile(
    r"\b(log ?in|sign ?in|subscribe to (read|continue)|anmelden|einloggen|connexion|se connecter|iniciar sesi[oó]n"
    r"|giriş yap|войти|вход)\b|تسجيل الدخول|登录|ログイン",
    re.IGNORECASE,
)
CONSENT_WORDS = re.compile(
    r"\b(we (value|respect) your privacy|cookie (consent|wall|settings)|consent|accept (all )?cookies"
    r"|datenschutzeinstellungen|zustimmung|privacy ?gate|votre vie privée)\b|ملفات تعريف الارتباط",
    re.IGNORECASE,
)
ERROR_WORDS = re.compile(
    r"\b(page not found|not found|404|error 40[34]|nicht gefunden|page introuvable|introuvable|no se encuentra"
    r"|página no encontrada|pagina non trovata|sayfa bulunamad[ıi]|страница не найдена|access denied"
    r"|just a moment|attention required|are you a robot)\b"
    r"|الصفحة غير موجودة|غير موجود|لم يتم العثور|页面不存在|見つかりません",
    re.IGNORECASE,
)

LINKED_TEXT = 0.55
"""Share of link text in the whole page beyond which a page that does not declare itself is a list."""

HOME_PROSE = 300
"""Words of prose on a site's first page that make it an article: some sites have one page only."""

SIGNS_AGAINST = 4
"""Of the five of `_signs_against`, on a page that names neither itself an article nor date nor author. With 4,
3 of 882 real article pages are refused in all and 141 of 230 others taken; with 3 it is 6 and 126."""

PROSE_WORDS, PROSE_LINKS = 20, 0.3
"""A block of so many words and at most so many links is prose."""

FEW_PARAGRAPHS = 3
_SLUG = re.compile(r"[^/]*[-_][^/]*[-_][^/]*/?$|\d\d|%[0-9A-F]{2}|[^\x00-\x7f]", re.IGNORECASE)
"""What an article's address has and a list's has not: words or a number."""

_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass:
    """How much text a page has, and of what kind. Words of scripts without spaces are counted by their characters."""

    body: int  # words of the text that would be kept
    prose: int  # those of them that stand in paragraphs
    paragraphs: int
    page: int  # words of the whole page
    linked: float  # share of the page's text that lies in links

    @classmethod
    def of(cls, kept: Iterable[Block], page: Iterable[Block]) -> "Mass":
        body = [(word_count(block.text), block.link_share) for block in kept]
        whole = [(len(block.text), block.link_share) for block in page]
        prose = [words for words, links in body if words >= PROSE_WORDS and links < PROSE_LINKS]
        letters = sum(size for size, _ in whole)
        return cls(
            body=sum(words for words, _ in body),
            prose=sum(prose),
            paragraphs=len(prose),
            page=sum(word_count(block.text) for block in page),
            linked=sum(size * links for size, links in whole) / letters if letters else 1.0,
        )


def word_count(text: str) -> int:
    """Words; two ideographs or kana count as one."""
    return len(text.split()) + len(_IDEOGRAPHS.findall(text)) // 2


def refuse_if_not_html(page: Page) -> None:
    """Raises NotArticle for pictures, PDF, JSON and other things that are no page of text."""
    declared = (page.header("content-type") or "").partition(";")[0].strip().lower()
    head = page.content[:512].lstrip()
    if declared and not any(word in declared for word in ("html", "xml", "text/plain", "octet-stream")):
        raise NotArticle(Reason.NOT_HTML, declared)
    if head.startswith(
        (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"{", b"[{", b"RIFF", b"\x1f\x8b")
    ):
        raise NotArticle(Reason.NOT_HTML, "its bytes are no HTML")
    if head[:5].lower() == b"<?xml" and b"<html" not in page.content[:2048].lower():
        raise NotArticle(Reason.NOT_HTML, "XML")
    if not head:
        raise NotArticle(Reason.NO_TEXT, "empty")


def declares_article(metadata: Metadata) -> bool:
    """Does the page say that it is an article?"""
    return metadata.article_type in ARTICLE_TYPES or (metadata.og_type or "").casefold() in ("article", "og:article")


def refuse_if_no_article(metadata: Metadata, *, url: str, title: str, mass: Mass) -> None:
    """Raises NotArticle, with the reason, for pages that are something else.

    Refusing an article is the worse error, so doubt speaks for it.
    """
    address = urlsplit(url)
    where = f"{address.path}?{address.query}" if address.query else address.path
    for reason, words, path in (
        (Reason.ERROR_PAGE, ERROR_WORDS, None),
        (Reason.LOGIN, LOGIN_WORDS, LOGIN_PATH),
        (Reason.CONSENT, CONSENT_WORDS, None),
    ):
        if mass.body < FEW_WORDS and (words.search(title) or (path is not None and path.search(where))):
            raise NotArticle(reason, title[:100])
    if SEARCH_PATH.search(where) and not declares_article(metadata):
        raise NotArticle(Reason.SEARCH, title[:100])
    if not declares_article(metadata):
        _refuse_undeclared(metadata, where=where, path=address.path, mass=mass)
    elif mass.body < FEWEST_DECLARED_WORDS:
        raise NotArticle(Reason.NO_TEXT, f"{mass.body} words")


def _refuse_undeclared(metadata: Metadata, *, where: str, path: str, mass: Mass) -> None:
    if path.strip("/") == "" and not where.strip("/").startswith("?") and mass.prose < HOME_PROSE:
        raise NotArticle(Reason.SECTION, "the home page")
    if metadata.types & LIST_TYPES and mass.prose < HOME_PROSE:
        raise NotArticle(Reason.SECTION, "declared a list")
    if LIST_PATH.search(path) and mass.linked > LINKED_TEXT / 2:
        raise NotArticle(Reason.SECTION, "by its address")
    if LINKED_TEXT < mass.linked < 1 and mass.body < FEW_WORDS / 2:
        raise NotArticle(Reason.SECTION, f"{mass.linked:.0%} of its text is links")
    if mass.body < FEWEST_WORDS:
        raise NotArticle(Reason.NO_TEXT, f"{mass.body} words")
    if metadata.types & OTHER_TYPES or "product" in (metadata.og_type or "").casefold():
        raise NotArticle(Reason.SECTION, "declared something else")
    if metadata.published_at is None and not metadata.authors and _signs_against(path, mass) >= SIGNS_AGAINST:
        raise NotArticle(Reason.SECTION, "neither date nor author, little prose among much else")


def _signs_against(path: str, mass: Mass) -> int:
    """How many things speak against an article: its address, links, furniture, lists, few paragraphs."""
    return sum(
        (
            _SLUG.search(path) is None,
            mass.linked > 0.4,
            mass.body < 0.5 * mass.page,
            mass.prose < 0.5 * mass.body,
            mass.paragraphs < FEW_PARAGRAPHS,
        )
    )
