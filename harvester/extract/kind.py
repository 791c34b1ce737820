"""Is this page an article, and if not, what is it? By what the page says and holds, not by a list of sites."""

import re
from collections.abc import Sequence
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

LEAST_PROBABLE = 0.025
"""Of a page that is taken for an article. Cross-validated over sites, .5 % of 932 articles lie below it and 54 % of 230
other pages; for 1 % it would be .035 and 59 %."""

LIST_PATH = re.compile(
    r"/(tags?|categor(y|ies|ie)|topics?|themen?|author|autor(en)?|auteur|section|rubrique|rubrik|seccion|archives?"
    r"|kategorie?|etiqueta|dossiers?)(/|$)|/page/\d+/?$",
    re.IGNORECASE,
)
LIST_LINKS = 0.275
"""Share of link text in the whole page beyond which a page with a list's address that declares nothing is a list."""

HOME_WORDS = 300
"""Words of a text on a site's first page that make it an article: some sites have one page only."""

BINARY_SAMPLE, BINARY_SHARE = 20_000, 0.1
"""Characters looked at, and the share of replacement and control characters that no text has: noise has over a half."""

_NO_TEXT = re.compile("[\ufffd\x01-\x08\x0e-\x1f\x7f]")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


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
        (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"{", b"[", b"RIFF", b"\x1f\x8b")
    ):
        raise NotArticle(Reason.NOT_HTML, "its bytes are no HTML")
    if head[:5].lower() == b"<?xml" and b"<html" not in page.content[:2048].lower():
        raise NotArticle(Reason.NOT_HTML, "XML")
    if not head:
        raise NotArticle(Reason.NO_TEXT, "empty")


def refuse_if_not_text(markup: str) -> None:
    """Raises NotArticle for what was decoded as text and is none."""
    begin = markup[:BINARY_SAMPLE]
    if len(_NO_TEXT.findall(begin)) > BINARY_SHARE * len(begin):
        raise NotArticle(Reason.NOT_HTML, "its characters are no text")


def declares_article(metadata: Metadata) -> bool:
    """Does the page say that it is an article?"""
    return metadata.article_type in ARTICLE_TYPES or (metadata.og_type or "").casefold() in ("article", "og:article")


def refuse_if_no_article(
    metadata: Metadata, *, url: str, title: str, body: Sequence[Block], linked: float, probability: float
) -> None:
    """Raises NotArticle, with the reason, for pages that are something else.

    `body` are the blocks that would be kept; `linked` is the share of link text in the whole page; `probability` that
    it is an article, by the trained model. Refusing an article is the worse error, so doubt speaks for it.
    """
    address = urlsplit(url)
    where = f"{address.path}?{address.query}" if address.query else address.path
    words = sum(word_count(block.text) for block in body)
    declared = declares_article(metadata)
    for reason, said, path in (
        (Reason.ERROR_PAGE, ERROR_WORDS, None),
        (Reason.LOGIN, LOGIN_WORDS, LOGIN_PATH),
        (Reason.CONSENT, CONSENT_WORDS, None),
    ):
        if words < FEW_WORDS and (said.search(title) or (path is not None and path.search(where))):
            raise NotArticle(reason, title[:100])
    if SEARCH_PATH.search(where) and not declared:
        raise NotArticle(Reason.SEARCH, title[:100])
    if words < (FEWEST_DECLARED_WORDS if declared else FEWEST_WORDS):
        raise NotArticle(Reason.NO_TEXT, f"{words} words")
    if not declared and not where.strip("/") and words < HOME_WORDS:
        raise NotArticle(Reason.SECTION, "the home page")
    if not declared and linked > LIST_LINKS and LIST_PATH.search(address.path):
        raise NotArticle(Reason.SECTION, "by its address")
    if probability < LEAST_PROBABLE:
        raise NotArticle(Reason.SECTION, f"an article with a probability of {probability:.1%} only")
