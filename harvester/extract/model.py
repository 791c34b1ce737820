"""The trained model: how probable it is that each block of a page belongs to its article, and that the page is one.

A small network over the page's blocks in order: each block's features, three convolutions over its neighbours (1, 2 and
4 blocks apart) and the mean of the page. `tests/bench/train_extraction.py` makes `model.npz` again.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

DILATIONS = (1, 2, 4)
"""Blocks between those that a convolution looks at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights as stored, in float32. `w` and `b` by layer."""

    weights: dict[str, Numbers]

    def body_probabilities(self, features: Numbers) -> Numbers:
        """For each row of `page_features` the probability, 0 to 1, that the block belongs to the article's body."""
        w = self.weights
        hidden = _rectified(features @ w["first.w"] + w["first.b"])
        for number, apart in enumerate(DILATIONS):
            hidden = hidden + _rectified(_convolved(hidden, w[f"near{number}.w"], apart) + w[f"near{number}.b"])
        hidden = hidden + _rectified(hidden.mean(axis=0) @ w["page.w"] + w["page.b"])
        out = _rectified(hidden @ w["last.w"] + w["last.b"]) @ w["body.w"] + w["body.b"]
        return _sigmoid(out)

    def article_probability(self, signs: Numbers) -> float:
        """That a page with these signs (`page_signs`) is an article, 0 to 1."""
        return float(_sigmoid(signs @ self.weights["kind.w"] + self.weights["kind.b"]))


@cache
def model() -> Model:
    """The model that comes with the package."""
    with as_file(files("harvester.extract").joinpath("model.npz")) as path, np.load(path) as stored:
        return Model(weights={name: stored[name].astype(np.float32) for name in stored.files})


def _convolved(hidden: Numbers, weights: Numbers, apart: int) -> Numbers:
    """Each block with those `apart` before and behind it; beyond the page's ends is nothing. `weights`: 3 matrices."""
    found: Numbers = hidden @ weights[1]
    if len(hidden) > apart:
        found[apart:] += hidden[:-apart] @ weights[0]
        found[:-apart] += hidden[apart:] @ weights[2]
    return found


def _rectified(numbers: Numbers) -> Numbers:
    return np.maximum(numbers, 0)


def _sigmoid(numbers: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(numbers, -30, 30))), dtype=np.float32)
