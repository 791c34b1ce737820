"""The command as people type it: what it prints, what it refuses, and how it ends."""

import csv
import io
import json
import signal
import time
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.bucket import Bucket
from tests.command import Harvest
from tests.site import Reply, Site, article_page, feed_of

COMMANDS = (
    *("demo", "run", "add", "sources", "try"),
    *("read", "search", "show", "export"),
    *("status", "runs", "link", "tables", "verify"),
    *("import", "reprocess", "remove"),
    *("extract", "clean"),
)
ARABIC = "قالت إدارة الميناء إن السفن الصغيرة تعود إلى الرصيف القديم بعد أن انتهى إصلاح الجسر الشرقي هذا الأسبوع"


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text


# Help and refusals


def test_help_names_the_commands_that_work_and_the_exit_codes(harvest: Harvest) -> None:
    done = harvest("--help")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.split("Commands:")[1].splitlines()[1:] if line.strip()][
        : len(COMMANDS)
    ] == list(COMMANDS)
    assert "130" in done.out
    for command in COMMANDS:
        assert harvest(command, "--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run",), "name a source or a site's address, or say --all"),
        (("run", "nobody"), "there is no source 'nobody' in sources (known: s)"),
        (("run", "--all", "s"), "not both"),
        (("run", "ftp://example.org/"), "must be an http:// or https:// address"),
        (("run", "http://"), "must be an http:// or https:// address"),
        (("run", "s", "--archive", "gopher://x"), "must be file://FOLDER"),
        (("run", "s", "--archive", "file:///proc/nothing"), "/proc/nothing"),
        (("run", "s", "--config", "absent.toml"), "absent.toml: file: can't be read"),
        (("add", "nonsense"), "must be an http:// or https:// address"),
        (("add", "https://news.example/", "--name", "../x"), "lower-case letters"),
        (("try", "absent.html"), "absent.html: can't be read"),
        (("show", "xyz"), "xyz"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(harvest: Harvest, arguments: tuple[str, ...], says: str) -> None:
    harvest.source("s", "http://127.0.0.1:9/")
    done = harvest(*arguments)
    assert done.code == 2, done.err
    assert says in one_line(done.err)
    assert done.out == ""


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"delay": 3}, "sources/s.toml: delay: unknown key; allowed are name, home, feeds"),
        ({"render": "sometimes"}, "sources/s.toml: render: input should be 'never', 'auto' or 'always'"),
        ({"render": "always"}, 's: render: "always" needs a browser'),
        ({"feeds": ["feed.xml"]}, "sources/s.toml: feeds.0: must be an http:// or https:// address"),
    ],
)
def test_a_wrong_source_file_is_named_with_its_key(harvest: Harvest, values: dict[str, object], says: str) -> None:
    harvest.source("s", "http://127.0.0.1:9/", **values)
    done = harvest("run", "s")
    assert done.code == 2
    assert says in one_line(done.err)


