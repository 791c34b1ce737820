"""Pairs of texts that are copies, and of texts that only look like it.

A pair is called a copy where a reader who saw both would say "that is the same article": unchanged, under another
headline, with another byline, misspelled, with up to a fifth of its words replaced, cut, shortened, extended, in
another order, in another orthography, with furniture left in. Where the line is drawn:

- What is left after a cut has `FEWEST_LEFT` words or more; an excerpt below that is a quotation.
- Of a text below `SHORT_WORDS` words no more than a twentieth is replaced, and what is added is no longer than itself:
  such a text with a fifth of its words changed can't be told from the same form filled in anew.
- Reports from a template are never replaced word by word, because what sets them apart are a few words and numbers.
- A follow-up that repeats up to two fifths of the earlier article, or of itself, as background is another article.

All is made by `random.Random` from the seed given. Originals are divided in two halves by the CRC of their names,
report templates by their `half`: constants were tuned on half 0 and are reported on half 1. One original in `DONORS` is
in no pair and gives the foreign paragraphs and quotations. A character of a script without spaces is half a word.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from tests.bench.texts import UNSPACED, Template, Text, half, length, words

FEWEST_LEFT = 60
SHORT_WORDS = 120
DONORS = 6
"""One original in so many is kept aside, to take foreign paragraphs from."""
MOST_BACKGROUND = 0.42
"""Above, the repetitions inside of a text make a copy of what was meant as a follow-up."""
QUOTE_WORDS = (40, 110)
REPORTS = 45
"""Of each template, all in the index: just below where the index ignores what they share."""

PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A text of the index and another one that comes later."""

    edit: str  # what was done to the old text, or in which way the two are only alike
    alike: bool
    old: Text
    new: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What edits take from: foreign paragraphs and words of the language."""

    paragraphs: Sequence[str]
    quotes: Sequence[str]  # none of the paragraphs
    vocabulary: Sequence[str]


Edit = Callable[[Random, Text, Material], str | None]
"""The new body, None where the edit makes no sense for a text."""


def phrases(language: str) -> dict[str, Any]:
    """Those in English where a language has none."""
    found: dict[str, Any] = PHRASES.get(language, PHRASES["en"])
    return found


# Parts of a text


def pieces(text: Text) -> list[str]:
    """Words with their punctuation, and what is between them; together they are the body."""
    return re.findall(r"\n|[^\n]{1,2}" if text.language in UNSPACED else r"\S+|\s+", text.body)


def head(text: Text, share: float) -> str:
    parts = pieces(text)
    return "".join(parts[: round(len(parts) * share)]).rstrip()


def sentences(paragraph: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?؟])\s+|(?<=[。！？])", paragraph) if part]


def passages(text: Text) -> list[str]:
    """Paragraphs; of a text with fewer than four, sentences."""
    paragraphs = text.body.split("\n")
    return paragraphs if len(paragraphs) >= 4 else [one for part in paragraphs for one in sentences(part)]


def joined(parts: Iterable[str]) -> str:
    return "\n".join(parts)


# Edits that make copies


def unchanged(rng: Random, text: Text, material: Material) -> str:
    return text.body


def byline(rng: Random, text: Text, material: Material) -> str:
    start, end = phrases(text.language)["byline"]
    return f"{start.format(place=rng.choice(text.title.split() or ['']))}{text.body}\n{end}"


def typos(rng: Random, text: Text, material: Material) -> str:
    """Two letters exchanged in one word of sixty, in two at least."""
    parts = pieces(text)
    long = [at for at, part in enumerate(parts) if len(part) >= (2 if text.language in UNSPACED else 4)]
    for at in rng.sample(long, min(len(long), max(2, len(long) // 60))):
        cut = rng.randrange(len(parts[at]) - 1)
        part = parts[at]
        parts[at] = part[:cut] + part[cut + 1] + part[cut] + part[cut + 2 :]
    return "".join(parts)


def replaced(share: float) -> Edit:
    def edit(rng: Random, text: Text, material: Material) -> str | None:
        if text.template or (length(text.body) < SHORT_WORDS and share > 0.05):
            return None
        return "".join(
            rng.choice(material.vocabulary) if part.strip() and rng.random() < share else part for part in pieces(text)
        )

    return edit


def cut(share: float) -> Edit:
    def edit(rng: Random, text: Text, material: Material) -> str | None:
        return _long_enough(head(text, share))

    return edit


def _long_enough(body: str) -> str | None:
    return body if length(body) >= FEWEST_LEFT else None


def paragraphs_dropped(rng: Random, text: Text, material: Material) -> str | None:
    """A third of the passages, never the first."""
    first, *rest = passages(text)
    return _long_enough(joined([first, *(part for part in rest if rng.random() < 0.65)]))


def extended(rng: Random, text: Text, material: Material) -> str | None:
    """By a third to all of its length, of a short text no more than a half."""
    size = length(text.body)
    own = foreign(rng, material, round(size * rng.uniform(0.3, 1.0 if size >= SHORT_WORDS else 0.5)))
    return joined([text.body, own]) if own else None


def foreign(rng: Random, material: Material, wanted: int) -> str:
    """Paragraphs of no text in the index, of about so many words."""
    taken: list[str] = []
    left = wanted
    for paragraph in rng.sample(material.paragraphs, len(material.paragraphs)) if wanted else ():
        size = length(paragraph)
        if size <= left:
            taken.append(paragraph)
            left -= size
        if left < wanted / 5:
            break
    return joined(taken)


def reordered(rng: Random, text: Text, material: Material) -> str | None:
    parts = passages(text)
    if len(parts) < 3:
        return None
    return joined(rng.sample(parts, len(parts)))


def furniture_left(rng: Random, text: Text, material: Material) -> str:
    return f"{text.body}\n{phrases(text.language)['furniture']}"


def case_and_quotes(rng: Random, text: Text, material: Material) -> str:
    first, _, rest = text.body.partition("\n")
    table = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "—": "-", "–": "-", "…": "..."})
    return joined([first.upper(), rest]).translate(table)


def heavy(rng: Random, text: Text, material: Material) -> str | None:
    """Three fifths kept, of these 8 % of the words replaced, a byline and one or two foreign paragraphs."""
    if text.template or length(text.body) < 2 * SHORT_WORDS:
        return None
    kept = replace(text, body=head(text, 0.6))
    kept = replace(kept, body=replaced(0.08)(rng, kept, material) or kept.body)
    return joined([byline(rng, kept, material), foreign(rng, material, length(kept.body) // 3)])


ARABIC = str.maketrans(
    "أإآىةؤئ٠١٢٣٤٥٦٧٨٩", "اااي" + "هوي0123456789", "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652ـ"
)
PERSIAN = str.maketrans("یکۀ۰۱۲۳۴۵۶۷۸۹", "يكه0123456789")
ACCENTS = str.maketrans(
    "áàâäãåçéèêëíìîïñóòôöõúùûüýÿšžčřěůďťňłąęćśźżőűğışÁÀÂÇÉÈÊÍÎÓÔÚÛÑŠŽČĞİŞ",
    "aaaaaaceeeeiiiinooooouuuuyyszcreudtnlaecszzougisAAACEEEIIOOUUNSZCGIS",
)
TONOS = str.maketrans("άέήίόύώϊϋΐΰΆΈΉΊΌΎΏ", "αεηιουωιυιυΑΕΗΙΟΥΩ")
CYRILLIC = str.maketrans("ёЁ", "еЕ")
FULL_WIDTH = str.maketrans("，。！？（）：；、", ",.!?():;,") | {
    ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)
}
SPELLINGS = {
    "ar": ARABIC,
    "fa": PERSIAN,
    "ru": CYRILLIC,
    "el": TONOS,
    "zh": FULL_WIDTH,
    "ja": FULL_WIDTH,
    **dict.fromkeys(["fr", "es", "tr", "cs", "pl", "pt", "is", "da", "nb", "sv"], ACCENTS),
}


def spelled_otherwise(rng: Random, text: Text, material: Material) -> str | None:
    if not (table := SPELLINGS.get(text.language)):
        return None
    changed = text.body.translate(table)
    return changed if changed != text.body else None


def with_marks(rng: Random, text: Text, material: Material) -> str | None:
    """Arabic with vowel marks, tatweel and Arabic digits where it had none."""
    if text.language != "ar":
        return None
    parts = [
        part[:2] + rng.choice("\u064e\u064f\u0650ـ") + part[2:] if len(part) > 3 else part for part in pieces(text)
    ]
    return "".join(parts).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


EDITS: dict[str, Edit] = {
    "verbatim": unchanged,
    "headline changed": unchanged,
    "byline": byline,
    "typos": typos,
    "5 % of the words": replaced(0.05),
    "10 % of the words": replaced(0.10),
    "20 % of the words": replaced(0.20),
    "cut to 70 %": cut(0.7),
    "cut to 50 %": cut(0.5),
    "cut to 30 %": cut(0.3),
    "passages dropped": paragraphs_dropped,
    "extended": extended,
    "reordered": reordered,
    "furniture left in": furniture_left,
    "case and quotes": case_and_quotes,
    "spelled otherwise": spelled_otherwise,
    "marks added": with_marks,
    "heavy": heavy,
}
BRIEF = "brief: "
"""Before the edit's name, where the original has 40 to 120 words."""
BRIEF_EDITS = ("verbatim", "headline changed", "byline", "typos", "5 % of the words", "case and quotes", "extended")


