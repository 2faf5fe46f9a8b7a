"""The state tree block by block: growth, staging, earlier heights, and rows that are not the tree's."""

import random
import subprocess
import sys

import pytest

from ledger.errors import InvariantViolation
from ledger.merkle.state import HeightNotKept, StateTree
from ledger.merkle.verify_state import EMPTY
from tests.unit.ledger.merkle.state_support import MemoryRows, digest, hash_naively, run_block


def make_tree(count: int, floor_depth: int = 0) -> tuple[StateTree, MemoryRows]:
    rows = MemoryRows()
    tree = StateTree.open(rows, -1, floor_depth)
    run_block(tree, rows, [(digest(number), digest(-number)) for number in range(count)])
    return tree, rows


def test_an_empty_tree_has_the_empty_root():
    tree = StateTree.open(MemoryRows(), -1)
    assert (tree.root, tree.count, tree.height) == (EMPTY, 0, -1)
    (path,) = tree.prove([digest(1)])
    assert (path.depth, path.siblings, path.other_leaf, path.compute_root()) == (0, (), None, EMPTY)


IN_A_NEW_PROCESS = """
import resource
from pathlib import Path
from ledger.merkle.state_top import Top

def read_resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

before = read_resident_bytes()
top = Top(1, 1 << 20)
print(read_resident_bytes() - before)
"""


def test_memory_for_what_is_expected_is_taken_at_the_start():
    done = subprocess.run([sys.executable, "-c", IN_A_NEW_PROCESS], capture_output=True, check=True, timeout=60)
    assert int(done.stdout) > 0.9 * 66 * (1 << 20)


def test_a_tree_that_expects_more_is_the_same_tree():
    rows = MemoryRows()
    tree = StateTree.open(rows, -1, 0, expected_records=3 << 10)
    for end in (99, 199):
        run_block(tree, rows, [(digest(number), digest(-number)) for number in range(end)])
        assert tree.root == hash_naively(rows.leaves)
    assert tree.memory_bytes < 66 * 100


def test_grows_by_splitting_and_keeps_the_naive_root():
    tree, rows = make_tree(1)
    source = random.Random(7)
    for _ in range(12):
        changes: dict[bytes, bytes | None] = {
            digest(source.randrange(900)): digest(source.randrange(99)) for _ in range(120)
        }
        changes.update(dict.fromkeys(source.sample(sorted(rows.leaves), len(rows.leaves) // 9)))
        run_block(tree, rows, list(changes.items()))
        assert tree.root == hash_naively(rows.leaves)
        assert tree.count == len(rows.leaves)
    assert 66 * (tree.count // 4) < tree.memory_bytes < 66 * tree.count
    assert StateTree.open(rows, tree.height, 3).root == tree.root


def test_many_changes_in_a_sparse_top_keep_the_naive_root():
    tree, rows = make_tree(60, floor_depth=10)
    run_block(tree, rows, [(digest(number), None) for number in range(50)])
    assert tree.root == hash_naively(rows.leaves)
    assert {path.value_hash for path in tree.prove([digest(number) for number in range(50)])} == {None}


def test_a_block_without_changes_has_an_undo_row_and_the_same_root():
    tree, rows = make_tree(5)
    root = tree.root
    assert run_block(tree, rows, []) == root == tree.view(0).root
    assert tree.prove([digest(1)], 0)[0].value_hash == digest(-1)


def test_heights_may_be_skipped():
    tree, rows = make_tree(5)
    root = tree.root
    run_block(tree, rows, [(digest(1), None)], 9)
    assert tree.view(4).root == root
    assert tree.prove([digest(1)], 4)[0].value_hash == digest(-1)


def test_what_is_staged_changes_nothing_until_adopted():
    tree, rows = make_tree(40)
    root = tree.root
    staged = tree.stage([(digest(number), None) for number in range(30)], 1)
    assert staged.root != root
    assert (tree.root, tree.height, tree.count) == (root, 0, 40)
    assert tree.prove([digest(3)])[0].compute_root() == root
    tree.discard(staged)
    tree.discard(staged)
    with pytest.raises(InvariantViolation):
        tree.adopt(staged)
    assert run_block(tree, rows, []) == root


def test_only_the_last_staged_is_adopted():
    tree, _ = make_tree(4)
    first = tree.stage([(digest(1), None)], 1)
    second = tree.stage([(digest(2), None)], 1)
    with pytest.raises(InvariantViolation):
        tree.adopt(first)
    tree.discard(first)
    tree.adopt(second)
    assert tree.root == second.root


def test_a_height_must_rise():
    tree, _ = make_tree(1)
    with pytest.raises(InvariantViolation):
        tree.stage([], 0)


def test_heights_not_kept_are_refused():
    tree, rows = make_tree(3)
    for _ in range(3):
        run_block(tree, rows, [])
    del rows.undo[0], rows.undo[1]
    assert tree.view(1).height == 1
    for height in (0, 4, -1):
        with pytest.raises(HeightNotKept) as caught:
            tree.view(height)
        assert (caught.value.height, caught.value.oldest, caught.value.newest) == (height, 1, 3)
    rows.undo.clear()
    with pytest.raises(HeightNotKept):
        tree.view(2)
    assert tree.view(3).height == 3


def test_rows_of_another_height_never_become_a_proof():
    tree, rows = make_tree(50)
    rows.leaves[digest(1)] = digest(2)
    with pytest.raises(InvariantViolation):
        tree.prove([digest(1)])


def test_a_leaf_missing_from_the_rows_is_noticed():
    rows = MemoryRows({bytes(32): digest(1)})
    tree = StateTree.open(rows, 0, 1)
    rows.leaves.clear()
    with pytest.raises(InvariantViolation):
        tree.prove([b"\xff" * 32])


def test_an_earlier_height_is_proved_when_buckets_have_been_split_since():
    tree, rows = make_tree(2)
    states = {0: dict(rows.leaves)}
    for height in range(1, 9):
        run_block(tree, rows, [(digest(1000 * height + number), digest(height)) for number in range(60)])
        states[height] = dict(rows.leaves)
    asked = [digest(0), digest(1007), digest(8059), digest(77777)]
    for height, leaves in states.items():
        view = tree.view(height)
        assert view.root == hash_naively(leaves)
        assert [path.value_hash for path in view.prove(asked)] == [leaves.get(key_hash) for key_hash in asked]
        assert view.read(asked) == [leaves.get(key_hash) for key_hash in asked]


def test_an_earlier_value_is_found_among_keys_of_one_prefix():
    base = digest(5)[:8]
    keys = [base + bytes([number]) * 24 for number in range(4)]
    rows = MemoryRows()
    tree = StateTree.open(rows, -1, 0)
    run_block(tree, rows, [(key, digest(1)) for key in keys[:3]])
    run_block(tree, rows, [(key, digest(2)) for key in keys[:2]])
    assert tree.view(0).read(keys) == [digest(1)] * 3 + [None]
    assert tree.view(-1).read(keys) == [None] * 4
