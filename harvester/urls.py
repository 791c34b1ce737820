"""Addresses: the key that merges the variants of one story, canonical addresses, what belongs to one site."""

import hashlib
import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urlencode, urljoin, urlsplit, urlunsplit

TRACKING = re.compile(
    r"utm_.*|at_.*|wt_.*|ns_.*|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|ref|ref_src|share|nb|print|amp"
    r"|outputtype|cmpid|xtor|smid|ito",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from, or how the page is shown; never which story (dedup notes, B6)."""

HOST_PREFIX = re.compile(r"(?:www[0-9]?|m|mobile|amp)\.(?=[^.]+\.)")
ALTERNATE_FORM = re.compile(r"(?:/(?:amp|print)|\.amp)$", re.IGNORECASE)
SAFE_PATH = "/:@!$&'()*+,;=-._~"


def url_key(url: str) -> str:
    """What is equal for all addresses of one story, and different for two stories. For comparing, not for fetching.

    Without scheme, port, fragment, a leading www./m./amp. of the host, AMP and print forms of the path, its last slash
    and tracking parameters; percent-encoding one way; parameters sorted. Loopback hosts and bare addresses keep their
    port, which tells their sites apart.
    """
    parts = _split(url)
    if parts is None:
        return url.strip().encode("utf-8", "replace").decode("utf-8")
    host = _host(parts)
    if _is_local(host):
        host = f"{host}:{_port(parts)}" if _port(parts) else host
    else:
        host = HOST_PREFIX.sub("", host, count=1)
    path = re.sub(r"/{2,}", "/", _recoded(parts.path))
    path = ALTERNATE_FORM.sub("", path.rstrip("/")).rstrip("/")
    query = urlencode(sorted(_own_parameters(parts.query)))
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def canonical_url(final_url: str, rel_canonical: str | None = None, og_url: str | None = None) -> str:
    """The address that stands for a page: `rel=canonical` where it deserves belief, else `og:url`, else its own.

    Believed is an http(s) address of the same site that is not the home page (unless the page itself is that).
    """
    for declared in (rel_canonical, og_url):
        if declared and (believed := _believed(final_url, declared)):
            return believed
    return without_tracking(final_url)


def _believed(final_url: str, declared: str) -> str | None:
    try:
        absolute = urljoin(final_url, declared.strip())
    except ValueError:
        return None
    parts = _split(absolute)
    if parts is None or parts.scheme not in ("http", "https") or not same_site(absolute, final_url):
        return None
    own = _split(final_url)
    home = parts.path.strip("/") == "" and not parts.query
    if home and own is not None and (own.path.strip("/") or own.query):
        return None
    return without_tracking(absolute)


def without_tracking(url: str) -> str:
    """The address itself, without fragment and tracking parameters."""
    parts = _split(url)
    if parts is None:
        return url
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not TRACKING.fullmatch(pair.partition("=")[0]))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, kept, ""))


def same_site(one: str, other: str) -> bool:
    """Do both addresses belong to one registered domain (public suffix list), or to one host where there is none?"""
    first, second = _split(one), _split(other)
    if first is None or second is None:
        return False
    return _site(_host(first)) == _site(_host(second)) != ""


def article_id(source: str, canonical: str) -> str:
    """32 hex digits: the article of a source that has this canonical address; the same on every machine."""
    return hashlib.sha256(f"{source}\n{url_key(canonical)}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip().encode("utf-8", "replace").decode("utf-8"))
    except ValueError:
        return None
    return parts if parts.netloc else None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").lower()


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _recoded(path: str) -> str:
    """One spelling of a path: what is percent-encoded and what is not comes out the same."""
    return quote(unquote_to_bytes(path), safe=SAFE_PATH)


def _own_parameters(query: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=None)
    return [
        (
            name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
            value.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        )
        for name, value in pairs
        if not TRACKING.fullmatch(name)
    ]


class _SuffixList(Protocol):
    def privatesuffix(self, domain: str) -> str | None: ...


@lru_cache(maxsize=1)
def _suffixes() -> _SuffixList:
    from publicsuffixlist import PublicSuffixList

    suffixes: _SuffixList = PublicSuffixList()
    return suffixes


@lru_cache(maxsize=4096)
def _site(host: str) -> str:
    if not host or _is_local(host) or "." not in host:
        return host
    return _suffixes().privatesuffix(host) or host
