"""The English local paper: news sitemap by way of robots.txt, Atom feed, JSON-LD; a newsletter box amid the text."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from harvester.demo.markup import blocks, fill, links
from harvester.demo.reply import Reply, Visit, latest_change, most_read, page_of, redirect
from harvester.demo.story import Part, Story, stories

ORIGIN = "http://harbour-gazette.example"
PRINTED_NUMBER = 7306
PRINTED_URL = f"{ORIGIN}/print.php?story={PRINTED_NUMBER}"
"""A print version that the sitemap lists beside the article itself, as careless systems do."""

LIST_SIZE = 6
SECTIONS = {"news": "News", "harbour": "Harbour", "notebook": "Harbour Notebook", "wire": "Wire"}
NEWSLETTER_AFTER = 2  # the box comes after this part of the text
NEWSLETTER = (
    ("box-title", "The Morning Tide"),
    ("box-text", "Port Maren's headlines in your inbox at seven every weekday. [Sign up](/newsletter)"),
)
BIOGRAPHIES = {
    "Maeve Tolland": "Maeve Tolland covers the council and the docks for the Gazette. "
    "Write to her at maeve.tolland@harbour-gazette.example",
    "Owen Strickland": "Owen Strickland writes about the people of the quayside. "
    "Write to him at owen.strickland@harbour-gazette.example",
}
COPYRIGHT = "© 2026 The Harbour Gazette. All rights reserved."
WRAPPERS = {
    "paragraph": "<p>$text</p>",
    "heading": '<h2 class="crosshead">$text</h2>',
    "quote": '<blockquote class="pullquote">$text</blockquote>',
    "item": "<li>$text</li>",
    "photo": '<figure class="story-figure"><img src="/assets/photo.svg" alt=""><figcaption>$text</figcaption></figure>',
    "more": '<p class="read-more">$text</p>',
    "box-title": '<div class="signup"><h4 class="signup__title">$text</h4>',
    "box-text": '<p class="signup__text">$text</p></div>',
    "biography": '<p class="about-author">$text</p>',
    "related-title": '<h4 class="more-like-this">$text</h4>',
    "related": "<li>$text</li>",
    "copyright": '<p class="legal">$text</p>',
}
GROUPS = {
    "item": '<ul class="facts">$text</ul>',
    "related": '<ul class="story-links">$text</ul>',
}


class Gazette:
    """The Harbour Gazette of Port Maren."""

    name = "harbour-gazette"
    host = "harbour-gazette.example"
    printed = PRINTED_NUMBER

    def url(self, story: Story) -> str:
        return ORIGIN + _path(story)

    def layout(self, story: Story) -> tuple[Part, ...]:
        others = [other for other in stories(self.name) if other.slug != story.slug]
        titles = {other.slug: other for other in others}
        parts = [_filled(part, titles) for part in story.parts]
        parts[NEWSLETTER_AFTER:NEWSLETTER_AFTER] = [
            Part(style=style, text=text, kept=False) for style, text in NEWSLETTER
        ]
        return (*parts, *_tail(story, others))

    def answer(self, visit: Visit) -> Reply:
        found = stories(self.name, corrected=visit.corrected)
        if match := re.fullmatch(r"/(news|harbour|notebook|wire)/2026/\d\d/\d\d/([\w-]+)/?", visit.path):
            return self._article(match[2], visit, found)
        if match := re.fullmatch(r"/(news|harbour|notebook|wire)?/?", visit.path):
            return self._list(match[1], visit, found)
        if visit.path == "/print.php":
            return self._printed(visit.query.get("story", ""), found)
        return self._list_file(visit.path, found) or self._other(visit.path)

    def _list_file(self, path: str, found: Sequence[Story]) -> Reply | None:
        changed_at = latest_change(found)
        match path:
            case "/sitemap.xml":
                body = fill(self.name, "sitemap.xml", modified=changed_at.isoformat())
                return Reply(body=body, content_type="application/xml; charset=UTF-8", changed_at=changed_at)
            case "/sitemap-news.xml":
                body = fill(self.name, "sitemap-news.xml", urls=self._sitemap_entries(found))
                return Reply(body=body, content_type="application/xml; charset=UTF-8", changed_at=changed_at)
            case "/atom.xml":
                entries = "\n".join(self._atom_entry(story) for story in found)
                body = fill(self.name, "atom.xml", updated=changed_at.isoformat(), entries=entries)
                return Reply(body=body, content_type="application/atom+xml; charset=UTF-8", changed_at=changed_at)
        return None

    def _other(self, path: str) -> Reply:
        match path:
            case "/robots.txt":
                rules = f"User-agent: *\nDisallow: /search\nDisallow: /account/\n\nSitemap: {ORIGIN}/sitemap.xml\n"
                return Reply(body=rules, content_type="text/plain; charset=UTF-8")
            case "/assets/gazette.css":
                return Reply(body=fill(self.name, "style.css"), content_type="text/css; charset=UTF-8")
            case "/assets/photo.svg":
                return Reply(body=fill(self.name, "picture.svg"), content_type="image/svg+xml")
            case "/about-us":
                return self._page("About us", fill(self.name, "about.html"))
            case "/login" | "/newsletter":
                return self._page("Log in", fill(self.name, "login.html"))
            case "/index.html":
                return redirect(f"{ORIGIN}/")
        return self._page("Page not found", fill(self.name, "missing.html"), status=404)

    def _page(self, title: str, main: str, *, head: str = "", status: int = 200) -> Reply:
        html = fill(
            self.name,
            "frame.html",
            title=escape(f"{title} | The Harbour Gazette"),
            head=head or '<meta property="og:type" content="website">',
            main=main,
            nav=links(((f"/{key}", label) for key, label in SECTIONS.items()), '<span class="tab">$text</span>'),
        )
        return Reply(body=html, status=status)

    def _article(self, slug: str, visit: Visit, found: Sequence[Story]) -> Reply:
        story = next((story for story in found if story.slug == slug), None)
        if story is None or _path(story) != visit.path.rstrip("/"):
            return self._page("Page not found", fill(self.name, "missing.html"), status=404)
        main = fill(
            self.name,
            "article.html",
            title=escape(story.title, quote=False),
            author=escape(story.author),
            published=story.published.isoformat(),
            day=f"{story.published:%A}, {story.published.day} {story.published:%B %Y}, {story.published:%H:%M}",
            section=SECTIONS[story.section],
            section_url=f"/{story.section}",
            body=blocks(self.layout(story), WRAPPERS, GROUPS),
            most_read=links((_path(other), other.title) for other in most_read(found, visit.turn, 5)),
        )
        return self._page(story.title, main, head=self._head(story))

    def _head(self, story: Story) -> str:
        author_type = "Organization" if story.section == "wire" else "Person"
        record = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "description": story.summary,
            "mainEntityOfPage": self.url(story),
            "datePublished": story.published.isoformat(),
            "dateModified": story.modified.isoformat(),
            "author": [{"@type": author_type, "name": story.author}],
            "publisher": {"@type": "NewsMediaOrganization", "name": "The Harbour Gazette"},
            "articleSection": SECTIONS[story.section],
            "keywords": list(story.tags),
            "image": [f"{ORIGIN}/assets/photo.svg"],
            "inLanguage": "en-GB",
        }
        ld = json.dumps(record, ensure_ascii=False, indent=1).replace("</", "<\\/")
        title, summary = escape(story.title), escape(story.summary)
        return fill(self.name, "head.html", title=title, summary=summary, url=self.url(story), ld=ld)

    def _printed(self, number: str, found: Sequence[Story]) -> Reply:
        story = next((story for story in found if str(story.number) == number == str(self.printed)), None)
        if story is None:
            return self._page("Page not found", fill(self.name, "missing.html"), status=404)
        kept = [part for part in self.layout(story) if part.kept]
        body = fill(
            self.name,
            "print.html",
            title=escape(story.title, quote=False),
            url=self.url(story),
            author=escape(story.author),
            published=story.published.isoformat(),
            body=blocks(kept, WRAPPERS, GROUPS),
        )
        return Reply(body=body)

    def _list(self, section: str | None, visit: Visit, found: Sequence[Story]) -> Reply:
        number = visit.query.get("page", "1")
        found = [story for story in found if section in (None, story.section)]
        shown = page_of(found, int(number) if number.isdigit() else 0, LIST_SIZE)
        if not shown:
            return self._page("Page not found", fill(self.name, "missing.html"), status=404)
        teasers = (
            f'<div class="teaser"><a class="teaser__title" href="{_path(story)}">{escape(story.title)}</a>'
            f'<span class="teaser__text">{escape(story.summary)}</span></div>'
            for story in shown
        )
        heading = SECTIONS[section] if section else "Latest from Port Maren"
        more = int(number) * LIST_SIZE < len(found)
        older = f'<a rel="next" href="?page={int(number) + 1}">Older stories</a>' if more else ""
        main = fill(self.name, "list.html", heading=heading, teasers="\n".join(teasers), older=older)
        return replace(self._page(heading, main), changed_at=latest_change(found))

    def _sitemap_entries(self, found: Sequence[Story]) -> str:
        entries = []
        for story in found:
            addresses = [self.url(story)] + [PRINTED_URL] * (story.number == self.printed)
            entries += [
                fill(
                    self.name,
                    "sitemap_entry.xml",
                    url=escape(address),
                    title=escape(story.title),
                    published=story.published.isoformat(),
                    modified=story.modified.isoformat(),
                )
                for address in addresses
            ]
        return "\n".join(entries)

    def _atom_entry(self, story: Story) -> str:
        return fill(
            self.name,
            "atom_entry.xml",
            number=str(story.number),
            title=escape(story.title),
            url=escape(f"{self.url(story)}?utm_source=atom&utm_medium=feed"),
            author=escape(story.author),
            published=story.published.isoformat(),
            updated=story.modified.isoformat(),
            summary=escape(story.summary),
        )


def _path(story: Story) -> str:
    return f"/{story.section}/{story.published:%Y/%m/%d}/{story.slug}"


def _filled(part: Part, titles: dict[str, Story]) -> Part:
    """A "read more" line gets the headline that it points to."""
    if part.style != "more":
        return part
    other = titles[part.text]
    return replace(part, text=f"Read more: [{other.title}]({_path(other)})")


def _tail(story: Story, others: Sequence[Story]) -> list[Part]:
    """Biography, related stories and copyright line."""
    biography = BIOGRAPHIES.get(story.author)
    lines = [("biography", biography)] if biography else []
    lines.append(("related-title", "More from The Harbour Gazette"))
    lines += [("related", f"[{other.title}]({_path(other)})") for other in others[:3]]
    lines.append(("copyright", COPYRIGHT))
    return [Part(style=style, text=text, kept=False) for style, text in lines]
