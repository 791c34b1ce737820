"""What a run keeps of pages that it finds unchanged, from the site to what `harvest read` gives."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from harvester.archive import keys, open_store
from tests.command import Harvest
from tests.site import Reply, Site, article_page, gzipped
from tests.test_rechecks import DAY, HOUR, outcomes, pass_time


def rolls(harvest: Harvest) -> list[str]:
    store = open_store(harvest.archive)
    return sorted(one.key for one in store.list(keys.CAPTURES) if keys.parse_revisits_key(one.key))


def manifest(harvest: Harvest, report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(open_store(harvest.archive).get(report["sources"]["s"]["manifest"]))
    return found


def test_a_page_that_is_unchanged_leaves_a_revisit(harvest: Harvest, site: Site) -> None:
    site.paths["/packed"] = gzipped(article_page("Packed news of the harbour"))
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b", "/packed")])
    harvest.run("s")
    assert rolls(harvest) == []
    stored = {one["url"]: one for one in harvest.records()}
    site.article("/b", "Council decides otherwise")
    pass_time(harvest, 2 * HOUR)
    report = harvest.run("s")
    assert outcomes(report) == {"unchanged": 2, "revised": 1}
    (key,) = rolls(harvest)
    (line,) = [one for one in manifest(harvest, report)["objects"] if one["key"] == key]
    assert line["kind"] == "capture"
    body = open_store(harvest.archive).get(key)
    records = list(ArchiveIterator(io.BytesIO(body), check_digests="raise"))
    assert [one.rec_type for one in records] == ["warcinfo", *["request", "revisit"] * 2]
    revisits = {one.rec_headers.get_header("WARC-Target-URI"): one for one in records if one.rec_type == "revisit"}
    assert set(revisits) == {f"{site.base}/a", f"{site.base}/packed"}
    for url, found in revisits.items():
        fetched_at = stored[url]["fetched_at"].replace("+00:00", "Z")
        assert found.rec_headers.get_header("WARC-Refers-To-Target-URI") == url
        assert found.rec_headers.get_header("WARC-Refers-To-Date") == fetched_at
        assert found.http_headers.get_header("ETag")
    sent = [one.http_headers.get_header("User-Agent") for one in records if one.rec_type == "request"]
    assert all(sent)


def test_what_is_read_as_warc_has_the_revisits_of_the_chosen_articles(harvest: Harvest, site: Site) -> None:
    site.article("/a", "Kelp farm opens")
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    for _ in range(2):
        pass_time(harvest, DAY)
        assert outcomes(harvest.run("s")) == {"unchanged": 2}
    assert len(rolls(harvest)) == 2
    file = harvest.folder / "a.warc.gz"
    done = harvest("read", "--contains", "kelp", "--format", "warc", "-o", str(file))
    assert done.code == 0, done.err
    kinds = [one.rec_type for one in ArchiveIterator(io.BytesIO(file.read_bytes()), check_digests="raise")]
    assert kinds == [*["warcinfo", "request", "response", "metadata"], *["warcinfo", "request", "revisit"] * 2]
    package = harvest.folder / "a.wacz"
    assert harvest("read", "--contains", "kelp", "--format", "wacz", "-o", str(package)).code == 0
    assert zipfile.ZipFile(package).read("archive/data.warc.gz") == file.read_bytes()
    done = harvest("read", "--format", "cdxj")
    lines = [json.loads(line.split(" ", 2)[2]) for line in done.out.splitlines()]
    assert sorted(one["mime"] for one in lines) == [*["text/html"] * 2, *["warc/revisit"] * 4]
    for one in lines:
        place = int(one["offset"])
        piece = Path(harvest.folder / "archive" / one["filename"]).read_bytes()[place : place + int(one["length"])]
        assert f"WARC-Target-URI: {one['url']}\r\n".encode() in gzip.decompress(piece)


def test_without_captures_there_are_no_revisits(harvest: Harvest, site: Site) -> None:
    harvest.configure(captures=False)
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    pass_time(harvest, 2 * HOUR)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    harvest.configure(captures=True)  # now there would be, but there is nothing that a revisit could refer to
    pass_time(harvest, 2 * DAY)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert list(open_store(harvest.archive).list(keys.CAPTURES)) == []


def test_a_record_that_cannot_be_read_costs_the_revisit_alone(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    damaged = next((harvest.folder / "archive" / "articles").rglob("*.json"))
    damaged.chmod(0o644)
    damaged.write_bytes(b"{}")
    pass_time(harvest, 2 * HOUR)
    report = harvest.run("s")
    assert (report["exit_code"], outcomes(report)) == (0, {"unchanged": 2})
    body = open_store(harvest.archive).get(*rolls(harvest))
    assert [one.rec_type for one in ArchiveIterator(io.BytesIO(body))] == ["warcinfo", "request", "revisit"]


def test_a_page_with_the_same_words_in_other_bytes_is_no_revisit(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    answer = site.paths["/a"]
    assert isinstance(answer, Reply)
    site.paths["/a"] = Reply(body=answer.body + b"<!-- 2 -->")
    pass_time(harvest, 2 * HOUR)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert rolls(harvest) == []


def test_a_day_of_many_looks_leaves_one_revisit(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=0)
    harvest.run("s")
    for count in (1, 1, 1):  # the first look; then others on the same day
        assert outcomes(harvest.run("s")) == {"unchanged": 1}
        assert len(rolls(harvest)) == count
    pass_time(harvest, DAY)
    assert outcomes(harvest.run("s")) == {"unchanged": 1}
    assert len(rolls(harvest)) == 2
