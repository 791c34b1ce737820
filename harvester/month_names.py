"""Month names of the world's languages, folded as texts are to be looked up in them.

`months.json` holds CLDR's, so that no run has to load those; `names_of_cldr` (which needs Babel) makes it again:
`python -c "from harvester.month_names import write; write()"`.
"""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

LOCALES = (
    "ar ar_LB ar_SY ar_IQ ar_MA ar_DZ ar_TN ar_MR fa fa_AF ckb ku ur ps sd ug he yi tr az uz kk ky tg tk mn de de_AT lb"
    " fr es it pt nl fy af sv da nb nn fi is fo pl cs sk sl hr bs sr sr_Latn mk bg ru uk be el ro hu et lv lt sq ca gl"
    " eu ga gd cy mt hy ka id ms fil vi th lo my km hi mr ne bn as gu pa ta te kn ml si am ti so sw ha zu en"
).split()
"""Languages that news is written in; Chinese, Japanese and Korean count their months."""

BESIDE_CLDR = (
    "كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول",
    "جانفي,فيفري,مارس,أفريل,ماي,جوان,جويلية,أوت,سبتمبر,أكتوبر,نوفمبر,ديسمبر",
    "يناير,فبراير,مارس,أبريل,ماي,يونيو,يوليوز,غشت,شتنبر,أكتوبر,نونبر,دجنبر",
    "يناير,فبراير,مارس,إبريل,مايو,يونية,يولية,أغسطس,سبتمبر,اكتوبر,نوفمبر,ديسمبر",
)
"""Arabic month names of the Levant, the Maghreb and older Egyptian spelling."""

ISLAMIC = (
    "محرم,صفر,ربيع الأول,ربيع الآخر,جمادى الأولى,جمادى الآخرة,رجب,شعبان,رمضان,شوال,ذو القعدة,ذو الحجة",
    "المحرم,صفر الخير,ربيع أول,ربيع الثاني,جمادى الأول,جمادى الثانية,رجب المرجب,شعبان المعظم,رمضان المبارك"
    ",شوال المكرم,ذي القعدة,ذي الحجة",
    "محرم الحرام,صفر المظفر,ربیع الاول,ربيع ثاني,جمادي الاول,جمادى الثاني,رجب,شعبان,رمضان,شوال,ذوالقعدة,ذوالحجة",
    "محرم,صفر,ربيع الاول,ربيع الاخر,جمادي الاولي,جمادي الاخر,رجب,شعبان,رمضان,شوال,ذيقعده,ذيحجه",
    "muharram,safar,rabi al-awwal,rabi al-thani,jumada al-awwal,jumada al-thani,rajab,shaban,ramadan,shawwal"
    ",dhu al-qadah,dhu al-hijjah",
    "muharram,safar,rabi i,rabi ii,jumada i,jumada ii,rajab,sha'ban,ramadhan,shawwal,dhul qadah,dhul hijjah",
)
PERSIAN = (
    "فروردین,اردیبهشت,خرداد,تیر,مرداد,شهریور,مهر,آبان,آذر,دی,بهمن,اسفند",
    "حمل,ثور,جوزا,سرطان,اسد,سنبله,میزان,عقرب,قوس,جدی,دلو,حوت",
    "وری,غویی,غبرګولی,چنګاښ,زمری,وږی,تله,لړم,لیندۍ,مرغومی,سلواغه,کب",
)
"""Of the solar calendar of Iran and Afghanistan, in Persian, Dari and Pashto."""

_FOLD = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": "", "\u200c": "", "-": " "}
)
_MARKS = re.compile("[\u064b-\u0652\u0670.’'`]")


def folded(text: str) -> str:
    """As month names are compared: without case, vowel signs, full stops, and differences of Arabic spelling."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold().translate(_FOLD))


@lru_cache(maxsize=1)
def by_language() -> dict[str, dict[str, int]]:
    """Month by name, by CLDR locale."""
    loaded: dict[str, dict[str, int]] = json.loads(files("harvester").joinpath("months.json").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def of_all_languages() -> dict[str, int]:
    """Month by name; names of different months in two languages are left out, except where one of them is English."""
    names: dict[str, int] = {}
    doubtful: set[str] = set()
    for own in by_language().values():
        for name, number in own.items():
            if names.setdefault(name, number) != number:
                doubtful.add(name)
    sure = {name: number for name, number in names.items() if name not in doubtful}
    return sure | by_language()["en"] | numbered(BESIDE_CLDR)


@lru_cache(maxsize=4)
def numbered(calendar: tuple[str, ...]) -> dict[str, int]:
    """Month by folded name, of lists of names between commas."""
    return {folded(name): number for line in calendar for number, name in enumerate(line.split(","), start=1)}


def names_of_cldr() -> dict[str, dict[str, int]]:
    from babel import Locale

    return {
        code: {
            folded(name): number
            for context in Locale.parse(code).months.values()
            for width in ("abbreviated", "wide")
            for number, name in context.get(width, {}).items()
            if name and not name.isdigit()
        }
        for code in LOCALES
    }


def write() -> None:
    """Make months.json again."""
    made = json.dumps(names_of_cldr(), ensure_ascii=False, separators=(",", ":"))
    Path(__file__).with_name("months.json").write_text(made, "utf-8")
