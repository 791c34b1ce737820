"""The French weekly: no feed and no sitemap, only section pages with paging; dates in words; OpenGraph alone."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from harvester.demo.markup import blocks, fill, links
from harvester.demo.reply import Reply, Visit, latest_change, most_read, page_of, redirect
from harvester.demo.story import Part, Story, stories

ORIGIN = "http://le-courrier-du-port.example"
LIST_SIZE = 3
RUBRICS = {"port": "Le port", "ville": "La ville", "english": "The Port in English"}
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = {9: "septembre", 10: "octobre", 11: "novembre"}
DOSSIER = "/dossiers/la-digue-nord-en-quatre-dates"
SUBSCRIBERS_ONLY = "/port/les-comptes-du-port-a-la-loupe-2291"
VANISHED = "/port/la-criee-fermee-lundi-matin-2287"
LOGIN = "/connexion"
TEASERS_ONLY = (
    (SUBSCRIBERS_ONLY, "Les comptes du port à la loupe", "Réservé aux abonnés."),
    (DOSSIER, "Dossier : la digue nord en quatre dates", "Tous nos articles sur le chantier."),
    (VANISHED, "La criée fermée lundi matin", "Une panne de froid oblige à décaler la vente."),
)
"""Teasers in the section "port" that lead to no article: to the login page, to a list, to a soft 404 (status 200)."""

WRAPPERS = {
    "paragraph": '<p class="texte">$text</p>',
    "heading": '<h3 class="intertitre">$text</h3>',
    "quote": '<p class="texte citation">$text</p>',
    "item": "<li>$text</li>",
    "photo": '<div class="photo"><img src="/img/port.svg" alt=""><span class="legende">$text</span></div>',
    "more": '<p class="encart"><b>$text</b></p>',
    "pied": '<p class="pied-article">$text</p>',
}
GROUPS = {"item": '<ul class="liste">$text</ul>'}
FOOT = (
    "Partager : [Courriel](/partage/courriel) – [Imprimer](/partage/papier) – [Signaler une erreur](/contact)",
    "Le Courrier du Port paraît chaque jeudi. Abonnement : abonnes@le-courrier-du-port.example",
    "© Le Courrier du Port, reproduction interdite",
)


class Courrier:
    """Le Courrier du Port, of Port-Saint-Avel."""

    name = "le-courrier-du-port"
    host = "le-courrier-du-port.example"

    def url(self, story: Story) -> str:
        return ORIGIN + _path(story)

    def layout(self, story: Story) -> tuple[Part, ...]:
        titles = {other.slug: other for other in stories(self.name)}
        parts = [_filled(part, titles) for part in story.parts]
        return (*parts, *(Part(style="pied", text=line, kept=False) for line in FOOT))

    def answer(self, visit: Visit) -> Reply:
        found = stories(self.name, corrected=visit.corrected)
        if match := re.fullmatch(r"/rubrique/(port|ville|english)(?:/page/(\d+))?/?", visit.path):
            return self._rubric(match[1], int(match[2] or 1), found)
        if match := re.fullmatch(r"/(?:port|ville|english)/[\w-]+-(\d+)", visit.path):
            return self._article(int(match[1]), visit, found)
        if visit.path == "/":
            cards = [_card(_path(story), story.title, story.summary) for story in found[:LIST_SIZE]]
            return replace(self._list_page("À la une", cards, ""), changed_at=latest_change(found))
        return self._other(visit.path, found)

    def _other(self, path: str, found: Sequence[Story]) -> Reply:
        match path:
            case "/robots.txt":
                rules = "User-agent: *\nDisallow: /recherche\nDisallow: /partage/\n"
                return Reply(body=rules, content_type="text/plain; charset=UTF-8")
            case "/img/courrier.css":
                return Reply(body=fill(self.name, "style.css"), content_type="text/css; charset=UTF-8")
            case "/img/port.svg":
                return Reply(body=fill(self.name, "picture.svg"), content_type="image/svg+xml")
            case "/qui-sommes-nous" | "/contact" | "/mentions-legales":
                return self._page("Qui sommes-nous ?", fill(self.name, "about.html"))
            case "/connexion" | "/abonnement":
                return self._page("Connexion", fill(self.name, "login.html"))
            case "/dossiers/la-digue-nord-en-quatre-dates":
                about = [story for story in found if "digue nord" in story.tags]
                cards = [_card(_path(story), story.title, story.summary) for story in about]
                return self._list_page("Dossier : la digue nord en quatre dates", cards, "")
        return self._missing()

    def _missing(self) -> Reply:
        """The soft 404: this site says status 200 whatever it is asked for."""
        return self._page("Page introuvable", fill(self.name, "missing.html"))

    def _page(self, title: str, main: str, *, head: str = "", lang: str = "fr") -> Reply:
        html = fill(
            self.name,
            "frame.html",
            lang=lang,
            title=escape(f"{title} – Le Courrier du Port"),
            head=head or '<meta property="og:type" content="website">',
            rubrics=links((f"/rubrique/{key}", label) for key, label in RUBRICS.items()),
            main=main,
        )
        return Reply(body=html)

    def _article(self, number: int, visit: Visit, found: Sequence[Story]) -> Reply:
        if visit.path == SUBSCRIBERS_ONLY:
            return redirect(f"{ORIGIN}{LOGIN}?retour={SUBSCRIBERS_ONLY}", status=302)
        story = next((story for story in found if story.number == number), None)
        if story is None:
            return self._missing()
        if _path(story) != visit.path:
            return redirect(self.url(story))
        main = fill(
            self.name,
            "article.html",
            title=escape(story.title, quote=False),
            rubric=RUBRICS[story.section],
            rubric_url=f"/rubrique/{story.section}",
            author=escape(story.author),
            day=_spelled_day(story.published),
            content=blocks(self.layout(story), WRAPPERS, GROUPS),
            also=links((_path(other), other.title) for other in found if other.section != story.section),
            popular=links((_path(other), other.title) for other in most_read(found, visit.turn)),
        )
        locale = {"fr": "fr_FR", "en": "en_GB"}[story.language]
        title, summary = escape(story.title), escape(story.summary)
        head = fill(self.name, "head.html", title=title, summary=summary, url=self.url(story), locale=locale)
        return self._page(story.title, main, head=head, lang=story.language)

    def _rubric(self, key: str, number: int, found: Sequence[Story]) -> Reply:
        stories_here = [story for story in found if story.section == key]
        cards = [_card(_path(story), story.title, story.summary) for story in stories_here]
        if key == "port":
            cards[2:2] = [_card(*teaser) for teaser in TEASERS_ONLY]
        shown = page_of(cards, number, LIST_SIZE)
        if not shown:
            return self._missing()
        more = number * LIST_SIZE < len(cards)
        older = (
            f'<a class="suite" rel="next" href="/rubrique/{key}/page/{number + 1}">Page suivante</a>' if more else ""
        )
        return replace(self._list_page(RUBRICS[key], shown, older), changed_at=latest_change(stories_here))

    def _list_page(self, heading: str, cards: Sequence[str], older: str) -> Reply:
        main = fill(self.name, "list.html", heading=escape(heading), cards="\n".join(cards), older=older)
        return self._page(heading, main)


def _path(story: Story) -> str:
    return f"/{story.section}/{story.slug}-{story.number}"


def _spelled_day(moment: datetime) -> str:
    """The date as the site shows it: jeudi 1er octobre 2026 à 7 h 05."""
    day = "1er" if moment.day == 1 else str(moment.day)
    return f"{DAYS[moment.weekday()]} {day} {MONTHS[moment.month]} {moment.year} à {moment.hour} h {moment:%M}"


def _card(path: str, title: str, summary: str) -> str:
    return (
        f'<section class="vignette"><h2><a href="{path}">{escape(title, quote=False)}</a></h2>'
        f'<p class="chapo">{escape(summary, quote=False)}</p></section>'
    )


def _filled(part: Part, titles: dict[str, Story]) -> Part:
    """An "à lire aussi" box gets the headline that it points to."""
    if part.style != "more":
        return part
    other = titles[part.text]
    return replace(part, text=f"À lire aussi : [{other.title}]({_path(other)})")
