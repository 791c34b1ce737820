"""A page's meta tags by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from harvester.extract.text import clean_text

LONGEST = 3000
"""Characters of a tag's content that are kept."""

MOST_VALUES = 100
"""Of one name that are kept."""


@dataclass(frozen=True, slots=True)
class Tags:
    """A page's meta tags by folded name, each with its values in order."""

    values: dict[str, list[str]]

    @classmethod
    def of(cls, metas: Iterable[tuple[str, str]]) -> "Tags":
        """Of names and contents; empty ones are left out."""
        values: dict[str, list[str]] = {}
        for name, given in metas:
            listed = values.setdefault(name, [])
            if len(listed) < MOST_VALUES and (content := clean_text(given[:LONGEST])):
                listed.append(content)
        return cls({name: listed for name, listed in values.items() if listed})

    def first(self, names: Iterable[str]) -> str | None:
        return next((self.values[name][0] for name in names if name in self.values), None)

    def all(self, names: Iterable[str]) -> list[str]:
        """Of the first name that there is."""
        return next((self.values[name] for name in names if name in self.values), [])
