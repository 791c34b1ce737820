from pathlib import Path

import pytest

from harvester.config import load_settings
from harvester.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "harvest.toml"
    path.write_text('archive = "file:///from-file"\nworkers = 3\n', encoding="utf-8")
    return path


def test_options_outrank_the_environment_and_that_the_file(file: Path) -> None:
    assert load_settings(file, {}, {}).config.archive == "file:///from-file"
    environ = {"HARVEST_ARCHIVE": "s3://from-env/x"}
    assert load_settings(file, environ, {"archive": None}).config.archive == "s3://from-env/x"
    assert load_settings(file, environ, {"archive": "file:///option"}).config.archive == "file:///option"


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {}, {})
    assert settings.config.archive == "file://./archive"
    assert settings.config.captures
    assert settings.sources == {}


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: file: can't be read"):
        load_settings(tmp_path / "absent.toml", {}, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('achive = "x"', "achive: unknown key; allowed are archive,"),
        ("workers = 0", "workers: Input should be greater than or equal to 1, not 0"),
        ('captures = "no"', "captures: Input should be a valid boolean"),
        ("source = 3", r"source: sources are tables of the form \[\[source\]\]"),
        ('[[source]]\nname = "a"', r"harvest\.toml \[\[source\]\] 1: home: is needed"),
        ('proxy = "localhost:80"', "proxy: Value error, must be an http"),
    ],
)
def test_wrong_keys_and_values_are_named(file: Path, text: str, says: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        load_settings(file, {}, {})


def test_sources_stand_in_the_file_or_beside_it(file: Path) -> None:
    file.write_text('[[source]]\nname = "a"\nhome = "https://a.example/"\n', encoding="utf-8")
    folder = file.parent / "sources"
    folder.mkdir()
    (folder / "b.toml").write_text('name = "b"\nhome = "https://b.example/"\n', encoding="utf-8")
    assert list(load_settings(file, {}, {}).sources) == ["a", "b"]
