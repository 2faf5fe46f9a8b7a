import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nodes import supervisor
from nodes.engines.cometbft.fault import Fault, read_fault, write_fault
from nodes.engines.cometbft.settings import ENGINE_FOLDER
from nodes.engines.cometbft.vote_hold import NEVER_HEIGHT, STATE_FILE, read_hold, write_hold
from nodes.supervisor import LOG_FILE, Unit
from tests.support.fake_unit import SHORT, build_fake_commands


@dataclass
class Stand:
    """A child as the test sees it."""

    role: str
    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def order(self, what: str) -> None:
        self.writer.write(f"{what}\n".encode())
        await self.writer.drain()
        if not what.startswith("end"):
            assert await self.reader.readline() == b"done\n"

    async def hear_end(self) -> bytes:
        """What it said before its end."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""


@dataclass
class Bench:
    """A place for one unit, and the children that have called."""

    directory: Path
    control: Path
    calls: "asyncio.Queue[Stand]" = field(default_factory=asyncio.Queue)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def hear(self, role: str) -> Stand:
        stand = await self.calls.get()
        assert stand.role == role
        return stand

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        role, pid = (await reader.readline()).decode().split()
        await self.calls.put(Stand(role, int(pid), reader, writer))


@asynccontextmanager
async def open_bench() -> AsyncIterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="hefu-"))  # pytest's own names are too long for a socket
    bench = Bench(folder / "node", folder / "control.sock")
    (bench.directory / ENGINE_FOLDER).mkdir(parents=True)
    server = await asyncio.start_unix_server(bench.welcome, bench.control)
    try:
        yield bench
    finally:
        server.close()
        for writer in bench.writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in bench.writers), return_exceptions=True)
        shutil.rmtree(folder)


@asynccontextmanager
async def supervised(bench: Bench) -> AsyncIterator[tuple[asyncio.Event, "asyncio.Task[int]"]]:
    """A unit in this process; stopped at the end."""
    stopping = asyncio.Event()
    task = asyncio.create_task(
        Unit(bench.directory, build_fake_commands(bench.directory, bench.control), 5, SHORT).run(stopping)
    )
    try:
        yield stopping, task
    finally:
        stopping.set()
        await task


async def test_the_node_starts_before_the_engine_and_stops_before_it():
    async with open_bench() as bench, supervised(bench) as (stopping, task):
        node, engine = await bench.hear("node"), await bench.hear("engine")
        stopping.set()
        assert await node.hear_end() == b"asked\n"
        assert await engine.hear_end() == b"asked\n"
        assert await task == 0
        assert read_fault(bench.directory) is None


@pytest.mark.parametrize(("first", "status"), [("node", 3), ("engine", 0)])
async def test_when_one_ends_the_other_does_and_both_come_back(first: str, status: int):
    async with open_bench() as bench, supervised(bench):
        children = {role: await bench.hear(role) for role in ("node", "engine")}
        await children.pop(first).order(f"end {status}")
        (other,) = children.values()
        assert await other.hear_end() == b"asked\n"
        again = [await bench.hear(role) for role in ("node", "engine")]
        assert not {child.pid for child in again} & {other.pid}
        fault = read_fault(bench.directory)
        assert fault is not None
        assert fault.what == f"the {first} ended by itself, with status {status}"


async def test_a_killed_child_is_noted_with_its_signal():
    async with open_bench() as bench, supervised(bench):
        node, _ = await bench.hear("node"), await bench.hear("engine")
        os.kill(node.pid, signal.SIGKILL)
        await bench.hear("node")
        fault = read_fault(bench.directory)
        assert fault is not None
        assert fault.what == "the node ended by itself, with signal 9"


async def test_an_engine_that_failed_for_good_is_stopped_and_the_node_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "VERDICT_S", 0.01)
    async with open_bench() as bench, supervised(bench):
        node, engine = await bench.hear("node"), await bench.hear("engine")
        await engine.order('say {"_msg":"CONSENSUS FAILURE!!!","err":"wrong app hash","stack":"…"}')
        assert await engine.hear_end() == b"asked\n"
        await node.order("say still here")
        fault = read_fault(bench.directory)
        assert fault is not None
        assert fault.what == "consensus failure: wrong app hash"
        assert b"wrong app hash" in (bench.directory / ENGINE_FOLDER / LOG_FILE).read_bytes()
        # A node that ends after that comes back alone: whoever calls next is a node again, and no engine.
        await node.order("end 1")
        again = await bench.hear("node")
        await again.order("end 1")
        await bench.hear("node")


async def test_an_engine_that_found_its_disk_full_comes_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "VERDICT_S", 0.01)
    async with open_bench() as bench, supervised(bench):
        node, engine = await bench.hear("node"), await bench.hear("engine")
        await engine.order('say {"_msg":"CONSENSUS FAILURE!!!","err":"write data/x: no space left on device"}')
        assert await node.hear_end() == b"asked\n"
        assert await engine.hear_end() == b"asked\n"
        await bench.hear("node")
        await bench.hear("engine")
        fault = read_fault(bench.directory)
        assert fault is not None
        assert fault.what == "the engine has failed: write data/x: no space left on device"


async def test_a_fault_that_a_full_disk_did_not_take_is_noted_once_there_is_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "NOTE_EVERY_S", 0.01)
    has_room, refused, written = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def write_where_there_is_room(directory: Path, fault: Fault) -> None:
        if not has_room.is_set():
            refused.set()
            raise OSError("no space left on device")
        write_fault(directory, fault)
        written.set()

    monkeypatch.setattr(supervisor, "write_fault", write_where_there_is_room)
    async with open_bench() as bench, supervised(bench):
        _, engine = await bench.hear("node"), await bench.hear("engine")
        await engine.order("end 0")
        await refused.wait()
        assert read_fault(bench.directory) is None
        has_room.set()
        await asyncio.wait_for(written.wait(), 30)
        assert read_fault(bench.directory) is not None


async def test_a_node_whose_engine_has_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "ORPHAN_GRACE_S", 0.01)
    async with open_bench() as bench:
        commands, stopping = build_fake_commands(bench.directory, bench.control), asyncio.Event()
        task = asyncio.create_task(Unit(bench.directory, commands, 3600, SHORT).run(stopping))
        node, engine = await bench.hear("node"), await bench.hear("engine")
        await node.order("deaf")
        await engine.order("end 0")
        assert await node.hear_end() == b""
        await bench.hear("node")
        await bench.hear("engine")
        stopping.set()
        assert await task == 0


async def test_a_failure_of_an_engine_that_lost_its_node_is_none():
    async with open_bench() as bench, supervised(bench):
        node, engine = await bench.hear("node"), await bench.hear("engine")
        await engine.order("say CONSENSUS FAILURE!!! err=EOF")
        os.kill(node.pid, signal.SIGKILL)
        assert await engine.hear_end() == b"asked\n"
        await bench.hear("node")
        await bench.hear("engine")  # which is wanted still
        fault = read_fault(bench.directory)
        assert fault is not None
        assert fault.what == "the node ended by itself, with signal 9"


async def test_a_node_that_ends_before_it_listens_is_started_again_without_an_engine():
    async with open_bench() as bench:
        commands = build_fake_commands(bench.directory, bench.control)
        silent = supervisor.UnitCommands(commands.node[:-1], commands.engine, {})  # it never listens
        stopping = asyncio.Event()
        task = asyncio.create_task(Unit(bench.directory, silent, 5, SHORT).run(stopping))
        await (await bench.hear("node")).order("end 1")
        node = await bench.hear("node")
        stopping.set()
        assert await node.hear_end() == b"asked\n"
        assert await task == 0


async def test_a_child_that_does_not_stop_is_killed():
    async with open_bench() as bench:
        commands = build_fake_commands(bench.directory, bench.control)
        stopping = asyncio.Event()
        task = asyncio.create_task(Unit(bench.directory, commands, 0.01, SHORT).run(stopping))
        node, engine = await bench.hear("node"), await bench.hear("engine")
        await node.order("deaf")
        stopping.set()
        assert await node.hear_end() == b""
        assert await engine.hear_end() == b"asked\n"
        assert await task == 1


async def test_a_killed_supervisor_leaves_nobody_behind():
    async with open_bench() as bench:
        arguments = ("-m", "tests.support.fake_unit", str(bench.directory), str(bench.control))
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
        node, engine = await bench.hear("node"), await bench.hear("engine")
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        assert await node.hear_end() == b""
        assert await engine.hear_end() == b""


async def test_a_supervisor_stops_on_sigterm_with_the_nodes_status():
    async with open_bench() as bench:
        arguments = ("-m", "tests.support.fake_unit", str(bench.directory), str(bench.control))
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
        node, engine = await bench.hear("node"), await bench.hear("engine")
        process.terminate()
        assert await node.hear_end() == b"asked\n"
        assert await engine.hear_end() == b"asked\n"
        assert await process.wait() == 0


async def test_a_restored_validator_votes_again_once_that_is_safe(monkeypatch):
    async with open_bench() as bench:
        (bench.directory / ENGINE_FOLDER / "data").mkdir()
        write_hold(bench.directory, 1_000)
        (bench.directory / STATE_FILE).unlink()
        is_safe = asyncio.Event()

        async def wait_until_safe(directory: Path, after_ms: int) -> int:
            await is_safe.wait()
            return after_ms + 7

        monkeypatch.setattr(supervisor, "wait_until_safe", wait_until_safe)
        async with supervised(bench):
            node, engine = await bench.hear("node"), await bench.hear("engine")
            assert str(NEVER_HEIGHT) in (bench.directory / STATE_FILE).read_text(encoding="utf-8")
            is_safe.set()
            assert await node.hear_end() == b"asked\n"
            assert await engine.hear_end() == b"asked\n"
            await bench.hear("node")
            await bench.hear("engine")
            assert read_hold(bench.directory) is None
            assert '"1007"' in (bench.directory / STATE_FILE).read_text(encoding="utf-8")
            assert read_fault(bench.directory) is None
