"""Cleaning measured on generated Arabic sites, which are not part of this project."""

import importlib.util
import random
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from lxml import html

from harvester.article import Article, Block
from harvester.clean import Furniture, clean_article
from harvester.clean.fold import LINK

GENERATOR = Path(__file__).parents[4] / "shared" / "bench" / "sitegen.py"
PAGES = 12
LEAST_PRECISION = 0.99
LEAST_RECALL = 0.999

pytestmark = pytest.mark.skipif(not GENERATOR.exists(), reason="the site generator is not beside this project")


@pytest.fixture(scope="module")
def sitegen():
    spec = importlib.util.spec_from_file_location("sitegen", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitegen"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["sitegen"]


def blocks_of(page):
    """Paragraphs, list items and small headings of the article element, cut at line breaks."""
    found = []
    for element in html.fromstring(page).xpath("//article//*[self::p or self::li or self::h3 or self::h4]"):
        path = ">".join(f"{each.tag}.{each.get('class', '')}" for each in reversed([element, *element.iterancestors()]))
        for parts in lines_of(element):
            text = " ".join("".join(part for part, _ in parts).split())
            masked = " ".join("".join(LINK if linked else part for part, linked in parts).split())
            linked = sum(len(part) for part, is_link in parts if is_link)
            if text:
                share = min(1.0, linked / len(text))
                found.append(Block(text=text, masked="" if masked == text else masked, link_share=share, path=path))
    return tuple(found)


def lines_of(element):
    lines = [[(element.text or "", False)]]
    for child in element:
        if child.tag == "br":
            lines.append([])
        else:
            lines[-1].append((child.text_content(), child.tag == "a"))
        lines[-1].append((child.tail or "", False))
    return lines


def words(text):
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@pytest.mark.parametrize("seed", [1, 2])
def test_arabic_sites_come_out_clean_after_a_dozen_pages(sitegen, seed):
    precision, recall = [], []
    for name, _, make_page in sitegen.arabic_sites(random.Random(seed)):
        furniture, pages = Furniture(), []
        for number in range(PAGES):
            page, title, body = make_page()
            url = f"https://{name}.example/{number}"
            article = Article(url=url, canonical_url=url, title=title, blocks=blocks_of(page))
            furniture.learn(clean_article(article, furniture))
            pages.append((article, words("\n".join(body))))
        for article, gold in pages:
            found = words(clean_article(article, furniture).text)
            common = (found & gold).total()
            precision.append(common / found.total())
            recall.append(common / gold.total())
    assert len(precision) == 8 * PAGES
    assert sum(precision) / len(precision) >= LEAST_PRECISION
    assert sum(recall) / len(recall) >= LEAST_RECALL
