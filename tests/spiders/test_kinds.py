"""Each spider reads its own kind of lists; `news` reads them all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from spiders.wordpress import posts_url
from tests.command import Harvest
from tests.site import Reply, Site

ROOT = Path(__file__).parent.parent.parent
BY_KIND = {
    "feed": "/a/story-of-the-feed-alone",
    "sitemap": "/b/story-of-the-sitemap-alone",
    "wordpress": "/c/story-of-the-posts-alone",
    "section": "/d/story-of-the-section-alone",
}


def serve(harvest: Harvest, site: Site) -> None:
    """A source with one list of each kind, that names one article."""
    for path in BY_KIND.values():
        site.article(path)
    feed = site.feed(BY_KIND["feed"])
    urlset = f"<urlset><url><loc>{site.base}{BY_KIND['sitemap']}</loc></url></urlset>".encode()
    site.paths["/sitemap.xml"] = Reply(body=urlset, content_type="application/xml")
    posts = json.dumps([{"link": site.base + BY_KIND["wordpress"]}]).encode()
    site.paths[posts_url("/wp-json/", 1)] = Reply(body=posts, headers={"X-WP-TotalPages": "1"})
    site.paths["/news"] = Reply(body=f'<p><a href="{BY_KIND["section"]}">story</a></p>'.encode())
    lists = {"feeds": [feed], "sitemaps": [f"{site.base}/sitemap.xml"], "sections": [f"{site.base}/news"]}
    harvest.source("s", site.base, wordpress=True, **lists)


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_spider_of_one_kind_reads_that_kind_alone(harvest: Harvest, site: Site, kind: str) -> None:
    serve(harvest, site)
    harvest.configure(archive=harvest.archive, cache=str(harvest.cache))
    crawl = [sys.executable, "-m", "scrapy", "crawl", kind, "-a", "source=s"]
    config = f"HARVEST_CONFIG={harvest.folder / 'harvest.toml'}"
    subprocess.run([*crawl, "-s", config], cwd=ROOT, capture_output=True, check=True, timeout=60)
    assert [record["url"] for record in harvest.records()] == [site.base + BY_KIND[kind]]
    assert len(site.requests) == 3  # robots.txt, the list, the article


def test_news_reads_all_that_the_source_has(harvest: Harvest, site: Site) -> None:
    serve(harvest, site)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 4}
