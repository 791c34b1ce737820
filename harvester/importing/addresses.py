"""The address of a saved page that came without one: what it declares, or the folder of its site that it lies in."""

import html
import re
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from harvester.urls import is_home_page, same_site

HEAD_BYTES = 512 << 10
"""Of a page, in which its head is looked for: some begin with long scripts."""

_LINK = re.compile(rb"<(?:link|meta)\b[^>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HOST = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]+)", re.IGNORECASE
)
_FILES = frozenset("html htm xhtml shtml php asp aspx jsp json xml txt warc gz wacz zip pdf css js".split())
"""Last parts of names of files that look like hosts."""

UNQUOTED = "/?&=%~:@!$'()*+,;-._"
INDEX = ("index.html", "index.htm", "index.xhtml")


def saved_address(content: bytes, name: str) -> str | None:
    """`name` is the file's path below the folder that was named, with "/". None where no address can be known.

    A page's own word counts, unless it is the front page's address, or another site's than that of the folder.
    """
    placed = _placed(name)
    for declared in _declared(content[:HEAD_BYTES]):
        if placed is None or (same_site(declared, placed) and not is_home_page(declared, placed)):
            return declared
    return placed


def _declared(head: bytes) -> list[str]:
    """`rel=canonical`, then `og:url`: those that are whole addresses."""
    found: dict[str, str] = {}
    for tag in _LINK.findall(head):
        told = {name.lower(): "".join(values) for name, *values in _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))}
        if "canonical" in told.get("rel", "").lower().split():
            found.setdefault("canonical", told.get("href", ""))
        elif (told.get("property") or told.get("name") or "").lower() == "og:url":
            found.setdefault("og:url", told.get("content", ""))
    addresses = (html.unescape(found[kind]).strip() for kind in ("canonical", "og:url") if kind in found)
    return [address for address in addresses if _is_whole(address)]


def _is_whole(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _placed(name: str) -> str | None:
    """By the first folder that is a host's name: `www.example.org/2026/story/index.html`, as mirrors are kept."""
    parts = PurePosixPath(name).parts
    for at, part in enumerate(parts[:-1]):
        if _HOST.fullmatch(part) and part.rpartition(".")[2].lower() not in _FILES:
            path = "/".join(parts[at + 1 :])
            for index in INDEX:
                if path == index or path.endswith(f"/{index}"):
                    path = path.removesuffix(index)
            return f"https://{part.lower()}/{quote(path, safe=UNQUOTED, errors='replace')}"
    return None
