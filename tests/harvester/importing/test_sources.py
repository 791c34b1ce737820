"""Which source a page belongs to."""

import pytest

from harvester.importing.sources import SourceBook
from harvester.source import Source

CONFIGURED = [
    Source(name="gazette", home="https://www.gazette.example.org/"),
    Source(name="world", home="https://news.example.com/world/"),
    Source(name="arabic", home="https://news.example.com/arabic/"),
]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.gazette.example.org/a", "gazette"),
        ("http://GAZETTE.example.org:80/a", "gazette"),
        ("https://amp.example.org/a", "gazette"),
        ("https://news.example.com/world/a", "world"),
        ("https://news.example.com/arabic/a", "arabic"),
        ("https://www.other.example/a", "other.example"),
        ("https://m.other.example/a", "m.other.example"),
        ("https://other.example:8080/a", "other.example-8080"),
        (f"https://{'a' * 60}.{'b' * 60}.example/a", None),
    ],
)
def test_a_configured_source_has_its_site_and_other_hosts_are_sources_of_their_own(url: str, name: str | None) -> None:
    found = SourceBook.of(CONFIGURED).source_of(url)
    assert (found.name if found else None) == name


def test_a_source_that_was_named_has_all_pages() -> None:
    assert SourceBook.of(CONFIGURED, CONFIGURED[1]).source_of("https://a.example/") is CONFIGURED[1]
