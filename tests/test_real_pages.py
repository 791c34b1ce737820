"""Real pages of real sites, served as those sites: each stored once, and read about as well as by the best peers."""

import json
import re
import unicodedata
from pathlib import Path

import pytest

from tests.bench.proxy import ProxySite
from tests.bench.real_pages import load_pages, sites
from tests.command import Harvest

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
FLOOR = {"clean-portal": 0.88, "fundus-publishers": 0.90}
"""Share of gold words found, less words too many (F of word sets); a little under what was measured."""


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


@pytest.mark.parametrize("name", FLOOR)
def test_the_pages_of_real_sites_are_harvested(harvest: Harvest, name: str) -> None:
    if not (DATA / name).is_dir():
        pytest.skip(f"../shared/data/{name} is not here")
    pages = load_pages(DATA / name, None)
    sources, answers = sites(pages)
    with ProxySite(answers) as site:
        harvest.configure(proxy=site.proxy_url, workers=8, source=sources)
        report = harvest.run("--all", timeout_s=110)
        again = harvest.run("--all", timeout_s=60)
    stored = sum(part["outcomes"].get("stored", 0) for part in report["sources"].values())
    assert stored >= 0.97 * len({page["address"] for page in pages})
    assert not any("stored" in part["outcomes"] for part in again["sources"].values())
    found = {record["url"]: record["text"] for record in harvest.records()}
    scores = []
    for page in pages:
        gold, got = words(page["text"]), words(found.get(page["address"], ""))
        scores.append(2 * len(gold & got) / (len(gold) + len(got)))
    assert sum(scores) / len(scores) >= FLOOR[name], json.dumps(sorted(scores)[:5])
