import json
import socket

import pytest

from ledger.errors import MalformedInput
from nodes.network.plan import (
    LOOPBACK,
    MAX_NODES,
    NETWORK_FILE,
    NodePlan,
    build_plan,
    choose_nodes,
    read_plan,
    render_plan,
)
from tests.support.cometbft import find_base_port

NODE = {"name": "node0", "host": LOOPBACK, "listen_port": 1, "p2p_port": 2, "http_port": 3, "is_validator": True}


def test_nodes_of_one_machine_have_ports_of_their_own():
    base = find_base_port(15)
    nodes = build_plan(4, 1, base_port=base)
    assert [node.name for node in nodes] == ["node0", "node1", "node2", "node3", "observer0"]
    assert [node.is_validator for node in nodes] == [True, True, True, True, False]
    assert [port for node in nodes for port in (node.listen_port, node.p2p_port, node.http_port)] == list(
        range(base, base + 15)
    )
    assert nodes[1].target == f"127.0.0.1:{base + 3}"
    assert nodes[1].p2p_listen == nodes[1].p2p_address == f"127.0.0.1:{base + 4}"


def test_ports_that_are_not_named_are_free_ones():
    (node,) = build_plan(1)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as listeners do: a node may have just left it
        taken.bind((LOOPBACK, node.p2p_port))
        taken.listen()
        (other,) = build_plan(1)
    assert {other.listen_port, other.p2p_port}.isdisjoint({node.p2p_port})


def test_nodes_of_machines_of_their_own_may_share_ports():
    base = find_base_port(3)
    nodes = build_plan(2, hosts=["bank1.example", "2001:db8::2"], base_port=base)
    assert [node.listen_port for node in nodes] == [base, base]
    assert [node.p2p_listen for node in nodes] == [f"0.0.0.0:{base + 1}"] * 2
    assert [node.p2p_address for node in nodes] == [f"bank1.example:{base + 1}", f"[2001:db8::2]:{base + 1}"]


@pytest.mark.parametrize(
    ("validators", "observers", "hosts", "said"),
    [
        (0, 0, [], "at least one validator"), (-1, 3, [], "at least one validator"), (1, -1, [], "at least one"),
        (MAX_NODES, 1, [], "at most"), (2, 0, ["one"], "for each of the 2"), (1, 0, ["a b"], "for each of the 1"),
    ],
)  # fmt: skip
def test_what_makes_no_network_is_refused(validators, observers, hosts, said):
    with pytest.raises(MalformedInput, match=said):
        build_plan(validators, observers, hosts)


def test_a_port_that_is_taken_is_refused():
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MalformedInput, match=f"port {port} is taken"):
            build_plan(1, base_port=port)


@pytest.mark.parametrize("base", [0, -1, 65_535, 70_000])
def test_ports_that_do_not_exist_are_refused(base):
    with pytest.raises(MalformedInput, match="65536"):
        build_plan(1, base_port=base)


def test_the_file_says_what_was_planned(tmp_path):
    nodes = build_plan(2, 1)
    (tmp_path / NETWORK_FILE).write_bytes(render_plan(nodes))
    assert read_plan(tmp_path) == nodes


@pytest.mark.parametrize(
    "plain",
    [
        [], {}, {"format": "other", "nodes": [NODE]}, {"format": "hefu-network-1", "nodes": []},
        {"format": "hefu-network-1", "nodes": [NODE, NODE]}, {"format": "hefu-network-1", "nodes": [{}]},
        *(
            {"format": "hefu-network-1", "nodes": [NODE | wrong]}
            for wrong in (
                {"name": "../x"}, {"name": ""}, {"host": ""}, {"host": "a b"}, {"listen_port": 0}, {"p2p_port": 65_536},
                {"listen_port": "1"}, {"is_validator": 1}, {"more": 1},
            )
        ),
    ],
)  # fmt: skip
def test_a_file_that_says_something_else_is_refused(tmp_path, plain):
    (tmp_path / NETWORK_FILE).write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(MalformedInput):
        read_plan(tmp_path)


def test_a_missing_or_broken_file_is_refused(tmp_path):
    with pytest.raises(MalformedInput, match="hefu network init"):
        read_plan(tmp_path)
    (tmp_path / NETWORK_FILE).write_bytes(b"{")
    with pytest.raises(MalformedInput, match="cannot be read"):
        read_plan(tmp_path)


def test_some_nodes_are_chosen_by_name():
    nodes = [NodePlan(f"node{i}", LOOPBACK, 1, 2, 3, True) for i in range(3)]
    assert choose_nodes(nodes, []) == nodes
    assert [node.name for node in choose_nodes(nodes, ["node2", "node0"])] == ["node0", "node2"]
    with pytest.raises(MalformedInput, match="node7"):
        choose_nodes(nodes, ["node7"])


def test_a_node_with_a_machine_of_its_own_runs_here_only_if_it_is_named():
    """Else who founded the network would run a second node with each bank's keys."""
    here = NodePlan("node0", LOOPBACK, 1, 2, 3, True)
    there = NodePlan("node1", "bank1.example", 1, 2, 3, True)
    assert choose_nodes([here, there], []) == [here]
    assert choose_nodes([here, there], ["node1"]) == [there]
    with pytest.raises(MalformedInput, match="machines of their own"):
        choose_nodes([there], [])
