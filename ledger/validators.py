"""The validators of an engine, as far as the kernel knows them: public keys and their powers.

1. A block's updates are the keys whose power is another after it than before it; 0 = the validator is gone.
2. The validator-set hash of a block entry is SHA-256 over a tag and, for each validator after the block, in the order
   of the keys, its key (32 bytes) and its power (8 bytes, big endian). It binds the set to the log, so that one proof
   shows who was to decide what follows. An engine's own hash of its validators is another one.

Not here: what the record holds beside, and who changes it (identity/validators.py).
"""

import hashlib
from collections.abc import Callable, Sequence

Powers = Sequence[tuple[bytes, int]]
"""Public keys with their powers, sorted by key, none twice."""
ReadValidators = Callable[[bytes], Powers]
"""The validators that the body of the record names."""

VALIDATOR_SET_TAG = b"hefu/v1/validators\x00"
POWER_BYTES = 8


def read_no_validators(body: bytes) -> Powers:
    """Of a network that a single node serves."""
    return ()


def compute_updates(before: Powers, after: Powers) -> Powers:
    """The keys whose power has changed, with what it is now."""
    old, new = dict(before), dict(after)
    return [(key, new.get(key, 0)) for key in sorted({*old, *new}) if old.get(key, 0) != new.get(key, 0)]


def compute_validator_set_hash(validators: Powers) -> bytes:
    """What a block entry says of the validators (32 bytes); empty where there are none."""
    if not validators:
        return b""
    parts = (key + power.to_bytes(POWER_BYTES, "big") for key, power in validators)
    return hashlib.sha256(VALIDATOR_SET_TAG + b"".join(parts)).digest()
