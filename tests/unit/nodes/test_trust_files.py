"""Trust files of a network: made from its genesis, and renewed by a proof that is final."""

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import Validator
from ledger.notes import Checkpoint, Note, app_hash, sign_note
from ledger.trust import ProofRefused, open_trust
from nodes.trust_files import TRUSTING_PERIOD_MS, begin_trust, build_network_trust, renew_trust
from tests.support.light_blocks import DAY_MS, SEEDS, list_validators, make_light_block, make_network_trust
from tests.support.proof_world import LOG_SEED, NETWORK, ORIGIN, START_MS, make_trust, render_key

APP = bytes([9]) * 32
NOW_MS = START_MS + 60_000
TEXT = Checkpoint(ORIGIN, 3, bytes(32)).body()
OWN = make_trust(witness_quorum=0)


def test_a_network_is_trusted_by_its_validators_whatever_their_order():
    validators = list_validators()
    trust = build_network_trust(NETWORK, ORIGIN, reversed(validators), [], START_MS, DAY_MS, False)
    assert trust == make_network_trust()
    keys = [render_key(ORIGIN, LOG_SEED)]
    simulated = build_network_trust(NETWORK, ORIGIN, validators, keys, START_MS, DAY_MS, True)
    assert [key.key for key in simulated.log_keys] == keys
    assert simulated.simulated_clock
    with pytest.raises(MalformedInput):
        build_network_trust(NETWORK, ORIGIN, [Validator(bytes(32), 0)], [], START_MS, DAY_MS, False)


def test_the_trusting_period_begins_anew_with_a_newer_header():
    first, last = (
        make_light_block(APP, seeds=SEEDS[:5]),
        make_light_block(APP, height=9, time_ms=NOW_MS, seeds=SEEDS[2:6]),
    )
    renewed = renew_trust(make_network_trust(), pb.Finality(light_blocks=[first, last]), NOW_MS)
    basis = open_trust(renewed).basis
    assert basis is not None
    assert (basis.height, basis.time_ns, basis.validators) == (9, NOW_MS * 1_000_000, list_validators(SEEDS[2:6]))
    # It leads on: the same proof, and a later one, when the first trust file has long expired.
    later = make_light_block(APP, height=10, time_ms=NOW_MS + DAY_MS - 1, seeds=SEEDS[2:6])
    for block in (last, later):
        assert renew_trust(renewed, pb.Finality(light_blocks=[block]), NOW_MS + DAY_MS - 1)


def test_a_header_before_a_change_of_validators_is_no_beginning():
    last = make_light_block(APP, next_seeds=SEEDS[:5])
    with pytest.raises(MalformedInput):
        renew_trust(make_network_trust(), pb.Finality(light_blocks=[last]), NOW_MS)


def test_only_what_is_final_renews():
    with pytest.raises(ProofRefused):
        renew_trust(make_network_trust(), pb.Finality(light_blocks=[make_light_block(APP, absent=SEEDS[:2])]), NOW_MS)
    with pytest.raises(MalformedInput):
        renew_trust(make_network_trust(), pb.Finality(), NOW_MS)


def begin(block: pb.LightBlock | None = None, text: bytes = TEXT, now_ms: int = NOW_MS, trust: pb.TrustFile = OWN):
    """Trust on first use in what a node shows: a signed checkpoint, and a header that carries it."""
    note = Note(text, (sign_note(text, ORIGIN, LOG_SEED),)).render()
    shown = block or make_light_block(app_hash(text), height=9, time_ms=NOW_MS - 1000)
    return begin_trust(trust, note, pb.Finality(light_blocks=[make_light_block(APP), shown]), now_ms)


def test_on_first_use_trust_begins_with_the_newest_header():
    begun = begin()
    opened = open_trust(begun)
    assert opened.basis is not None
    assert (opened.basis.height, opened.basis.validators) == (9, list_validators())
    assert (begun.trusting_period_ms, begun.log_keys, begun.origin) == (TRUSTING_PERIOD_MS, OWN.log_keys, ORIGIN)
    later = pb.Finality(light_blocks=[make_light_block(APP, height=70, time_ms=NOW_MS + DAY_MS)])
    assert renew_trust(begun, later, NOW_MS + DAY_MS)


def test_on_first_use_a_header_is_consistent_with_itself_and_with_the_node():
    carried = app_hash(TEXT)
    for reason, block in (
        ("NOT_FINAL", make_light_block(carried, time_ms=NOW_MS, absent=SEEDS[:2])),
        ("NOT_FINAL", make_light_block(bytes(32), time_ms=NOW_MS)),
        ("FROM_THE_FUTURE", make_light_block(carried, time_ms=NOW_MS + DAY_MS)),
        ("TRUST_EXPIRED", make_light_block(carried, time_ms=NOW_MS - TRUSTING_PERIOD_MS)),
    ):
        with pytest.raises(ProofRefused) as caught:
            begin(block)
        assert caught.value.reason == reason
    other_network = pb.NetworkId(name=NETWORK.name, genesis_hash=bytes(32))
    for block in (
        make_light_block(carried, time_ms=NOW_MS, network=other_network),
        make_light_block(carried, time_ms=NOW_MS, next_seeds=SEEDS[:5]),
    ):
        with pytest.raises(MalformedInput):
            begin(block)
    with pytest.raises(ProofRefused):
        begin(text=Checkpoint("another.example/log", 3, bytes(32)).body())
    with pytest.raises(MalformedInput, match="ask again"):
        begin_trust(OWN, b"", pb.Finality(), NOW_MS)
