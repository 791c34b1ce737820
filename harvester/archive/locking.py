"""Object lock: for how long a bucket refuses to delete or overwrite what must last, whoever asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import harvester.archive.keys as keys

if TYPE_CHECKING:
    from harvester.config import Config

LASTING: Final = (keys.ARTICLES, keys.CAPTURES, keys.RUNS, keys.COMMITS, keys.REMOVALS)
"""What is locked. The rest can be made again, or is of no use a day later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLock:
    """How what must last is kept."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]  # COMPLIANCE: not even the account's owner can undo it
    days: int

    def until(self, key: str, now: datetime) -> datetime | None:
        """Until when an object that is written now is kept; None: it is not locked."""
        return now + timedelta(days=self.days) if key.startswith(LASTING) else None


def lock_of(config: "Config") -> ObjectLock | None:
    """As configured."""
    if config.object_lock is None or config.object_lock_days is None:
        return None
    return ObjectLock(
        mode="GOVERNANCE" if config.object_lock == "governance" else "COMPLIANCE", days=config.object_lock_days
    )
