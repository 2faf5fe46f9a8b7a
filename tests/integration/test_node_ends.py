"""How a node ends and does not start: signals, a kernel that dies, a clock that jumped, a directory that is damaged."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from hefu.v1 import node_pb2 as pb
from hefu.v1.node_pb2_grpc import LedgerServiceStub
from ledger.errors import MalformedInput
from nodes.config import CONFIG_FILE, load_config
from nodes.directory import GENESIS_FILE, LOG_KEY, NodeDirectory
from nodes.door import serve
from nodes.rotation import rotate_log_key
from tests.support.running import Network, init, running

PROGRAM = """
import sys
from pathlib import Path
from nodes.door import run_node
tell = lambda port: print(port, flush=True)
sys.exit(run_node(Path(sys.argv[1]), "--accept-clock" in sys.argv, tell))
"""


@pytest.fixture(scope="module")
def network():
    return Network()


@pytest.fixture
def directory(network, tmp_path):
    return init(tmp_path / "data", network)


@asynccontextmanager
async def started(directory: Path, folder: Path | None = None) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    """A node as an operator starts it, in the working directory `folder`."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", PROGRAM, str(directory), stdout=pipe, stderr=pipe, cwd=folder
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield process, LedgerServiceStub(channel)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_log(process: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """The lines of both processes, once both have ended: the pipe is theirs together."""
    assert process.stderr is not None
    return [json.loads(line) for line in (await process.stderr.read()).splitlines()]


def find_child(pid: int) -> int:
    """The kernel's process id."""
    (children,) = [path.read_text() for path in Path(f"/proc/{pid}/task/{pid}").glob("children")]
    (child,) = children.split()
    return int(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_a_node_cleanly(directory, network, number):
    async with started(directory) as (process, ledger):
        receipt = await ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))
        process.send_signal(number)
        assert await process.wait() == 0
        log = await read_log(process)
    assert receipt.has_leaf
    assert [line["event"] for line in log] == ["kernel ready", "door open", "kernel stopped", "door closed"]
    assert {line["process"] for line in log} == {"door", "kernel"}


async def test_an_interrupt_at_the_terminal_reaches_the_door_alone_and_the_kernel_bears_it(directory):
    async with started(directory) as (process, _):
        kernel = find_child(process.pid)
        assert os.getsid(kernel) == os.getpgid(kernel) == kernel
        os.kill(kernel, signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


async def test_what_lies_in_the_working_directory_is_not_run(directory, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secrets.py").write_text("raise SystemExit(3)", encoding="utf-8")
    (folder / "ledger").mkdir()
    async with started(directory, folder) as (_, ledger):
        status = await ledger.GetStatus(pb.GetStatusRequest())
        assert (directory / "ledger.db-wal").stat().st_mode & 0o077 == 0
    assert status.height == 0


async def test_a_kernel_keeps_one_heap(directory):
    """Else what one of its threads frees the others cannot use, and its memory rises for hours."""
    async with started(directory) as (process, ledger):
        await ledger.GetStatus(pb.GetStatusRequest())
        assert b"MALLOC_ARENA_MAX=1" in read_environment(find_child(process.pid))


def read_environment(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


async def test_two_nodes_do_not_serve_one_directory(directory, network, capfd, monkeypatch):
    monkeypatch.setattr("nodes.kernel.LOCK_WAIT_S", 0)
    async with running(directory, processes="1") as node:
        assert await serve(directory, load_config(directory, {"HEFU_NODE_PROCESSES": "1"})) == 1
        written = capfd.readouterr()
        assert "lock: held by another process" in written.err + written.out
        assert (await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))).has_leaf


async def test_a_running_nodes_log_key_is_not_changed(directory):
    before = (directory / LOG_KEY).read_bytes()
    async with running(directory, processes="1"):
        with pytest.raises(MalformedInput, match="held by another process"):
            rotate_log_key(directory, load_config(directory, {}))
    assert (directory / LOG_KEY).read_bytes() == before


async def test_a_node_waits_for_the_kernel_of_a_killed_door(directory, network):
    request = pb.SubmitRequest(transaction=network.issue(1))
    async with started(directory) as (process, ledger):
        receipt = await ledger.Submit(request)
        kernel = find_child(process.pid)
        os.kill(kernel, signal.SIGSTOP)
        process.kill()
        asyncio.get_running_loop().call_later(0.3, os.kill, kernel, signal.SIGCONT)
        async with running(directory, processes="1") as node:
            again = await node.ledger.Submit(request)
    assert (again.index, again.is_duplicate) == (receipt.index, True)


async def test_a_killed_kernel_ends_the_door_with_an_alarm(directory, network):
    async with started(directory) as (process, ledger):
        await ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))
        os.kill(find_child(process.pid), signal.SIGKILL)
        assert await process.wait() == 1
        log = await read_log(process)
    assert [line["event"] for line in log if line.get("alarm")] == ["the kernel has ended by itself; the node stops"]


