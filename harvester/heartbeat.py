"""Signs of life of the runs on this machine: one small file a run in the cache folder."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any


class Heartbeat:
    """The file that says that a run is alive, and how far it is."""

    def __init__(self, cache_folder: Path, run_id: str, archive_url: str, started_at: str) -> None:
        self.path = cache_folder / "running" / f"{run_id}.json"
        self.facts = {"run_id": run_id, "archive": archive_url, "started_at": started_at, "pid": os.getpid()}

    def beat(self, progress: str) -> None:
        """Say how far the run is."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({**self.facts, "progress": progress}), encoding="utf-8")
        fresh.replace(self.path)

    def end(self) -> None:
        """The run is over."""
        self.path.unlink(missing_ok=True)


def running(cache_folder: Path, archive_url: str) -> list[dict[str, Any]]:
    """The runs into this archive whose process lives; the files of dead ones are removed."""
    beats = []
    for path in sorted((cache_folder / "running").glob("*.json")):
        with contextlib.suppress(OSError, json.JSONDecodeError):
            beat = json.loads(path.read_text(encoding="utf-8"))
            if not _lives(beat["pid"]):
                path.unlink(missing_ok=True)
            elif beat["archive"] == archive_url:
                beats.append(beat)
    return beats


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's process
        return True
    return True
