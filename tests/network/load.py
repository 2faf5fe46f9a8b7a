"""A steady load through all doors, and a book of what was submitted and what was answered.

`under_load` is the scene of nearly every test: a network that runs and is loaded.

- Each worker has one transaction under way, and takes the next when it is answered. A worker belongs to one door: what
  that door does not answer stays open in the book, and the worker tries the door again with another transaction.
- Packages are issued; those whose issue was acknowledged are accepted, some twice over another door.
- `settle` submits what stayed open once more, byte for byte, at a door that answers, until it is decided.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from hefu.v1 import node_pb2 as pb
from ledger.rejections import QUOTA_EXCEEDED
from nodes.client import AsyncClient
from nodes.client.errors import CallFailed, Refused, Undecided, Unreachable
from tests.network.cluster import Cluster, Shape
from tests.network.waiting import SETTLE_S, pause, wait_until
from tests.network.world import compute_tx_id

WORKERS = 3
"""At each door."""
UNDER_LOAD = 40
"""Answers before a fault, so that it meets work, and after it."""
ANSWER_LIMIT_S = 120.0
"""Longer than any fault lasts: what is answered late is answered all the same."""

Outcome = tuple[int, int, int]
"""Leaf index, height and refusal code (0 = done)."""


@dataclass
class Book:
    """What is known to those who submitted: every transaction's bytes, the answers, and by which there was none."""

    signed: dict[bytes, bytes] = field(default_factory=dict)
    outcomes: dict[bytes, Outcome] = field(default_factory=dict)
    duplicates: int = 0

    def submit(self, signed: bytes) -> bytes:
        """Note that these bytes are handed to a door; their id."""
        identity = compute_tx_id(signed)
        self.signed[identity] = signed
        return identity

    def hear(self, identity: bytes, receipt: pb.Receipt) -> None:
        """Note an answer; it must be the one that was given before."""
        assert receipt.id == identity
        assert receipt.has_leaf, receipt
        outcome = (receipt.index, receipt.height, receipt.refusal.code)
        assert self.outcomes.setdefault(identity, outcome) == outcome, "answered twice, and not alike"
        self.duplicates += receipt.is_duplicate

    @property
    def open(self) -> list[bytes]:
        """What was answered nothing."""
        return [identity for identity in self.signed if identity not in self.outcomes]


async def submit_at(client: AsyncClient, book: Book, signed: bytes) -> pb.Receipt | None:
    """The receipt of one transaction, noted; None where the door did not answer."""
    identity = book.submit(signed)
    try:
        receipt = await client.submit(signed)
    except Refused as refused:
        if refused.receipt is None:
            raise
        receipt = refused.receipt
        if refused.code == QUOTA_EXCEEDED.code:  # no leaf, and the id unused: the same bytes may come again
            return None
    except (Unreachable, Undecided, CallFailed):
        return None
    book.hear(identity, receipt)
    return receipt


class Load:
    """Use it as `async with`: it runs inside, and is ended, not settled, at the end."""

    def __init__(self, cluster: Cluster, names: Sequence[str] = (), workers: int = WORKERS) -> None:
        self.book = Book()
        self._cluster = cluster
        self._names = list(names) or [name for name, node in cluster.nodes.items() if node.is_validator]
        self._count = workers
        self._issued = 0
        self._acceptable: deque[int] = deque()
        self._accepted: deque[bytes] = deque(maxlen=100)
        self._workers: list[asyncio.Task[None]] = []
        self._is_ending = False

    async def __aenter__(self) -> Self:
        for name in self._names:
            for _ in range(self._count):
                self._workers.append(asyncio.create_task(self._work(name)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """Take no more; what is under way is given up, and stays open. Raises what a worker met."""
        self._is_ending = True
        for worker in self._workers:
            worker.cancel()
        ends = await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()
        for end in ends:
            if end is not None and not isinstance(end, asyncio.CancelledError):
                raise end

    async def wait_for_more(self, count: int, limit_s: float = SETTLE_S) -> None:
        """Wait until so many more transactions are answered."""
        wanted = len(self.book.outcomes) + count

        async def look() -> bool:
            self._raise_failures()
            return len(self.book.outcomes) >= wanted

        await wait_until(f"{count} more answers", look, limit_s)

    async def settle(self, *names: str) -> None:
        """End, and submit once more what is open, through one of these doors after the other."""
        await self.end()
        doors = list(names) or self._names
        clients = [AsyncClient(self._cluster.get_target(name), patience_s=20, timeout_s=SETTLE_S) for name in doors]
        try:
            again = self.book.open + list(self.book.outcomes)[-20:]
            async with asyncio.TaskGroup() as group:
                for number, identity in enumerate(again):
                    group.create_task(self._submit_until_answered(clients[number % len(clients)], identity))
        finally:
            await asyncio.gather(*(client.close() for client in clients))
        assert not self.book.open

    async def _submit_until_answered(self, client: AsyncClient, identity: bytes) -> None:
        async def look() -> bool:
            return await submit_at(client, self.book, self.book.signed[identity]) is not None

        await wait_until("an answer to what was submitted again", look, SETTLE_S)

    async def _work(self, name: str) -> None:
        async with AsyncClient(self._cluster.get_target(name), patience_s=0, timeout_s=ANSWER_LIMIT_S) as client:
            while not self._is_ending:
                number, signed = self._make()
                receipt = await submit_at(client, self.book, signed)
                if receipt is None:
                    await pause()
                elif number:
                    self._acceptable.append(number)
                else:
                    self._accepted.append(signed)

    def _make(self) -> tuple[int, bytes]:
        """The next transaction; with it the number of the package where it is an issue."""
        world = self._cluster.world
        if len(self._acceptable) > 2:
            return 0, world.accept(self._acceptable.popleft())
        if len(self._accepted) == self._accepted.maxlen:
            again = self._accepted.popleft()
            self._accepted.clear()
            return 0, again
        self._issued += 1
        return self._issued, world.issue(self._issued)

    def _raise_failures(self) -> None:
        for worker in self._workers:
            if worker.done() and not worker.cancelled() and worker.exception() is not None:
                worker.result()


@asynccontextmanager
async def under_load(
    shape: Shape | None = None,
    prepare: Callable[[Cluster], None] = lambda cluster: None,
    names: Sequence[str] = (),
) -> AsyncIterator[tuple[Cluster, Load]]:
    """A network whose nodes all run and answer; `names` are loaded. `prepare` is called before they start."""
    async with Cluster(shape) as cluster:
        prepare(cluster)
        cluster.start()
        await cluster.wait_until_moving()
        async with Load(cluster, names) as load:
            await load.wait_for_more(UNDER_LOAD)
            yield cluster, load
