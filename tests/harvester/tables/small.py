"""Tables whose objects are full after a few rows, so that there are many. As a program: updates those of an archive."""

import sys
from typing import Any

from harvester.archive import open_store
from harvester.tables import KINDS, TablesReport, update_tables


def limit(rows: int) -> dict[str, int]:
    """Of all tables from now on; what it was before."""
    before = {name: kind.most_rows for name, kind in KINDS.items()}
    for kind in KINDS.values():
        object.__setattr__(kind, "most_rows", rows)
    return before


def restore(before: dict[str, Any]) -> None:
    for name, rows in before.items():
        object.__setattr__(KINDS[name], "most_rows", rows)


def main(url: str, rows: int) -> TablesReport:
    limit(rows)
    return update_tables(open_store(url))


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2])))
