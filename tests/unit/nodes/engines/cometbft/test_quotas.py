"""How much of a block one organisation may fill."""

import pytest

from ledger.application import check_transaction
from ledger.context import Record
from ledger.errors import InvariantViolation
from ledger.transaction import sign
from nodes.config import MAX_BATCH
from nodes.engines.cometbft.bundles import encode_bundle
from nodes.engines.cometbft.quotas import BlockQuota
from tests.support import toy
from tests.unit.nodes.engines.cometbft.toys import SEEDS, STRANGERS, Bench, put

ALLOWED = 2
TIME_MS = 2_000


@pytest.fixture
def bench() -> Bench:
    return Bench(ALLOWED)


@pytest.fixture
def quota(bench) -> BlockQuota:
    return BlockQuota(bench.application, TIME_MS)


def bundle(numbers, actor=toy.ALICE, seed=b"", valid_until_ms=0):
    return [check_transaction(put(number, actor, seed, valid_until_ms)) for number in numbers]


def fill(quota, actor=toy.ALICE, first=0):
    """Use up all that one may."""
    assert quota.admit(bundle(range(first, first + MAX_BATCH), actor))
    assert quota.admit(bundle(range(first + MAX_BATCH, first + MAX_BATCH + ALLOWED), actor))
    assert not quota.admit(bundle([first + 500], actor))


def test_an_organisation_fills_its_share_and_a_bundle_more(quota):
    fill(quota)
    fill(quota, toy.BOB, 1000)
    assert not quota.admit(bundle([1]) + bundle([900]) + bundle([1900], toy.BOB))


def test_a_bundle_that_is_too_much_uses_up_nothing(quota):
    assert quota.admit(bundle(range(MAX_BATCH)))
    assert not quota.admit(bundle(range(100, 100 + ALLOWED + 1)))
    assert quota.admit(bundle(range(100, 100 + ALLOWED)))


def test_what_another_signs_is_not_counted_for_who_is_said_to_act(quota):
    for first in range(0, 4 * MAX_BATCH, MAX_BATCH):
        assert quota.admit(bundle(range(first, first + MAX_BATCH), toy.ALICE, SEEDS[toy.BOB]))
        assert quota.admit(bundle(range(first + 1000, first + 1000 + MAX_BATCH), toy.ALICE, STRANGERS))
    fill(quota, first=5000)


def test_the_same_transaction_counts_once_in_a_block_in_whatever_bundles(quota):
    again = bundle([1])
    assert all(quota.admit(again * MAX_BATCH) for _ in range(4))
    assert quota.admit(bundle(range(2, MAX_BATCH + 2)))
    assert quota.admit(bundle([90]))
    assert not quota.admit(bundle([91]))


def test_what_was_decided_or_expired_or_is_meant_for_another_network_anybody_can_send_again(bench):
    for height, first in ((1, 0), (2, 1000)):
        bench.finalize(height, encode_bundle([put(n) for n in range(first, first + MAX_BATCH)]))
        bench.adapter.commit()
    quota = BlockQuota(bench.application, TIME_MS)
    decided = [
        number for number in range(1100) if (put(number) and toy.get_id(put(number)) in bench.store.transactions)
    ]
    assert len(decided) == 2 * ALLOWED
    for _ in range(40):
        assert quota.admit(bundle(decided))
    assert quota.admit(bundle(range(2000, 2000 + MAX_BATCH), valid_until_ms=TIME_MS))
    assert quota.admit(bundle(range(3000, 3000 + MAX_BATCH), valid_until_ms=TIME_MS + toy.HORIZON_MS + 1))
    body = toy.get_body(put(4000))
    body.network.name = "another"
    foreign = [check_transaction(sign(body.SerializeToString(deterministic=True), [SEEDS[toy.ALICE]]))]
    assert quota.admit(foreign * MAX_BATCH)
    fill(quota, first=5000)


def test_an_agent_that_signs_is_counted_and_not_its_principal(quota):
    def make(number):
        body = toy.get_body(put(number))
        body.commands[0].agent = toy.BOB
        return check_transaction(sign(body.SerializeToString(deterministic=True), [SEEDS[toy.BOB]]))

    assert quota.admit([make(number) for number in range(MAX_BATCH)])
    assert quota.admit([make(number) for number in range(100, 100 + ALLOWED)])
    assert not quota.admit([make(200)])
    fill(quota, first=1000)


def test_one_transaction_of_several_commands_counts_once_for_each_that_acts_and_signs(quota):
    commands = [
        toy.make_command(toy.PUT, "note/1", organisations=(actor,)) for actor in (toy.ALICE, toy.ALICE, toy.BOB)
    ]
    until_ms = TIME_MS + 1000

    def make(number, *owners):
        return check_transaction(sign(toy.make_body(b"%016d" % number, commands, until_ms), [SEEDS[o] for o in owners]))

    assert quota.admit([make(number, toy.ALICE) for number in range(MAX_BATCH)])
    assert quota.admit([make(number, toy.ALICE, toy.BOB) for number in range(100, 100 + ALLOWED)])
    assert not quota.admit([make(200, toy.ALICE, toy.BOB)])
    assert quota.admit(bundle(range(300, 300 + MAX_BATCH), toy.BOB))


def test_a_state_without_limits_is_our_bug():
    class Empty:
        def read_committed(self, key: str) -> Record | None:
            return None

        def list_open(self, transactions, time_ms):
            return transactions

    with pytest.raises(InvariantViolation, match="no limits"):
        BlockQuota(Empty(), TIME_MS)
