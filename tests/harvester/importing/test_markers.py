"""How far a recording has been taken over."""

from pathlib import Path

import pytest

from harvester.archive import ObjectStore, keys
from harvester.errors import StoreError
from harvester.importing.found import BEGINNING, Place
from harvester.importing.inputs import WarcRecording
from harvester.importing.markers import Markers
from harvester.importing.streams import LocalFile
from tests.harvester.importing.warcs import AT

RUN_ID = "20261101T120000Z-3f9a2c"


@pytest.fixture
def recording(tmp_path: Path) -> WarcRecording:
    path = tmp_path / "x.warc"
    path.write_bytes(b"WARC/1.0 " * 20_000)
    return WarcRecording(file=LocalFile(path=path))


def test_the_farthest_mark_counts(any_store: ObjectStore, recording: WarcRecording) -> None:
    markers = Markers(store=any_store)
    identity = markers.identity(recording)
    assert markers.reached(identity) == BEGINNING
    far = Place(offset=100_000, records=70, record_id="<urn:b>")
    for place in (far, Place(offset=9_000, records=4, record_id="<urn:a>"), far):
        markers.put(identity, recording, place, RUN_ID, AT)
    assert markers.reached(identity) == far
    assert keys.parse_import_key(keys.import_key(identity, 9_000)) == (identity, 9_000)


def test_another_file_or_another_question_is_another_import(
    folder_store: ObjectStore, recording: WarcRecording
) -> None:
    identities = {
        Markers(store=folder_store).identity(recording),
        Markers(store=folder_store, source="a").identity(recording),
        Markers(store=folder_store, since=AT.date()).identity(recording),
        Markers(store=folder_store, until=AT.date()).identity(recording),
    }
    assert isinstance(recording.file, LocalFile)
    recording.file.path.write_bytes(b"WARC/1.1 " * 20_000)
    identities.add(Markers(store=folder_store).identity(recording))
    assert len(identities) == 5


def test_a_damaged_mark_is_named(folder_store: ObjectStore, recording: WarcRecording) -> None:
    markers = Markers(store=folder_store)
    identity = markers.identity(recording)
    folder_store.put_new(keys.import_key(identity, 5), b"{", content_type="application/json")
    with pytest.raises(StoreError, match=keys.import_key(identity, 5)):
        markers.reached(identity)
