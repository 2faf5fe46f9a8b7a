"""The log in tiles: shapes of the specification, appends that are dropped, restarts, and what is refused."""

import pytest

from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle import log
from ledger.merkle.log import TILE_BYTES, LogTree, split_bundle
from ledger.merkle.verify_log import EMPTY_ROOT, hash_children, hash_leaf, is_consistent, is_included
from tests.support.memory_tiles import MemoryTiles, make_log

ENTRIES = [b"entry %d" % number for number in range(70_000)]


def test_empty_log_has_the_empty_root():
    tree, store = make_log([])
    assert (tree.size, tree.root, tree.compute_root(0)) == (0, EMPTY_ROOT, EMPTY_ROOT)
    assert tree.build_consistency(0, 0) == []
    assert (store.tiles, store.bundles) == ({}, {})


def test_an_append_of_nothing_changes_nothing():
    tree, _ = make_log(ENTRIES[:3])
    append = tree.append([])
    assert (append.size, append.root, append.tiles, append.bundles) == (3, tree.root, {}, {})
    tree.adopt(append)
    assert tree.size == 3


def test_tree_of_three_by_hand():
    tree, store = make_log(ENTRIES[:3], batch=1)
    first, second, third = (hash_leaf(entry) for entry in ENTRIES[:3])
    assert tree.root == hash_children(hash_children(first, second), third)
    assert store.tiles == {(0, 0): first + second + third}
    assert store.bundles == {0: b"\x00\x07entry 0\x00\x07entry 1\x00\x07entry 2"}
    assert tree.build_inclusion(0, 3) == [second, third]
    assert tree.build_consistency(2, 3) == [third]


def test_tiles_of_70000_entries_are_those_of_the_specification():
    _, store = make_log(ENTRIES)
    widths = {tile_id: len(tile) // 32 for tile_id, tile in store.tiles.items()}
    level_0 = {(0, index): 256 for index in range(273)} | {(0, 273): 112}
    assert widths == level_0 | {(1, 0): 256, (1, 1): 17, (2, 0): 1}
    assert [len(split_bundle(store.bundles[index])) for index in range(274)] == [256] * 273 + [112]


def test_tree_of_256_has_a_full_tile_and_one_hash_above_it():
    tree, store = make_log(ENTRIES[:256])
    assert {tile_id: len(tile) for tile_id, tile in store.tiles.items()} == {(0, 0): TILE_BYTES, (1, 0): 32}
    assert store.tiles[1, 0] == tree.root


def test_batches_do_not_show_in_what_is_stored():
    whole, stored_whole = make_log(ENTRIES[:1500], batch=1500)
    parts, stored_parts = make_log(ENTRIES[:1500], batch=7)
    assert whole.root == parts.root
    assert (stored_whole.tiles, stored_whole.bundles) == (stored_parts.tiles, stored_parts.bundles)


def test_an_append_that_is_dropped_leaves_no_trace():
    tree, store = make_log(ENTRIES[:300])
    root = tree.root
    dropped = tree.append([b"never committed"] * 600)
    assert (tree.size, tree.root) == (300, root)
    append = tree.append(ENTRIES[300:900])
    assert append.indexes == range(300, 900)
    store.write(append)
    tree.adopt(append)
    assert (tree.size, tree.root) == (900, make_log(ENTRIES[:900])[0].root)
    with pytest.raises(InvariantViolation):
        tree.adopt(dropped)
    with pytest.raises(InvariantViolation):
        tree.adopt(append)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 70_000])
def test_a_restart_continues_to_the_same_root(size):
    tree, store = make_log(ENTRIES[:size])
    again = LogTree.open(size, store)
    assert (again.size, again.root) == (size, tree.root)
    ours, theirs = tree.append(ENTRIES[:300]), again.append(ENTRIES[:300])
    assert (ours.root, ours.tiles, ours.bundles) == (theirs.root, theirs.tiles, theirs.bundles)


