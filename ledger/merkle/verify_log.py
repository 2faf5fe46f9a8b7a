"""Checks paths in the append-only log: RFC 9162 over SHA-256, from bytes alone. Imports hashlib and nothing else.

Inclusion, §2.1.3.2. `index` is the leaf's place, `size` the number of leaves; a level up halves both numbers.

1. An index outside the tree is refused; so is a leaf hash that is not 32 bytes.
2. Begin at the leaf: node = index, last = size - 1 (the last node of the level).
3. For each hash of the path: no level may be left over, and the hash has 32 bytes.
4. The node is a right child, or the last of its level: the hash stands on its left. A last node that is a left child
   has no sibling, so levels are skipped until it is a right child.
5. Otherwise the hash stands on its right.
6. It holds if the top is reached, and the root with it.

Consistency, §2.1.4.2, of the tree of `first` leaves with that of `second`.

1. Equal sizes: the path is empty and the roots are equal; the root of no leaves is EMPTY_ROOT. From an empty tree to a
   larger one nothing is said, so nothing is accepted; nor is a tree that shrank.
2. If `first` is a power of two its root is itself the beginning of the path, which must not be empty.
3. Begin at the largest complete subtree at the right edge of the first tree.
4. For each further hash: no level may be left over, and the hash has 32 bytes.
5. On the left it belongs to both trees (levels without sibling are skipped); on the right to the second only.
6. It holds if the top is reached, and both roots with it.

Every function is total: any bytes and any integers give an answer. Not here: building paths (`log.py`).
"""

from hashlib import sha256

HASH_BYTES = 32
"""Length of a SHA-256 hash, in bytes."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 §2.1.1)."""


def hash_leaf(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 ‖ entry), RFC 9162 §2.1.1."""
    return sha256(b"\x00" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1. Both are 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def is_included(leaf_hash: bytes, index: int, size: int, path: list[bytes] | tuple[bytes, ...], root: bytes) -> bool:
    """Whether `path` proves that the leaf stands at `index` in the tree of `size` leaves with this root."""
    # 1
    if not 0 <= index < size or len(leaf_hash) != HASH_BYTES:
        return False
    # 2
    node, last, computed = index, size - 1, leaf_hash
    for sibling in path:
        # 3
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        # 4
        if node & 1 or node == last:
            computed = hash_children(sibling, computed)
            node, last = _skip_levels_without_sibling(node, last)
        # 5
        else:
            computed = hash_children(computed, sibling)
        node, last = node >> 1, last >> 1
    # 6
    return last == 0 and computed == root


def is_consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, path: list[bytes] | tuple[bytes, ...]
) -> bool:
    """Whether `path` proves that the tree of `second` leaves begins with the tree of `first` leaves."""
    # 1
    if first == second:
        return not path and first_root == second_root and (first > 0 or (first == 0 and first_root == EMPTY_ROOT))
    if not 0 < first < second or not path:
        return False
    # 2
    begin, *rest = path if first & (first - 1) else (first_root, *path)
    if len(begin) != HASH_BYTES:
        return False
    # 3
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first_computed = second_computed = begin
    for sibling in rest:
        # 4
        if last == 0 or len(sibling) != HASH_BYTES:
            return False
        # 5
        if node & 1 or node == last:
            first_computed = hash_children(sibling, first_computed)
            second_computed = hash_children(sibling, second_computed)
            node, last = _skip_levels_without_sibling(node, last)
        else:
            second_computed = hash_children(second_computed, sibling)
        node, last = node >> 1, last >> 1
    # 6
    return last == 0 and first_computed == first_root and second_computed == second_root


def _skip_levels_without_sibling(node: int, last: int) -> tuple[int, int]:
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last
