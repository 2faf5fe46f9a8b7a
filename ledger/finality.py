"""What the consensus engine's validators decided: headers, validator sets and commits of CometBFT v0.38.

1. Header, commit and validators are in the engine's one encoding: what was read is written again and gives the same
   bytes, and what the engine always writes is there. Proposer priorities, which no hash holds, are left out.
2. A header's hash is the RFC 6962 root of its 14 fields. Scalars stand in the wrappers of protobuf; an empty value is
   an empty leaf, it is not skipped.
3. A validator set has 1 to 1000 members, each with an Ed25519 key, its address (the first 20 bytes of the key's
   SHA-256) and a positive power, none twice, together at most 2^63/8. Its hash is the RFC 6962 root over key and power
   of each, in its order.
4. A commit is for its header: height and hash, one place for each validator, in their order.
5. A place is empty, or holds a vote, for the block or for none. What a vote signs is a length-prefixed CanonicalVote
   with the vote's own timestamp and the chain's id.
6. Every vote verifies, also those for no block, as where the engine takes a commit into the next block (VerifyCommit).
   Its light client stops counting at two thirds; then a commit would have bytes that nobody checked.
7. ZIP-215 decides, as in the engine: libsodium refuses votes that the engine counts, so one dishonest validator could
   make a block that is final for the network and not for its auditors.
8. Strictly more than two thirds of the power voted for the block. Powers are integers.

Everything here is a function of its bytes. Not here: whether these validators are to be trusted (`light_client.py`),
and what the app hash stands for (`notes.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ed25519_zebra import ed_verify
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.wrappers_pb2 import BytesValue, Int64Value, StringValue

from hefu.v1 import consensus_pb2, ledger_pb2
from ledger.errors import MalformedInput
from ledger.merkle.verify_log import EMPTY_ROOT, hash_children, hash_leaf

BLOCK_PROTOCOL = 11
"""The version of the engine's rules for blocks that is spoken here; v0.38 writes no other."""
MAX_VALIDATORS = 1000
MAX_TOTAL_POWER = ((1 << 63) - 1) // 8
"""The engine's own bound, so that its sums never overflow."""
ADDRESS_BYTES = 20
HASH_BYTES = KEY_BYTES = 32
CHAIN_ID_PREFIX, CHAIN_ID_DIGITS = "hefu-", 40
NANOS_PER_S, NANOS_PER_MS = 1_000_000_000, 1_000_000
# The year 1 of Go's zero time: what the engine writes as the time of an empty place.
ABSENT_SECONDS = -62_135_596_800


@dataclass(frozen=True, slots=True)
class Validator:
    """A member of a validator set: its Ed25519 key, and its weight in votes."""

    public_key: bytes
    power: int


@dataclass(frozen=True, slots=True)
class LightBlock:
    """A header, the votes for it and who could vote, read but not judged."""

    header: consensus_pb2.Header
    commit: consensus_pb2.Commit
    validators: tuple[Validator, ...]

    @property
    def time_ns(self) -> int:
        """Of the header, since 1970."""
        return compute_time_ns(self.header)

    def list_voters(self) -> tuple[Validator, ...]:
        """Who voted for the block; their votes are good where `find_fault` finds none."""
        places = zip(self.validators, self.commit.signatures, strict=True)
        return tuple(one for one, place in places if place.block_id_flag == consensus_pb2.BLOCK_ID_FLAG_COMMIT)


def compute_chain_id(network: ledger_pb2.NetworkId) -> str:
    """The engine's name of a network: derived from the genesis hash, so a vote means nothing anywhere else."""
    return CHAIN_ID_PREFIX + network.genesis_hash.hex()[:CHAIN_ID_DIGITS]


def compute_address(public_key: bytes) -> bytes:
    """The engine's short name of a validator: 20 bytes."""
    return sha256(public_key).digest()[:ADDRESS_BYTES]


def compute_time_ns(header: consensus_pb2.Header) -> int:
    """A header's time in nanoseconds since 1970."""
    return header.time.seconds * NANOS_PER_S + header.time.nanos


