"""Figures as JSON, and as a table for a person. Microseconds and bytes are those of one operation."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.growth import GrowthFigures
from bench.throughput import LoadFigures, NodeFigures
from bench.timing import find_median

Figures = dict[str, Any]
WIDTH = 58


def build_node(node: NodeFigures) -> Figures:
    """What a real node did."""
    return {
        "mixed": _build_load(node.mixed),
        "transfers": _build_load(node.transfers),
        "half_load": asdict(node.half_load) if node.half_load is not None else {},
        "memory": {name: asdict(memory) for name, memory in node.memory.items()},
    }


def build_growth(growth: GrowthFigures) -> Figures:
    """What the state machine alone cost at each size."""
    return {
        "growth": {
            str(size.records): {
                "operation_us": round(size.compute_microseconds(), 1),
                "blocks": len(size.nanoseconds),
                "phases_us": size.phases,
                "fill_seconds": round(size.fill_seconds, 1),
            }
            for size in growth.sizes
        },
    }


def build_ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """What can be compared between machines."""
    ratios = {}
    if "mixed" in figures:
        ratios["mixed_signatures_over_single_thread_verify"] = figures["mixed"]["signatures_over_verification"]
        ratios["transfer_signatures_over_single_thread_verify"] = figures["transfers"]["signatures_over_verification"]
    costs = [size["operation_us"] for size in figures.get("growth", {}).values()]
    if len(costs) >= 2:
        ratios["cost_per_operation_1e6_over_1e4"] = round(costs[-1] / costs[0], 2)
        ratios["cost_per_operation_1e5_over_1e4"] = round(costs[1] / costs[0], 2)
    return ratios


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Replace the file of results."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def render_table(results: Mapping[str, Any]) -> str:
    """Everything, a line for each figure, indented as in the file."""
    lines: list[str] = []
    _render(results, 0, lines)
    return "\n".join(lines) + "\n"


def _render(value: Mapping[str, Any], depth: int, lines: list[str]) -> None:
    for name, inner in value.items():
        title = "  " * depth + str(name).replace("_", " ")
        if isinstance(inner, dict):
            lines.append(title)
            _render(inner, depth + 1, lines)
        else:
            text = ", ".join(map(str, inner)) if isinstance(inner, list) else str(inner)
            lines.append(f"{title:<{WIDTH}}{text}")


def _build_load(load: LoadFigures) -> Figures:
    runs = load.runs
    return {
        "operations_per_s": round(load.compute_median("operations_per_s")),
        "signatures_per_s": round(load.compute_median("signatures_per_s")),
        "signatures_over_verification": round(load.compute_median("over_verification"), 3),
        "signatures_per_operation": round(sum(r.signatures for r in runs) / sum(r.operations for r in runs), 2),
        "records_per_operation": round(load.records_per_operation, 2),
        "disk_bytes_per_operation": round(load.disk_bytes_per_operation),
        "operations_per_block": round(sum(r.operations for r in runs) / sum(r.heights[1] - r.heights[0] for r in runs)),
        "verifications_per_s": sorted({rate for r in runs for rate in (r.verified_before, r.verified_after)}),
        "runs_operations_per_s": [round(r.operations_per_s) for r in runs],
        "phases_us": {phase: find_median([r.phases.get(phase, 0.0) for r in runs]) for phase in runs[0].phases},
        "processor_us": {name: find_median([r.processor[name] for r in runs]) for name in runs[0].processor},
        "operations_by_kind": load.kinds,
    }
