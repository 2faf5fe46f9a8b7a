"""Figures of a network beside its baseline: as JSON, as a table for a person, as a section for README.

Microseconds are those of one operation: of all processes of a part together, and of the phases of one node.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.kvstore import BUNDLE, KvstoreRun
from bench.network_load import NetworkRunFigures
from bench.throughput import Latency
from bench.timing import find_median

Figures = dict[str, Any]
BEGIN, END = "<!-- bench-network -->\n", "<!-- /bench-network -->"
SAME_BYTES = (
    "each byte of a bundle mapped to a printable one and its first bytes overwritten by key=, since that application"
    " takes nothing else: the same length"
)
NAME, VALUE = 48, 10


def build_kvstore(runs: Sequence[KvstoreRun]) -> Figures:
    """What the engines alone did."""
    return {
        "operations_per_s": round(find_median([run.operations_per_s for run in runs])),
        "runs_operations_per_s": [round(run.operations_per_s) for run in runs],
        "operations": sum(run.operations for run in runs),
        "operations_a_transaction": BUNDLE,
        "bytes": SAME_BYTES,
        "processor_us": _find_medians([run.processor for run in runs]),
    }


def build_network(runs: Sequence[NetworkRunFigures], operation_bytes: float) -> Figures:
    """What the network did at full load."""
    operations = sum(run.operations for run in runs)
    return {
        "operations_per_s": round(find_median([run.operations_per_s for run in runs])),
        "signatures_per_s": round(find_median([run.signatures_per_s for run in runs])),
        "runs_operations_per_s": [round(run.operations_per_s) for run in runs],
        "operations": operations,
        "operations_a_block": round(operations / max(1, sum(run.blocks for run in runs))),
        "bytes_an_operation": round(operation_bytes),
        "processor_us": _find_medians([run.processor for run in runs]),
        "phases_us": _find_medians([run.phases for run in runs]),
    }


def build_half_load(rate: float, runs: Sequence[Latency]) -> Figures:
    """Finality: from when an operation was due to its receipt."""
    return {
        "operations_per_s": round(rate),
        "p50_ms": find_median([run.p50_ms for run in runs]),
        "p99_ms": find_median([run.p99_ms for run in runs]),
        "worst_ms": max((run.worst_ms for run in runs), default=0.0),
        "runs": [asdict(run) for run in runs],
    }


def build_ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """What can be compared between machines."""
    over = figures["network"]["operations_per_s"] / figures["kvstore"]["operations_per_s"]
    return {"network_operations_over_kvstore": round(over, 3)}


def render_table(results: Mapping[str, Any]) -> str:
    """All that a person wants to know; the rest stands in the file."""
    return "\n".join(line.rstrip() for line in _render(results)) + "\n"


def render_section(results: Mapping[str, Any]) -> str:
    """README's table, and where it was measured."""
    network, kvstore, half = (results["figures"][name] for name in ("network", "kvstore", "half_load"))
    ratio = results["ratios"]["network_operations_over_kvstore"]
    rows = [
        ("signed voucher operations a second, committed by all four", f"{network['operations_per_s']:,}", "≥ 1,000"),
        ("their signatures a second", f"{network['signatures_per_s']:,}", ""),
        ("the same bytes in CometBFT's own kvstore", f"{kvstore['operations_per_s']:,}", ""),
        ("`network_operations_over_kvstore`", f"{ratio}", ""),
        (f"at half load ({half['operations_per_s']:,} a second), finality p50", f"{half['p50_ms']} ms", "≤ 600 ms"),
        ("at half load, finality p99", f"{half['p99_ms']} ms", "≤ 1,500 ms"),
        ("disk an operation, of one node", f"{network['disk_bytes_per_operation']:,} B", ""),
    ]
    machine = results["machine"]
    lines = ["| four validators on one machine | measured | asked |", "|---|---|---|"]
    lines += [f"| {name} | {value} | {asked} |" for name, value, asked in rows]
    lines += [
        "",
        f"Measured on {results['date'][:10]} at commit `{results['commit'][:12]}`: {machine['processor']},"
        f" {machine['cores']} cores shared by four nodes, four engines and the load generator.",
    ]
    return "\n".join(lines) + "\n"


def _render(results: Mapping[str, Any]) -> Iterator[str]:
    machine, figures = results["machine"], results["figures"]
    yield f"{results['date']}  commit {results['commit'][:12]}  {results['seconds']} s  {results['command']}"
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['memory_mb']} MB, Python {machine['python']}"
    for warning in results["warnings"]:
        yield f"! {warning}"
    yield from ("", "Four engines with their own kvstore: the same bytes, committed by all four")
    yield from _render_load(figures["kvstore"])
    yield from ("", "Four nodes of Hefu: signed operations, committed by all four")
    yield from _render_load(figures["network"])
    for phase, value in figures["network"]["phases_us"].items():
        yield _line(phase, value, "us/op, in the first node")
    yield _line("signatures", figures["network"]["signatures_per_s"], "1/s")
    yield _line("disk an operation, of one node", figures["network"]["disk_bytes_per_operation"], "B")
    yield _line("over the kvstore", results["ratios"]["network_operations_over_kvstore"], "")
    half = figures["half_load"]
    yield from ("", f"Finality at half load, {half['operations_per_s']:,} operations/s")
    for name in ("p50_ms", "p99_ms", "worst_ms"):
        yield _line(name.removesuffix("_ms"), half[name], "ms")


def _render_load(load: Mapping[str, Any]) -> Iterator[str]:
    yield _line(
        "operations", load["operations_per_s"], f"1/s  runs: {', '.join(map(str, load['runs_operations_per_s']))}"
    )
    for part, value in load["processor_us"].items():
        yield _line(f"processor time, {part}", value, "us/op, all four together" if part != "load" else "us/op")


def _line(name: str, value: object, unit: str) -> str:
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return f"  {name:<{NAME}}{shown:>{VALUE}} {unit}"


def _find_medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    parts = sorted({part for run in runs for part in run})
    return {part: find_median([run.get(part, 0.0) for run in runs]) for part in parts}