def test_an_earlier_size_can_be_opened_from_later_tiles():
    _, store = make_log(ENTRIES[:1000])
    early = LogTree.open(700, store)
    append = early.append(ENTRIES[700:1000])
    assert append.root == make_log(ENTRIES[:1000])[0].root
    assert append.bundles == {index: store.bundles[index] for index in (2, 3)}


def test_entries_come_back():
    tree, _ = make_log(ENTRIES[:600])
    assert [tree.get_entry(index) for index in (0, 255, 256, 599)] == [ENTRIES[index] for index in (0, 255, 256, 599)]


def test_an_entry_of_the_greatest_length_and_an_empty_one():
    tree, _ = make_log([b"x" * 65_535, b""])
    assert (tree.get_entry(0), tree.get_entry(1)) == (b"x" * 65_535, b"")
    with pytest.raises(InvariantViolation):
        tree.append([b"", b"x" * 65_536])


def test_a_proof_reads_few_tiles_in_one_call():
    tree, store = make_log(ENTRIES)
    for index in (0, 65_535, 65_536, 69_999):
        store.calls = store.tiles_read = 0
        path = tree.build_inclusion(index, 70_000)
        assert is_included(hash_leaf(ENTRIES[index]), index, 70_000, path, tree.root)
        assert store.calls == 1
        assert store.tiles_read <= 5


def test_consistency_at_the_borders_of_tiles():
    tree, _ = make_log(ENTRIES)
    for first in (1, 255, 256, 257, 65_536, 65_537, 69_999, 70_000):
        path = tree.build_consistency(first, 70_000)
        assert is_consistent(first, 70_000, tree.compute_root(first), tree.root, path)


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda tree: tree.compute_root(4), "size"),
        (lambda tree: tree.compute_root(-1), "size"),
        (lambda tree: tree.build_inclusion(0, 4), "size"),
        (lambda tree: tree.build_inclusion(3, 3), "index"),
        (lambda tree: tree.build_inclusion(-1, 3), "index"),
        (lambda tree: tree.build_inclusion(0, 0), "index"),
        (lambda tree: tree.build_inclusion(0, -1), "index"),
        (lambda tree: tree.build_consistency(1, 4), "second"),
        (lambda tree: tree.build_consistency(3, 2), "first"),
        (lambda tree: tree.build_consistency(0, 2), "first"),
        (lambda tree: tree.build_consistency(-1, -1), "first"),
        (lambda tree: tree.get_entry(3), "index"),
        (lambda tree: tree.get_entry(-1), "index"),
        (lambda tree: LogTree.open(-1, MemoryTiles()), "size"),
    ],
)
def test_refuses_what_the_log_does_not_have(ask, field):
    tree, _ = make_log(ENTRIES[:3])
    with pytest.raises(MalformedInput) as refusal:
        ask(tree)
    assert refusal.value.field == field


def test_a_store_that_lost_something_is_our_bug():
    tree, store = make_log(ENTRIES[:300])
    complete = store.tiles[0, 1]
    store.tiles[0, 1] = complete[:-1]
    with pytest.raises(InvariantViolation):
        LogTree.open(300, store)
    with pytest.raises(InvariantViolation):
        tree.build_inclusion(0, 300)
    del store.tiles[0, 1]
    with pytest.raises(InvariantViolation):
        tree.compute_root(300)
    store.tiles[0, 1] = complete
    del store.bundles[1]
    with pytest.raises(InvariantViolation):
        LogTree.open(300, store)
    with pytest.raises(InvariantViolation):
        tree.get_entry(299)


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00", b"\x00\x00" * 257])
def test_refuses_a_bundle_that_is_cut_short_or_overfull(bundle):
    with pytest.raises(MalformedInput):
        split_bundle(bundle)


def test_reads_work_without_a_tree_in_memory():
    tree, store = make_log(ENTRIES[:300])
    assert log.compute_root(store, 300) == tree.root
    assert log.build_inclusion(store, 7, 300) == tree.build_inclusion(7, 300)
    assert log.build_consistency(store, 7, 300) == tree.build_consistency(7, 300)
    assert log.get_entry(store, 7, 300) == ENTRIES[7]
