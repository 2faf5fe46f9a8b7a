"""Several nodes of one network as supervised processes of one machine: `hefu network up`.

- Each node is a unit of its own, `hefu node start`, that watches its engine itself; one that ends is started again
  after a pause. What it writes goes to node.log in its data directory.
- `tell` hears of each node when it answers for the first time, and when its process has ended.
- A stop ends all at once: each for itself, in its own order. If we are killed, all of them are (nodes/children.py).

This suits a machine that holds a whole network, such as a laptop or a test. A bank runs its one node with its own
means, and uses nothing of this.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hefu.v1 import node_pb2 as pb
from nodes.bounded_log import BoundedLog
from nodes.children import Child, Patience, wait_or_stop
from nodes.config import load_config
from nodes.network.plan import NodePlan
from nodes.network.status import ask_nodes

LOG_FILE = "node.log"
GRACE_S = 45.0
"""Beside what a node gives its callers: a unit that is stopping has limits of its own, and ends by them."""
ASK_EVERY_S = 0.5

Tell = Callable[[str], None]


async def run_network(directory: Path, nodes: Sequence[NodePlan], stopping: asyncio.Event, tell: Tell) -> int:
    """Run these nodes until a stop is wanted; 0 if each ended well, else 1."""
    statuses = await asyncio.gather(*(_run_node(directory / node.name, node, stopping, tell) for node in nodes))
    return 1 if any(statuses) else 0


async def _run_node(directory: Path, node: NodePlan, stopping: asyncio.Event, tell: Tell) -> int:
    command = [sys.executable, "-P", "-m", "nodes.cli", "node", "start", str(directory)]
    grace_s = GRACE_S + load_config(directory).stop_seconds
    log, patience = BoundedLog(directory / LOG_FILE), Patience()
    while True:
        began_s = time.monotonic()
        child = await Child.start(node.name, command, log)
        greeting = asyncio.create_task(_greet(node, tell))
        await wait_or_stop(stopping, child.ending)
        greeting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await greeting
        if stopping.is_set():
            status = await child.stop(grace_s)
            tell(f"{node.name} stopped" if not status else f"{node.name} stopped with status {status}")
            return status
        tell(f"{node.name} ended with status {child.ending.result()}; see {log.path}")
        await wait_or_stop(stopping, timeout_s=patience.compute_pause_s(time.monotonic() - began_s))
        if stopping.is_set():
            return 1


async def _greet(node: NodePlan, tell: Tell) -> None:
    """Wait until the node answers, and tell what it says of itself."""
    while True:
        (report,) = await ask_nodes([(node.name, node.target)])
        if report.status is not None:
            tell(describe_position(node.name, node.target, report.status))
            return
        await asyncio.sleep(ASK_EVERY_S)


def describe_position(name: str, target: str, status: pb.NodeStatus) -> str:
    """Where a node stands, in one line."""
    return f"{name} at {target}: height 高度 {status.height}, root 根 {status.root.hex()}"
