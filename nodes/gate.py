"""How submissions enter: verified in threads, bounded in number, answered in their order.

1. A batch is verified in one call of a worker thread, so that the loop stays free while libsodium works.
2. What does not decode or verify is answered here; the rest goes on to the kernel as one batch. Where all of it was
   good, the kernel's ReceiptBatch bytes are the answer as they are.
3. The batches of one stream reach the kernel in their order, though they are verified side by side: each has a turn.
4. At most so many batches of all callers are undecided; who comes then waits, and by gRPC's flow control so does the
   sender. `begin_stop` lets nothing more in.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from hefu.v1 import node_pb2 as pb
from ledger.application import check_transaction
from ledger.errors import MalformedInput, Rejection
from nodes.config import MAX_BATCH
from nodes.link import LinkFailure
from nodes.pipe import Pipe
from nodes.refusals import build_early_receipt
from nodes.stopwatch import Stopwatch

Verdicts = list[Rejection | None]


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


class Gate:
    """The only way to the kernel for transactions."""

    def __init__(self, pipe: Pipe, threads: int, node_batches: int, stopwatch: Stopwatch) -> None:
        self._pipe = pipe
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="verify")
        self._room = asyncio.Semaphore(node_batches)
        self._stopwatch = stopwatch
        self._idle = asyncio.Event()
        self._idle.set()
        self._inside = 0
        self.stopping = asyncio.Event()

    async def submit(self, transactions: Sequence[bytes], turn: Turn) -> bytes:
        """ReceiptBatch bytes, one receipt for each transaction. Raises LinkFailure."""
        try:
            async with self._room:
                if self.stopping.is_set():
                    raise LinkFailure("UNAVAILABLE", "the node is stopping")
                self._inside += 1
                self._idle.clear()
                try:
                    return await self._decide(list(transactions), turn)
                finally:
                    self._inside -= 1
                    if not self._inside:
                        self._idle.set()
        finally:
            turn.pass_on()

    async def begin_stop(self) -> None:
        """Let nothing more in, and wait until everything inside is answered."""
        self.stopping.set()
        await self._idle.wait()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def _decide(self, transactions: list[bytes], turn: Turn) -> bytes:
        verdicts = await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, transactions)
        good = [signed for signed, verdict in zip(transactions, verdicts, strict=True) if verdict is None]
        await turn.wait()
        answer = self._pipe.submit(good) if good else None
        turn.pass_on()
        decided = await answer if answer is not None else b""
        return decided if len(good) == len(transactions) else _merge(transactions, verdicts, decided)

    def _verify(self, transactions: list[bytes]) -> Verdicts:
        began = time.perf_counter_ns()
        verdicts = [_examine(signed) for signed in transactions]
        self._stopwatch.add("decode and verify", time.perf_counter_ns() - began)
        return verdicts


def _examine(signed: bytes) -> Rejection | None:
    try:
        check_transaction(signed)
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
