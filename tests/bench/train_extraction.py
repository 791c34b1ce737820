"""Make `harvester/extract/model.npz` again from pages with gold text, and say how good it is on sites it has not seen.

    pip install -e '.[train]'
    python -m tests.bench.train_extraction ../shared/data               cross-validate over sites, then train on all
    python -m tests.bench.train_extraction ../shared/data --check       cross-validate only
    python -m tests.bench.train_extraction ../shared/data --seeds 3     as many networks a fold, to see the spread

DATA holds the folders fundus-publishers, wcxb-articles, clean-portal and wcxb-other in the format of score.py; to them
come the project's own pages, in `tests/quality`. Every site lies in one of five folds, with all its pages of all sets;
a fold's pages are judged by a network trained on the others.
"""

import argparse
import gzip
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from sklearn.linear_model import LogisticRegression
from torch import nn

from harvester.choice import best_bar
from harvester.extract.features import page_features
from harvester.extract.metadata import Metadata, read_metadata
from harvester.extract.model import DILATIONS
from harvester.extract.signs import page_signs
from harvester.extract.title import folded
from harvester.extract.walk import Piece, Walked, walk
from tests.measure import Score, score, words_of

SETS = ("fundus-publishers", "wcxb-articles", "clean-portal", "wcxb-other", "own")
SET_WEIGHTS = {"fundus-publishers": 1.5, "wcxb-articles": 1.0, "clean-portal": 0.5, "wcxb-other": 0.4, "own": 1.0}
"""Pages of clean-portal come from five sites only; those of wcxb-other are no articles, but their text is a text."""

OWN = Path(__file__).parents[1] / "quality"
MODEL = Path(__file__).parents[2] / "harvester" / "extract" / "model.npz"
FOLDS = 5
WORST = 10
NEW = datetime(2026, 11, 1, tzinfo=UTC)

HIDDEN, DROPOUT, FEATURE_DROPOUT = 48, 0.3, 0.1
"""Wider ones learn the sites by heart: with 64 and over five blocks F is .958, .951, with this .963, .954."""

EPOCHS, BATCH, LONGEST, LEARNING_RATE, WEIGHT_DECAY = 12, 16, 800, 2e-3, 1e-2

Array = NDArray[np.float32]


@dataclass(slots=True)
class Example:
    """A page to learn from."""

    row: dict[str, Any]  # of the index
    folder: str
    walked: Walked
    metadata: Metadata
    features: Array
    labels: Array  # share of each block's words that stand in the gold text, at their place
    words: Array
    weights: Array

    @property
    def is_article(self) -> bool:
        return self.folder != "wcxb-other"


class Network(nn.Module):
    """As `harvester.extract.model.Model`, with dropout."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.first = nn.Linear(columns, HIDDEN)
        self.near = nn.ModuleList(nn.Conv1d(HIDDEN, HIDDEN, 3, padding=apart, dilation=apart) for apart in DILATIONS)
        self.page = nn.Linear(HIDDEN, HIDDEN)
        self.last = nn.Linear(HIDDEN, HIDDEN)
        self.body = nn.Linear(HIDDEN, 1)
        self.drop, self.drop_features = nn.Dropout(DROPOUT), nn.Dropout(FEATURE_DROPOUT)

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits, pages × blocks; `mask` is 1 where a page has a block."""
        there = mask[..., None]
        hidden = torch.relu(self.first(self.drop_features(features)))
        for near in self.near:
            around = (self.drop(hidden) * there).transpose(1, 2)
            hidden = hidden + torch.relu(near(around).transpose(1, 2))
        hidden = hidden * there
        mean = hidden.sum(1, keepdim=True) / there.sum(1, keepdim=True)
        hidden = hidden + torch.relu(self.page(mean))
        return self.body(self.drop(torch.relu(self.last(self.drop(hidden)))))[..., 0]


