"""What an operator configures: `harvest.toml`, the environment and the command line, checked once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harvester.errors import ConfigError
from harvester.source import Address, Source, load_sources, read_toml

CONFIG_FILE = Path("harvest.toml")
"""Read if it is there and no other file is named."""

ENVIRONMENT = {
    "HARVEST_ARCHIVE": "archive",
    "HARVEST_CACHE": "cache",
    "HARVEST_CONTACT": "contact",
    "HARVEST_SIGN_KEY": "sign_key",
}
"""Environment variables that outrank the file and are outranked by options."""


class Config(BaseModel):
    """The keys of `harvest.toml` (without `[[source]]`), each with its default."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    archive: str = "file://./archive"  # file://PATH, or s3://BUCKET/PREFIX
    cache: str | None = None  # folder of the local cache; may be deleted at any time
    sources: str = "sources"  # folder of source files, beside harvest.toml
    contact: str | None = None  # address or page that a site's owner can turn to; goes into the user agent
    captures: bool = True  # keep each article's page as fetched
    proxy: Address | None = None  # all fetching goes through this HTTP proxy
    workers: Annotated[int, Field(ge=1, le=256)] = 8  # sources harvested at once
    sign_key: str | None = None  # PEM file of the Ed25519 key that signs commits
    timestamp_url: Address | None = None  # of an RFC 3161 authority that stamps each run's last commit
    object_lock: Literal["governance", "compliance"] | None = None  # mode in which a bucket keeps what must last
    object_lock_days: Annotated[int, Field(ge=1)] | None = None  # for how long

    @model_validator(mode="after")
    def _locked_for_some_time(self) -> Self:
        if (self.object_lock is None) != (self.object_lock_days is None):
            raise ValueError("object_lock and object_lock_days go together")
        return self


class Settings(BaseModel):
    """The whole of it: configuration and sources, and where they were found."""

    model_config = ConfigDict(frozen=True)

    config: Config
    sources: dict[str, Source]
    folder: Path  # where harvest.toml is, or would be
    where: str  # the file's name, for messages

    @property
    def cache_folder(self) -> Path:
        """Of the local cache: as configured, else the user's cache folder."""
        if self.config.cache:
            return self.folder / Path(self.config.cache).expanduser()
        return Path.home() / ".cache" / "news-harvester"

    @property
    def sign_key_file(self) -> Path | None:
        """Of the key that signs commits, if one is configured."""
        return self.folder / Path(self.config.sign_key).expanduser() if self.config.sign_key else None

    @property
    def sources_folder(self) -> Path:
        return self.folder / self.config.sources


def load_settings(file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> Settings:
    """Read `file` (or `harvest.toml` if that is there), then the environment, then `overrides` (None: not given).

    Raises ConfigError that names file, key and what is allowed.
    """
    path = file or CONFIG_FILE
    tables = read_toml(path) if file or path.is_file() else {}
    listed = tables.pop("source", [])
    if not isinstance(listed, list):
        raise ConfigError(str(path), "source", "sources are tables of the form [[source]]")
    given = {key: environ[name] for name, key in ENVIRONMENT.items() if environ.get(name)}
    given |= {key: value for key, value in overrides.items() if value is not None}
    config = _checked(tables | given, str(path))
    folder = path.parent
    sources = load_sources(folder / config.sources, listed, str(path))
    return Settings(config=config, sources=sources, folder=folder, where=str(path))


def _checked(values: dict[str, Any], where: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if not key:  # keys that don't agree with each other
            raise ConfigError(where, "object_lock", str(first["ctx"]["error"])) from None
        if first["type"] == "extra_forbidden":
            allowed = ", ".join([*Config.model_fields, "[[source]]"])
            raise ConfigError(where, key, f"unknown key; allowed are {allowed}") from None
        raise ConfigError(where, key, f"{first['msg']}, not {first['input']!r}") from None


def user_agent(name: str, contact: str | None) -> str:
    """What we call ourselves to sites: the harvester, and whom its operator named to turn to."""
    return f"{name} (+{contact})" if contact else name
