"""The log against pymerkle and against RFC 9162 written down as it stands, at random and to 100 000 leaves."""

import random
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.merkle.log import LogTree
from ledger.merkle.verify_log import hash_children, hash_leaf, is_consistent, is_included
from tests.support.memory_tiles import MemoryTiles, make_log

LARGEST = 3000
ENTRIES = [b"leaf %d" % number for number in range(LARGEST)]
ORACLE = InmemoryTree.init_from_entries(ENTRIES)
TREE, STORE = make_log(ENTRIES, batch=997)

sizes = st.integers(1, LARGEST)
hashes = st.binary(min_size=32, max_size=32)


@cache
def root_by_definition(start: int, end: int) -> bytes:
    """MTH of RFC 9162 §2.1.1 over entries start…end."""
    if end - start == 1:
        return hash_leaf(ENTRIES[start])
    middle = start + 2 ** ((end - start - 1).bit_length() - 1)
    return hash_children(root_by_definition(start, middle), root_by_definition(middle, end))


def consistency_by_definition(first: int, start: int, end: int, is_known: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 §2.1.4.1; `first` counts from `start`."""
    if first == end - start:
        return [] if is_known else [root_by_definition(start, end)]
    half = 2 ** ((end - start - 1).bit_length() - 1)
    if first <= half:
        return [*consistency_by_definition(first, start, start + half, is_known), root_by_definition(start + half, end)]
    path = consistency_by_definition(first - half, start + half, end, False)
    return [*path, root_by_definition(start, start + half)]


@given(sizes)
def test_root_at_any_size(size):
    assert TREE.compute_root(size) == ORACLE.get_root(size) == root_by_definition(0, size)


@given(st.data(), sizes)
def test_inclusion_of_any_leaf_at_any_size(data, size):
    index = data.draw(st.integers(0, size - 1))
    path = TREE.build_inclusion(index, size)
    assert path == ORACLE.prove_inclusion(index + 1, size).path[1:]
    assert is_included(hash_leaf(ENTRIES[index]), index, size, path, ORACLE.get_root(size))


@given(st.data(), sizes)
def test_consistency_of_any_two_sizes(data, second):
    first = data.draw(st.integers(1, second))
    path = TREE.build_consistency(first, second)
    assert path == consistency_by_definition(first, 0, second, True)
    assert is_consistent(first, second, ORACLE.get_root(first), ORACLE.get_root(second), path)


@given(st.data(), st.integers(2, LARGEST))
def test_a_changed_path_is_refused(data, size):
    first = data.draw(st.integers(1, size - 1))
    inclusion, consistency = TREE.build_inclusion(first, size), TREE.build_consistency(first, size)
    leaf, root, first_root = hash_leaf(ENTRIES[first]), ORACLE.get_root(size), ORACLE.get_root(first)
    assert not is_included(leaf, first, size, data.draw(mutations(inclusion)), root)
    assert not is_consistent(first, size, first_root, root, data.draw(mutations(consistency)))
    other = data.draw(st.integers(0, LARGEST).filter(lambda index: index != first))
    assert not is_included(leaf, other, size, inclusion, root)
    assert not is_consistent(other, size, first_root, root, consistency)


def mutations(path: list[bytes]):
    """Paths that differ from this one in one place."""

    def change(place: int, other: bytes | None) -> list[bytes]:
        return [*path[:place], *([] if other is None else [other]), *path[place + 1 :]]

    def flip(place: int, bit: int) -> list[bytes]:
        number = int.from_bytes(path[place], "big") ^ 1 << bit
        return change(place, number.to_bytes(32, "big"))

    places = st.integers(0, len(path) - 1)
    inserted = st.tuples(st.integers(0, len(path)), hashes).map(lambda at: [*path[: at[0]], at[1], *path[at[0] :]])
    flipped = st.builds(flip, places, st.integers(0, 255))
    resized = st.builds(change, places, st.none() | st.binary(max_size=64).filter(lambda other: len(other) != 32))
    return inserted | flipped | resized


@given(st.binary(max_size=33), st.integers(), st.integers(), st.lists(st.binary(max_size=33) | hashes), hashes)
def test_the_verifier_answers_anything(leaf, index, size, path, root):
    assert is_included(leaf, index, size, path, root) in (True, False)
    assert is_consistent(index, size, leaf, root, path) in (True, False)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 700), max_size=12), st.data())
def test_batches_and_restarts_do_not_show(batches, data):
    store, size = MemoryTiles(), 0
    tree = LogTree.open(0, store)
    for batch in batches:
        entries = ENTRIES[size : size + batch]
        append = tree.append(entries)
        size += len(entries)
        assert append.root == tree.append(entries).root
        assert append.size == size
        if data.draw(st.booleans()):
            continue_from_store = data.draw(st.booleans())
            store.write(append)
            tree.adopt(append)
            if continue_from_store:
                tree = LogTree.open(size, store)
        else:
            size -= len(entries)
    whole, stored_whole = make_log(ENTRIES[:size], batch=LARGEST)
    assert tree.root == whole.root
    assert (store.tiles, store.bundles) == (stored_whole.tiles, stored_whole.bundles)


def test_100000_leaves_agree_with_pymerkle():
    entries = [b"%d" % number for number in range(100_000)]
    oracle = InmemoryTree.init_from_entries(entries)
    tree, _ = make_log(entries)
    assert tree.root == oracle.get_root()
    draw = random.Random(9162)
    borders = [1, 255, 256, 257, 65_535, 65_536, 65_537, 99_999, 100_000]
    for size in borders + [draw.randint(1, 100_000) for _ in range(400)]:
        root = oracle.get_root(size)
        assert tree.compute_root(size) == root
        index = draw.randrange(size)
        path = tree.build_inclusion(index, size)
        assert path == oracle.prove_inclusion(index + 1, size).path[1:]
        assert is_included(hash_leaf(entries[index]), index, size, path, root)
        assert is_consistent(size, 100_000, root, tree.root, tree.build_consistency(size, 100_000))
