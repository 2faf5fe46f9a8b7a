"""The demo on a network: four validators that agree through CometBFT, run by `hefu network up` on this machine.

The members, their genesis and everything they do are those of the single node (network.py). Only who orders what they
submit is another: no node alone decides, and each comes to the same root, which is shown before they stop.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from examples.demo.cast import Cast
from examples.demo.network import LOG_FILE, OTHER_TRUST, TRUST, NodeFailed, build_demo_genesis, clear_output, get_hefu
from hefu.v1.identity_pb2 import SERVICE, Validator
from nodes.config import PREFIX
from nodes.directory import TRUST_FILE
from nodes.engines.cometbft.home import NamedValidator
from nodes.engines.cometbft.program import find_program
from nodes.keys import make_key
from nodes.network.making import NetworkRequest, init_network
from nodes.network.plan import NodePlan, build_plan, read_plan
from nodes.network.status import ask_nodes

NETWORK_FOLDER = "network"
VALIDATORS = 4
START_LIMIT_S, LEVEL_LIMIT_S, STOP_LIMIT_S = 60.0, 30.0, 90.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Position:
    """Where a node stood at the end."""

    name: str
    height: int
    size: int
    root: bytes


def make_banks(output: Path, cast: Cast, first_clock_ms: int) -> None:
    """Make `output` anew, in it a network whose block 0 is that of the single node, and names the validators."""
    clear_output(output, NETWORK_FOLDER)
    _found(output / NETWORK_FOLDER, cast, first_clock_ms)
    shutil.copyfile(output / NETWORK_FOLDER / TRUST_FILE, output / TRUST)


def make_other_banks_trust(output: Path, cast: Cast, clock_ms: int) -> None:
    """The trust file of another network of the same name and founders: its genesis and its validators are others."""
    folder = output / "other-network"
    _found(folder, cast, clock_ms)
    shutil.move(folder / TRUST_FILE, output / OTHER_TRUST)
    shutil.rmtree(folder)


def _found(directory: Path, cast: Cast, clock_ms: int) -> None:
    service = make_key(cast.registrar.id, "node", [SERVICE])

    def build(validators: Sequence[NamedValidator]) -> bytes:
        run = [
            Validator(public_key=one.public_key, power=one.power, organisation=cast.registrar.id, name=one.name)
            for one in validators
        ]
        return build_demo_genesis(cast, clock_ms, service, run)

    request = NetworkRequest(build_plan(VALIDATORS), find_program(), settings={"block_gather_ms": 1})
    init_network(directory, request, build, service)


class RunningBanks:
    """`hefu network up` as a process; use it as `with`, and stop it before the checks that need no node."""

    def __init__(self, output: Path) -> None:
        self._log = output / LOG_FILE
        self._directory = output / NETWORK_FOLDER
        self._nodes: list[NodePlan] = read_plan(self._directory)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("wb") as log:
            command = [get_hefu(), "network", "up", str(self._directory)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.target = self._nodes[0].target

    def __enter__(self) -> Self:
        try:
            self._wait_for_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def list_positions(self) -> list[Position]:
        """Where each node stands, once all are level; where they are after a while, if they do not agree."""
        limit = time.monotonic() + LEVEL_LIMIT_S
        while True:
            found = self._ask()
            is_level = len(found) == len(self._nodes) and len({one.root for one in found}) == 1
            if is_level or time.monotonic() > limit:
                return found
            time.sleep(POLL_S)

    def stop(self) -> int:
        """Ask it to stop, wait until it has; its exit status. Kills it, and raises NodeFailed, where it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise NodeFailed(f"the network did not stop; see {self._log}") from None

    def _ask(self) -> list[Position]:
        reports = asyncio.run(ask_nodes([(node.name, node.target) for node in self._nodes]))
        return [
            Position(report.name, report.status.height, report.status.size, report.status.root)
            for report in reports
            if report.status is not None
        ]

    def _wait_for_answers(self) -> None:
        limit = time.monotonic() + START_LIMIT_S
        while len(self._ask()) < len(self._nodes):
            if self._process.poll() is not None:
                raise NodeFailed(f"the network ended with status {self._process.returncode}; see {self._log}")
            if time.monotonic() > limit:
                raise NodeFailed(f"the network was not ready in {START_LIMIT_S:g} s; see {self._log}")
            time.sleep(POLL_S)
