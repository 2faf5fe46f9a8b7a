"""`python -m bench.network`: a network of four validators beside CometBFT's own kvstore, with the same bytes.

1. A network is made, and the mixed load is planned and signed for it (bench/plan.py), outside the clock.
2. The baseline commits those bytes first, in bundles; then its engines stop.
3. The network commits them: ramp, timed runs at full load, a pause, half load.

It prints a table and writes bench/results/network.json; `--readme` quotes that in README.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.__main__ import README, make_signer
from bench.kvstore import KvstoreRun, Kvstores
from bench.load import connect
from bench.machine import describe_load, describe_machine, read_commit, read_date
from bench.network_load import NetworkRunFigures, NetworkSession
from bench.network_nodes import NetworkRun, make_network
from bench.network_report import (
    BEGIN,
    END,
    build_half_load,
    build_kvstore,
    build_network,
    build_ratios,
    render_section,
    render_table,
)
from bench.plan import count_signatures
from bench.progress import say
from bench.readme import replace_section
from bench.report import write_results
from bench.signing import Signer
from bench.throughput import Latency, Mixed, Scale, prepare_mixed
from bench.timing import find_median
from nodes.engines.cometbft.program import find_program

RESULTS = Path(__file__).parent / "results" / "network.json"
COMMAND = "make bench-network"
SIGNERS = 2


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is measured with: the load and who signs its rest."""

    mixed: Mixed
    signer: Signer
    scale: Scale

    def list_timed(self) -> range:
        """The numbers of the timed runs."""
        return range(self.mixed.ramp_runs, self.mixed.ramp_runs + self.scale.runs)

    async def finish(self, session: NetworkSession, number: int) -> list[list[bytes]]:
        """The transactions of one run, those included that are signed late."""
        return await session.finish(self.signer, self.mixed.get_run(number)[1])

    def list_bytes(self, number: int) -> list[bytes]:
        """The same, signed for a baseline that does not read them."""
        return [signed for slot in self.signer.finish(self.mixed.get_run(number)[1]) for signed in slot]

    def compute_operation_bytes(self) -> float:
        """The mean length of what the timed runs sign beforehand."""
        slots = [slot for number in self.list_timed() for slot in self.mixed.get_run(number)[1]]
        lengths = [len(signed) for slot in slots for signed in slot.transactions if signed is not None]
        return sum(lengths) / len(lengths)


FULL = Scale(runs=5, packages=80, paced_runs=3, transfer_packages=0, transfer_rounds=0)
QUICK = Scale(runs=2, packages=30, paced_runs=1, transfer_packages=0, transfer_rounds=0, pause_seconds=2)


async def measure_kvstore(directory: Path, program: str, prepared: Prepared) -> list[KvstoreRun]:
    """The timed runs' bytes at four engines; a run that does not count comes first."""
    runs = []
    async with Kvstores(directory, program) as engines:
        for number in (prepared.mixed.ramp_runs - 1, *prepared.list_timed()):
            found = await engines.run(prepared.list_bytes(number))
            if number in prepared.list_timed():
                say(f"kvstore: {found.operations_per_s:.0f} operations/s")
                runs.append(found)
    return runs


async def measure_network(directory: Path, prepared: Prepared) -> dict[str, Any]:
    """Full load, then half of it, at four nodes."""
    with NetworkRun(directory) as network:
        await network.wait_until_ready()
        before = network.measure_disk()
        async with connect(*network.targets) as load:
            session = NetworkSession(load)
            for number in range(prepared.mixed.ramp_runs):
                await session.run_untimed(await prepared.finish(session, number))
            runs = [await _run_full(session, prepared, number) for number in prepared.list_timed()]
            rate = find_median([run.operations_per_s for run in runs]) / 2
            await asyncio.sleep(prepared.scale.pause_seconds)
            latencies = await _measure_half_load(session, prepared, rate)
    disk = (network.measure_disk() - before) / session.committed / len(network.targets)
    figures = build_network(runs, prepared.compute_operation_bytes())
    figures["disk_bytes_per_operation"] = round(disk)
    return {"network": figures, "half_load": build_half_load(rate, latencies)}


async def _run_full(session: NetworkSession, prepared: Prepared, number: int) -> NetworkRunFigures:
    run = await session.run(await prepared.finish(session, number), count_signatures(prepared.mixed.get_run(number)[0]))
    say(f"network: {run.operations_per_s:.0f} operations/s, {run.signatures_per_s:.0f} signatures/s")
    return run


async def _measure_half_load(session: NetworkSession, prepared: Prepared, rate: float) -> list[Latency]:
    """A run that does not count, and those that do."""
    first = prepared.list_timed().stop
    found = []
    for number in range(first, first + 1 + prepared.scale.paced_runs):
        latency = await session.run_paced(await prepared.finish(session, number), rate)
        if number > first:
            say(f"half load, {rate:.0f} operations/s: p50 {latency.p50_ms} ms, p99 {latency.p99_ms} ms")
            found.append(latency)
    return found


def measure(directory: Path, scale: Scale, program: str) -> dict[str, Any]:
    """Everything, as it is written to the file."""
    began = time.perf_counter()
    load_average, warnings = describe_load()
    for warning in warnings:
        say(f"warning: {warning}")
    world = make_network(directory / "network", program)
    signer = make_signer(world, SIGNERS)
    try:
        say("planning and signing")
        prepared = Prepared(prepare_mixed(world, signer, scale), signer, scale)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            say("four engines with their own kvstore")
            kvstore = build_kvstore(runner.run(measure_kvstore(directory / "kvstore", program, prepared)))
            say("four nodes")
            figures = {"kvstore": kvstore, **runner.run(measure_network(directory / "network", prepared))}
    finally:
        signer.close()
    return {
        "date": read_date(),
        "commit": read_commit(),
        "command": COMMAND,
        "machine": describe_machine(),
        "load_average_at_start": load_average,
        "warnings": warnings,
        "seconds": round(time.perf_counter() - began),
        "ratios": build_ratios(figures),
        "figures": figures,
    }


def main(arguments: Sequence[str]) -> int:
    """Measure; exit status 0 unless something was refused, which raises."""
    parser = argparse.ArgumentParser(prog="python -m bench.network", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, for development; writes no file")
    parser.add_argument("--engine-program", default="", help="CometBFT; else as `make cometbft` built it, or PATH")
    parser.add_argument("--readme", action="store_true", help="measure nothing; quote the last results in README")
    asked = parser.parse_args(arguments)
    if asked.readme:
        section = render_section(json.loads(RESULTS.read_text(encoding="utf-8")))
        README.write_text(replace_section(README.read_text(encoding="utf-8"), BEGIN, END, section), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory(prefix="hefu-bench-") as temporary:
        results = measure(Path(temporary), QUICK if asked.quick else FULL, find_program(asked.engine_program))
    sys.stdout.write(render_table(results))
    if not asked.quick:
        write_results(RESULTS, results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
