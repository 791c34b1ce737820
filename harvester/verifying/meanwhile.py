"""What has become visible since the verification began: others go on working, and that is no fault of theirs."""

from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.store import ObjectStore
from harvester.errors import StoreError


class Meanwhile:
    """The commits after those that are verified, read as far as they are there by now."""

    def __init__(self, store: ObjectStore, after: int) -> None:
        self._log = CommitLog(store)
        self._reached = after
        self._named: dict[str, str] = {}  # key and SHA-256

    def look(self) -> None:
        """Read on. A commit or manifest that can't be read ends it: the next verification tells of it."""
        try:
            for commit in self._log.read(self._reached):
                named = self._log.manifest(commit).objects if commit.kind is CommitKind.MANIFEST else []
                self._named |= {commit.key: commit.sha256} | {line.key: line.sha256 for line in named}
                self._reached = commit.number
        except StoreError:
            return

    def names(self, key: str, sha256: str | None = None) -> bool:
        """Has one of them made this object visible, with this hash if one is given?"""
        return key in self._named and sha256 in (None, self._named[key])
