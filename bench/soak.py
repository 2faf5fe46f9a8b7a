"""`python -m bench.soak --minutes 30`: half load on four validators for long. Does memory grow? What does disk cost?

1. Full load first, to know what half is; `--rate` says it instead. Then half of it, whatever comes back.
2. Every ten seconds the resident memory of each process is read. What a process had in the first minute after the
   first five is compared with what it had in the last minute.
3. Work is planned and signed a stretch ahead, beside the load. That takes processor time and the load's own memory, so
   this measures neither speed nor the load.

Exit status 1 where a node's process grew by 5 % or more, or ended. Prints a table, writes bench/results/soak.json.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench.__main__ import make_signer
from bench.load import connect
from bench.machine import describe_load, describe_machine, read_commit, read_date
from bench.network_load import NetworkSession
from bench.network_nodes import VALIDATORS, NetworkRun, make_network
from bench.plan import count_signatures, plan_mixed
from bench.processes import LOAD, Process, read_usages
from bench.progress import say
from bench.report import write_results
from bench.signing import SignedSlot, Signer, read_now_ms
from bench.throughput import RUN_SLOTS
from bench.world import World
from nodes.engines.cometbft.program import find_program

RESULTS = Path(__file__).parent / "results" / "soak.json"
SETTLE_S, EVERY_S, WINDOW_S = 300.0, 10.0, 60.0
SHORT_PARTS = 6
"""A soak of less than half an hour settles for a sixth of its time, and compares sixths."""
ALLOWED_PERCENT = 5.0
STRETCH_RUNS, PACKAGES = 4, 80
SIGNERS = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident bytes of each process, so many seconds after the beginning."""

    at_s: float
    resident_bytes: Mapping[Process, int]


@dataclass(frozen=True, slots=True)
class Growth:
    """A process's memory (MB) when it had settled and in the end; `percent`: None where it ended meanwhile."""

    name: str
    part: str
    settled_mb: float
    last_mb: float
    percent: float | None


@dataclass(slots=True)
class SoakFigures:
    """What a soak showed."""

    rate: float
    operations: int = 0
    disk_bytes: int = 0
    samples: list[Sample] = field(default_factory=list)


def compute_growth(samples: Sequence[Sample], settle_s: float, window_s: float) -> list[Growth]:
    """How much each process grew that was there when the network had settled."""
    end_s = samples[-1].at_s
    first = [sample for sample in samples if settle_s <= sample.at_s < settle_s + window_s]
    last = [sample for sample in samples if sample.at_s > end_s - window_s]
    found = []
    for process in first[0].resident_bytes:
        before, after = _find_mean(first, process), _find_mean(last, process)
        percent = round((after / before - 1) * 100, 2) if before and process in samples[-1].resident_bytes else None
        found.append(Growth(process.name, process.part, round(before / 1e6, 1), round(after / 1e6, 1), percent))
    return sorted(found, key=lambda growth: growth.name)


def is_steady(growths: Sequence[Growth]) -> bool:
    """Whether no process of a node grew by 5 % or more, or ended."""
    judged = [growth.percent for growth in growths if growth.part != LOAD]
    return bool(judged) and all(percent is not None and percent < ALLOWED_PERCENT for percent in judged)


def compute_times(seconds: float) -> tuple[float, float]:
    """For how long a soak of so many seconds settles, and how long the compared windows are (seconds)."""
    return min(SETTLE_S, seconds / SHORT_PARTS), min(WINDOW_S, seconds / SHORT_PARTS)


def render_table(results: Mapping[str, Any]) -> str:
    """All that a person wants to know."""
    figures = results["figures"]
    lines = [
        f"{results['date']}  commit {results['commit'][:12]}  {figures['seconds']} s at {figures['rate']} operations/s",
        f"{figures['operations']:,} operations, {figures['operations_per_s']} a second with the load's pauses;"
        f" disk {figures['disk_bytes_per_operation']:,} B an operation and node",
        *(
            f"  {growth['name']:<24}{growth['settled_mb']:>9} MB{growth['last_mb']:>9} MB"
            f"{'ended' if growth['percent'] is None else format(growth['percent'], '+.2f') + ' %':>10}"
            for growth in figures["memory"]
        ),
        "steady" if figures["is_steady"] else "NOT STEADY",
    ]
    return "\n".join(lines) + "\n"


