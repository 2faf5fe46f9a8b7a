"""Building proofs from a store: what there is to prove, for whom, and how large it gets."""

from types import SimpleNamespace
from typing import cast

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from ledger.merkle.state import HeightNotKept
from ledger.notes import parse_note, sign_note
from ledger.proofs import (
    NotFound,
    ProofSource,
    build_consistency_proof,
    build_state_proof,
    build_transaction_proof,
    cosign_proof,
    filter_proof,
)
from ledger.state_keys import LIMITS_KEY
from ledger.store.sql import SqlStore
from ledger.verify import render_binary, verify
from tests.support.databases import KINDS, make_database
from tests.support.proof_world import (
    LOG_SEED,
    NETWORK,
    ORIGIN,
    OTHER_SEED,
    PUT,
    ProofWorld,
    cosign_as_operator,
    cosign_as_witness,
    make_trust,
    render_key,
)


@pytest.fixture(scope="module", params=KINDS)
def world(request, tmp_path_factory):
    with make_database(request.param, tmp_path_factory.mktemp("proofs")) as url:
        world = ProofWorld(url=url)
        world.run((PUT, "a/1", 0))
        world.run((PUT, "b/1", 0))
        yield world
        world.close()


def test_every_transaction_and_every_kept_height_is_proved(world):
    for identity in world.ids:
        proof = build_transaction_proof(world.store, NETWORK, identity)
        assert verify(proof, make_trust()).transaction_id == identity
    for height in range(3):
        proof = build_state_proof(world.store, world.tree, NETWORK, ["thing/1", "a/1", "a/1"], height)
        verdict = verify(proof, make_trust())
        assert (verdict.height, verdict.bodies["thing/1"]) == (height, b"1")
        assert (verdict.bodies["a/1"] is None) is (height == 0)


def test_a_height_that_an_engine_left_out_is_the_block_before_it():
    world = ProofWorld(records=1)
    world.application.finalize_block(5, world.time_ms + 1, [world.sign(PUT, "a/1")])
    world.application.commit()
    proof = build_state_proof(world.store, world.tree, NETWORK, ["a/1"], 4)
    world.close()
    assert verify(proof, make_trust()).height == 0


def make_source(store: SqlStore, **answers) -> ProofSource:
    """The store, some of whose answers are others."""
    names = ("read_head", "read_head_at", "read_head_of_size", "read_transaction", "read_restored")
    source = SimpleNamespace(**{name: getattr(store, name) for name in (*names, "read_tiles", "read_bundle")})
    vars(source).update({name: lambda *_, answer=answer: answer for name, answer in answers.items()})
    return cast(ProofSource, source)


def test_what_is_not_there_is_not_proved(world):
    with pytest.raises(NotFound):
        build_transaction_proof(world.store, NETWORK, bytes(32))
    for height in (-1, 3):
        with pytest.raises(NotFound):
            build_state_proof(world.store, world.tree, NETWORK, ["a/1"], height)
    for first, second in ((3, 0), (2, 7), (6, 2), (0, 0)):
        with pytest.raises(NotFound):
            build_consistency_proof(world.store, NETWORK, first, second)
    with pytest.raises(NotFound):
        build_state_proof(make_source(world.store, read_head=None), world.tree, NETWORK, ["a/1"])
    with pytest.raises(InvariantViolation):
        build_transaction_proof(make_source(world.store, read_head_at=None), NETWORK, world.ids[0])


def test_a_state_that_was_pruned_is_not_kept():
    world = ProofWorld(records=1)
    world.run((PUT, "a/1", 0))
    world.run((PUT, "b/1", 0), time_ms=world.time_ms + 50_000)
    world.run((PUT, "c/1", 0), time_ms=world.time_ms + 59_000)
    world.store._prune(world.time_ms + 10 * 3_600_000)
    with pytest.raises(HeightNotKept):
        build_state_proof(world.store, world.tree, NETWORK, ["a/1"], 0)
    world.close()


@pytest.mark.parametrize("keys", [[], [""], ["schlüssel"], [f"key/{number}" for number in range(65)]])
def test_keys_that_no_proof_can_hold_are_malformed(world, keys):
    with pytest.raises(MalformedInput):
        build_state_proof(world.store, world.tree, NETWORK, keys)


def test_consistency_between_any_two_blocks(world):
    for first, second in ((2, 4), (2, 6), (4, 6), (6, 6), (4, 0)):
        verdict = verify(build_consistency_proof(world.store, NETWORK, first, second), make_trust())
        assert (verdict.first_size, verdict.size) == (first, second or 6)


def test_a_fresh_cosignature_replaces_the_one_before(world):
    proof = build_state_proof(world.store, world.tree, NETWORK, ["a/1"])
    once = cosign_proof(proof, lambda text: cosign_as_operator(text, world.time_ms))
    twice = cosign_proof(once, lambda text: cosign_as_operator(text, world.time_ms + 9000))
    assert len(parse_note(twice.state.checkpoint).signatures) == 2
    assert verify(twice, make_trust()).newest_ms == world.time_ms + 9000
    assert len(parse_note(proof.state.checkpoint).signatures) == 1


def test_a_proof_is_filtered_for_its_reader(world):
    proof = build_consistency_proof(world.store, NETWORK, 2, 0)
    proof = cosign_proof(proof, lambda text: cosign_as_witness(text, world.time_ms))
    proof = cosign_proof(proof, lambda text: sign_note(text, "stranger.example", OTHER_SEED))
    proof = cosign_proof(proof, lambda text: cosign_as_operator(text, world.time_ms))
    trust = make_trust(witness_quorum=1)
    filtered = filter_proof(proof, trust)
    assert verify(filtered, trust).assurance == "WITNESSED 1 of 1"
    assert len(parse_note(filtered.consistency.second_checkpoint).signatures) == 3
    narrow = pb.TrustFile(network=NETWORK, origin=ORIGIN)
    narrow.log_keys.add(key=render_key(ORIGIN, LOG_SEED))
    assert verify(filter_proof(proof, narrow), narrow).assurance == "ATTESTED BY OPERATOR"
    narrow.log_keys[0].first_size = 3
    with pytest.raises(MalformedInput):
        filter_proof(proof, narrow)
    state = build_state_proof(world.store, world.tree, NETWORK, ["a/1"])
    assert filter_proof(state, trust) == state


def test_an_empty_proof_has_no_checkpoint():
    with pytest.raises(MalformedInput):
        filter_proof(pb.Proof(), make_trust())


def test_a_proof_of_one_key_is_short(world):
    proof = build_state_proof(world.store, world.tree, NETWORK, ["a/1"])
    assert len(render_binary(proof)) - len(proof.state.checkpoint) < 1200


def test_a_ledger_of_one_record_has_a_path_of_nothing():
    world = ProofWorld(records=0)
    proof = build_state_proof(world.store, world.tree, NETWORK, [LIMITS_KEY])
    world.close()
    assert not proof.state.items[0].HasField("path")
    assert verify(proof, make_trust()).bodies[LIMITS_KEY]
