"""The key that merges the variants of one story's address, and the id that is made of it."""

import hashlib
import re
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import quote, quote_plus, unquote, unquote_to_bytes

from harvester.urls.parts import (
    ESCAPED_AMPERSAND,
    host_of,
    port_of,
    registered_domain,
    split,
)

HOST_PREFIX = re.compile(r"^(?:www[0-9]?|m|mobile|amp)\.(?=[^.]+\.)")
AMP_CACHE = re.compile(
    r"(?:https?:)?//(?:(?:(?:[\w.-]+\.)?(?:cdn\.ampproject\.org/(?:c|v|wp)|bing-amp\.com/[cv])"
    r"|(?:www\.)?(?:google(?:\.com?)?(?:\.[a-z]{2})?|bing\.com)/amp)/(?:s/)?)+(?=[\w-]+(?:\.[\w-]+)+/)",
    re.IGNORECASE,
)
"""How an AMP cache's address begins, up to the publisher's own."""
PLAIN_PATH = re.compile(r"[\w/:@!$&'()*+,;=.~-]*", re.ASCII)
SAFE_PATH = "/:@!$&'()*+,;=-._~"
PLAIN_PARAMETER = re.compile(r"[\w.~-]*", re.ASCII)
ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
FORM_MARKS = ("amp", "print", "index.", "default.", "//", "/.", ";")
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^;/]*", re.IGNORECASE)
INDEX_FILE = re.compile(r"index\.(?:html?|php|shtml|jsp)|default\.aspx?", re.IGNORECASE)
FORM = re.compile(r"amp|amphtml|print", re.IGNORECASE)
FORM_ENDING = re.compile(r"(?<=[^.])(?:\.(?:amp|print)|(?<=\d{6})[-_]amp)(?=(?:\.html?)?$)", re.IGNORECASE)
LIST_OF = re.compile(
    r"tags?|topics?|category|categories|sections?|keywords?|labels?|search|wiki|glossary|authors?|products?|shop"
    r"|magazine|editions?|issues?|[a-z]{2}(?:-[a-z]{2})?",
    re.IGNORECASE,
)
"""After these, `amp` and `print` are what the list is of: /tag/amp is no form of /tag."""
LONG_NUMBER = re.compile(r"\d{5}")
SEVERAL_WORDS = re.compile(r"[^\W\d_][-_]|%")
PROGRAM = re.compile(r"\.(?:php|aspx?|jsp|cfm|cgi|pl|do|dll)$", re.IGNORECASE)
TRACKING_PREFIXES = (
    "utm_", "guce_", "oly_", "vero_", "fb_action_", "hsa_", "mtm_", "matomo_", "taboola", "outbrain", "aspsessionid",
    "wt.", "wt_mc", "wt_zmc", "wt_cc", "at_custom", "at_link_", "at_ptr_", "at_recipient_",
)  # fmt: skip
TRACKING = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid msclkid yclid ysclid ymclid twclid ttclid"
    " srsltid igshid igsh li_fat_id mc_cid mc_eid _hsenc _hsmi __hstc __hssc __hsfp hsctatracking mkt_tok"
    " ml_subscriber ml_subscriber_hash s_kwcid ef_id _ga _gl _gac rdt_cid epik irclickid cjevent wickedid"
    " rb_clickid sc_cid dicbo obclid ob_click_id oborigurl tblci tbclid xtor xts at_medium at_campaign at_format"
    " at_creation at_variant at_channel at_network at_platform at_bbc_team at_term at_type ns_mchannel ns_source"
    " ns_campaign ns_linkname ns_fee cmpid ito ref_src ref_url soc_src soc_trk sr_share reflink sharetoken fb_ref"
    " fb_source fb_comment_id action_object_map action_type_map action_ref_map guccounter __twitter_impression"
    " usqp amp_js_v amp_gsa amp_ct amp_tf aoh ampshare noamp outputtype replytocom doing_wp_cron phpsessid"
    " jsessionid cfid cftoken pk_campaign pk_kwd pk_source pk_medium pk_content pk_cid piwik_campaign piwik_kwd".split()
)
"""Query parameters that say where a reader came from, or how the page is shown, on any site."""
SWITCHES = frozenset("amp print printable printer printerfriendly printversion printpagedarticle nb rss mobile".split())
SWITCHED = frozenset("0 1 true false yes no on off y n amp print pdf rss html mobile".split()) | {""}
LAYOUTS = frozenset("view mode format layout output tmpl template version display style".split())
LAYOUT = frozenset("amp amphtml print printable printer print-friendly printerfriendly component".split())
CAMPAIGNS = frozenset("smid ocid cmp ncid icid intcmp icmp iref spm".split())
NUMBER = re.compile(r"\d+")
"""Names that news sites use for campaigns and others for stories, and those have numbers."""
REFERRERS = frozenset("ref share".split())
REFERRER = re.compile(
    r"(?:[a-z]+(?:[-_ ][a-z]+){0,2}|google-plus-1|(?:[a-z0-9-]+\.)+(?!html?$|php$|aspx?$)[a-z]{2,})?", re.IGNORECASE
)
"""What stands in `ref` where it is none: few words, or a host."""
ORIGINS = frozenset("source src from via partner emc origin".split())
ORIGIN = frozenset(
    "rss feed feeds rssfeed atom twitter tw x facebook fb whatsapp wa telegram tg instagram ig linkedin email"
    " mail push newsletter share social homepage home hp google googlenews applenews flipboard pocket widget"
    " ticker mostread related".split()
)


