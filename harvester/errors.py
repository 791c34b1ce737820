"""The error tree.

HarvestError
├── UsageError                 wrong usage or configuration: nothing is fetched, exit code 2
│   ├── ConfigError            a key or value in harvest.toml or a source file
│   └── StoreUnusable          the bucket is unreachable, forbidden or has no conditional writes
├── NotArticle                 a discard: the page is no article that we keep, with its Reason
├── PageFailed                 a failure: we wanted the page and could not have it, with its Reason
└── StoreError                 the archive could not read or write an object
    ├── ObjectExists           a create-only write found another object at its key
    ├── ObjectMissing          no object at this key
    └── ObjectChanged          a conditional write found that the object is no longer the one that was read
"""

from harvester.outcomes import Reason


class HarvestError(Exception):
    """Base of all errors that the harvester raises on purpose."""


class UsageError(HarvestError):
    """Wrong usage or configuration. The text is one line that names what and where, and what is allowed."""


class ConfigError(UsageError):
    """A wrong key or value in a configuration or source file."""

    def __init__(self, where: str, key: str, problem: str) -> None:
        super().__init__(f"{where}: {key}: {problem}")
        self.where = where
        self.key = key
        self.problem = problem


class StoreUnusable(UsageError):
    """The archive's store can't be used at all; the run must not start."""


class NotArticle(HarvestError):
    """The page is not an article that we keep."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class PageFailed(HarvestError):
    """The page was wanted and could not be had."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class StoreError(HarvestError):
    """The archive could not read or write `key`."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class ObjectExists(StoreError):
    """A create-only write found another object at its key."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "exists already")


class ObjectMissing(StoreError):
    """There is no object at this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "no such object")


class ObjectChanged(StoreError):
    """The object is no longer the version that was read."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "was changed by another process")
