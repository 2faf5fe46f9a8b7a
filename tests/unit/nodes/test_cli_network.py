import json
import time
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from hefu.v1 import node_pb2 as pb
from nodes.cli.app import app
from nodes.cli.values import show_ms
from nodes.network import status as network_status
from nodes.network.plan import read_plan
from nodes.network.status import NodeReport
from tests.support.cometbft import find_base_port, get_program


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def make(place: Path, *more: object, code: int = 0) -> str:
    return run("network", "init", place, "--engine-program", get_program(), *more, code=code)


def test_init_makes_four_validators_and_says_what_comes_next(tmp_path):
    said = make(tmp_path / "n", "--base-port", find_base_port(12))
    assert [node.name for node in read_plan(tmp_path / "n")] == ["node0", "node1", "node2", "node3"]
    assert f"Next: hefu network up {tmp_path / 'n'}" in said


def test_init_tells_machines_the_same(tmp_path):
    found = json.loads(make(tmp_path / "n", "-n", 1, "--observers", 1, "--base-port", find_base_port(6), "--json"))
    assert [node["is_validator"] for node in found["nodes"]] == [True, False]
    assert all(Path(path).is_file() for path in found["key_files"])


def test_init_refuses_what_makes_no_network(tmp_path):
    assert "at least one validator" in make(tmp_path / "n", "-n", 0, code=2)
    assert "make cometbft" in run("network", "init", tmp_path / "n", "--engine-program", tmp_path / "none", code=2)
    (tmp_path / "file").write_bytes(b"")
    assert "absent or an empty" in make(tmp_path / "file", "-n", 1, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_up_refuses_what_it_cannot_run(tmp_path):
    assert "hefu network init" in run("network", "up", tmp_path, code=2)
    make(tmp_path / "n", "-n", 1, "--base-port", find_base_port(3))
    assert "there is no node 'node5'" in run("network", "up", tmp_path / "n", "--only", "node5", code=2)


def test_status_wants_one_thing_to_ask(tmp_path):
    assert "--nodes" in run("network", "status", code=2)
    assert "--nodes" in run("network", "status", tmp_path, "--nodes", "127.0.0.1:1", code=2)


def test_status_of_a_network_of_several_machines_wants_addresses(tmp_path):
    hosts = ("--host", "127.0.0.1", "--host", "bank1.example")
    assert "move each folder" in make(tmp_path / "n", "-n", 2, *hosts, "--base-port", find_base_port(6))
    assert "machines of their own" in run("network", "status", tmp_path / "n", code=2)


def test_status_of_a_network_that_is_down_says_so_with_exit_code_1(tmp_path):
    make(tmp_path / "n", "-n", 4, "--base-port", find_base_port(12))
    said = run("network", "status", tmp_path / "n", code=1)
    assert "halted: 0 of 4 validators answer, more than two thirds are needed" in said
    assert said.count("does not answer") == 4


def test_status_shows_each_node(monkeypatch):
    def build(name: str, height: int, power: int, fault: str, is_behind: bool) -> NodeReport:
        engine = pb.EngineStatus(
            name="CometBFT 0.38.25", height=100 + height, misbehaviour=["one", name],
            block_time_ms=time.time_ns() // 1_000_000,
            peers=["a", "b"], power=power, total_power=10, validators=1,
            last_fault=fault, last_fault_at_ms=1_767_225_600_000, catching_up=is_behind,
        )  # fmt: skip
        return NodeReport(name, name, pb.NodeStatus(height=height, root=b"\xab" * 32, engine=engine))

    async def answer(targets):
        return [build("one:1", 7, 10, "", False), build("two:2", 4, 0, "the node ended", True)]

    monkeypatch.setattr(network_status, "ask_nodes", answer)
    lines = list(filter(str.strip, run("network", "status", "--nodes", "one:1,two:2").splitlines()))
    first, second, *evidence = lines[-5:]
    assert first.split() == ["one:1", "validator", "7", "107", "0", "2", "ab" * 8]
    assert second.split()[:7] == ["two:2", "observer", "4", "104", "3", "2", "ab" * 8]
    assert second.split()[7:9] == ["catching", "up;"]
    assert second.rstrip().endswith("the node ended")
    assert evidence == [f"evidence 证据  {line}" for line in ("one", "one:1", "two:2")]
    plain = json.loads(run("network", "status", "--nodes", "one:1,two:2", "--json"))
    assert plain["verdict"] == ""
    assert [node["status"]["engine"]["peers"] for node in plain["nodes"]] == [["a", "b"]] * 2


def test_a_node_of_a_network_takes_no_word_for_its_clock(tmp_path):
    make(tmp_path / "n", "-n", 1, "--base-port", find_base_port(3))
    assert "the validators decide" in run("node", "start", tmp_path / "n" / "node0", "--accept-clock", code=2)


PEER = f"{'ab' * 20}@bank1.example:7311"


def join(tmp_path: Path, *more: object, code: int = 0) -> str:
    asked = ("--genesis", tmp_path / "n/genesis.bin", "--engine-program", get_program())
    return run("network", "join", tmp_path / "new", *asked, *more, code=code)


def test_join_says_what_the_members_must_know(tmp_path):
    make(tmp_path / "n", "-n", 1, "--base-port", find_base_port(3))
    said = join(tmp_path, "--peer", PEER, "--base-port", find_base_port(3))
    assert f"Next: hefu node start {tmp_path / 'new'}" in said
    assert "hefu gov propose validator NUMBER" in said
    assert "node already" in join(tmp_path, "--peer", PEER, code=2)


def test_join_tells_machines_the_same_and_refuses_bad_input(tmp_path):
    make(tmp_path / "n", "-n", 1, "--base-port", find_base_port(3))
    assert "40 hex digits" in join(tmp_path, "--peer", "bank1:7311", code=2)
    assert "one alone could lie" in join(tmp_path, "--peer", PEER, "--state-sync", "http://one", code=2)
    found = json.loads(join(tmp_path, "--peer", PEER, "--base-port", find_base_port(3), "--json"))
    assert len(found["validator_key"]) == 64
    assert "@127.0.0.1:" in found["peer"]


def test_a_node_is_backed_up_and_made_anew(tmp_path):
    make(tmp_path / "n", "-n", 1, "--base-port", find_base_port(3))
    out, again = tmp_path / "out", tmp_path / "again"
    assert str(out / "secret") in run("node", "backup", tmp_path / "n/node0", out)
    assert "still to come" in run("node", "restore", out, again, "--stopped-at", "2999-01-01T00:00", code=2)
    assert "had not stopped yet" in run("node", "restore", out, again, "--stopped-at", "2026-06-30T09:00", code=2)
    stopped = datetime.now(UTC)
    said = run("node", "restore", out, again, "--stopped-at", stopped.isoformat())
    assert f"of after {show_ms(int(stopped.timestamp() * 1000) + 5 * 60_000)}" in said
    assert "must never start again" in said
    found = json.loads(run("node", "backup", tmp_path / "n/node0", tmp_path / "more", "--json"))
    assert found["dump"] == ""
    assert json.loads(run("node", "restore", tmp_path / "more", tmp_path / "third", "--json"))["vote_held_until"]
    run("node", "init", tmp_path / "alone")
    run("node", "backup", tmp_path / "alone", tmp_path / "kept")
    assert "is lost" in run("node", "restore", tmp_path / "kept", tmp_path / "back")