def test_an_unusable_bucket_is_exit_code_2_before_anything_is_fetched(
    harvest: Harvest, site: Site, bucket: Bucket
) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    for archive, environ, says in (
        ("s3://no-such-bucket-here/x", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "credentials are not accepted"),
        (bucket.url("x"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "can't be reached"),
        (bucket.url("x"), {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials"),
    ):
        harvest.archive, harvest.environ = archive, environ
        done = harvest("run", "s")
        assert done.code == 2, done.err
        assert says in one_line(done.err)
    for reading in (("read",), ("runs",), ("status",), ("sources",), ("show", "abcd")):
        done = harvest(*reading)
        assert (done.code, done.out) == (2, "")
        one_line(done.err)
    assert site.requests == []


def test_an_object_that_can_not_be_read_is_named(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    report = harvest.run("s")
    (harvest.folder / "archive" / report["key"]).write_text("{}", encoding="utf-8")
    done = harvest("runs")
    assert "Traceback" not in done.err
    assert report["key"] in done.err


# A site of which only the address is known


def front_page(*links: str, head: str = "") -> Reply:
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return Reply(body=f'<html lang="en"><head>{head}</head><body>{anchors}</body></html>'.encode())


def test_a_site_is_harvested_by_its_address_alone_and_incrementally(harvest: Harvest, site: Site) -> None:
    site.feed("/a", "/b", at="/rss.xml")
    site.paths["/"] = front_page("/a")
    report = harvest.run(f"{site.base}/")
    (name,) = report["sources"]
    assert report["sources"][name]["outcomes"] == {"stored": 2}
    probes = len(site.requests)
    again = harvest.run(f"{site.base}/")
    assert again["sources"][name]["lists"]["unchanged"] == 1
    assert len(site.requests) - probes == 2, "an earlier probe's findings are used again"


def test_add_writes_a_source_file_that_runs(harvest: Harvest, site: Site) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    site.paths["/"] = front_page("/a", head=link)
    site.feed("/a", "/b", at="/news.rss")
    done = harvest("add", f"{site.base}/", "--name", "mine")
    assert done.code == 0, done.err
    assert f"feed       {site.base}/news.rss" in done.out
    assert "words: Council decides on a" in done.out
    written = tomllib.loads((harvest.folder / "sources" / "mine.toml").read_text(encoding="utf-8"))
    assert written["feeds"] == [f"{site.base}/news.rss"]
    assert harvest.run("mine")["sources"]["mine"]["outcomes"] == {"stored": 2}
    assert harvest("add", f"{site.base}/", "--name", "mine").code == 2


def test_add_finds_sitemaps_in_robots_txt_and_wordpress(harvest: Harvest, site: Site) -> None:
    site.paths["/robots.txt"] = Reply(body=f"Sitemap: {site.base}/map.xml".encode(), content_type="text/plain")
    urls = f"<urlset><url><loc>{site.base}/a</loc></url></urlset>"
    site.paths["/map.xml"] = Reply(body=urls.encode(), content_type="application/xml")
    site.article("/a")
    api = '<link rel="https://api.w.org/" href="/?rest_route=/">'
    site.paths["/"] = front_page("/a", head=api)
    posts = json.dumps([{"link": f"{site.base}/b", "title": {"rendered": "B"}}]).encode()
    site.paths[
        "/?rest_route=/wp/v2/posts&per_page=100&page=1&orderby=date&order=desc&_fields=link,date_gmt,modified_gmt,title"
    ] = Reply(body=posts, content_type="application/json")
    site.article("/b")
    found = harvest("add", f"{site.base}/", "--json").json()["source"]
    assert found["sitemaps"] == [f"{site.base}/map.xml"]
    assert found["wordpress"] is True
    (name,) = (path.stem for path in (harvest.folder / "sources").iterdir())
    assert harvest.run(name)["sources"][name]["outcomes"] == {"stored": 2}


def test_add_says_when_plain_fetching_gives_no_article(harvest: Harvest, site: Site) -> None:
    site.paths["/app"] = Reply(body=b"<html><body><div id=app></div><script>render()</script></body></html>")
    site.paths["/"] = front_page("/app")
    site.feed("/app")
    site.paths["/rss"] = Reply(body=feed_of(site.base, "/app"), content_type="application/rss+xml")
    assert "may need a browser" in harvest("add", f"{site.base}/").out


def test_a_site_that_can_not_be_reached_is_exit_code_1(harvest: Harvest) -> None:
    done = harvest("add", "http://127.0.0.1:9/")
    assert (done.code, done.out) == (1, "")
    assert "connection" in one_line(done.err)
    assert harvest("run", "http://127.0.0.1:9/").code == 1


def test_section_pages_are_followed_page_by_page(harvest: Harvest, site: Site) -> None:
    for number in range(1, 7):
        site.article(f"/2026/11/0{number}/council-decides-on-the-old-quay-{number}", f"Quay {number}")
    for page in (1, 2, 3):
        links = [f"/2026/11/0{n}/council-decides-on-the-old-quay-{n}" for n in (2 * page - 1, 2 * page)]
        older = f'<a href="/news/page/{page + 1}">Older</a>' if page < 3 else ""
        path = "/news" if page == 1 else f"/news/page/{page}"
        reply = front_page(*links, "/about", "/tag/quay")
        site.paths[path] = Reply(body=reply.body.replace(b"</body>", older.encode() + b"</body>"))
    harvest.source("s", site.base, sections=[f"{site.base}/news"])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 6}
    assert (site.fetched("/about"), site.fetched("/tag/quay")) == (0, 0)


def test_a_sitemap_index_in_gzip_is_read(harvest: Harvest, site: Site) -> None:
    import gzip

    index = f"<sitemapindex><sitemap><loc>{site.base}/1.xml.gz</loc></sitemap></sitemapindex>"
    urls = f"<urlset><url><loc>{site.base}/a</loc><lastmod>2026-11-20</lastmod></url></urlset>"
    site.paths["/index.xml"] = Reply(body=index.encode(), content_type="application/xml")
    site.paths["/1.xml.gz"] = Reply(body=gzip.compress(urls.encode()), content_type="application/gzip")
    site.article("/a")
    harvest.source("s", site.base, sitemaps=[f"{site.base}/index.xml"], recheck_s=100_000)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}
    assert harvest.run("s")["sources"]["s"]["lists"]["unchanged"] == 1
    site.paths["/1.xml.gz"] = Reply(body=gzip.compress(urls.replace("11-20", "11-21").encode()))
    site.paths["/index.xml"] = Reply(body=index.encode() + b" ", content_type="application/xml")
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"unchanged": 1}, "a changed lastmod asks for a look"


# Looking


def test_try_shows_what_is_kept_and_what_is_removed_and_stores_nothing(harvest: Harvest, site: Site) -> None:
    footer = "<p>-----------------</p><p>Write to us: desk@news.example</p><p>Follow us: Twitter - Telegram</p>"
    site.article("/a", "Bridge opens", extra=footer)
    done = harvest("try", f"{site.base}/a")
    assert done.code == 0, done.err
    assert done.out.startswith("Bridge opens\n")
    assert "- Write to us: desk@news.example\n      [removed: rule: " in done.out
    assert not (harvest.folder / "archive").exists()
    as_json = harvest("try", f"{site.base}/a", "--json").json()
    assert len(as_json["body"]) == 4
    page = harvest.folder / "page.html"
    page.write_bytes(article_page("From a file"))
    assert harvest("try", str(page)).out.startswith("From a file\n")
    site.paths["/list"] = Reply(body=b"<html><title>x</title></html>")
    refused = harvest("try", f"{site.base}/list")
    assert (refused.code, refused.out.split(":")[0]) == (1, "no article")


@pytest.fixture
def harvested(harvest: Harvest, site: Site) -> Harvest:
    head = '<meta property="article:published_time" content="2026-11-20T10:00:00+02:00">'
    site.article("/a", '=HYPERLINK("x")', head=head)
    site.paths["/ar"] = Reply(
        body=f"<html lang=ar><head><title>عودة السفن</title><meta property=og:type content=article></head>"
        f"<body><article><h1>عودة السفن</h1>{f'<p>{ARABIC}</p>' * 3}</article></body></html>".encode()
    )
    harvest.source("s", site.base, feeds=[site.feed("/a", "/ar")])
    assert harvest.run("s")["exit_code"] == 0
    return harvest


def test_read_filters_and_formats(harvested: Harvest) -> None:
    assert {record["language"] for record in harvested.records()} == {"en", "ar"}
    assert len(harvested.records("--language", "ar")) == 1
    assert len(harvested.records("--contains", "السّفنُ الصغيره")) == 1
    assert harvested.records("--source", "other") == []
    assert harvested.records("--since", "2999-01-01") == []
    text = harvested("read", "--format", "text", "--language", "ar").out
    assert text.splitlines()[:3] == ["عودة السفن", "", ARABIC]
    rows = list(csv.DictReader(io.StringIO(harvested("read", "--format", "csv").out)))
    assert [row["title"][0] for row in rows if "HYPERLINK" in row["title"]] == ["'"]
    parquet = harvested.folder / "articles.parquet"
    assert harvested("read", "--format", "parquet", "-o", str(parquet)).code == 0
    assert pq.read_table(parquet).num_rows == 2
    warc = harvested.folder / "articles.warc.gz"
    assert harvested("read", "--format", "warc", "-o", str(warc)).code == 0
    with warc.open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds.count("response") == 2


def test_read_ends_quietly_when_its_reader_does(harvested: Harvest) -> None:
    process = harvested.start("read")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=20) in (0, 1)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_show_takes_the_beginning_of_an_id(harvested: Harvest) -> None:
    (record,) = harvested.records("--language", "ar")
    shown = harvested("show", record["id"][:8])
    assert shown.out.startswith("عودة السفن\n")
    assert record["capture"]["key"] in shown.out
    assert harvested("show", record["id"], "--json").json()["article"]["id"] == record["id"]
    assert harvested("show", "0" * 32).code == 1