def url_key(url: str) -> str:
    """What is equal for all addresses of one story, and different for two stories. For comparing, not for fetching.

    Host without `www.`, `m.`, `amp.`; path without the forms of a page (AMP, print, index file) and the last slash; the
    parameters that may select the story, by name; the route of a page that has its stories behind `#!` or `#/`. Where
    it is in doubt it keeps addresses apart: a wrong merge loses a story, a missing one costs a look at its text.
    """
    parts = split(at_the_publisher(url))
    host = parts and host_key(parts.netloc)
    if parts is None or not host:
        return url.strip().encode("utf-8", "replace").decode("utf-8")
    path = path_key(parts.path)
    query = _query_key(path, parts.query) if parts.query else ""
    route = _recoded(parts.fragment).rstrip("/") if is_route(parts.fragment) else ""
    return f"{host}{path}{query and '?'}{query}{route and '#'}{route}"


def without_tracking(url: str) -> str:
    """The address itself, without tracking parameters and without a fragment that is no route."""
    parts = split(url)
    if parts is None:
        return url
    kept = "&".join(own_parameters(path_key(parts.path), parts.query))
    route = parts.fragment if is_route(parts.fragment) else ""
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    return f"{scheme}//{parts.netloc}{parts.path}{kept and '?'}{kept}{route and '#'}{route}"


