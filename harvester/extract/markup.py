"""Markup that would cost the parser more than it is worth, or hide text from it, made harmless."""

import re

FORMATTING = re.compile(
    r"<(/?)(?=[bcefistu])(b|big|code|em|font|i|s|small|strike|strong|tt|u)(?=[\s/>])[^<>]*>", re.IGNORECASE
)

MANY_TAGS = 3_000
"""Of a page that is looked at more closely; half of all pages have fewer."""

MOST_REOPENED = 1_000_000
"""Elements. The HTML standard opens formatting elements that were left open again in each later block, up to 512:
a page of 250 KB becomes a tree of 10 million elements and 1.3 GB. Real pages leave 23 open at most."""

DEEPEST_OPEN = 512

SHADOW = "data-shadowrootmode"
"""The parser leaves the text of declarative shadow roots out; under this name they are templates like others."""

_TEMPLATE = re.compile("<template", re.IGNORECASE)
_SHADOW_ROOT = re.compile(r"(<template\b[^<>]*?\s)shadowrootmode(?=\s*=)", re.IGNORECASE)


def defused(markup: str) -> str:
    """The markup with shadow roots as plain templates, and without its formatting where too much of it is left open."""
    if _TEMPLATE.search(markup):
        markup = _SHADOW_ROOT.sub(rf"\1{SHADOW}", markup)
    tags = markup.count("<")
    if tags >= MANY_TAGS and min(DEEPEST_OPEN, _most_open(markup)) * tags > MOST_REOPENED:
        return FORMATTING.sub("", markup)
    return markup


def _most_open(markup: str) -> int:
    """Most formatting elements that are open at once."""
    still: dict[str, int] = {}
    now = most = 0
    for end, tag in FORMATTING.findall(markup):
        name = tag.lower()
        if not end:
            still[name] = still.get(name, 0) + 1
            now += 1
            most = max(most, now)
        elif still.get(name):
            still[name] -= 1
            now -= 1
    return most
