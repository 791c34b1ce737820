"""Fixtures that tests of several packages share."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import hypothesis
import pytest

from harvester.archive import ObjectStore, open_store
from tests.bucket import Bucket, seaweedfs
from tests.command import Harvest
from tests.site import Site

hypothesis.settings.register_profile("here", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("here")


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as bucket:
        yield bucket


@pytest.fixture
def bucket(_server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A real S3 server with one bucket; the AWS settings of this process (and of those it starts) lead there."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    for name, value in _server.environment.items():
        monkeypatch.setenv(name, value)
    return _server


@pytest.fixture
def s3_store(bucket: Bucket) -> ObjectStore:
    """An empty prefix of the bucket."""
    return open_store(bucket.url(f"test-{token_hex(6)}"))


@pytest.fixture
def folder_store(tmp_path: Path) -> ObjectStore:
    """An empty folder."""
    return open_store(str(tmp_path / "archive"))


@pytest.fixture(params=["folder", "s3"])
def any_store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each test runs on a folder and on the S3 server."""
    store: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return store


@pytest.fixture
def site() -> Iterator[Site]:
    """A news site on loopback."""
    with Site() as site:
        yield site


@pytest.fixture
def harvest(tmp_path: Path) -> Harvest:
    """The command, in a folder of its own."""
    return Harvest(folder=tmp_path, archive=f"file://{tmp_path}/archive", cache=tmp_path / "cache")
