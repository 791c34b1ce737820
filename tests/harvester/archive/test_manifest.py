"""The manifest is written and read, by older and newer versions too."""

import orjson
import pytest
from pydantic import ValidationError

from harvester.archive.manifest import (
    Manifest,
    ManifestArticle,
    ManifestList,
    ManifestObject,
    ManifestPage,
    parse_manifest,
)
from harvester.errors import StoreError
from harvester.outcomes import Outcome, Reason
from tests.archive_samples import NOON, RUN_ID, article_id

CAPTURE = ManifestObject(key="captures/x", sha256="1" * 64, size=10, kind="capture")
ARTICLE = ManifestArticle(
    key="articles/x",
    sha256="2" * 64,
    size=20,
    id=article_id("x"),
    revision=1,
    derivation=1,
    url="https://news.example/x",
    content_sha256="3" * 64,
    fetched_at=NOON,
)
MANIFEST = Manifest(
    run_id=RUN_ID,
    source="example",
    started_at=NOON,
    ended_at=NOON,
    objects=[CAPTURE, ARTICLE],
    pages=[
        ManifestPage(url="https://news.example/x", outcome=Outcome.STORED, article_id=article_id("x"), at=NOON),
        ManifestPage(url="https://news.example/y", outcome=Outcome.FAILED, reason=Reason.TIMEOUT, at=NOON),
    ],
    lists=[ManifestList(url="https://news.example/feed", etag='"1"')],
)


def test_a_manifest_comes_back() -> None:
    again = parse_manifest(MANIFEST.to_json())
    assert again == MANIFEST
    assert [type(written) for written in again.objects] == [ManifestObject, ManifestArticle]


def test_what_later_versions_add_is_ignored() -> None:
    values = orjson.loads(MANIFEST.to_json()) | {"merkle_root": "x"}
    values["objects"][0]["etag"] = "y"
    assert parse_manifest(orjson.dumps(values)) == MANIFEST


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"{", "not a manifest"), (b"{}", "run_id"), (MANIFEST.to_json().replace(b'n":1,', b'n":7,', 1), "of version 7")],
)
def test_what_is_no_manifest_is_told_with_its_key(body: bytes, problem: str) -> None:
    with pytest.raises(StoreError, match=problem) as error:
        parse_manifest(body, "runs/x")
    assert error.value.key == "runs/x"


def test_an_articles_line_must_say_which_article() -> None:
    values = orjson.loads(MANIFEST.to_json())
    del values["objects"][1]["id"]
    with pytest.raises(StoreError):
        parse_manifest(orjson.dumps(values))
    with pytest.raises(ValidationError):
        ManifestObject(key="articles/x", sha256="1" * 64, size=1, kind="article")
