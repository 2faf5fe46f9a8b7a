"""`hefu network up` with nodes that need no engine: what it supervises is `hefu node start`, whatever that runs."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nodes.directory import init_node
from nodes.network.plan import LOOPBACK, NETWORK_FILE, NodePlan, render_plan
from tests.support.cometbft import find_base_port


def make_nodes(folder: Path, count: int) -> list[NodePlan]:
    base = find_base_port(count)
    nodes = [NodePlan(f"node{i}", LOOPBACK, base + i, 1, 2, True) for i in range(count)]
    for node in nodes:
        init_node(folder / node.name, None, {"listen": node.target, "stop_seconds": 1})
    (folder / NETWORK_FILE).write_bytes(render_plan(nodes))
    return nodes


async def start(folder: Path, *more: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "nodes.cli", "network", "up", str(folder), *more]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def hear(process: asyncio.subprocess.Process, count: int) -> Sequence[str]:
    assert process.stdout is not None
    return sorted([(await process.stdout.readline()).decode().rstrip("\n") for _ in range(count)])


def list_children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


async def test_nodes_say_where_they_stand_come_back_and_stop(tmp_path):
    nodes = make_nodes(tmp_path, 2)
    process = await start(tmp_path)
    said = await hear(process, 2)
    assert [line.partition(" root")[0] for line in said] == [
        f"{node.name} at {node.target}: height 高度 0," for node in nodes
    ]
    os.kill(list_children(process.pid)[0], signal.SIGKILL)
    first, second = await hear(process, 1), await hear(process, 1)
    assert "ended with status -9; see" in first[0]
    assert first[0].split()[0] == second[0].split()[0]
    assert "height 高度 0" in second[0]
    process.terminate()
    assert await hear(process, 2) == ["node0 stopped", "node1 stopped"]
    assert await process.wait() == 0
    assert (tmp_path / "node0" / "node.log").stat().st_size > 0


async def test_only_the_nodes_that_are_named_run(tmp_path):
    make_nodes(tmp_path, 2)
    process = await start(tmp_path, "--only", "node1")
    assert (await hear(process, 1))[0].startswith("node1 at")
    assert len(list_children(process.pid)) == 1
    process.send_signal(signal.SIGINT)
    assert await hear(process, 1) == ["node1 stopped"]
    assert await process.wait() == 0
