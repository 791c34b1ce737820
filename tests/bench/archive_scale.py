"""What the archive's commands take at scale: `harvest tables` and `harvest read`, one query on tables and on records.

    python -m tests.bench.archive_scale FOLDER [RECORDS] [OBJECTS] [BUCKETED]

FOLDER gets the made-up archive, if it is not there: RECORDS (1 000 000) in tables and as objects, of which the first
OBJECTS (200 000) are read; BUCKETED (200 000) of them also in SeaweedFS, which runs on the same cores. Peak memory is
of the command's process and its largest child.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import duckdb

from tests.bench.made_archive import A_DAY, FIRST, make
from tests.bucket import seaweedfs


def measured(*arguments: str) -> tuple[float, float, int]:
    """Seconds, peak MB, and lines on standard output, of one `harvest` command that ends well."""
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("harvest")), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = 0
        while chunk := process.stdout.read(1 << 20):
            lines += chunk.count(b"\n")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (command, process.returncode)
    return time.monotonic() - begun, usage.ru_maxrss / 1024, lines


def tell(what: str, records: int, seconds: float, peak: float) -> None:
    print(f"{what:44} {records:>9,} in {seconds:7.1f} s  {records / seconds:>8,.0f}/s  {peak:5.0f} MB", flush=True)


def read(what: str, archive: str, *arguments: str) -> None:
    seconds, peak, lines = measured("--archive", archive, "read", *arguments)
    tell(what, lines, seconds, peak)


QUERY = """SELECT source, count(*), avg(length(text)) FROM {} WHERE language = 'ar' AND text LIKE '%و%'
    GROUP BY source ORDER BY source"""

RECORDS = """(SELECT * FROM read_json('{}', hive_partitioning = false, columns = {{
    id: 'VARCHAR', revision: 'INTEGER', source: 'VARCHAR', language: 'VARCHAR', text: 'VARCHAR',
    derivation: 'STRUCT(number INTEGER)'}}) QUALIFY row_number() OVER
    (PARTITION BY id ORDER BY revision DESC, derivation.number DESC) = 1)"""


def query(what: str, table: str) -> tuple[float, list[tuple[object, ...]]]:
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    begun = time.monotonic()
    rows = connection.execute(QUERY.format(table)).fetchall()
    seconds = time.monotonic() - begun
    print(f"{what:44} {len(rows):>9,} groups in {seconds:5.2f} s", flush=True)
    return seconds, rows


def queries(folder: Path) -> None:
    """The same question to tables and to records, of the first days, which DuckDB can read in reasonable time."""
    days = sorted({path.name for path in folder.glob("articles/*/*")})[:2]
    pattern = f"{folder}/articles/*/date=2026-01-0[12]/*.json"
    asked = f"(FROM read_parquet('{folder}/tables/articles/*/*.parquet') WHERE harvested_on <= DATE '{days[1][5:]}')"
    slow, expected = query(f"DuckDB, records of {len(days)} days", RECORDS.format(pattern))
    fast, found = query("DuckDB, tables, the same days", asked)
    print(f"tables are {slow / fast:.0f} times faster; answers {'equal' if len(found) == len(expected) else 'DIFFER'}")
    query("DuckDB, tables, all", f"read_parquet('{folder}/tables/articles/*/*.parquet')")


def main(folder: Path, records: int, objects: int, bucketed: int) -> None:
    archive = f"file://{folder}"
    if not folder.exists():
        make(archive, records)
    seconds, peak, _ = measured("--archive", archive, "tables")
    tell("tables, file://", records, seconds, peak)
    seconds, peak, _ = measured("--archive", archive, "tables")
    tell("tables again, nothing new", 0, seconds, peak)
    read("read, from tables", archive, "--from", "tables")
    read("read --format parquet, from tables", archive, "--from", "tables", "--format", "parquet", "-o", "/dev/null")
    until = (FIRST + timedelta(days=objects // A_DAY - 1)).isoformat()
    read("read, from objects, file://", archive, "--from", "objects", "--until", until)
    seconds, peak, _ = measured("--archive", archive, "search", "council", "--limit", "20")
    tell("search one word", records, seconds, peak)
    queries(folder)
    with seaweedfs(folder.parent) as bucket:
        os.environ.update(bucket.environment)
        remote = bucket.url("scale")
        begun = time.monotonic()
        make(remote, bucketed)
        tell("made in SeaweedFS", bucketed, time.monotonic() - begun, 0)
        read("read, from objects, SeaweedFS", remote, "--from", "objects")
        seconds, peak, _ = measured("--archive", remote, "tables")
        tell("tables, SeaweedFS", bucketed, seconds, peak)
        read("read, from tables, SeaweedFS", remote, "--from", "tables")


def numbers(given: Sequence[str]) -> tuple[int, int, int]:
    defaults = (1_000_000, 200_000, 200_000)
    return tuple(int(one) for one in given) + defaults[len(given) :]  # type: ignore[return-value]


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), *numbers(sys.argv[2:]))
