"""A client with several nodes in its list: one fails, the next is asked, and each submission has one outcome."""

import pytest

from hefu.v1 import ledger_pb2, receivables_pb2
from hefu.v1 import node_pb2 as pb
from nodes.client import (
    AsyncClient,
    CallFailed,
    Draft,
    OtherNetwork,
    Refused,
    Undecided,
    Unreachable,
    patience,
    peers,
    search,
    sign_drafts,
)
from nodes.client.outcomes import read_id, read_valid_until_ms
from tests.support.fake_network import ORIGIN, FakeDoor, Fault, SharedLedger, doors_open
from tests.support.fake_node import NETWORK, NOW_MS

SEED = bytes([7]) * 32
SPLIT = receivables_pb2.Split(voucher=receivables_pb2.VoucherRef(package="p", start=1, end=9), first_fen=4)
ANOTHER = ledger_pb2.NetworkId(name="another", genesis_hash=bytes(32))
ATTEMPT_S = 0.2
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Nobody waits long for nodes that are told to fail."""
    monkeypatch.setattr(patience, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(search, "LEVEL_S", 0.05)
    monkeypatch.setattr(search, "LEVEL_PAUSE_S", 0.001)


def make(count: int, validity_ms: int = HOUR_MS) -> list[bytes]:
    return [sign_drafts(NETWORK, NOW_MS + validity_ms, [Draft(("A",), SPLIT)], [SEED]) for _ in range(count)]


def make_doors(count: int = 3) -> tuple[SharedLedger, list[FakeDoor]]:
    ledger = SharedLedger()
    return ledger, [FakeDoor(ledger) for _ in range(count)]


def open_client(targets: str, **options) -> AsyncClient:
    return AsyncClient(targets, timeout_s=ATTEMPT_S, **options)


async def stream(client: AsyncClient, signed: list[bytes], size: int = 2, **options) -> list[pb.Receipt]:
    batches = [signed[start : start + size] for start in range(0, len(signed), size)]
    return [receipt async for answered in client.submit_stream(batches, **options) for receipt in answered]


def assert_once(ledger: SharedLedger, signed: list[bytes]) -> None:
    """Each was decided, once, and under no other bytes."""
    assert list(ledger.decided) == [read_id(one) for one in signed]
    assert ledger.arrived == {read_id(one): {one} for one in signed}


FAULTS = [Fault.REFUSE, Fault.TAKE, Fault.DECIDE, Fault.HANG, Fault.TAKE_AND_HANG]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_submission_goes_to_the_next_node_as_it_is(fault):
    ledger, doors = make_doors()
    doors[0].faults, doors[1].faults = [fault], [fault]
    (signed,) = make(1)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        receipt = await client.submit(signed)
    assert (receipt.id, receipt.index) == (read_id(signed), 0)
    assert [door.submitted for door in doors] == [1, 1, 1]
    assert_once(ledger, [signed])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_stream_goes_on_at_the_next_node_in_its_order(fault):
    ledger, doors = make_doors()
    doors[0].faults = [fault]
    doors[1].faults = [fault]
    signed = make(20)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        receipts = await stream(client, signed, window=3)
    assert [receipt.id for receipt in receipts] == [read_id(one) for one in signed]
    assert_once(ledger, signed)


async def test_the_same_nodes_are_asked_again_after_a_pause():
    ledger, doors = make_doors(2)
    doors[0].faults, doors[1].faults = [Fault.REFUSE] * 3, [Fault.DECIDE] * 3
    (signed,) = make(1)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        assert (await client.submit(signed)).is_duplicate
    assert_once(ledger, [signed])


async def test_a_node_that_takes_no_transactions_is_passed_over():
    ledger, doors = make_doors(2)
    doors[0].is_serving = False
    signed = make(3)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        await client.submit(signed[0])
        assert len(await stream(client, signed[1:])) == 2
    assert (doors[0].submitted, doors[1].submitted) == (0, 2)
    assert_once(ledger, signed)


async def test_a_node_that_takes_none_still_answers_questions():
    _, doors = make_doors(2)
    doors[0].is_serving = False
    async with doors_open(*doors) as targets, open_client(targets) as client:
        assert (await client.status()).network == NETWORK
    assert (doors[0].asked, doors[1].asked) == (2, 1)


async def test_what_was_decided_is_found_by_its_id_although_nobody_answered(monkeypatch):
    monkeypatch.setattr(peers, "SAFE_MARGIN_MS", 100)
    ledger, doors = make_doors(2)
    doors[0].faults, doors[1].faults = [Fault.DECIDE] * 1000, [Fault.REFUSE] * 1000
    signed = make(5, validity_ms=1)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        assert (await client.submit(signed[0])).index == 0
        with pytest.raises(Unreachable):  # what was handed over has its outcomes; the rest was not handed over
            await stream(client, signed[1:], window=1)
    assert ledger.arrived.keys() == ledger.decided.keys()


async def test_a_stream_that_nobody_answers_ends_with_the_outcomes_that_are_known(monkeypatch):
    monkeypatch.setattr(peers, "SAFE_MARGIN_MS", 100)
    ledger, doors = make_doors(2)
    doors[0].faults, doors[1].faults = [Fault.DECIDE] * 1000, [Fault.REFUSE] * 1000
    signed = make(4, validity_ms=1)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        answers = client.submit_stream([signed[:2], signed[2:]])
        first = await anext(answers)
        for one in signed[2:]:
            ledger.decided.pop(read_id(one), None)  # as if it were not decided
        with pytest.raises(Undecided) as caught:
            await anext(answers)
    assert [receipt.id for receipt in first] == [read_id(one) for one in signed[:2]]
    assert caught.value.ids == tuple(read_id(one) for one in signed[2:])


async def test_what_no_node_knows_is_undecided_when_its_validity_is_past(monkeypatch):
    monkeypatch.setattr(peers, "SAFE_MARGIN_MS", 100)
    ledger, doors = make_doors(2)
    for door in doors:
        door.faults = [Fault.REFUSE] * 1000
    (signed,) = make(1, validity_ms=1)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        with pytest.raises(Undecided, match="unknown: not decided as far as the reachable nodes") as caught:
            await client.submit(signed)
        assert caught.value.ids == (read_id(signed),)
        with pytest.raises(Undecided):
            await stream(client, [signed])
    assert not ledger.arrived


async def test_a_caller_may_have_less_patience():
    _, doors = make_doors(2)
    for door in doors:
        door.faults = [Fault.REFUSE] * 1000
    async with doors_open(*doors) as targets, open_client(targets, patience_s=0.05) as client:
        with pytest.raises(Undecided):
            await client.submit(make(1)[0])


async def test_what_was_never_handed_over_is_unreachable():
    _, doors = make_doors(2)
    for door in doors:
        door.is_serving = False
    async with doors_open(*doors) as targets, open_client(targets, patience_s=0.05) as client:
        with pytest.raises(Unreachable, match="takes no transactions"):
            await client.submit(make(1)[0])
        with pytest.raises(Unreachable):
            await stream(client, make(1))


async def test_a_refusal_without_a_leaf_gives_way_to_the_outcome_of_the_other_copy():
    ledger, doors = make_doors(2)
    doors[0].faults, doors[1].faults = [Fault.TAKE, Fault.TAKE], [Fault.DOUBT]
    first, second = make(2)
    async with doors_open(*doors) as targets:
        async with open_client(targets) as client:
            assert (await client.submit(first)).has_leaf
        doors[1].faults = [Fault.DOUBT]
        async with open_client(targets) as client:
            (receipt,) = await stream(client, [second])
    assert receipt.has_leaf
    assert not receipt.HasField("refusal")
    assert_once(ledger, [first, second])


async def test_a_refusal_without_a_leaf_stands_where_nothing_was_handed_over_before():
    _, doors = make_doors(2)
    doors[0].faults = [Fault.DOUBT]
    async with doors_open(*doors) as targets, open_client(targets) as client:
        with pytest.raises(Refused):
            await client.submit(make(1)[0])


async def test_one_reads_what_one_wrote_at_whichever_node():
    _, doors = make_doors()
    (signed,) = make(1)
    question = pb.GetTransactionRequest(id=read_id(signed))
    async with doors_open(*doors) as targets, open_client(targets) as client:
        await client.submit(signed)
        doors[0].is_down = True
        doors[1].behind = 1  # and does not catch up
        view = await client.ask(client.ledger.GetTransaction, question)
    assert view.receipt.id == read_id(signed)


async def test_a_node_that_is_behind_is_waited_for():
    _, doors = make_doors(2)
    (signed,) = make(1)
    question = pb.GetTransactionRequest(id=read_id(signed))
    async with doors_open(*doors) as targets, open_client(targets) as client:
        await client.submit(signed)
        doors[0].is_down = True
        doors[1].behind, doors[1].catches_up_after = 1, doors[1].asked + 2
        view = await client.ask(client.ledger.GetTransaction, question)
    assert view.receipt.id == read_id(signed)


async def test_nobody_who_is_behind_answers():
    _, doors = make_doors(2)
    (signed,) = make(1)
    async with doors_open(*doors) as targets, open_client(targets, patience_s=0.01) as client:
        await client.submit(signed)
        doors[0].is_down = True
        doors[1].behind = 1
        with pytest.raises(Unreachable, match="behind 1"):
            await client.ask(client.ledger.GetTransaction, pb.GetTransactionRequest(id=read_id(signed)))


async def test_a_question_that_a_node_answers_with_no_is_not_put_to_the_next():
    _, doors = make_doors(2)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        with pytest.raises(CallFailed, match="NOT_FOUND"):
            await client.ask(client.ledger.GetTransaction, pb.GetTransactionRequest(id=bytes(32)))
    assert doors[1].asked == 1


@pytest.mark.parametrize(("name", "other"), [("network", ANOTHER), ("origin", "another/log")])
async def test_nothing_is_signed_for_a_list_of_several_networks(name, other):
    ledger, doors = make_doors()
    setattr(doors[2], name, other)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        for _ in range(2):
            with pytest.raises(OtherNetwork) as caught:
                await client.sign([Draft(("A",), SPLIT)], [SEED])
        assert caught.value.targets == (doors[2].target,)
        with pytest.raises(OtherNetwork):
            await client.submit(make(1)[0])
        with pytest.raises(OtherNetwork):
            await stream(client, make(1))
    assert not ledger.arrived


async def test_the_trust_file_says_which_network_is_meant():
    _, doors = make_doors(2)
    doors[0].network = ANOTHER
    trust = ledger_pb2.TrustFile(network=NETWORK, origin=ORIGIN, simulated_clock=True)
    async with doors_open(*doors) as targets, open_client(targets, trust=trust) as client:
        with pytest.raises(OtherNetwork, match="the trust file") as caught:
            await client.signing_status()
    assert caught.value.targets == (doors[0].target,)


async def test_a_stranger_that_shows_itself_later_is_never_given_anything():
    ledger, doors = make_doors()
    doors[0].faults = [Fault.TAKE]
    doors[1].network, doors[1].down_for = ANOTHER, 1
    signed, later = make(2)
    async with doors_open(*doors) as targets, open_client(targets) as client:
        assert (await client.submit(signed)).is_duplicate
        with pytest.raises(OtherNetwork):
            await client.submit(later)
    assert doors[1].submitted == 0
    assert_once(ledger, [signed])


async def test_a_list_is_ready_when_one_of_it_is():
    _, (door,) = make_doors(1)
    async with doors_open(door) as target, open_client(f"127.0.0.1:1,{target}") as client:
        await client.wait_until_ready(10)
        assert (await client.status()).network == NETWORK
        assert (await client.ledger.GetStatus(pb.GetStatusRequest(), timeout=10)).origin == ORIGIN


async def test_what_a_node_keeps_for_itself_is_asked_of_the_first_alone():
    _, doors = make_doors(2)
    async with doors_open(*doors) as targets, open_client(targets, patience_s=0.01) as client:
        assert (await client.ask_anew(client.ledger.GetStatus, pb.GetStatusRequest)).network == NETWORK
        asked = doors[1].asked
        doors[0].is_down = True
        with pytest.raises(Unreachable, match=doors[0].target):
            await client.ask_anew(client.ledger.GetStatus, pb.GetStatusRequest)
    assert doors[1].asked == asked


async def test_bytes_that_are_no_transaction_are_not_waited_for():
    assert (read_id(b"nonsense"), read_valid_until_ms(b"nonsense")) == (b"", 0)
    _, doors = make_doors(2)
    for door in doors:
        door.is_down = True
    async with doors_open(*doors) as targets, open_client(targets) as client:
        with pytest.raises(Unreachable):
            await client.submit(b"nonsense")
