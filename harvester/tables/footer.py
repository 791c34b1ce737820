"""What an object of a table says of itself, in its Parquet footer: how far the table had read when it was written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, NamedTuple, Self

import orjson

from harvester.errors import StoreError
from harvester.tables.seal import check_said, strange, with_seal

FOOTER_KEY: Final = b"news-archive"
FOOTER_VERSION: Final = 1


class Position(NamedTuple):
    """How far commits have been read: all up to `commit`, and of the next one's manifest the first `line` objects."""

    commit: int = 0
    line: int = 0


BEGINNING: Final = Position()


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """Of a table's last object it is the state of the whole table; in earlier ones it is what was so at their time."""

    commit: int = 0
    line: int = 0
    next_month: str = ""  # "2026-11", of the next object: no row is added to this one any more, only replaced
    whole: str = ""  # the day on which the object was last written anew, without rows that had been replaced
    rows_before: int = 0  # in all earlier objects; too many if a take-down was killed between two of them
    early: tuple[str, ...] = ()  # keys whose first row in the table was not the first one of its kind: that may follow
    unsure: bool = False  # there were too many of these to name them: a row of any key may be there already
    waiting: tuple[dict[str, Any], ...] = ()  # links of rows that are not there yet
    lost: tuple[tuple[str, str], ...] = ()  # key and SHA-256 of records that could not be read; tried again
    refilling: bool = False  # objects were lost, and up to the tables' position not all is back that they held
    others: tuple[tuple[str, int], ...] = ()  # in that of articles: how many objects each other table has

    @property
    def closed(self) -> bool:
        return bool(self.next_month)

    @property
    def position(self) -> Position:
        return Position(self.commit, self.line)

    def to_metadata(self) -> dict[bytes, bytes]:
        said = {name: value for name, value in asdict(self).items() if value or name == "commit"}
        return {FOOTER_KEY: with_seal(orjson.dumps({"version": FOOTER_VERSION} | said))}

    @classmethod
    def from_metadata(cls, metadata: Mapping[bytes, bytes] | None, key: str) -> Self:
        """Raises StoreError, which names `key`."""
        try:
            sealed = (metadata or {})[FOOTER_KEY]
            check_said(sealed, key)
            said = orjson.loads(sealed)
            version = int(said["version"])
            values = {one.name: said[one.name] for one in fields(cls) if one.name in said}
            for name in ("early", "waiting"):
                values[name] = tuple(values.get(name, ()))
            values["lost"] = tuple((str(lost), str(sha256)) for lost, sha256 in values.get("lost", ()))
            values["others"] = tuple((str(table), int(number)) for table, number in values.get("others", ()))
            footer = cls(**values)
        except (KeyError, TypeError, ValueError):
            raise strange(key) from None
        if version > FOOTER_VERSION:
            raise StoreError(
                key, f"is of version {version}; this harvester knows {FOOTER_VERSION}: install a newer one"
            )
        return footer
