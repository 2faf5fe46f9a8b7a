"""A network of nodes on loopback, each a unit of node and engine as an operator runs it. Only this knows how.

1. The directories are made as `hefu network init` does, `hefu node start` runs each unit: the supervisor and, below it,
   door, kernel and engine. Nothing here starts again what the product should start again by itself.
2. Any of the four can be killed by its role. Every process bears the cluster's mark; at the end none may be left.
3. Whatever a node says of its root is held against what any node ever said of the same size.
4. With `links`, engines call one another through proxies that can be cut.
5. `environment` of one unit disturbs that unit alone (disturbed/).
"""

import asyncio
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from nodes.client import AsyncClient
from nodes.client.errors import CallFailed, Unreachable
from nodes.engines.cometbft.program import find_program
from nodes.network.making import NetworkRequest, init_network
from nodes.network.plan import NodePlan, build_plan
from tests.network.links import Mesh
from tests.network.processes import MARK, Role, find_role, kill, list_marked
from tests.network.waiting import MOVES_AGAIN_S, SETTLE_S, START_S, measure_until, wait_until
from tests.network.world import World

ROOT = Path(__file__).parents[2]
DISTURBED = Path(__file__).parent / "disturbed"
LEASH = [sys.executable, "-I", "-S", str(ROOT / "nodes/leash.py")]
"""What is started ends with us, however that is."""
NODE_START = [sys.executable, "-P", "-m", "nodes.cli", "node", "start"]
PORTS = (10_000, 32_000)
STATUS_LIMIT_S = 5.0
STOP_LIMIT_S = 60.0
LOG_LINES = 40
SETTINGS = {"log_level": "warning", "stop_seconds": 5, "verify_threads": 1, "read_threads": 1}
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Shape:
    """What is to be made. `databases`: none, or one URL for each node. `settings`: for every node.

    `organisation_block`: how many transactions of one organisation a block may hold.
    """

    validators: int = 4
    observers: int = 0
    databases: Sequence[str] = ()
    has_links: bool = False
    organisation_block: int = 100_000
    settings: Mapping[str, object] = field(default_factory=dict)


def find_engine() -> str:
    """The engine's program: HEFU_COMETBFT, else what `make cometbft` built, else on PATH."""
    return find_program(os.environ.get("HEFU_COMETBFT", ""))


def choose_plan(shape: Shape) -> list[NodePlan]:
    """Nodes on ports of their own, far from where other networks of this machine look for theirs."""
    while True:
        with suppress(MalformedInput):  # one of the ports is taken
            return build_plan(shape.validators, shape.observers, base_port=random.randrange(*PORTS, 20))


