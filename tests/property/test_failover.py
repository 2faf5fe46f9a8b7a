"""Whatever its nodes do, each submission of a client has one outcome, and no id is ever said with other bytes."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hefu.v1 import node_pb2 as pb
from hefu.v1 import receivables_pb2
from nodes.client import AsyncClient, Draft, Undecided, patience, peers, sign_drafts
from nodes.client.outcomes import read_id
from tests.support.fake_network import FakeDoor, Fault, SharedLedger, doors_open
from tests.support.fake_node import NETWORK, NOW_MS

SEED = bytes([7]) * 32
SPLIT = receivables_pb2.Split(voucher=receivables_pb2.VoucherRef(package="p", start=1, end=9), first_fen=4)
ATTEMPT_S = 0.05
# A refusal without a leaf is an answer of its own where the other copy is not known: the unit tests have it.
FAULTS = [fault for fault in Fault if fault is not Fault.DOUBT]
SCHEDULES = st.lists(st.lists(st.sampled_from(FAULTS), max_size=5), min_size=3, max_size=3)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(patience, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(patience, "LONGEST_DELAY_S", 0.01)
    monkeypatch.setattr(peers, "SAFE_MARGIN_MS", 200)


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as made:
        yield made


def make(count: int, validity_ms: int) -> list[bytes]:
    return [sign_drafts(NETWORK, NOW_MS + validity_ms, [Draft(("A",), SPLIT)], [SEED]) for _ in range(count)]


async def stream(client: AsyncClient, signed: Sequence[bytes], size: int, window: int) -> list[pb.Receipt]:
    batches = [signed[start : start + size] for start in range(0, len(signed), size)]
    return [receipt async for answered in client.submit_stream(batches, window) for receipt in answered]


def assert_one_outcome_each(ledger: SharedLedger, signed: Sequence[bytes], receipts: Sequence[pb.Receipt]) -> None:
    assert [receipt.id for receipt in receipts] == [read_id(one) for one in signed]
    assert [receipt.index for receipt in receipts] == [ledger.decided[read_id(one)].receipt.index for one in signed]
    assert all(receipt.has_leaf for receipt in receipts)
    assert ledger.arrived == {read_id(one): {one} for one in signed}
    assert sorted(view.receipt.index for view in ledger.decided.values()) == list(range(len(signed)))


@settings(max_examples=30, deadline=None)
@given(schedules=SCHEDULES, count=st.integers(1, 12), size=st.integers(1, 4), window=st.integers(1, 4))
def test_every_submission_of_a_stream_has_one_outcome(runner, schedules, count, size, window):
    async def play() -> None:
        ledger = SharedLedger()
        doors = [FakeDoor(ledger, faults) for faults in schedules]
        signed = make(count, 3_600_000)
        async with doors_open(*doors) as targets, AsyncClient(targets, timeout_s=ATTEMPT_S) as client:
            receipts = await stream(client, signed, size, window)
        assert_one_outcome_each(ledger, signed, receipts)

    runner.run(play())


@settings(max_examples=20, deadline=None)
@given(schedules=SCHEDULES, count=st.integers(1, 5))
def test_submissions_side_by_side_have_one_outcome_each(runner, schedules, count):
    async def play() -> None:
        ledger = SharedLedger()
        doors = [FakeDoor(ledger, faults) for faults in schedules]
        signed = make(count, 3_600_000)
        async with doors_open(*doors) as targets, AsyncClient(targets, timeout_s=ATTEMPT_S) as client:
            receipts = await asyncio.gather(*(client.submit(one) for one in signed))
        assert_one_outcome_each(ledger, signed, receipts)

    runner.run(play())


@settings(max_examples=20, deadline=None)
@given(taken=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3))
def test_where_all_nodes_go_it_is_said_to_be_unknown_or_what_it_is(runner, taken):
    async def play() -> None:
        ledger = SharedLedger()
        doors = [FakeDoor(ledger, [*taken, *[Fault.REFUSE] * 1000]) for _ in range(2)]
        (signed,) = make(1, 1)
        async with doors_open(*doors) as targets, AsyncClient(targets, timeout_s=ATTEMPT_S) as client:
            (outcome,) = await asyncio.gather(client.submit(signed), return_exceptions=True)
        if isinstance(outcome, pb.Receipt):
            assert list(ledger.decided) == [outcome.id] == [read_id(signed)]
        else:
            assert isinstance(outcome, Undecided)
            assert (outcome.ids, ledger.decided) == ((read_id(signed),), {})
        assert all(len(said) == 1 for said in ledger.arrived.values())

    runner.run(play())
