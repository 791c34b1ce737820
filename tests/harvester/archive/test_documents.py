"""The archive describes itself."""

import hashlib
import json
from pathlib import Path

import harvester.archive
from harvester import __version__
from harvester.archive import ObjectStore
from harvester.archive.documents import publish_documents
from tests.command import Harvest
from tests.site import Site

BESIDE = Path(harvester.archive.__file__).parent


def test_format_and_schema_are_put_into_the_archive_once(any_store: ObjectStore) -> None:
    for _ in range(2):
        publish_documents(any_store)
    stored = {found.key: any_store.get(found.key) for found in any_store.list("documents/")}
    bodies = {name: (BESIDE / name).read_bytes() for name in ("FORMAT.md", "article.schema.json")}
    marks = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in bodies.items()}
    assert stored == {
        f"documents/{__version__}/FORMAT-{marks['FORMAT.md']}.md": bodies["FORMAT.md"],
        f"documents/{__version__}/article-{marks['article.schema.json']}.schema.json": bodies["article.schema.json"],
    }


def test_records_of_a_run_are_valid_by_the_schema_in_their_own_archive(harvest: Harvest, site: Site) -> None:
    import jsonschema

    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    archive = harvest.folder / "archive"
    (file,) = archive.glob("documents/*/article-*.schema.json")
    schema = json.loads(file.read_text("utf-8"))
    records = [json.loads(path.read_text("utf-8")) for path in archive.glob("articles/*/*/*.json")]
    assert len(records) == 2
    for record in records:
        jsonschema.validate(record, schema, cls=jsonschema.Draft202012Validator)
