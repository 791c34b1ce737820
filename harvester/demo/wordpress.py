"""The posts route of WordPress's REST API: paging, order, date filters, `_fields`, and its errors."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harvester.demo.reply import Reply, page_of
from harvester.demo.story import Story

Record = dict[str, object]

DEFAULT_SIZE = 10
LARGEST_SIZE = 100


def answer_api(
    route: str, query: Mapping[str, str], posts: Sequence[Story], record: Callable[[Story], Record]
) -> Reply:
    """The reply to a GET of a route such as "/wp/v2/posts"."""
    match route.rstrip("/"):
        case "":
            return _json({"name": "شاهد للتوثيق", "namespaces": ["wp/v2"], "routes": {"/wp/v2/posts": {}}})
        case "/wp/v2/posts":
            return _posts(query, posts, record)
    return _problem("rest_no_route", 404)


def _posts(query: Mapping[str, str], posts: Sequence[Story], record: Callable[[Story], Record]) -> Reply:
    size, number = _count(query, "per_page", DEFAULT_SIZE), _count(query, "page", 1)
    if not 1 <= size <= LARGEST_SIZE or number < 1:
        return _problem("rest_invalid_param", 400)
    wanted = _ordered([post for post in posts if _inside(post, query)], query)
    pages = -(-len(wanted) // size)
    if number > max(pages, 1):
        return _problem("rest_post_invalid_page_number", 400)
    fields = {field.partition(".")[0].strip() for field in query.get("_fields", "").split(",") if field.strip()}
    records = [
        {key: value for key, value in record(post).items() if not fields or key in fields}
        for post in page_of(wanted, number, size)
    ]
    sums = (("X-WP-Total", str(len(wanted))), ("X-WP-TotalPages", str(pages)))
    return replace(_json(records), headers=sums)


def _json(value: object, status: int = 200) -> Reply:
    body = json.dumps(value, ensure_ascii=False)
    return Reply(body=body, status=status, content_type="application/json; charset=UTF-8")


def _problem(code: str, status: int) -> Reply:
    return _json({"code": code, "message": code, "data": {"status": status}}, status)


def _count(query: Mapping[str, str], key: str, default: int) -> int:
    value = query.get(key, str(default))
    return int(value) if value.isdigit() else 0


def _inside(post: Story, query: Mapping[str, str]) -> bool:
    """The date filters. WordPress compares the site's local time without an offset; as text that is the same."""
    published = post.published.replace(tzinfo=None).isoformat()
    modified = post.modified.replace(tzinfo=None).isoformat()
    return query.get("after", "") < published < query.get("before", "9") and query.get(
        "modified_after", ""
    ) < modified < query.get("modified_before", "9")


def _ordered(posts: Sequence[Story], query: Mapping[str, str]) -> list[Story]:
    by_change = query.get("orderby") == "modified"
    newest_first = query.get("order", "desc") == "desc"
    return sorted(posts, key=lambda post: post.modified if by_change else post.published, reverse=newest_first)