class Work:
    """Lives without end, a stretch of runs after another; each stretch has packages of its own."""

    def __init__(self, world: World, signer: Signer, packages: int) -> None:
        self._world = world
        self._signer = signer
        self._packages = packages
        self._stretch = 0

    async def list_runs(self) -> AsyncGenerator[list[SignedSlot]]:
        """Runs of slots, but for what is signed late; the next stretch is signed while this one is used."""
        preparing = asyncio.create_task(asyncio.to_thread(self._prepare))
        try:
            while True:
                signed = await preparing
                preparing = asyncio.create_task(asyncio.to_thread(self._prepare))
                for start in range(0, len(signed), RUN_SLOTS):
                    yield signed[start : start + RUN_SLOTS]
        finally:
            await asyncio.wait((preparing,))

    def _prepare(self) -> list[SignedSlot]:
        self._stretch += 1
        slots = plan_mixed(self._world, STRETCH_RUNS * RUN_SLOTS, self._packages, read_now_ms(), f"S{self._stretch}X")
        return self._signer.sign_slots(slots)


async def soak(
    directory: Path, world: World, signer: Signer, seconds: float, rate: float, packages: int = PACKAGES
) -> SoakFigures:
    """Half load for so long. `rate`: operations a second; 0 = half of what is measured first."""
    with NetworkRun(directory) as network:
        await network.wait_until_ready()
        async with connect(*network.targets) as load:
            session, runs = NetworkSession(load), Work(world, signer, packages).list_runs()
            try:
                half = rate or await _measure_half(session, signer, runs)
                say(f"soak: {half:.0f} operations/s for {seconds:.0f} s")
                figures = SoakFigures(half)
                before, counted = network.measure_disk(), session.committed
                sampling = asyncio.create_task(_sample(figures.samples, min(EVERY_S, seconds / (4 * SHORT_PARTS))))
                try:
                    await _use(session, signer, runs, half, seconds)
                finally:
                    sampling.cancel()
                    await asyncio.wait((sampling,))
            finally:
                await runs.aclose()
            figures.operations = session.committed - counted
            figures.disk_bytes = network.measure_disk() - before
    return figures


async def _measure_half(session: NetworkSession, signer: Signer, runs: AsyncGenerator[list[SignedSlot]]) -> float:
    """Half of what one stretch shows at full load."""
    rates = []
    for _ in range(STRETCH_RUNS):
        run = await anext(runs)
        found = await session.run(await session.finish(signer, run), count_signatures([slot.slot for slot in run]))
        rates.append(found.operations_per_s)
    return max(rates) / 2


async def _use(
    session: NetworkSession, signer: Signer, runs: AsyncGenerator[list[SignedSlot]], rate: float, seconds: float
) -> None:
    until = time.monotonic() + seconds
    async for run in runs:
        await session.run_paced(await session.finish(signer, run), rate)
        if time.monotonic() >= until:
            return


async def _sample(samples: list[Sample], every_s: float) -> None:
    began = time.monotonic()
    while True:
        usages = await asyncio.to_thread(read_usages)
        resident = {process: usage.resident_bytes for process, usage in usages.items()}
        samples.append(Sample(time.monotonic() - began, resident))
        await asyncio.sleep(every_s)


def build_results(figures: SoakFigures) -> dict[str, Any]:
    """As it is written to the file."""
    seconds = figures.samples[-1].at_s
    growths = compute_growth(figures.samples, *compute_times(seconds))
    return {
        "date": read_date(),
        "commit": read_commit(),
        "command": "make soak",
        "machine": describe_machine(),
        "figures": {
            "seconds": round(seconds),
            "rate": round(figures.rate),
            "operations": figures.operations,
            "operations_per_s": round(figures.operations / seconds),
            "disk_bytes_per_operation": round(figures.disk_bytes / figures.operations / VALIDATORS),
            "memory": [asdict(growth) for growth in growths],
            "is_steady": is_steady(growths),
        },
    }


def main(arguments: Sequence[str]) -> int:
    """Soak; exit status 1 where something grew."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long; a short one writes no file")
    parser.add_argument("--rate", type=float, default=0.0, help="operations a second; else half of what is measured")
    parser.add_argument("--engine-program", default="", help="CometBFT; else as `make cometbft` built it, or PATH")
    asked = parser.parse_args(arguments)
    program = find_program(asked.engine_program)
    for warning in describe_load()[1]:
        say(f"warning: {warning}")
    with tempfile.TemporaryDirectory(prefix="hefu-soak-") as temporary:
        directory = Path(temporary) / "network"
        world = make_network(directory, program)
        signer = make_signer(world, SIGNERS)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                figures = runner.run(soak(directory, world, signer, asked.minutes * 60, asked.rate))
        finally:
            signer.close()
    results = build_results(figures)
    sys.stdout.write(render_table(results))
    if asked.minutes * 60 >= SETTLE_S * SHORT_PARTS:
        write_results(RESULTS, results)
    return 0 if results["figures"]["is_steady"] else 1


def _find_mean(samples: Sequence[Sample], process: Process) -> float:
    found = [sample.resident_bytes[process] for sample in samples if process in sample.resident_bytes]
    return sum(found) / len(found) if found else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
