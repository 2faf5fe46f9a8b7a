"""Figures as JSON. Microseconds and bytes are those of one operation unless a name says otherwise.

Ratios are computed from the figures alone, so that whoever reads the file can compute them again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.growth import GrowthFigures
from bench.imports import ImportFigures
from bench.proofs import TreeFigures
from bench.throughput import LoadFigures, NodeFigures
from bench.timing import find_median

Figures = dict[str, Any]


def build_node(node: NodeFigures, transfers: LoadFigures) -> Figures:
    """What a real node did, with its database in a file."""
    return {
        "single_thread_verifications_per_s": find_median([*node.mixed.probes, *transfers.probes]),
        **_build_mixed(node),
        "transfers": _build_load(transfers),
    }


def build_postgresql(node: NodeFigures, version: str) -> Figures:
    """What a real node did whose database is PostgreSQL's, of this version."""
    return {"postgresql": {"version": version, **_build_mixed(node)}}


def _build_mixed(node: NodeFigures) -> Figures:
    half = node.half_load
    return {
        "mixed": _build_load(node.mixed),
        "half_load": {
            "operations_per_s": round(node.half_load_rate),
            "p50_ms": find_median([run.p50_ms for run in half]),
            "p99_ms": find_median([run.p99_ms for run in half]),
            "worst_ms": max((run.worst_ms for run in half), default=0.0),
            "runs": [asdict(run) for run in half],
        },
        "memory": {name: asdict(memory) for name, memory in node.memory.items()},
    }


def build_growth(growth: GrowthFigures) -> Figures:
    """What the state machine alone cost at each size."""
    sizes = {}
    for size in growth.sizes:
        turns = size.compute_turns(growth.blocks_a_turn)
        sizes[str(size.records)] = {
            "operation_us": round(find_median(turns), 1),
            "turns_us": [round(turn, 1) for turn in turns],
            "wal_copy_us": round(size.compute_copy_microseconds(), 1),
            "phases_us": size.phases,
            "operations": sum(size.operations),
            "fill_seconds": round(size.fill_seconds, 1),
        }
    return {"growth": sizes}


def build_trees(trees: TreeFigures) -> Figures:
    """Proofs, and the trees' own rates."""
    figures = asdict(trees)
    return {"proofs": figures.pop("proofs"), "trees": figures}


def build_imports(imports: ImportFigures) -> Figures:
    """Sheets of payables, previewed and issued."""
    return {"imports": asdict(imports)}


def build_ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """What can be compared between machines."""
    ratios = {}
    for load, name in (("mixed", "mixed"), ("transfers", "transfer")):
        if load in figures:
            found = figures[load]
            ratios[f"{name}_signatures_over_single_thread_verify"] = round(
                found["signatures_per_s"] / found["verifications_per_s"], 3
            )
    if "mixed" in figures and "postgresql" in figures:
        other = figures["postgresql"]["mixed"]
        ratios["mixed_operations_postgresql_over_sqlite"] = round(
            other["operations_per_s"] / figures["mixed"]["operations_per_s"], 3
        )
    sizes = [(_name_power(records), size["operation_us"]) for records, size in figures.get("growth", {}).items()]
    for power, cost in reversed(sizes[1:]):
        ratios[f"cost_per_operation_{power}_over_{sizes[0][0]}"] = round(cost / sizes[0][1], 2)
    return ratios


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Replace the file of results."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _name_power(records: str) -> str:
    """The power of ten to which a state was filled: `10095` is 1e4."""
    return f"1e{len(records) - 1}"


def _build_load(load: LoadFigures) -> Figures:
    runs = load.runs
    operations = sum(run.operations for run in runs)
    return {
        "operations_per_s": round(load.compute_median("operations_per_s")),
        "signatures_per_s": round(load.compute_median("signatures_per_s")),
        "verifications_per_s": find_median(load.probes),
        "signatures_per_operation": round(sum(run.signatures for run in runs) / operations, 2),
        "records_per_operation": round(load.records_per_operation, 2),
        "disk_bytes_per_operation": round(load.disk_bytes_per_operation),
        "operations_per_block": round(operations / max(1, sum(run.heights[1] - run.heights[0] for run in runs))),
        "runs_operations_per_s": [round(run.operations_per_s) for run in runs],
        "probes_verifications_per_s": load.probes,
        "phases_us": {name: find_median([run.phases.get(name, 0.0) for run in runs]) for name in runs[0].phases},
        "processor_us": {name: find_median([run.processor[name] for run in runs]) for name in runs[0].processor},
        "operations_by_kind": load.kinds,
    }
