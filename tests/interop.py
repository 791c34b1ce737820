"""Other people's tools on one archive, and the table in FORMAT.md that says which have read what.

    python -m tests.interop      fill the table with the versions that are installed here

Each reader gets an archive of two articles, in a folder and in a bucket, and must come to their titles by itself.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.bucket import ACCESS_KEY, SECRET_KEY, Bucket

DOCUMENT = Path(__file__).parents[1] / "harvester" / "archive" / "FORMAT.md"
BEGIN, END = "<!-- filled by python -m tests.interop -->\n", "<!-- end -->\n"

READERS = Path(sys.prefix) / "readers" / "bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one and the same archive stands."""

    folder: Path
    bucket: Bucket
    prefix: str

    @property
    def url(self) -> str:
        return self.bucket.url(self.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A tool that reads something of an archive."""

    tool: str
    what: str
    version: Callable[[], str]
    titles: Callable[[Place], Iterable[str]]
    needs: Path | None = None  # a program without which it can't run


def latest(rows: Iterable[dict[str, Any]]) -> set[str]:
    """Of each article the latest revision in its latest derivation, as FORMAT.md says."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = found.get(row["id"])
        if known is None or _rank(row) > _rank(known):
            found[row["id"]] = row
    return {row["title"] for row in found.values()}


def _rank(row: dict[str, Any]) -> tuple[int, int]:
    return row["revision"], row["derivation"]["number"]


# Tools


def _standard_library(place: Place) -> set[str]:
    return latest(json.loads(path.read_bytes()) for path in place.folder.glob("articles/*/*/*.json"))


def _curl(place: Place) -> set[str]:
    """Signs its requests itself; lists, then gets each record."""
    command = ["curl", "--silent", "--fail", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user"]
    command += [f"{ACCESS_KEY}:{SECRET_KEY}"]
    base = f"{place.bucket.endpoint}/{place.bucket.name}"
    listing = _out([*command, f"{base}?list-type=2&prefix={place.prefix}%2Farticles%2F"])
    keys = re.findall(r"<Key>([^<]+)</Key>", listing)
    return latest(json.loads(_out([*command, f"{base}/{quote(key)}"])) for key in keys)  # curl signs "=" only as %3D


def _aws(place: Place) -> set[str]:
    copy = place.folder.parent / "aws-copy"
    _out([str(READERS / "aws"), "s3", "cp", "--quiet", "--recursive", f"{place.url}/articles/", str(copy)])
    return latest(json.loads(path.read_bytes()) for path in copy.rglob("*.json"))


def _boto3(place: Place) -> set[str]:
    import boto3

    objects = boto3.resource("s3").Bucket(place.bucket.name).objects.filter(Prefix=f"{place.prefix}/articles/")
    return latest(json.load(found.get()["Body"]) for found in objects)


def _duckdb_json(place: Place) -> set[str]:
    import duckdb

    query = f"""SELECT title FROM read_json('{place.folder}/articles/*/*/*.json', hive_partitioning = false)
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY revision DESC, derivation.number DESC) = 1"""
    return {title for (title,) in duckdb.sql(query).fetchall()}


def _duckdb(place: Place) -> set[str]:
    import duckdb

    return {row[0] for row in duckdb.sql(f"SELECT title FROM '{place.folder}/tables/articles/*/*.parquet'").fetchall()}


def _duckdb_s3(place: Place) -> set[str]:
    import duckdb
    import duckdb_extension_httpfs

    connection = duckdb.connect()
    (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY}', SECRET '{SECRET_KEY}', URL_STYLE 'path', USE_SSL false,"
        f" ENDPOINT '{place.bucket.endpoint.removeprefix('http://')}')"
    )
    return {row[0] for row in connection.sql(f"SELECT title FROM '{place.url}/tables/articles/*/*.parquet'").fetchall()}


def _polars(place: Place) -> set[str]:
    import polars

    return set(polars.scan_parquet(f"{place.folder}/tables/articles/*/*.parquet").collect()["title"])


def _polars_s3(place: Place) -> set[str]:
    import polars

    options = {
        "aws_endpoint_url": place.bucket.endpoint,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    table = polars.scan_parquet(f"{place.url}/tables/articles/*/*.parquet", storage_options=options)
    return set(table.select("title").collect()["title"])


def _pyarrow(place: Place) -> set[str]:
    from pyarrow import dataset

    table = dataset.dataset(place.folder / "tables" / "articles", partitioning="hive").to_table(columns=["title"])
    return set(table["title"].to_pylist())


def _pyarrow_s3(place: Place) -> set[str]:
    from pyarrow import dataset, fs

    endpoint = place.bucket.endpoint.removeprefix("http://")
    store = fs.S3FileSystem(
        access_key=ACCESS_KEY, secret_key=SECRET_KEY, endpoint_override=endpoint, scheme="http", region="us-east-1"
    )
    path = f"{place.bucket.name}/{place.prefix}/tables/articles"
    return set(dataset.dataset(path, filesystem=store, partitioning="hive").to_table()["title"].to_pylist())


SPARK = """
import sys
from pyspark.sql import SparkSession
spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())
rows = spark.read.parquet(sys.argv[1] + "/tables/articles").select("title").collect()
print("\\n".join(row.title for row in rows))
"""


def _spark(place: Place) -> set[str]:
    out = _out([str(READERS / "python"), "-c", SPARK, str(place.folder)], quiet=True)
    return set(out.splitlines())


def _warcio(place: Place) -> set[str]:
    from warcio.archiveiterator import ArchiveIterator

    found = set()
    for path in place.folder.glob("captures/*/*/*.warc.gz"):
        with path.open("rb") as file:
            found |= {
                _title(one.content_stream().read()) for one in ArchiveIterator(file) if one.rec_type == "response"
            }
    return found


def _fastwarc(place: Place) -> set[str]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    joined = place.folder.parent / "joined.warc.gz"
    joined.write_bytes(b"".join(path.read_bytes() for path in sorted(place.folder.glob("captures/*/*/*.warc.gz"))))
    with joined.open("rb") as file:
        return {
            _title(one.reader.read())
            for one in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True)
        }


def _title(page: bytes) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.decode(), re.DOTALL)
    assert found
    return found[1].strip()


