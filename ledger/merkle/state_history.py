"""The state at an earlier height, read through what each later block replaced.

A node of an earlier height is the one kept by the first later block that changed a key below it, or today's. Only nodes
of the upper levels are kept, `UNDO_LEVELS_BELOW` above the buckets: what lies below such a subtree is some hundred
leaves, hashed anew from today's rows with the replaced ones put back. So an undo row is small, and the splits of
buckets need no place in it: what a node is does not depend on them.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ledger.errors import InvariantViolation
from ledger.merkle.state_leaves import Leaf, StatePath, build_path, get_range
from ledger.merkle.state_port import LeafRows, UndoIndex
from ledger.merkle.state_top import Indices, Prefixes, Top
from ledger.merkle.verify_state import EMPTY

UNDO_LEVELS_BELOW = 5


class HeightNotKept(Exception):
    """The state at this height is not kept, not yet reached, or never was."""

    def __init__(self, height: int, oldest: int, newest: int) -> None:
        super().__init__(f"state at height {height} is not kept; heights {oldest} to {newest} are")
        self.height = height
        self.oldest = oldest
        self.newest = newest


class StateView:
    """The state at one height. Good until the tree adopts the next block."""

    def __init__(self, rows: LeafRows, top: Top, height: int, root: bytes, later: Sequence[UndoIndex]) -> None:
        self.height = height
        self.root = later[0].old_root if later else root
        self._rows = rows
        self._top = top
        self._later = [_Replaced(rows, index) for index in later]
        self._level = min([top.depth, *(index.level for index in later)])

    def prove(self, key_hashes: Sequence[bytes]) -> list[StatePath]:
        """The paths of these keys, all under `root`; of presence or of absence, as it is."""
        paths = []
        for key_hash in key_hashes:
            path = build_path(self, key_hash, self._find_level(key_hash))
            if path.compute_root() != self.root:
                raise InvariantViolation("the rows are not those of the tree")
            paths.append(path)
        return paths

    def read(self, key_hashes: Sequence[bytes]) -> list[bytes | None]:
        """The record of each key at this height, None where there is none."""
        found = list(self._rows.read_records(key_hashes))
        for at, key_hash in enumerate(key_hashes):
            for block in self._later:
                position = block.find(key_hash)
                if position is not None:
                    found[at] = self._rows.read_undo_records(block.height)[position]
                    break
        return found

    def get_node(self, level: int, index: int) -> bytes:
        """The hash of a subtree; for `build_path`."""
        for block in self._later:
            low, high = block.find_range(level, index)
            if low < high:
                return block.get_node(level, low) if level else block.old_root
        return self._top.get_node(level, index)

    def read_leaves(self, level: int, index: int) -> Sequence[Leaf]:
        """The leaves of a subtree; for `build_path`."""
        (leaves,) = self._rows.read_leaves([get_range(level, index)])
        ranges = [(block, *block.find_range(level, index)) for block in reversed(self._later)]
        changed = [(block, low, high) for block, low, high in ranges if low < high]
        if not changed:
            return leaves
        found = dict(leaves)
        for block, low, high in changed:
            for key_hash, value_hash in block.iterate_leaves(low, high):
                if value_hash == EMPTY:
                    found.pop(key_hash, None)
                else:
                    found[key_hash] = value_hash
        return sorted(found.items())

    def _find_level(self, key_hash: bytes) -> int:
        """Where leaves are read: today in the key's own bucket, earlier below the last level that undo rows keep."""
        if self._later:
            return self._level
        return self._top.find_bucket(int.from_bytes(key_hash[:8], "big"), self._top.buckets).bit_length() - 1


class _Replaced:
    """One undo row, read piece by piece as it is needed."""

    def __init__(self, rows: LeafRows, index: UndoIndex) -> None:
        self.height = index.height
        self.old_root = index.old_root
        self._prefixes: Prefixes = np.frombuffer(index.prefixes, ">u8").astype(np.uint64)
        self._rows = rows
        self._leaves: tuple[bytes, bytes] | None = None
        self._nodes: bytes | None = None
        self._starts: list[int] = [0, 0]  # where the nodes of each level begin; level 0 has none

    def find_range(self, level: int, index: int) -> tuple[int, int]:
        """The positions of the changed keys below a subtree."""
        low, high = self._prefixes.searchsorted(_get_bounds(level, index))
        return int(low), len(self._prefixes) if index + 1 == 1 << level else int(high)

    def find(self, key_hash: bytes) -> int | None:
        """The position of a changed key."""
        prefix = np.uint64(int.from_bytes(key_hash[:8], "big"))
        low, high = (int(self._prefixes.searchsorted(prefix, side)) for side in ("left", "right"))
        if low == high:
            return None
        return next((at for at, leaf in enumerate(self.iterate_leaves(low, high), low) if leaf[0] == key_hash), None)

    def iterate_leaves(self, low: int, high: int) -> list[Leaf]:
        """The leaves that the block replaced, of its changed keys at these positions."""
        if self._leaves is None:
            self._leaves = self._rows.read_undo_leaves(self.height)
        keys, values = self._leaves
        return [(keys[32 * at : 32 * at + 32], values[32 * at : 32 * at + 32]) for at in range(low, high)]

    def get_node(self, level: int, low: int) -> bytes:
        """The node that the block replaced, above the changed key at position `low`, the first below that node."""
        if self._nodes is None:
            self._nodes = self._rows.read_undo_nodes(self.height)
        while len(self._starts) <= level:
            self._starts.append(self._starts[-1] + len(find_nodes(self._prefixes, len(self._starts) - 1)))
        at = 32 * (self._starts[level] + len(find_nodes(self._prefixes[:low], level)))
        return self._nodes[at : at + 32]


def find_nodes(prefixes: Prefixes, level: int) -> Indices:
    """The indices of the nodes at `level`, 1 or deeper, above keys of these sorted prefixes."""
    above = (prefixes >> np.uint64(64 - level)).astype(np.int64)
    if not len(above):
        return above
    is_first = np.ones(len(above), np.bool_)
    is_first[1:] = above[1:] != above[:-1]
    return above[is_first]


@lru_cache(maxsize=256)
def _get_bounds(level: int, index: int) -> Prefixes:
    """The first prefix below a subtree, and the first behind it (0 behind the last, where it does not fit 64 bits)."""
    rest = 64 - level
    return np.array([index << rest, (index + 1 << rest) & 0xFFFF_FFFF_FFFF_FFFF], np.uint64)
