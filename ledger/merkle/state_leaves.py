"""Leaves of the state tree as sorted lists: the hash of a subtree, and the part of a path that lies within one.

A subtree is named by its level (how many bits lead to it) and its index (those bits as a number). Its leaves are the
rows of `records` whose key hash begins with these bits: a range of the table, which needs no storage of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import InvariantViolation
from ledger.merkle import verify_state
from ledger.merkle.verify_state import EMPTY, INNER_PREFIX, LEAF_PREFIX

Leaf = tuple[bytes, bytes]
"""(key hash, value hash)."""

Range = tuple[bytes, bytes]
"""The first and the last key hash of a subtree, both inclusive."""


@dataclass(frozen=True, slots=True)
class StatePath:
    """A key's way through the tree, as `verify_state` describes it. `value_hash` is None where the key is absent."""

    key_hash: bytes
    value_hash: bytes | None
    depth: int
    bitmap: bytes
    siblings: tuple[bytes, ...]
    other_leaf: Leaf | None

    def compute_root(self) -> bytes | None:
        """The root that this path leads to."""
        return verify_state.compute_root(
            self.key_hash, self.value_hash, self.depth, self.bitmap, self.siblings, self.other_leaf
        )


class PathSource(Protocol):
    """The tree at one height."""

    def get_node(self, level: int, index: int) -> bytes:
        """The hash of a subtree at or above the level where leaves are read."""

    def read_leaves(self, level: int, index: int) -> Sequence[Leaf]:
        """The leaves of a subtree, sorted."""


def get_range(level: int, index: int) -> Range:
    """The key hashes below a subtree of at most 64 levels down."""
    rest = 64 - level
    low = index << rest
    return low.to_bytes(8, "big") + bytes(24), (low + (1 << rest) - 1).to_bytes(8, "big") + b"\xff" * 24


def hash_subtree(leaves: Sequence[Leaf], level: int) -> bytes:
    """The hash of a subtree at `level` that holds exactly these sorted leaves."""
    return _hash_slice(leaves, 0, len(leaves), level) if leaves else EMPTY


def build_path(source: PathSource, key_hash: bytes, level: int) -> StatePath:
    """The path of a key: nodes down to `level`, below it the leaves of one small subtree."""
    index = int.from_bytes(key_hash[:8], "big") >> (64 - level)
    leaves = source.read_leaves(level, index)
    if len(leaves) < 2:
        level, index, leaves = _climb(source, level, index, leaves)
    beside = [source.get_node(at, index >> (level - at) ^ 1) for at in range(1, level + 1)]
    end = _descend(leaves, key_hash, level, beside)
    present = end is not None and end[0] == key_hash
    levels = "".join("0" if sibling == EMPTY else "1" for sibling in beside)
    size = (len(beside) + 7) >> 3
    return StatePath(
        key_hash,
        end[1] if end is not None and present else None,
        len(beside),
        int(levels.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big"),
        tuple(sibling for sibling in beside if sibling != EMPTY),
        None if present else end,
    )


def _climb(source: PathSource, level: int, index: int, leaves: Sequence[Leaf]) -> tuple[int, int, Sequence[Leaf]]:
    """Go up while the subtree above holds one leaf or none; returns the highest such subtree."""
    while level:
        sibling = source.get_node(level, index ^ 1)
        if sibling != EMPTY:
            # A parent equal to its only child is that child's single leaf; otherwise two or more leaves meet here.
            if leaves or source.get_node(level - 1, index >> 1) != sibling:
                break
            leaves = source.read_leaves(level, index ^ 1)
            if len(leaves) != 1:
                raise InvariantViolation("the rows are not those of the tree")
        level, index = level - 1, index >> 1
    return level, index, leaves


def _descend(leaves: Sequence[Leaf], key_hash: bytes, level: int, beside: list[bytes]) -> Leaf | None:
    """Go down to the end of the key's way, adding the siblings passed to `beside`; returns the leaf met there."""
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = _find_branch(leaves, low, high, level)
        if key_hash[level >> 3] >> (7 - (level & 7)) & 1:
            other, low = (low, middle), middle
        else:
            other, high = (middle, high), middle
        level += 1
        beside.append(_hash_slice(leaves, *other, level) if other[0] < other[1] else EMPTY)
    return leaves[low] if low < high else None


def _find_branch(leaves: Sequence[Leaf], low: int, high: int, level: int) -> int:
    """The first position in [low, high) whose key has bit `level` set, `high` if none."""
    byte, shift = level >> 3, 7 - (level & 7)
    while low < high:
        middle = (low + high) >> 1
        if leaves[middle][0][byte] >> shift & 1:
            high = middle
        else:
            low = middle + 1
    return low


def _hash_slice(leaves: Sequence[Leaf], low: int, high: int, level: int) -> bytes:
    """`hash_subtree` of leaves[low:high], at least one."""
    first, value = leaves[low]
    if high - low == 1:
        return hashlib.sha256(LEAF_PREFIX + first + value).digest()
    way = int.from_bytes(first, "big")
    branch = 256 - (way ^ int.from_bytes(leaves[high - 1][0], "big")).bit_length()
    if high - low == 2:  # most calls end here
        left = hashlib.sha256(LEAF_PREFIX + first + value).digest()
        right = hashlib.sha256(LEAF_PREFIX + leaves[low + 1][0] + leaves[low + 1][1]).digest()
    else:
        middle = _find_branch(leaves, low, high, branch)
        left = _hash_slice(leaves, low, middle, branch + 1)
        right = _hash_slice(leaves, middle, high, branch + 1)
    node = hashlib.sha256(INNER_PREFIX + left + right).digest()
    while branch > level:  # the leaves share these bits: an inner node with an empty side at each
        branch -= 1
        pair = EMPTY + node if way >> (255 - branch) & 1 else node + EMPTY
        node = hashlib.sha256(INNER_PREFIX + pair).digest()
    return node
