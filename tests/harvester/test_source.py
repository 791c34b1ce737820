from pathlib import Path

import pytest

from harvester.errors import ConfigError
from harvester.source import load_sources, source_at, source_from

FULL = """
name = "example"
home = "https://news.example/"
feeds = ["https://news.example/feed/"]
sitemaps = []
wordpress = false
sections = []
include = []
exclude = ["/sport/"]
language = "ar"
render = "auto"
schedule = "*/30 * * * *"
delay_s = 1.0
concurrency = 1
private = false
"""


def test_the_contracts_source_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(FULL, encoding="utf-8")
    source = load_sources(tmp_path)["example"]
    assert source.feeds == ["https://news.example/feed/"]
    assert source.exclude == ["/sport/"]
    assert source.language == "ar"
    assert source.has_entry_points


def test_name_and_home_are_enough() -> None:
    source = source_from({"name": "example", "home": "https://news.example/"}, "here")
    assert source.delay_s == 1.0
    assert source.concurrency == 1
    assert source.render == "auto"
    assert not source.has_entry_points


def test_a_whole_number_of_seconds_is_a_delay() -> None:
    assert source_from({"name": "a", "home": "https://a.example/", "delay_s": 2}, "here").delay_s == 2.0


@pytest.mark.parametrize(
    ("values", "key", "says"),
    [
        ({"home": "https://a.example/"}, "name", "is needed"),
        ({"name": "a"}, "home", "is needed"),
        ({"name": "../a", "home": "https://a.example/"}, "name", "lower-case letters"),
        ({"name": "a/b", "home": "https://a.example/"}, "name", "lower-case letters"),
        ({"name": ".a", "home": "https://a.example/"}, "name", "lower-case letters"),
        ({"name": "a", "home": "ftp://a.example/"}, "home", "http://"),
        ({"name": "a", "home": "https://"}, "home", "http://"),
        ({"name": "a", "home": "https://u:p@a.example/"}, "source", "user name"),
        ({"name": "a", "home": "https://a.example/", "delay": 1}, "delay", "unknown key; allowed are name, home"),
        ({"name": "a", "home": "https://a.example/", "delay_s": -1}, "delay_s", "greater than or equal to 0"),
        ({"name": "a", "home": "https://a.example/", "render": "maybe"}, "render", "'never', 'auto' or 'always'"),
        ({"name": "a", "home": "https://a.example/", "wordpress": "yes"}, "wordpress", "valid boolean"),
        ({"name": "a", "home": "https://a.example/", "include": ["("]}, "include.0", "regular expression"),
        ({"name": "a", "home": "https://a.example/", "schedule": "often"}, "schedule", "five cron fields"),
        ({"name": "a", "home": "https://a.example/", "language": "arabic!"}, "language", "BCP 47"),
        ({"name": "a", "home": "https://a.example/", "feeds": "https://a.example/feed"}, "feeds", "valid list"),
    ],
)
def test_wrong_values_are_named_with_what_is_allowed(values: dict[str, object], key: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        source_from(values, "sources/a.toml")
    assert str(caught.value).startswith("sources/a.toml: ")
    assert caught.value.key == key
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(FULL, encoding="utf-8")
    with pytest.raises(ConfigError, match="two sources named 'example'"):
        load_sources(tmp_path, [{"name": "example", "home": "https://other.example/"}])


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("name =", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.toml: file: is not TOML"):
        load_sources(tmp_path)


@pytest.mark.parametrize(
    ("url", "name", "private"),
    [
        ("https://www.news.example/", "news.example", False),
        ("https://news.example:8443/x", "news.example-8443", False),
        ("http://127.0.0.1:8080/", "127.0.0.1-8080", True),
        ("http://localhost/", "localhost", True),
        ("http://[::1]:90/", "1-90", True),
        ("http://192.168.1.7/", "192.168.1.7", True),
        ("https://8.8.8.8/", "8.8.8.8", False),
    ],
)
def test_a_site_known_by_its_address_alone_is_named_after_its_host(url: str, name: str, private: bool) -> None:
    source = source_at(url)
    assert (source.name, source.private) == (name, private)


@pytest.mark.parametrize("url", ["news.example", "file:///etc/passwd", "http://", "https://:80/"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        source_at(url)
