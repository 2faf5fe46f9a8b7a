import asyncio

from hefu.v1 import node_pb2 as pb
from nodes.network.running import describe_position
from nodes.network.status import (
    STILL_MS,
    NodeReport,
    ask_nodes,
    build_report,
    compute_lag,
    describe_kind,
)
from tests.support.cometbft import find_base_port

NOW_MS = 1_800_000_000_000


def say(height: int, age_ms: int = 0, power: int = 10, total: int = 40, validators: int = 4) -> pb.NodeStatus:
    engine = pb.EngineStatus(
        name="CometBFT",
        height=100 + height,
        block_time_ms=NOW_MS - age_ms,
        power=power,
        total_power=total,
        validators=validators,
    )
    return pb.NodeStatus(height=height, engine=engine)


def report(*statuses: pb.NodeStatus | None, founding: int = 4):
    nodes = [NodeReport(f"node{i}", "t", status, "" if status else "away") for i, status in enumerate(statuses)]
    return build_report(nodes, NOW_MS, founding)


def test_a_network_that_moves_has_no_verdict_and_each_node_its_lag():
    found = report(say(7), say(5, age_ms=STILL_MS), say(7), None)
    assert found.verdict == ""
    assert found.best_height == 7
    assert [compute_lag(found, node.status) for node in found.nodes if node.status] == [0, 2, 0]
    assert compute_lag(found, pb.NodeStatus(height=4)) == 3  # whose engine does not answer


def test_a_network_that_lost_two_of_four_says_so():
    old = STILL_MS + 1
    found = report(say(7, old), say(7, old), None, None)
    assert found.verdict == "halted: 2 of 4 validators answer, more than two thirds are needed"


def test_observers_do_not_count():
    old = STILL_MS + 1
    found = report(say(7, old), say(7, old), say(7, old, power=0), None)
    assert found.verdict.startswith("halted: 2 of 4 validators")


def test_it_is_power_that_counts_and_exactly_two_thirds_do_not_suffice():
    old = STILL_MS + 1
    assert "more than two thirds" in report(say(7, old, 20, 30, 2)).verdict
    assert "though 1 validators answer" in report(say(7, old, 21, 30, 2)).verdict


def test_where_no_engine_answers_the_founding_number_is_told():
    assert report(None, None).verdict == "halted: 0 of 4 validators answer, more than two thirds are needed"
    assert report(pb.NodeStatus(height=3, engine=pb.EngineStatus())).verdict.startswith("halted: 0 of 4")


def test_what_a_node_is():
    assert describe_kind(pb.NodeStatus()) == "solo"
    assert describe_kind(pb.NodeStatus(engine=pb.EngineStatus(last_fault="x"))) == "no engine"
    assert describe_kind(say(1)) == "validator"
    assert describe_kind(say(1, power=0)) == "observer"


def test_a_node_that_is_not_there_does_not_answer():
    (found,) = asyncio.run(ask_nodes([("node0", f"127.0.0.1:{find_base_port(1)}")]))
    assert (found.status, found.problem) == (None, "does not answer")


def test_a_position_is_one_line():
    said = describe_position("node0", "127.0.0.1:1", pb.NodeStatus(height=3, root=b"\x01"))
    assert said == "node0 at 127.0.0.1:1: height 高度 3, root 根 01"
