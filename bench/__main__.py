"""`python -m bench [--quick] [--only node|growth]`: measures, prints a table, writes bench/results/latest.json."""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.growth import GrowthFigures, measure_growth
from bench.machine import describe_machine, measure_verification, read_commit, read_date
from bench.node import make_node
from bench.report import build_growth, build_node, build_ratios, render_table, write_results
from bench.signing import Signer
from bench.throughput import NodeFigures, Scale, measure_mixed, measure_transfers, prepare_mixed
from bench.world import make_world

RESULTS = Path(__file__).parent / "results" / "latest.json"
SIGNERS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    scale: Scale
    sizes: tuple[int, ...]
    growth_blocks: int


FULL = Size(Scale(runs=5, packages=200, transfer_packages=4000, transfer_rounds=2), (10_000, 100_000, 1_000_000), 30)
QUICK = Size(Scale(runs=3, packages=100, transfer_packages=2000, transfer_rounds=2), (10_000, 100_000), 12)


def measure_node(directory: Path, size: Size) -> tuple[NodeFigures, dict[str, float]]:
    """The loads at real nodes, each on a network of its own; and what signing cost, outside the clock."""
    world = make_world()
    signer = Signer(world.compute_network().SerializeToString(deterministic=True), SIGNERS)
    try:
        mixed = prepare_mixed(world, signer, size.scale)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            make_node(directory / "mixed", world.genesis)
            figures = runner.run(measure_mixed(directory / "mixed", mixed, signer, size.scale))
            make_node(directory / "transfers", world.genesis)
            figures.transfers = runner.run(measure_transfers(directory / "transfers", world, signer, size.scale))
    finally:
        signer.close()
    return figures, {"signatures": signer.signatures, "seconds": round(signer.seconds, 1), "processes": SIGNERS}


def measure_sizes(directory: Path, size: Size) -> GrowthFigures:
    """The state machine alone at several sizes, on a network of its own."""
    world = make_world()
    signer = Signer(world.compute_network().SerializeToString(deterministic=True), SIGNERS)
    try:
        return measure_growth(directory, world, signer, size.sizes, size.growth_blocks)
    finally:
        signer.close()


def main(arguments: list[str]) -> int:
    """Measure what was asked for; exit status 0 unless something was refused, which raises."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute and a half, for development; writes no file")
    parser.add_argument("--only", choices=("node", "growth"), help="one half of it; writes no file")
    asked = parser.parse_args(arguments)
    size = QUICK if asked.quick else FULL
    began = time.perf_counter()
    figures: dict[str, object] = {"single_thread_verifications_per_s": measure_verification()}
    with tempfile.TemporaryDirectory(prefix="hefu-bench-") as temporary:
        directory = Path(temporary)
        if asked.only != "growth":
            node, signing = measure_node(directory, size)
            figures |= build_node(node) | {"signing_outside_the_clock": signing}
        if asked.only != "node":
            figures |= build_growth(measure_sizes(directory, size))
    results = {
        "date": read_date(),
        "commit": read_commit(),
        "machine": describe_machine(),
        "seconds": round(time.perf_counter() - began),
        "ratios": build_ratios(figures),
        "figures": figures,
    }
    sys.stdout.write(render_table(results))
    if not asked.quick and asked.only is None:
        write_results(RESULTS, results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
