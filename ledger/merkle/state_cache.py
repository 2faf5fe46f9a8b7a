"""The leaves of buckets that were changed lately, so that most changes of a block read no row.

1. A bucket's leaves are kept as they were computed: unpacking them at each change costs more than their memory, some
   800 bytes a bucket, all in all.
2. What is kept is what is committed: a block's buckets are put here when the tree adopts it.
3. Bounded; the oldest go first. A bucket that is not here is read, so nothing depends on what is.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from ledger.merkle.state_leaves import Leaf

CAPACITY = 100_000
"""Buckets; some 80 MB."""


class LeafCache:
    """Sorted leaves by bucket number. Nobody changes a list that went in or came out."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[int, Sequence[Leaf]] = OrderedDict()

    def get(self, number: int) -> Sequence[Leaf] | None:
        """The leaves of a bucket; None where they must be read."""
        return self._kept.get(number)

    def adopt(self, split: Sequence[int], buckets: Mapping[int, Sequence[Leaf]]) -> None:
        """Take over what a block changed; the buckets in `split` are no more."""
        for number in split:
            self._kept.pop(number, None)
        for number, leaves in buckets.items():
            self._kept[number] = leaves
            self._kept.move_to_end(number)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
