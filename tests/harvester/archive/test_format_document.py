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
from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys
from harvester.archive.columns import unpack
from harvester.archive.links import CopyLink, link_lines
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestList, ManifestObject, ManifestPage
from harvester.archive.marks import Mark
from harvester.archive.merged import MergedDay
from harvester.archive.record import ArticleRecord, Derivation, instant
from harvester.archive.segment import Segment
from tests.archive_samples import NOON, article, article_id, record
from tests.bucket import ACCESS_KEY, SECRET_KEY, Bucket
from tests.harvester.articles import put

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


@pytest.fixture
def linked_store(folder_store: ObjectStore) -> ObjectStore:
    """An original and two copies; of the first the record says so, of the second and again of the first a link."""
    first, second, third = (record(name, source=name) for name in ("first", "second", "third"))
    second = second.model_copy(update={"copy_of": third.id, "similarity": 0.7, "copy_kind": "partial"})
    put(folder_store, first)
    put(folder_store, second)
    put(folder_store, third)
    links = [
        CopyLink(
            id=one.id,
            source=one.source,
            copy_of=first.id,
            similarity=1.0,
            copy_kind="copy",
            linked_at=instant(NOON),
        )
        for one in (second, third)
    ]
    key = keys.batch_links_key(NOON.date(), NOON.date(), "0" * 12)
    folder_store.put_new(key, link_lines(links), content_type="application/jsonl")
    return folder_store


def test_the_query_for_copies_gives_what_the_reader_gives(linked_store: ObjectStore) -> None:
    (query,) = examples("sql links")
    rows = duckdb.connect().execute(query.replace("ARCHIVE", urlsplit(linked_store.url).path)).fetchall()
    read = {(one.id, one.revision, one.copy_of) for one in ArchiveReader(linked_store).records() if one.copy_of}
    assert set(rows) == read
    assert {copy_of for _, _, copy_of in read} == {article_id("first")}
    assert len(read) == 2


def test_the_example_reads_segments(linked_store: ObjectStore) -> None:
    (program,) = examples("python columns")
    expected = sorted(f"{article_id(name)} {name}" for name in ("first", "second", "third"))
    assert sorted(printed(program.replace("ARCHIVE", urlsplit(linked_store.url).path))) == expected


@pytest.mark.parametrize("model", [CopyLink, Mark, MergedDay])
def test_every_field_of_the_smaller_objects_is_told(model: type[CopyLink]) -> None:
    assert [name for name in model.model_fields if f"`{name}`" not in DOCUMENT] == []


def test_every_column_is_told() -> None:
    segment = Segment.of(NOON.date(), [])
    _, columns = unpack(segment.to_bytes(), "segment")
    assert [name for name in columns if f"`{name}`" not in DOCUMENT] == []


def test_every_kind_of_key_is_told() -> None:
    roots = [
        value
        for name, value in vars(keys).items()
        if name.isupper() and name[0] != "_" and isinstance(value, str) and value.endswith("/")
    ]
    assert len(roots) >= 9
    for root in (*roots, ".probe/"):
        assert f"`{root}" in DOCUMENT
