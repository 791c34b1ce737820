"""Every page gets its one outcome, with its reason, in the report."""

import gzip
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.command import Harvest
from tests.site import Reply, Request, Site, article_page, gzipped

PDF = Reply(body=b"%PDF-1.7 ...", content_type="application/pdf")


def small_page(title: str, text: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><article><p>{text}</p></article></body></html>".encode()


LOGIN = small_page("Sign in", "Please sign in to go on.")
CONSENT = small_page("We value your privacy", "Accept all cookies to go on reading this site, please, dear reader.")
MISSING = small_page("Page not found", "There is nothing at this address, we are sorry to say.")
EMPTY = b"<html><head><title>A title</title></head><body><div id='app'></div></body></html>"
LIST = (
    b"<html><head><title>All of the harbour</title></head><body><h1>All of the harbour</h1>"
    + b"".join(b"<p><a href='/%d'>A story of the harbour and its people, part %d</a></p>" % (n, n) for n in range(40))
    + b"</body></html>"
)


def hang(_: Request) -> Reply:
    time.sleep(5)
    return Reply()


def redirect(to: str) -> Reply:
    return Reply(status=302, headers={"Location": to})


CASES = {
    "list": (Reply(body=LIST), "discarded", "section"),
    "search?q=quay": (Reply(body=small_page("Results", "Results for quay. " * 20)), "discarded", "search"),
    "slow": (hang, "failed", "timeout"),
    "gone": (Reply(status=410), "discarded", "gone"),
    "missing": (Reply(status=404), "discarded", "gone"),
    "pdf": (PDF, "discarded", "not_html"),
    "login": (Reply(body=LOGIN), "discarded", "login"),
    "consent": (Reply(body=CONSENT), "discarded", "consent"),
    "soft-404": (Reply(body=MISSING), "discarded", "error_page"),
    "empty-shell": (Reply(body=EMPTY), "discarded", "no_text"),
    "nothing": (Reply(body=b""), "discarded", "no_text"),
    "offsite": (redirect("http://localhost:9/"), "failed", "connection"),
    "forbidden": (Reply(status=403), "failed", "forbidden"),
    "error": (Reply(status=500), "failed", "http_error"),
    "busy": (Reply(status=503), "failed", "throttled"),
    "dropped": (Reply(fault="drop"), "failed", "connection"),
    "cut-off": (Reply(body=b"<html>", fault="reset"), "failed", "connection"),
    "short": (Reply(body=b"<html>", fault="lie"), "failed", "connection"),
    "circle": (redirect("/circle"), "failed", "redirect_loop"),
    "large": (Reply(body=b"<p>" + b"x" * (21 * 1024 * 1024)), "failed", "too_large"),
}


def test_what_a_page_is_decides_its_outcome(harvest: Harvest, site: Site) -> None:
    for name, (reply, _, _) in CASES.items():
        site.paths[f"/{name}"] = reply
    feed = site.feed("/good", *(f"/{name}" for name in CASES))
    harvest.source("s", site.base, feeds=[feed], concurrency=16, timeout_s=2)
    report = harvest.run("s")
    assert report["exit_code"] == 1
    manifest = json.loads(next((harvest.folder / "archive" / "runs").rglob("*.s.json")).read_text(encoding="utf-8"))
    found = {page["url"].rpartition("/")[2]: (page["outcome"], page.get("reason")) for page in manifest["pages"]}
    expected = {name: (outcome, reason) for name, (_, outcome, reason) in CASES.items()}
    assert found == expected | {"good": ("stored", None)}
    assert [record["title"] for record in harvest.records()] == ["Council decides on good"]


def test_a_failed_page_is_tried_again_by_the_next_run_and_a_discarded_one_is_not(harvest: Harvest, site: Site) -> None:
    site.paths["/broken"] = lambda request: (
        Reply(status=403) if request.number == 1 else Reply(body=article_page("Back"))
    )
    site.paths["/login"] = Reply(body=LOGIN)
    harvest.source("s", site.base, feeds=[site.feed("/broken", "/login", "/fine")])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1, "discarded": 1, "failed": 1}
    second = harvest.run("s")
    assert second["exit_code"] == 0
    assert second["sources"]["s"]["outcomes"] == {"stored": 1}
    assert (site.fetched("/login"), site.fetched("/fine")) == (1, 1)


