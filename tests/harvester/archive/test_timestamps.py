"""Time stamps by a real authority: openssl's, on loopback."""

import hashlib
import logging
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harvester.archive import ObjectStore, keys
from harvester.archive.timestamps import (
    StampRefused,
    authorities_of,
    check_stamp,
    parse_stamp,
    requested,
    stamp,
)
from harvester.errors import UsageError
from harvester.verifying.chain import Trust
from tests.harvester.verifying.archives import fill, flip, overwrite, told, verified
from tests.timestamp_authority import authority, certificates


def test_a_commit_is_stamped_and_openssl_verifies_it(any_store: ObjectStore, tmp_path: Path) -> None:
    fill(any_store)
    with authority(tmp_path / "tsa") as tsa:
        assert stamp(any_store, 3, tsa.url)
        assert stamp(any_store, 3, tsa.url)  # once is enough
    token = any_store.get("commits/000000003.tsr")
    commit = any_store.get(keys.commit_key(3))
    found = parse_stamp(token)
    assert found.imprint == hashlib.sha256(commit).hexdigest()
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=5)

    (tmp_path / "000000003.tsr").write_bytes(token)
    (tmp_path / "000000003.json").write_bytes(commit)
    command = ["openssl", "ts", "-verify", "-in", "000000003.tsr", "-data", "000000003.json", "-CAfile", "tsa/ca.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    for trust in (Trust(), Trust(authorities=tuple(authorities_of(tsa.ca)))):
        for quick in (False, True):
            checked = verified(any_store, trust=trust, quick=quick)
            assert (told(checked), checked.stamped) == ([], 1)


def test_a_stamp_of_another_commit_or_authority_is_found(folder_store: ObjectStore, tmp_path: Path) -> None:
    fill(folder_store)
    with authority(tmp_path / "tsa") as tsa:
        assert stamp(folder_store, 3, tsa.url)
    certificates(tmp_path / "other")
    other = Trust(authorities=tuple(authorities_of(tmp_path / "other" / "ca.pem")))
    key = keys.stamp_key(3)
    assert told(verified(folder_store, trust=other)) == [(key, "stamp")]
    token = folder_store.get(key)
    folder_store.put_new(keys.stamp_key(2), token, content_type="application/timestamp-reply")
    folder_store.put_new(keys.stamp_key(9), token, content_type="application/timestamp-reply")
    assert sorted(told(verified(folder_store))) == [(keys.stamp_key(2), "stamp"), (keys.stamp_key(9), "extra")]


def test_a_damaged_stamp_is_found(folder_store: ObjectStore, tmp_path: Path) -> None:
    fill(folder_store)
    with authority(tmp_path / "tsa") as tsa:
        stamp(folder_store, 1, tsa.url)
    key = keys.stamp_key(1)
    trust = Trust(authorities=tuple(authorities_of(tsa.ca)))
    body = folder_store.get(key)
    for at in (-1, -100, 20):
        flip(folder_store, key, at)
        assert told(verified(folder_store, trust=trust)) == [(key, "stamp")]
        overwrite(folder_store, key, body)
    overwrite(folder_store, key, b"")
    assert told(verified(folder_store)) == [(key, "stamp")]


def test_an_authority_that_fails_costs_a_warning(
    folder_store: ObjectStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(folder_store)
    with authority(tmp_path / "a", answer=b"<html>", status=200) as tsa:
        assert not stamp(folder_store, 1, tsa.url)
    with authority(tmp_path / "b", answer=b"", status=500) as tsa:
        assert not stamp(folder_store, 1, tsa.url)
    assert not stamp(folder_store, 1, tsa.url)  # nobody is there any more
    assert not stamp(folder_store, 1, "file:///etc/passwd")
    assert not stamp(folder_store, 7, tsa.url)  # no such commit
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 5
    assert "commit 1 has no time stamp" in warnings[0].getMessage()
    assert folder_store.size(keys.stamp_key(1)) is None


def test_an_answer_to_another_question_is_refused(tmp_path: Path) -> None:
    with authority(tmp_path / "tsa") as tsa:
        first = requested(b"first", tsa.url)
        same = requested(b"second", tsa.url)
    with authority(tmp_path / "replayed", answer=first) as tsa, pytest.raises(StampRefused, match="something else"):
        requested(b"second", tsa.url)
    with authority(tmp_path / "again", answer=same) as tsa, pytest.raises(StampRefused, match="another request"):
        requested(b"second", tsa.url)


def test_a_refusal_is_told(tmp_path: Path) -> None:
    refusal = bytes.fromhex("30053003020102")  # PKIStatusInfo with status 2: rejection (RFC 3161, 2.4.2)
    with pytest.raises(StampRefused):
        parse_stamp(refusal)
    with pytest.raises(StampRefused, match="is of something else"), authority(tmp_path / "tsa") as tsa:
        check_stamp(requested(b"text", tsa.url), "0" * 64, [])


def test_files_without_certificates_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("x", encoding="utf-8")
    for name in ("x.pem", "absent.pem"):
        with pytest.raises(UsageError, match=name):
            authorities_of(tmp_path / name)
