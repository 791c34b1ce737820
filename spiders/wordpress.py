"""The WordPress REST API as a list of articles. Pure: bytes in, links out."""

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from harvester.errors import PageFailed
from harvester.link import Link
from harvester.outcomes import Reason
from spiders.feed import iso_moment, web_address

PER_PAGE = 100
"""The most that the API gives."""

API = "https://api.w.org/"
_LINK_HEADER = re.compile(r"""<([^<>]+)>\s*;[^,<]*rel=["']?https://api\.w\.org/["']?""")
_LINK_ELEMENT = re.compile(r"<link\s([^<>]+)>", re.IGNORECASE)  # [^<>]: a search that gives up at the next tag
_HREF = re.compile(
    r"""\bhref\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s"'>]+))""", re.IGNORECASE
)  # minified pages quote nothing
_MARKUP = re.compile(r"<[^<>]*>")


def posts_url(root: str, page: int) -> str:
    """Of one page of posts, newest first. `root` is …/wp-json/ or …/?rest_route=/."""
    route = f"{root}wp/v2/posts"
    query = f"per_page={PER_PAGE}&page={page}&orderby=date&order=desc&_fields=link,date_gmt,modified_gmt,title"
    return f"{route}{'&' if '?' in route else '?'}{query}"


def read_posts(body: bytes, url: str) -> tuple[Link, ...]:
    """The posts on one page. Raises PageFailed (BAD_LIST) for what is no answer of the API."""
    try:
        posts = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PageFailed(Reason.BAD_LIST, f"no answer of the WordPress API: {error}"[:200]) from None
    if not isinstance(posts, list):
        raise PageFailed(Reason.BAD_LIST, "no list of posts")
    return tuple(link for post in posts if isinstance(post, dict) and (link := _link(post, url)))


def _link(post: dict[str, Any], url: str) -> Link | None:
    given = post.get("link")
    address = web_address(url, given) if isinstance(given, str) else None
    if address is None:
        return None
    title, modified = post.get("title"), post.get("modified_gmt")
    rendered = title.get("rendered") if isinstance(title, dict) else title
    return Link(
        url=address,
        list_url=url,
        title=html.unescape(_MARKUP.sub("", rendered)).strip() or None if isinstance(rendered, str) else None,
        published_at=iso_moment(post.get("date_gmt")),
        modified=modified if isinstance(modified, str) else None,
    )


def api_root(headers: Iterable[tuple[str, str]], markup: str, home: str) -> str | None:
    """Where a page says that the API is: in a Link header or element (WordPress, "Discovery")."""
    for name, value in headers:
        if name.lower() == "link" and (found := _LINK_HEADER.search(value)):
            return web_address(home, str(found[1]))
    element = next((one[1] for one in _LINK_ELEMENT.finditer(markup) if API in one[1]), None)
    target = _HREF.search(element) if element else None
    return web_address(home, html.unescape(target[1] or target[2] or target[3])) if target else None
