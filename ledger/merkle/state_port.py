"""The port through which the state tree reads its rows. It never writes: the block's writer does, with the block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.merkle.state_leaves import Leaf, Range


@dataclass(frozen=True, slots=True)
class UndoRow:
    """One row a block: what the block replaced, so that older states can be read and proved.

    The order of everything follows from `prefixes`: changed key hashes ascending, then, level by level from 1 to
    `level`, the nodes on their ways, by index.
    """

    height: int  # of the block
    level: int  # the deepest level whose nodes are kept
    old_root: bytes  # the root before the block
    prefixes: bytes  # 8 bytes for each changed key: the first of its hash
    key_hashes: bytes  # 32 bytes each
    old_value_hashes: bytes  # 32 bytes each; zeros where the key was absent
    old_nodes: bytes  # 32 bytes each


@dataclass(frozen=True, slots=True)
class UndoIndex:
    """The part of a `UndoRow` that tells where in it to look."""

    height: int
    level: int
    old_root: bytes
    prefixes: bytes


class LeafRows(Protocol):
    """Committed rows, as of the height that the tree stands at."""

    def count_leaves(self) -> int:
        """How many records there are."""

    def scan_leaves(self) -> Iterator[Sequence[Leaf]]:
        """All leaves in the order of their key hashes, in pieces."""

    def read_leaves(self, ranges: Sequence[Range]) -> Sequence[Sequence[Leaf]]:
        """The leaves of each range, sorted."""

    def read_records(self, key_hashes: Sequence[bytes]) -> Sequence[bytes | None]:
        """The record of each key, None where there is none."""

    def read_undo_floor(self) -> int | None:
        """The height of the oldest undo row, None if there is no row."""

    def read_undo_indices(self, after: int, up_to: int) -> Sequence[UndoIndex]:
        """The undo rows of heights in (after, up_to], ascending."""

    def read_undo_leaves(self, height: int) -> tuple[bytes, bytes]:
        """`key_hashes` and `old_value_hashes` of one undo row."""

    def read_undo_nodes(self, height: int) -> bytes:
        """`old_nodes` of one undo row."""

    def read_undo_records(self, height: int) -> Sequence[bytes | None]:
        """The records that a block replaced, in the order of its key hashes; None where the key was absent."""
