"""The log before a snapshot, filled in from strangers: nothing of it is kept that the log's root does not commit to.

1. A tile of level 1 or above is good if it hashes to the hash that its parent tile has of it. So levels come from the
   top down; the highest ones lie in the snapshot's frontier.
2. A bundle is good if its 256 entries are the leaves of a tile of level 0 that is good; that tile is computed from it.
3. Of each level the newest come first, so what is missing is always what lies below the lowest that is there: after a
   crash it goes on from what the database holds.

Not here: who is asked (nodes/backfill.py).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from ledger.errors import MalformedInput
from ledger.merkle.log import TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, TileId, compute_tile_root, split_bundle
from ledger.merkle.verify_log import HASH_BYTES, hash_leaf
from ledger.store.dialect import adapt, is_postgresql
from ledger.store.paging import read_restored
from ledger.store.port import HistoryNotKept
from ledger.store.sql import SqlStore, write_bundles, write_tiles

ENTRIES = 0
"""As the level of what is missing: a bundle, which brings the tile of level 0 as well."""

_LOWEST_TILE = "SELECT min(tile_index) FROM tiles WHERE level = ?"
_LOWEST_BUNDLE = "SELECT min(bundle_index) FROM bundles"


def list_missing(connection: Connection, limit: int) -> list[TileId] | None:
    """What is to be fetched next: so many of one level, the newest first. Empty once the log is whole.

    None where the ledger did not begin with a snapshot, or not yet, or is being restored again.
    """
    restored = read_restored(connection)
    if restored is None:
        return None
    size = restored.first_index
    levels = range(1, (size.bit_length() - 1) // TILE_HEIGHT)  # those with a full tile
    for level in (*reversed(levels), ENTRIES):
        end = min(_read_lowest(connection, level, size), size >> TILE_HEIGHT * (level + 1))
        if end:
            return [(level, index) for index in range(end - 1, max(-1, end - 1 - limit), -1)]
    return []


def write_missing(connection: Connection, found: Mapping[TileId, bytes]) -> None:
    """Keep what was fetched for what `list_missing` named, all of it or nothing. MalformedInput names what is false.

    Nothing is kept where that is no longer what is missing, or HistoryNotKept: a snapshot was restored again meanwhile.
    """
    tiles, bundles = _check(connection, found)
    _hold_restored(connection)
    if list_missing(connection, len(found)) == list(found):
        write_tiles(connection, tiles)
        write_bundles(connection, bundles)
    connection.commit()


def _check(connection: Connection, found: Mapping[TileId, bytes]) -> tuple[dict[TileId, bytes], dict[int, bytes]]:
    """The tiles and bundles to write. Before the database transaction: strangers' bytes must not hold the kernel up."""
    parents = _read_parents(connection, list(found))
    tiles: dict[TileId, bytes] = {}
    bundles: dict[int, bytes] = {}
    for (level, index), data in found.items():
        tile = _hash_bundle(data) if level == ENTRIES else data
        if len(tile) != TILE_BYTES or compute_tile_root(tile) != parents[level, index]:
            raise MalformedInput("not what the root of the log commits to", f"tile {index} of level {level}")
        tiles[level, index] = tile
        if level == ENTRIES:
            bundles[index] = data
    connection.rollback()
    return tiles, bundles


def _hold_restored(connection: Connection) -> None:
    """Begin a database transaction beside which no snapshot is restored."""
    if is_postgresql(connection):
        connection.exec_driver_sql("LOCK TABLE restored IN SHARE MODE")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _read_lowest(connection: Connection, level: int, size: int) -> int:
    """Below this index nothing of the level is there."""
    if level == ENTRIES:
        row = connection.exec_driver_sql(_LOWEST_BUNDLE).one()
    else:
        row = connection.exec_driver_sql(adapt(connection, _LOWEST_TILE), (level,)).one()
    return size if row[0] is None else int(row[0])


def _read_parents(connection: Connection, tile_ids: Sequence[TileId]) -> dict[TileId, bytes]:
    """The hash that each tile's parent has of it."""
    above = {(level + 1, index // TILE_WIDTH) for level, index in tile_ids}
    parents = SqlStore(connection).read_tiles(sorted(above))
    if len(parents) < len(above):
        raise HistoryNotKept("the tiles above are gone: a snapshot is being restored again")
    places = {tile_id: tile_id[1] % TILE_WIDTH * HASH_BYTES for tile_id in tile_ids}
    found = {
        (level, index): parents[level + 1, index // TILE_WIDTH][place : place + HASH_BYTES]
        for (level, index), place in places.items()
    }
    if any(len(node) < HASH_BYTES for node in found.values()):
        raise HistoryNotKept("the tiles above are those of a smaller snapshot: another is being restored")
    return found


def _hash_bundle(bundle: bytes) -> bytes:
    """The tile of a bundle's entries."""
    return b"".join(hash_leaf(entry) for entry in split_bundle(bundle))
