"""Throughput and latency of a real node: the mixed load, transfers alone, and half of the load that was measured.

Beside each run stands the rate at which one thread of the same machine verified signatures just before and just after.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import Load, Outcome, connect
from bench.machine import Memory, measure_verification
from bench.node import Node, count_changes, measure_disk, read_processor_seconds
from bench.plan import Slot, count_kinds, count_ramp, count_signatures, count_transfer_slots, plan_mixed, plan_transfers
from bench.signing import SignedSlot, Signer, read_now_ms
from bench.timing import find_median, find_percentile
from bench.world import World
from hefu.v1 import node_pb2 as pb

RUN_SLOTS = 12  # what is signed late is signed between runs, and depends on the run before (see bench/plan.py)
HALF_LOAD_BATCH = 16


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is run: timed runs, packages that begin in each slot, packages and rounds of the transfers."""

    runs: int
    packages: int
    transfer_packages: int
    transfer_rounds: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One timed run. Times by phase are microseconds an operation, as are the processors' seconds."""

    operations: int
    seconds: float
    signatures: int
    verified_before: int
    verified_after: int
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

    @property
    def over_verification(self) -> float:
        """Signatures a second over those that one thread verifies."""
        return self.signatures_per_s / ((self.verified_before + self.verified_after) / 2)


@dataclass(slots=True)
class LoadFigures:
    """All runs of one load."""

    kinds: dict[str, int]
    runs: list[RunFigures] = field(default_factory=list)
    records_per_operation: float = 0.0
    disk_bytes_per_operation: float = 0.0

    def compute_median(self, name: str) -> float:
        """The median over the runs of one of their figures."""
        return find_median([getattr(run, name) for run in self.runs])


@dataclass(slots=True)
class Latency:
    """What an operation waits for at a rate."""

    rate: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    worst_ms: float


@dataclass(slots=True)
class NodeFigures:
    """Everything that was measured at a node."""

    mixed: LoadFigures
    transfers: LoadFigures
    half_load: Latency | None = None
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
    """Ramp, the timed runs, and one for the latency."""
    ramp_runs = -(-count_ramp(world) // RUN_SLOTS)
    planned = plan_mixed(world, RUN_SLOTS * (ramp_runs + scale.runs + 1), scale.packages, read_now_ms())
    return Mixed(planned, signer.sign_slots(planned), ramp_runs)


class Session:
    """A node under load, and what is measured there."""

    def __init__(self, load: Load, node: Node) -> None:
        self._load = load
        self._node = node
        self._verified = measure_verification()

    async def run(self, transactions: Sequence[Sequence[bytes]], signatures: int) -> RunFigures:
        """One run at full load."""
        before, used = await self._load.get_status(), self._read_processor()
        outcome = await self._load.run(transactions)
        after, used_after = await self._load.get_status(), self._read_processor()
        verified, self._verified = self._verified, measure_verification()
        return RunFigures(
            outcome.committed,
            outcome.seconds,
            signatures,
            verified,
            self._verified,
            (before.height, after.height),
            _compute_phases(before, after, outcome.committed),
            {name: round((used_after[name] - used[name]) * 1e6 / outcome.committed, 1) for name in used},
        )

    def _read_processor(self) -> dict[str, float]:
        return {**self._node.read_processor(), "load": read_processor_seconds(os.getpid())}

    async def run_untimed(self, transactions: Sequence[Sequence[bytes]]) -> Outcome:
        """A run whose time does not count."""
        return await self._load.run(transactions)

    async def run_paced(self, transactions: Sequence[Sequence[bytes]], rate: float) -> Latency:
        """A run at a rate, in small batches."""
        outcome = await self._load.run(transactions, rate, HALF_LOAD_BATCH)
        waited = outcome.latencies_ms
        return Latency(rate, *(round(find_percentile(waited, percent), 1) for percent in (50, 99, 99.9, 100)))


async def measure_mixed(directory: Path, mixed: Mixed, signer: Signer, scale: Scale) -> NodeFigures:
    """The mixed load at full and at half load, on a node of its own."""
    runs = range(mixed.ramp_runs, mixed.ramp_runs + scale.runs)
    timed = [slot for number in runs for slot in mixed.get_run(number)[0]]
    figures = NodeFigures(LoadFigures(count_kinds(timed)), LoadFigures({}))
    before = measure_disk(directory)
    committed = 0
    with Node(directory) as node:
        async with connect(node.target) as load:
            session = Session(load, node)
            for number in range(mixed.ramp_runs):
                committed += (await session.run_untimed(signer.finish(mixed.get_run(number)[1]))).committed
            for number in runs:
                planned, signed = mixed.get_run(number)
                run = await session.run(signer.finish(signed), count_signatures(planned))
                figures.mixed.runs.append(run)
                committed += run.operations
            last, signed = mixed.get_run(runs.stop)
            rate = figures.mixed.compute_median("operations_per_s") / 2
            figures.half_load = await session.run_paced(signer.finish(signed), rate)
            committed += sum(len(slot.steps) for slot in last)
            figures.memory = node.read_memory()
    _measure_left(directory, figures.mixed, before, committed)
    return figures


async def measure_transfers(directory: Path, world: World, signer: Signer, scale: Scale) -> LoadFigures:
    """Offers and acceptances of whole ranges alone, on a node of its own."""
    rounds = scale.transfer_rounds * scale.runs
    planned = plan_transfers(world, scale.transfer_packages, rounds, read_now_ms())
    signed = signer.finish(signer.sign_slots(planned))
    first, each = count_transfer_slots(1), count_transfer_slots(scale.transfer_rounds)
    figures = LoadFigures(count_kinds(planned[first:]))
    with Node(directory) as node:
        async with connect(node.target) as load:
            session = Session(load, node)
            await session.run_untimed(signed[:first])
            for number in range(scale.runs):
                part = slice(first + each * number, first + each * (number + 1))
                figures.runs.append(await session.run(signed[part], count_signatures(planned[part])))
    figures.records_per_operation = _count_records(directory, figures)
    return figures


def _measure_left(directory: Path, figures: LoadFigures, before: int, committed: int) -> None:
    figures.records_per_operation = _count_records(directory, figures)
    figures.disk_bytes_per_operation = (measure_disk(directory) - before) / committed


def _count_records(directory: Path, figures: LoadFigures) -> float:
    changed = sum(count_changes(directory, *run.heights) for run in figures.runs)
    return changed / sum(run.operations for run in figures.runs)


def _compute_phases(before: pb.NodeStatus, after: pb.NodeStatus, operations: int) -> dict[str, float]:
    earlier = {time.phase: time.microseconds for time in before.times}
    return {time.phase: round((time.microseconds - earlier.get(time.phase, 0)) / operations, 1) for time in after.times}