def test_a_page_forbidden_by_robots_is_discarded_without_being_fetched(harvest: Harvest, site: Site) -> None:
    site.paths["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /secret", content_type="text/plain")
    harvest.source("s", site.base, feeds=[site.feed("/open", "/secret")])
    report = harvest.run("s")
    assert report["sources"]["s"]["outcomes"] == {"stored": 1, "discarded": 1}
    assert report["sources"]["s"]["reasons"] == {"robots": 1}
    assert site.fetched("/secret") == 0


def test_an_unreachable_robots_txt_forbids_all_and_the_source_fails(harvest: Harvest, site: Site) -> None:
    site.paths["/robots.txt"] = Reply(status=500)
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    report = harvest.run("s")
    assert report["exit_code"] == 1
    assert report["sources"]["s"]["failure"]["reason"] == "http_error"
    assert site.fetched("/feed") == 0


def test_a_private_address_needs_the_sources_word(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")], private=False)
    report = harvest.run("s")
    assert report["exit_code"] == 1
    assert report["sources"]["s"]["failure"]["reason"] == "private_address"
    assert site.requests == []


def test_a_page_that_leads_to_another_site_is_discarded(harvest: Harvest, site: Site) -> None:
    with Site() as other:
        other.article("/elsewhere")
        address = other.base.replace("127.0.0.1", "localhost")
        site.paths["/away"] = redirect(f"{address}/elsewhere")
        harvest.source("s", site.base, feeds=[site.feed("/away")])
        assert harvest.run("s")["sources"]["s"]["reasons"] == {"offsite": 1}


def test_dates_and_limit_leave_pages_for_another_run(harvest: Harvest, site: Site) -> None:
    for day in (1, 2, 3):
        head = f'<meta property="article:published_time" content="2026-11-0{day}T08:00:00Z">'
        site.article(f"/{day}", head=head)
    harvest.source("s", site.base, feeds=[site.feed("/1", "/2", "/3")])
    assert harvest.run("s", "--since", "2026-11-03")["sources"]["s"]["reasons"] == {"outside_dates": 2}
    assert harvest.run("s", "--limit", "1")["sources"]["s"]["outcomes"] == {"stored": 1}
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}
    assert len(harvest.records()) == 3


def test_a_limit_counts_articles_and_not_pages(harvest: Harvest, site: Site) -> None:
    paths = [f"/login-{number}" for number in range(5)]
    for path in paths:
        site.paths[path] = Reply(body=LOGIN)
    harvest.source("s", site.base, feeds=[site.feed(*paths, "/a", "/b", "/c")])
    assert harvest.run("s", "--limit", "2")["sources"]["s"]["outcomes"]["stored"] == 2


def test_a_server_that_asks_to_wait_for_long_is_left_alone(harvest: Harvest, site: Site) -> None:
    site.paths["/first"] = Reply(status=429, headers={"Retry-After": "86400"})
    harvest.source("s", site.base, feeds=[site.feed("/first", "/second")])
    report = harvest.run("s")
    assert report["sources"]["s"]["reasons"] == {"throttled": 2}
    assert (site.fetched("/first"), site.fetched("/second")) == (1, 0)


def test_a_server_that_asks_to_wait_is_waited_for(harvest: Harvest, site: Site) -> None:
    def busy(request: Request) -> Reply:
        if request.number == 1:
            return Reply(status=429, headers={"Retry-After": "2"})
        return Reply(body=article_page("Late"))

    site.paths["/late"] = busy
    harvest.source("s", site.base, feeds=[site.feed("/late")])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}
    first, second = (request.at for request in site.requests if request.path == "/late")
    assert second - first >= 2


def test_a_source_that_fails_does_not_stop_the_others(harvest: Harvest, site: Site) -> None:
    site.paths["/html"] = Reply(body=b"<html><body>no feed</body></html>")
    harvest.source("good", site.base, feeds=[site.feed("/a")])
    harvest.source("no-feed", site.base, feeds=[f"{site.base}/html"])
    harvest.source("no-host", "http://no-such-host.invalid/", feeds=["http://no-such-host.invalid/feed"])
    harvest.source("refused", "http://127.0.0.1:9/")
    report = harvest.run("--all")
    assert report["exit_code"] == 1
    reasons = {name: (part["failure"] or {}).get("reason") for name, part in report["sources"].items()}
    assert reasons == {"good": None, "no-feed": "bad_list", "no-host": "dns", "refused": "connection"}
    assert len(harvest.records()) == 1


