from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.article import Article, Block
from harvester.clean import Furniture, clean, clean_article, plain_blocks
from harvester.clean.fold import LINK

from .arabic_site import CORRECTION, FOOTERS, INTRO, LOOKALIKE, QUOTE, site

FOUNDING_EXAMPLE = Path(__file__).parents[4] / "shared" / "data" / "founding-example.txt"

ALIKE = """افتتحت بلدية المرفأ صباح الأحد سوق السمك الجديد بعد عامين من العمل، وحضر الافتتاح عشرات الصيادين.
وقال رئيس البلدية للصحافيين عند مدخل السوق: ” أردنا مكاناً يليق بأهل البحر، ودعونا نرى كيف سيكون الموسم”.
مؤكداً أن الأجور لن ترتفع هذا العام.
ودعت البلدية الأهالي إلى المشاركة عن طريق إرسال اقتراحاتهم عبر البريد قبل نهاية الشهر، بحسب ما جاء في إعلانها.
فيما ذكرت جمعية الصيادين (التي تأسست قبل ثلاثين عاماً) أنها ستفتتح مكتباً في السوق لخدمة أعضائها”.

------------------------

أنتم أيضاً تستطيعون الكتابة إلينا، أرسلوا كتاباتكم عبر البريد : desk@marsa.example

ملاحظاتكم: صحّح معنا - أرسل صورة - خريطة الموقع

تابعنا : يوتيوب - تلغرام - فيسبوك"""


def article(*blocks, number=0):
    url = f"https://paper.example/{number}"
    return Article(url=url, canonical_url=url, title=f"Story {number}", blocks=blocks)


