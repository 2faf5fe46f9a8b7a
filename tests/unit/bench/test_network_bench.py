"""The pure parts of the bench of a network: what is sent, what is computed, what is shown."""

from typing import Any

import pytest

from bench.kvstore import BUNDLE, KvstoreRun, make_bundles, wrap_bundle
from bench.network_load import NetworkRunFigures, RootsDiffer, refuse_other_roots
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
from bench.processes import DOOR, ENGINE, KERNEL, LOAD, Process
from bench.readme import replace_section
from bench.soak import (
    ALLOWED_PERCENT,
    Growth,
    Sample,
    SoakFigures,
    build_results,
    compute_growth,
    compute_times,
    is_steady,
)
from bench.soak import render_table as render_soak
from bench.throughput import Latency
from bench.world import make_world
from hefu.v1 import node_pb2 as pb
from identity.genesis import parse_genesis
from nodes.engines.cometbft.home import NamedValidator

DOOR0, ENGINE0, OURS = Process(1, DOOR, "node0"), Process(2, ENGINE, "node0"), Process(3, LOAD)


def is_taken_by_kvstore(transaction: bytes) -> bool:
    """As that application reads a transaction."""
    return (transaction.count(b"="), transaction.count(b":")) == (1, 0) and transaction.strip(b"=") == transaction


def test_a_bundle_is_wrapped_at_its_length_and_told_from_every_other():
    bundles = [[bytes(range(256)), b"=:"], [bytes(range(256)), b"=="]]
    wrapped = [wrap_bundle(bundle) for bundle in bundles]
    assert [len(one) for one in wrapped] == [258, 258]
    assert wrapped[0] != wrapped[1]
    assert all(one.isascii() and is_taken_by_kvstore(one) for one in wrapped)


def test_all_operations_are_in_bundles():
    made = make_bundles([bytes([number]) * 40 for number in range(2 * BUNDLE + 1)])
    assert [len(one) for one in made] == [40 * BUNDLE, 40 * BUNDLE, 40]
    assert len(set(made)) == 3


def test_the_banks_run_the_validators():
    validators = [NamedValidator(bytes([number]) * 32, 10, f"node{number}") for number in range(4)]
    world = make_world(validators)
    named = parse_genesis(world.genesis).validators
    assert {one.public_key for one in named} == {one.public_key for one in validators}
    assert {one.organisation for one in named} == {bank.organisation for bank in world.banks}


def test_logs_of_one_size_have_one_root():
    behind, ahead = pb.NodeStatus(size=5, root=b"five"), pb.NodeStatus(size=6, root=b"six")
    refuse_other_roots([ahead, behind, ahead])
    with pytest.raises(RootsDiffer):
        refuse_other_roots([ahead, pb.NodeStatus(size=6, root=b"another")])


@pytest.fixture
def results() -> dict[str, Any]:
    used = {ENGINE: 40.0, KERNEL: 300.0, LOAD: 20.0}
    runs = [NetworkRunFigures(1000, seconds, 1400, 10, used, {"kernel: rules": 90.0}) for seconds in (1.0, 0.5, 2.0)]
    figures: dict[str, Any] = {
        "kvstore": build_kvstore([KvstoreRun(1000, seconds, {ENGINE: 90.0}) for seconds in (0.1, 0.2, 0.4)]),
        "network": build_network(runs, 381.4) | {"disk_bytes_per_operation": 2000},
        "half_load": build_half_load(500.0, [Latency(100, 90.0, 200.0, 300.0), Latency(100, 80.0, 210.0, 250.0)]),
    }
    return {
        "date": "2026-11-21T00:00:00+00:00",
        "commit": "0123456789abcdef",
        "command": "make bench-network",
        "machine": {"processor": "a processor", "cores": 2, "memory_mb": 4000, "python": "3.11.2"},
        "warnings": ["others use it"],
        "seconds": 100,
        "ratios": build_ratios(figures),
        "figures": figures,
    }


def test_figures_are_medians_of_what_all_have_committed(results):
    network, kvstore, half = (results["figures"][name] for name in ("network", "kvstore", "half_load"))
    assert (network["operations_per_s"], network["signatures_per_s"], kvstore["operations_per_s"]) == (1000, 1400, 5000)
    assert network["operations_a_block"] == 100
    assert network["processor_us"] == {ENGINE: 40.0, KERNEL: 300.0, LOAD: 20.0}
    assert (half["p50_ms"], half["p99_ms"], half["worst_ms"]) == (90.0, 210.0, 300.0)
    assert results["ratios"] == {"network_operations_over_kvstore": 0.2}


def test_the_table_and_the_section_say_what_was_measured(results):
    table, section = render_table(results), render_section(results)
    assert "! others use it" in table
    assert max(map(len, table.splitlines())) <= 100
    for text in ("5,000", "1,000", "0.2", "90.0 ms", "210.0 ms", "0123456789ab"):
        assert text in section
    assert replace_section(f"a{BEGIN}old{END}b", BEGIN, END, section) == f"a{BEGIN}{section}{END}b"


def make_samples(door: list[int], is_engine_there: bool = True) -> list[Sample]:
    """One every ten seconds; the engine and the load keep their size, but for the load, which doubles."""
    samples = []
    for number, size in enumerate(door):
        resident = {DOOR0: size, ENGINE0: 50_000_000, OURS: 10_000_000 * (1 + number)}
        if not is_engine_there and number == len(door) - 1:
            del resident[ENGINE0]
        samples.append(Sample(10.0 * number, resident))
    return samples


def test_growth_is_counted_from_when_the_network_had_settled():
    samples = make_samples([50_000_000, 90_000_000, 100_000_000, 100_000_000, 102_000_000, 104_000_000])
    growths = compute_growth(samples, settle_s=20, window_s=20)
    found = {growth.name: growth for growth in growths}
    assert found["node0 door"] == Growth("node0 door", DOOR, 100.0, 103.0, 3.0)
    assert found["node0 engine"].percent == 0.0
    assert is_steady(growths)  # the load's own memory is not judged


def test_what_grows_or_ends_is_not_steady():
    grown = make_samples([100_000_000] * 4 + [100_000_000 + int(ALLOWED_PERCENT * 1_000_000)] * 2)
    assert not is_steady(compute_growth(grown, 20, 20))
    ended = compute_growth(make_samples([100_000_000] * 6, is_engine_there=False), 20, 20)
    assert [growth.name for growth in ended if growth.percent is None] == ["node0 engine"]
    assert not is_steady(ended)
    assert not is_steady([])


def test_a_short_soak_settles_for_a_sixth_of_its_time():
    assert compute_times(1800) == (300, 60)
    assert compute_times(60) == (10, 10)


def test_a_soaks_report_says_memory_and_disk():
    figures = SoakFigures(500.4, 1000, 8_000_000, make_samples([100_000_000] * 12))
    results = build_results(figures)
    assert (results["figures"]["rate"], results["figures"]["disk_bytes_per_operation"]) == (500, 2000)
    table = render_soak(results)
    assert "node0 door" in table
    assert f"1,000 operations, {round(1000 / figures.samples[-1].at_s)} a second" in table
    assert table.endswith("steady\n")
