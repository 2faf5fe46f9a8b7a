"""How submissions enter: verified in threads, bounded in number, answered in their order.

1. A batch is verified in one call of a worker thread, so that the loop stays free while libsodium works: signatures,
   and then what `examine` looks into (nodes/evidence.py).
2. What does not decode or verify is answered here; the rest goes on to the kernel as one batch. Where all of it was
   good, the kernel's ReceiptBatch bytes are the answer as they are.
3. The batches of one stream reach the kernel in their order, though they are verified side by side: each has a turn.
4. At most so many batches of all callers are undecided. Who comes then waits with one message, and by gRPC's flow
   control so does the sender. A batch gives its room back when the kernel has answered, even if its caller has gone
   before: until then it is in our memory, and the batches behind it in its stream may build on it.
5. `begin_stop` lets nothing more in.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from hefu.v1 import node_pb2 as pb
from ledger.application import check_transaction
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import Transaction
from nodes.config import MAX_BATCH
from nodes.link import LinkFailure
from nodes.pipe import Pipe, note_failure
from nodes.refusals import build_early_receipt
from nodes.stopwatch import Stopwatch

Verdicts = list[Rejection | None]
Examine = Callable[[Transaction], None]
"""Raises Rejection for a transaction that decodes and verifies, and still shall not go further. Called in threads."""


class Turn:
    """A place in a row: `wait` until the one before has passed."""

    def __init__(self, before: "Turn | None" = None) -> None:
        self._before = before
        self._passed = asyncio.Event()

    async def wait(self) -> None:
        """Until it is this one's turn."""
        if self._before is not None:
            await self._before._passed.wait()
            self._before = None  # or a long stream would be one long chain in memory

    def pass_on(self) -> None:
        """Let the next one go."""
        self._passed.set()


def check_size(transactions: Sequence[bytes]) -> None:
    """Refuse a batch that is empty or too large, with MalformedInput."""
    if not 1 <= len(transactions) <= MAX_BATCH:
        raise MalformedInput(f"1 to {MAX_BATCH} in one message, not {len(transactions)}", "transactions")


async def wait_for(deciding: "asyncio.Task[bytes]") -> bytes:
    """What is decided. Who waits may go; it is decided all the same."""
    await asyncio.wait((deciding,))
    return deciding.result()


class Gate:
    """The only way to the kernel for transactions."""

    def __init__(self, pipe: Pipe, examine: Examine, threads: int, node_batches: int, stopwatch: Stopwatch) -> None:
        self._pipe = pipe
        self._examine = examine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="verify")
        self._room = asyncio.Semaphore(node_batches)
        self._stopwatch = stopwatch
        self._idle = asyncio.Event()
        self._idle.set()
        self._inside: set[asyncio.Task[bytes]] = set()
        self.stopping = asyncio.Event()

    async def submit(self, transactions: Sequence[bytes], turn: Turn) -> bytes:
        """`enter`, then `decide`. Who waits may go: it is decided all the same."""
        await self.enter()
        return await wait_for(self.decide(transactions, turn))

    async def enter(self) -> None:
        """Wait for room, which the next `decide` takes up. Raises LinkFailure."""
        await self._room.acquire()
        if self.stopping.is_set():
            self._room.release()
            raise LinkFailure("UNAVAILABLE", "the node is stopping")

    def decide(self, transactions: Sequence[bytes], turn: Turn) -> "asyncio.Task[bytes]":
        """Begin, after `enter`: ReceiptBatch bytes, one receipt for each transaction, or LinkFailure.

        Wait for it with `wait_for`: awaited as it is, a caller who goes would cancel it.
        """
        task = asyncio.create_task(self._decide(list(transactions), turn))
        self._inside.add(task)
        self._idle.clear()
        task.add_done_callback(self._leave)
        return task

    async def begin_stop(self, limit_s: float) -> None:
        """Let nothing more in, and wait until everything inside is answered, or so long where nothing is decided."""
        self.stopping.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), limit_s)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _decide(self, transactions: list[bytes], turn: Turn) -> bytes:
        try:
            verdicts = await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, transactions)
            good = [signed for signed, verdict in zip(transactions, verdicts, strict=True) if verdict is None]
            await turn.wait()
            answer = self._pipe.submit(good) if good else None
        finally:
            turn.pass_on()
        decided = await answer if answer is not None else b""
        return decided if len(good) == len(transactions) else _merge(transactions, verdicts, decided)

    def _leave(self, task: "asyncio.Task[bytes]") -> None:
        note_failure(task)
        self._room.release()
        self._inside.remove(task)
        if not self._inside:
            self._idle.set()

    def _verify(self, transactions: list[bytes]) -> Verdicts:
        began = time.perf_counter_ns()
        verdicts = [self._judge(signed) for signed in transactions]
        self._stopwatch.add("decode and verify", time.perf_counter_ns() - began)
        return verdicts

    def _judge(self, signed: bytes) -> Rejection | None:
        try:
            self._examine(check_transaction(signed))
        except Rejection as rejection:
            return rejection
        return None


def _merge(transactions: Sequence[bytes], verdicts: Verdicts, decided: bytes) -> bytes:
    """The kernel's receipts and ours, in the order of the batch."""
    receipts = iter(pb.ReceiptBatch.FromString(decided).receipts)
    batch = pb.ReceiptBatch()
    for signed, verdict in zip(transactions, verdicts, strict=True):
        batch.receipts.append(next(receipts) if verdict is None else build_early_receipt(verdict, signed))
    return batch.SerializeToString()
