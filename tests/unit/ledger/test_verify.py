"""Proofs of a real ledger: each holds, in no other spelling, and answers only what was asked."""

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger import context, transaction, verify
from ledger.errors import MalformedInput
from ledger.proofs import build_consistency_proof, build_state_proof, build_transaction_proof, cosign_proof
from ledger.verify import Asked, ProofRefused, parse_proof, render_binary, render_json
from tests.support.proof_world import (
    DELETE,
    MEMBER_SEEDS,
    NETWORK,
    OTHER_SEED,
    PUT,
    REFUSE,
    START_MS,
    ProofWorld,
    cosign_as_operator,
    cosign_as_witness,
    make_trust,
    render_key,
)

MINUTE_MS = 60_000
LAPSE_MS = START_MS + 10 * MINUTE_MS
KEYS = ("a/1", "locked/1", "never/1")


@pytest.fixture(scope="module")
def world():
    world = ProofWorld()
    world.run((PUT, "a/1", 0), (REFUSE, "x", 0), (PUT, "gone/1", 0))
    world.run((PUT, "locked/1", LAPSE_MS), (DELETE, "gone/1", 0))
    world.run((PUT, "b/1", 0))
    yield world
    world.close()


@pytest.fixture(scope="module")
def proofs(world):
    """One proof of each kind."""
    return {
        "transaction": build_transaction_proof(world.store, NETWORK, world.ids[0]),
        "state": build_state_proof(world.store, world.tree, NETWORK, KEYS),
        "consistency": build_consistency_proof(world.store, NETWORK, 2, 0),
    }


class Says(Asked):
    """A question that expects one body."""

    def __init__(self, key: str, body: bytes | None) -> None:
        super().__init__((key,))
        self.body = body

    def check(self, bodies: dict[str, bytes | None]) -> str | None:
        assert tuple(bodies) == self.keys
        return None if bodies[self.keys[0]] == self.body else "it says something else"


def refusal(*arguments, **options) -> str:
    """The reason for which the proof is refused."""
    with pytest.raises(ProofRefused) as caught:
        verify.verify(*arguments, **options)
    assert caught.value.message in str(caught.value)
    return caught.value.reason


def test_the_constants_are_the_kernels():
    assert (verify.ID_TAG, verify.EVENTS_TAG, verify.ED25519) == (
        transaction.ID_TAG,
        transaction.EVENTS_TAG,
        transaction.ED25519,
    )
    assert (verify.NONCE_BYTES, verify.SIGNATURE_BYTES) == (transaction.NONCE_BYTES, transaction.SIGNATURE_BYTES)
    assert (verify.MAX_SIGNATURES, verify.MAX_COMMANDS) == (transaction.MAX_SIGNATURES, transaction.MAX_COMMANDS)
    assert (verify.MAX_ORGANISATIONS, verify.MAX_TRANSACTION_BYTES) == (
        transaction.MAX_ORGANISATIONS,
        transaction.MAX_BYTES,
    )
    assert verify.SALT_BYTES == context.SALT_BYTES


def test_a_transaction_is_proved_with_its_outcome_and_events(world, proofs):
    verdict = verify.verify(proofs["transaction"], make_trust())
    assert (verdict.statement, verdict.network, verdict.genesis_hash) == (
        "transaction",
        NETWORK.name,
        NETWORK.genesis_hash,
    )
    assert (verdict.height, verdict.time_ms, verdict.newest_ms) == (1, START_MS + 1000, START_MS + 1000)
    assert (verdict.assurance, verdict.standing, verdict.age_ms) == ("ATTESTED BY OPERATOR", "", None)
    assert verdict.transaction_id == world.ids[0]
    assert verdict.transaction is not None
    assert verdict.transaction.commands[0].kind == PUT
    assert verdict.outcome == pb.Outcome()
    assert verdict.events is not None
    assert [event.kind for event in verdict.events.events] == [PUT]
    assert len(verdict.signers) == len(MEMBER_SEEDS)
    assert verdict.size == world.application.head.size


def test_a_refused_transaction_is_proved_with_its_reason(world):
    verdict = verify.verify(build_transaction_proof(world.store, NETWORK, world.ids[1]), make_trust())
    assert verdict.outcome == pb.Outcome(code=9_999, field=pb.Hold.WHAT_FIELD_NUMBER)
    assert verdict.events == pb.Events()


def test_records_and_absence_are_proved_under_one_block(proofs):
    verdict = verify.verify(proofs["state"], make_trust())
    assert verdict.bodies == {"a/1": b"here", "locked/1": b"locked", "never/1": None}
    assert verdict.lapses == {"locked/1": LAPSE_MS}
    assert (verdict.standing, verdict.height, verdict.transaction) == ("CURRENT", 3, None)


