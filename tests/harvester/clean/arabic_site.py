"""Pages of two invented Arabic news sites, as the blocks that extraction finds in their article containers."""

from dataclasses import dataclass
from itertools import cycle, islice, product

from harvester.article import Article, Block
from harvester.clean.fold import LINK

WHO = (
    "بلدية المرفأ",
    "نادي القرّاء",
    "جمعية الصيادين",
    "مختبر الجامعة",
    "فرقة المسرح الجوّال",
    "هيئة الغابات",
    "نقابة الخبّازين",
)
DID = ("افتتحت موسمها", "أجّلت اجتماعها", "عرضت تقريرها", "أعادت ترميم مقرّها", "اختارت رئيسها")
WHERE = ("على ضفاف النهر", "قرب المحطة القديمة", "في سوق الورّاقين", "عند جسر الحجر", "في حديقة التوت", "أمام دار الكتب")
WHEN = ("بعد شتاء طويل", "قبيل العيد", "بحضور الأهالي", "رغم المطر", "للسنة الثالثة")

INTRO = "زاوية يكتبها الرحّالة نديم العابر عن مدن الساحل وحكاياتها، وتصدر صباح كل أربعاء."
QUOTE = "وكرّر المتحدث قوله: «لن نغلق الباب أمام أحد، وسنكمل الطريق مع الجميع مهما طال»."
CORRECTION = "تصحيح: ورد في نسخة سابقة من هذا النص اسم غير دقيق، وقد عُدّل بعد التحقق منه."
LOOKALIKE = "ودعا النادي السكان إلى المشاركة في المسابقة عبر إرسال قصصهم بالبريد قبل نهاية الشهر الجاري."


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """A page and which of its blocks are the story."""

    article: Article
    story: tuple[str, ...]


def link_line(text: str, link: str, path: str = "") -> Block:
    """A block with one link in it."""
    share = len(link) / len(text)
    return Block(text=text, masked=text.replace(link, LINK), link_share=share, path=path)


def footer_after_dashes(number: int) -> list[Block]:
    return [
        Block(text="------------------------"),
        Block(text="يسعدنا أن تشاركونا كتاباتكم على العنوان : desk@marsa.example"),
        link_line("لكم الكلمة: صحّح معنا - أرسل صورة - خريطة الموقع", "صحّح معنا - أرسل صورة - خريطة الموقع"),
        link_line("تابعونا : تلغرام - فيسبوك - يوتيوب", "تلغرام - فيسبوك - يوتيوب"),
    ]


def footer_with_counters(number: int) -> list[Block]:
    headline = f"{WHO[number % 7]} {WHERE[number % 6]}"
    eastern = str(37 * number + 11).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    return [
        Block(text=f"قـرأ هذه الصفحة {eastern} زائراً"),
        link_line(f"اقرأ أيضاً: {headline}", headline),
        *(link_line(text, text, path="div.more>ul>li") for text in (headline + " 1", headline + " 2")),
        Block(text="مرسى الأخبار موقع مستقل يصدر عن تعاونية من الصحفيين والقرّاء منذ سنوات ولا يتبع لأي جهة."),
        Block(text="مرسى الأخبار © جميع الحقوق محفوظة"),
    ]


FOOTERS = {"dashes": footer_after_dashes, "counters": footer_with_counters}


def sentences() -> list[str]:
    """Distinct sentences, neighbours with few words in common."""
    every = list(product(WHO, DID, WHERE, WHEN))
    return [f"{did} {who} {where} {when}، وحضر {11 + at} ضيفاً." for at, (who, did, where, when) in enumerate(every)]


def site(footer: str, pages: int = 12) -> list[SitePage]:
    """Three to five paragraphs a page, an introduction on 60 % of them, a quote on 30 %, a correction on 8 %."""
    pool = islice(cycle(sentences()), 0, None, 37)
    return [
        _page(FOOTERS[footer], number, [" ".join((next(pool), next(pool))) for _ in range(3 + number % 3)])
        for number in range(pages)
    ]


def _page(footer, number: int, story: list[str]) -> SitePage:
    if number % 10 in (0, 2, 3, 5, 7, 8):
        story.insert(0, INTRO)
    if number % 10 in (1, 4, 7):
        story.insert(2, QUOTE)
    if number % 12 == 6:
        story.append(CORRECTION)
    if number % 4 == 3:
        story.append(LOOKALIKE)
    url = f"https://marsa.example/{number}"
    blocks = (*(Block(text=text) for text in story), *footer(number))
    title = f"{WHO[number % 7]} {WHEN[number % 5]} رقم {number}"
    return SitePage(article=Article(url=url, canonical_url=url, title=title, blocks=blocks), story=tuple(story))
