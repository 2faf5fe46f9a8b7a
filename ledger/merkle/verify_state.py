"""Check a path of the state tree: that a key has this value under this root, or that it has none.

The tree is a sparse binary tree over 256-bit key hashes, read from the most significant bit.

- key hash = SHA-256(key); value hash = SHA-256(record); an empty subtree = 32 zero bytes;
- leaf = SHA-256(0x02 || key hash || value hash); inner = SHA-256(0x03 || left || right);
- a subtree with one leaf *is* that leaf, whatever its height; one with two or more is always an inner node.

A path goes from the root to the *end*: the highest subtree on the key's way that holds no leaf or one leaf. It has

- `depth`, how many bits lead to the end, 0 (the root itself) to 256;
- `bitmap`, one bit for each of the `depth` levels below the root, first level in the most significant bit of the first
  byte: 1 where the subtree beside the way is not empty;
- `siblings`, the hashes of those subtrees, the one nearest the root first;
- `other_leaf`, for absence only: (key hash, value hash) of the leaf at the end, when that leaf is another key's.

`compute_root` is this algorithm; each fact has exactly one path that passes it under an honest root:

1. The key hash, and what else is a hash, has 32 bytes; `depth` is within 0..256.
2. The bitmap has exactly ceil(depth / 8) bytes, and the bits behind the last level are zero.
3. There are as many siblings as bits set, each of 32 bytes, and none of them is the hash of an empty subtree.
4. At a depth above 0 the last level's sibling is not empty. Were it empty, the subtree above the end would hold the
   same leaf or none, so the end would lie higher: a leaf is never carried down, nor an empty place.
5. What lies at the end is the key's own leaf (presence: `value_hash` is given and `other_leaf` is not), another key's
   leaf (absence: its key hash differs, and agrees in the first `depth` bits, so at depth 256 there is none), or
   nothing.
6. Fold from the end to the root with *inner*. An empty end beside a subtree of one leaf cannot pass, although 4 lets
   it through: the tree has that leaf itself there, not an inner node, and the two hashes differ by their first byte.

The functions answer for any input of the right types and never raise. Not here: how a key follows from a question, and
why the root is to be trusted.
"""

import hashlib

EMPTY = bytes(32)
LEAF_PREFIX = b"\x02"
INNER_PREFIX = b"\x03"
MAX_DEPTH = 256


def hash_key(key: bytes) -> bytes:
    """The place of a key in the tree: SHA-256 of its bytes."""
    return hashlib.sha256(key).digest()


def hash_record(record: bytes) -> bytes:
    """What the tree holds of a record: SHA-256 of its bytes."""
    return hashlib.sha256(record).digest()


def hash_leaf(key_hash: bytes, value_hash: bytes) -> bytes:
    """A subtree with one leaf."""
    return hashlib.sha256(LEAF_PREFIX + key_hash + value_hash).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """A subtree with two or more leaves; one of the children may be empty."""
    return hashlib.sha256(INNER_PREFIX + left + right).digest()


def is_present(
    root: bytes,
    key_hash: bytes,
    value_hash: bytes,
    depth: int,
    bitmap: bytes,
    siblings: list[bytes] | tuple[bytes, ...],
) -> bool:
    """Whether the path shows that the key has this value under `root`."""
    return compute_root(key_hash, value_hash, depth, bitmap, siblings, None) == root


def is_absent(
    root: bytes,
    key_hash: bytes,
    depth: int,
    bitmap: bytes,
    siblings: list[bytes] | tuple[bytes, ...],
    other_leaf: tuple[bytes, bytes] | None,
) -> bool:
    """Whether the path shows that the key has no value under `root`."""
    return compute_root(key_hash, None, depth, bitmap, siblings, other_leaf) == root


def compute_root(
    key_hash: bytes,
    value_hash: bytes | None,
    depth: int,
    bitmap: bytes,
    siblings: list[bytes] | tuple[bytes, ...],
    other_leaf: tuple[bytes, bytes] | None,
) -> bytes | None:
    """The root that the path leads to, None if the path is not in its one valid form. `value_hash` None: absence."""
    if len(key_hash) != 32 or not _is_well_formed(depth, bitmap, siblings):  # 1 to 4
        return None
    node = _compute_end(key_hash, value_hash, depth, other_leaf)  # 5
    if node is None:
        return None
    way = int.from_bytes(key_hash, "big")
    left_over = len(siblings)
    for level in range(depth - 1, -1, -1):  # 6
        sibling = EMPTY
        if bitmap[level >> 3] >> (7 - (level & 7)) & 1:
            left_over -= 1
            sibling = siblings[left_over]
        node = hash_children(sibling, node) if way >> (255 - level) & 1 else hash_children(node, sibling)
    return node


def _is_well_formed(depth: int, bitmap: bytes, siblings: list[bytes] | tuple[bytes, ...]) -> bool:
    """Rules 1 to 4, all but the key's own length."""
    if not 0 <= depth <= MAX_DEPTH or len(bitmap) != (depth + 7) >> 3:
        return False
    levels = int.from_bytes(bitmap, "big")
    padding = -depth & 7
    if levels & ((1 << padding) - 1) or levels.bit_count() != len(siblings):
        return False
    if depth and not levels >> padding & 1:
        return False
    return all(len(sibling) == 32 and sibling != EMPTY for sibling in siblings)


def _compute_end(
    key_hash: bytes, value_hash: bytes | None, depth: int, other_leaf: tuple[bytes, bytes] | None
) -> bytes | None:
    """Rule 5: the hash of what lies at the end, None if that cannot be."""
    if other_leaf is None:
        if value_hash is None:
            return EMPTY
        return hash_leaf(key_hash, value_hash) if len(value_hash) == 32 else None
    if value_hash is not None or len(other_leaf) != 2:
        return None
    other_key, other_value = other_leaf
    if len(other_key) != 32 or len(other_value) != 32 or other_key == key_hash:
        return None
    difference = int.from_bytes(key_hash, "big") ^ int.from_bytes(other_key, "big")
    return hash_leaf(other_key, other_value) if difference >> (MAX_DEPTH - depth) == 0 else None