@pytest.mark.parametrize("charset", ["utf-8", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("told", ["header", "meta", "nowhere"])
def test_arabic_in_any_encoding_comes_out_whole(harvest: Harvest, site: Site, charset: str, told: str) -> None:
    paragraph = "أعلن المجلس المحلي في مدينة المرفأ عن إعادة فتح المدرسة، وقال مديرها إن الصفوف تستقبل الطلاب غداً"
    meta = f'<meta charset="{charset}">' if told == "meta" else ""
    page = (
        f"<html lang=ar><head>{meta}<title>المدرسة تفتح أبوابها من جديد</title>"
        "<meta property=og:type content=article></head>"
        f"<body><article><h1>المدرسة تفتح أبوابها من جديد</h1>{f'<p>{paragraph}</p>' * 4}</article></body></html>"
    )
    content_type = f"text/html; charset={charset}" if told == "header" else "text/html"
    site.paths["/ar"] = Reply(body=page.encode(charset), content_type=content_type)
    harvest.source("s", site.base, feeds=[site.feed("/ar")])
    harvest.run("s")
    (record,) = harvest.records()
    assert record["title"] == "المدرسة تفتح أبوابها من جديد"
    assert record["body"][0] == paragraph
    assert (record["language"], record["direction"]) == ("ar", "rtl")


def test_a_compressed_page_is_kept_as_it_came(harvest: Harvest, site: Site) -> None:
    body = article_page("Compressed")
    site.paths["/gz"] = gzipped(body)
    harvest.source("s", site.base, feeds=[site.feed("/gz")])
    harvest.run("s")
    capture = next((harvest.folder / "archive" / "captures").rglob("*.warc.gz"))
    with capture.open("rb") as stream:
        records = ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="none")
        (raw,) = [record.reader.read() for record in records]
    assert gzip.decompress(raw) == body


def test_captures_can_be_switched_off(harvest: Harvest, site: Site) -> None:
    harvest.configure(captures=False)
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    assert harvest.records()[0]["capture"] is None
    assert not (harvest.folder / "archive" / "captures").exists()


def test_only_http_and_https_are_fetched(harvest: Harvest, site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(article_page("Secret"))
    feed = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "%s/a"}], "next_url": "%s"}'
    site.article("/a")
    site.paths["/feed"] = Reply(body=(feed % (site.base, secret.as_uri())).encode(), content_type="application/json")
    site.paths["/away"] = redirect(secret.as_uri())
    harvest.source("s", site.base, feeds=[f"{site.base}/feed", site.feed("/away", at="/feed2")])
    report = harvest.run("s")
    assert report["sources"]["s"]["outcomes"] == {"stored": 1, "discarded": 1}


def test_lists_and_pages_of_hostile_shape_end_the_run_well(harvest: Harvest, site: Site) -> None:
    site.paths["/deep"] = Reply(body=b"<div>" * 100_000 + b"<p>" + b"word " * 200)
    site.paths["/binary"] = Reply(body=bytes(range(256)) * 400)
    site.paths["/sitemap.xml"] = Reply(
        body=f"<sitemapindex><sitemap><loc>{site.base}/sitemap.xml</loc></sitemap></sitemapindex>".encode(),
        content_type="application/xml",
    )
    feed = site.feed("/deep", "/binary", "/good")
    harvest.source("s", site.base, feeds=[feed], sitemaps=[f"{site.base}/sitemap.xml"])
    report = harvest.run("s")
    assert report["sources"]["s"]["outcomes"]["stored"] >= 1
    assert site.fetched("/sitemap.xml") < 10


@contextmanager
def self_signed_server(folder: Path) -> Iterator[str]:
    """An https server whose certificate nobody has signed; yields its address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_certificate_that_nobody_has_signed_is_refused(harvest: Harvest, tmp_path: Path) -> None:
    with self_signed_server(tmp_path) as address:
        harvest.source("s", address, feeds=[f"{address}feed"])
        assert harvest.run("s")["sources"]["s"]["failure"]["reason"] == "tls"


def test_an_archive_that_does_not_take_an_article_fails_the_source_and_the_next_run_stores_it(
    harvest: Harvest, site: Site
) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    obstacle = harvest.folder / "archive" / "articles"
    obstacle.parent.mkdir()
    obstacle.write_text("a file where a folder must be", encoding="utf-8")
    report = harvest.run("s")
    assert report["exit_code"] == 1
    assert report["sources"]["s"]["reasons"] == {"store": 1}
    assert report["sources"]["s"]["failure"]["reason"] == "store"
    obstacle.unlink()
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}
