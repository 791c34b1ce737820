"""What the names of a page's elements (classes, ids, roles) hint at."""

import re
from functools import lru_cache

HINTS = (
    "articlebody articletext articlecontent entrycontent postcontent postbody storybody storytext bodytext maincontent"
    " contentbody textbody newsbody newstext bodycopy richtext",
    "article story news post entry artikel noticia nota artigo",
    "body content text copy prose main inhalt contenido conteudo contenu corpo texto",
    "paragraph para absatz",
    "title headline heading hed titel titulo titre titolo",
    "lead lede intro standfirst summary subtitle subhead subheadline dek excerpt abstract description chapo vorspann"
    " bajada entradilla sommario deck ingress sapo anons subtitulo untertitel",
    "kicker overline eyebrow supertitle dachzeile rubric spitzmarke antetitulo",
    "byline author autor auteur writer reporter contributor redactor verfasser autore credits",
    "date datetime time published publish meta dateline timestamp pubdate datum fecha posted readtime info",
    "caption credit figure image img photo picture foto legend bild imagen fig thumb thumbnail photographer pic",
    "related recommend recommended recommendations recirc more also similar read next previous prev suggested popular"
    " trending latest most linked teaser teasers readmore seealso recent relacionadas promoted onward crosslink",
    "share sharing social facebook twitter follow whatsapp sns sharer addtoany pinterest linkedin",
    "newsletter subscribe subscription signup promo promotion cta banner paywall piano register login abo donate"
    " donation support membership offer subscriber form optin mailchimp app download premium",
    "ad ads advert advertisement advertising sponsor sponsored werbung publicidad dfp gpt outbrain taboola commerce"
    " affiliate adslot anzeige publicite adv",
    "comment comments disqus reply respond discussion kommentar kommentare forum replies commentlist comentarios",
    "nav navigation menu breadcrumb breadcrumbs crumb crumbs pagination pager tabs tab toc toolbar navbar submenu"
    " contents skip",
    "footer foot bottom colophon legal disclaimer terms cookie cookies consent gdpr privacy copyright imprint cmp",
    "header masthead top logo brand hero banner",
    "sidebar aside widget rail secondary complementary column right left widgets",
    "tag tags topic topics keyword keywords category categories label badge cat taxonomy tagcloud",
    "bio about profile avatar biography authorbox person",
    "quote pullquote blockquote zitat pull cita",
    "list item items card cards grid carousel slider swiper gallery slideshow tile slick slide row",
    "video player audio podcast listen embed tweet instagram youtube media iframe play",
    "live ticker timeline liveblog update updates breaking",
    "hidden hide sr only visually screen reader modal popup overlay tooltip print noprint offscreen dropdown accordion",
    "table chart infobox factbox box fact facts score stock weather market info infographic stats data",
    "correction note editor editors footnote source sources reference references footnotes update notice disclosure",
    "product price shop store buy review rating cart deal amazon",
    "faq question answer summary takeaways key highlights points tldr",
    "section container wrapper wrap inner outer col row block module component region group holder",
    "wp elementor td sc css amp data vue ng js",
)
"""Words for each hint, in English and the languages that class names are written in besides."""

_WORDS = re.compile(r"[A-Za-z][a-z]*|[A-Z]+(?![a-z])")


def _word_hints() -> dict[str, int]:
    """Bits of the hints that each word and its plural give."""
    hints: dict[str, int] = {}
    for number, words in enumerate(HINTS):
        for word in words.split():
            for spelled in (word, f"{word}s"):
                hints[spelled] = hints.get(spelled, 0) | 1 << number
    return hints


_WORD_HINTS = _word_hints()


@lru_cache(maxsize=8192)
def hints_of(names: str) -> int:
    """Bits of the hints that an element's names give, those of their words and of each name as a whole."""
    hints = 0
    for name in names.split():
        hints |= _name_hints(name)
    return hints


@lru_cache(maxsize=65536)
def _name_hints(name: str) -> int:
    hints = _WORD_HINTS.get(name.replace("-", "").replace("_", "").lower(), 0)
    for word in _WORDS.findall(name):
        hints |= _WORD_HINTS.get(word.lower(), 0)
    return hints
