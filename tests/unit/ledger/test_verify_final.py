"""Proofs that validators finalised: what makes them FINAL, fresh, and what refuses them."""

import pytest

from hefu.v1 import consensus_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import Note, sign_note
from ledger.proofs import (
    build_consistency_proof,
    build_state_proof,
    build_transaction_proof,
    cosign_proof,
    filter_proof,
    get_newest_checkpoint,
)
from ledger.trust import CLOCK_TOLERANCE_MS, MAX_LIGHT_BLOCKS, check_finality, open_trust
from ledger.verify import ProofRefused, parse_proof, render_binary, render_json, verify
from ledger.verify_forms import parse_trust, render_trust_json
from tests.support.light_blocks import (
    DAY_MS,
    SEEDS,
    compute_app_hash,
    finalise,
    make_header,
    make_light_block,
    make_network_trust,
    read_vector,
    read_vectors,
)
from tests.support.proof_world import (
    LOG_SEED,
    NETWORK,
    ORIGIN,
    OTHER_SEED,
    PUT,
    START_MS,
    ProofWorld,
    cosign_as_operator,
    cosign_as_witness,
    make_trust,
)

NOW_MS = START_MS + 60_000
HEADER_MS = START_MS + 10_000


@pytest.fixture(scope="module")
def world():
    world = ProofWorld()
    world.run((PUT, "a/1", 0))
    world.run((PUT, "b/1", 0))
    yield world
    world.close()


@pytest.fixture(scope="module")
def proofs(world):
    """One proof of each kind, and the state's as before it is final."""
    plain = {
        "transaction": build_transaction_proof(world.store, NETWORK, world.ids[0]),
        "state": build_state_proof(world.store, world.tree, NETWORK, ["a/1", "never/1"]),
        "consistency": build_consistency_proof(world.store, NETWORK, 2, 0),
    }
    return {name: finalise(proof) for name, proof in plain.items()} | {"plain": plain["state"]}


def bare(proof: pb.Proof, trust: pb.TrustFile | None = None) -> pb.Proof:
    """As it is exported for a reader who knows validators and no log key."""
    return filter_proof(proof, trust or make_network_trust())


def refusal(proof, trust, now_ms: int | None = NOW_MS, **options) -> str:
    with pytest.raises(ProofRefused) as caught:
        verify(proof, trust, now_ms=now_ms, **options)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["transaction", "state", "consistency"])
def test_each_kind_of_proof_is_final_without_any_operators_signature(proofs, kind):
    proof = bare(proofs[kind])
    assert b"\n\n" not in get_newest_checkpoint(proof)
    verdict = verify(proof, make_network_trust(), now_ms=NOW_MS)
    assert (verdict.statement, verdict.assurance, verdict.newest_ms) == (kind, "FINAL", HEADER_MS)
    assert verdict.age_ms == NOW_MS - HEADER_MS
    for form in (render_binary, render_json):
        assert verify(parse_proof(form(proof)), make_network_trust(), now_ms=NOW_MS) == verdict


def test_a_trust_file_with_validators_has_its_one_form():
    trust = make_network_trust(has_log_keys=True)
    assert parse_trust(render_trust_json(trust)) == trust


def test_a_signed_note_is_final_too_and_says_who_witnessed_it(proofs):
    trust = make_network_trust(has_log_keys=True, witness_quorum=1)
    assert verify(bare(proofs["state"], trust), trust, now_ms=NOW_MS).assurance == "FINAL"
    witnessed = cosign_proof(proofs["state"], lambda text: cosign_as_witness(text, START_MS + 30_000))
    verdict = verify(bare(witnessed, trust), trust, now_ms=NOW_MS)
    assert (verdict.assurance, verdict.newest_ms) == ("FINAL, WITNESSED 1 of 1", START_MS + 30_000)
    # One spelling for one reader: what the trust file cannot judge is not in it.
    assert bare(bare(witnessed, trust), trust) == bare(witnessed, trust)
    assert refusal(witnessed, make_network_trust()) == "UNTRUSTED_CHECKPOINT"


def test_one_operator_does_not_vouch_for_the_networks_time(proofs):
    trust = make_network_trust(has_log_keys=True)
    stamped = bare(cosign_proof(proofs["state"], lambda text: cosign_as_operator(text, NOW_MS)), trust)
    assert verify(stamped, trust, now_ms=NOW_MS).newest_ms == HEADER_MS


