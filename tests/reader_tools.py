"""Other people's readers, in an environment of their own (`make .venv/.installed-readers`)."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(sys.prefix) / "readers" / "bin"


def reader_tool(name: str) -> Path:
    """A program of that environment; without it the test is skipped, and says how to get it."""
    tool = FOLDER / name
    if not tool.exists():
        pytest.skip(f"{name} is not installed: make .venv/.installed-readers")
    return tool
