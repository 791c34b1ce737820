"""SURT: the form of an address by which web archives sort and look up captures, `com,example)/a?b=1`.

As pywb and the Wayback Machine make it (webarchive-commons, `WaybackURLKeyMaker`): the host's labels turned round;
scheme, user, default port, `www.`, fragment and session ids dropped; percent-encoding undone and done once; lower case;
parameters sorted.
"""

import re
import socket
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_WWW = re.compile(r"www\d*\.")
_NUMERIC = re.compile(r"\d+(\.\d+){0,3}")
_BREAKS = re.compile(r"[\t\r\n]")

_PATH_SESSIONS = [
    re.compile(rf"(.*/)\({inner}\)/([^?]+\.aspx.*)") for inner in (r"(?:[a-z]\([0-9a-z]{24}\))+", r"[0-9a-z]{24}")
]
_QUERY_SESSIONS = [
    re.compile(rf"(.*){session}(?:&(.*))?", re.IGNORECASE)
    for session in (
        r"jsessionid=[0-9a-z]{32}",
        r"phpsessid=[0-9a-z]{32}",
        r"sid=[0-9a-z]{32}",
        r"aspsessionid[a-z]{8}=[a-z]{24}",
        r"cfid=[^&]+&cftoken=[^&]+",
    )
]


def surt(url: str) -> str:
    """The key of an http or https address; what is none is its own key."""
    try:
        parts = urlsplit(_BREAKS.sub("", url.strip()))
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return url
    host = ",".join(reversed(_host(parts.hostname).split(".")))
    shown_port = "" if port in (None, 0, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    query = _query(parts.query)
    return f"{host}{shown_port}){_path(parts.path)}" + (f"?{query}" if query else "")


def _host(host: str) -> str:
    raw = _unescaped(host)
    try:
        plain = raw.decode("ascii")
    except UnicodeDecodeError:
        plain = _idna(raw.decode("utf-8", "ignore"))
    plain = plain.replace("..", ".").strip(".")
    return _WWW.sub("", _address(plain) or _escaped(plain.lower().encode()), count=1) if plain else plain


def _idna(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _address(host: str) -> str | None:
    """Of an IPv4 address in any of the spellings that the C library reads."""
    if not _NUMERIC.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _path(path: str) -> str:
    kept: list[str] = []
    # Bytes that are not UTF-8 stay what they are, as Latin-1.
    for segment in _unescaped(path).decode("latin-1").split("/")[1:]:
        if segment == ".." and kept:
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    inner = [segment for segment in kept[:-1] if segment]
    found = _escaped("/".join(["", *inner, *kept[-1:]]).encode("latin-1")).lower() or "/"
    for session in _PATH_SESSIONS:
        if cut := session.fullmatch(found):
            found = cut[1] + cut[2]
    return found[:-1] if found.endswith("/") and len(found) > 1 else found


def _query(query: str) -> str:
    found = _escaped(_unescaped(query))
    for session in _QUERY_SESSIONS:
        if cut := session.fullmatch(found):
            found = cut[1] + (cut[2] or "")
    return "&".join("=".join(pair) for pair in sorted(part.split("=", 1) for part in found.lower().split("&")))


def _unescaped(text: str) -> bytes:
    """Percent-decoded until nothing is left to decode."""
    raw = text.encode("utf-8", "replace")
    while (decoded := unquote_to_bytes(raw)) != raw:
        raw = decoded
    return raw


def _escaped(raw: bytes) -> str:
    return quote_from_bytes(raw, safe=_SAFE)
