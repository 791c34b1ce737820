"""Signatures of commits, by keys as openssl makes them."""

import base64
import subprocess
from pathlib import Path

import pytest

from harvester.archive import ObjectStore, keys
from harvester.archive.commits import CommitLog, signed_bytes
from harvester.archive.signing import is_signed, public_key_of, signer, signer_of
from harvester.config import load_settings
from harvester.errors import UsageError
from harvester.verifying.chain import Trust
from tests.harvester.verifying.archives import committed, fill, overwrite, told, verified


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """As OPERATING.md tells to make it; `….pub` has the public one."""
    file = tmp_path / "sign.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", file)
    openssl("pkey", "-in", file, "-pubout", "-out", file.with_suffix(".pub"))
    return file


def test_a_signature_is_one_that_openssl_takes(key: Path, tmp_path: Path) -> None:
    signature, public = signer(key)(b"what was signed")
    assert is_signed(b"what was signed", signature, public)
    (tmp_path / "signature").write_bytes(base64.b64decode(signature))
    (tmp_path / "signed").write_bytes(b"what was signed")
    openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", key.with_suffix(".pub"), "-rawin"),
        *("-in", tmp_path / "signed", "-sigfile", tmp_path / "signature"),
    )
    assert public_key_of(key) == public_key_of(key.with_suffix(".pub")) == public


@pytest.mark.parametrize(
    ("signed", "signature", "public"),
    [
        (b"other", None, None),
        (b"text", "AAAA", None),
        (b"text", "not base64!", None),
        (b"text", None, "AAAA"),
        (b"text", None, base64.b64encode(bytes(32)).decode()),
    ],
)
def test_what_is_no_signature(signed: bytes, signature: str | None, public: str | None, key: Path) -> None:
    true_signature, true_public = signer(key)(b"text")
    assert not is_signed(signed, signature or true_signature, public or true_public)


def test_keys_that_can_not_sign_are_wrong_usage(tmp_path: Path) -> None:
    other = tmp_path / "rsa.pem"
    openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", other)
    locked = tmp_path / "locked.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out", locked)
    (tmp_path / "text.pem").write_text("hello", encoding="utf-8")
    for file, says in (
        (other, "not an Ed25519 key"),
        (locked, "has a password"),
        (tmp_path / "text.pem", "no private key"),
        (tmp_path / "absent.pem", "can't be read"),
    ):
        with pytest.raises(UsageError, match=says):
            signer(file)
    with pytest.raises(UsageError, match="absent"):
        public_key_of(tmp_path / "absent.pem")


def test_the_key_is_named_in_the_configuration_or_the_environment(key: Path, tmp_path: Path) -> None:
    file = tmp_path / "harvest.toml"
    file.write_text('sign_key = "sign.pem"\n', encoding="utf-8")
    assert signer_of(load_settings(file, {}, {})) is not None
    file.write_text("", encoding="utf-8")
    assert signer_of(load_settings(file, {}, {})) is None
    assert signer_of(load_settings(file, {"HARVEST_SIGN_KEY": str(key)}, {})) is not None


def test_a_signed_archive_is_proven_by_its_public_key(key: Path, any_store: ObjectStore, tmp_path: Path) -> None:
    committed(any_store, 3, [])  # before the operator had a key
    fill(any_store, signer=signer(key))
    ours = Trust(public_key=public_key_of(key.with_suffix(".pub")))
    found = verified(any_store, trust=ours)
    assert (told(found), found.commits, found.signed) == ([], 4, 3)
    assert verified(any_store).is_sound

    other = tmp_path / "other.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", other)
    theirs = verified(any_store, trust=Trust(public_key=public_key_of(other)))
    assert told(theirs) == [(keys.commit_key(number), "signature") for number in (2, 3, 4)]

    committed(any_store, 5, [])  # by somebody who has the bucket and not the key
    assert verified(any_store).is_sound
    assert told(verified(any_store, trust=ours)) == [(keys.commit_key(5), "signature")]


def test_an_archive_without_signatures_is_not_one_that_is_signed(key: Path, folder_store: ObjectStore) -> None:
    fill(folder_store)
    found = verified(folder_store, trust=Trust(public_key=public_key_of(key)))
    assert told(found) == [(keys.commit_key(3), "signature")]


def test_a_signature_of_something_else_is_found(key: Path, folder_store: ObjectStore) -> None:
    """Its digest is true: whoever changes a commit can make that, and no signature."""
    import hashlib

    import orjson

    fill(folder_store, signer=signer(key))
    name = keys.commit_key(3)
    said = orjson.loads(folder_store.get(name)) | {"at": "2026-11-23T13:00:00.000+00:00"}
    del said["digest"]
    said["digest"] = hashlib.sha256(orjson.dumps(said)).hexdigest()
    overwrite(folder_store, name, orjson.dumps(said))
    assert told(verified(folder_store)) == [(name, "signature")]


def test_what_is_signed_can_be_cut_out_of_the_commit(key: Path, folder_store: ObjectStore) -> None:
    fill(folder_store, signer=signer(key))
    body = folder_store.get(keys.commit_key(1))
    commit = CommitLog(folder_store).commit(1)
    assert commit.signature is not None
    assert commit.public_key is not None
    assert is_signed(body[: body.index(b',"signature"')] + b"}", commit.signature, commit.public_key)
    assert signed_bytes(body) == body[: body.index(b',"signature"')] + b"}"
