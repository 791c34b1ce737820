"""FORMAT.md says what is so: its examples run, and it names every field and key."""

import io
import re
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import duckdb_extension_httpfs
import pytest

import harvester.archive
from harvester.archive import ArchiveWriter, ObjectStore
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestList, ManifestObject, ManifestPage
from harvester.archive.record import ArticleRecord, Derivation
from tests.archive_samples import NOON, article, record
from tests.bucket import ACCESS_KEY, SECRET_KEY, Bucket

DOCUMENT = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")
TITLES = ["افتتاح المرفأ", "Harbour reopens, corrected"]


def examples(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found
    return found


def fill(store: ObjectStore) -> None:
    """Two articles; one has two revisions, and its second one two derivations."""
    later = {"fetched_at": NOON + timedelta(hours=1), "revision": 2}
    ArchiveWriter(store, lambda: NOON).put_article(record("harbour"))
    ArchiveWriter(store, lambda: NOON).put_article(record("other", article("افتتاح المرفأ", "خبر"), source="other"))
    writer = ArchiveWriter(store, lambda: NOON + timedelta(days=1))
    writer.put_article(record("harbour", article("Harbour"), **later))
    writer.put_article(record("harbour", article("Harbour reopens, corrected"), number=2, **later))


def printed(program: str) -> list[str]:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(program, "FORMAT.md", "exec"), {})
    return out.getvalue().splitlines()


@pytest.mark.parametrize("program", examples("python"), ids=range(len(examples("python"))))
def test_the_python_examples_read_a_folder(program: str, folder_store: ObjectStore) -> None:
    fill(folder_store)
    assert printed(program.replace("ARCHIVE", urlsplit(folder_store.url).path)) == TITLES


@pytest.mark.parametrize("program", examples("python s3"), ids=range(len(examples("python s3"))))
def test_the_python_examples_read_a_bucket(program: str, s3_store: ObjectStore, bucket: Bucket) -> None:
    fill(s3_store)
    prefix = s3_store.url.removeprefix(bucket.url(""))
    assert printed(program.replace("BUCKET", bucket.name).replace("PREFIX", prefix)) == TITLES


@pytest.mark.parametrize("query", examples("sql"), ids=range(len(examples("sql"))))
def test_the_sql_examples_read_a_folder(query: str, folder_store: ObjectStore) -> None:
    fill(folder_store)
    rows = duckdb.connect().execute(query.replace("ARCHIVE", urlsplit(folder_store.url).path)).fetchall()
    assert [row[0] for row in rows] == TITLES


@pytest.mark.parametrize("query", examples("sql s3"), ids=range(len(examples("sql s3"))))
def test_the_sql_examples_read_a_bucket(query: str, s3_store: ObjectStore, bucket: Bucket) -> None:
    connection = duckdb.connect()
    (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    fill(s3_store)
    values = {
        "'KEY'": f"'{ACCESS_KEY}'",
        "'SECRET'": f"'{SECRET_KEY}'",
        "HOST": bucket.endpoint.removeprefix("http://"),
        "BUCKET": bucket.name,
        "PREFIX": s3_store.url.removeprefix(bucket.url("")),
    }
    for name, value in values.items():
        query = query.replace(name, value)
    assert [row[0] for row in connection.execute(query).fetchall()] == TITLES


@pytest.mark.parametrize(
    "model", [ArticleRecord, Derivation, Manifest, ManifestObject, ManifestArticle, ManifestPage, ManifestList]
)
def test_every_field_is_told(model: type[ArticleRecord]) -> None:
    missing = [name for name in model.model_fields if not re.search(rf'`"?{name}"?`|"{name}"', DOCUMENT)]
    assert not missing


def test_every_kind_of_key_is_told() -> None:
    for root in ("articles/", "captures/", "furniture/", "runs/", "claims/", ".probe/"):
        assert f"`{root}" in DOCUMENT
