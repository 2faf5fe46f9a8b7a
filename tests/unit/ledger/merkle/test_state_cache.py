"""The cache of leaves: what it keeps, for how long, and that a tree is the same with and without it."""

import random

import pytest

from ledger.merkle.state import StateTree
from ledger.merkle.state_cache import LeafCache
from tests.unit.ledger.merkle.state_support import MemoryRows, digest, hash_naively, run_block

LEAVES = [(digest(number), digest(-number)) for number in range(3)]


class CountingRows(MemoryRows):
    """Rows that count the ranges that are read."""

    ranges = 0

    def read_leaves(self, ranges):
        self.ranges += len(ranges)
        return super().read_leaves(ranges)


def test_a_bucket_comes_back_as_it_was_put():
    cache = LeafCache()
    assert cache.get(4) is None
    cache.adopt((), {4: LEAVES, 5: []})
    assert (cache.get(4), cache.get(5)) == (LEAVES, [])


def test_a_split_bucket_is_no_more_and_the_oldest_go_first():
    cache = LeafCache(2)
    cache.adopt((), {4: [], 5: []})
    cache.adopt((4, 9), {8: LEAVES})
    assert [cache.get(number) for number in (4, 5, 8)] == [None, [], LEAVES]
    cache.adopt((), {5: []})
    cache.adopt((), {6: []})
    assert [cache.get(number) for number in (5, 6, 8)] == [[], [], None]


@pytest.mark.parametrize("capacity", [0, 7, 1_000_000])
def test_a_tree_has_the_same_root_whatever_is_kept(capacity):
    rows = CountingRows()
    tree = StateTree.open(rows, -1, 0, cached_buckets=capacity)
    source = random.Random(3)
    for _ in range(15):
        keys = [digest(source.randrange(600)) for _ in range(60)]
        changes = {key: None if source.random() < 0.3 else digest(source.randrange(99)) for key in keys}
        run_block(tree, rows, list(changes.items()))
        assert tree.root == hash_naively(rows.leaves)
    assert (rows.ranges == 1) == (capacity == 1_000_000)  # only the first bucket was ever unknown
