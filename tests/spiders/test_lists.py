"""Real crawls over lists that lead to other lists: nothing is read in vain, and nothing is lost."""

import json
import signal
import time
from collections.abc import Iterable

import pytest

from spiders.wordpress import posts_url
from tests.command import Harvest
from tests.site import Reply, Site

XML = "application/xml"


def asked(site: Site, since: int = 0) -> list[str]:
    """Paths asked for, without robots.txt."""
    return [request.path for request in site.requests[since:] if request.path != "/robots.txt"]


def serve_index(site: Site, children: int, *, articles: int = 1) -> list[str]:
    """A sitemap index, newest child first, with so many articles a child; gives the articles' paths."""
    entries, paths = [], []
    for number in range(children):
        here = [f"/{number}/council-meets-for-time-{number}-{one}" for one in range(articles)]
        serve_urlset(site, f"/child-{number}.xml", here)
        entries.append(
            f"<sitemap><loc>{site.base}/child-{number}.xml</loc><lastmod>{2026 - number}</lastmod></sitemap>"
        )
        paths += here
    body = f"<sitemapindex>{''.join(entries)}</sitemapindex>".encode()
    site.paths["/sitemap.xml"] = Reply(body=body, content_type=XML)
    return paths


def serve_urlset(site: Site, at: str, paths: Iterable[str]) -> None:
    for path in paths:
        site.paths.setdefault(path, Reply(status=404))
        site.article(path)
    entries = "".join(f"<url><loc>{site.base}{path}</loc></url>" for path in paths)
    site.paths[at] = Reply(body=f"<urlset>{entries}</urlset>".encode(), content_type=XML)


def serve_section(site: Site, page: int, last: int) -> list[str]:
    """One page of a section, and its two articles; gives their paths."""
    paths = [f"/2026/11/{page:02}/council-story-{page}-{one}" for one in range(2)]
    for path in paths:
        site.article(path)
    links = "".join(f'<p><a href="{path}">{path}</a></p>' for path in paths)
    onward = f'<a rel="next" href="/news/page/{page + 1}">Older</a>' if page < last else ""
    at = "/news" if page == 1 else f"/news/page/{page}"
    site.paths[at] = Reply(body=f"<html><body>{links}{onward}</body></html>".encode())
    return paths


def serve_posts(site: Site, root: str, pages: int) -> list[str]:
    """The WordPress API with two posts a page; gives the posts' paths."""
    found = []
    for page in range(1, pages + 1):
        paths = [f"/post-{page}-{one}/" for one in range(2)]
        for path in paths:
            site.article(path)
        posts = [{"link": site.base + path, "date_gmt": f"2026-11-{28 - page:02}T08:00:00"} for path in paths]
        reply = Reply(
            body=json.dumps(posts).encode(),
            content_type="application/json",
            headers={"X-WP-TotalPages": str(pages)},
        )
        site.paths[posts_url(root, page)] = reply
        found += paths
    return found


def stored(harvest: Harvest, site: Site) -> list[str]:
    return sorted(record["url"].removeprefix(site.base) for record in harvest.records())


def test_pages_are_fetched_in_the_order_of_their_list(harvest: Harvest, site: Site) -> None:
    paths = [f"/{number}" for number in range(6)]
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    harvest.run("s")
    assert asked(site) == ["/feed", *paths]


def test_under_a_limit_no_more_sitemaps_are_read_than_it_needs(harvest: Harvest, site: Site) -> None:
    paths = serve_index(site, 5, articles=2)
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    assert harvest.run("s", "--limit", "3")["sources"]["s"]["outcomes"] == {"stored": 3}
    assert [path for path in asked(site) if path.endswith(".xml")] == ["/sitemap.xml", "/child-0.xml", "/child-1.xml"]
    assert stored(harvest, site) == paths[:3]
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == sorted(paths)


def test_a_run_that_is_stopped_before_it_read_all_sitemaps_leaves_them_to_the_next(
    harvest: Harvest, site: Site
) -> None:
    paths = serve_index(site, 6)
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"], delay_s=0.5)
    process = harvest.start("run", "s")
    while "/sitemap.xml" not in asked(site):
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(asked(site)) < 4
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths


def test_what_was_last_changed_before_the_dates_is_not_fetched_and_left_to_another_run(
    harvest: Harvest, site: Site
) -> None:
    paths = ["/new-story", "/old-story"]
    for path, day in zip(paths, ("2026-11-20", "2026-11-01"), strict=True):
        site.article(path)
        entry = f"<url><loc>{site.base}{path}</loc><lastmod>{day}</lastmod></url>"
        site.paths[f"{path}.xml"] = Reply(body=f"<urlset>{entry}</urlset>".encode(), content_type=XML)
    children = "".join(f"<sitemap><loc>{site.base}{path}.xml</loc></sitemap>" for path in paths)
    dated = f"<sitemap><loc>{site.base}/older.xml</loc><lastmod>2020-01-01</lastmod></sitemap>"
    site.paths["/sitemap.xml"] = Reply(
        body=f"<sitemapindex>{children}{dated}</sitemapindex>".encode(), content_type=XML
    )
    serve_urlset(site, "/older.xml", ["/oldest-story"])
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    harvest.run("s", "--since", "2026-11-10")
    assert stored(harvest, site) == ["/new-story"]
    assert (site.fetched("/old-story"), site.fetched("/older.xml")) == (0, 0)
    harvest.run("s")
    assert stored(harvest, site) == sorted([*paths, "/oldest-story"])


def test_an_unchanged_index_is_not_gone_through_again(harvest: Harvest, site: Site) -> None:
    serve_index(site, 3)
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    harvest.run("s")
    before = len(site.requests)
    harvest.run("s")
    assert asked(site, before) == ["/sitemap.xml"]