def compute_header_hash(header: consensus_pb2.Header) -> bytes:  # 2
    """What the validators vote for: 32 bytes."""
    return _compute_root([
        _encode(header.version),
        _encode(StringValue(value=header.chain_id)),
        _encode(Int64Value(value=header.height)),
        _encode(header.time),
        _encode(header.last_block_id),
        _wrap(header.last_commit_hash),
        _wrap(header.data_hash),
        _wrap(header.validators_hash),
        _wrap(header.next_validators_hash),
        _wrap(header.consensus_hash),
        _wrap(header.app_hash),
        _wrap(header.last_results_hash),
        _wrap(header.evidence_hash),
        _wrap(header.proposer_address),
    ])  # fmt: skip


def compute_validators_hash(validators: Iterable[Validator]) -> bytes:  # 3
    """The hash of a validator set in its order: 32 bytes, as a header has it."""
    return _compute_root([
        _encode(consensus_pb2.SimpleValidator(pub_key={"ed25519": one.public_key}, voting_power=one.power))
        for one in validators
    ])  # fmt: skip


def sort_validators(validators: Iterable[Validator]) -> tuple[Validator, ...]:
    """In the engine's order: the mightiest first, of equal power by address."""
    return tuple(sorted(validators, key=lambda one: (-one.power, compute_address(one.public_key))))


def check_validators(validators: Sequence[Validator], field: str) -> None:  # 3
    """Refuse what is no validator set, with MalformedInput at `field`."""
    if not 1 <= len(validators) <= MAX_VALIDATORS:
        raise MalformedInput(f"1 to {MAX_VALIDATORS} validators", field)
    if any(len(one.public_key) != KEY_BYTES or one.power <= 0 for one in validators):
        raise MalformedInput(f"a validator has a key of {KEY_BYTES} bytes and a positive power", field)
    if sum(one.power for one in validators) > MAX_TOTAL_POWER:
        raise MalformedInput(f"together more power than {MAX_TOTAL_POWER}", field)
    # Two keys with one address would be a collision of hashes; then the engine could not tell them apart.
    if len(frozenset(compute_address(one.public_key) for one in validators)) != len(validators):
        raise MalformedInput("a validator stands there twice", field)


def read_light_block(block: ledger_pb2.LightBlock) -> LightBlock:
    """Decode by 1, 3 and the shapes of 4 and 5; MalformedInput."""
    header = read_header(block.header)
    validators = _read_validators(block.validators)
    commit = consensus_pb2.Commit()
    _read_message(commit, block.commit, "commit")
    _demand(commit.HasField("block_id") and commit.block_id.HasField("part_set_header"), "commit")
    _demand(commit.round >= 0 and len(commit.block_id.hash) == HASH_BYTES, "commit")
    _demand(len(commit.signatures) == len(validators), "commit.signatures")
    for place in commit.signatures:
        _check_place(place)
    return LightBlock(header, commit, validators)


def read_header(encoded: bytes) -> consensus_pb2.Header:
    """Decode a header by 1; MalformedInput."""
    header = consensus_pb2.Header()
    _read_message(header, encoded, "header")
    # In the hash a message that is not there looks like an empty one.
    always = header.HasField("version") and header.HasField("time") and header.HasField("last_block_id")
    _demand(always and header.last_block_id.HasField("part_set_header"), "header")
    _demand(header.version.block == BLOCK_PROTOCOL and header.height > 0, "header")
    _demand(_is_time(header.time) and len(header.next_validators_hash) == HASH_BYTES, "header")
    return header


