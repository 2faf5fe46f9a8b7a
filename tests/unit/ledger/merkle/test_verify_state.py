"""The state verifier: the fixed hashing, and that a path with anything changed, cut or added is refused."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from ledger.merkle import verify_state
from ledger.merkle.state import StatePath, StateTree
from ledger.merkle.verify_state import EMPTY, compute_root, hash_children, hash_key, hash_leaf, hash_record
from tests.unit.ledger.merkle.state_support import MemoryRows, digest, hash_naively, run_block


def holds(path: StatePath, root: bytes) -> bool:
    if path.value_hash is not None and path.other_leaf is None:
        return verify_state.is_present(root, path.key_hash, path.value_hash, path.depth, path.bitmap, path.siblings)
    if path.value_hash is None:
        return verify_state.is_absent(root, path.key_hash, path.depth, path.bitmap, path.siblings, path.other_leaf)
    return path.compute_root() == root


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def mutate(path: StatePath):
    """Paths that differ from this one in one field. One of absence may be as good for another absent key."""
    for bit in (0, 7, 100, 255) if path.value_hash is not None else ():
        yield replace(path, key_hash=flip(path.key_hash, bit))
    yield replace(path, key_hash=path.key_hash[:-1])
    yield replace(path, value_hash=digest(99) if path.value_hash is None else None)
    if path.value_hash is not None:
        yield replace(path, value_hash=flip(path.value_hash, 3))
        yield replace(path, value_hash=path.value_hash + b"\0")
    for depth in (path.depth - 1, path.depth + 1, path.depth + 8, 257):
        yield replace(path, depth=depth)
        size = (max(depth, 0) + 7) // 8
        yield replace(path, depth=depth, bitmap=path.bitmap[:size].ljust(size, b"\0"))
    for bit in range(8 * len(path.bitmap)):
        yield replace(path, bitmap=flip(path.bitmap, bit))
    yield replace(path, bitmap=path.bitmap + b"\0")
    yield replace(path, siblings=(*path.siblings, digest(3)))
    yield replace(path, other_leaf=(digest(4), digest(5)) if path.other_leaf is None else None)
    for at, sibling in enumerate(path.siblings):
        for wrong in (flip(sibling, 9), sibling[1:], EMPTY):
            yield replace(path, siblings=(*path.siblings[:at], wrong, *path.siblings[at + 1 :]))
        yield replace(path, siblings=path.siblings[:at] + path.siblings[at + 1 :])
    if path.other_leaf is not None:
        key_hash, value_hash = path.other_leaf
        yield replace(path, other_leaf=(flip(key_hash, 0), value_hash))
        yield replace(path, other_leaf=(flip(key_hash, 255), value_hash))
        yield replace(path, other_leaf=(key_hash, flip(value_hash, 0)))
        yield replace(path, other_leaf=(key_hash[1:], value_hash))
        yield replace(path, other_leaf=(key_hash, value_hash[1:]))
        yield replace(path, other_leaf=(path.key_hash, value_hash))


def test_hashes_are_the_fixed_ones():
    a, b = digest(1), digest(2)
    assert hash_key(b"key") == hash_record(b"key") == hashlib.sha256(b"key").digest()
    assert hash_leaf(a, b) == hashlib.sha256(b"\x02" + a + b).digest()
    assert hash_children(a, b) == hashlib.sha256(b"\x03" + a + b).digest()
    assert bytes(32) == EMPTY


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_every_mutation_of_a_path_is_refused(count):
    rows = MemoryRows()
    tree = StateTree.open(rows, -1, 2)
    run_block(tree, rows, [(digest(number), digest(-number)) for number in range(count)])
    twin = flip(digest(0), 0)  # shares 255 bits with a key that is there
    paths = tree.prove([digest(number) for number in range(0, 60, 7)] + [twin])
    checked = 0
    for path in paths:
        assert holds(path, tree.root)
        assert not holds(path, digest(1))
        for wrong in mutate(path):
            assert wrong != path
            assert not holds(wrong, tree.root), wrong
            checked += 1
    assert checked >= 13 * len(paths)


def test_the_deepest_path_is_256_levels():
    first = digest(0)
    second = flip(first, 0)
    leaves = {first: digest(1), second: digest(2)}
    rows = MemoryRows(leaves)
    tree = StateTree.open(rows, 0)
    assert tree.root == hash_naively(leaves)
    path = tree.prove([first])[0]
    assert (path.depth, len(path.bitmap), len(path.siblings)) == (256, 32, 1)
    assert holds(path, tree.root)
    # At depth 256 another key's leaf cannot share the place.
    assert compute_root(first, None, 256, path.bitmap, path.siblings, (second, digest(2))) is None


def test_another_leaf_is_a_pair():
    triple: Any = (digest(1), digest(2), digest(3))
    assert compute_root(digest(0), None, 0, b"", (), triple) is None


def test_an_empty_place_beside_a_single_leaf_proves_nothing():
    key_hash, other = b"\x00" * 32, b"\xff" * 32
    leaf = hash_leaf(other, digest(1))
    assert compute_root(key_hash, None, 0, b"", (), (other, digest(1))) == leaf
    assert compute_root(key_hash, None, 1, b"\x80", (leaf,), None) == hash_children(EMPTY, leaf) != leaf


def test_a_leaf_carried_below_its_place_is_refused():
    key_hash = digest(0)
    assert compute_root(key_hash, digest(1), 0, b"", (), None) == hash_leaf(key_hash, digest(1))
    assert compute_root(key_hash, digest(1), 1, b"\x00", (), None) is None
