"""The state tree: one root over all records, kept up to date a block at a time.

1. The leaves are the rows of `records`, which the table keeps in the order of their key hashes. The tree owns no table
   of nodes: a *bucket* of some three leaves is a range of rows, and what lies above the buckets is in memory
   (`state_top`), rebuilt at the start by one scan.
2. `stage` computes the root of a block from the rows as they are before it and the block's changes; it writes nothing.
3. The block's writer writes the changed rows and `StagedUpdate.undo` in the block's own database transaction.
4. When that has been committed, `adopt` makes the staged state the tree's. If it failed, `discard` forgets it.
5. `view` reads and proves the state at the tree's height or at an earlier one whose undo rows are kept.

The root depends on the set of leaves alone: not on the order of history, nor on how far buckets have been split.
Not here: threads. Between the commit of rows and `adopt`, and during it, nobody else may use the tree; a proof that was
made from rows of another height is noticed and refused, never given out.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ledger.errors import InvariantViolation
from ledger.merkle.state_cache import CAPACITY, LeafCache
from ledger.merkle.state_history import UNDO_LEVELS_BELOW, HeightNotKept, StateView, find_nodes
from ledger.merkle.state_leaves import Leaf, StatePath, get_range
from ledger.merkle.state_port import LeafRows, UndoIndex, UndoRow
from ledger.merkle.state_top import Level, Nodes, Prefixes, Top, to_arrays
from ledger.merkle.verify_state import EMPTY

__all__ = [
    "Change",
    "HeightNotKept",
    "LeafRows",
    "StagedUpdate",
    "StatePath",
    "StateTree",
    "StateView",
    "UndoIndex",
    "UndoRow",
]

Change = tuple[bytes, bytes | None]
"""(key hash, new value hash), the latter None where the record is deleted."""

LEAVES_A_BUCKET = 3
"""The mean; fewer cost memory (66 bytes a bucket), more cost reading and hashing at each change."""

FLOOR_DEPTH = 10
"""A tree begins with 2**10 buckets (66 kB), so that a proof of its first days stays cheap when it has grown."""

MIN_SPLITS = 16
"""A block may always split so many buckets, and two for each change: growth is paid for by those who cause it."""


@dataclass(frozen=True, slots=True)
class StagedUpdate:
    """A block's effect on the tree, not yet in it."""

    height: int
    root: bytes
    count: int  # records after the block
    undo: UndoRow
    buckets: int
    levels: list[tuple[int, Level]]
    leaves: dict[int, Sequence[Leaf]]  # by bucket, of all that were computed