def test_one_operator_does_not_speak_for_the_validators(proofs):
    """Any member's node could sign what it likes with its own log key, which a network's trust file names."""
    trust = make_network_trust(has_log_keys=True, witness_quorum=1)
    for kind in ("transaction", "state", "consistency"):
        attested = bare(proofs[kind], trust)
        attested.ClearField("finality")
        assert refusal(attested, trust) == "NOT_FINAL"
    witnessed = bare(cosign_proof(proofs["plain"], lambda text: cosign_as_witness(text, NOW_MS)), trust)
    assert refusal(witnessed, trust) == "NOT_FINAL"


def test_a_later_header_with_the_same_app_hash_is_fresher(proofs):
    later = make_light_block(compute_app_hash(proofs["state"]), height=40, time_ms=NOW_MS - 2_000)
    proof = bare(finalise(proofs["plain"], later))
    assert verify(proof, make_network_trust(), now_ms=NOW_MS, not_older_than_ms=2_000).age_ms == 2_000
    assert refusal(bare(proofs["state"]), make_network_trust(), not_older_than_ms=49_999) == "TOO_OLD"


def test_a_simulated_clock_is_not_the_headers(proofs):
    trust = make_network_trust(simulated_clock=True)
    verdict = verify(bare(proofs["state"]), trust, now_ms=NOW_MS)
    assert (verdict.assurance, verdict.newest_ms, verdict.age_ms) == ("FINAL", verdict.time_ms, None)
    # The trusting period is counted on the reader's clock all the same.
    assert refusal(bare(proofs["state"]), trust, START_MS + DAY_MS, simulated_now_ms=NOW_MS) == "TRUST_EXPIRED"


def test_the_app_hash_of_another_checkpoint_is_refused(proofs):
    assert refusal(bare(finalise(proofs["plain"], make_light_block(bytes(32)))), make_network_trust()) == "NOT_FINAL"


def test_another_chain_is_refused(proofs):
    other = pb.NetworkId(name=NETWORK.name, genesis_hash=bytes(32))
    proof = bare(finalise(proofs["plain"], network=other))
    assert refusal(proof, make_network_trust()) == "NOT_FINAL"


def test_too_little_power_is_refused(proofs):
    assert verify(bare(finalise(proofs["plain"], absent=SEEDS[:1])), make_network_trust(), now_ms=NOW_MS)
    assert refusal(bare(finalise(proofs["plain"], absent=SEEDS[:2])), make_network_trust()) == "NOT_FINAL"


def test_validators_of_others_are_refused(proofs):
    strangers = bare(finalise(proofs["plain"], seeds=SEEDS[4:8]))
    assert refusal(strangers, make_network_trust()) == "UNTRUSTED_VALIDATORS"


def test_validators_that_changed_are_reached_over_light_blocks_between(proofs):
    app = compute_app_hash(proofs["state"])
    halves = make_light_block(bytes(32), height=3, time_ms=START_MS + 5_000, seeds=[*SEEDS[:3], *SEEDS[4:6]])
    last = make_light_block(app, height=5, seeds=SEEDS[2:7])
    far = make_light_block(app, height=7, seeds=SEEDS[4:8])
    assert (
        verify(bare(finalise(proofs["plain"], halves, far)), make_network_trust(), now_ms=NOW_MS).assurance == "FINAL"
    )
    assert refusal(bare(finalise(proofs["plain"], far)), make_network_trust()) == "UNTRUSTED_VALIDATORS"
    # Heights rise, and the last one carries the app hash.
    assert refusal(bare(finalise(proofs["plain"], halves, far, last)), make_network_trust()) == "UNTRUSTED_VALIDATORS"
    assert refusal(bare(finalise(proofs["plain"], halves, halves)), make_network_trust()) == "UNTRUSTED_VALIDATORS"
    assert refusal(bare(finalise(proofs["plain"], halves)), make_network_trust()) == "NOT_FINAL"


def test_the_number_of_light_blocks_is_bounded(proofs):
    app = compute_app_hash(proofs["state"])
    blocks = [make_light_block(app, height=2 + at, time_ms=HEADER_MS + at) for at in range(MAX_LIGHT_BLOCKS + 1)]
    assert verify(bare(finalise(proofs["plain"], *blocks[1:])), make_network_trust(), now_ms=NOW_MS)
    with pytest.raises(MalformedInput):
        verify(bare(finalise(proofs["plain"], *blocks)), make_network_trust(), now_ms=NOW_MS)
    empty = bare(proofs["state"])
    del empty.finality.light_blocks[:]
    with pytest.raises(MalformedInput):
        verify(empty, make_network_trust(), now_ms=NOW_MS)


