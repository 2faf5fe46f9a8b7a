"""The paths of C2SP tlog-tiles: `tile/<level>/<index>[.p/<width>]` for hashes, `tile/entries/…` for bundles of entries.

- An index is written in groups of three digits, each but the last behind an `x`: 1234067 is `x001/x234/067`. There are
  as few groups as hold it.
- A width, 1 to 255, stands only behind a partial tile. A level is 0 to 63. No number has needless zeroes.
- A path has one spelling: what was read renders to the same path, and everything else names nothing.
"""

import re
from dataclasses import dataclass

from ledger.merkle.log import TILE_WIDTH

ENTRIES = "entries"
MAX_INDEX = 1 << 55
"""Of a log of at most 2^63 leaves, no tile has this index or a greater one."""
_PATH = re.compile(
    r"tile/(?P<level>[0-9]{1,2}|entries)/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TilePath:
    """A tile of hashes at a level, or where that is None a bundle of entries. Width 256 = full."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def render(self) -> str:
        """The path, without a slash before it."""
        level = ENTRIES if self.level is None else str(self.level)
        tail = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{render_index(self.index)}{tail}"


def render_index(index: int) -> str:
    """The groups of an index."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def parse_path(path: str) -> TilePath | None:
    """What a path names, without a slash before it; None where it is no path of a tile."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = None if found["level"] == ENTRIES else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if found["width"] is None else int(found["width"])
    parsed = TilePath(level, index, width)
    is_named = (level is None or level <= 63) and index < MAX_INDEX and 1 <= width <= TILE_WIDTH
    return parsed if is_named and parsed.render() == path else None
