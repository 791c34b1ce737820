"""What was learned of many sites, in bounded memory: those asked for of late as they are, the others packed."""

from collections import OrderedDict

import orjson
from isal import isal_zlib

from harvester.clean import Furniture

OPEN = 32
"""Sites whose furniture is kept unpacked: up to 1 MB each. Packed it is some 15 KB."""


class Shelf:
    """Furniture by site."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Furniture] = OrderedDict()
        self._packed: dict[str, bytes] = {}

    def __getitem__(self, site: str) -> Furniture:
        """The site's, empty at first. Learn into it at once: it may be packed when another is asked for."""
        furniture = self._open.get(site)
        if furniture is None:
            packed = self._packed.pop(site, None)
            furniture = (
                Furniture() if packed is None else Furniture.from_state(orjson.loads(isal_zlib.decompress(packed)))
            )
            self._open[site] = furniture
            if len(self._open) > OPEN:
                old, state = self._open.popitem(last=False)
                self._packed[old] = isal_zlib.compress(orjson.dumps(state.to_state()), 1)
        self._open.move_to_end(site)
        return furniture
