"""The part of the page whose blocks are shown as kept or removed."""

import pytest

from harvester.extract.container import container_blocks
from harvester.extract.walk import walk

LONG = "The harbour council decided on Monday to repair the old quay after a long meeting."


@pytest.mark.parametrize(
    ("markup", "chosen", "expected"),
    [
        pytest.param("<nav>menu</nav><main><p>*one</p><p>between</p><p>*two</p></main><footer>end</footer>",
                     "one two", "one between two", id="all of the lowest element around them"),
        pytest.param("<main><div><p>before</p><p>*one</p></div><p>beside</p></main>", "one", "one",
                     id="a lone block is its own container"),
        pytest.param(f"<main><p>{LONG}</p><p>*{LONG}</p><p>*{LONG}</p></main><nav>*menu</nav>", None,
                     f"{LONG} {LONG} {LONG}", id="a stray word elsewhere does not widen it and is dropped"),
        pytest.param(f"<main>{f'<p>*{LONG}</p>' * 4}<p>between</p></main><p>far</p><p>*A note of some words</p>", None,
                     f"{LONG} {LONG} {LONG} {LONG} between A note of some words",
                     id="a line of text elsewhere is shown alone"),
        pytest.param("<div><p>*one</p></div><div><p>other</p></div><div><p>*two</p></div>", None, "one other two",
                     id="two halves"),
    ],
)  # fmt: skip
def test_blocks_of_the_container(markup: str, chosen: str | None, expected: str) -> None:
    """Chosen blocks begin with a star."""
    pieces = walk(f"<body>{markup}").pieces
    at = {number for number, one in enumerate(pieces) if one.text.startswith("*")}
    found = container_blocks(pieces, at)
    assert found == sorted(found)
    assert " ".join(pieces[number].text.lstrip("*") for number in found) == expected


def test_nothing_chosen() -> None:
    assert container_blocks(walk("<p>one").pieces, ()) == []
