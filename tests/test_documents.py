"""Every example in the README and the operating guide does what it says."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

from harvester.cli import harvest as command
from tests.command import Harvest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATING = (ROOT / "deploy" / "OPERATING.md").read_text(encoding="utf-8")
DOCUMENTS = {"README.md": README, "OPERATING.md": OPERATING}


def fenced(text: str, language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]  # type: ignore[index]


def like(line: str) -> str:
    """A line of output with what differs from run to run left out."""
    line = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{6}", "RUN", line)
    line = re.sub(r"date=[\d-]{10}", "date=DAY", line)
    line = re.sub(r"file:///\S*/archive", "file://ARCHIVE", line)
    return re.sub(r"\(\d+ s\)", "(N s)", line).strip()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Harvest:
    """A folder in which `harvest demo` has run."""
    folder = tmp_path_factory.mktemp("demo")
    return Harvest(folder=folder, archive="file://./archive", cache=folder / "cache")


def test_the_demo_prints_what_the_readme_shows_and_the_readers_read_it(demo: Harvest) -> None:
    done = demo("demo")
    assert done.code == 0, done.err
    printed = {like(line) for line in (done.err + done.out).splitlines()}
    shown = re.search(r"spiders and pipelines:\n\n(.*?)\n\nIt ends", README, re.DOTALL)
    assert shown is not None
    assert {like(line) for line in shown[1].splitlines() if line.strip()} <= printed
    again = demo("demo")
    assert again.code == 0
    assert "nothing new;" in again.out

    assert demo("tables").code == 0
    for query in (fenced(README, "sql"), fenced(README, "sql tables")):
        rows = duckdb.sql(query.replace("archive/", f"{demo.folder}/archive/")).fetchall()
        assert [row[:2] for row in rows] == [("harbour-gazette", 8), ("le-courrier-du-port", 7), ("shahed", 12)]
    assert demo("verify").code == 0
    program = [sys.executable, "-c", fenced(README, "python")]
    read = subprocess.run(program, cwd=demo.folder, capture_output=True, text=True, check=True)
    assert len(read.stdout.splitlines()) == 27
    for line in done.out.splitlines():
        if line.startswith("  harvest "):
            arguments = line.split("    ")[0].split("|")[0].split()[1:]
            assert demo(*arguments).code == 0, line


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_command_line_in_the_documents_is_one_that_we_take(name: str) -> None:
    """Parsed, not run: they name sites that are not ours. A wrong option raises."""
    lines = re.findall(r"^ {4}(?:[\w/.-]*/)?harvest ([^|>\n#]*?)(?: {2,}.*)?$", DOCUMENTS[name], re.MULTILINE)
    assert lines
    for line in lines:
        arguments = line.split("|")[0].split()
        name, *rest = [one for one in arguments if not one.startswith("--archive")]
        command.commands[name].make_context(name, rest)


def test_the_scripts_and_units_are_sound() -> None:
    scripts = [ROOT / ".ci" / "run", ROOT / "deploy" / "run-harvest"]
    bin_folder = Path(sys.executable).parent
    subprocess.run([bin_folder / "shellcheck", *scripts], check=True)
    subprocess.run([bin_folder / "hadolint", ROOT / "deploy" / "Dockerfile"], check=True)
    for script in scripts:
        assert os.access(script, os.X_OK)


def test_units_name_the_same_command_and_folder() -> None:
    unit = (ROOT / "deploy" / "harvest.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/harvest/.venv/bin/harvest run --all" in unit
    assert "KillSignal=SIGINT" in unit
    assert "/opt/harvest/deploy/run-harvest" in (ROOT / "deploy" / "crontab").read_text(encoding="utf-8")


def test_cron_gets_the_commands_own_exit_code_and_75_when_another_run_is_at_work(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".venv" / "bin").mkdir(parents=True)
    fake = home / ".venv" / "bin" / "harvest"
    fake.write_text('#!/bin/sh\necho "$HARVEST_ARCHIVE $*"\nsleep "${NAP:-0}"\nexit 1\n', encoding="utf-8")
    fake.chmod(0o755)
    settings = tmp_path / "harvest.env"
    settings.write_text("HARVEST_ARCHIVE=s3://b/p\n", encoding="utf-8")
    environ = os.environ | {
        "HARVEST_HOME": str(home),
        "HARVEST_ENV": str(settings),
        "HARVEST_LOCK": str(tmp_path / "lock"),
    }
    script = [ROOT / "deploy" / "run-harvest"]
    done = subprocess.run(script, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "s3://b/p run --all\n")
    done = subprocess.run(
        script, env=environ | {"HARVEST_COMMAND": "link"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "s3://b/p link\n")
    with subprocess.Popen(script, env=environ | {"NAP": "5"}, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        second = subprocess.run(script, env=environ, check=False)
        assert second.returncode == 75
        first.kill()


def test_the_version_stands_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "news-harvester"
    from harvester import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
