"""The leaves of buckets that were changed lately, so that most changes of a block read no row.

1. A bucket's leaves lie packed, key hash and value hash behind one another: some 300 bytes a bucket, all in all.
2. What is kept is what is committed: a block's buckets are put here when the tree adopts it.
3. Bounded; the oldest go first. A bucket that is not here is read, so nothing depends on what is.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from ledger.merkle.state_leaves import Leaf

CAPACITY = 200_000
"""Buckets; some 60 MB."""


class LeafCache:
    """Packed leaves by bucket number."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._packed: OrderedDict[int, bytes] = OrderedDict()

    def get(self, number: int) -> list[Leaf] | None:
        """The leaves of a bucket, sorted; None where they must be read."""
        packed = self._packed.get(number)
        if packed is None:
            return None
        return [(packed[at : at + 32], packed[at + 32 : at + 64]) for at in range(0, len(packed), 64)]

    def adopt(self, split: Sequence[int], buckets: Mapping[int, bytes]) -> None:
        """Take over what a block changed; the buckets in `split` are no more."""
        for number in split:
            self._packed.pop(number, None)
        for number, packed in buckets.items():
            self._packed[number] = packed
            self._packed.move_to_end(number)
        while len(self._packed) > self._capacity:
            self._packed.popitem(last=False)


def pack_leaves(leaves: Sequence[Leaf]) -> bytes:
    """As `LeafCache` keeps them."""
    return b"".join([part for leaf in leaves for part in leaf])