def test_an_earlier_state_is_historical_and_says_what_was(world):
    proof = build_state_proof(world.store, world.tree, NETWORK, ["gone/1", "b/1", "locked/1"], 1)
    verdict = verify.verify(proof, make_trust())
    assert (verdict.standing, verdict.height) == ("HISTORICAL", 1)
    assert verdict.bodies == {"gone/1": b"here", "b/1": None, "locked/1": None}


def test_a_log_is_proved_to_have_only_grown(world, proofs):
    verdict = verify.verify(proofs["consistency"], make_trust())
    assert (verdict.statement, verdict.first_size, verdict.size) == ("consistency", 2, world.application.head.size)
    assert (verdict.height, verdict.newest_ms) == (None, None)


@pytest.mark.parametrize("kind", ["transaction", "state", "consistency"])
@pytest.mark.parametrize("render", [render_binary, render_json])
def test_both_forms_read_back_and_no_other_spelling_holds(proofs, kind, render):
    data = render(proofs[kind])
    trust = make_trust()
    assert parse_proof(data) == proofs[kind]
    accepted = []
    for at in range(len(data)):
        spellings = [data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for bit in (0x01, 0x20, 0x80)]
        spellings += [data[:at], data[:at] + data[at + 1 :], data[:at] + data[at : at + 1] + data[at:]]
        for spelling in spellings:
            try:
                verify.verify(parse_proof(spelling), trust)
            except (MalformedInput, ProofRefused):
                continue
            accepted.append((at, spelling))
    assert accepted == []


def test_a_question_is_answered_from_its_own_keys(proofs):
    trust = make_trust()
    assert verify.verify(proofs["state"], trust, Says("never/1", None)).standing == "CURRENT"
    assert verify.verify(proofs["state"], trust, Asked(KEYS)).standing == "CURRENT"
    assert refusal(proofs["state"], trust, Says("a/1", None)) == "ANSWER_IS_NO"


def test_the_absence_of_another_key_answers_nothing(proofs):
    assert refusal(proofs["state"], make_trust(), Says("other/1", None)) == "NOT_ASKED"


@pytest.mark.parametrize("kind", ["transaction", "consistency"])
def test_a_question_about_state_is_answered_by_a_state_only(proofs, kind):
    assert refusal(proofs[kind], make_trust(), Asked(())) == "OTHER_STATEMENT"


def test_a_past_state_answers_only_where_its_height_is_named(world):
    proof, trust = build_state_proof(world.store, world.tree, NETWORK, ["b/1"], 2), make_trust()
    assert refusal(proof, trust, Says("b/1", None)) == "HISTORICAL"
    assert verify.verify(proof, trust, Says("b/1", None), at_height=2).standing == "HISTORICAL"
    assert refusal(proof, trust, Says("b/1", None), at_height=3) == "OTHER_HEIGHT"
    assert refusal(proof, trust, at_height=1) == "OTHER_HEIGHT"


def test_from_its_lapse_on_a_state_is_no_longer_current(proofs):
    trust, question = make_trust(), Says("locked/1", b"locked")
    assert verify.verify(proofs["state"], trust, question, now_ms=LAPSE_MS - 1).standing == "CURRENT"
    assert refusal(proofs["state"], trust, question, now_ms=LAPSE_MS) == "HISTORICAL"
    # The operator's own later word moves the clock too, even for a reader without one.
    later = cosign_proof(proofs["state"], lambda text: cosign_as_operator(text, LAPSE_MS))
    assert verify.verify(later, trust).standing == "HISTORICAL"


def test_a_lapse_that_came_before_the_block_is_what_the_record_means():
    world, lapse_ms = ProofWorld(records=3), START_MS + 30_000
    world.run((PUT, "locked/1", lapse_ms))
    world.run((PUT, "a/1", 0), time_ms=lapse_ms)
    proof = build_state_proof(world.store, world.tree, NETWORK, ["locked/1"])
    world.close()
    verdict = verify.verify(proof, make_trust(), Says("locked/1", b"free"), now_ms=lapse_ms + 1)
    assert (verdict.standing, verdict.lapses) == ("CURRENT", {})


