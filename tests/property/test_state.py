"""The state tree against its definition: any history, prefixes and split state; each kept height is proved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import verify_state
from ledger.merkle.state import StateTree
from ledger.merkle.verify_state import EMPTY
from tests.unit.ledger.merkle.state_support import MemoryRows, digest, hash_naively, run_block

BASE = int.from_bytes(digest(0), "big")


@st.composite
def key_hashes(draw):
    """Spread keys, and keys ground to share a prefix up to 255 bits long."""
    if draw(st.booleans()):
        return digest(draw(st.integers(0, 200)))
    shared = draw(st.sampled_from([1, 7, 60, 63, 64, 65, 128, 250, 255]))
    rest = 256 - shared
    tail = draw(st.integers(0, min(40, (1 << rest) - 1))) << max(rest - 6, 0) & ((1 << rest) - 1)
    return (BASE >> rest << rest | tail).to_bytes(32, "big")


values = st.one_of(st.none(), st.integers(0, 5).map(digest))
blocks = st.lists(st.dictionaries(key_hashes(), values, max_size=40), min_size=1, max_size=8)


def check_path(path, root, leaves):
    assert path.compute_root() == root
    assert path.value_hash == leaves.get(path.key_hash)
    if path.value_hash is None:
        assert verify_state.is_absent(root, path.key_hash, path.depth, path.bitmap, path.siblings, path.other_leaf)
    else:
        assert verify_state.is_present(root, path.key_hash, path.value_hash, path.depth, path.bitmap, path.siblings)


@settings(max_examples=60, deadline=None)
@given(blocks=blocks, floor_depth=st.sampled_from([0, 1, 4]), absent=st.lists(key_hashes(), max_size=5))
def test_each_height_has_the_naive_root_and_its_proofs(blocks, floor_depth, absent):
    rows = MemoryRows()
    tree = StateTree.open(rows, -1, floor_depth)
    states: list[dict[bytes, bytes]] = [{}]
    for block in blocks:
        assert run_block(tree, rows, list(block.items())) == hash_naively(rows.leaves)
        assert tree.root == hash_naively(rows.leaves)
        assert tree.count == len(rows.leaves)
        states.append(dict(rows.leaves))
    asked = sorted({key_hash for state in states for key_hash in state} | set(absent))
    for height, leaves in enumerate(states, -1):
        view = tree.view(height)
        assert view.root == hash_naively(leaves)
        for path in view.prove(asked):
            check_path(path, view.root, leaves)
        assert view.read(asked) == [leaves.get(key_hash) for key_hash in asked]


@settings(max_examples=40, deadline=None)
@given(leaves=st.dictionaries(key_hashes(), st.integers(0, 5).map(digest), max_size=60), data=st.data())
def test_the_root_forgets_order_batches_and_restarts(leaves, data):
    order = data.draw(st.permutations(sorted(leaves.items())))
    size = data.draw(st.integers(1, 20))
    rows = MemoryRows(piece=data.draw(st.integers(1, 9)))
    tree = StateTree.open(rows, -1, 0)
    run_block(tree, rows, [(digest(1000 + number), digest(1)) for number in range(30)])
    for start in range(0, len(order), size):
        run_block(tree, rows, order[start : start + size])
    run_block(tree, rows, [(digest(1000 + number), None) for number in range(30)])
    for number in range(3):  # blocks without effect let the buckets split further
        run_block(tree, rows, [(digest(5000 + number), None)])
    assert tree.root == hash_naively(leaves)
    assert StateTree.open(rows, tree.height, 0).root == tree.root
    assert StateTree.open(rows, tree.height).root == tree.root


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_verifier_is_total(data):
    hashes = st.one_of(st.binary(max_size=33), st.just(EMPTY), st.binary(min_size=32, max_size=32))
    other = data.draw(st.one_of(st.none(), st.tuples(hashes, hashes)))
    depth = data.draw(st.integers(-5, 300))
    bitmap = data.draw(st.one_of(st.binary(max_size=40), st.just(bytes((max(depth, 0) + 7) // 8))))
    siblings = data.draw(st.lists(hashes, max_size=5))
    key_hash = data.draw(hashes)
    assert not verify_state.is_present(digest(1), key_hash, data.draw(hashes), depth, bitmap, siblings)
    assert not verify_state.is_absent(digest(1), key_hash, depth, bitmap, siblings, other)
