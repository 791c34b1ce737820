"""Each command, killed a few times and called again; `make torture` does it twenty times."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.torture import SCENARIOS, End, main, torture


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", SCENARIOS)
def test_killed_anywhere_and_called_again_it_ends_as_undisturbed(command: str, tmp_path: Path) -> None:
    result = torture(SCENARIOS[command], tmp_path, times=3, seed=5)
    assert result.differences == []
    assert result.kills


# That it would be seen


def calls(end: End) -> dict[str, str]:
    return {"calls": (end.folder / "calls").read_text(encoding="utf-8")}


def test_a_command_that_ends_otherwise_after_a_kill_is_found_out(tmp_path: Path) -> None:
    """It leaves a mark each time that it is called."""
    marking = replace(SCENARIOS["remove"], small="open('calls', 'a').write('x')", state=calls)
    result = torture(marking, tmp_path, times=2, seed=1)
    assert any("calls: x became xx" in told for told in result.differences)
    assert result.after_work


def test_an_archive_that_is_not_sound_is_found_out(tmp_path: Path) -> None:
    careless = replace(SCENARIOS["remove"], small="open('archive/litter', 'w').close()")
    result = torture(careless, tmp_path, times=1, seed=1)
    assert result.differences[0].startswith("undisturbed: verify: ")
    assert "litter: extra" in result.differences[0]


def test_a_command_that_fails_once_it_was_killed_is_found_out(tmp_path: Path) -> None:
    small = "import pathlib, sys\nif pathlib.Path('seen').exists(): sys.exit(1)\npathlib.Path('seen').touch()"
    result = torture(replace(SCENARIOS["remove"], small=small), tmp_path, times=2, seed=1)
    assert any("exit code: 0 became 1" in told for told in result.differences)


def test_what_must_hold_at_every_moment_is_looked_at_after_each_kill(tmp_path: Path) -> None:
    result = torture(replace(SCENARIOS["remove"], meanwhile=lambda _: ["torn"]), tmp_path, times=1, seed=1)
    assert "turn 0, after the kill: torn" in result.differences


def test_a_command_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["clean"])
    assert ended.value.code == 2
    assert "clean: is none of link, export" in capsys.readouterr().err
