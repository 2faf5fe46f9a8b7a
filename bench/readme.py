"""README's section about the bench, written from the file of results: ratios to the digit, as a test demands."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.table import explain_ratio

BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"
ASKED = {
    "mixed_signatures_over_single_thread_verify": "≥ 0.3, better 0.45",
    "cost_per_operation_1e6_over_1e4": "≤ 1.5",
}


def render_section(results: Mapping[str, Any]) -> str:
    """Two tables and where they were measured."""
    ratios = [
        f"| `{name}` | {value} | {ASKED.get(name, '')} | {explain_ratio(name)} |"
        for name, value in results["ratios"].items()
    ]
    lines = ["| ratio | measured | asked | what it says |", "|---|---|---|---|", *ratios, ""]
    lines += ["| figure | measured | asked |", "|---|---|---|", *_list_figures(results["figures"]), ""]
    machine = results["machine"]
    lines.append(
        f"Measured on {results['date'][:10]} at commit `{results['commit'][:12]}`: {machine['processor']},"
        f" {machine['cores']} cores shared by node and load generator, Python {machine['python']}."
    )
    return "\n".join(lines) + "\n"


def replace_section(text: str, begin: str, end: str, section: str) -> str:
    """A text with what stands between two marks replaced. ValueError where the marks are not there."""
    head, found_begin, rest = text.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"there is no section between {begin.strip()} and {end}")
    return head + begin + section + end + tail


def rewrite(text: str, results: Mapping[str, Any]) -> str:
    """README with its section replaced. ValueError where its marks are not there."""
    return replace_section(text, BEGIN, END, render_section(results))


def rewrite_file(path: Path, results: Mapping[str, Any]) -> None:
    """The same, in place."""
    path.write_text(rewrite(path.read_text(encoding="utf-8"), results), encoding="utf-8")


def _list_figures(figures: Mapping[str, Any]) -> list[str]:
    mixed, half, memory = figures["mixed"], figures["half_load"], figures["memory"]
    proof = figures["proofs"]["state, one key"]
    rows = [
        ("mixed load, operations a second", f"{mixed['operations_per_s']:,}", "better 4,000"),
        ("transfers alone, operations a second", f"{figures['transfers']['operations_per_s']:,}", ""),
        (f"at half load ({half['operations_per_s']:,} a second), p50", f"{half['p50_ms']} ms", "≤ 60 ms"),
        ("at half load, p99", f"{half['p99_ms']} ms", "≤ 150 ms"),
        ("proof of one key among a million, beside its signed bytes", f"{proof['bytes_beside_signed']} B", "≤ 1,200 B"),
        ("… built in", f"{proof['build_ms']} ms", "≤ 2 ms"),
        ("… verified in, without the signature check", f"{proof['verify_without_signatures_ms']} ms", "≤ 0.3 ms"),
        ("disk an operation of the mixed load", f"{mixed['disk_bytes_per_operation']:,} B", ""),
        ("memory, door and kernel", f"{memory['door']['rss_mb']} + {memory['kernel']['rss_mb']} MB", ""),
    ]
    if "postgresql" in figures:
        other, waited = figures["postgresql"]["mixed"], figures["postgresql"]["half_load"]
        rows += [
            ("mixed load on PostgreSQL, operations a second", f"{other['operations_per_s']:,}", ""),
            (f"… at half load ({waited['operations_per_s']:,} a second), p50", f"{waited['p50_ms']} ms", ""),
            ("… at half load, p99", f"{waited['p99_ms']} ms", ""),
        ]
    if "imports" in figures:
        issued, workbook = figures["imports"]["issued"], figures["imports"]["workbook"]
        rows += [
            ("payables imported, vouchers a second", f"{issued['rows_per_s']:,}", "≥ 2,000"),
            (f"memory of a workbook of {workbook['rows']:,} rows", f"{workbook['peak_mb']} MB", "≤ 300 MB"),
        ]
    return [f"| {name} | {value} | {asked} |" for name, value, asked in rows]
