"""The WordPress API: its answers, its addresses, and where a page says that it is."""

import json
from datetime import UTC, datetime

import pytest

from harvester.errors import PageFailed
from harvester.outcomes import Reason
from spiders.wordpress import api_root, posts_url, read_posts

HOME = "https://news.example/"
POST = {
    "link": "https://news.example/bridge/",
    "date_gmt": "2026-11-23T08:30:00",
    "modified_gmt": "2026-11-23T09:00:00",
    "title": {"rendered": "Bridge &#8220;opens&#8221; <em>today</em>"},
}


def test_a_post() -> None:
    (link,) = read_posts(json.dumps([POST]).encode(), HOME)
    assert link.url == "https://news.example/bridge/"
    assert link.title == "Bridge “opens” today"
    assert link.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert link.modified == "2026-11-23T09:00:00"


@pytest.mark.parametrize("odd", [{}, {"link": None}, {"link": "/x", "title": 5, "date_gmt": False}, "text", None, 7])
def test_odd_posts_do_not_take_the_others_with_them(odd: object) -> None:
    links = read_posts(json.dumps([odd, POST]).encode(), HOME)
    assert links[-1].url == "https://news.example/bridge/"


@pytest.mark.parametrize("body", ["", "<html>", '{"code": "rest_no_route"}', "[" * 100_000, "\x89PNG"])
def test_what_is_no_answer_says_so(body: str) -> None:
    with pytest.raises(PageFailed) as refusal:
        read_posts(body.encode("latin-1"), HOME)
    assert refusal.value.reason is Reason.BAD_LIST


def test_addresses_of_both_forms() -> None:
    assert posts_url(f"{HOME}wp-json/", 2).startswith(f"{HOME}wp-json/wp/v2/posts?per_page=100&page=2&")
    assert posts_url(f"{HOME}?rest_route=/", 2).startswith(f"{HOME}?rest_route=/wp/v2/posts&per_page=100&page=2&")


@pytest.mark.parametrize(
    ("headers", "markup", "root"),
    [
        ([("Link", '<https://news.example/wp-json/>; rel="https://api.w.org/"')], "", f"{HOME}wp-json/"),
        ([("link", '</wp-json/>; rel="https://api.w.org/", </?p=1>; rel=shortlink')], "", f"{HOME}wp-json/"),
        ([], '<link rel="https://api.w.org/" href="https://news.example/wp-json/" />', f"{HOME}wp-json/"),
        ([], "<link href='/?rest_route=/&#038;x=1' rel='https://api.w.org/'>", f"{HOME}?rest_route=/&x=1"),
        ([], "<p>https://api.w.org/</p>", None),
        ([("Link", "</style.css>; rel=preload")], "", None),
    ],
)
def test_where_the_api_is(headers: list[tuple[str, str]], markup: str, root: str | None) -> None:
    assert api_root(headers, markup, HOME) == root
