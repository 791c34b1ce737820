"""Is this page an article, and if not, what is it? By what the page says and holds, not by a list of sites."""

import re
from urllib.parse import urlsplit

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

LIST_TYPES = frozenset(["collectionpage", "itemlist", "searchresultspage"])
OTHER_TYPES = frozenset(("product offer jobposting qapage profilepage contactpage aboutpage checkoutpage").split())

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


def refuse_if_no_article(metadata: Metadata, *, url: str, title: str, body_words: int, linked: float) -> None:
    """Raises NotArticle, with the reason, for pages that are something else.

    `body_words` are in the text that would be kept; `linked` is the share of the page's text that lies in links.
    Refusing an article is the worse error, so doubt speaks for it.
    """
    address = urlsplit(url)
    where = f"{address.path}?{address.query}" if address.query else address.path
    thin = body_words < FEW_WORDS
    for reason, words, path in (
        (Reason.ERROR_PAGE, ERROR_WORDS, None),
        (Reason.LOGIN, LOGIN_WORDS, LOGIN_PATH),
        (Reason.CONSENT, CONSENT_WORDS, None),
    ):
        if thin and (words.search(title) or (path is not None and path.search(where))):
            raise NotArticle(reason, title[:100])
    if SEARCH_PATH.search(where) and not declares_article(metadata):
        raise NotArticle(Reason.SEARCH, title[:100])
    if declares_article(metadata):
        if body_words < FEWEST_DECLARED_WORDS:
            raise NotArticle(Reason.NO_TEXT, f"{body_words} words")
        return
    _refuse_undeclared(metadata, where=where, path=address.path, body_words=body_words, linked=linked)


def _refuse_undeclared(metadata: Metadata, *, where: str, path: str, body_words: int, linked: float) -> None:
    if path.strip("/") == "" and not where.strip("/").startswith("?"):
        raise NotArticle(Reason.SECTION, "the home page")
    if metadata.types & LIST_TYPES:
        raise NotArticle(Reason.SECTION, "declared a list")
    if LIST_PATH.search(path) and linked > LINKED_TEXT / 2:
        raise NotArticle(Reason.SECTION, "by its address")
    if LINKED_TEXT < linked < 1 and body_words < FEW_WORDS / 2:
        raise NotArticle(Reason.SECTION, f"{linked:.0%} of its text is links")
    if body_words < FEWEST_WORDS:
        raise NotArticle(Reason.NO_TEXT, f"{body_words} words")
    if metadata.types & OTHER_TYPES:
        raise NotArticle(Reason.SECTION, "declared something else")