class Cluster:
    """Use it as `async with`. Nodes are called by their names: node0, node1, …, observer0."""

    def __init__(self, shape: Shape | None = None) -> None:
        self.shape = shape or Shape()
        self.directory = Path(tempfile.mkdtemp(prefix="hefu-net-"))
        self.place = self.directory / "net"
        self.world = World(self.shape.organisation_block)
        self.nodes: dict[str, NodePlan] = {}
        self.mesh = Mesh()
        self.roots: dict[int, bytes] = {}
        self._mark = f"{os.getpid()}-{next(_NUMBERS)}/"
        self._environments: dict[str, Mapping[str, str]] = {}
        self._units: dict[str, subprocess.Popen[bytes]] = {}
        self._clients: dict[str, AsyncClient] = {}

    async def __aenter__(self) -> Self:
        plan = choose_plan(self.shape)
        settings = {**SETTINGS, **self.shape.settings}
        request = NetworkRequest(plan, find_engine(), databases=self.shape.databases, settings=settings)
        await asyncio.to_thread(init_network, self.place, request, self.world.found)
        self.nodes = {node.name: node for node in plan}
        if self.shape.has_links:
            await self.mesh.open({name: node.p2p_port for name, node in self.nodes.items()})
            for name in self.nodes:
                self._route_through_links(name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.close()
        await self.mesh.close()
        if error is not None:
            print(self.render_logs())
        try:
            await asyncio.gather(*(self.stop(name) for name in list(self._units)))
            left = await self._list_left()
        finally:
            for pid in list_marked(self._mark):
                kill(pid)
            shutil.rmtree(self.directory, ignore_errors=True)
        if error is None and left:
            raise AssertionError(f"left behind: {left}")

    @property
    def names(self) -> list[str]:
        """All nodes."""
        return list(self.nodes)

    def get_directory(self, name: str) -> Path:
        """A node's data directory."""
        return self.place / name

    def get_target(self, name: str) -> str:
        """Where a node's door listens."""
        return self.nodes[name].target

    # ------------------------------------------------------------------ starting and ending

    def disturb(self, name: str, disturbance: str) -> Path:
        """Disturb one unit from its next start on; while the file that is returned exists, where it is of that kind."""
        folder = self.directory / f"disturbed-{name}"
        folder.mkdir(exist_ok=True)
        paths = os.pathsep.join((str(DISTURBED), str(ROOT)))
        self.add_environment(
            name, {"PYTHONPATH": paths, "HEFU_DISTURBANCE": disturbance, "HEFU_DISTURBANCE_FOLDER": str(folder)}
        )
        return folder / "on"

    def add_environment(self, name: str, environment: Mapping[str, str]) -> None:
        """More variables of one unit, from its next start on."""
        self._environments[name] = {**self._environments.get(name, {}), **environment}

    def start(self, *names: str) -> None:
        """Start units, all where none is named."""
        for name in names or self.names:
            with (self.place / f"{name}.log").open("ab") as log:
                self._units[name] = subprocess.Popen(
                    [*LEASH, str(os.getpid()), *NODE_START, str(self.get_directory(name))],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.place,
                    env={**os.environ, **self._environments.get(name, {}), MARK: f"{self._mark}{name}"},
                    start_new_session=True,
                )

    async def stop(self, name: str) -> int:
        """Ask a unit to stop; its exit status."""
        unit = self._units.pop(name)
        unit.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(unit.wait, STOP_LIMIT_S)

    def find(self, name: str, role: Role) -> int | None:
        """The process of a role, if there is one now."""
        found = [pid for pid in list_marked(f"{self._mark}{name}") if find_role(pid) == role]
        return found[0] if found else None

    def list_processes(self, name: str) -> dict[Role, int]:
        """The processes of a unit by role."""
        roles = {find_role(pid): pid for pid in list_marked(f"{self._mark}{name}")}
        return {role: pid for role, pid in roles.items() if role is not None}

    async def kill(self, name: str, *roles: Role) -> None:
        """SIGKILL for the processes of these roles, at once; waits for one that is just being started again."""

        async def look() -> dict[Role, int]:
            found = self.list_processes(name)
            return found if all(role in found for role in roles) else {}

        found = await wait_until(f"{name} has {', '.join(roles)}", look, START_S)
        for role in roles:
            kill(found[role])
        if "supervisor" in roles:
            await asyncio.to_thread(self._units.pop(name).wait, STOP_LIMIT_S)

    async def wait_until_gone(self, name: str) -> None:
        """Wait until no process of a unit is left."""

        async def look() -> bool:
            return not list(list_marked(f"{self._mark}{name}"))

        await wait_until(f"all processes of {name} have ended", look, SETTLE_S)

    def has_ended(self, name: str) -> bool:
        """Whether the unit's supervisor has ended by itself."""
        return self._units[name].poll() is not None

    # ------------------------------------------------------------------ asking

    async def read_status(self, name: str, is_trusted: bool = True) -> pb.NodeStatus | None:
        """What a node says of itself; None where it does not answer. Of one that lies the root is not compared."""
        if name not in self._clients:
            self._clients[name] = AsyncClient(self.get_target(name), patience_s=0, timeout_s=STATUS_LIMIT_S)
        try:
            status = await self._clients[name].status()
        except (Unreachable, CallFailed):
            return None
        assert not is_trusted or self.roots.setdefault(status.size, status.root) == status.root, (
            f"{name} has another root"
        )
        return status

    async def list_statuses(self, *names: str) -> list[pb.NodeStatus]:
        """What these nodes say, all where none is named; empty unless each of them answers."""
        found = await asyncio.gather(*(self.read_status(name) for name in names or self.names))
        answered = [status for status in found if status is not None]
        return answered if len(answered) == len(found) else []

    async def wait_until_moving(self, *names: str, limit_s: float = START_S) -> float:
        """Wait until each of these has blocks beyond all that they know now; the seconds that it took.

        The engine's height counts: a block that decides nothing leaves the ledger's as it is.
        """
        now = await asyncio.gather(*(self.read_status(name) for name in names or self.names))
        best = max((status.engine.height for status in now if status is not None), default=0)

        async def look() -> bool:
            statuses = await self.list_statuses(*names)
            return bool(statuses) and all(
                status.engine.height > best + 1 and not status.stopped_because for status in statuses
            )

        return await measure_until(f"{names or 'all'} have blocks beyond {best}", look, limit_s)

    async def wait_until_healed(self, *names: str) -> float:
        """The same within the product's promise, counted from now."""
        return await self.wait_until_moving(*names, limit_s=MOVES_AGAIN_S)

    async def wait_until_halted(self, *names: str) -> None:
        """Wait until each of these says that the network has halted."""

        async def look() -> bool:
            statuses = await self.list_statuses(*names)
            return bool(statuses) and all("halted" in status.stopped_because for status in statuses)

        await wait_until(f"{names or 'all'} say that it has halted", look, SETTLE_S)

    async def wait_until_equal(self, *names: str) -> pb.NodeStatus:
        """Wait until all say the same of size and root; what they say."""

        async def look() -> list[pb.NodeStatus]:
            statuses = await self.list_statuses(*names)
            return statuses if len({(status.size, status.root) for status in statuses}) == 1 else []

        return (await wait_until("all nodes have one root", look, SETTLE_S))[0]

    # ------------------------------------------------------------------ cutting

    def cut(self, *names: str) -> None:
        """Hold back every byte between these and the others."""
        for link in self.mesh.list_between(set(names)):
            link.hush()

    async def sever(self, *names: str) -> None:
        """End the connections between these and the others, and let none in."""
        await asyncio.gather(*(link.sever() for link in self.mesh.list_between(set(names))))

    def mend(self) -> None:
        """Let everything through again."""
        self.mesh.mend()

    # ------------------------------------------------------------------ inside

    def _route_through_links(self, name: str) -> None:
        """Let a node's engine call each peer through the link to it."""
        path = self.get_directory(name) / "engine/config/config.toml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines):
            if line.startswith("persistent_peers ="):
                for other, node in self.nodes.items():
                    if other != name:
                        line = line.replace(f"@{node.p2p_address}", f"@127.0.0.1:{self.mesh.links[name, other].port}")
                lines[number] = line
        path.write_text("".join(lines), encoding="utf-8")

    async def _list_left(self) -> list[str]:
        """What runs though everything was stopped, once it has had a moment to end."""

        async def look() -> bool:
            return not list(list_marked(self._mark))

        try:
            await wait_until("all processes have ended", look, 5.0)
        except AssertionError:
            return [f"{pid} {find_role(pid)}" for pid in list_marked(self._mark)]
        return []

    def render_logs(self) -> str:
        """The last lines of what each unit wrote, for whoever looks for the cause of a failure."""
        parts = []
        for name in self.nodes:
            for path in (self.place / f"{name}.log", self.get_directory(name) / "engine/engine.log"):
                if path.exists():
                    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
                    parts += [f"==== {path.relative_to(self.place)}", *lines]
        return "\n".join(parts)
