"""Harvest the real pages of a data set, served from loopback as their own sites, into a store; speed and memory.

    python -m tests.bench.real_pages DATA_DIR [--s3] [--limit N]

DATA_DIR holds index.jsonl and gzipped pages (the common format of the scorers beside the data). All pages are served by
one loopback proxy under their own addresses (http in place of https) and listed in one sitemap a site; `harvest run`
harvests the sites with `delay_s = 0`. Printed as JSON: pages, articles, wall seconds, articles/s, peak memory of the
process (MB), outcomes.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import tomli_w

from tests.bench.proxy import Answer, ProxySite
from tests.bucket import seaweedfs


def load_pages(folder: Path, limit: int | None) -> list[dict[str, Any]]:
    """Lines of the index with `markup` (bytes) and an http address of their own."""
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
    pages = [json.loads(line) for line in lines[:limit]]
    for page in pages:
        page["markup"] = gzip.decompress((folder / page["html"]).read_bytes())
        parts = urlsplit(page["url"])
        page["address"] = parts._replace(
            scheme="http", netloc=parts.hostname or "unknown.example", fragment=""
        ).geturl()
    return pages


def sites(pages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Answer]]:
    """Source tables, and what the server answers by address."""
    by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in pages:
        by_host[urlsplit(page["address"]).netloc].append(page)
    answers: dict[str, Answer] = {}
    sources = []
    for host, listed in by_host.items():
        home = f"http://{host}/"
        entries = "".join(f"<url><loc>{escape(page['address'])}</loc></url>" for page in listed)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        answers[f"{home}harvest-sitemap.xml"] = Answer(body=sitemap.encode(), content_type="application/xml")
        for page in listed:
            answers[page["address"]] = Answer(body=page["markup"], content_type="text/html; charset=utf-8")
        sources.append(
            {"name": host, "home": home, "sitemaps": [f"{home}harvest-sitemap.xml"], "delay_s": 0.0, "concurrency": 8}
        )
    return sources, answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--s3", action="store_true", help="into a SeaweedFS started here; default: a temporary folder")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    pages = load_pages(args.data, args.limit)
    sources, answers = sites(pages)
    with TemporaryDirectory() as folder, ProxySite(answers) as site, ExitStack() as stack:
        config = Path(folder, "harvest.toml")
        archive = f"file://{folder}/archive"
        environ = dict(os.environ)
        if args.s3:
            server_folder = Path(folder, "seaweedfs")
            server_folder.mkdir()
            bucket = stack.enter_context(seaweedfs(server_folder))
            archive = bucket.url("bench")
            environ |= bucket.environment
        values = {
            "archive": archive,
            "cache": f"{folder}/cache",
            "proxy": site.proxy_url,
            "workers": 16,
            "source": sources,
        }
        config.write_text(tomli_w.dumps(values), encoding="utf-8")
        output = Path(folder, "report.json")
        began = time.perf_counter()
        command = [sys.executable, "-m", "harvester", "run", "--all", "--config", str(config), "--json"]
        with output.open("wb") as stream:
            code = subprocess.run(command, stdout=stream, env=environ, check=False).returncode
        seconds = time.perf_counter() - began
        report = json.loads(output.read_text(encoding="utf-8"))
    outcomes: dict[str, int] = defaultdict(int)
    reasons: dict[str, int] = defaultdict(int)
    for part in report["sources"].values():
        for name, count in part["outcomes"].items():
            outcomes[name] += count
        for name, count in part["reasons"].items():
            reasons[name] += count
    result = {
        "data": args.data.name,
        "pages": len(pages),
        "sites": len(sources),
        "exit_code": code,
        "seconds": round(seconds, 1),
        "articles_per_s": round(outcomes["stored"] / seconds, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "outcomes": outcomes,
        "reasons": reasons,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
