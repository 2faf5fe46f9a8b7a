"""What processes use, by the part that each plays."""

import os

import pytest

from bench.processes import (
    DOOR,
    ENGINE,
    KERNEL,
    LOAD,
    PAGE_BYTES,
    SUPERVISOR,
    TICKS_A_SECOND,
    Process,
    Usage,
    compute_processor_us,
    describe_process,
    parse_usage,
    read_usages,
    sum_processor,
)

ROOT = Process(1, LOAD)
UP = Process(2, SUPERVISOR)
NODE = Process(3, SUPERVISOR, "node0")
FRONT = Process(4, DOOR, "node0")


@pytest.mark.parametrize(
    ("arguments", "parent", "expected"),
    [
        (["python", "-P", "-m", "nodes.cli", "network", "up", "/data"], ROOT, Process(9, SUPERVISOR)),
        (["python", "-P", "-m", "nodes.cli", "node", "start", "/data/node3"], UP, Process(9, SUPERVISOR, "node3")),
        (["python", "-m", "nodes.cli", "node", "start", "/data/node0", "--without-engine"], NODE, FRONT),
        (["/opt/cometbft", "start", "--home", "."], NODE, Process(9, ENGINE, "node0")),
        (["/opt/cometbft", "start", "--home", "."], ROOT, Process(9, ENGINE)),
        (["python", "-m", "nodes.kernel", "/data/node0"], FRONT, Process(9, KERNEL, "node0")),
        (["python", "-c", "from multiprocessing"], ROOT, Process(9, LOAD)),
        ([], NODE, Process(9, SUPERVISOR, "node0")),
    ],
)
def test_a_process_plays_a_part(arguments, parent, expected):
    found = describe_process(9, arguments, parent)
    assert (found.part, found.node) == (expected.part, expected.node)


def test_a_process_has_a_name():
    assert (NODE.name, UP.name) == ("node0 supervisor", "supervisor")


def test_a_name_may_hold_anything():
    fields = ["S", *["0"] * 10, str(3 * TICKS_A_SECOND), str(TICKS_A_SECOND), *["0"] * 8, "7", "0"]
    assert parse_usage(f"42 (a ) (b 1 2) {' '.join(fields)}") == Usage(4.0, 7 * PAGE_BYTES)


def test_seconds_are_summed_by_part_and_spread_over_operations():
    before = sum_processor({FRONT: Usage(1.0, 0), Process(5, DOOR, "node1"): Usage(2.0, 0)})
    assert before == {DOOR: 3.0}
    after = {DOOR: 4.0, ENGINE: 0.5}
    assert compute_processor_us(before, after, 1000) == {DOOR: 1000.0, ENGINE: 500.0}


def test_this_process_is_the_load():
    mine = [usage for process, usage in read_usages().items() if process == Process(os.getpid(), LOAD)]
    assert len(mine) == 1
    assert mine[0].processor_s > 0
    assert mine[0].resident_bytes > 1_000_000