def _out(command: list[str], *, quiet: bool = False) -> str:
    done = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if quiet else None
    )
    return done.stdout


def _package(name: str) -> Callable[[], str]:
    return lambda: importlib.metadata.version(name)


def _of_readers(name: str) -> Callable[[], str]:
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return lambda: _out([str(READERS / "python"), "-c", code]).strip()


def _curl_version() -> str:
    return _out(["curl", "--version"]).split()[1]


def _python_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


RECORDS, TABLES, CAPTURES = "records", "tables", "captures"

ALL = (
    Reader(tool="Python", what=f"{RECORDS}, folder", version=_python_version, titles=_standard_library),
    Reader(tool="curl", what=f"{RECORDS}, bucket", version=_curl_version, titles=_curl, needs=Path("/usr/bin/curl")),
    Reader(tool="aws s3", what=f"{RECORDS}, bucket", version=_of_readers("awscli"), titles=_aws, needs=READERS / "aws"),
    Reader(tool="boto3", what=f"{RECORDS}, bucket", version=_package("boto3"), titles=_boto3),
    Reader(tool="DuckDB", what=f"{RECORDS}, folder", version=_package("duckdb"), titles=_duckdb_json),
    Reader(tool="DuckDB", what=f"{TABLES}, folder", version=_package("duckdb"), titles=_duckdb),
    Reader(tool="DuckDB", what=f"{TABLES}, bucket", version=_package("duckdb"), titles=_duckdb_s3),
    Reader(tool="Polars", what=f"{TABLES}, folder", version=_package("polars"), titles=_polars),
    Reader(tool="Polars", what=f"{TABLES}, bucket", version=_package("polars"), titles=_polars_s3),
    Reader(tool="pyarrow", what=f"{TABLES}, folder", version=_package("pyarrow"), titles=_pyarrow),
    Reader(tool="pyarrow", what=f"{TABLES}, bucket", version=_package("pyarrow"), titles=_pyarrow_s3),
    Reader(
        tool="Spark", what=f"{TABLES}, folder", version=_of_readers("pyspark"), titles=_spark, needs=READERS / "python"
    ),
    Reader(tool="warcio", what=CAPTURES, version=_package("warcio"), titles=_warcio),
    Reader(tool="FastWARC", what=f"{CAPTURES}, joined", version=_package("fastwarc"), titles=_fastwarc),
)

REPLAYED = (
    ("pywb", "captures, CDXJ, WACZ", _of_readers("pywb"), "tests/test_replay.py"),
    ("wacz", "WACZ, validated", _of_readers("wacz"), "tests/test_replay.py"),
)


def table() -> str:
    """As it stands in FORMAT.md."""
    lines = ["| tool | version | what was read |", "| --- | --- | --- |"]
    lines += [f"| {one.tool} | {one.version()} | {one.what} |" for one in ALL]
    lines += [f"| {tool} | {version()} | {what} |" for tool, what, version, _ in REPLAYED]
    return "\n".join(lines) + "\n"


def fill() -> None:
    """Put the table into FORMAT.md, with the versions that are installed here."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOCUMENT.write_text(before + BEGIN + table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    fill()