def test_validators_are_trusted_for_a_time_by_the_readers_clock(proofs):
    proof = bare(proofs["state"])
    assert refusal(proof, make_network_trust(), None) == "CLOCK_NEEDED"
    assert refusal(proof, make_network_trust(), START_MS + DAY_MS) == "TRUST_EXPIRED"
    assert verify(proof, make_network_trust(), now_ms=START_MS + DAY_MS - 1).assurance == "FINAL"
    assert refusal(proof, make_network_trust(), HEADER_MS - CLOCK_TOLERANCE_MS - 1) == "FROM_THE_FUTURE"
    assert verify(proof, make_network_trust(), now_ms=HEADER_MS - CLOCK_TOLERANCE_MS)


def test_a_trusted_header_is_where_trust_begins(proofs):
    header = render_binary(make_header(bytes(32), height=4, time_ms=START_MS + 5_000))
    trust = make_network_trust(genesis_time_ms=0, trusted_header=header)
    early = make_light_block(bytes(32), height=2, time_ms=START_MS + 2_000)
    long = finalise(proofs["plain"], early, *proofs["state"].finality.light_blocks)
    # The exporter leaves out what came before the trusted header.
    assert bare(long, trust) == bare(proofs["state"], trust)
    assert verify(bare(long, trust), trust, now_ms=NOW_MS).assurance == "FINAL"
    assert refusal(bare(long), trust) == "UNTRUSTED_VALIDATORS"
    newer = make_network_trust(
        genesis_time_ms=0, trusted_header=render_binary(make_header(bytes(32), height=6)), has_log_keys=True
    )
    assert not bare(proofs["state"], newer).HasField("finality")
    assert refusal(bare(proofs["state"], newer), newer) == "NOT_FINAL"


def test_a_reader_without_validators_gets_what_it_can_judge(proofs):
    trust = make_trust()
    assert refusal(proofs["state"], trust) == "UNTRUSTED_CHECKPOINT"
    fitted = bare(proofs["state"], trust)
    assert not fitted.HasField("finality")
    assert verify(fitted, trust).assurance == "ATTESTED BY OPERATOR"
    with pytest.raises(MalformedInput):
        filter_proof(proofs["plain"], make_network_trust())


def test_without_finality_a_checkpoint_is_signed(proofs):
    naked = bare(proofs["state"])
    naked.ClearField("finality")
    with pytest.raises(MalformedInput):
        verify(naked, make_network_trust(), now_ms=NOW_MS)
    only_witnessed = pb.Proof()
    only_witnessed.CopyFrom(naked)
    text = naked.state.checkpoint
    only_witnessed.state.checkpoint = Note(text, (cosign_as_witness(text, START_MS),)).render()
    assert refusal(only_witnessed, make_network_trust(has_log_keys=True)) == "UNTRUSTED_CHECKPOINT"


def test_each_signature_beside_finality_is_checked(proofs):
    trust = make_network_trust(has_log_keys=True)
    text = bare(proofs["state"]).state.checkpoint
    for line in (sign_note(text, ORIGIN, OTHER_SEED), sign_note(text + b"x\n", ORIGIN, LOG_SEED)):
        forged = bare(proofs["state"])
        forged.state.checkpoint = Note(text, (line,)).render()
        assert refusal(forged, trust) == "UNTRUSTED_CHECKPOINT"
    foreign = bare(proofs["state"])
    foreign.state.checkpoint = foreign.state.checkpoint.replace(ORIGIN.encode(), b"another.example/log")
    assert refusal(foreign, trust) == "UNTRUSTED_CHECKPOINT"


def test_what_a_trust_file_says_of_validators_needs_validators():
    for name, value in (("genesis_time_ms", 1), ("trusting_period_ms", 1), ("trusted_header", b"x")):
        with pytest.raises(MalformedInput):
            open_trust(make_trust(**{name: value}))
    nobody = make_trust()
    del nobody.log_keys[:]
    with pytest.raises(MalformedInput):
        open_trust(nobody)


def test_a_vote_that_only_zip215_accepts_makes_a_header_trusted():
    vector = next(one for one in read_vectors("commits") if one["name"] == "a vote with a torsion point added")
    block = read_vector(vector)
    header = consensus_pb2.Header.FromString(block.header)
    now_ms = header.time.seconds * 1000 + 1000
    trust = make_network_trust(genesis_time_ms=now_ms - 2000)
    del trust.validators[:]
    for one in consensus_pb2.ValidatorSet.FromString(block.validators).validators:
        trust.validators.add(public_key=one.pub_key.ed25519, power=one.voting_power)
    assert check_finality(pb.Finality(light_blocks=[block]), open_trust(trust), now_ms) == header
