"""What FORMAT.md says under "Checking it yourself" works, without our code."""

import io
import re
import subprocess
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import harvester.archive
from harvester.archive import ObjectStore, keys
from harvester.archive.signing import signer
from harvester.archive.timestamps import stamp
from tests.harvester.verifying.archives import committed, fill, flip, folder_of
from tests.timestamp_authority import authority

DOCUMENT = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")


def example(language: str, has: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    (program,) = (one for one in found if has in one)
    return str(program)


def checked(store: ObjectStore) -> list[str]:
    program = example("python chain", "broken chain").replace("ARCHIVE", str(folder_of(store)))
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(program, "FORMAT.md", "exec"), {})
    return out.getvalue().splitlines()


def test_the_program_follows_the_chain(folder_store: ObjectStore) -> None:
    import hashlib

    records = fill(folder_store)
    committed(folder_store, 7, [])
    last = hashlib.sha256(folder_store.get(keys.commit_key(4))).hexdigest()
    assert checked(folder_store) == [f"4 commits, the last one's SHA-256 is {last}"]
    flip(folder_store, records[0])
    folder_store.delete(records[1])
    found = checked(folder_store)
    assert found[:-1] == [f"damaged: {records[0]}", f"missing: {records[1]}"]
    flip(folder_store, keys.manifest_key(records_day(records[0]), "20261123T120000Z-000001", "paper"), 30)
    assert checked(folder_store)[0].startswith("damaged: runs/")


def records_day(key: str) -> "object":
    named = keys.parse_article_key(key)
    assert named is not None
    return named.day


@pytest.mark.parametrize("name", ["previous", "digest"])
def test_the_program_finds_a_broken_link(name: str, folder_store: ObjectStore) -> None:
    fill(folder_store)
    body = folder_store.get(keys.commit_key(2))
    flip(folder_store, keys.commit_key(2), body.index(f'"{name}":"'.encode()) + len(name) + 5)
    assert "broken chain: 000000002.json" in checked(folder_store)


def test_the_lines_for_the_shell(folder_store: ObjectStore, tmp_path: Path) -> None:
    key = tmp_path / "sign.pem"
    for arguments in (f"genpkey -algorithm ed25519 -out {key}", f"pkey -in {key} -pubout -out {tmp_path}/sign.pub"):
        subprocess.run(["openssl", *arguments.split()], check=True, capture_output=True)
    fill(folder_store, signer=signer(key))
    with authority(tmp_path / "tsa") as tsa:
        assert stamp(folder_store, 3, tsa.url)
    script = example("sh", "openssl ts").replace("000000042", "000000003")
    script = script.replace("sign.pub", f"{tmp_path}/sign.pub").replace("authority.pem", str(tsa.ca))
    script = script.replace("jq -r .signature", 'sed \'s/.*"signature":"\\([^"]*\\)".*/\\1/\'')  # jq may be missing
    done = subprocess.run(["sh", "-e", "-c", script], cwd=folder_of(folder_store), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Signature Verified Successfully" in done.stdout