class StateTree:
    """The tree at one height. `height` is that of the last block adopted, -1 before the first."""

    def __init__(
        self, rows: LeafRows, top: Top, count: int, height: int, floor_depth: int, cached_buckets: int
    ) -> None:
        self._rows = rows
        self.count = count
        self.height = height
        self._top = top
        self._floor_depth = floor_depth
        self._cache = LeafCache(cached_buckets)
        self._staged: StagedUpdate | None = None

    @classmethod
    def open(
        cls,
        rows: LeafRows,
        height: int,
        floor_depth: int = FLOOR_DEPTH,
        cached_buckets: int = CAPACITY,
        expected_records: int = 0,
    ) -> "StateTree":
        """Build the tree from the committed rows, which are those of `height`. It keeps so many buckets in memory.

        `expected_records`: its memory is taken for so many at once.
        """
        count = rows.count_leaves()
        top = Top(max(1 << floor_depth, count // LEAVES_A_BUCKET), expected_records // LEAVES_A_BUCKET)
        _fill(top, rows.scan_leaves())
        top.build()
        return cls(rows, top, count, height, floor_depth, cached_buckets)

    @property
    def root(self) -> bytes:
        """The root at `height`."""
        return self._top.get_node(0, 0)

    @property
    def memory_bytes(self) -> int:
        """What the nodes of its buckets occupy in memory."""
        return self._top.memory_bytes

    def stage(self, changes: Iterable[Change], height: int) -> StagedUpdate:
        """Compute the block at `height`; each key changes at most once. Drops what was staged before."""
        if height <= self.height:
            raise InvariantViolation(f"height {height} does not follow {self.height}")
        self._staged = None
        ordered = sorted(changes)
        prefixes = [int.from_bytes(key_hash[:8], "big") for key_hash, _ in ordered]
        buckets = self._count_buckets(len(ordered))
        self._top.reserve(buckets)
        batch = _Batch(self._top, self._cache, buckets)
        for prefix, change in zip(prefixes, ordered, strict=True):
            batch.add(prefix, change)
        old_value_hashes = batch.read(self._rows)
        levels = self._top.compute(batch.changed) if ordered else []
        root = self._read_root(levels)
        undo = self._build_undo(height, np.array(prefixes, np.uint64), [key for key, _ in ordered], old_value_hashes)
        count = self.count + batch.growth
        levels += batch.born.items()
        self._staged = StagedUpdate(height, root, count, undo, buckets, levels, batch.leaves)
        return self._staged

    def adopt(self, staged: StagedUpdate) -> None:
        """Make a staged block the tree's state; to be called when its rows have been committed."""
        if staged is not self._staged:
            raise InvariantViolation("only what was staged last can be adopted, and once")
        self._top.adopt(staged.levels)
        self._cache.adopt(range(self._top.buckets, staged.buckets), staged.leaves)
        self._top.buckets = staged.buckets
        self.count, self.height = staged.count, staged.height
        self._staged = None

    def discard(self, staged: StagedUpdate) -> None:
        """Forget a staged block whose rows were not committed."""
        if staged is self._staged:
            self._staged = None

    def view(self, height: int | None = None) -> StateView:
        """The state at `height`, the tree's own if None. Refuses with `HeightNotKept`."""
        if height is None or height == self.height:
            return StateView(self._rows, self._top, self.height, self.root, ())
        floor = self._rows.read_undo_floor()
        oldest = self.height if floor is None else floor - 1
        if not oldest <= height < self.height:
            raise HeightNotKept(height, oldest, self.height)
        return StateView(self._rows, self._top, height, self.root, self._rows.read_undo_indices(height, self.height))

    def prove(self, key_hashes: Sequence[bytes], height: int | None = None) -> list[StatePath]:
        """`StateView.prove` of `view`: the paths of these keys, all under the root of one height."""
        return self.view(height).prove(key_hashes)

    def _count_buckets(self, changes: int) -> int:
        """How many buckets there are after a block: more where records have become more, never fewer."""
        now = self._top.buckets
        return max(now, min(self.count // LEAVES_A_BUCKET, now + 2 * changes + MIN_SPLITS, 2 * now))

    def _read_root(self, levels: list[tuple[int, Level]]) -> bytes:
        return bytes(levels[-1][1].hashes[0]) if levels else self.root

    def _build_undo(
        self, height: int, prefixes: Prefixes, key_hashes: list[bytes], old_value_hashes: list[bytes]
    ) -> UndoRow:
        level = max(self._floor_depth, self._top.depth - UNDO_LEVELS_BELOW)
        nodes = [self._top.get_nodes(at, find_nodes(prefixes, at)) for at in range(1, level + 1)]
        return UndoRow(
            height,
            level,
            self.root,
            prefixes.astype(">u8").tobytes(),
            b"".join(key_hashes),
            b"".join(old_value_hashes),
            b"".join(nodes),
        )


class _Batch:
    """A block's changes by bucket, and the buckets that are split with it."""

    def __init__(self, top: Top, cache: LeafCache, buckets: int) -> None:
        self.changed: dict[int, Nodes] = {}  # by level: buckets with changes, and their siblings where just split
        self.born: dict[int, Nodes] = {}  # by level: buckets just split without changes, which alter nothing above
        self.growth = 0  # records inserted less records deleted
        self.leaves: dict[int, Sequence[Leaf]] = {}
        self._top = top
        self._cache = cache
        self._buckets = buckets
        self._changes: dict[int, list[Change]] = {}

    def add(self, prefix: int, change: Change) -> None:
        """Add a change; to be called in the order of key hashes."""
        number = self._top.find_bucket(prefix, self._buckets)
        self._changes.setdefault(number, []).append(change)

    def read(self, rows: LeafRows) -> list[bytes]:
        """Read the buckets and compute them as they become; returns the old value hash of each change, in order."""
        old_value_hashes: list[bytes] = []
        numbers = self._list_buckets()
        for number, leaves in zip(numbers, self._read_leaves(rows, numbers), strict=True):
            level = number.bit_length() - 1
            changes = self._changes.get(number)
            if changes:
                leaves = self._apply(leaves, changes, old_value_hashes)
            self.leaves[number] = leaves
            # A split whose sibling has changes lies beside it when their parent is computed.
            target = self.changed if changes or number ^ 1 in self._changes else self.born
            target.setdefault(level, Nodes([], [], [])).add(number - (1 << level), leaves, level)
        return old_value_hashes

    def _read_leaves(self, rows: LeafRows, numbers: Sequence[int]) -> Iterator[Sequence[Leaf]]:
        known = [self._find(number) for number in numbers]
        unknown = [number for number, leaves in zip(numbers, known, strict=True) if leaves is None]
        ranges = [get_range(level := number.bit_length() - 1, number - (1 << level)) for number in unknown]
        read = iter(rows.read_leaves(ranges))
        return (next(read) if leaves is None else leaves for leaves in known)

    def _find(self, number: int) -> Sequence[Leaf] | None:
        """What the cache has of a bucket, or of the one that is split into it and its sibling."""
        if number < 2 * self._top.buckets:
            return self._cache.get(number)
        leaves = self._cache.get(number >> 1)
        if leaves is None:
            return None
        level = number.bit_length() - 1
        return [leaf for leaf in leaves if int.from_bytes(leaf[0][:8], "big") >> (64 - level) == number - (1 << level)]

    def _list_buckets(self) -> list[int]:
        """The buckets to compute, in the order of their key hashes."""
        first = 2 * self._top.buckets
        numbers = {*self._changes, *range(first, 2 * self._buckets)}
        # Of two levels the deeper comes first: what has been split lies before what has not.
        return sorted(numbers, key=lambda number: (-number.bit_length(), number))

    def _apply(self, leaves: Sequence[Leaf], changes: list[Change], old_value_hashes: list[bytes]) -> list[Leaf]:
        found = list(leaves)
        for key_hash, value_hash in changes:
            at = bisect_left(found, (key_hash,))
            is_there = at < len(found) and found[at][0] == key_hash
            old_value_hashes.append(found[at][1] if is_there else EMPTY)
            found[at : at + is_there] = [] if value_hash is None else [(key_hash, value_hash)]
        self.growth += len(found) - len(leaves)
        return found


def _fill(top: Top, pieces: Iterable[Sequence[Leaf]]) -> None:
    """Compute all buckets from a scan."""
    held: list[Leaf] = []
    for piece in pieces:
        held.extend(piece)
        numbers = top.find_buckets(np.frombuffer(b"".join([leaf[0][:8] for leaf in held]), ">u8").astype(np.uint64))
        starts = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist()]
        _fill_buckets(top, held, numbers.tolist(), starts)
        held = held[starts[-1] :]  # the last bucket may go on in the next piece, and is then computed again


def _fill_buckets(top: Top, leaves: list[Leaf], numbers: list[int], starts: list[int]) -> None:
    """Compute the buckets whose leaves begin at these positions."""
    by_level: dict[int, Nodes] = {}
    for start, end in zip(starts, [*starts[1:], len(leaves)], strict=True):
        number = numbers[start]
        level = number.bit_length() - 1
        by_level.setdefault(level, Nodes([], [], [])).add(number - (1 << level), leaves[start:end], level)
    top.adopt([(level, to_arrays(nodes)) for level, nodes in by_level.items()])
