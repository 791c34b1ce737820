"""A source: a publisher's site as we harvest it. Data, checked once."""

import re
import tomllib
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harvester.errors import ConfigError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
"""A source's name is part of object keys and file names, so it is short and of plain letters."""

SCHEDULE = re.compile(r"(\S+\s+){4}\S+|@(hourly|daily|weekly|monthly)")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an http:// or https:// address, not {url!r}")
    return url


def _pattern(expression: str) -> str:
    try:
        re.compile(expression)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error} in {expression!r}") from None
    return expression


def _matching(pattern: re.Pattern[str], allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"must be {allowed}, not {value!r}")
        return value

    return AfterValidator(check)


Address = Annotated[str, AfterValidator(_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Source(BaseModel):
    """One site. Only `name` and `home` are needed; the rest says what is known better than a probe would find out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, _matching(NAME, "lower-case letters, digits, '.', '_' and '-', at most 63")]
    home: Address
    feeds: list[Address] = []
    sitemaps: list[Address] = []
    wordpress: bool = False
    sections: list[Address] = []
    include: list[Pattern] = []  # an article's URL must match one of these, if there are any
    exclude: list[Pattern] = []  # and none of these
    language: Annotated[str, _matching(LANGUAGE, "a BCP 47 tag such as 'ar'")] | None = None
    render: Literal["never", "auto", "always"] = "auto"
    schedule: Annotated[str, _matching(SCHEDULE, "five cron fields or @hourly, …")] | None = None
    delay_s: Annotated[float, Field(ge=0, le=3600, strict=False)] = 1.0
    concurrency: Annotated[int, Field(ge=1, le=64)] = 1
    private: bool = False
    recheck_s: Annotated[float, Field(ge=0, strict=False)] = (
        3600.0  # of an article's first day; then ever more rarely, see harvester.recheck
    )
    retry_pause_s: Annotated[float, Field(gt=0, le=300, strict=False)] = 1.0  # before a second try; doubled after it
    timeout_s: Annotated[float, Field(gt=0, le=3600, strict=False)] = 60.0  # for one page or list
    max_list_pages: Annotated[int, Field(ge=1)] = 50  # pages of one section that are followed

    @model_validator(mode="after")
    def _no_secrets(self) -> Self:
        if urlsplit(self.home).username:
            raise ValueError("home must not carry a user name or password")
        return self

    @property
    def has_entry_points(self) -> bool:
        """Does the source say where its articles are listed? If not, the site is probed."""
        return bool(self.feeds or self.sitemaps or self.wordpress or self.sections)


def source_from(values: dict[str, Any], where: str) -> Source:
    """Check one source's table. `where` names the file in errors. Raises ConfigError for the first wrong key."""
    try:
        return Source.model_validate(values)
    except ValidationError as error:
        raise _config_error(error, where) from None


def _config_error(error: ValidationError, where: str) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"]) or "source"
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(Source.model_fields)
        return ConfigError(where, key, f"unknown key; allowed are {allowed}")
    if first["type"] == "missing":
        return ConfigError(where, key, "is needed")
    problem = first["msg"].removeprefix("Value error, ")
    shown = "" if first["type"] == "value_error" else f", not {first['input']!r}"
    return ConfigError(where, key, problem[0].lower() + problem[1:] + shown)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises ConfigError where it can't be read or parsed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), "file", f"can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "file", f"is not TOML: {error}") from None


def load_sources(folder: Path, tables: Iterable[dict[str, Any]] = (), where: str = "harvest.toml") -> dict[str, Source]:
    """All sources by name: `[[source]]` tables first, then the files of `folder`. Raises ConfigError."""
    found: dict[str, Source] = {}
    for number, table in enumerate(tables, start=1):
        _add(found, source_from(table, f"{where} [[source]] {number}"), where)
    for path in sorted(folder.glob("*.toml")):
        source = source_from(read_toml(path), str(path))
        if source.name != path.stem:
            raise ConfigError(str(path), "name", f"must be the file's name, {path.stem!r}, not {source.name!r}")
        _add(found, source, str(path))
    return found


def _add(found: dict[str, Source], source: Source, where: str) -> None:
    if source.name in found:
        raise ConfigError(where, "name", f"there are two sources named {source.name!r}")
    found[source.name] = source


def source_at(url: str, name: str | None = None) -> Source:
    """A source of which only the address is known, named after its host.

    An address that is itself loopback or private was typed on purpose, so it is allowed. Raises ConfigError.
    """
    try:
        host = urlsplit(_address(url)).hostname or ""
    except ValueError as error:
        raise ConfigError(url, "address", str(error)) from None
    made = re.sub(r"[^a-z0-9.-]+", "-", host.removeprefix("www.")).strip(".-")
    if name is None and (port := _port(url)) is not None:
        made = f"{made}-{port}"
    return source_from({"name": name or made or "?", "home": url, "private": _is_private(host)}, url)


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