def body_line(number, line=0):
    own = "abcdefghij"[number // 10 % 10] + "klmnopqrst"[number % 10] * (1 + number // 100)
    return Block(text=f"This story has a {'very ' * line}long sentence of its own about {own}.")


def taught(make_blocks, pages):
    """Furniture that has learned so many pages; their numbers begin at 100."""
    furniture = Furniture()
    for number in range(100, 100 + pages):
        assert furniture.learn(article(*make_blocks(number), number=number))
    return furniture


def assert_footer_goes(text):
    lines = [line for line in text.split("\n") if line.strip()]
    cleaned = clean_article(article(*plain_blocks(lines)))
    assert list(cleaned.body) == lines[:-4]
    assert [block.text for block in cleaned.removed] == lines[-4:]
    assert {block.why for block in cleaned.removed} == {"rule: separator"}


def test_an_article_like_the_founding_example_is_cleaned_by_rules_alone():
    assert_footer_goes(ALIKE)


@pytest.mark.skipif(not FOUNDING_EXAMPLE.exists(), reason="the founding example is not beside this project")
def test_the_founding_example_is_cleaned_by_rules_alone():
    title, _, text = FOUNDING_EXAMPLE.read_text(encoding="utf-8").partition("\n\n")
    assert title
    assert_footer_goes(text)


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_dozen_pages_teach_their_furniture_and_keep_standing_text(footer):
    furniture = Furniture()
    pages = site(footer)
    for page in pages:
        clean_article(page.article, furniture)
        assert furniture.learn(page.article)
    assert furniture.known
    kept = [clean_article(page.article, furniture).body for page in pages]
    assert kept == [page.story for page in pages]
    for standing in (INTRO, QUOTE, CORRECTION, LOOKALIKE):
        assert any(standing in story for story in kept)


def test_the_first_pages_of_a_site_lose_no_story_whatever_they_have_taught():
    for footer in FOOTERS:
        furniture = Furniture()
        for page in site(footer):
            assert set(page.story) <= set(clean_article(page.article, furniture).body)
            furniture.learn(page.article)


def test_why_names_place_and_evidence():
    def page(number):
        promo = Block(text="Our app is free")
        return (
            Block(text="The Paper, daily"),
            body_line(number),
            promo,
            body_line(number, 1),
            Block(text="Anna and friends"),
        )

    furniture = taught(page, 12)
    whys = [block.why for block in clean_article(article(*page(1)), furniture).blocks]
    assert whys == ["head: 12 of 12", None, "middle: 12 of 12", None, "tail: 12 of 12"]


def test_a_counted_article_is_no_evidence_against_itself():
    def page(number):
        return (body_line(number), Block(text=f"Signed by author {chr(97 + number - 100)}"))

    furniture = taught(page, 5)
    own = article(*page(102), number=102)
    assert clean_article(own, furniture).removed == ()


def test_copies_of_an_article_are_no_evidence_against_it():
    def page(number):
        return (body_line(1), body_line(1, 1), Block(text="The end of a verse"))

    furniture = taught(page, 1)
    furniture.learn(article(*page(0), number=101))
    assert clean_article(article(*page(0), number=7), furniture).removed == ()


def test_unknown_small_lines_between_furniture_go_with_it():
    def page(number):
        return (
            body_line(number),
            Block(text="Written for the Paper"),
            Block(text=f"Anna {chr(number)}"),
            Block(text="Desk of the Paper"),
        )

    cleaned = clean_article(article(*page(5)), taught(page, 6))
    assert [block.why for block in cleaned.blocks] == [None, "tail: 6 of 6", "tail: between furniture", "tail: 6 of 6"]


def test_lines_that_extraction_removed_do_not_end_the_footer():
    blocks = (
        body_line(0),
        Block(text="Follow us on Mastodon"),
        Block(text="A long list of things that nobody reads.", why="extract: share box"),
        Block(text="© The Paper"),
    )
    cleaned = clean_article(article(*blocks))
    assert [block.why for block in cleaned.blocks] == [None, "rule: tail", "extract: share box", "rule: tail"]


def test_related_links_that_vary_are_known_by_their_place():
    def page(number):
        links = (f"Headline {number} about {chr(97 + number % 26)}", f"Another {number}", f"Third {number}")
        related = (Block(text=text, masked=LINK, link_share=1.0, path="div.more>a") for text in links)
        return (body_line(number), *related, body_line(number, 1), body_line(number, 2))

    cleaned = clean_article(article(*page(3)), taught(page, 10))
    assert [block.why is None for block in cleaned.blocks] == [True, False, False, False, True, True]


def test_more_than_three_fifths_never_go_on_evidence():
    def page(number):
        standing = (Block(text=f"Standing line {word}") for word in ("one", "two", "three", "four"))
        return (*standing, Block(text=f"N{number}"))

    cleaned = clean(article(*page(1)), taught(page, 5))
    assert cleaned.held_back
    assert cleaned.article.removed == ()


def test_a_one_line_story_loses_a_long_footer_that_all_pages_have():
    footer = [
        Block(text=f"This paper number {word} belongs to its many readers and to nobody else.") for word in "abcdef"
    ]

    def page(number):
        return (Block(text=f"Bridge {chr(97 + number % 26)} closed."), *footer)

    cleaned = clean(article(*page(1)), taught(page, 20))
    assert not cleaned.held_back
    assert cleaned.article.body == ("Bridge b closed.",)


@pytest.mark.parametrize("lines", [["Follow us on Mastodon"], ["-----", "Follow us"], []])
def test_the_last_of_a_text_is_kept(lines):
    assert list(clean_article(article(*plain_blocks(lines))).body) == lines


def test_japanese_paragraphs_stay():
    lines = ["東京都は新しい橋の建設計画について住民への説明会を開いた。", "参加者からは多くの質問が出た。", "関連記事"]
    assert list(clean_article(article(*plain_blocks(lines))).body) == lines[:2]


LINES = st.sampled_from(
    [
        Block(text="-----"),
        Block(text="Follow us on Mastodon"),
        Block(text="A short line"),
        Block(text="Anna"),
        Block(text="Nobody spoke on the way home that night."),
        Block(text="Standing sentence of the paper that many of its pages have."),
        Block(text="Rain in Bern", masked=LINK, link_share=1.0, path="ul>li"),
        Block(text="Taken out before", why="extract: caption"),
        Block(text="word " * 35 + "end"),
    ]
)
PAGES = st.lists(st.lists(LINES | st.builds(Block, text=st.text("abc ", min_size=1)), max_size=8), max_size=12)


@settings(max_examples=150, deadline=None)
@given(pages=PAGES, page=st.lists(LINES, max_size=12))
def test_laws_of_cleaning(pages, page):
    furniture = Furniture()
    for number, blocks in enumerate(pages):
        furniture.learn(article(*blocks, number=number))
    before = article(*page, number=99)
    once = clean_article(before, furniture)
    assert clean_article(once, furniture) == once
    assert [replace(block, why=None) for block in once.blocks] == [replace(block, why=None) for block in before.blocks]
    assert all(new.why == old.why for new, old in zip(once.blocks, before.blocks, strict=True) if old.why)
    assert bool(once.body) == bool(before.body)
    assert replace(once, blocks=before.blocks) == before


def test_cleaning_again_takes_back_what_a_lesser_state_said():
    def page(number):
        return (body_line(number), Block(text="Anna of the Paper"))

    cleaned = clean_article(article(*page(1)), taught(page, 3))
    assert cleaned.removed
    assert clean_article(cleaned).removed == ()
