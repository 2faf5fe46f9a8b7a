"""The results as a table for a person, at most 100 columns wide: a figure, its unit, and what it says."""

from collections.abc import Iterator, Mapping
from typing import Any

NAME, VALUE, UNIT = 45, 10, 6
MEANINGS = {
    "mixed_signatures_over_single_thread_verify": "a node's signatures over what one thread verifies",
    "transfer_signatures_over_single_thread_verify": "the same, of transfers alone",
    "mixed_operations_postgresql_over_sqlite": "the mixed load on PostgreSQL over that on SQLite",
    "cost_per_operation_1e6_over_1e4": "an operation at 10^6 records over one at 10^4",
    "cost_per_operation_1e5_over_1e4": "the same, at 10^5 records",
}
"""Each ratio in a few words."""
PHASES = {
    "door: decode and verify": "threads, their waiting counted",
    "kernel: decode and verify": "decode; the door has verified",
    "kernel: rules": "authorise and execute",
    "kernel: tree": "hash the changed records",
    "kernel: log": "append, sign the checkpoint",
    "kernel: database": "statements, wait for durability",
    "kernel: answer": "receipts to the door",
}


def explain_ratio(name: str) -> str:
    """A ratio in a few words; a short run has others than the full one."""
    return MEANINGS.get(name, "an operation at a larger state over one at the smallest")


def render_table(results: Mapping[str, Any]) -> str:
    """All that a person wants to know; the rest stands in the file."""
    return "\n".join(line.rstrip() for line in _render(results)) + "\n"


def _render(results: Mapping[str, Any]) -> Iterator[str]:
    machine, figures = results["machine"], results["figures"]
    yield f"{results['date']}  commit {results['commit'][:12]}  {results['seconds']} s"
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['memory_mb']} MB, Python {machine['python']}"
    for warning in results["warnings"]:
        yield f"! {warning}"
    yield from _head("Ratios", "what can be compared between machines")
    for name, value in results["ratios"].items():
        yield _line(name, value, "", "")
        yield f"    {explain_ratio(name)}"
    for load, title in (("mixed", "Mixed load at full speed"), ("transfers", "Transfers alone at full speed")):
        if load in figures:
            yield from _head(title, "over gRPC streams, durable; medians of the runs")
            yield from _render_load(figures[load])
    if "half_load" in figures:
        yield from _head("Half of the mixed load", "small batches, from the time at which each was due")
        yield from _render_half_load(figures)
    if "postgresql" in figures:
        yield from _head("The mixed load on PostgreSQL", "full speed, then half of that")
        yield from _render_load(figures["postgresql"]["mixed"])
        yield from _render_half_load(figures["postgresql"])
    if "growth" in figures:
        yield from _head("Cost as the state grows", "the state machine alone, signatures verified before")
        yield from _render_growth(figures["growth"])
    if "proofs" in figures:
        yield from _head("Proofs at the largest state", "medians")
        yield from _render_proofs(figures["proofs"], figures["trees"])
    if "imports" in figures:
        yield from _head("Imports of payables", "from the command's start to its end; medians of the runs")
        yield from _render_imports(figures["imports"])


def _render_imports(imports: Mapping[str, Any]) -> Iterator[str]:
    named = (("csv", "rows of a CSV, previewed"), ("workbook", "… of a workbook"), ("issued", "vouchers issued"))
    for name, title in named:
        runs = imports[name]
        yield _line(title, runs["rows_per_s"], "1/s", f"of {runs['rows']:,}; runs: {_join(runs['runs_rows_per_s'])}")
        yield _line("  memory of the command", runs["peak_mb"], "MB", "peak of the runs")


def _render_load(load: Mapping[str, Any]) -> Iterator[str]:
    yield _line("operations", load["operations_per_s"], "1/s", f"runs: {_join(load['runs_operations_per_s'])}")
    yield _line("signatures", load["signatures_per_s"], "1/s", "of committed operations")
    yield _line("one thread verifies", load["verifications_per_s"], "1/s", "before, between, after the runs")
    yield _line("signatures an operation", load["signatures_per_operation"], "", "")
    yield _line("records an operation", load["records_per_operation"], "", "each once a block")
    yield _line("disk an operation", load["disk_bytes_per_operation"], "B", "log, records, views, undo rows")
    yield _line("operations a block", load["operations_per_block"], "", "")
    for name, value in load["phases_us"].items():
        yield _line(name, value, "us/op", PHASES.get(name, ""))
    for name, value in load["processor_us"].items():
        yield _line(f"processor time of the {name}", value, "us/op", "user and system")


def _render_half_load(figures: Mapping[str, Any]) -> Iterator[str]:
    half = figures["half_load"]
    yield _line("operations", half["operations_per_s"], "1/s", "sent whatever comes back")
    yield _line("p50", half["p50_ms"], "ms", f"runs: {_join(run['p50_ms'] for run in half['runs'])}")
    yield _line("p99", half["p99_ms"], "ms", f"runs: {_join(run['p99_ms'] for run in half['runs'])}")
    yield _line("worst", half["worst_ms"], "ms", "of all runs")
    for name, memory in figures["memory"].items():
        yield _line(f"memory of the {name}", memory["rss_mb"], "MB", f"at full load; peak {memory['peak_mb']}")


def _render_growth(growth: Mapping[str, Any]) -> Iterator[str]:
    for records, size in growth.items():
        turns = sorted(size["turns_us"])
        yield _line(f"at {int(records):,} records", size["operation_us"], "us/op", f"turns {turns[0]} to {turns[-1]}")
        phases = ", ".join(f"{name} {value:.0f}" for name, value in size["phases_us"].items())
        yield f"    {phases}; beside: WAL copy {size['wal_copy_us']:.0f}"


def _render_proofs(proofs: Mapping[str, Any], trees: Mapping[str, Any]) -> Iterator[str]:
    heads = (
        f"{'build ms':>10}{'p99':>8}{'verify ms':>11}{'no signatures':>15}{'bytes':>8}{'beside signed':>15}{'p99':>6}"
    )
    yield " " * 26 + heads
    for name, proof in proofs.items():
        yield (
            f"  {name:<24}{proof['build_ms']:>10}{proof['build_p99_ms']:>8}{proof['verify_ms']:>11}"
            f"{proof['verify_without_signatures_ms']:>15}{proof['bytes']:>8}{proof['bytes_beside_signed']:>15}"
            f"{proof['bytes_beside_signed_p99']:>6}"
        )
    yield _line("state tree, durable", trees["state_updates_per_s"], "1/s", "updates: stage, write, commit")
    yield _line("state tree, in memory", trees["state_updates_in_memory_per_s"], "1/s", "stage alone")
    yield _line("state tree's memory", trees["tree_memory_mb"], "MB", f"{trees['records']:,} records")
    yield _line("log: append 1000 entries", trees["log_append_1000_ms"], "ms", "durable")
    yield _line("log: inclusion proof", trees["log_inclusion_ms"], "ms", f"{trees['log_inclusion_bytes']} B")


def _head(title: str, meaning: str) -> Iterator[str]:
    yield ""
    yield f"{title}: {meaning}"


def _line(name: str, value: object, unit: str, meaning: str) -> str:
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return f"  {name:<{NAME}}{shown:>{VALUE}} {unit:<{UNIT}}{meaning}"


def _join(values: Any) -> str:
    return ", ".join(map(str, values))