def copies(rng: Random, old: Text, material: Material, edits: Iterable[str], prefix: str = "") -> list[Pair]:
    made = []
    for name in edits:
        title = old.title if name in {"verbatim", "typos", "case and quotes"} else _headline(rng, old, material)
        if (body := EDITS[name](rng, old, material)) is not None:
            made.append(Pair(edit=prefix + name, alike=True, old=old, new=replace(old, title=title, body=body)))
    return made


def _headline(rng: Random, text: Text, material: Material) -> str:
    return " ".join(rng.choices(material.vocabulary, k=4)) + " " + text.title


# Texts that only look like copies


def follow_up(rng: Random, old: Text, material: Material) -> str | None:
    """Another day's news of the same event, 30 to 40 % of the shorter of both the same background."""
    whole = length(old.body)
    own = foreign(rng, material, round(whole * rng.uniform(0.6, 1.4)))
    share = rng.uniform(0.3, 0.4)
    size = min(share * whole, share / (1 - share) * length(own))
    background = head(old, size / whole)
    body = joined([own, background])
    return body if own and overlap(body, old.body) <= MOST_BACKGROUND else None


def overlap(one: str, other: str) -> float:
    """Distinct runs of three words in common, of those of the text with fewer."""
    first, second = (set(zip(found, found[1:], found[2:], strict=False)) for found in (words(one), words(other)))
    return len(first & second) / max(min(len(first), len(second)), 1)