async def test_a_killed_door_ends_the_kernel_and_nothing_is_lost(directory, network):
    request = pb.SubmitRequest(transaction=network.issue(1))
    async with started(directory) as (process, ledger):
        receipt = await ledger.Submit(request)
        process.kill()
        await process.wait()
        log = await read_log(process)  # ends only when the kernel has closed its end
    assert log[-1]["event"] == "kernel stopped"
    async with running(directory, processes="1") as node:
        again = await node.ledger.Submit(request)
    assert (again.index, again.is_duplicate) == (receipt.index, True)


async def test_after_a_clock_jump_the_node_reads_but_decides_nothing(directory, network):
    marker = NodeDirectory(directory).clock_file
    marker.write_text("the wall clock jumped by 4000 s", encoding="utf-8")
    async with running(directory, processes="1") as node:
        status = await node.ledger.GetStatus(pb.GetStatusRequest())
        assert status.stopped_because == "the wall clock jumped by 4000 s"
        with pytest.raises(grpc.aio.AioRpcError) as stopped:
            await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))
        assert stopped.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "--accept-clock" in str(stopped.value.details())
        call = node.ledger.SubmitStream(iter([pb.SubmitBatch(transactions=[network.issue(1)])]))
        with pytest.raises(grpc.aio.AioRpcError, match="--accept-clock"):
            await call.read()
        with pytest.raises(grpc.aio.AioRpcError, match="no time is vouched for") as fresh:
            await node.ledger.GetCheckpoint(pb.GetCheckpointRequest(fresh=True))
        assert fresh.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        state = await node.ledger.ProveState(pb.ProveStateRequest(keys=["limits"]))
        growth = await node.ledger.ProveConsistency(pb.ProveConsistencyRequest(first_size=status.size))
        health: Any = health_pb2_grpc.HealthStub(node.channel)
        for service, answer in (("", "NOT_SERVING"), ("hefu.v1.LedgerService", "NOT_SERVING"),
                                ("hefu.v1.VoucherService", "SERVING")):  # fmt: skip
            found = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert health_pb2.HealthCheckResponse.ServingStatus.Name(found.status) == answer
        for note in (state.state.checkpoint, growth.consistency.second_checkpoint):
            assert note.count("—".encode()) == 1  # signed, and no time said
    assert marker.exists()
    async with running(directory, is_clock_accepted=True, processes="1") as node:
        assert (await node.ledger.Submit(pb.SubmitRequest(transaction=network.issue(1)))).has_leaf
    assert not marker.exists()


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(
    "damage",
    ["no key", "wrong key", "open key", "no database", "no ledger", "newer schema", "other origin", "other genesis"],
)
async def test_a_damaged_directory_does_not_start(directory, capfd, processes, damage):
    said = LOG_KEY
    if damage == "no key":
        (directory / LOG_KEY).unlink()
    elif damage == "wrong key":
        (directory / LOG_KEY).write_text("zz", encoding="utf-8")
    elif damage == "open key":
        (directory / LOG_KEY).chmod(0o644)
    elif damage == "no database":
        (directory / "ledger.db").unlink()
        said = "ledger.db: there is no database"
    elif damage == "no ledger":
        (directory / "ledger.db").write_bytes(b"no database " * 1000)
        said = "ledger.db: cannot be reached: file is not a database"
    elif damage == "newer schema":
        with closing(sqlite3.connect(directory / "ledger.db")) as database:
            database.execute("UPDATE alembic_version SET version_num = 'ledger_9999' WHERE version_num LIKE 'ledger%'")
            database.commit()
        said = "the schema is of another version of this software: Can't locate revision identified by 'ledger_9999'"
    elif damage == "other origin":
        text = (directory / CONFIG_FILE).read_text(encoding="utf-8")
        (directory / CONFIG_FILE).write_text(text.replace("test.hefu/log", "evil/log"), encoding="utf-8")
        said = "not of 'evil/log'"
    else:
        (directory / GENESIS_FILE).write_bytes(Network().genesis)
        said = "genesis.bin: not the genesis of the database"
    config = load_config(directory, {"HEFU_NODE_PROCESSES": processes})
    assert await serve(directory, config) == 1
    written = capfd.readouterr()
    assert said in written.err + written.out
    assert "Traceback" not in written.err + written.out
    assert (directory / "ledger.db").exists() == (damage != "no database")


async def test_an_address_in_use_ends_the_start(directory, network, tmp_path):
    async with running(directory, processes="1") as node:
        other = init(tmp_path / "other", network)
        config = load_config(other, {"HEFU_NODE_LISTEN": f"127.0.0.1:{node.port}", "HEFU_NODE_PROCESSES": "1"})
        assert await serve(other, config) == 1