def encode_sign_bytes(commit: consensus_pb2.Commit, at: int, chain_id: str) -> bytes:  # 5
    """What the vote at a place of the commit signs, with its length before it."""
    place = commit.signatures[at]
    vote = consensus_pb2.CanonicalVote(
        type=consensus_pb2.SIGNED_MSG_TYPE_PRECOMMIT,
        height=commit.height,
        round=commit.round,
        timestamp=place.timestamp,
        chain_id=chain_id,
    )
    if place.block_id_flag == consensus_pb2.BLOCK_ID_FLAG_COMMIT:
        parts = commit.block_id.part_set_header
        vote.block_id.hash = commit.block_id.hash
        # The engine always writes it, also where it is empty.
        vote.block_id.part_set_header.SetInParent()
        vote.block_id.part_set_header.total, vote.block_id.part_set_header.hash = parts.total, parts.hash
    encoded = _encode(vote)
    return _encode_length(len(encoded)) + encoded


def find_fault(block: LightBlock, chain_id: str) -> str | None:
    """Why the block is not decided by its own validators on this chain, by 3 to 8, or None where it is."""
    header, commit = block.header, block.commit
    if header.chain_id != chain_id:
        return f"a header of another chain than {chain_id}"
    if header.validators_hash != compute_validators_hash(block.validators):
        return "the validators are not those of the header"
    # 4
    if commit.height != header.height or commit.block_id.hash != compute_header_hash(header):
        return "the votes are for another header"
    # 8, before the signatures, which cost more
    total = sum(one.power for one in block.validators)
    voted = sum(one.power for one in block.list_voters())
    if not 3 * voted > 2 * total:
        return f"{voted} of {total} of the power voted for it, not more than two thirds"
    for at, (one, place) in enumerate(zip(block.validators, commit.signatures, strict=True)):
        if place.block_id_flag == consensus_pb2.BLOCK_ID_FLAG_ABSENT:
            continue
        if place.validator_address != compute_address(one.public_key):
            return f"vote {at} is not in its validator's place"
        # 6, 7; a key or signature of a wrong length does not verify
        if not ed_verify(place.signature, encode_sign_bytes(commit, at, chain_id), one.public_key):
            return f"vote {at} does not verify"
    return None


def _read_validators(encoded: bytes) -> tuple[Validator, ...]:  # 3
    message = consensus_pb2.ValidatorSet()
    _read_message(message, encoded, "validators")
    found = tuple(Validator(one.pub_key.ed25519, one.voting_power) for one in message.validators)
    check_validators(found, "validators")
    for one in message.validators:
        _demand(one.address == compute_address(one.pub_key.ed25519) and not one.proposer_priority, "validators")
    return found


def _check_place(place: consensus_pb2.CommitSig) -> None:  # 5
    _demand(place.HasField("timestamp") and _is_time(place.timestamp), "commit.signatures")
    if place.block_id_flag == consensus_pb2.BLOCK_ID_FLAG_ABSENT:
        is_empty = not place.validator_address and not place.signature and not place.timestamp.nanos
        _demand(is_empty and place.timestamp.seconds == ABSENT_SECONDS, "commit.signatures")
    else:
        votes = (consensus_pb2.BLOCK_ID_FLAG_COMMIT, consensus_pb2.BLOCK_ID_FLAG_NIL)
        _demand(place.block_id_flag in votes, "commit.signatures")


def _read_message(message: Message, encoded: bytes, field: str) -> None:  # 1
    try:
        message.ParseFromString(encoded)
    except DecodeError:
        raise MalformedInput("not a message of the engine", field) from None
    message.DiscardUnknownFields()
    if _encode(message) != encoded:
        raise MalformedInput("not in the engine's encoding", field)


def _demand(is_right: bool, field: str) -> None:
    if not is_right:
        raise MalformedInput("not as the engine writes it", field)


def _is_time(time: Timestamp) -> bool:
    return 0 <= time.nanos < NANOS_PER_S


def _encode(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def _wrap(value: bytes) -> bytes:
    return _encode(BytesValue(value=value))


def _encode_length(length: int) -> bytes:
    """The base-128 number that protobuf begins a delimited message with."""
    encoded = bytearray()
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*encoded, length])


def _compute_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1: the left part is the largest power of two that is smaller than the number of leaves."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hash_children(_compute_root(leaves[:split]), _compute_root(leaves[split:]))