def test_a_child_sitemap_that_fails_is_read_by_the_next_run_though_the_index_is_unchanged(
    harvest: Harvest, site: Site
) -> None:
    paths = serve_index(site, 2)
    good = site.paths["/child-1.xml"]
    site.paths["/child-1.xml"] = Reply(status=403)
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    assert harvest.run("s")["sources"]["s"]["failure"]["reason"] == "forbidden"
    site.paths["/child-1.xml"] = good
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths


def test_a_child_sitemap_that_is_gone_is_nobodys_loss(harvest: Harvest, site: Site) -> None:
    paths = serve_index(site, 2)
    site.paths["/child-1.xml"] = Reply(status=404)
    harvest.source("s", site.base, sitemaps=[f"{site.base}/sitemap.xml"])
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths[:1]


def test_a_section_is_paged_to_its_end_once_and_then_as_far_as_it_is_new(harvest: Harvest, site: Site) -> None:
    paths = [path for page in (1, 2, 3) for path in serve_section(site, page, last=3)]
    harvest.source("s", site.base, sections=[f"{site.base}/news"])
    harvest.run("s")
    assert stored(harvest, site) == paths
    before = len(site.requests)
    harvest.run("s")
    assert asked(site, before) == ["/news"]


def test_older_pages_are_found_though_a_feed_names_all_of_the_first(harvest: Harvest, site: Site) -> None:
    paths = [path for page in (1, 2, 3) for path in serve_section(site, page, last=3)]
    harvest.source("s", site.base, feeds=[site.feed(*paths[:2])], sections=[f"{site.base}/news"])
    harvest.run("s")
    assert stored(harvest, site) == paths


def test_paging_ends_at_the_sources_bound_and_at_a_circle(harvest: Harvest, site: Site) -> None:
    for page in range(1, 6):
        serve_section(site, page, last=5)
    harvest.source("s", site.base, sections=[f"{site.base}/news"], max_list_pages=2)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 4}
    onward = b'<p><a href="/2026/11/01/council-story-1-0">a</a></p><a rel="next" href="/b">Older</a>'
    site.paths["/a"] = Reply(body=onward)
    site.paths["/b"] = Reply(body=onward.replace(b'"/b"', b'"/a"'))
    harvest.source("s", site.base, sections=[f"{site.base}/a"])
    harvest.run("s", timeout_s=30)
    assert site.fetched("/a") + site.fetched("/b") < 5


@pytest.mark.parametrize("root", ["/wp-json/", "/?rest_route=/"])
def test_all_posts_of_the_wordpress_api(harvest: Harvest, site: Site, root: str) -> None:
    paths = serve_posts(site, root, 3)
    harvest.source("s", site.base, wordpress=True)
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths


def test_posts_behind_a_page_that_failed_are_fetched_by_the_next_run(harvest: Harvest, site: Site) -> None:
    paths = serve_posts(site, "/wp-json/", 3)
    second = posts_url("/wp-json/", 2)
    good, site.paths[second] = site.paths[second], Reply(status=403)
    harvest.source("s", site.base, wordpress=True)
    assert harvest.run("s")["exit_code"] == 1
    assert stored(harvest, site) == paths[:2]
    assert not any("rest_route" in path for path in asked(site))
    site.paths[second] = good
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths
    before = len(site.requests)
    harvest.run("s")
    assert len(asked(site, before)) == 1


def test_the_page_after_the_last_is_no_failure(harvest: Harvest, site: Site) -> None:
    paths = serve_posts(site, "/wp-json/", 1)
    first = posts_url("/wp-json/", 1)
    reply = site.paths[first]
    assert isinstance(reply, Reply)
    site.paths[first] = Reply(body=reply.body, content_type="application/json")  # without X-WP-TotalPages
    site.paths[posts_url("/wp-json/", 2)] = Reply(status=400)
    harvest.source("s", site.base, wordpress=True)
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths


def test_posts_from_before_the_dates_end_the_paging(harvest: Harvest, site: Site) -> None:
    paths = serve_posts(site, "/wp-json/", 6)
    harvest.source("s", site.base, wordpress=True)
    harvest.run("s", "--since", "2026-11-26")
    assert stored(harvest, site) == paths[:4]
    assert len([path for path in asked(site) if "wp-json" in path]) == 3
    assert harvest.run("s")["exit_code"] == 0
    assert stored(harvest, site) == paths


def test_a_broken_entry_does_not_take_its_list_with_it(harvest: Harvest, site: Site) -> None:
    feed = site.feed("/good")
    reply = site.paths["/feed"]
    assert isinstance(reply, Reply)
    odd = (b"http://127.0.0.1:99999/x", b"http://news..example/x", b"http://" + b"x" * 64 + b".example/x")
    broken = b"".join(b"<item><link>" + address + b"</link></item>" for address in odd) + b"<item>"
    site.paths["/feed"] = Reply(body=reply.body.replace(b"<item>", broken, 1), content_type="application/rss+xml")
    harvest.source("s", site.base, feeds=[feed])
    report = harvest.run("s")["sources"]["s"]
    assert report["failure"] is None
    assert report["outcomes"] == {"stored": 1}


def test_a_redirect_to_a_name_that_is_none_fails_and_does_not_hang(harvest: Harvest, site: Site) -> None:
    site.paths["/away"] = Reply(status=302, headers={"Location": "http://news..example/x"})
    harvest.source("s", site.base, feeds=[site.feed("/away", "/good")])
    report = harvest.run("s", timeout_s=30)["sources"]["s"]
    assert report["outcomes"] == {"stored": 1, "failed": 1}
    assert report["reasons"] == {"dns": 1}
