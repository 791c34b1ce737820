"""What all commands share: their common options, the configuration, and how results are printed."""

import functools
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from harvester.archive import ArchiveReader, ObjectStore
    from harvester.config import Settings

LOG_LEVELS = ("debug", "info", "warning", "error")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the command, with the options that all commands have in common."""

    archive: str | None = None
    config: Path | None = None
    cache: str | None = None
    log_level: str = "warning"
    as_json: bool = False

    def settings(self, **overrides: Any) -> "Settings":
        """Configuration from file, environment and options. Raises ConfigError."""
        from harvester.config import load_settings

        return load_settings(self.config, os.environ, {"archive": self.archive, "cache": self.cache} | overrides)

    def store(self) -> "ObjectStore":
        """The archive's store, not yet asked for anything."""
        from harvester.archive import open_store
        from harvester.archive.locking import lock_of

        config = self.settings().config
        return open_store(config.archive, lock=lock_of(config))

    def reader(self) -> "ArchiveReader":
        """The archive, for reading. Raises StoreUnusable where it can't be."""
        from harvester.archive import ArchiveReader

        store = self.store()
        store.check(writing=False)
        return ArchiveReader(store)


ARCHIVE_HELP = "file://FOLDER or s3://BUCKET/PREFIX [env: HARVEST_ARCHIVE; default: file://./archive]"
LOG_HELP = "log to standard error from this level on [default: warning]"

_OPTIONS: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
    click.option("--archive", metavar="URL", help=ARCHIVE_HELP),
    click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="default: ./harvest.toml, if any"),
    click.option("--cache", metavar="DIR", help="local cache, may be deleted at any time [env: HARVEST_CACHE]"),
    click.option("--log-level", type=click.Choice(LOG_LEVELS, case_sensitive=False), help=LOG_HELP),
    click.option("--json", "as_json", is_flag=True, help="the result as JSON on standard output"),
]


def _with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def global_options(function: Callable[[], None]) -> Callable[..., Any]:
    """The common options, given before the command's name."""

    @_with_options
    @click.pass_context
    @functools.wraps(function)
    def group(ctx: click.Context, /, **options: Any) -> None:
        ctx.obj = options
        function()

    return group


def common_options(function: Callable[Concatenate[Call, P], R]) -> Callable[..., R]:
    """The common options, given after the command's name; they outrank those given before it."""

    @_with_options
    @click.pass_context
    @functools.wraps(function)
    def command(ctx: click.Context, /, *args: Any, **options: Any) -> R:
        own = {name: options.pop(name) for name in ("archive", "config", "cache", "log_level", "as_json")}
        given = {name: value for name, value in (ctx.obj or {}).items() if value}
        given |= {name: value for name, value in own.items() if value}
        call = Call(**given)
        _log_to_standard_error(call.log_level)
        return function(call, *args, **options)

    return command


def _log_to_standard_error(level: str) -> None:
    """The handler has the level, for Scrapy sets those of its loggers itself."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level.upper())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())


def print_json(value: Any) -> None:
    """One JSON document on standard output, indented for people."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def note(message: str) -> None:
    """A word to the person at the terminal: standard error."""
    click.echo(message, err=True)
