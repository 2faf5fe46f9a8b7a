"""Light blocks of made-up validators, for tests of finality; what is signed and hashed, CometBFT's own vectors hold."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from hefu.v1 import consensus_pb2 as engine
from hefu.v1 import ledger_pb2 as pb
from ledger.finality import (
    ABSENT_SECONDS,
    BLOCK_PROTOCOL,
    Validator,
    compute_address,
    compute_chain_id,
    compute_header_hash,
    compute_validators_hash,
    encode_sign_bytes,
    read_light_block,
    sort_validators,
)
from ledger.light_client import Basis, advance
from ledger.notes import app_hash
from ledger.verify_forms import render_binary
from tests.support.proof_world import NETWORK, START_MS, make_trust

VECTORS = Path(__file__).parents[1] / "vectors" / "cometbft"
DAY_MS = 86_400_000
SEEDS = tuple(bytes([64 + number]) * 32 for number in range(8))
FOR, NIL, ABSENT = engine.BLOCK_ID_FLAG_COMMIT, engine.BLOCK_ID_FLAG_NIL, engine.BLOCK_ID_FLAG_ABSENT


def read_vectors(name: str) -> list[dict[str, Any]]:
    """The vectors of one file."""
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def read_vector(vector: dict[str, Any]) -> pb.LightBlock:
    """The light block of a vector."""
    return pb.LightBlock(**{name: bytes.fromhex(vector[name]) for name in ("header", "commit", "validators")})


def list_validators(seeds: Sequence[bytes] = SEEDS[:4], power: int = 10) -> tuple[Validator, ...]:
    """Validators of equal power, in the engine's order."""
    return sort_validators(Validator(bytes(SigningKey(seed).verify_key), power) for seed in seeds)


def encode_validators(validators: Sequence[Validator]) -> bytes:
    """As the engine encodes a validator set."""
    return render_binary(engine.ValidatorSet(validators=[
        engine.Validator(
            address=compute_address(one.public_key), pub_key={"ed25519": one.public_key}, voting_power=one.power
        )
        for one in validators
    ]))  # fmt: skip


def make_header(
    app: bytes,
    height: int = 5,
    time_ms: int = START_MS + 10_000,
    seeds: Sequence[bytes] = SEEDS[:4],
    next_seeds: Sequence[bytes] | None = None,
    network: pb.NetworkId = NETWORK,
) -> engine.Header:
    """A header decided by the validators of these seeds."""
    header = engine.Header(
        version={"block": BLOCK_PROTOCOL},
        chain_id=compute_chain_id(network),
        height=height,
        last_block_id={"hash": bytes(32), "part_set_header": {"total": 1, "hash": bytes(32)}},
        validators_hash=compute_validators_hash(list_validators(seeds)),
        next_validators_hash=compute_validators_hash(list_validators(next_seeds or seeds)),
        app_hash=app,
    )
    header.time.seconds, header.time.nanos = time_ms // 1000, time_ms % 1000 * 1_000_000
    return header


def make_commit(
    header: engine.Header, seeds: Sequence[bytes] = SEEDS[:4], absent: Sequence[bytes] = ()
) -> engine.Commit:
    """The votes of these seeds for a header, but for the absent ones."""
    commit = engine.Commit(height=header.height, round=1)
    commit.block_id.hash = compute_header_hash(header)
    commit.block_id.part_set_header.total, commit.block_id.part_set_header.hash = 1, bytes(32)
    by_key = {bytes(SigningKey(seed).verify_key): seed for seed in seeds}
    for at, one in enumerate(list_validators(seeds)):
        place = commit.signatures.add(block_id_flag=ABSENT)
        place.timestamp.seconds = ABSENT_SECONDS
        if by_key[one.public_key] not in absent:
            place.block_id_flag, place.validator_address = FOR, compute_address(one.public_key)
            place.timestamp.CopyFrom(header.time)
            message = encode_sign_bytes(commit, at, header.chain_id)
            place.signature = SigningKey(by_key[one.public_key]).sign(message).signature
    return commit


def make_light_block(app: bytes, absent: Sequence[bytes] = (), **header: Any) -> pb.LightBlock:
    """A light block whose header carries an app hash; `header` as for `make_header`."""
    made = make_header(app, **header)
    seeds = header.get("seeds", SEEDS[:4])
    return pb.LightBlock(
        header=render_binary(made),
        commit=render_binary(make_commit(made, seeds, absent)),
        validators=encode_validators(list_validators(seeds)),
    )


def open_trusted(block: pb.LightBlock) -> Basis:
    """A light block as what a step begins with."""
    return advance(read_light_block(block))


def make_network_trust(seeds: Sequence[bytes] = SEEDS[:4], has_log_keys: bool = False, **changes: Any) -> pb.TrustFile:
    """A trust file that names the validators of genesis; with log keys and a witness where wanted."""
    trust = make_trust() if has_log_keys else make_trust(witness_quorum=0)
    if not has_log_keys:
        del trust.log_keys[:]
        del trust.witnesses[:]
    trust.validators.extend(
        pb.TrustedValidator(public_key=one.public_key, power=one.power) for one in list_validators(seeds)
    )
    trust.genesis_time_ms, trust.trusting_period_ms = START_MS, DAY_MS
    for name, value in changes.items():
        setattr(trust, name, value)
    return trust


def finalise(proof: pb.Proof, *blocks: pb.LightBlock, **header: Any) -> pb.Proof:
    """A copy of a proof with finality: these light blocks, or one that carries the checkpoint's app hash."""
    copy = pb.Proof()
    copy.CopyFrom(proof)
    copy.finality.light_blocks.extend(blocks or [make_light_block(compute_app_hash(proof), **header)])
    return copy


def compute_app_hash(proof: pb.Proof) -> bytes:
    """The app hash of a proof's newest checkpoint."""
    kind = str(proof.WhichOneof("proof"))
    note = proof.consistency.second_checkpoint if kind == "consistency" else getattr(proof, kind).checkpoint
    return app_hash(note.partition(b"\n\n")[0] + b"\n" if b"\n\n" in note else note)
