"""The command `harvest`, run as people run it: in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def jsonl(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True, kw_only=True)
class Harvest:
    """`harvest` in a folder of its own, with an archive and a cache of its own."""

    folder: Path
    archive: str
    cache: Path
    environ: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "harvester", *arguments]
        environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environ |= {"HARVEST_ARCHIVE": self.archive, "HARVEST_CACHE": str(self.cache), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environ | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def __call__(self, *arguments: str, timeout_s: float = 90) -> Done:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"harvest {' '.join(arguments)} hung:\n{out}\n{err}") from None
        return Done(code=process.returncode, out=out, err=err)

    def records(self, *options: str) -> list[dict[str, Any]]:
        """What `harvest read` gives."""
        done = self("read", *options)
        assert done.code == 0, done.err
        return done.jsonl()

    def configure(self, **values: Any) -> None:
        """Write harvest.toml."""
        import tomli_w

        (self.folder / "harvest.toml").write_text(tomli_w.dumps(values), encoding="utf-8")

    def source(self, name: str, home: str, **values: Any) -> None:
        """Write a source file; without politeness, as the site is ours."""
        import tomli_w

        table = {"name": name, "home": home, "private": True, "delay_s": 0, "retry_pause_s": 0.02, **values}
        folder = self.folder / "sources"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(tomli_w.dumps(table), encoding="utf-8")

    def run(self, *arguments: str, timeout_s: float = 90) -> dict[str, Any]:
        """A run's report, whatever its exit code; its sums agree."""
        done = self("run", *arguments, "--json", timeout_s=timeout_s)
        assert done.out, done.err
        report: dict[str, Any] = done.json()
        assert report["exit_code"] == done.code
        for part in report["sources"].values():
            assert part["balanced"]
            assert part["pages"] == sum(part["outcomes"].values())
        return report
