"""`python -m tests.support.fake_unit DIRECTORY CONTROL`: a supervisor of two stand-ins, in a process of its own."""

import asyncio
import sys
from pathlib import Path

from nodes.children import Patience, stop_on_signals
from nodes.engines.cometbft.settings import ABCI_SOCKET, ENGINE_FOLDER
from nodes.supervisor import Unit, UnitCommands

CHILD = Path(__file__).with_name("fake_child.py")
SHORT = Patience(first_s=0.01, last_s=0.01)


def build_fake_commands(directory: Path, control: Path) -> UnitCommands:
    """A node that listens for the engine, and an engine."""
    start = [sys.executable, "-I", "-S", str(CHILD)]
    listen = str(directory / ENGINE_FOLDER / ABCI_SOCKET)
    return UnitCommands([*start, "node", str(control), listen], [*start, "engine", str(control)], {})


async def run(directory: Path, control: Path) -> int:
    """Supervise until SIGTERM."""
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    return await Unit(directory, build_fake_commands(directory, control), 5, SHORT).run(stopping)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2]))))
