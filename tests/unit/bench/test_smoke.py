"""Every part of the bench runs, at a scale that says nothing about speed: shape, and ratios made from the figures."""

import json
import re
from collections.abc import Iterator

import pytest

from bench.__main__ import Size, measure
from bench.growth import GrowthScale
from bench.imports import ImportScale
from bench.readme import BEGIN, END, rewrite
from bench.report import build_ratios, write_results
from bench.table import render_table
from bench.throughput import Scale

TINY = Size(
    Scale(
        runs=1, packages=10, paced_runs=1, transfer_packages=20, transfer_rounds=1, pause_seconds=0, probe_seconds=0.05
    ),
    GrowthScale((300, 3000), turns=3, blocks_a_turn=1, packages=10),
    proofs=5,
    imports=ImportScale(csv_rows=60, xlsx_rows=60, issued_rows=60, runs=2),
    signers=1,
)
PROOFS = {"state, one key", "state, 8 keys", "absence, one key", "transaction", "consistency"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return measure(tmp_path_factory.mktemp("bench"), TINY)


def list_strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from list_strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from list_strings(inner)
    else:
        yield str(value)


def test_the_file_holds_machine_commit_date_figures_and_flat_ratios(results):
    assert {"machine", "commit", "date", "figures", "ratios"} <= results.keys()
    assert all(isinstance(value, float) and value > 0 for value in results["ratios"].values())
    assert [text for text in list_strings(results) if text.startswith("/") or "/tmp" in text] == []


def test_the_ratios_are_those_of_the_figures(results):
    figures, ratios = results["figures"], results["ratios"]
    assert ratios == build_ratios(figures)
    mixed = figures["mixed"]
    assert ratios["mixed_signatures_over_single_thread_verify"] == pytest.approx(
        mixed["signatures_per_s"] / mixed["verifications_per_s"], abs=0.001
    )
    small, large = figures["growth"].values()
    assert ratios["cost_per_operation_1e3_over_1e2"] == round(large["operation_us"] / small["operation_us"], 2)


@pytest.mark.parametrize("load", ["mixed", "transfers"])
def test_a_load_at_a_node_is_told_whole(results, load):
    figures = results["figures"][load]
    for name in ("operations_per_s", "signatures_per_s", "verifications_per_s", "disk_bytes_per_operation"):
        assert figures[name] > 0
    assert len(figures["probes_verifications_per_s"]) == 2  # before and after the one run
    assert {"kernel: rules", "kernel: tree", "kernel: log", "kernel: database", "door: decode and verify"} <= set(
        figures["phases_us"]
    )
    assert set(figures["processor_us"]) == {"door", "kernel", "load"}


def test_what_an_operation_touches_is_known(results):
    mixed, transfers = results["figures"]["mixed"], results["figures"]["transfers"]
    assert 1.2 < mixed["signatures_per_operation"] < 1.6
    assert transfers["signatures_per_operation"] == 1
    assert transfers["records_per_operation"] <= 1  # a record counts once a block
    assert set(transfers["operations_by_kind"]) == {"TRANSFER", "ACCEPT_TRANSFER"}
    assert {"ISSUE", "SPLIT", "PAY_OUT", "PREPAY", "RELEASE"} <= set(mixed["operations_by_kind"])


def test_half_load_and_memory_are_told(results):
    figures = results["figures"]
    half = figures["half_load"]
    assert half["operations_per_s"] == pytest.approx(figures["mixed"]["operations_per_s"] / 2, abs=1)
    assert 0 < half["p50_ms"] <= half["p99_ms"] <= half["worst_ms"]
    assert all(
        0 < figures["memory"][name]["rss_mb"] <= figures["memory"][name]["peak_mb"] for name in figures["memory"]
    )
    assert set(figures["memory"]) == {"door", "kernel"}


def test_the_same_load_is_measured_on_postgresql(results):
    figures, ratios = results["figures"], results["ratios"]
    other = figures["postgresql"]
    assert other["mixed"]["operations_by_kind"] == figures["mixed"]["operations_by_kind"]
    assert other["mixed"]["records_per_operation"] == pytest.approx(figures["mixed"]["records_per_operation"], rel=0.5)
    assert set(other["mixed"]["processor_us"]) == {"door", "kernel", "database", "load"}
    assert min(other["mixed"]["processor_us"].values()) > 0
    assert other["half_load"]["operations_per_s"] == pytest.approx(other["mixed"]["operations_per_s"] / 2, abs=1)
    assert ratios["mixed_operations_postgresql_over_sqlite"] == pytest.approx(
        other["mixed"]["operations_per_s"] / figures["mixed"]["operations_per_s"], abs=0.001
    )


def test_each_size_does_the_same_work(results):
    small, large = results["figures"]["growth"].values()
    assert small["operations"] == large["operations"] > 0
    assert len(small["turns_us"]) == len(large["turns_us"]) == 3


def test_each_kind_of_proof_is_measured(results):
    proofs = results["figures"]["proofs"]
    assert set(proofs) >= PROOFS
    assert any(re.fullmatch(r"state, \d+ blocks back", name) for name in proofs)
    for proof in proofs.values():
        assert 0 < proof["bytes_beside_signed"] < proof["bytes"]
        assert proof["build_ms"] > 0
        assert proof["verify_ms"] > proof["verify_without_signatures_ms"]
    trees = results["figures"]["trees"]
    assert trees["state_updates_in_memory_per_s"] > trees["state_updates_per_s"] > 0
    assert trees["log_append_1000_ms"] > 0
    assert trees["log_inclusion_bytes"] % 32 == 0


def test_the_table_is_readable(results):
    table = render_table(results)
    assert [line for line in table.splitlines() if len(line) > 100] == []
    for name in results["ratios"]:
        assert name in table


def test_readme_quotes_the_file_to_the_digit(results, tmp_path):
    path = tmp_path / "results" / "latest.json"
    write_results(path, results)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["ratios"] == results["ratios"]
    text = rewrite(f"before\n{BEGIN}old\n{END}\nafter\n", written)
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    quoted = {name: float(value) for name, value in re.findall(r"`([a-z0-9_]+)` \| ([0-9.]+) \|", text)}
    assert quoted == written["ratios"]
    assert rewrite(text, written) == text


def test_an_import_is_previewed_in_both_forms_and_issued(results):
    imports = results["figures"]["imports"]
    assert set(imports) == {"csv", "workbook", "issued"}
    for runs in imports.values():
        assert runs["rows"] == 60
        assert len(runs["runs_rows_per_s"]) == 2
        assert runs["rows_per_s"] in runs["runs_rows_per_s"]
        assert min(runs["rows_per_s"], runs["peak_mb"]) > 0
    assert "vouchers issued" in render_table(results)