@dataclass(slots=True)
class Trained:
    """A network and how its features are scaled."""

    network: Network
    mean: Array
    scale: Array

    def probabilities(self, one: Example) -> Array:
        features = torch.from_numpy(((one.features - self.mean) / self.scale)[None])
        with torch.no_grad():
            return torch.sigmoid(self.network(features, torch.ones(features.shape[:2])))[0].numpy()

    def weights(self) -> dict[str, Array]:
        """As stored: the scaling is part of the first layer."""
        state = {name: value.numpy() for name, value in self.network.state_dict().items()}
        first = state["first.weight"].T / self.scale[:, None]
        found = {"first.w": first, "first.b": state["first.bias"] - self.mean @ first}
        for number in range(len(DILATIONS)):
            found[f"near{number}.w"] = state[f"near.{number}.weight"].transpose(2, 1, 0)
            found[f"near{number}.b"] = state[f"near.{number}.bias"]
        for name in ("page", "last"):
            found[f"{name}.w"], found[f"{name}.b"] = state[f"{name}.weight"].T, state[f"{name}.bias"]
        found["body.w"], found["body.b"] = state["body.weight"][0], state["body.bias"][0]
        return found


def examples(data: Path) -> list[Example]:
    """All pages with a block, read on both cores."""
    rows = [(name, row) for name in SETS if name != "own" for row in _rows(data / name)]
    with multiprocessing.Pool() as pool:
        found = pool.starmap(partial(_stored, data), rows, chunksize=16)
    return [one for one in (*found, *map(_own, sorted(OWN.glob("*/page.html")))) if one is not None]


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "index.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _stored(data: Path, name: str, row: dict[str, Any]) -> Example | None:
    return _example(name, row, gzip.decompress((data / name / row["html"]).read_bytes()).decode("utf-8", "replace"))


def _own(page: Path) -> Example | None:
    expected = json.loads(page.with_name("expected.json").read_text(encoding="utf-8"))
    row = {
        "id": page.parent.name,
        "site": page.parent.name,
        "language": expected["language"],
        "url": expected["url"],
        "text": "\n".join(expected["text"]),
    }
    return _example("own", row, page.read_text(encoding="utf-8"))


def _example(name: str, row: dict[str, Any], markup: str) -> Example | None:
    walked = walk(markup)
    if not walked.pieces:
        return None
    metadata = read_metadata(walked, row["url"], now=NEW)
    features = page_features(
        walked, title=metadata.title, description=metadata.description, article_body=metadata.article_body
    )
    blocks = [words_of(piece.text) for piece in walked.pieces]
    labels = gold_shares(blocks, words_of(row["text"]))
    words = np.array([len(block) for block in blocks], dtype=np.float32)
    weights = np.sqrt(words + 1)
    weights *= 20 / weights.sum()
    if name == "clean-portal":  # whose gold text has the headline in it
        at = [_is_headline(piece, metadata.title) for piece in walked.pieces]
        labels[at], weights[at] = 0, 0
    return Example(row, name, walked, metadata, features, labels, words, weights)


def _is_headline(piece: Piece, title: str | None) -> bool:
    return piece.place.tag == "h1" or folded(piece.text) == folded(title or "")


def gold_shares(blocks: Sequence[list[str]], gold: list[str]) -> Array:
    """For each block the share of its words on the longest common subsequence of page and gold text.

    Blocks with nothing of the gold text are left out first, or single words of menus would find a place on it.
    """
    shingles = set(zip(gold, gold[1:], gold[2:], strict=False))
    stream = f" {' '.join(gold)} "
    at = [number for number, block in enumerate(blocks) if block and _occurs(block, shingles, stream)]
    owners = [number for number in at for _ in blocks[number]]
    page = [word for number in at for word in blocks[number]]
    hits: Counter[int] = Counter()
    for kind, start, end, _, _ in LCSseq.opcodes(page, gold):
        if kind == "equal":
            hits.update(owners[start:end])
    return np.array(
        [hits[number] / len(block) if block else 0 for number, block in enumerate(blocks)], dtype=np.float32
    )


