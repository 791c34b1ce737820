"""Pages to read: markup as a fetch would give it."""

from datetime import UTC, datetime

from harvester.page import Page

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

ARABIC = (
    "قرر مجلس الميناء يوم الاثنين إصلاح الرصيف القديم بعد اجتماع طويل مع سكان الحي الذين طالبوا بذلك منذ سنوات عديدة.",
    "وقال رئيس المجلس إن الأعمال ستبدأ في الربيع المقبل وتستمر ثمانية أشهر، على أن تبقى السفن الصغيرة في مكانها.",
    "وكانت العواصف قد ألحقت بالرصيف أضرارًا كبيرة في الشتاء الماضي، ما أدى إلى إغلاقه أمام الزوار والصيادين معًا.",
    "وأضاف أن الكلفة تبلغ ١٢ مليون ليرة، يدفع نصفها الصيادون ونصفها الآخر صندوق المدينة المخصص لحماية الساحل القديم.",
)
ENGLISH = (
    "The harbour council decided on Monday to repair the old quay after a long meeting with residents of the district.",
    "Work will begin in spring and last eight months, the chairwoman said, while the small boats stay where they are.",
    "Storms had damaged the quay badly last winter, so that it was closed to visitors and fishermen for many weeks.",
    "It will cost twelve million pounds, half of it paid by the fishermen and the other half by the city's coast fund.",
)


def page(
    markup: str | bytes, *, url: str = "https://e.com/news/harbour-council-decides", content_type: str = "text/html"
) -> Page:
    content = markup.encode("utf-8", "replace") if isinstance(markup, str) else markup
    return Page(
        url=url,
        requested_url=url,
        status=200,
        headers=(("Content-Type", content_type),),
        raw=content,
        content=content,
        fetched_at=NOW,
    )


def paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)
