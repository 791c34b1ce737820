"""What a good harvest of the demo news holds, made from the same content files as its pages."""

from typing import NamedTuple

from harvester.demo.gazette import PRINTED_URL, Gazette
from harvester.demo.site import SITES
from harvester.demo.story import stories


class Gold(NamedTuple):
    """One article as it should stand in the archive."""

    title: str
    body: tuple[str, ...]  # the exact paragraphs
    removed: tuple[str, ...]  # the container's other lines, in page order, without the "most read" entries that change


def gold(*, corrected: bool = False) -> dict[str, Gold]:
    """All articles by canonical URL, before or after the correction."""
    found: dict[str, Gold] = {}
    for site in SITES:
        for story in stories(site.name, corrected=corrected):
            parts = site.layout(story)
            found[site.url(story)] = Gold(
                title=story.title,
                body=tuple(part.plain for part in parts if part.kept),
                removed=tuple(part.plain for part in parts if not part.kept),
            )
    return found


def other_addresses() -> dict[str, str]:
    """Listed addresses that show an article of another, canonical address: other address to canonical one."""
    gazette = Gazette()
    story = next(story for story in stories(gazette.name) if story.number == gazette.printed)
    return {PRINTED_URL: gazette.url(story)}
