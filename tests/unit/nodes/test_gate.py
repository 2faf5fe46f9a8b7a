import asyncio

import pytest

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from identity.rejections import CERTIFICATE_NOT_VERIFIED
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import decode, sign
from nodes.gate import Gate, Turn, check_size
from nodes.link import LinkFailure
from nodes.stopwatch import Stopwatch


def transaction(number: int) -> bytes:
    body = ledger_pb2.TransactionBody(nonce=number.to_bytes(16, "big"), valid_until_ms=1)
    body.network.name = "n"
    body.commands.add(organisations=["A"], kind=1, payload=b"x")
    return sign(body.SerializeToString(deterministic=True), [bytes(32)])


class FakePipe:
    """A kernel that answers when the test lets it."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[bytes], asyncio.Future[bytes]]] = []

    def submit(self, transactions):
        answer = asyncio.get_running_loop().create_future()
        self.sent.append((transactions, answer))
        return answer

    def answer(self, place: int) -> None:
        transactions, answer = self.sent[place]
        receipts = [pb.Receipt(id=b"kernel", index=place) for _ in transactions]
        answer.set_result(pb.ReceiptBatch(receipts=receipts).SerializeToString())


@pytest.fixture
def pipe():
    return FakePipe()


@pytest.fixture
def gate(pipe):
    gate = Gate(pipe, lambda transaction: None, threads=2, node_batches=2, stopwatch=Stopwatch())
    yield gate
    gate.close()


async def until(holds) -> None:
    """Let the loop and the threads go on until something holds."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)


@pytest.mark.parametrize("size", [0, 65])
def test_a_batch_has_1_to_64(size):
    with pytest.raises(MalformedInput, match=f"not {size}"):
        check_size([b"x"] * size)


async def test_batches_of_one_stream_reach_the_kernel_in_their_order(gate, pipe):
    first = Turn()
    second = Turn(first)
    later = asyncio.create_task(gate.submit([transaction(2)], second))
    await until(lambda: len(gate._inside) == 1)
    earlier = asyncio.create_task(gate.submit([transaction(1)], first))
    await until(lambda: len(pipe.sent) == 2)
    assert [sent for sent, _ in pipe.sent] == [[transaction(1)], [transaction(2)]]
    pipe.answer(1)
    pipe.answer(0)
    assert [pb.ReceiptBatch.FromString(await task).receipts[0].index for task in (earlier, later)] == [0, 1]


async def test_only_so_many_are_inside_at_once(gate, pipe):
    tasks = [asyncio.create_task(gate.submit([transaction(number)], Turn())) for number in range(3)]
    await until(lambda: len(pipe.sent) == 2)
    assert len(gate._inside) == 2
    pipe.answer(0)
    await until(lambda: len(pipe.sent) == 3)
    pipe.answer(1)
    pipe.answer(2)
    assert len(await asyncio.gather(*tasks)) == 3


async def test_what_is_bad_is_answered_here_in_its_place(gate, pipe):
    task = asyncio.create_task(gate.submit([b"junk", transaction(1), b"junk"], Turn()))
    await until(lambda: len(pipe.sent) == 1)
    pipe.answer(0)
    receipts = pb.ReceiptBatch.FromString(await task).receipts
    assert [(r.id, r.refusal.name) for r in receipts] == [
        (b"", "MALFORMED_TRANSACTION"),
        (b"kernel", ""),
        (b"", "MALFORMED_TRANSACTION"),
    ]


async def test_what_decodes_and_verifies_may_still_be_refused_here(pipe):
    """Of one organisation's transactions the second, by what it brings."""

    def examine(found):
        if found.body.nonce[-1] == 2:
            raise Rejection(CERTIFICATE_NOT_VERIFIED, 5)

    gate = Gate(pipe, examine, threads=2, node_batches=2, stopwatch=Stopwatch())
    task = asyncio.create_task(gate.submit([transaction(1), transaction(2)], Turn()))
    await until(lambda: len(pipe.sent) == 1)
    assert pipe.sent[0][0] == [transaction(1)]
    pipe.answer(0)
    first, second = pb.ReceiptBatch.FromString(await task).receipts
    assert (first.id, second.id) == (b"kernel", decode(transaction(2)).id)
    assert (second.refusal.name, second.refusal.field, second.has_leaf) == ("CERTIFICATE_NOT_VERIFIED", 5, False)
    gate.close()


async def test_a_stop_waits_for_what_is_inside_and_lets_nothing_more_in(gate, pipe):
    inside = asyncio.create_task(gate.submit([transaction(1)], Turn()))
    await until(lambda: len(pipe.sent) == 1)
    stopping = asyncio.create_task(gate.begin_stop(60))
    await until(gate.stopping.is_set)
    with pytest.raises(LinkFailure, match="stopping"):
        await gate.submit([transaction(2)], Turn())
    assert not stopping.done()
    pipe.answer(0)
    await stopping
    assert pb.ReceiptBatch.FromString(await inside).receipts[0].id == b"kernel"


async def test_a_caller_who_goes_changes_no_order_and_keeps_the_room_until_the_kernel_has_answered(gate, pipe):
    first = Turn()
    gone = asyncio.create_task(gate.submit([transaction(1)], first))
    await until(lambda: len(gate._inside) == 1)
    gone.cancel()
    later = asyncio.create_task(gate.submit([transaction(2)], Turn(first)))
    waiting = asyncio.create_task(gate.submit([transaction(3)], Turn()))
    await until(lambda: len(pipe.sent) == 2)
    assert [sent for sent, _ in pipe.sent] == [[transaction(1)], [transaction(2)]]
    assert gate._room.locked()
    pipe.answer(0)
    await until(lambda: len(pipe.sent) == 3)
    pipe.answer(1)
    pipe.answer(2)
    assert len(await asyncio.gather(later, waiting)) == 2
    assert gone.cancelled()


async def test_a_failure_whose_caller_has_gone_is_nobodys(gate, pipe):
    gone = asyncio.create_task(gate.submit([transaction(1)], Turn()))
    await until(lambda: len(pipe.sent) == 1)
    gone.cancel()
    pipe.sent[0][1].set_exception(LinkFailure("UNAVAILABLE", "the kernel has ended"))
    await gate.begin_stop(60)
    assert not gate._inside


async def test_a_stop_does_not_wait_for_ever_for_what_nobody_decides(gate, pipe):
    """As in a network that has halted: the kernel gives back what the gate has waited for in vain."""
    inside = asyncio.create_task(gate.submit([transaction(1)], Turn()))
    await until(lambda: len(pipe.sent) == 1)
    await gate.begin_stop(0)
    assert not inside.done()
    pipe.sent[0][1].set_exception(LinkFailure("UNAVAILABLE", "it was not decided"))
    with pytest.raises(LinkFailure, match="not decided"):
        await inside
