"""Many transactions over one stream, answered in their order, across lost connections and from node to node.

1. A pump takes batches from the caller, at most `window` of them unanswered at a time.
2. Each connection first sends again, byte for byte, what the one before left unanswered, then what the pump brings. The
   first is made when there is something to send.
3. An answer belongs to the oldest unanswered batch. What was decided before the loss comes back as a duplicate with its
   first outcome, so the caller sees each transaction answered once.
4. Of several nodes, one that answers nothing for `stall_s` while a batch waits is left for the next. What it was given
   may be decided still: where another node then refuses it without a leaf, the nodes are asked for its outcome.
5. Where the search for a node ends, they are asked for the outcomes of what is unanswered; what none of them knows is
   Undecided.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from hefu.v1 import node_pb2 as pb
from nodes.client.errors import CallFailed, Undecided, Unreachable, translate
from nodes.client.outcomes import confirm, find_outcomes, read_valid_until_ms
from nodes.client.peers import Peer, Peers, route
from nodes.client.search import Search

MAX_BATCH = 64
DEFAULT_WINDOW = 16

Batch = Sequence[bytes]
Batches = Iterable[Batch] | AsyncIterable[Batch]
if TYPE_CHECKING:
    from hefu.v1.node_pb2_grpc import LedgerServiceAsyncStub
    from nodes.client.patience import Patience

    Call = grpc.aio.StreamStreamCall[pb.SubmitBatch, pb.ReceiptBatch]  # at run time grpc's classes are not generic


@dataclass(slots=True)
class _Feed:
    """What waits to be sent and what waits to be answered."""

    room: asyncio.Semaphore
    arrived: asyncio.Queue[Batch | None] = field(default_factory=asyncio.Queue)
    unanswered: deque[Batch] = field(default_factory=deque)
    is_ended: bool = False  # the pump brought its last batch
    doubtful: int = 0  # so many of the oldest were handed to a node before that did not answer
    waiting_since: float = 0.0  # when the oldest unanswered one began to be the oldest (monotonic)

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

    async def has_work(self) -> bool:
        """Wait until a batch is to be sent; False where the last one was brought and answered."""
        if not self.unanswered and not self.is_ended:
            await self._take()
        return bool(self.unanswered)

    async def send(self, call: Call) -> None:
        """Write to one connection: first what an earlier one left unanswered, then what arrives."""
        self.waiting_since = time.monotonic()
        try:
            for batch in tuple(self.unanswered):
                await call.write(pb.SubmitBatch(transactions=batch))
            while not self.is_ended:
                if await self._take():
                    await call.write(pb.SubmitBatch(transactions=self.unanswered[-1]))
            await call.done_writing()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # The connection is over. Whoever reads from it learns why, and the next one sends again.
            return

    async def _take(self) -> bool:
        """Wait for what the pump brings; False at its end."""
        arrived = await self.arrived.get()
        if arrived is None:
            self.is_ended = True
            return False
        if not self.unanswered:
            self.waiting_since = time.monotonic()
        self.unanswered.append(arrived)
        return True

    def accept(self, answer: pb.ReceiptBatch) -> tuple[Batch, bool]:
        """The oldest unanswered batch, now answered, and whether another node was given it before."""
        if not self.unanswered or len(answer.receipts) != len(self.unanswered[0]):
            raise CallFailed("INTERNAL", "the node answered another number of transactions than it was sent")
        return self.settle()

    def settle(self) -> tuple[Batch, bool]:
        """The oldest has its answer."""
        was_doubtful = self.doubtful > 0
        self.doubtful -= was_doubtful
        self.waiting_since = time.monotonic()
        self.room.release()
        return self.unanswered.popleft(), was_doubtful

    def doubt(self) -> None:
        """The connection is lost: what is unanswered may be decided, or not."""
        self.doubtful = len(self.unanswered)

    def is_done(self) -> bool:
        """Whether everything was brought, sent and answered."""
        return self.is_ended and not self.unanswered

    def is_stalled(self, stall_s: float) -> bool:
        """Whether a batch has waited that long."""
        return bool(self.unanswered) and time.monotonic() - self.waiting_since >= stall_s

    def read_valid_until_ms(self) -> int:
        """The latest end of validity (ms) in the oldest batch."""
        return max(read_valid_until_ms(signed) for signed in self.unanswered[0])


class Stream:
    """A stream to whichever node answers. `stall_s`: how long one of several may leave a batch unanswered."""

    def __init__(self, stub: LedgerServiceAsyncStub, peers: Peers, stall_s: float, window: int) -> None:
        self._method = route(stub.SubmitStream)
        self._peers = peers
        self._stall_s = None if peers.is_single else stall_s
        self._feed = _Feed(asyncio.Semaphore(window))

    async def run(self, batches: Batches, patience: Patience) -> AsyncGenerator[Sequence[pb.Receipt], None]:
        """The receipts of each batch, in order.

        Raises Unreachable, Undecided, OtherNetwork, CallFailed, or what the caller's iterable raises.
        """
        feed = self._feed
        search = Search(self._peers, patience, feed.read_valid_until_ms)
        pump = asyncio.create_task(feed.pump(batches))
        try:
            while await feed.has_work():
                try:
                    peer = await search.find()
                except Unreachable as failure:
                    async for receipts in self._settle(search, failure):
                        yield receipts
                    raise
                async for receipts in self._use(peer, search):
                    yield receipts
            await pump
        finally:
            await _end(pump)

    async def _use(self, peer: Peer, search: Search) -> AsyncGenerator[Sequence[pb.Receipt], None]:
        """One connection, until it ends."""
        call = self._method.at(peer)()
        sender = asyncio.create_task(self._feed.send(call))
        try:
            async for answer in self._read(call):
                search.renew()
                batch, is_doubtful = self._feed.accept(answer)
                self._peers.note(peer, max(receipt.height for receipt in answer.receipts))
                if is_doubtful and not self._peers.is_single:
                    yield await confirm(self._peers, batch, answer.receipts)
                else:
                    yield answer.receipts
            if not self._feed.is_done():
                search.drop(peer, "the node ended the stream early")
        except grpc.aio.AioRpcError as error:
            if not search.is_over_at(error):
                raise translate(error, peer.target) from None
            search.drop(peer, error.details())
        except _Stalled:
            search.drop(peer, "it answers nothing")
        finally:
            self._feed.doubt()
            call.cancel()
            await _end(sender)

    async def _read(self, call: Call) -> AsyncGenerator[pb.ReceiptBatch, None]:
        """What the node answers. Raises _Stalled, AioRpcError."""
        while True:
            reading = asyncio.ensure_future(call.read())
            try:
                while not (await asyncio.wait((reading,), timeout=self._stall_s))[0]:
                    if self._stall_s is not None and self._feed.is_stalled(self._stall_s):
                        raise _Stalled
                answer = reading.result()
            finally:
                await _end(reading)
            if answer is grpc.aio.EOF or not isinstance(answer, pb.ReceiptBatch):
                return
            yield answer

    async def _settle(self, search: Search, failure: Unreachable) -> AsyncGenerator[Sequence[pb.Receipt], None]:
        """What the nodes know of the unanswered, in order, until the first that is Undecided."""
        if self._peers.is_single or not search.has_lost:
            return
        while self._feed.unanswered:
            batch = self._feed.unanswered[0]
            found, missing = await find_outcomes(self._peers, batch)
            if missing:
                raise Undecided(missing, self._peers.targets) from failure
            self._feed.settle()
            yield found


class _Stalled(Exception):
    """The node answers nothing, and is not known to be gone."""


async def _end(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
