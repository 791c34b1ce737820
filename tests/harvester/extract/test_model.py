"""The trained network: any page's features give a probability a block."""

import math

import numpy as np
import pytest

from harvester.extract.features import WIDTH
from harvester.extract.kind import LEAST_PROBABLE
from harvester.extract.metadata import read_metadata
from harvester.extract.model import DILATIONS, Model, Numbers, model
from harvester.extract.signs import page_signs
from harvester.extract.walk import walk
from tests.harvester.extract.pages import NOW


@pytest.mark.parametrize("blocks", [1, 2, *DILATIONS, 5, 300])
def test_a_page_of_any_length_gets_a_probability_a_block(blocks: int) -> None:
    found = model().body_probabilities(np.random.default_rng(blocks).random((blocks, WIDTH), dtype=np.float32))
    assert found.shape == (blocks,)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()


def test_huge_features_overflow_nothing() -> None:
    found = model().body_probabilities(np.full((3, WIDTH), 1e6, dtype=np.float32))
    assert np.isfinite(found).all()


def test_the_weights_fit_the_features_and_the_signs() -> None:
    page = walk("<p>x")
    signs = page_signs(page, read_metadata(page, "https://e.com/x", now=NOW), "https://e.com/x", ONE, ONE)
    weights = model().weights
    assert weights["first.w"].shape[0] == WIDTH
    assert weights["kind.w"].shape == signs.shape
    assert np.isfinite(signs).all()
    assert 0 <= model().article_probability(signs) <= 1
    assert all(one.dtype == np.float32 and np.isfinite(one).all() for one in weights.values())
    assert 0 < LEAST_PROBABLE < 0.5


ONE = np.ones(1, dtype=np.float32)


def test_a_convolution_reaches_as_far_as_its_dilation_and_no_farther() -> None:
    """A network of one number a block that adds to each block twice that before and thrice that behind it."""
    near = np.array([[[2.0]], [[0.0]], [[3.0]]], dtype=np.float32)
    none = np.zeros((3, 1, 1), dtype=np.float32)
    found = _network(near0=near, near1=none, near2=none).body_probabilities(_column(0.2, 0, 0, 0, 1))
    assert _logits(found) == pytest.approx([0.2, 0.4, 0, 3, 1], abs=1e-3)
    found = _network(near0=none, near1=none, near2=near).body_probabilities(_column(0.2, 0, 0, 0, 1))
    assert _logits(found) == pytest.approx([3.2, 0, 0, 0, 1.4], abs=1e-3)
    found = _network(near0=none, near1=none, near2=near).body_probabilities(_column(0.2, 0, 0, 1))
    assert _logits(found) == pytest.approx([0.2, 0, 0, 1], abs=1e-3), "four blocks apart there is nothing"


def _column(*numbers: float) -> Numbers:
    return np.array(numbers, dtype=np.float32)[:, None]


def _logits(found: Numbers) -> list[float]:
    return [math.log(one / (1 - one)) for one in found.astype(float)]


def _network(**near: Numbers) -> Model:
    one, zero = np.ones((1, 1), dtype=np.float32), np.zeros(1, dtype=np.float32)
    return Model(
        weights={
            "first.w": one, "first.b": zero, "page.w": 0 * one, "page.b": zero, "last.w": one, "last.b": zero,
            "body.w": one[:, 0], "body.b": zero, **{f"{name}.w": weight for name, weight in near.items()},
            **{f"{name}.b": zero for name in near},
        }
    )  # fmt: skip
