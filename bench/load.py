"""The load generator: sends signed batches over several gRPC streams and counts what was committed.

- Full load: as many batches as the window lets be undecided. Half load: one batch every so often, whatever comes back
  (an open loop); its latency counts from the moment at which it was due.
- A slot's batches are sent once the slot before the last is committed, so that what a command depends on is there.
- Batches are serialised beforehand: the generator has its own share of the same cores, and it should be small. For the
  same reason Python's collector rests during a run: it would walk over everything that is planned, for half a second.
- Several nodes share the streams evenly; which of them takes a batch is chance.
"""

import asyncio
import gc
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from hefu.v1 import node_pb2 as pb
from hefu.v1.node_pb2_grpc import LedgerServiceStub

MAX_BATCH = 64
STREAMS = 8
RUN_SECONDS = 180  # a run that takes longer hangs
WINDOW = 6  # undecided batches of one stream
SUBMIT_STREAM = "/hefu.v1.LedgerService/SubmitStream"
OPTIONS = (("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20))


@dataclass(frozen=True, slots=True)
class Batch:
    """A serialised SubmitBatch of one slot."""

    slot: int
    count: int
    message: bytes


@dataclass(slots=True)
class Outcome:
    """What came back: how many were committed, the seconds from first to last, latencies by transaction (ms)."""

    committed: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)


class Refused(Exception):
    """The node refused what was planned to be accepted: the bench is wrong, or the node."""


def make_batches(slots: Sequence[Sequence[bytes]], size: int = MAX_BATCH) -> list[Batch]:
    """The slots' transactions in batches of `size`, in order."""
    return [
        Batch(number, len(part), pb.SubmitBatch(transactions=part).SerializeToString())
        for number, slot in enumerate(slots)
        for part in (slot[start : start + size] for start in range(0, len(slot), size))
    ]


class Run:
    """One run over some batches. `rate`: operations a second that are due; 0 = as fast as the window lets."""

    def __init__(self, batches: Sequence[Batch], rate: float = 0) -> None:
        self._left = deque(batches)
        self._rate = rate
        slots = max(batch.slot for batch in batches) + 1
        self._open = [sum(batch.slot == number for batch in batches) for number in range(slots)]
        self._done = [asyncio.Event() for _ in range(slots)]
        self._due = 0.0
        self._began = 0.0
        self.outcome = Outcome()

    async def run(self, *channels: grpc.aio.Channel) -> Outcome:
        """Send everything and wait for all answers. With several channels each has its share of the streams."""
        self._began = self._due = time.perf_counter()
        async with asyncio.timeout(RUN_SECONDS), asyncio.TaskGroup() as group:
            for number in range(max(STREAMS, len(channels))):
                group.create_task(self._use_stream(channels[number % len(channels)]))
        self.outcome.seconds = time.perf_counter() - self._began
        return self.outcome

    async def _use_stream(self, channel: grpc.aio.Channel) -> None:
        call: Any = channel.stream_stream(SUBMIT_STREAM)()  # bytes in, bytes out
        sent: deque[tuple[Batch, float]] = deque()
        room = asyncio.Semaphore(WINDOW if not self._rate else 10_000)
        try:
            async with asyncio.TaskGroup() as group:  # what goes wrong in one half ends the other
                group.create_task(self._write(call, sent, room))
                group.create_task(self._read(call, sent, room))
        finally:
            call.cancel()

    async def _write(self, call: Any, sent: "deque[tuple[Batch, float]]", room: asyncio.Semaphore) -> None:
        while self._left:
            await room.acquire()
            if not self._left:
                break
            batch = self._left.popleft()
            due = await self._wait_turn(batch)
            sent.append((batch, due))
            await call.write(batch.message)
        await call.done_writing()

    async def _wait_turn(self, batch: Batch) -> float:
        """Until the batch is due and what it depends on is there; when it was due."""
        due = self._due
        if self._rate:
            self._due += batch.count / self._rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if batch.slot >= 2:
            await self._done[batch.slot - 2].wait()
        return due if self._rate else time.perf_counter()

    async def _read(self, call: Any, sent: "deque[tuple[Batch, float]]", room: asyncio.Semaphore) -> None:
        async for answer in call:
            now = time.perf_counter()
            batch, due = sent.popleft()
            receipts = pb.ReceiptBatch.FromString(answer).receipts
            for receipt in receipts:
                if not receipt.has_leaf or receipt.HasField("refusal") or receipt.is_duplicate:
                    raise Refused(f"{receipt.refusal.name} ({receipt.refusal.code}) {receipt.refusal.field_name}")
            if len(receipts) != batch.count:
                raise Refused(f"{len(receipts)} receipts of {batch.count}")
            self.outcome.committed += batch.count
            self.outcome.latencies_ms += [(now - due) * 1000] * batch.count
            self._open[batch.slot] -= 1
            if not self._open[batch.slot]:
                self._done[batch.slot].set()
            room.release()


@contextmanager
def rest_collector() -> Iterator[None]:
    """Collect before, not meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Load:
    """Channels to one node or several, and their status."""

    def __init__(self, channels: Sequence[grpc.aio.Channel]) -> None:
        self._channels = channels
        self._stubs = [LedgerServiceStub(channel) for channel in channels]

    async def run(self, slots: Sequence[Sequence[bytes]], rate: float = 0, size: int = MAX_BATCH) -> Outcome:
        """One run over some slots, at full load or at a rate."""
        run = Run(make_batches(slots, size), rate)
        with rest_collector():
            return await run.run(*self._channels)

    async def get_status(self) -> pb.NodeStatus:
        """The first node's status with its times."""
        return await self._stubs[0].GetStatus(pb.GetStatusRequest())

    async def list_statuses(self) -> list[pb.NodeStatus]:
        """The status of each node."""
        return list(await asyncio.gather(*(stub.GetStatus(pb.GetStatusRequest()) for stub in self._stubs)))


@asynccontextmanager
async def connect(*targets: str) -> AsyncIterator[Load]:
    """A channel to each node."""
    async with AsyncExitStack() as stack:
        channels = []
        for target in targets:
            channel = grpc.aio.insecure_channel(target, options=OPTIONS)
            channels.append(await stack.enter_async_context(channel))
            await channel.channel_ready()
        yield Load(channels)
