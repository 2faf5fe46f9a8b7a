"""Trust files of a network: made from its genesis, and renewed by a proof that is final."""

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import Validator
from ledger.trust import ProofRefused, open_trust
from nodes.trust_files import build_network_trust, renew_trust
from tests.support.light_blocks import DAY_MS, SEEDS, list_validators, make_light_block, make_network_trust
from tests.support.proof_world import LOG_SEED, NETWORK, ORIGIN, START_MS, render_key

APP = bytes([9]) * 32
NOW_MS = START_MS + 60_000


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
