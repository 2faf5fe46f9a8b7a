"""Throughput and latency of a real node: the mixed load, transfers alone, and half of the load that was measured.

1. Before the first run, between runs and after the last, one thread verifies signatures for a second.
2. Half load is sent as clients would send it: small batches at their times, whatever comes back. It begins after a
   pause, in which the write-ahead log of the full load is copied, and with a run that does not count.

Not here: the time that signing takes; everything is signed before a run begins.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import Load, Outcome, connect
from bench.machine import Memory, measure_verification
from bench.node import Node, count_changes, measure_disk, read_processor_seconds
from bench.plan import Slot, count_kinds, count_ramp, count_signatures, count_transfer_slots, plan_mixed, plan_transfers
from bench.progress import say
from bench.signing import SignedSlot, Signer, read_now_ms
from bench.timing import find_median, find_percentile
from bench.world import World
from hefu.v1 import node_pb2 as pb

RUN_SLOTS = 12  # what is signed late is signed between runs, and depends on the run before (see bench/plan.py)
HALF_LOAD_BATCH = 16


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is run: timed runs, packages that begin in each slot, runs at half load, what the transfers do."""

    runs: int
    packages: int
    paced_runs: int
    transfer_packages: int
    transfer_rounds: int
    pause_seconds: float = 5.0
    probe_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One timed run. Times by phase are microseconds an operation, as are the processors' seconds."""

    operations: int
    seconds: float
    signatures: int
    heights: tuple[int, int]
    phases: dict[str, float]
    processor: dict[str, float]

    @property
    def operations_per_s(self) -> float:
        """Committed operations a second."""
        return self.operations / self.seconds

    @property
    def signatures_per_s(self) -> float:
        """Signatures of committed operations a second."""
        return self.signatures / self.seconds


@dataclass(slots=True)
class LoadFigures:
    """All runs of one load; `probes`: what one thread verified a second before, between and after them."""

    kinds: dict[str, int]
    runs: list[RunFigures] = field(default_factory=list)
    probes: list[int] = field(default_factory=list)
    records_per_operation: float = 0.0
    disk_bytes_per_operation: float = 0.0

    def compute_median(self, name: str) -> float:
        """The median over the runs of one of their figures."""
        return find_median([getattr(run, name) for run in self.runs])


@dataclass(frozen=True, slots=True)
class Latency:
    """What operations waited for in one run at a rate (ms, from the moment at which they were due)."""

    operations: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


@dataclass(slots=True)
class NodeFigures:
    """What was measured under the mixed load. `memory` is that under full load, by process."""

    mixed: LoadFigures
    half_load_rate: float = 0.0
    half_load: list[Latency] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mixed:
    """The mixed load, planned and signed but for what is signed late."""

    planned: Sequence[Slot]
    signed: Sequence[SignedSlot]
    ramp_runs: int

    def get_run(self, number: int) -> tuple[Sequence[Slot], Sequence[SignedSlot]]:
        """The slots of one run, ramps counted."""
        part = slice(number * RUN_SLOTS, (number + 1) * RUN_SLOTS)
        return self.planned[part], self.signed[part]


