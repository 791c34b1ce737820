"""The parts of an address, and which addresses belong to one site."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple, Protocol
from unicodedata import normalize

LONGEST = 8192
"""Characters. Longer addresses, which servers refuse (RFC 9110 asks for 8000), are compared as they are written."""
LONGEST_HOST = 253
"""Characters (RFC 1035, without the last dot)."""
ADDRESS = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?//([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ESCAPED_AMPERSAND = re.compile(r"&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what browsers take for a dot in a host
DEFAULT_PORTS = ("", "80", "443")


class Parts(NamedTuple):
    """An address that has a host. What it lacks is empty."""

    scheme: str
    netloc: str
    path: str
    query: str
    fragment: str


def same_site(one: str, other: str) -> bool:
    """Do both addresses belong to one registered domain (public suffix list), or to one host where there is none?"""
    first, second = split(one), split(other)
    if first is None or second is None:
        return False
    return _site(host_of(first.netloc)) == _site(host_of(second.netloc)) != ""


def split(url: str) -> Parts | None:
    url = url.strip()
    if not url.isprintable():
        url = CONTROLS.sub("", url.encode("utf-8", "replace").decode("utf-8"))
    if "&" in url:
        url = ESCAPED_AMPERSAND.sub("&", url)
    found = ADDRESS.match(url)
    if found is None or not found[2] or len(url) > LONGEST:
        return None
    scheme, netloc, path, query, fragment = found.groups("")
    return Parts(scheme.lower(), netloc, path.rstrip(), query.rstrip(), fragment)


def host_of(netloc: str) -> str:
    """In lower case and in ASCII, without a last dot; an IPv6 address in its brackets."""
    host = netloc.rpartition("@")[2]
    host = f"{host.partition(']')[0]}]" if host.startswith("[") else host.partition(":")[0]
    if not host.isascii():
        host = ".".join(map(_ascii_label, DOTS.split(normalize("NFC", host.lower()).lower())))
    return host.lower().strip(" .")


def _ascii_label(label: str) -> str:
    """RFC 3492 without the mappings of IDNA 2003, which take ß for ss; no label is longer than 63."""
    return label if label.isascii() or len(label) > 63 else f"xn--{label.encode('punycode').decode('ascii')}"


def port_of(netloc: str) -> str:
    port = netloc.rpartition("@")[2].rpartition("]")[2].partition(":")[2].lstrip("0")
    return port if port not in DEFAULT_PORTS and port.isascii() and port.isdecimal() and len(port) < 6 else ""


class _SuffixList(Protocol):
    def privatesuffix(self, domain: str) -> str | None: ...


@lru_cache(maxsize=1)
def _suffixes() -> _SuffixList:
    from publicsuffixlist import PublicSuffixList

    suffixes: _SuffixList = PublicSuffixList()
    return suffixes


@lru_cache(maxsize=4096)
def _site(host: str) -> str:
    if not host or is_local(host) or "." not in host:
        return host
    return registered_domain(host) or host


def registered_domain(host: str) -> str | None:
    """By the public suffix list; None where the host is no more than a suffix, or longer than a host can be."""
    return _suffixes().privatesuffix(host) if len(host) <= LONGEST_HOST else None


def is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
