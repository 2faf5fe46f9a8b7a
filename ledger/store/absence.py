"""Which keys hold no record: a Bloom filter over the key hashes, so that most absences cost no search of the database.

A rule asks for what it is about to make: a new package, a range that a cut leaves, a claim. Nearly all records that the
kernel does not find in its cache are not there at all, and each such question costs a search, on PostgreSQL a journey
there and back.

1. What was added is always found. What was not is mostly known to be absent; else the database is asked as ever.
2. Nothing is taken out: a deleted key costs a question, no more.
3. A key hash is a SHA-256, so its parts are the filter's hashes.
4. It is made for twice the keys that there are. Beyond that it errs more often, until the next start makes it larger.
"""

from collections.abc import Iterable, Sequence
from struct import Struct

import numpy as np

BITS_A_KEY = 8
"""With four hashes one absence in 400 is not known at the start, one in 40 of a filter that is full."""

LEAST_KEYS = 1 << 20
_PARTS = Struct("<4Q")


class KeyFilter:
    """The key hashes of one state, for a state that begins with `count` records."""

    def __init__(self, count: int) -> None:
        keys = max(LEAST_KEYS, 2 * count)
        bits = 1 << (keys * BITS_A_KEY - 1).bit_length()
        self._mask = bits - 1
        self._bits = bytearray(bits >> 3)

    def is_absent(self, key_hash: bytes) -> bool:
        """Whether this was certainly never added."""
        bits, mask = self._bits, self._mask
        for part in _PARTS.unpack(key_hash):
            place = part & mask
            if not bits[place >> 3] >> (place & 7) & 1:
                return True
        return False

    def add(self, key_hashes: Iterable[bytes]) -> None:
        """Some key hashes."""
        bits, mask = self._bits, self._mask
        for key_hash in key_hashes:
            for part in _PARTS.unpack(key_hash):
                place = part & mask
                bits[place >> 3] |= 1 << (place & 7)

    def add_leaves(self, leaves: Sequence[tuple[bytes, bytes]]) -> None:
        """Many leaves of the state, at a tenth of the cost."""
        joined = b"".join(leaf[0] for leaf in leaves)
        places = np.frombuffer(joined, dtype="<u8") & np.uint64(self._mask)
        bytes_of_places, bits_of_places = places >> np.uint64(3), places & np.uint64(7)
        filled = np.frombuffer(self._bits, dtype=np.uint8)
        for bit in range(8):
            filled[bytes_of_places[bits_of_places == bit]] |= 1 << bit
