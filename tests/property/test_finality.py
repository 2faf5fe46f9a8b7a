"""Bytes of strangers in a proof's finality: one byte changed, cut or added, and it does not hold any more."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import compute_chain_id, find_fault, read_header, read_light_block
from ledger.proofs import build_state_proof, filter_proof
from ledger.trust import open_trust
from ledger.verify import ProofRefused, parse_proof, render_binary, render_json, verify
from tests.support.light_blocks import SEEDS, finalise, make_network_trust, read_vector, read_vectors
from tests.support.proof_world import NETWORK, PUT, START_MS, ProofWorld

NOW_MS = START_MS + 60_000
TRUST = make_network_trust()
# A key of small order has many good signatures for one message: its validator has signed everything beforehand.
COMMITS = [one for one in read_vectors("commits") if one["holds"] and not one["name"].startswith("a key of small")]
BLOCKS = [(read_vector(vector), vector["chain_id"]) for vector in COMMITS]
FIELDS = ("header", "commit", "validators")


def make_final_proof() -> pb.Proof:
    world = ProofWorld()
    world.run((PUT, "a/1", 0))
    proof = finalise(build_state_proof(world.store, world.tree, NETWORK, ["a/1"]), absent=SEEDS[:1])
    world.close()
    return filter_proof(proof, TRUST)


PROOF = make_final_proof()
FORMS = [render_binary(PROOF), render_json(PROOF)]


def is_accepted(data: bytes) -> bool:
    with contextlib.suppress(MalformedInput, ProofRefused):
        verify(parse_proof(data), TRUST, now_ms=NOW_MS)
        return True
    return False


def is_decided(block: pb.LightBlock, chain_id: str) -> bool:
    with contextlib.suppress(MalformedInput):
        return find_fault(read_light_block(block), chain_id) is None
    return False


def change(data: bytes, at: int, xor: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ xor]) + data[at + 1 :]


@pytest.mark.parametrize("field", FIELDS)
def test_no_byte_of_a_light_block_may_change(field):
    """Every single one, in a proof; the lowest bit, which is the hardest to see."""
    block = PROOF.finality.light_blocks[0]
    for at in range(len(getattr(block, field))):
        forged = pb.Proof()
        forged.CopyFrom(PROOF)
        setattr(forged.finality.light_blocks[0], field, change(getattr(block, field), at, 1))
        assert not is_accepted(render_binary(forged)), at
    assert is_accepted(render_binary(PROOF))


@given(st.sampled_from(BLOCKS), st.sampled_from(FIELDS), st.integers(0, 1 << 16), st.integers(1, 255))
def test_no_byte_of_what_the_engine_wrote_may_change(block, field, at, xor):
    good, chain_id = block
    assert is_decided(good, chain_id)
    forged = pb.LightBlock()
    forged.CopyFrom(good)
    setattr(forged, field, change(getattr(good, field), at, xor))
    assert not is_decided(forged, chain_id)


@given(st.sampled_from(FORMS), st.integers(0, 1 << 16), st.integers(1, 255))
def test_no_byte_of_a_final_proof_may_change(data, at, xor):
    assert is_accepted(data)
    assert not is_accepted(change(data, at, xor))


@given(st.sampled_from(FORMS), st.integers(0, 1 << 16), st.binary(min_size=1, max_size=3))
def test_nothing_is_added_or_cut(data, at, more):
    at %= len(data)
    assert not is_accepted(data[:at])
    assert not is_accepted(data[:at] + more + data[at:])


@given(st.binary(max_size=300), st.sampled_from(FIELDS))
def test_random_bytes_are_no_light_block(data, field):
    block = pb.LightBlock()
    block.CopyFrom(PROOF.finality.light_blocks[0])
    setattr(block, field, data)
    assert not is_decided(block, compute_chain_id(NETWORK))
    with contextlib.suppress(MalformedInput):
        read_header(data)
    trust = make_network_trust(genesis_time_ms=0, trusted_header=data)
    with contextlib.suppress(MalformedInput):
        open_trust(trust)
