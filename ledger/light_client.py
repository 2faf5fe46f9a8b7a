"""From the validators that an auditor trusts to those of a later header: the engine's light client, without a network.

1. It begins with the validators of genesis, or with those that a trusted header announces for the height after it.
2. The next header is higher and later. Only a header that is the trust file's own needs no step.
3. At the very next height its validators are the announced ones. Further on, more than a third of the power of the
   trusted validators voted for it: with less than a third of them lying, one who does not lie was among them.
4. A light block that was reached is the beginning of the next step.

Whether a light block is decided by its own validators, `finality.find_fault` says; a step does not ask again. Not here:
the trusting period and the reader's clock (`trust.py`).
"""

from dataclasses import dataclass

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import (
    NANOS_PER_MS,
    LightBlock,
    Validator,
    check_validators,
    compute_chain_id,
    compute_header_hash,
    compute_time_ns,
    compute_validators_hash,
    read_header,
    sort_validators,
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a step begins with."""

    height: int
    """Of the trusted header; 0 = genesis."""
    time_ns: int
    """Of the trusted header, or of genesis."""
    header_hash: bytes
    """Of a trust file's header, by which it is known where it is met; otherwise empty."""
    next_validators_hash: bytes
    """Of those who decide at the next height."""
    validators: tuple[Validator, ...]
    """Who are trusted, for any height after."""


def open_basis(file: pb.TrustFile) -> Basis:
    """Read whom a trust file names; MalformedInput where its validators, header and times do not go together."""
    validators = tuple(Validator(one.public_key, one.power) for one in file.validators)
    check_validators(validators, "validators")
    if sort_validators(validators) != validators:
        raise MalformedInput("must stand by power, then by address", "validators")
    if file.trusting_period_ms <= 0:
        raise MalformedInput("must be positive where validators are named", "trusting_period_ms")
    announced = compute_validators_hash(validators)
    if not file.trusted_header:
        if file.genesis_time_ms <= 0:
            raise MalformedInput("must be named beside the validators of genesis", "genesis_time_ms")
        return Basis(0, file.genesis_time_ms * NANOS_PER_MS, b"", announced, validators)
    header = read_header(file.trusted_header)
    if file.genesis_time_ms or header.chain_id != compute_chain_id(file.network):
        raise MalformedInput("a trusted header is of the network, and has its own time", "trusted_header")
    if header.next_validators_hash != announced:
        raise MalformedInput("announces other validators", "trusted_header")
    return Basis(header.height, compute_time_ns(header), compute_header_hash(header), announced, validators)


def advance(block: LightBlock) -> Basis:  # 4
    """The basis that a light block is, once it is trusted."""
    header = block.header
    # Only the trust file's header may be met again: no light block stands twice in a proof.
    return Basis(header.height, block.time_ns, b"", header.next_validators_hash, block.validators)


def find_step_fault(basis: Basis, block: LightBlock) -> str | None:
    """Why a light block without fault is not to be trusted from this basis, by 2 and 3, or None where it is."""
    header = block.header
    if header.height == basis.height and compute_header_hash(header) == basis.header_hash:
        return None
    # 2; the first header has the time of genesis
    is_later = block.time_ns > basis.time_ns or (not basis.height and block.time_ns == basis.time_ns)
    if header.height <= basis.height or not is_later:
        return f"height {header.height} does not come after the trusted height {basis.height}"
    # 3
    if header.height == basis.height + 1:
        if header.validators_hash != basis.next_validators_hash:
            return f"others decided height {header.height} than height {basis.height} had announced"
        return None
    voted = frozenset(one.public_key for one in block.list_voters())
    total = sum(one.power for one in basis.validators)
    power = sum(one.power for one in basis.validators if one.public_key in voted)
    if not 3 * power > total:
        return f"{power} of {total} of the trusted power voted for height {header.height}, not more than a third"
    return None
