"""The Arabic documentation site: WordPress as one meets it, with its feed, its REST API and its footer in the text."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from harvester.demo.markup import blocks, fill, inline, links
from harvester.demo.reply import Reply, Visit, latest_change, most_read, page_of, redirect
from harvester.demo.story import Part, Story, stories
from harvester.demo.wordpress import Record, answer_api

ORIGIN = "http://shahed.example"
FEED_SIZE = 10  # WordPress shows its latest ten, in feeds as in lists
LIST_SIZE = 5
WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
MONTHS = {9: "أيلول", 10: "تشرين الأول", 11: "تشرين الثاني"}
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
CATEGORIES = {"memory": (3, "ذاكرة الأحياء"), "reports": (4, "تقارير"), "testimony": (7, "شهادات")}
WRAPPERS = {
    "paragraph": "<p>$text</p>",
    "heading": "<h3>$text</h3>",
    "quote": "<blockquote><p>$text</p></blockquote>",
    "item": "<li>$text</li>",
    "more": '<p class="has-text-align-right"><strong>$text</strong></p>',
    "photo": '<figure class="wp-caption aligncenter"><img src="/wp-content/uploads/2026/foto.svg" alt="">'
    '<figcaption class="wp-caption-text">$text</figcaption></figure>',
    "foot": "<p>$text</p>",
}
GROUPS = {"item": "<ul>$text</ul>"}
FOOT = (
    "----------------------------------------",
    "لديك شهادة أو صورة أو وثيقة؟ شاركنا ما عندك على البريد : warsha@shahed.example",
    "ملاحظات القرّاء: [نبّهنا إلى خطأ](/about/#corrections) - [كيف نتحقق](/about/#method) - [سجل المواد](/about/#index)",
    "تابعنا : [تويتر](http://social.example/t/shahed) - [تلغرام](http://social.example/g/shahed)"
    " - [فيسبوك](http://social.example/f/shahed)",
)
"""What the theme appends to the text of every post."""


class Shahed:
    """شاهد للتوثيق."""

    name = "shahed"
    host = "shahed.example"

    def url(self, story: Story) -> str:
        return f"{ORIGIN}/archives/{story.number}"

    def layout(self, story: Story) -> tuple[Part, ...]:
        titles = {other.slug: other for other in stories(self.name)}
        parts = []
        for part in story.parts:
            if part.style == "more":
                other = titles[part.text]
                part = replace(part, text=f"اقرأ أيضاً: [{other.title}](/archives/{other.number})")
            parts.append(part)
        return (*parts, *(Part(style="foot", text=line, kept=False) for line in FOOT))

    def answer(self, visit: Visit) -> Reply:
        posts = stories(self.name, corrected=visit.corrected)
        if "rest_route" in visit.query:
            return self._route(visit.query["rest_route"], visit, posts)
        if visit.path.startswith("/wp-json"):
            return self._route(visit.path.removeprefix("/wp-json"), visit, posts)
        if visit.path == "/" and (number := visit.query.get("p")):
            return redirect(f"{ORIGIN}/archives/{number}")
        if found := re.fullmatch(r"/archives/(\d+)/?", visit.path):
            return self._article(int(found[1]), visit, posts)
        if found := re.fullmatch(r"/(?:category/(\w+)/)?(?:page/(\d+)/?)?", visit.path):
            return self._list(found[1], int(found[2] or 1), posts)
        if (found := re.fullmatch(r"/tag/([\w-]+)/", visit.path)) and any(found[1] in post.tags for post in posts):
            tagged = [post for post in posts if found[1] in post.tags]
            return self._list_page(found[1], tagged, "")
        return self._other(visit, posts)

    def _other(self, visit: Visit, posts: Sequence[Story]) -> Reply:
        match visit.path:
            case "/feed" | "/feed/":
                return self._feed(visit, posts)
            case "/robots.txt":
                rules = "User-agent: *\nDisallow: /wp-admin/\nDisallow: /?s=\n"
                return Reply(body=rules, content_type="text/plain; charset=UTF-8")
            case "/wp-content/themes/shahed/style.css":
                return Reply(body=fill(self.name, "style.css"), content_type="text/css; charset=UTF-8")
            case "/wp-content/uploads/2026/foto.svg":
                return Reply(body=fill(self.name, "picture.svg"), content_type="image/svg+xml")
            case "/about/":
                return self._page("عن شاهد", fill(self.name, "about.html"), status=200)
            case "/wp-login.php":
                return self._page("تسجيل الدخول", fill(self.name, "login.html"), status=200)
        return self._page("الصفحة غير موجودة", fill(self.name, "missing.html"), status=404)

    def _page(self, title: str, main: str, *, status: int = 200, head: str = "", body_class: str = "page") -> Reply:
        categories = links((f"/category/{key}/", label) for key, (_, label) in CATEGORIES.items())
        html = fill(
            self.name,
            "frame.html",
            title=escape(f"{title} - شاهد للتوثيق"),
            head=head or '<meta property="og:type" content="website">',
            categories=categories,
            main=main,
            body_class=body_class,
        )
        return Reply(body=html, status=status, headers=(("Link", f'<{ORIGIN}/wp-json/>; rel="https://api.w.org/"'),))

    def _article(self, number: int, visit: Visit, posts: Sequence[Story]) -> Reply:
        story = next((post for post in posts if post.number == number), None)
        if story is None:
            return self._page("الصفحة غير موجودة", fill(self.name, "missing.html"), status=404)
        related = [post for post in posts if post.section == story.section and post is not story][:3]
        main = fill(
            self.name,
            "article.html",
            title=escape(story.title, quote=False),
            author=escape(story.author),
            iso=story.published.isoformat(),
            day=_spelled_day(story.published),
            section=CATEGORIES[story.section][1],
            section_url=f"/category/{story.section}/",
            content=blocks(self.layout(story), WRAPPERS, GROUPS),
            tags=links((f"/tag/{quote(tag)}/", tag) for tag in story.tags),
            related=links((f"/archives/{post.number}", post.title) for post in related),
            popular=links((f"/archives/{post.number}", post.title) for post in most_read(posts, visit.turn)),
        )
        return self._page(story.title, main, head=self._head(story), body_class="post-template-default single")

    def _head(self, story: Story) -> str:
        return fill(
            self.name,
            "head.html",
            title=escape(story.title),
            summary=escape(story.summary),
            author=escape(story.author),
            url=self.url(story),
            number=str(story.number),
            section=CATEGORIES[story.section][1],
            published=story.published.isoformat(),
            modified=story.modified.isoformat(),
        )

    def _list(self, category: str | None, number: int, posts: Sequence[Story]) -> Reply:
        posts = [post for post in posts if category in (None, post.section)]
        shown = page_of(posts, number, LIST_SIZE)
        if not shown:
            return self._page("الصفحة غير موجودة", fill(self.name, "missing.html"), status=404)
        base = f"/category/{category}/" if category else "/"
        older = f'<a class="next page-numbers" rel="next" href="{base}page/{number + 1}/">مواد أقدم</a>'
        heading = CATEGORIES[category][1] if category else "آخر المواد"
        page = self._list_page(heading, shown, older if number * LIST_SIZE < len(posts) else "")
        return replace(page, changed_at=latest_change(posts))

    def _list_page(self, heading: str, shown: Sequence[Story], older: str) -> Reply:
        cards = (
            f'<article class="post-card"><h2><a href="/archives/{post.number}">{escape(post.title)}</a></h2>'
            f"<time>{_spelled_day(post.published)}</time><p>{escape(post.summary)}</p></article>"
            for post in shown
        )
        main = fill(self.name, "list.html", heading=heading, cards="\n".join(cards), older=older)
        return self._page(heading, main, body_class="archive")

    def _feed(self, visit: Visit, posts: Sequence[Story]) -> Reply:
        number = visit.query.get("paged", "1")
        shown = page_of(posts, int(number) if number.isdigit() else 1, FEED_SIZE)
        if not shown:
            return self._page("الصفحة غير موجودة", fill(self.name, "missing.html"), status=404)
        items = "\n".join(self._feed_item(post) for post in shown)
        changed_at = latest_change(posts)
        body = fill(self.name, "feed.xml", built=format_datetime(changed_at), items=items)
        return Reply(body=body, content_type="application/rss+xml; charset=UTF-8", changed_at=changed_at)

    def _feed_item(self, post: Story) -> str:
        return fill(
            self.name,
            "feed_item.xml",
            title=escape(post.title),
            url=self.url(post),
            number=str(post.number),
            author=escape(post.author),
            section=CATEGORIES[post.section][1],
            published=format_datetime(post.published.astimezone(UTC)),
            summary=escape(post.summary),
        )

    def _route(self, route: str, visit: Visit, posts: Sequence[Story]) -> Reply:
        return answer_api(route, visit.query, posts, self._record)

    def _record(self, post: Story) -> Record:
        """The post as the REST API tells it."""
        return {
            "id": post.number,
            "date": post.published.replace(tzinfo=None).isoformat(),
            "date_gmt": post.published.astimezone(UTC).replace(tzinfo=None).isoformat(),
            "guid": {"rendered": f"{ORIGIN}/?p={post.number}"},
            "modified": post.modified.replace(tzinfo=None).isoformat(),
            "modified_gmt": post.modified.astimezone(UTC).replace(tzinfo=None).isoformat(),
            "slug": post.slug,
            "status": "publish",
            "type": "post",
            "link": self.url(post),
            "title": {"rendered": escape(post.title, quote=False)},
            "content": {"rendered": blocks(self.layout(post), WRAPPERS, GROUPS), "protected": False},
            "excerpt": {"rendered": f"<p>{inline(post.summary)}</p>\n", "protected": False},
            "categories": [CATEGORIES[post.section][0]],
        }


def _spelled_day(moment: datetime) -> str:
    """The date as the site shows it: السبت ١٧ تشرين الأول ٢٠٢٦."""
    text = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month]} {moment.year}"
    return text.translate(ARABIC_DIGITS)
