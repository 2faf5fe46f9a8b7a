"""What the tests of the state tree share: a tree written as naively as its definition, and rows in memory."""

import hashlib
from dataclasses import dataclass, field

from ledger.merkle.state import StateTree, UndoIndex, UndoRow
from ledger.merkle.verify_state import EMPTY, hash_children, hash_leaf


def hash_naively(leaves: dict[bytes, bytes], depth: int = 0) -> bytes:
    """The root by definition."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return hash_leaf(*next(iter(leaves.items())))
    halves: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key_hash, value_hash in leaves.items():
        halves[key_hash[depth // 8] >> (7 - depth % 8) & 1][key_hash] = value_hash
    return hash_children(*(hash_naively(half, depth + 1) for half in halves))


def digest(number: int) -> bytes:
    """Some hash."""
    return hashlib.sha256(b"%d" % number).digest()


@dataclass
class MemoryRows:
    """The port in memory: leaves, and undo rows with the replaced value hashes standing for the records."""

    leaves: dict[bytes, bytes] = field(default_factory=dict)
    undo: dict[int, UndoRow] = field(default_factory=dict)
    piece: int = 7

    def count_leaves(self):
        return len(self.leaves)

    def scan_leaves(self):
        ordered = sorted(self.leaves.items())
        for start in range(0, len(ordered), self.piece):
            yield ordered[start : start + self.piece]

    def read_leaves(self, ranges):
        ordered = sorted(self.leaves.items())
        return [[leaf for leaf in ordered if low <= leaf[0] <= high] for low, high in ranges]

    def read_records(self, key_hashes):
        return [self.leaves.get(key_hash) for key_hash in key_hashes]

    def read_undo_floor(self):
        return min(self.undo, default=None)

    def read_undo_indices(self, after, up_to):
        rows = [self.undo[height] for height in sorted(self.undo) if after < height <= up_to]
        return [UndoIndex(row.height, row.level, row.old_root, row.prefixes) for row in rows]

    def read_undo_leaves(self, height):
        return self.undo[height].key_hashes, self.undo[height].old_value_hashes

    def read_undo_nodes(self, height):
        return self.undo[height].old_nodes

    def read_undo_records(self, height):
        values = self.undo[height].old_value_hashes
        parts = [values[at : at + 32] for at in range(0, len(values), 32)]
        return [None if part == EMPTY else part for part in parts]

    def write(self, changes, undo):
        """A block, as its writer would write it."""
        self.undo[undo.height] = undo
        for key_hash, value_hash in changes:
            if value_hash is None:
                self.leaves.pop(key_hash, None)
            else:
                self.leaves[key_hash] = value_hash


def run_block(tree: StateTree, rows: MemoryRows, changes, height: int | None = None) -> bytes:
    """Stage, write and adopt a block; returns the root."""
    staged = tree.stage(changes, tree.height + 1 if height is None else height)
    rows.write(changes, staged.undo)
    tree.adopt(staged)
    return staged.root
