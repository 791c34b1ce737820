"""Cleaning: which blocks of an article are furniture, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harvester.article import Article, Block
from harvester.clean.footer import EVIDENT_LINK_SHARE, Line, Shape, footer_by_rules, is_separator
from harvester.clean.furniture import RECENT, Evidence, Furniture, Others
from harvester.clean.template import judge_by_template
from harvester.extract.title import without_site_name

CLEANING = "furniture-2"
"""Names this way of cleaning in a record's derivation; another one when its answers change."""

MOST_REMOVED = 0.6  # of the words may go on the evidence of other pages; else the rules alone decide
SKIPPED_LINES = 2  # unknown lines in a row between known ones: a related story, an author's name
SKIPPED_WORDS = 3

_OWN_WHYS = frozenset({"path", "rule", "tail", "head", "middle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What evidence a line needs: so many other articles with it, and such a share of them."""

    seen: int
    ratio: float
    counted: int = 0  # of at least so many

    def met_by(self, found: Evidence) -> bool:
        return found.seen >= self.seen and found.ratio >= self.ratio and found.counted >= self.counted


NEAR_UNIVERSAL = (Bar(seen=8, ratio=0.97, counted=8), Bar(seen=18, ratio=0.90, counted=20))
"""A sentence at the head or in the middle. At lower bars the standing introductions (60 % of pages), quotes (30 %) and
correction notices (8 %) of real sites go, on 73 % of the pages that have them."""

BARS: dict[str, dict[Shape, tuple[Bar, ...]]] = {
    "tail": {
        Shape.EVIDENT: (Bar(seen=1, ratio=0.05),),
        Shape.OTHER: (Bar(seen=1, ratio=0.15),),
        Shape.SENTENCE: (Bar(seen=2, ratio=0.30),),
    },
    "head": {
        Shape.EVIDENT: (Bar(seen=1, ratio=0.05),),
        Shape.OTHER: (Bar(seen=2, ratio=0.15),),
        Shape.SENTENCE: NEAR_UNIVERSAL,
    },
    "middle": {
        Shape.EVIDENT: (Bar(seen=2, ratio=0.10),),
        Shape.OTHER: (Bar(seen=3, ratio=0.20),),
        Shape.SENTENCE: NEAR_UNIVERSAL,
    },
}
"""Measured together with the rules: P 1.000 and R 1.000 on 8 Arabic sites from 10 pages on; 86 others lose nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """An article after cleaning."""

    article: Article
    held_back: bool  # too much would have gone, so other pages' evidence was set aside; worth a count


def clean_article(article: Article, furniture: Furniture | None = None) -> Article:
    """The article with a `why` on the blocks that are furniture; no block is changed else, moved or dropped.

    What an earlier cleaning decided is judged anew, so cleaning twice is cleaning once, and knows what the
    source has taught since. A block that extraction took out comes back only where the site's other pages say that its
    place carries text.
    """
    return clean(article, furniture).article


def clean(article: Article, furniture: Furniture | None = None) -> Cleaned:
    """As `clean_article`, and says whether the safeguard held back."""
    blocks = tuple(_as_extracted(block) for block in article.blocks)
    others = furniture.others(article) if furniture is not None and furniture.counted else None
    if others is not None and not others.counted:
        others = None
    if others is not None:
        whys = judge_by_template(blocks, [others.path_evidence(block) for block in blocks])
        blocks = tuple(_with_why(block, why) for block, why in zip(blocks, whys, strict=True))
    open_at = [position for position, block in enumerate(blocks) if block.why is None or is_separator(block.text)]
    lines = [Line(blocks[position]) for position in open_at]
    whys, held_back = _judge(lines, others)
    judged = list(blocks)
    for position, why in zip(open_at, whys, strict=True):
        if why is not None and blocks[position].why is None:
            judged[position] = replace(blocks[position], why=why)
    title = without_site_name(article.title, furniture.site_names) if furniture is not None else article.title
    return Cleaned(article=replace(article, title=title, blocks=tuple(judged)), held_back=held_back)


def _as_extracted(block: Block) -> Block:
    ours = block.why is None or block.why.partition(":")[0] in _OWN_WHYS
    return _with_why(block, block.by_page) if ours else block


def _with_why(block: Block, why: str | None) -> Block:
    return block if block.why == why else replace(block, why=why)


def _judge(lines: Sequence[Line], others: Others | None) -> tuple[list[str | None], bool]:
    """Why each line goes, or None; and whether the evidence of other pages was set aside."""
    by_rules = footer_by_rules(lines)
    if None not in by_rules:
        by_rules = [None] * len(lines)  # all of it: then it is no footer of anything
    if others is None:
        return by_rules, False
    found = [others.evidence(line.block) for line in lines]
    whys = _by_evidence(lines, found, by_rules)
    if _too_much(lines, found, by_rules, whys):
        return by_rules, True
    return whys, False


def _too_much(
    lines: Sequence[Line], found: Sequence[Evidence], by_rules: Sequence[str | None], whys: Sequence[str | None]
) -> bool:
    """Would nothing remain, or too little of what the rules left? Lines of nearly all pages do not count in this: no
    story is made of them, and an agency's one-line news has more words below it than in it."""
    if None not in whys:
        return bool(lines)
    if whys == by_rules:
        return False
    doubtful = removed = 0.0
    for line, one, rule, why in zip(lines, found, by_rules, whys, strict=True):
        if rule is None and not _near_universal(one):
            doubtful += line.words
            removed += line.words if why is not None else 0
    return removed > MOST_REMOVED * doubtful


def _near_universal(found: Evidence) -> bool:
    return any(bar.met_by(found) for bar in NEAR_UNIVERSAL)


def _by_evidence(lines: Sequence[Line], found: Sequence[Evidence], by_rules: Sequence[str | None]) -> list[str | None]:
    """The rules' answer and, of the rest, first the ends and then single lines between them."""
    whys = list(by_rules)
    _take_end("tail", [at for at in reversed(range(len(lines))) if whys[at] is None], lines, found, whys)
    _take_end("head", [at for at in range(len(lines)) if whys[at] is None], lines, found, whys)
    for at, line in enumerate(lines):
        if whys[at] is None and _is_furniture("middle", line, found[at]):
            whys[at] = _why("middle", found[at])
    return whys


def _take_end(
    place: str, order: Sequence[int], lines: Sequence[Line], found: Sequence[Evidence], whys: list[str | None]
) -> None:
    """Walk inwards from one end while lines are furniture; a few small unknown ones go if furniture follows."""
    skipped: list[int] = []
    for at in order:
        if _is_furniture(place, lines[at], found[at]):
            whys[at] = _why(place, found[at])
            for between in skipped:
                whys[between] = f"{place}: between furniture"
            skipped = []
        elif len(skipped) < SKIPPED_LINES and _may_be_skipped(lines[at]):
            skipped.append(at)
        else:
            return


def _may_be_skipped(line: Line) -> bool:
    return line.block.link_share >= EVIDENT_LINK_SHARE or line.words <= SKIPPED_WORDS


def _is_furniture(place: str, line: Line, found: Evidence) -> bool:
    return found.seen > 0 and any(bar.met_by(found) for bar in BARS[place][line.shape])


def _why(place: str, found: Evidence) -> str:
    """What a person wants to know: "tail: 4 of 12" articles, or where the site has changed, of its last ones."""
    if found.counted and found.ratio > found.seen / found.counted:
        return f"{place}: {found.ratio:.0%} of the last {RECENT}"
    return f"{place}: {found.seen} of {found.counted}"
