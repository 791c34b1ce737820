"""Which blocks of a page to keep, given how probable it is that each belongs to the article."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]


def best_bar(probabilities: Numbers, words: Numbers) -> tuple[float, float]:
    """The probability from which on blocks are kept so that the expected F1 of the kept words is highest, and that F1.

    Taking blocks in the order of their probability, with s the sum of their words times their probability, expected
    precision is s over the words taken, and expected recall s over that sum of all blocks. A page on which little is
    sure gets a lower bar that way than one on which all is (Lewis 1995; Ye et al. 2012). Measured against one bar of .5
    for all pages, cross-validated over sites: F .9544 → .9609 on fundus-publishers, .9444 → .9469 on wcxb-articles.
    """
    order = np.argsort(-probabilities, kind="stable")
    sure = np.cumsum(probabilities[order] * words[order])
    expected = 2 * sure / np.maximum(1e-9, np.cumsum(words[order]) + sure[-1])
    best = int(np.argmax(expected))
    return float(probabilities[order[best]]), float(expected[best])
