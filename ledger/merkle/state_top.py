"""The top of the state tree: the hashes of all subtrees down to the buckets, in memory.

A subtree is numbered as in a heap: the root is 1, the children of n are 2n and 2n + 1. With B buckets, the buckets are
the numbers B to 2B - 1, so they differ in level by at most one, and bucket B is always the next to split: into 2B and
2B + 1, which is what the numbers of B + 1 buckets are. So the top grows by one bucket at a time and is never rebuilt.

Each level is one array of hashes and one of *kinds*: 0 for an empty subtree, 1 for one leaf, 2 for an inner node. The
64 bytes of a pair of siblings lie side by side, so a level of a batch is one gather, one pass of hashing, one scatter.
A level of few nodes is done in plain Python: numpy's fixed cost would be most of it.

`compute` reads the arrays and `adopt` writes them; what was computed can be dropped and leaves no trace.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ledger.merkle.state_leaves import Leaf, hash_subtree
from ledger.merkle.verify_state import INNER_PREFIX

Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]
Prefixes = npt.NDArray[np.uint64]
"""The first 64 bits of key hashes."""

FEW = 20
"""A level with fewer nodes than this is computed in plain Python."""

SLICE = 1 << 16
"""Nodes hashed in one pass when the top is built: bounds the memory beside the arrays."""


@dataclass(slots=True)
class Nodes:
    """New nodes of one level: indices ascending, and one hash and kind for each."""

    indices: list[int]
    hashes: list[bytes]
    kinds: list[int]

    def add(self, index: int, leaves: Sequence[Leaf], level: int) -> None:
        """Append the subtree that holds these leaves."""
        self.indices.append(index)
        self.hashes.append(hash_subtree(leaves, level))
        self.kinds.append(min(len(leaves), 2))


@dataclass(slots=True)
class NodeArrays:
    """`Nodes` as arrays, for levels of many nodes."""

    indices: Indices
    hashes: Bytes
    kinds: Bytes


Level = Nodes | NodeArrays


class Top:
    """The arrays, and the number of buckets."""

    def __init__(self, buckets: int, expected: int = 0) -> None:
        """`expected`: for so many buckets memory is taken now, not page by page as they come."""
        self.buckets = buckets
        self._hashes: list[Bytes] = []
        self._kinds: list[Bytes] = []
        self._bytes: list[memoryview] = []
        self.reserve(max(buckets, expected))
        for array in (*self._hashes, *self._kinds) if expected else ():
            array.fill(0)

    @property
    def depth(self) -> int:
        """The level down to which every node is in memory."""
        return self.buckets.bit_length() - 1

    @property
    def memory_bytes(self) -> int:
        """What the nodes of these buckets occupy: 33 bytes a node, two nodes a bucket."""
        return 2 * self.buckets * 33

    def reserve(self, buckets: int) -> None:
        """Have the arrays for so many buckets. They begin as zeros, which the system maps only where it writes."""
        while len(self._hashes) <= (2 * buckets - 1).bit_length() - 1:
            size = 1 << len(self._hashes)
            hashes = np.zeros((size, 32), np.uint8)
            self._hashes.append(hashes)
            self._bytes.append(hashes.data.cast("B"))
            self._kinds.append(np.zeros(size, np.uint8))

    def get_node(self, level: int, index: int) -> bytes:
        """The hash of one subtree."""
        return bytes(self._bytes[level][32 * index : 32 * index + 32])

    def get_nodes(self, level: int, indices: Indices) -> bytes:
        """The hashes of subtrees of one level, one after another."""
        return self._hashes[level][indices].tobytes()

    def find_bucket(self, prefix: int, buckets: int) -> int:
        """The number of the bucket, of so many, that holds keys beginning with these 64 bits."""
        depth = buckets.bit_length()
        number = 1 << depth | prefix >> (64 - depth)
        return number if number < 2 * buckets else number >> 1

    def find_buckets(self, prefixes: Prefixes) -> Indices:
        """`find_bucket` of many prefixes, for the present number of buckets."""
        depth = self.buckets.bit_length()
        numbers = (prefixes >> np.uint64(64 - depth)).astype(np.int64) | 1 << depth
        return np.where(numbers < 2 * self.buckets, numbers, numbers >> 1)

    def compute(self, changed: dict[int, Nodes]) -> list[tuple[int, Level]]:
        """All nodes above these buckets (by level, ascending), as (level, nodes) from the deepest to the root."""
        computed: list[tuple[int, Level]] = []
        current: Level = Nodes([], [], [])
        for level in range(max(changed), 0, -1):
            if level in changed:
                current = _join(current, changed[level])
            computed.append((level, current))
            if len(current.indices) < FEW:
                current = self._compute_few(level, _to_lists(current))
            else:
                current = self._compute_many(level, to_arrays(current))
        computed.append((0, changed.get(0, current)))
        return computed

    def adopt(self, levels: list[tuple[int, Level]]) -> None:
        """Write nodes into the arrays."""
        for level, nodes in levels:
            if isinstance(nodes, Nodes):
                view, kinds = self._bytes[level], self._kinds[level]
                for index, node, kind in zip(nodes.indices, nodes.hashes, nodes.kinds, strict=True):
                    view[32 * index : 32 * index + 32] = node
                    kinds[index] = kind
            else:
                self._hashes[level][nodes.indices] = nodes.hashes
                self._kinds[level][nodes.indices] = nodes.kinds

    def build(self) -> None:
        """Compute all nodes above the buckets, when these have been adopted."""
        depth = self.depth
        if split := self.buckets - (1 << depth):
            self._build_level(depth + 1, split)
        for level in range(depth, 0, -1):
            self._build_level(level, 1 << (level - 1))

    def _build_level(self, level: int, parents: int) -> None:
        for start in range(0, parents, SLICE):
            indices = np.arange(start, min(start + SLICE, parents), dtype=np.int64)
            hashes, kinds = self._gather(level, indices)
            self.adopt([(level - 1, _combine(indices, hashes, kinds))])

    def _gather(self, level: int, parents: Indices) -> tuple[Bytes, Bytes]:
        """For each parent the message that is hashed (65 bytes), and the kinds of its two children."""
        messages = np.empty((len(parents), 65), np.uint8)
        messages[:, 0] = INNER_PREFIX[0]
        messages[:, 1:] = self._hashes[level].reshape(-1, 64)[parents]
        return messages, self._kinds[level].reshape(-1, 2)[parents]

    def _compute_many(self, level: int, nodes: NodeArrays) -> NodeArrays:
        """The parents of nodes at `level`."""
        above = nodes.indices >> 1
        is_first = np.ones(len(above), np.bool_)
        is_first[1:] = above[1:] != above[:-1]
        slots, sides = np.cumsum(is_first) - 1, nodes.indices & 1
        parents = above[is_first]
        messages, kinds = self._gather(level, parents)
        messages[:, 1:].reshape(-1, 2, 32)[slots, sides] = nodes.hashes
        kinds[slots, sides] = nodes.kinds
        return _combine(parents, messages, kinds)

    def _compute_few(self, level: int, nodes: Nodes) -> Nodes:
        """As `_compute_many`."""
        parents = Nodes([], [], [])
        for index, left, left_kind, right, right_kind in self._iterate_pairs(level, nodes):
            kind = min(left_kind + right_kind, 2)
            if kind == 2:
                node = hashlib.sha256(INNER_PREFIX + left + right).digest()
            else:
                node = left if left_kind else right
            parents.indices.append(index)
            parents.hashes.append(node)
            parents.kinds.append(kind)
        return parents

    def _iterate_pairs(self, level: int, nodes: Nodes) -> Iterator[tuple[int, bytes, int, bytes, int]]:
        """The parents of nodes, each with the hash and kind of its left and of its right child."""
        indices, hashes, kinds, old = nodes.indices, nodes.hashes, nodes.kinds, self._kinds[level]
        at, end = 0, len(indices)
        while at < end:
            index, node, kind = indices[at], hashes[at], kinds[at]
            at += 1
            if index & 1:
                yield index >> 1, self.get_node(level, index - 1), int(old[index - 1]), node, kind
            elif at < end and indices[at] == index + 1:
                yield index >> 1, node, kind, hashes[at], kinds[at]
                at += 1
            else:
                yield index >> 1, node, kind, self.get_node(level, index + 1), int(old[index + 1])


def _combine(indices: Indices, messages: Bytes, pairs: Bytes) -> NodeArrays:
    """The parents of pairs: inner nodes, but where there is one leaf in both sides, that leaf; where none, nothing."""
    sha256, buffer = hashlib.sha256, messages.tobytes()
    digests = b"".join([sha256(buffer[at : at + 65]).digest() for at in range(0, len(buffer), 65)])
    hashes = np.frombuffer(digests, np.uint8).reshape(-1, 32)
    kinds = np.minimum(pairs[:, 0] + pairs[:, 1], np.uint8(2))
    is_lifted = kinds < 2
    if is_lifted.any():
        hashes = hashes.copy()
        hashes[is_lifted] = messages[is_lifted, 1:33] | messages[is_lifted, 33:]
    return NodeArrays(indices, hashes, kinds)


def to_arrays(nodes: Level) -> NodeArrays:
    """The same nodes as arrays."""
    if isinstance(nodes, NodeArrays):
        return nodes
    hashes = np.frombuffer(b"".join(nodes.hashes), np.uint8).reshape(-1, 32)
    return NodeArrays(np.array(nodes.indices, np.int64), hashes, np.array(nodes.kinds, np.uint8))


def _to_lists(nodes: Level) -> Nodes:
    if isinstance(nodes, Nodes):
        return nodes
    flat = nodes.hashes.tobytes()
    hashes = [flat[at : at + 32] for at in range(0, len(flat), 32)]
    return Nodes(nodes.indices.tolist(), hashes, nodes.kinds.tolist())


def _join(parents: Level, buckets: Nodes) -> Level:
    """Parents lie before the buckets of their own level: what has been split is what comes first."""
    if not len(parents.indices):
        return buckets
    if isinstance(parents, Nodes):
        return Nodes(parents.indices + buckets.indices, parents.hashes + buckets.hashes, parents.kinds + buckets.kinds)
    added = to_arrays(buckets)
    return NodeArrays(
        np.concatenate((parents.indices, added.indices)),
        np.concatenate((parents.hashes, added.hashes)),
        np.concatenate((parents.kinds, added.kinds)),
    )
