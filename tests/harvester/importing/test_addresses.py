"""The addresses of saved pages."""

import pytest

from harvester.importing.addresses import saved_address

CANONICAL = b'<head><link href="https://a.example/2026/story" rel="canonical"></head>'
OG_URL = b"<meta property='og:url' content='https://a.example/og?a=1&amp;b=2'>"


@pytest.mark.parametrize(
    ("content", "name", "address"),
    [
        (CANONICAL, "page.html", "https://a.example/2026/story"),
        (OG_URL, "page.html", "https://a.example/og?a=1&b=2"),
        (OG_URL + CANONICAL, "page.html", "https://a.example/2026/story"),
        (b'<link rel="canonical" href="/relative">', "page.html", None),
        (b'<link rel="canonical" href="javascript:alert(1)">', "page.html", None),
        (b"<p>Nothing.", "page.html", None),
        (b"<p>Nothing.", "folder/page.html", None),
        (b"<p>Nothing.", "www.a.example/2026/story.html", "https://www.a.example/2026/story.html"),
        (b"<p>Nothing.", "mirror/a.example/2026/story/index.html", "https://a.example/2026/story/"),
        (b"<p>Nothing.", "a.example/index.html", "https://a.example/"),
        (b"<p>Nothing.", "a.example/story?id=5.html", "https://a.example/story?id=5.html"),
        (b"<p>Nothing.", "a.example/قصة.html", "https://a.example/%D9%82%D8%B5%D8%A9.html"),
        (b"<p>Nothing.", "archive.zip/page.html", None),
        (b"<p>Nothing.", "../../etc/page.html", None),
        (CANONICAL, "a.example/2026/story.html", "https://a.example/2026/story"),
        (CANONICAL, "b.example/2026/story.html", "https://b.example/2026/story.html"),  # another site's word
        (b'<link rel=canonical href="https://a.example/">', "a.example/2026/x.html", "https://a.example/2026/x.html"),
    ],
)
def test_a_page_says_its_address_or_the_folder_of_its_host_does(content: bytes, name: str, address: str | None) -> None:
    assert saved_address(content, name) == address
