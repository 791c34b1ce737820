"""Import a WARC file of real pages, against a loop of warcio and trafilatura over the same file, one after the other.

    python -m tests.bench.importing DATA_DIR [--repeat N] [--hosts N] [--s3]

DATA_DIR holds folders with index.jsonl and gzipped pages (the common format of the scorers beside the data); all their
pages are put into one WARC file, each under its own address or, with --hosts, spread over so many hosts. Measured is
the whole command `harvest import` into an empty archive (a folder, or with --s3 a SeaweedFS started here), and a loop
that reads each record with warcio, extracts with `trafilatura.bare_extraction` and writes a line of JSON. Printed as
JSON: pages, articles, seconds, pages a second and peak memory of both, and their ratio.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tests.bucket import seaweedfs

LOOP = """
import json, sys
from trafilatura import bare_extraction
from warcio.archiveiterator import ArchiveIterator
with open(sys.argv[1], "rb") as stream, open(sys.argv[2], "w", encoding="utf-8") as out:
    for record in ArchiveIterator(stream):
        if record.rec_type != "response":
            continue
        url = record.rec_headers.get_header("WARC-Target-URI")
        found = bare_extraction(record.content_stream().read(), url=url, with_metadata=True)
        if found is not None:
            said = found.as_dict()
            kept = {name: said[name] for name in ("url", "title", "author", "date", "text")}
            out.write(json.dumps(kept, ensure_ascii=False) + "\\n")
"""


def pages(data: Path, hosts: int | None) -> Iterator[tuple[str, bytes]]:
    """Address and HTML of each page that has an address."""
    number = 0
    for index in sorted(data.glob("*/index.jsonl")):
        for line in index.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            page = json.loads(line)
            parts = urlsplit(page["url"])
            if parts.scheme not in ("http", "https"):
                continue
            number += 1
            url = page["url"] if hosts is None else f"https://www.site{number % hosts}.example/{number}{parts.path}"
            yield url, gzip.decompress((index.parent / page["html"]).read_bytes())


def write_warc(path: Path, found: Iterator[tuple[str, bytes]], times: int) -> int:
    """As crawlers write it: a request and a response a page; `times` over, under addresses of their own."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    count = 0
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for url, html in found:
            for turn in range(times):
                address = url if turn == 0 else f"{url}{'&' if '?' in url else '?'}turn={turn}"
                said = [("Content-Type", "text/html"), ("Content-Length", str(len(html)))]
                headers = StatusAndHeaders("200 OK", said, protocol="HTTP/1.1")
                writer.write_record(
                    writer.create_warc_record(address, "response", payload=BytesIO(html), http_headers=headers)
                )
                count += 1
    return count


def timed(command: list[str], environ: dict[str, str]) -> tuple[float, float, int, bytes]:
    """Wall seconds, CPU seconds, exit code, output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, done.returncode, done.stdout


def import_once(warc: Path, folder: Path, archive: str, environ: dict[str, str]) -> dict[str, Any]:
    """One whole import into an empty archive."""
    environ = environ | {"HARVEST_ARCHIVE": archive, "HARVEST_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "harvester", "import", str(warc), "--json"]
    seconds, cpu, code, out = timed(command, environ)
    report = json.loads(out)
    (told,) = report["settings"]["recordings"]
    stored = sum(part["outcomes"].get("stored", 0) for part in report["sources"].values())
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "exit_code": code,
        "pages": told["pages"],
        "articles": stored,
        "sources": len(report["sources"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--s3", action="store_true")
    args = parser.parse_args()
    imports: list[dict[str, Any]] = []
    loops: list[tuple[float, float]] = []
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        environ = dict(os.environ)
        if args.s3:
            (folder / "seaweedfs").mkdir()
            bucket = stack.enter_context(seaweedfs(folder / "seaweedfs"))
            environ |= bucket.environment
        warc = folder / "pages.warc.gz"
        count = write_warc(warc, pages(args.data, args.hosts), 1)
        for turn in range(args.repeat):
            at = folder / str(turn)
            at.mkdir()
            archive = bucket.url(f"bench-{turn}") if args.s3 else f"file://{at}/archive"
            imports.append(import_once(warc, at, archive, environ))
            seconds, cpu, _, _ = timed([sys.executable, "-c", LOOP, str(warc), str(at / "out.jsonl")], environ)
            loops.append((seconds, cpu))
            extracted = len((at / "out.jsonl").read_text(encoding="utf-8").splitlines())
    ours, theirs = min(one["seconds"] for one in imports), min(seconds for seconds, _ in loops)
    result = {
        "pages": count,
        "warc": "each page under its own address" if args.hosts is None else f"on {args.hosts} hosts",
        "import": [{name: round(value, 1) for name, value in one.items()} for one in imports],
        "loop_seconds": [round(seconds, 1) for seconds, _ in loops],
        "loop_cpu_seconds": [round(cpu, 1) for _, cpu in loops],
        "loop_extracted": extracted,
        "import_pages_per_s": round(count / ours, 1),
        "loop_pages_per_s": round(count / theirs, 1),
        "times_as_fast": round(theirs / ours, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