def test_sources_runs_and_status_tell_how_it_goes(harvested: Harvest, site: Site) -> None:
    harvested.source("idle", "https://idle.example/")
    rows = {row["name"]: row for row in harvested("sources", "--json").json()}
    assert (rows["s"]["health"], rows["s"]["articles"]) == ("well", 2)
    assert rows["idle"]["health"] == "not run of late"
    (report,) = harvested("runs", "--json").json()
    assert report["sources"]["s"]["outcomes"] == {"stored": 2}
    assert "2 stored" in harvested("status").out

    def slow(_: object) -> Reply:
        time.sleep(30)
        return Reply(body=b"")

    site.paths["/feed"] = slow
    process = harvested.start("run", "s")
    while "(pid" not in (told := harvested("status").out):
        time.sleep(0.05)
    assert f"(pid {process.pid})" in told
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    process.communicate(timeout=20)
    assert "nothing is running" in harvested("status").out


def test_extract_reads_pages_and_keeps_their_order(harvest: Harvest) -> None:
    pages = [
        {"id": f"p{n}", "url": f"https://a.example/{n}", "html": article_page(f"Story {n}").decode()} for n in range(3)
    ]
    pages.insert(1, {"id": "bad", "url": "https://a.example/bad", "html": ""})
    lines = Path(harvest.folder, "pages.jsonl")
    lines.write_text("".join(json.dumps(page) + "\n" for page in pages), encoding="utf-8")
    for options in ((), ("--learn",)):
        answers = harvest("extract", "--jsonl", *options, str(lines)).jsonl()
        assert [answer["id"] for answer in answers] == ["p0", "bad", "p1", "p2"]
        assert set(answers[1]) == {"id", "error"}
        assert answers[0]["title"] == "Story 0"
    lines.write_text("no json\n" + json.dumps(pages[0]) + "\n", encoding="utf-8")
    done = harvest("extract", "--jsonl", str(lines))
    broken, whole = done.jsonl()
    assert (done.code, broken["id"], whole["id"]) == (1, None, "p0")
    assert "line 1" in broken["error"]