def prepare_mixed(world: World, signer: Signer, scale: Scale) -> Mixed:
    """Ramp, the timed runs, and at half load one that does not count and those that do."""
    ramp_runs = -(-count_ramp(world) // RUN_SLOTS)
    runs = ramp_runs + scale.runs + 1 + scale.paced_runs
    planned = plan_mixed(world, RUN_SLOTS * runs, scale.packages, read_now_ms())
    return Mixed(planned, signer.sign_slots(planned), ramp_runs)


class Session:
    """A node under load, and what is measured there."""

    def __init__(self, load: Load, node: Node, scale: Scale) -> None:
        self._load = load
        self._node = node
        self._scale = scale
        self.committed = 0
        self.probes: list[int] = []

    def probe(self) -> None:
        """See how fast the machine verifies just now."""
        self.probes.append(measure_verification(self._scale.probe_seconds))

    async def run(self, transactions: Sequence[Sequence[bytes]], signatures: int) -> RunFigures:
        """One run at full load, and a probe after it."""
        before, used = await self._load.get_status(), self._read_processor()
        outcome = await self.run_untimed(transactions)
        after, used_after = await self._load.get_status(), self._read_processor()
        self.probe()
        return RunFigures(
            outcome.committed,
            outcome.seconds,
            signatures,
            (before.height, after.height),
            compute_phases(before, after, outcome.committed),
            {name: round((used_after[name] - used[name]) * 1e6 / outcome.committed, 1) for name in used},
        )

    async def run_untimed(self, transactions: Sequence[Sequence[bytes]]) -> Outcome:
        """A run whose time does not count."""
        outcome = await self._load.run(transactions)
        self.committed += outcome.committed
        return outcome

    async def run_paced(self, transactions: Sequence[Sequence[bytes]], rate: float) -> Latency:
        """A run at a rate, in small batches."""
        outcome = await self._load.run(transactions, rate, HALF_LOAD_BATCH)
        self.committed += outcome.committed
        waited = outcome.latencies_ms
        return Latency(outcome.committed, *(round(find_percentile(waited, percent), 1) for percent in (50, 99, 100)))

    def _read_processor(self) -> dict[str, float]:
        return {**self._node.read_processor(), "load": read_processor_seconds(os.getpid())}


async def measure_mixed(
    directory: Path, mixed: Mixed, signer: Signer, scale: Scale, server: int | None = None
) -> NodeFigures:
    """The mixed load at full and at half load, on a node of its own. `server`: the process of its database's."""
    runs = range(mixed.ramp_runs, mixed.ramp_runs + scale.runs)
    timed = [slot for number in runs for slot in mixed.get_run(number)[0]]
    figures = NodeFigures(LoadFigures(count_kinds(timed)))
    before = measure_disk(directory)
    with Node(directory, server) as node:
        async with connect(node.target) as load:
            session = Session(load, node, scale)
            for number in range(mixed.ramp_runs):
                await session.run_untimed(signer.finish(mixed.get_run(number)[1]))
            session.probe()
            for number in runs:
                planned, signed = mixed.get_run(number)
                run = await session.run(signer.finish(signed), count_signatures(planned))
                say(f"mixed load: {run.operations_per_s:.0f} operations/s, {run.signatures_per_s:.0f} signatures/s")
                figures.mixed.runs.append(run)
            figures.memory = node.read_memory()
            await _measure_half_load(session, mixed, signer, figures, scale)
    _finish(directory, figures.mixed, session, before)
    return figures


async def _measure_half_load(
    session: Session, mixed: Mixed, signer: Signer, figures: NodeFigures, scale: Scale
) -> None:
    """A pause, a run that does not count, and those that do."""
    first = mixed.ramp_runs + scale.runs
    figures.half_load_rate = rate = figures.mixed.compute_median("operations_per_s") / 2
    await asyncio.sleep(scale.pause_seconds)
    for number in range(first, first + 1 + scale.paced_runs):
        found = await session.run_paced(signer.finish(mixed.get_run(number)[1]), rate)
        if number > first:
            say(f"half load, {rate:.0f} operations/s: p50 {found.p50_ms} ms, p99 {found.p99_ms} ms")
            figures.half_load.append(found)


async def measure_transfers(directory: Path, world: World, signer: Signer, scale: Scale) -> LoadFigures:
    """Offers and acceptances of whole ranges alone, on a node of its own."""
    rounds = scale.transfer_rounds * scale.runs
    planned = plan_transfers(world, scale.transfer_packages, rounds, read_now_ms())
    signed = signer.finish(signer.sign_slots(planned))
    first, each = count_transfer_slots(1), count_transfer_slots(scale.transfer_rounds)
    figures = LoadFigures(count_kinds(planned[first:]))
    before = measure_disk(directory)
    with Node(directory) as node:
        async with connect(node.target) as load:
            session = Session(load, node, scale)
            await session.run_untimed(signed[:first])
            session.probe()
            for number in range(scale.runs):
                part = slice(first + each * number, first + each * (number + 1))
                run = await session.run(signed[part], count_signatures(planned[part]))
                say(f"transfers: {run.operations_per_s:.0f} operations/s, {run.signatures_per_s:.0f} signatures/s")
                figures.runs.append(run)
    _finish(directory, figures, session, before)
    return figures


def _finish(directory: Path, figures: LoadFigures, session: Session, before: int) -> None:
    """What is read from the database of the stopped node."""
    figures.probes = session.probes
    changed = sum(count_changes(directory, *run.heights) for run in figures.runs)
    figures.records_per_operation = changed / sum(run.operations for run in figures.runs)
    figures.disk_bytes_per_operation = (measure_disk(directory) - before) / session.committed


def compute_phases(before: pb.NodeStatus, after: pb.NodeStatus, operations: int) -> dict[str, float]:
    """Microseconds an operation in each of a node's phases, between two of its statuses."""
    earlier = {time.phase: time.microseconds for time in before.times}
    return {time.phase: round((time.microseconds - earlier.get(time.phase, 0)) / operations, 1) for time in after.times}