def _inserted(old: Text, passage: str) -> Text:
    return replace(old, body=joined([passage, old.body]))


def look_alikes(rng: Random, texts: Sequence[Text], material: Material) -> list[Pair]:
    """Pairs of different texts of one language that share a passage, and follow-ups; one of each for each text.

    A shared passage is no more than two fifths of the shorter text.
    """
    made = []
    language = texts[0].language
    for old, other in zip(texts, rng.sample(texts, len(texts)), strict=True):
        if body := follow_up(rng, old, material):
            new = replace(old, story=f"{old.story} later", title=_headline(rng, old, material), body=body)
            made.append(Pair(edit="follow-up", alike=False, old=old, new=new))
        if old.story.partition("#")[0] == other.story.partition("#")[0]:
            continue
        made.append(Pair(edit="another text", alike=False, old=old, new=other))
        for name, passage in _shared_passages(rng, language, material.quotes):
            shorter = min(length(old.body), length(other.body))
            if passage and length(passage) <= 0.4 * (shorter + length(passage)):
                made.append(Pair(edit=name, alike=False, old=_inserted(old, passage), new=_inserted(other, passage)))
    return made


def _shared_passages(rng: Random, language: str, quotes: Sequence[str]) -> list[tuple[str, str]]:
    return [
        ("standing introduction", phrases(language)["introduction"]),
        ("shared furniture", phrases(language)["furniture"]),
        ("long quotation", rng.choice(quotes) if quotes else ""),
        ("head of a live blog", joined(rng.sample(quotes, min(2, len(quotes))))),
    ]


