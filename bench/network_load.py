"""The load on a network's nodes: the mixed load over streams to all of them, and what all of them have committed.

1. A run's time ends when the last node's log has the size that the first had when the last receipt came: until then an
   operation does not count as committed by all.
2. Finality is the time from the moment at which an operation was due to its receipt, at half load.
3. What is signed late names the time of the newest block: the next one's lies after it, which the clock does not.
4. After each run the nodes that have the same size have the same root, or the run fails.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import Load, Outcome
from bench.processes import compute_processor_us, read_usages, sum_processor
from bench.signing import SignedSlot, Signer
from bench.throughput import HALF_LOAD_BATCH, Latency, compute_phases
from bench.timing import find_percentile
from hefu.v1 import node_pb2 as pb

LEVEL_S = 60.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class NetworkRunFigures:
    """One timed run: operations committed by all, seconds, signatures, blocks.

    Microseconds an operation: of processor time by part, all nodes together, and by phase of the first node.
    """

    operations: int
    seconds: float
    signatures: int
    blocks: int
    processor: dict[str, float]
    phases: dict[str, float]

    @property
    def operations_per_s(self) -> float:
        """Operations that all nodes have committed, a second."""
        return self.operations / self.seconds

    @property
    def signatures_per_s(self) -> float:
        """Their signatures, a second."""
        return self.signatures / self.seconds


class RootsDiffer(Exception):
    """Two nodes have logs of the same size and different roots."""


class NetworkSession:
    """All nodes of a network under load."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self.committed = 0

    async def finish(self, signer: Signer, slots: Sequence[SignedSlot]) -> list[list[bytes]]:
        """The slots' transactions, those included that are signed late."""
        at_ms = max(status.block_time_ms for status in await self._load.list_statuses())
        return await asyncio.to_thread(signer.finish, slots, [at_ms] * len(slots))

    async def run(self, transactions: Sequence[Sequence[bytes]], signatures: int) -> NetworkRunFigures:
        """One run at full load, until all nodes have it."""
        before, used = await self._load.list_statuses(), sum_processor(read_usages())
        began = time.perf_counter()
        outcome = await self._load.run(transactions)
        after = await self._wait_until_level()
        seconds = time.perf_counter() - began
        self.committed += outcome.committed
        return NetworkRunFigures(
            outcome.committed,
            seconds,
            signatures,
            max(status.height for status in after) - max(status.height for status in before),
            compute_processor_us(used, sum_processor(read_usages()), outcome.committed),
            compute_phases(before[0], after[0], outcome.committed),
        )

    async def run_untimed(self, transactions: Sequence[Sequence[bytes]]) -> Outcome:
        """A run whose time does not count."""
        outcome = await self._load.run(transactions)
        await self._wait_until_level()
        self.committed += outcome.committed
        return outcome

    async def run_paced(self, transactions: Sequence[Sequence[bytes]], rate: float) -> Latency:
        """A run at a rate, in small batches; what operations waited for."""
        outcome = await self._load.run(transactions, rate, HALF_LOAD_BATCH)
        await self._wait_until_level()
        self.committed += outcome.committed
        waited = outcome.latencies_ms
        return Latency(outcome.committed, *(round(find_percentile(waited, percent), 1) for percent in (50, 99, 100)))

    async def _wait_until_level(self) -> list[pb.NodeStatus]:
        """Until each node has the log that the longest is now. Raises TimeoutError, RootsDiffer."""
        statuses = await self._load.list_statuses()
        size = max(status.size for status in statuses)
        async with asyncio.timeout(LEVEL_S):
            while min(status.size for status in statuses) < size:
                await asyncio.sleep(POLL_S)
                statuses = await self._load.list_statuses()
        refuse_other_roots(statuses)
        return statuses


def refuse_other_roots(statuses: Sequence[pb.NodeStatus]) -> None:
    """Raise RootsDiffer where logs of one size have several roots."""
    roots: dict[int, bytes] = {}
    for status in statuses:
        if roots.setdefault(status.size, status.root) != status.root:
            raise RootsDiffer(f"at size {status.size}: {roots[status.size].hex()} and {status.root.hex()}")
