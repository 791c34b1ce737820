"""Articles told from other pages by the shape of their address."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.links import looks_like_article, score

ARTICLES = [
    "https://news.example/2026/11/23/council-opens-bridge/",
    "https://news.example/2026/11/council-opens-bridge",
    "https://news.example/world/2026-11-23/bridge",
    "https://news.example/20261123/bridge.html",
    "https://news.example/world/council-opens-new-bridge-over-river",
    "https://news.example/council-opens-new-bridge/",
    "https://news.example/politics/bridge-opens-12345678",
    "https://news.example/politics/7715044",
    "https://news.example/doc/7715044",
    "https://news.example/news/articles/clymn8zyrp9o",
    "https://news.example/articles/d41586-025-03571-x",
    "https://news.example/landespolitik/feuerwehr-rentenalter-erhoehung-100.html",
    "https://news.example/?p=48213",
    "https://news.example/article.php?id=48213",
    "https://news.example/article/48213",
    "https://news.example/world/" + quote("المجلس-المحلي-يفتتح-الجسر-الجديد"),
    "https://news.example/" + quote("مدينة المرفأ تعيد فتح المدرسة القديمة"),
    "https://news.example/world/المجلس-المحلي-يفتتح-الجسر-الجديد",
    "https://news.example/a/" + quote("市议会决定在旧码头修建一座新的桥梁并于明年春天开放给公众使用"),
    "https://news.example/video/2026/11/23/how-the-bridge-was-built/",
    "https://news.example/how-tags-and-search-pages-changed-the-press",
]

OTHERS = [
    "https://news.example/",
    "https://news.example/politics",
    "https://news.example/politics/",
    "https://news.example/2026/",
    "https://news.example/2026/11/",
    "https://news.example/2026/11/23/",
    "https://news.example/tag/bridge-over-the-river-ellis",
    "https://news.example/tags/bridges-of-the-old-harbour/",
    "https://news.example/category/local-news-of-the-harbour/",
    "https://news.example/author/maria-del-carmen-lopez/",
    "https://news.example/page/2",
    "https://news.example/politics/page/12345",
    "https://news.example/search?q=council-opens-new-bridge",
    "https://news.example/?s=bridge",
    "https://news.example/login",
    "https://news.example/feed/",
    "https://news.example/about-us",
    "https://news.example/2026/11/23/bridge-over-the-river.jpg",
    "https://news.example/wp-content/uploads/2026/11/report-of-the-council.pdf",
    "https://news.example/static/2026/app-with-a-long-name.js",
    "https://news.example/council-opens-new-bridge/?replytocom=7",
    "mailto:editor-of-the-harbour-news@news.example",
    "javascript:void(0)",
    "http://[::1/",
]


@pytest.mark.parametrize("url", ARTICLES)
def test_an_article(url: str) -> None:
    assert looks_like_article(url), score(url)


@pytest.mark.parametrize("url", OTHERS)
def test_another_page(url: str) -> None:
    assert not looks_like_article(url), score(url)


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    looks_like_article(text)
    looks_like_article("https://news.example/" + text)
