"""Addresses as news sites write them: variants of one story, and traps, which are pairs of different pages."""

from dataclasses import dataclass

HARBOUR = "https://example.com/2026/11/harbour-story"
ARABIC = "https://e.com/الأخبار/المرفأ-يفتح-من-جديد"
ARABIC_ENCODED = (
    "%D8%A7%D9%84%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/"
    "%D8%A7%D9%84%D9%85%D8%B1%D9%81%D8%A3-%D9%8A%D9%81%D8%AA%D8%AD-%D9%85%D9%86-%D8%AC%D8%AF%D9%8A%D8%AF"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story's address and others under which sites, readers and feeds pass it on."""

    address: str
    variants: tuple[str, ...]


USUAL = Story(
    address=HARBOUR,
    variants=(
        "http://example.com/2026/11/harbour-story",
        "https://www.example.com/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story/",
        "https://example.com/2026/11/harbour-story?utm_source=x&utm_medium=y",
        "https://example.com/2026/11/harbour-story?fbclid=abc",
        "https://example.com/2026/11/harbour-story#comments",
        "https://example.com/2026/11/harbour-story/amp/",
        "https://example.com/2026/11/harbour-story?amp=1",
        "https://amp.example.com/2026/11/harbour-story",
        "https://m.example.com/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story?print",
        "https://example.com/2026/11/harbour-story/print/",
        "https://EXAMPLE.com:443/2026/11/harbour-story",
        "https://example.com/2026/11/harbour-story?share=twitter",
        "https://example.com/2026/11/harbour-story?outputType=amp",
        "https://mobile.example.com/2026/11/harbour-story",
    ),
)
"""The 16 usual ones."""

STORIES = {
    "usual": USUAL,
    "host and scheme": Story(
        address=HARBOUR,
        variants=(
            "HTTPS://Example.COM/2026/11/harbour-story",
            "//example.com/2026/11/harbour-story",
            "http://example.com:80/2026/11/harbour-story",
            "https://example.com:/2026/11/harbour-story",
            "https://example.com./2026/11/harbour-story",
            "https://reader:secret@example.com/2026/11/harbour-story",
            "https://www2.example.com/2026/11/harbour-story",
            "https://www.m.example.com/2026/11/harbour-story",
            " https://example.com/2026/11/harbour-story\n",
            "https://example.com/2026/11/harbour\n-story",
        ),
    ),
    "path": Story(
        address=HARBOUR,
        variants=(
            "https://example.com//2026//11/harbour-story",
            "https://example.com/2026/11/./harbour-story",
            "https://example.com/2026/10/../11/harbour-story",
            "https://example.com/2026/11/harbour%2Dstory",
            "https://example.com/2026/11/harbour%2dstory",
            "https://example.com/2026/11/harbour-story/index.html",
            "https://example.com/2026/11/harbour-story;jsessionid=0A1B2C3D4E5F.node7",
            "https://example.com/2026/11/harbour-story.amp",
            "https://example.com/2026/11/harbour-story/AMP",
            "https://example.com/amp/2026/11/harbour-story",
            "https://example.com/print/2026/11/harbour-story",
            "https://example.com/amp/2026/11/harbour-story/amp/",
        ),
    ),
    "AMP caches": Story(
        address=HARBOUR,
        variants=(
            "https://example-com.cdn.ampproject.org/c/s/example.com/2026/11/harbour-story",
            "https://example-com.cdn.ampproject.org/v/s/example.com/2026/11/harbour-story?amp_js_v=0.1&usqp=mq331AQ",
            "https://cdn.ampproject.org/c/www.example.com/2026/11/harbour-story/amp",
            "https://www.google.com/amp/s/amp.example.com/2026/11/harbour-story",
            "https://www.google.co.uk/amp/s/example.com/2026/11/harbour-story?amp",
        ),
    ),
    "query": Story(
        address=HARBOUR,
        variants=(
            f"{HARBOUR}?",
            f"{HARBOUR}?&",
            f"{HARBOUR}?amp",
            f"{HARBOUR}?amp=true&print=0",
            f"{HARBOUR}?print=1",
            f"{HARBOUR}?view=print",
            f"{HARBOUR}?printable=true",
            f"{HARBOUR}?tmpl=component&print=1",
            f"{HARBOUR}?share=jetpack-whatsapp&nb=1",
            f"{HARBOUR}?replytocom=4711#respond",
            f"{HARBOUR}?UTM_Source=rss&amp;utm_medium=feed&#038;utm_campaign=x",
            f"{HARBOUR}?utm%5Fsource=rss",
        ),
    ),
    "tracking": Story(
        address=HARBOUR,
        variants=(
            f"{HARBOUR}?gclid=Cj0KCQ&gbraid=0AAA&wbraid=CkQ&gad_source=1&dclid=CK",
            f"{HARBOUR}?srsltid=AfmBOoqluK5BsaQo",
            f"{HARBOUR}?msclkid=f1&yclid=2&ysclid=lx3&twclid=4&ttclid=E.C.P&li_fat_id=5",
            f"{HARBOUR}?igshid=MzRl&igsh=MTc4",
            f"{HARBOUR}?mc_cid=0f1&mc_eid=UNIQID&mkt_tok=NTI&_hsenc=p2AN&_hsmi=274",
            f"{HARBOUR}?oly_anon_id=1&oly_enc_id=2&vero_id=3&s_kwcid=AL!4",
            f"{HARBOUR}?ns_mchannel=social&ns_source=twitter&ns_campaign=bbc_live&ns_linkname=news_gnl&ns_fee=0",
            f"{HARBOUR}?at_medium=RSS&at_campaign=64&at_custom1=link&at_link_id=0A1B",
            f"{HARBOUR}?xtor=RSS-1",
            f"{HARBOUR}?wt_mc=rss.homepage&wt_zmc=sm.ext.zonaudev",
            f"{HARBOUR}?smid=tw-nytimes",
            f"{HARBOUR}?ito=native_share_article-top",
            f"{HARBOUR}?CMP=share_btn_tw",
            f"{HARBOUR}?ocid=socialflow_twitter",
            f"{HARBOUR}?cmpid=socialflow-twitter-business",
            f"{HARBOUR}?spm=smpc.author.fd-d.1.1600000000000abc",
            f"{HARBOUR}?guccounter=1&guce_referrer=aHR0cHM6&guce_referrer_sig=AQAAA",
            f"{HARBOUR}?fb_action_ids=10&fb_action_types=og.likes&fb_source=other",
            f"{HARBOUR}?__twitter_impression=true",
            f"{HARBOUR}?dicbo=v2-abc&tblci=GiA&obOrigUrl=true",
            f"{HARBOUR}?PHPSESSID=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            f"{HARBOUR}?ref=homepage",
            f"{HARBOUR}?ref=404blog.example.org",
            f"{HARBOUR}?ref_src=twsrc%5Etfw",
            f"{HARBOUR}?source=rss",
            f"{HARBOUR}?from=newsletter&via=twitter&partner=rss&emc=rss",
        ),
    ),
    "static pages": Story(
        address="https://e.com/news/harbour-opens-20261123.html",
        variants=(
            "https://e.com/news/harbour-opens-20261123.amp.html",
            "https://e.com/news/harbour-opens-20261123-amp.html",
            "https://e.com/news/harbour-opens-20261123.html?amp",
            "https://e.com/news/harbour-opens-20261123.html/amp",
            "https://e.com/news/harbour-opens-20261123.print.html",
            "https://e.com/news/amp/harbour-opens-20261123.html",
            "https://e.com/news/harbour-opens-20261123.html?printPagedArticle=true#void",
            "https://e.com/news/harbour-opens-20261123.html?version=print",
        ),
    ),
    "WordPress by number": Story(
        address="https://e.com/?p=4711",
        variants=(
            "https://www.e.com?p=4711",
            "https://e.com/index.php?p=4711",
            "https://e.com/?p=4711&amp=1",
            "https://e.com/?utm_source=feedburner&#038;p=4711",
            "http://e.com/?p=4711&share=facebook&ref=homepage",
            "http://e.com/?p=4711?utm_source=rss&utm_medium=rss",
        ),
    ),
    "Drupal": Story(
        address="https://e.com/ar/node/4711",
        variants=(
            "https://e.com/ar/node/4711/print",
            "https://www.e.com/ar/node/4711/",
            "https://e.com/ar/node/4711?amp",
            "https://e.com/ar/node/4711?format=print",
        ),
    ),
    "programs": Story(
        address="https://e.com/news.php?id=1&cat=2",
        variants=(
            "https://e.com/news.php?cat=2&id=1",
            "https://e.com/news.php?id=1&amp;cat=2",
            "https://e.com/news.php?id=1&&cat=2&",
            "https://e.com/news.php?id=1&cat=2&print=1",
            "https://e.com/news.php?id=1&cat=2&ref=rss&PHPSESSID=1f",
        ),
    ),
    "ASP.NET": Story(
        address="https://e.com/article.aspx?NewsID=123",
        variants=(
            "http://www.e.com/article.aspx?NewsID=123&utm_campaign=x",
            "http://www.e.com/article.aspx?NewsID=123&view=print",
            "https://e.com:443//article.aspx?NewsID=123#top",
        ),
    ),
    "Arabic": Story(
        address=ARABIC,
        variants=(
            f"https://e.com/{ARABIC_ENCODED}",
            f"https://www.e.com/{ARABIC_ENCODED.lower()}/",
            f"https://m.e.com/{ARABIC_ENCODED}?ref=rss",
            f"https://e.com/amp/{ARABIC_ENCODED}",
            f"https://e.com/print/{ARABIC_ENCODED}",
            f"https://e.com/{ARABIC_ENCODED}/amp",
            ARABIC.replace("أ", "ا\u0654"),
        ),
    ),
    "letters with marks": Story(
        address="https://e.com/caf\u00e9?q=caf\u00e9",
        variants=(
            "https://e.com/cafe\u0301?q=cafe\u0301",
            "https://e.com/caf%C3%A9?q=caf%C3%A9",
            "https://e.com/cafe%CC%81?q=cafe%cc%81",
        ),
    ),
    "spaces": Story(
        address="https://e.com/a b?q=a b",
        variants=("https://e.com/a%20b?q=a%20b", "https://e.com/a%20b?q=a+b"),
    ),
    "international host": Story(
        address="https://www.straße.example/a",
        variants=(
            "https://xn--strae-oqa.example/a",
            "https://XN--STRAE-OQA.example/a",
            "https://STRAẞE.example/a",
            "https://straße。example/a",
        ),
    ),
    "Arabic host": Story(
        address="https://موقع.example/a",
        variants=("https://xn--4gbrim.example/a", "https://m.xn--4gbrim.example/a"),
    ),
    "one page for all": Story(
        address="https://e.com/#!/story/1",
        variants=("https://www.e.com/#!/story/1/", "https://e.com/?utm_source=x#!/story/1"),
    ),
}

VARIANTS = [
    (f"{name} {number}", variant, story.address)
    for name, story in STORIES.items()
    for number, variant in enumerate(story.variants, 1)
]
"""A name, the variant, and the story's address."""

TRAPS: list[tuple[str, str, str]] = [
    # what selects the story
    ("own parameter", "https://e.com/a?id=1", "https://e.com/a?id=2"),
    ("program's parameter", "https://e.com/news.php?id=1", "https://e.com/news.php?id=2"),
    ("NewsID", "https://e.com/article.aspx?NewsID=123", "https://e.com/article.aspx?NewsID=124"),
    ("storyid", "https://e.com/?storyid=1", "https://e.com/?storyid=2"),
    ("p", "https://e.com/?p=123", "https://e.com/?p=124"),
    ("p and the home page", "https://e.com/?p=123", "https://e.com/"),
    ("nameless number", "https://e.com/story?123", "https://e.com/story?124"),
    ("route in the query", "https://e.com/index.php?/topic/1-a/", "https://e.com/index.php?/topic/2-b/"),
    ("id and section", "https://e.com/a?id=1&cat=2", "https://e.com/a?id=2&cat=1"),
    ("names' case", "https://e.com/a?id=Ab", "https://e.com/a?id=aB"),
    ("path info", "https://e.com/index.php/story-a", "https://e.com/index.php/story-b"),
    ("matrix parameter", "https://e.com/a;id=1", "https://e.com/a;id=2"),
    ("comma and number", "https://e.com/harbour,1234.html", "https://e.com/harbour,1235.html"),
    ("semicolons in the query", "https://e.com/a?a=1;id=1", "https://e.com/a?a=1;id=2"),
    ("numbers that begin alike", "https://e.com/123", "https://e.com/1234"),
    ("ids that differ in case", "https://e.com/a/x7Yz", "https://e.com/a/x7yZ"),
    ("case", "https://e.com/Story", "https://e.com/story"),
    ("dates", "https://e.com/2026/11/22/briefing", "https://e.com/2026/11/23/briefing"),
    ("order of one name's values", "https://e.com/a?x=1&x=2", "https://e.com/a?x=2&x=1"),
    ("values change places", "https://e.com/a?a=1&b=2", "https://e.com/a?a=2&b=1"),
    ("number of values", "https://e.com/a?x=1", "https://e.com/a?x=1&x=1"),
    # parts of a story, lists
    ("part", "https://e.com/a?page=1", "https://e.com/a?page=2"),
    ("part in the path", "https://e.com/a/2", "https://e.com/a/3"),
    ("part by suffix", "https://e.com/a-123456-p2.html", "https://e.com/a-123456-p3.html"),
    ("story and its comments", "https://e.com/a", "https://e.com/a/comments"),
    ("story and its gallery", "https://e.com/a", "https://e.com/a/gallery"),
    ("section and story", "https://e.com/news", "https://e.com/news/a"),
    ("search", "https://e.com/search?q=print", "https://e.com/search?q=amp"),
    # parameters that are tracking elsewhere
    ("ref with a number", "https://e.com/article?ref=4711", "https://e.com/article?ref=4712"),
    ("ref with a code", "https://e.com/article?ref=AB4711", "https://e.com/article?ref=AB4712"),
    ("ref with a headline", "https://e.com/a?ref=harbour-opens-once-again", "https://e.com/a?ref=mayor-wins-once-again"),
    ("ref with a file", "https://e.com/a?ref=harbour.html", "https://e.com/a?ref=mayor.html"),
    ("ref alone selects", "https://e.com/read.php?ref=harbour", "https://e.com/read.php?ref=mayor"),
    ("share with a number", "https://e.com/a?share=123", "https://e.com/a?share=124"),
    ("share alone selects", "https://e.com/?share=harbour", "https://e.com/?share=mayor"),
    ("print with a number", "https://e.com/a?print=2", "https://e.com/a?print=3"),
    ("print with a number, or without", "https://e.com/a?print=4711", "https://e.com/a"),
    ("nb", "https://e.com/a?nb=17", "https://e.com/a?nb=18"),
    ("amp", "https://e.com/a?amp=4711", "https://e.com/a?amp=4712"),
    ("sid", "https://e.com/modules.php?name=News&sid=123", "https://e.com/modules.php?name=News&sid=124"),
    ("smid", "https://e.com/a?smid=123", "https://e.com/a?smid=124"),
    ("cmp", "https://e.com/a?cmp=123", "https://e.com/a?cmp=124"),
    ("at_id", "https://e.com/a?at_id=1", "https://e.com/a?at_id=2"),
    ("ns_id", "https://e.com/a?ns_id=1", "https://e.com/a?ns_id=2"),
    ("wt_id", "https://e.com/a?wt_id=1", "https://e.com/a?wt_id=2"),
    ("cid", "https://e.com/a?cid=1", "https://e.com/a?cid=2"),
    ("source is an agency", "https://e.com/wire?id=1&source=afp", "https://e.com/wire?id=1&source=reuters"),
    ("source with a number", "https://e.com/a?source=12", "https://e.com/a?source=13"),
    ("source alone selects", "https://e.com/?source=rss", "https://e.com/?source=twitter"),
    ("from is a date", "https://e.com/a?from=2026-11-01", "https://e.com/a?from=2026-11-02"),
    ("from is a language", "https://e.com/a?from=ar", "https://e.com/a?from=en"),
    ("src", "https://e.com/a?src=story-1", "https://e.com/a?src=story-2"),
    ("view", "https://e.com/a?view=article", "https://e.com/a?view=gallery"),
    ("mod", "https://e.com/a?mod=news", "https://e.com/a?mod=sport"),
    ("tag is print", "https://e.com/a?tag=print", "https://e.com/a"),
    ("primary key", "https://e.com/a?pk_id=1", "https://e.com/a?pk_id=2"),
    ("session-like id", f"https://e.com/a?s={'0a' * 16}", f"https://e.com/a?s={'0b' * 16}"),
    ("names that begin alike", "https://e.com/a?amplitude=1", "https://e.com/a?amplitude=2"),
    ("names that begin with utm", "https://e.com/a?utmost=1", "https://e.com/a?utmost=2"),
    ("encoded ampersand", "https://e.com/a?q=1%26id=2", "https://e.com/a?q=1&id=2"),
    # AMP and print that are words
    ("amp begins a word", "https://e.com/amp-prices", "https://e.com/-prices"),
    ("amp begins a word, in the path", "https://e.com/ampel-tot", "https://e.com/el-tot"),
    ("amp ends a headline", "https://e.com/best-guitar-amp", "https://e.com/best-guitar"),
    ("amp ends a word", "https://e.com/stamp", "https://e.com/st"),
    ("print ends a headline", "https://e.com/end-of-print", "https://e.com/end-of"),
    ("amp is the tag", "https://e.com/tag/amp", "https://e.com/tag"),
    ("print is the section", "https://e.com/en/print", "https://e.com/en"),
    ("amp is the page", "https://e.com/amp", "https://e.com/"),
    ("print is the page", "https://e.com/print", "https://e.com/"),
    ("print section's column", "https://e.com/print/editorial", "https://e.com/editorial"),
    ("print by number", "https://e.com/print/4711", "https://e.com/4711"),
    ("amp inside the path", "https://e.com/guides/amp/setup", "https://e.com/guides/setup"),
    ("mobile is the section", "https://e.com/mobile/harbour-story", "https://e.com/harbour-story"),
    ("m is the section", "https://e.com/m/harbour-story", "https://e.com/harbour-story"),
    ("index in a headline", "https://e.com/index-falls", "https://e.com/"),
    ("index of another kind", "https://e.com/a/index.xml", "https://e.com/a"),
    ("two programs", "https://e.com/harbour.php?id=1", "https://e.com/harbour.aspx?id=1"),
    ("not a cache", "https://e.com/c/s/example.com/story-a", "https://example.com/story-a"),
    ("two stories in a cache", "https://cdn.ampproject.org/c/s/e.com/a", "https://cdn.ampproject.org/c/s/e.com/b"),
    # hosts
    ("section host", "https://sport.e.com/a", "https://e.com/a"),
    ("language host", "https://ar.e.com/a", "https://en.e.com/a"),
    ("www is the site", "https://www.com/a", "https://com/a"),
    ("m is the site", "https://m.com/a", "https://com/a"),
    ("m under a suffix", "https://m.co.uk/a", "https://co.uk/a"),
    ("amp under a suffix", "https://amp.dev/a", "https://dev/a"),
    ("m under a site of sites", "https://m.github.io/a", "https://github.io/a"),
    ("amp under a site of sites", "https://amp.blogspot.com/a", "https://m.blogspot.com/a"),
    ("m begins a word", "https://m-news.e.com/a", "https://news.e.com/a"),
    ("m ends a word", "https://forum.e.com/a", "https://forue.com/a"),
    ("m inside the host", "https://a.m.e.com/a", "https://a.e.com/a"),
    ("www begins a word", "https://wwwnews.com/a", "https://news.com/a"),
    ("domain ending", "https://e.com/a", "https://e.org/a"),
    ("ß is not ss", "https://straße.example/a", "https://strasse.example/a"),
    ("letters that look alike", "https://apple.example/a", "https://аpple.example/a"),
    ("another port", "http://e.com:8080/a", "http://e.com/a"),
    ("loopback ports", "http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"),
    ("localhost ports", "http://localhost:8001/a", "http://localhost:8002/a"),
    ("IPv6 ports", "http://[::1]:8001/a", "http://[::1]:8002/a"),
    ("IPv6 hosts", "http://[::1]/a", "http://[::2]/a"),
    ("a host that is a user", "https://e.com@evil.example/a", "https://e.com/a"),
    # languages
    ("language in the path", "https://e.com/en/a", "https://e.com/ar/a"),
    ("language in the query", "https://e.com/a?lang=en", "https://e.com/a?lang=ar"),
    # fragments
    ("route after #!", "https://e.com/#!/story/1", "https://e.com/#!/story/2"),
    ("route after #", "https://e.com/#/story/1", "https://e.com/#/story/2"),
    ("route and the home page", "https://e.com/#/story/1", "https://e.com/"),
    # spelling
    ("encoded slash", "https://e.com/a%2Fb", "https://e.com/a/b"),
    ("encoded question mark", "https://e.com/a%3Fb", "https://e.com/a?b"),
    ("encoded number sign", "https://e.com/a%23b", "https://e.com/a#b"),
    ("encoded percent sign", "https://e.com/a%2541", "https://e.com/aA"),
    ("plus in the query", "https://e.com/a?q=a%2Bb", "https://e.com/a?q=a+b"),
    ("plus in the path", "https://e.com/a+b", "https://e.com/a%20b"),
    ("Arabic in its old charset", "https://e.com/%C7%E1%E3", "https://e.com/%C7%E1%E4"),
    ("Arabic in its old charset, in the query", "https://e.com/?t=%C7%E1%E3", "https://e.com/?t=%C7%E1%E4"),
    ("alef and alef with hamza", "https://e.com/احمد", "https://e.com/أحمد"),
    ("very long", f"https://e.com/{'a' * 9000}1", f"https://e.com/{'a' * 9000}2"),
    ("dots that are words", "https://e.com/a/.../b", "https://e.com/b"),
    ("hyphen and underscore", "https://e.com/harbour-story", "https://e.com/harbour_story"),
]  # fmt: skip
"""A name and two addresses of different stories or pages."""