def article_id(source: str, canonical: str) -> str:
    """32 hex digits: the article of a source that has this canonical address; the same on every machine."""
    return hashlib.sha256(f"{source}\n{url_key(canonical)}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def at_the_publisher(url: str) -> str:
    """The address that an AMP cache's address wraps."""
    if "amp" in url and (cached := AMP_CACHE.match(url.strip())):
        return f"https://{url.strip()[cached.end() :]}"
    return url


@lru_cache(maxsize=4096)
def host_key(netloc: str) -> str:
    """The host as it is compared; with its port, unless that is the usual one of a scheme."""
    host, port = host_of(netloc), port_of(netloc)
    while (shorter := HOST_PREFIX.sub("", host)) != host and registered_domain(shorter):
        host = shorter
    return f"{host}:{port}" if host and port else host


def _recoded(text: str) -> str:
    """One spelling: what is percent-encoded and what is not comes out the same, save a slash; accents are composed."""
    if PLAIN_PATH.fullmatch(text):
        return text
    decoded = "%2F".join(quote(_composed(part), safe=SAFE_PATH) for part in ENCODED_SLASH.split(text))
    return ESCAPED_AMPERSAND.sub("&", decoded)


def _composed(encoded: str) -> bytes:
    """The bytes, also of old charsets; in UTF-8 each letter and its marks are one (NFC)."""
    raw = unquote_to_bytes(encoded)
    if raw.isascii():
        return raw
    return normalize("NFC", raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def path_key(path: str) -> str:
    path = _recoded(path)
    lowered = path.lower()
    if not any(mark in lowered for mark in FORM_MARKS):
        return path.rstrip("/")
    segments = _resolved(SESSION_IN_PATH.sub("", path))
    while segments and (FORM_ENDING.search(segments[-1]) or _shows_only(segments)):
        segments[-1:] = [ending] if (ending := FORM_ENDING.sub("", segments[-1])) != segments[-1] else []
    while len(segments) > 1 and _begins_a_form(segments):
        del segments[0]
    if segments and LONG_NUMBER.search(segments[-1]):
        segments = [segment for segment in segments if segment.lower() != "amp"]
    return "".join(f"/{segment}" for segment in segments)


def _resolved(path: str) -> list[str]:
    """The segments, without empty ones and dots (RFC 3986, 5.2.4)."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return segments


def _shows_only(segments: list[str]) -> bool:
    """Does the last segment say how the page is shown, or which file shows it?"""
    if INDEX_FILE.fullmatch(segments[-1]):
        return True
    return len(segments) > 1 and bool(FORM.fullmatch(segments[-1])) and not LIST_OF.fullmatch(segments[-2])


def _begins_a_form(segments: list[str]) -> bool:
    """/amp/… always; /print/… before a headline's words alone, since newspapers have sections of that name."""
    first = segments[0].lower()
    return first in ("amp", "amphtml") or (first == "print" and bool(SEVERAL_WORDS.search(segments[-1])))


def _query_key(path: str, query: str) -> str:
    pairs = (pair.partition("=") for pair in own_parameters(path, query))
    encoded = [(_recoded_parameter(name), _recoded_parameter(value)) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded, key=lambda pair: pair[0]))


def _recoded_parameter(text: str) -> str:
    if PLAIN_PARAMETER.fullmatch(text):
        return text
    return quote_plus(_composed(text.replace("+", " ")))


def own_parameters(path: str, query: str) -> list[str]:
    """As they are written, those that may select the story; where none does, also those that look like a referrer."""
    own: list[str] = []
    doubtful: list[str] = []
    for pair in query.replace("?utm_", "&utm_").split("&"):  # feeds append "?utm_source=…" to what has a query
        pair = pair.strip()
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = unquote(name.replace("+", " ")), unquote(value.replace("+", " "))
        name, value = name.lower(), value.lower()
        if not pair or name in TRACKING or name.startswith(TRACKING_PREFIXES) or _is_shown_by(name, value):
            continue
        (doubtful if _refers(name, value) else own).append(pair)
    return doubtful if not own and (not path or PROGRAM.search(path)) else own


def _is_shown_by(name: str, value: str) -> bool:
    """How the page is shown; `print=4711` may be a number of a story."""
    return (name in SWITCHES and value in SWITCHED) or (name in LAYOUTS and value in LAYOUT)


def _refers(name: str, value: str) -> bool:
    """Where a reader came from, by a name that other sites use for the story: its value must look like it."""
    if name in REFERRERS:
        return bool(REFERRER.fullmatch(value))
    return (name in CAMPAIGNS and not NUMBER.fullmatch(value)) or (name in ORIGINS and value in ORIGIN)


def is_route(fragment: str) -> bool:
    """#!/story/1 and #/story/1 name a story; #comments is a place in one."""
    return fragment.startswith(("!", "/")) and bool(fragment.strip("!/"))
