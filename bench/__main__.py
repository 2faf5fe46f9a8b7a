"""`python -m bench`: measures, prints a table, writes bench/results/latest.json; `--readme` quotes that in README."""

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

from bench.growth import GrowthFigures, GrowthScale, measure_growth
from bench.imports import ImportScale, measure_imports
from bench.machine import describe_load, describe_machine, read_commit, read_date
from bench.node import make_node
from bench.progress import say
from bench.proofs import TreeFigures, measure_proofs
from bench.readme import rewrite_file
from bench.report import (
    build_growth,
    build_imports,
    build_node,
    build_postgresql,
    build_ratios,
    build_trees,
    write_results,
)
from bench.signing import Signer
from bench.table import render_table
from bench.throughput import Scale, measure_mixed, measure_transfers, prepare_mixed
from bench.world import World, make_world
from tests.support.postgres import PostgresServer

RESULTS = Path(__file__).parent / "results" / "latest.json"
README = Path(__file__).parents[1] / "README.md"
SIGNERS = 2
# As docs/operations.md advises; whatever concerns durability stays as PostgreSQL has it: on.
SERVER_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    node: Scale
    growth: GrowthScale
    proofs: int
    imports: ImportScale
    signers: int = SIGNERS


FULL = Size(
    Scale(runs=5, packages=200, paced_runs=3, transfer_packages=4000, transfer_rounds=2),
    GrowthScale((10_000, 100_000, 1_000_000), turns=9, blocks_a_turn=8),
    proofs=500,
    imports=ImportScale(csv_rows=100_000, xlsx_rows=100_000, issued_rows=20_000, runs=3),
)
QUICK = Size(
    Scale(runs=2, packages=100, paced_runs=1, transfer_packages=2000, transfer_rounds=1, pause_seconds=2),
    GrowthScale((10_000, 100_000), turns=3, blocks_a_turn=4, packages=50),
    proofs=100,
    imports=ImportScale(csv_rows=20_000, xlsx_rows=4_000, issued_rows=4_000, runs=1),
)


def measure_node(directory: Path, size: Size) -> dict[str, Any]:
    """The loads at real nodes, each on a network of its own; and what signing cost, outside the clock."""
    world = make_world()
    signer = make_signer(world, size.signers)
    try:
        say("mixed load: planning and signing")
        mixed = prepare_mixed(world, signer, size.node)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            say("mixed load: a node of its own")
            make_node(directory / "mixed", world.genesis)
            figures = runner.run(measure_mixed(directory / "mixed", mixed, signer, size.node))
            say("transfers: planning and signing, then a node of its own")
            make_node(directory / "transfers", world.genesis)
            transfers = runner.run(measure_transfers(directory / "transfers", world, signer, size.node))
    finally:
        signer.close()
    signing = {"signatures": signer.signatures, "seconds": round(signer.seconds, 1), "processes": size.signers}
    return build_node(figures, transfers) | {"signing_outside_the_clock": signing}


def measure_postgresql(directory: Path, size: Size) -> dict[str, Any]:
    """The mixed load at a node whose database is PostgreSQL's, on a server of our own that flushes as it should."""
    world = make_world()
    signer = make_signer(world, size.signers)
    try:
        say("mixed load on PostgreSQL: planning and signing, then a server and a node")
        mixed = prepare_mixed(world, signer, size.node)
        with PostgresServer(SERVER_SETTINGS) as server, server.make_database() as name:
            make_node(directory / "postgresql", world.genesis, server.get_url(name))
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                load = measure_mixed(directory / "postgresql", mixed, signer, size.node, server.read_process())
                return build_postgresql(runner.run(load), server.read_version())
    finally:
        signer.close()


def measure_sizes(directory: Path, size: Size) -> tuple[GrowthFigures, TreeFigures]:
    """The state machine alone at several sizes, on a network of its own; then proofs at the largest."""
    world = make_world()
    signer = make_signer(world, size.signers)
    try:
        growth = measure_growth(directory, world, signer, size.growth)
    finally:
        signer.close()
    say("proofs and trees at the largest state")
    return growth, measure_proofs(growth.largest, size.proofs)


def make_signer(world: World, processes: int) -> Signer:
    """Who signs for the world's members."""
    return Signer(world.compute_network().SerializeToString(deterministic=True), processes)


def measure(directory: Path, size: Size, only: str | None = None) -> dict[str, Any]:
    """Everything, or one part of it, as it is written to the file."""
    began = time.perf_counter()
    load_average, warnings = describe_load()
    for warning in warnings:
        say(f"warning: {warning}")
    machine = describe_machine()
    figures: dict[str, Any] = {}
    if only in (None, "node"):
        figures |= measure_node(directory, size)
    if only in (None, "postgresql"):
        figures |= measure_postgresql(directory, size)
    if only in (None, "growth"):
        growth, trees = measure_sizes(directory, size)
        figures |= build_growth(growth) | build_trees(trees)
    if only in (None, "imports"):
        figures |= build_imports(measure_imports(directory / "imports", make_world(), size.imports))
    return {
        "date": read_date(),
        "commit": read_commit(),
        "machine": machine,
        "load_average_at_start": load_average,
        "warnings": warnings,
        "seconds": round(time.perf_counter() - began),
        "ratios": build_ratios(figures),
        "figures": figures,
    }


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; exit status 0 unless something was refused, which raises."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute and a half, for development; writes no file")
    parts = ("node", "postgresql", "growth", "imports")
    parser.add_argument("--only", choices=parts, help="one part of it; writes no file")
    parser.add_argument("--readme", action="store_true", help="measure nothing; quote the last results in README")
    asked = parser.parse_args(arguments)
    if asked.readme:
        rewrite_file(README, json.loads(RESULTS.read_text(encoding="utf-8")))
        return 0
    with tempfile.TemporaryDirectory(prefix="hefu-bench-") as temporary:
        results = measure(Path(temporary), QUICK if asked.quick else FULL, asked.only)
    sys.stdout.write(render_table(results))
    if not asked.quick and asked.only is None:
        write_results(RESULTS, results)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
