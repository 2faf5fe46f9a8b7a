"""A store of tiles and bundles in memory, for tests of the log. It counts what is read."""

from collections.abc import Mapping, Sequence

from ledger.merkle.log import LogAppend, LogTree, TileId


class MemoryTiles:
    """Keeps the widest version of each tile and bundle, as the database does."""

    def __init__(self) -> None:
        self.tiles: dict[TileId, bytes] = {}
        self.bundles: dict[int, bytes] = {}
        self.calls = 0
        self.tiles_read = 0

    def read_tiles(self, tile_ids: Sequence[TileId]) -> Mapping[TileId, bytes]:
        self.calls += 1
        self.tiles_read += len(tile_ids)
        return {tile_id: self.tiles[tile_id] for tile_id in tile_ids if tile_id in self.tiles}

    def read_bundle(self, index: int) -> bytes:
        return self.bundles.get(index, b"")

    def write(self, append: LogAppend) -> None:
        self.tiles.update(append.tiles)
        self.bundles.update(append.bundles)


def make_log(entries: Sequence[bytes], batch: int = 1000) -> tuple[LogTree, MemoryTiles]:
    """A log of these entries, appended and committed batch by batch."""
    store = MemoryTiles()
    tree = LogTree.open(0, store)
    for start in range(0, len(entries), batch):
        append = tree.append(entries[start : start + batch])
        store.write(append)
        tree.adopt(append)
    return tree, store
