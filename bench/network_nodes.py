"""A network of Hefu for the bench: made and run as an operator does it.
The banks of the bench's consortium run its validators. What the nodes' supervisor says goes to up.log.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.world import World, make_world
from nodes.engines.cometbft.home import NamedValidator
from nodes.network.making import NetworkRequest, init_network
from nodes.network.plan import build_plan, read_plan
from nodes.network.status import ask_nodes

VALIDATORS = 4
STOP_SECONDS = 120
START_S, POLL_S = 120.0, 0.2


def make_network(directory: Path, program: str) -> World:
    """A network of four validators in an absent directory, and the consortium on it."""
    made: list[World] = []

    def build(validators: Sequence[NamedValidator]) -> bytes:
        made.append(make_world(validators))
        return made[0].genesis

    request = NetworkRequest(build_plan(VALIDATORS), program, settings={"log_level": "warning"})
    init_network(directory, request, build)
    return made[0]


class NetworkRun:
    """The nodes of a network while they run; use it as `with`. Their databases stay."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.targets = [node.target for node in read_plan(directory)]
        self._log = (directory / "up.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nodes.cli", "network", "up", directory],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(STOP_SECONDS)
        self._log.close()
        if status and error is None:
            raise RuntimeError(f"the network ended with status {status}: {self.read_log()}")

    async def wait_until_ready(self) -> None:
        """Until each node answers. RuntimeError where the supervisor has ended, TimeoutError."""
        async with asyncio.timeout(START_S):
            while any(report.status is None for report in await ask_nodes([(name, name) for name in self.targets])):
                if self._process.poll() is not None:
                    raise RuntimeError(f"the network ended with status {self._process.returncode}: {self.read_log()}")
                await asyncio.sleep(POLL_S)

    def measure_disk(self) -> int:
        """Bytes of all that the nodes keep, engines' stores and write-ahead logs with them."""
        return sum(path.stat().st_size for path in self.directory.rglob("*") if path.is_file())

    def read_log(self) -> str:
        """The end of what the nodes' supervisor said."""
        return (self.directory / "up.log").read_text(encoding="utf-8", errors="replace")[-2000:]