def report_pairs(rng: Random, template: Template, material: Material, copied: int) -> list[Pair]:
    """Neighbours among the reports of a template, and copies of some reports."""
    made = [template.report(number) for number in range(REPORTS)]
    pairs = [
        Pair(edit=f"reports: {template.kind}", alike=False, old=old, new=made[(at + 4) % REPORTS])
        for at, old in enumerate(made)
    ]
    for report in rng.sample(made, copied):
        pairs += copies(rng, report, material, rng.sample(list(EDITS), 6), "report: ")
    return pairs


# All together


def make_pairs(
    texts: Iterable[Text], templates: Iterable[Template], *, seed: int, wanted_half: int | None, copied: int = 12
) -> list[Pair]:
    """Pairs of all languages that the texts have. English texts get 4 edits each, those of rarer languages all."""
    by_language: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        if wanted_half is None or half(text.story) == wanted_half:
            by_language[text.language].append(text)
    chosen = [one for one in templates if wanted_half is None or one.half == wanted_half]
    for template in chosen:
        by_language[template.language] += []
    pairs: list[Pair] = []
    for language, found in sorted(by_language.items()):
        rng = Random(f"{seed} {language}")
        own = [one for one in chosen if one.language == language]
        aside = [text for text in found if _is_donor(text)] or ([] if own else found[:1])
        kept = [text for text in found if text not in aside]
        material = _material(aside or [one.report(REPORTS + at) for one in own for at in range(8)])
        pairs += _of_language(rng, kept, material)
        for template in own:
            pairs += report_pairs(rng, template, material, copied)
    return pairs


def _is_donor(text: Text) -> bool:
    return crc32(f"donor {text.story}".encode()) % DONORS == 0


def _material(texts: Sequence[Text]) -> Material:
    every = list(dict.fromkeys(part for text in texts for part in passages(text)))
    return Material(
        paragraphs=every[1::2],
        quotes=[part for part in every[::2] if QUOTE_WORDS[0] <= length(part) <= QUOTE_WORDS[1]],
        vocabulary=[part for text in texts for part in pieces(text) if part.strip()],
    )


def _of_language(rng: Random, texts: Sequence[Text], material: Material) -> list[Pair]:
    if len(texts) < 2:
        return []
    edits = 5 if len(texts) > 300 else len(EDITS)
    times = 1 if len(texts) > 30 else 3
    pairs = look_alikes(rng, texts, material) if len(texts) > 3 else []
    for text in texts:
        for _ in range(times):
            pairs += copies(rng, text, material, rng.sample(list(EDITS), edits))
    for text in texts if len(texts) <= 300 else rng.sample(texts, 150):
        brief = _brief(rng, text)
        pairs += copies(rng, brief, material, BRIEF_EDITS, BRIEF) if brief else []
    return pairs


def _brief(rng: Random, text: Text) -> Text | None:
    """The last passages of a text, where a follow-up takes the first."""
    body = joined(reversed(passages(text)))
    share = rng.randint(43, 119) / max(length(body), 1)
    if share > 0.5:
        return None
    return replace(text, body=head(replace(text, body=body), share))