def _occurs(block: list[str], shingles: set[tuple[str, ...]], stream: str) -> bool:
    if len(block) < 4:
        return f" {' '.join(block)} " in stream
    own = list(zip(block, block[1:], block[2:], strict=False))
    return sum(one in shingles for one in own) > 0.3 * len(own)


def trained(pages: Sequence[Example], seed: int) -> Trained:
    """A network for these pages."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    every = np.concatenate([page.features[::3] for page in pages])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 0.05
    network = Network(every.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * (len(pages) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    network.train()
    for _ in range(EPOCHS):
        for batch in _batches(pages, rng):
            loss = _loss(network, batch, mean, scale, rng)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return Trained(network.eval(), mean, scale)


def _batches(pages: Sequence[Example], rng: np.random.Generator) -> list[list[Example]]:
    """In random order, pages of like length together."""
    order = sorted(pages, key=lambda page: min(LONGEST, len(page.words)) * (1 + 0.3 * rng.random()))
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(batches)
    return batches


def _loss(
    network: Network, batch: Sequence[Example], mean: Array, scale: Array, rng: np.random.Generator
) -> torch.Tensor:
    length = min(LONGEST, max(len(page.words) for page in batch))
    features = np.zeros((len(batch), length, len(mean)), dtype=np.float32)
    mask, labels, weights = (np.zeros((len(batch), length), dtype=np.float32) for _ in range(3))
    for at, page in enumerate(batch):
        size = min(length, len(page.words))
        start = int(rng.integers(0, len(page.words) - size + 1)) if rng.random() < 0.5 else 0
        cut = slice(start, start + size)
        features[at, :size] = (page.features[cut] - mean) / scale
        mask[at, :size], labels[at, :size] = 1, page.labels[cut]
        weights[at, :size] = page.weights[cut] * SET_WEIGHTS[page.folder]
    logits = network(torch.from_numpy(features), torch.from_numpy(mask))
    return nn.functional.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(labels), weight=torch.from_numpy(weights), reduction="sum"
    ) / len(batch)


def folds_of(pages: Sequence[Example]) -> list[int]:
    """The fold of each page: all pages of a site in one."""
    sites = sorted({page.row["site"] for page in pages})
    np.random.default_rng(1).shuffle(sites)
    number = {site: at % FOLDS for at, site in enumerate(sites)}
    return [number[page.row["site"]] for page in pages]


_shared: tuple[Sequence[Example], list[int]]  # what the forked workers see


def _fold(task: tuple[int, int]) -> tuple[int, int, list[tuple[int, Array]]]:
    fold, seed = task
    torch.set_num_threads(1)
    pages, folds = _shared
    network = trained([page for page, own in zip(pages, folds, strict=True) if own != fold], seed)
    found = [(at, network.probabilities(pages[at])) for at, own in enumerate(folds) if own == fold]
    return fold, seed, found


def cross_validated(pages: Sequence[Example], folds: list[int], seeds: int) -> list[list[Array]]:
    """For each seed the probabilities of each page's blocks, from networks that have not seen its site."""
    global _shared
    _shared = (pages, folds)
    found: list[list[Array]] = [[np.zeros(0, dtype=np.float32)] * len(pages) for _ in range(seeds)]
    with multiprocessing.get_context("fork").Pool() as pool:
        tasks = [(fold, seed) for seed in range(seeds) for fold in range(FOLDS)]
        for fold, seed, answers in pool.imap_unordered(_fold, tasks):
            print(f"fold {fold} of network {seed} is trained", file=sys.stderr)
            for at, probabilities in answers:
                found[seed][at] = probabilities
    return found


def scores(pages: Sequence[Example], probabilities: Sequence[Array]) -> dict[str, list[Score]]:
    """By set, as score.py counts."""
    found: dict[str, list[Score]] = {}
    for page, of_blocks in zip(pages, probabilities, strict=True):
        bar, _ = best_bar(of_blocks, page.words)
        kept = [one.text for one, p in zip(page.walked.pieces, of_blocks, strict=True) if p >= bar]
        found.setdefault(page.folder, []).append(score(words_of("\n".join(kept)), words_of(page.row["text"])))
    return found


