"""The demo on a network: four validators that agree through CometBFT, run by `hefu network up` on this machine.

The members, their genesis and everything they do are those of the single node (network.py). Only who orders what they
submit is another: no node alone decides, and each comes to the same root, which is shown before they stop.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.demo.cast import Cast
from examples.demo.network import OTHER_TRUST, TRUST, build_demo_genesis, clear_output
from examples.demo.running import POLL_S, Running
from hefu.v1.identity_pb2 import SERVICE
from nodes.directory import TRUST_FILE
from nodes.engines.cometbft.home import NamedValidator
from nodes.engines.cometbft.program import find_program
from nodes.keys import make_key
from nodes.network.making import NetworkRequest, init_network
from nodes.network.plan import NodePlan, build_plan, read_plan
from nodes.network.status import ask_nodes

NETWORK_FOLDER = "network"
VALIDATORS = 4
LEVEL_LIMIT_S = 30.0


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
        run = [one.build_entry(cast.registrar.id) for one in validators]
        return build_demo_genesis(cast, clock_ms, service, run)

    request = NetworkRequest(build_plan(VALIDATORS), find_program(), settings={"block_gather_ms": 1})
    init_network(directory, request, build, service)


class RunningBanks(Running):
    """`hefu network up`. `target`: where the first node's door listens."""

    def __init__(self, output: Path) -> None:
        directory = output / NETWORK_FOLDER
        self._nodes: list[NodePlan] = read_plan(directory)
        self.target = self._nodes[0].target
        super().__init__(output, "network", "up", str(directory))

    def list_positions(self) -> list[Position]:
        """Where each node stands, once all are level; where they are after a while, if they do not agree."""
        limit = time.monotonic() + LEVEL_LIMIT_S
        while True:
            found = self._ask()
            is_level = len(found) == len(self._nodes) and len({one.root for one in found}) == 1
            if is_level or time.monotonic() > limit:
                return found
            time.sleep(POLL_S)

    def _ask(self) -> list[Position]:
        reports = asyncio.run(ask_nodes([(node.name, node.target) for node in self._nodes]))
        return [
            Position(report.name, report.status.height, report.status.size, report.status.root)
            for report in reports
            if report.status is not None
        ]

    def _is_ready(self) -> bool:
        return len(self._ask()) == len(self._nodes)