def test_age_counts_from_the_newest_statement_over_the_root(proofs):
    trust, proof = make_trust(), proofs["state"]
    block_ms = START_MS + 3000
    now_ms = block_ms + 2 * MINUTE_MS
    assert verify.verify(proof, trust, now_ms=now_ms, not_older_than_ms=2 * MINUTE_MS).age_ms == 2 * MINUTE_MS
    assert refusal(proof, trust, now_ms=now_ms, not_older_than_ms=2 * MINUTE_MS - 1) == "TOO_OLD"
    fresh = cosign_proof(proof, lambda text: cosign_as_operator(text, now_ms))
    assert verify.verify(fresh, trust, now_ms=now_ms, not_older_than_ms=0).age_ms == 0
    assert verify.verify(fresh, trust, now_ms=now_ms - 1).age_ms == 0


def test_an_age_that_nobody_knows_is_no_young_age(proofs):
    trust = make_trust()
    assert refusal(proofs["state"], trust, not_older_than_ms=10**15) == "AGE_UNKNOWN"
    assert refusal(proofs["consistency"], trust, now_ms=LAPSE_MS, not_older_than_ms=10**15) == "AGE_UNKNOWN"
    fresh = cosign_proof(proofs["consistency"], lambda text: cosign_as_operator(text, LAPSE_MS))
    assert verify.verify(fresh, trust, now_ms=LAPSE_MS, not_older_than_ms=0).newest_ms == LAPSE_MS


def test_a_statement_from_the_future_is_refused(proofs):
    block_ms = START_MS + 3000
    now_ms = block_ms - verify.CLOCK_TOLERANCE_MS
    assert verify.verify(proofs["state"], make_trust(), now_ms=now_ms).age_ms == 0
    assert refusal(proofs["state"], make_trust(), now_ms=now_ms - 1) == "FROM_THE_FUTURE"


def test_one_witness_of_a_quorum_of_two_makes_nothing_young(proofs):
    second = "second.example"
    witnesses = [render_key("witness.example", bytes([2]) * 32, 4), render_key(second, OTHER_SEED, 4)]
    trust = make_trust(witness_quorum=2)
    trust.witnesses[:] = witnesses
    late, early = LAPSE_MS - 1000, START_MS + MINUTE_MS
    one = cosign_proof(proofs["state"], lambda text: cosign_as_witness(text, late))
    verdict = verify.verify(one, trust, now_ms=LAPSE_MS)
    assert (verdict.assurance, verdict.newest_ms) == ("ATTESTED BY OPERATOR", START_MS + 3000)
    two = cosign_proof(one, lambda text: cosign_as_witness(text, early, second, OTHER_SEED))
    verdict = verify.verify(two, trust, now_ms=LAPSE_MS - 500)
    assert (verdict.assurance, verdict.newest_ms) == ("WITNESSED 2 of 2", early)


def test_under_a_simulated_clock_only_its_time_counts(proofs):
    trust, proof = make_trust(simulated_clock=True), proofs["state"]
    with pytest.raises(MalformedInput):
        verify.verify(proof, make_trust(), simulated_now_ms=START_MS)
    decades_later = 2 * START_MS
    verdict = verify.verify(proof, trust, now_ms=decades_later)
    assert (verdict.is_simulated, verdict.age_ms, verdict.standing) == (True, None, "CURRENT")
    now_ms = START_MS + MINUTE_MS
    fresh = cosign_proof(proof, lambda text: cosign_as_operator(text, now_ms))
    verdict = verify.verify(fresh, trust, now_ms=decades_later, simulated_now_ms=now_ms)
    assert (verdict.age_ms, verdict.newest_ms) == (MINUTE_MS - 3000, START_MS + 3000)
    assert verify.verify(proof, trust, simulated_now_ms=LAPSE_MS).standing == "HISTORICAL"


@pytest.mark.parametrize("kind", ["transaction", "state", "consistency"])
def test_another_networks_trust_file_refuses(proofs, kind):
    other = make_trust()
    other.network.genesis_hash = bytes(32)
    assert refusal(proofs[kind], other) == "OTHER_NETWORK"
    named = make_trust()
    named.network.name = "proofs.other"
    assert refusal(proofs[kind], named) == "OTHER_NETWORK"


def test_a_trust_file_that_expires_needs_a_clock(proofs):
    trust = make_trust(expires_at_ms=LAPSE_MS)
    assert refusal(proofs["state"], trust) == "CLOCK_NEEDED"
    assert refusal(proofs["state"], trust, now_ms=LAPSE_MS) == "TRUST_EXPIRED"
    assert verify.verify(proofs["state"], trust, now_ms=LAPSE_MS - 1).statement == "state"


def test_no_proof_is_no_proof():
    with pytest.raises(MalformedInput):
        verify.verify(pb.Proof(), make_trust())


def test_a_trust_file_is_opened_once_for_many_proofs(proofs):
    opened = verify.open_trust(make_trust())
    assert [verify.verify(proof, opened).statement for proof in proofs.values()] == list(proofs)