def signs_of(pages: Sequence[Example], probabilities: Sequence[Array]) -> Array:
    """What speaks for and against each page's being an article."""
    return np.stack(
        [
            page_signs(page.walked, page.metadata, page.row["url"], of_blocks, page.words)
            for page, of_blocks in zip(pages, probabilities, strict=True)
        ]
    )


def kind_weights(signs: Array, is_article: NDArray[np.bool_]) -> dict[str, Array]:
    """A logistic regression on scaled signs, with the scaling folded in."""
    mean, scale = signs.mean(axis=0), signs.std(axis=0) + 0.05
    fitted = LogisticRegression(C=0.3, max_iter=5000, class_weight="balanced").fit((signs - mean) / scale, is_article)
    weights = (fitted.coef_[0] / scale).astype(np.float32)
    return {"kind.w": weights, "kind.b": np.float32(fitted.intercept_[0] - mean @ weights)}


def report(pages: Sequence[Example], found: list[list[Array]]) -> None:
    """Mean and spread over the networks, by set."""
    by_seed = [scores(pages, probabilities) for probabilities in found]
    for name in SETS:
        means = np.array([[(s.precision, s.recall, s.f1) for s in one[name]] for one in by_seed]).mean(axis=1)
        spread = means[:, 2].std() if len(means) > 1 else float("nan")
        precision, recall, f1 = means.mean(axis=0)
        print(f"{name:18} P {precision:.4f} R {recall:.4f} F {f1:.4f} (± {spread:.4f} over {len(means)} networks)")


def report_languages(pages: Sequence[Example], probabilities: Sequence[Array]) -> None:
    """F1 by language, where the index says it, and the pages with the lowest."""
    by_language: dict[str, list[float]] = {}
    by_page: list[tuple[float, str, str]] = []
    for page, of_blocks in zip(pages, probabilities, strict=True):
        if page.is_article:
            ((f1,),) = ([one.f1 for one in found] for found in scores([page], [of_blocks]).values())
            by_language.setdefault(page.row.get("language") or "?", []).append(f1)
            by_page.append((f1, page.folder, page.row["id"]))
    for language, found in sorted(by_language.items()):
        print(f"{language:6} F {np.mean(found):.3f} ({len(found)} pages)")
    for f1, folder, id_ in sorted(by_page)[:WORST]:
        print(f"F {f1:.3f} {folder} {id_}")


def report_kinds(probability: Array, is_article: NDArray[np.bool_]) -> None:
    """How many other pages are taken at each share of articles refused."""
    for refused in (0.002, 0.005, 0.01, 0.02, 0.05):
        bar = np.quantile(probability[is_article], refused)
        print(
            f"articles refused {refused:.1%}: others taken {(probability[~is_article] >= bar).mean():.1%}"
            f" (bar {bar:.4f})"
        )


def main() -> None:
    """As the module's text says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--check", action="store_true", help="don't write the model")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    pages = examples(options.data)
    folds = folds_of(pages)
    found = cross_validated(pages, folds, options.seeds)
    report(pages, found)
    if options.seeds > 1:
        print("mean of the networks:")
        report(pages, [[np.mean(each, axis=0) for each in zip(*found, strict=True)]])
    report_languages(pages, found[0])
    is_article = np.array([page.is_article for page in pages])
    signs = signs_of(pages, found[0])
    probability = np.zeros(len(pages), dtype=np.float32)
    for fold in range(FOLDS):
        own = np.array(folds) == fold
        weights = kind_weights(signs[~own], is_article[~own])
        probability[own] = 1 / (1 + np.exp(-(signs[own] @ weights["kind.w"] + weights["kind.b"])))
    report_kinds(probability, is_article)
    if not options.check:
        stored = trained(pages, seed=0).weights() | kind_weights(signs, is_article)
        np.savez_compressed(
            MODEL,
            **{
                name: np.asarray(value, dtype=np.float16 if "kind" not in name else np.float32)
                for name, value in stored.items()
            },
        )
        print(f"{MODEL}: {MODEL.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
