"""The article that the project was founded on: whole, and without what stands below every article of its site."""

from html import escape
from pathlib import Path

import pytest

from harvester.demo.gold import gold
from tests.command import Harvest
from tests.site import Reply, Site

EXAMPLE = Path(__file__).parent.parent.parent / "shared" / "data" / "founding-example.txt"

needs_example = pytest.mark.skipif(not EXAMPLE.is_file(), reason="../shared/data/founding-example.txt is not here")


def page(title: str, body: list[str], footer: list[str]) -> Reply:
    """A page like those of the site: the footer stands among the article's paragraphs."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in [*body, *footer])
    markup = (
        f'<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{escape(title)} | مركز التوثيق</title></head>'
        "<body>"
        f'<nav><a href="/">الرئيسية</a> <a href="/about">من نحن</a></nav><div class="post"><h1>{escape(title)}</h1>'
        f'<div class="entry-content">{lines}</div></div><footer><p>جميع الحقوق محفوظة</p></footer></body></html>'
    )
    return Reply(body=markup.encode())


@needs_example
def test_it_comes_out_whole_and_clean_on_the_first_run(harvest: Harvest, site: Site) -> None:
    lines = [line.strip() for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    rule = next(at for at, line in enumerate(lines) if set(line) == {"-"})
    title, body, footer = lines[0], lines[1:rule], lines[rule:]
    site.paths["/founding"] = page(title, body, footer)
    arabic = [one for url, one in gold().items() if "shahed" in url]
    for number, one in enumerate(arabic):
        site.paths[f"/{number}"] = page(one.title, list(one.body), footer)
    feed = site.feed("/founding", *(f"/{number}" for number in range(len(arabic))))
    harvest.source("vdc", site.base, feeds=[feed])
    assert harvest.run("vdc")["exit_code"] == 0
    records = {record["url"].rpartition("/")[2]: record for record in harvest.records()}
    assert len(records) == len(arabic) + 1
    founding = records["founding"]
    assert founding["title"] == title
    assert founding["body"] == [" ".join(line.split()) for line in body]
    assert {line["text"] for line in founding["removed"]} >= {" ".join(line.split()) for line in footer}
    assert (founding["language"], founding["direction"]) == ("ar", "rtl")
    for number, one in enumerate(arabic):
        assert tuple(records[str(number)]["body"]) == tuple(one.body)
