"""Many transactions over one stream, answered in their order, across lost connections.

1. A pump takes batches from the caller, at most `window` of them unanswered at a time.
2. Each connection first sends again, byte for byte, what the one before left unanswered, then what the pump brings.
3. An answer belongs to the oldest unanswered batch. What was decided before the loss comes back as a duplicate with its
   first outcome, so the caller sees each transaction answered once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc

from hefu.v1 import node_pb2 as pb
from nodes.client.errors import CallFailed, Unreachable, is_lost, translate
from nodes.client.patience import Patience

MAX_BATCH = 64
DEFAULT_WINDOW = 16

Batch = Sequence[bytes]
Batches = Iterable[Batch] | AsyncIterable[Batch]
if TYPE_CHECKING:
    from hefu.v1.node_pb2_grpc import LedgerServiceAsyncStub

    Call = grpc.aio.StreamStreamCall[pb.SubmitBatch, pb.ReceiptBatch]  # at run time grpc's classes are not generic


@dataclass(slots=True)
class _Feed:
    """What waits to be sent and what waits to be answered."""

    room: asyncio.Semaphore
    arrived: asyncio.Queue[Batch | None] = field(default_factory=asyncio.Queue)
    unanswered: deque[Batch] = field(default_factory=deque)
    is_ended: bool = False  # the pump brought its last batch

    async def pump(self, batches: Batches) -> None:
        """Take the caller's batches one by one; whatever happens, say at last that there are no more."""
        try:
            if isinstance(batches, AsyncIterable):
                async for batch in batches:
                    await self._admit(batch)
            else:
                for batch in batches:
                    await self._admit(batch)
        finally:
            self.arrived.put_nowait(None)

    async def _admit(self, batch: Batch) -> None:
        if not 1 <= len(batch) <= MAX_BATCH:
            raise ValueError(f"a batch has 1 to {MAX_BATCH} transactions")
        await self.room.acquire()
        self.arrived.put_nowait(batch)

    async def send(self, call: Call) -> None:
        """Write to one connection: first what an earlier one left unanswered, then what arrives."""
        try:
            for batch in tuple(self.unanswered):
                await call.write(pb.SubmitBatch(transactions=batch))
            while not self.is_ended:
                arrived = await self.arrived.get()
                if arrived is None:
                    self.is_ended = True
                    break
                self.unanswered.append(arrived)
                await call.write(pb.SubmitBatch(transactions=arrived))
            await call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # The connection is over. Whoever reads from it learns why, and the next one sends again.
            return

    def accept(self, answer: pb.ReceiptBatch) -> Sequence[pb.Receipt]:
        """The receipts of the oldest unanswered batch."""
        if not self.unanswered or len(answer.receipts) != len(self.unanswered[0]):
            raise CallFailed("INTERNAL", "the node answered another number of transactions than it was sent")
        self.unanswered.popleft()
        self.room.release()
        return answer.receipts

    def is_done(self) -> bool:
        """Whether everything was brought, sent and answered."""
        return self.is_ended and not self.unanswered


async def submit_stream(
    stub: LedgerServiceAsyncStub, target: str, patience: Patience, batches: Batches, window: int = DEFAULT_WINDOW
) -> AsyncGenerator[Sequence[pb.Receipt], None]:
    """The receipts of each batch, in order. Raises Unreachable, CallFailed, or what the caller's iterable raises."""
    feed = _Feed(asyncio.Semaphore(window))
    pump = asyncio.create_task(feed.pump(batches))
    try:
        while True:
            call = stub.SubmitStream()
            sender = asyncio.create_task(feed.send(call))
            detail = "the node ended the stream early"
            try:
                async for answer in call:
                    patience.renew()
                    yield feed.accept(answer)
            except grpc.aio.AioRpcError as error:
                if not is_lost(error):
                    raise translate(error, target) from None
                detail = error.details() or detail
            finally:
                call.cancel()
                await _end(sender)
            if feed.is_done():
                break
            if not await patience.pause():
                raise Unreachable(target, detail)
        await pump
    finally:
        await _end(pump)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
