"""A node and its engine as one unit: what `hefu node start` runs where the engine is CometBFT.

1. The node starts first, since an engine whose application does not answer ends. Once the node listens on the engine's
   socket, the engine starts.
2. When either ends by itself, so does the other, and both start again after a pause: the engine takes up where the
   node's last commit is. The first of the two that ended is noted as the last fault (`fault`). The other is not
   waited for: a node without its engine decides nothing, and an engine without its node can hang as it stops.
3. An engine that reports a consensus failure, and stays, has met what no restart cures: another root than the others'.
   It is stopped for good. The node goes on answering what it knows until an operator acts. One that only found its disk
   full is as 2.
4. A stop (SIGTERM, SIGINT) ends the node first, while the engine still decides what was submitted, then the engine.
   Both survive being killed at any moment; the order only spares callers.
5. One supervisor at a time: two engines with one key would sign twice. The lock is in the engine's home.
6. If the supervisor is killed, so are both (nodes/children.py).
7. A validator that was restored votes only once that is safe (engines.cometbft.vote_hold): then both start again.

Not here: several units (network.running), what the engine is told (engines.cometbft.settings).
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nodes.bounded_log import BoundedLog
from nodes.children import Child, Patience, stop_on_signals, wait_or_stop
from nodes.config import NodeConfig, load_config
from nodes.directory import OTHERS
from nodes.engines.cometbft.fault import Fault, write_fault
from nodes.engines.cometbft.program import find_program
from nodes.engines.cometbft.settings import (
    ABCI_SOCKET,
    ENGINE_FOLDER,
    ENVIRONMENT,
    RPC_SOCKET,
    check_sockets,
    get_socket,
)
from nodes.engines.cometbft.vote_hold import NEVER_HEIGHT, end_hold, read_hold, wait_until_safe, write_signed
from nodes.lock import hold_lock
from nodes.logs import get_log, raise_alarm, set_up_logs

LOCK_WAIT_S = 10.0
"""Those whom a killed supervisor left behind end at once."""
ENGINE_GRACE_S = 10.0
NODE_GRACE_S = 20.0
"""Beside the seconds that the node itself gives its callers."""
ORPHAN_GRACE_S = 1.0
"""For the one that has lost the other: to hang up. Callers submit the same again."""
LISTEN_POLL_S = 0.05
NOTE_EVERY_S = 2.0
VERDICT_S = 2.0
"""An engine that lost its node reports a consensus failure too, and ends within a tenth of a second: that is none."""
FOREIGN_SETTINGS = "CMT"
"""Variables of the environment that begin so would override the engine's settings."""
LOG_FILE = "engine.log"
CONSENSUS_FAILURE = b"CONSENSUS FAILURE"
"""The engine has met what it cannot go on from. Its process stays, and does nothing more."""
DISK_FULL = "no space left on device"
"""Of the consensus failures the one that a new start cures, once there is room again."""


@dataclass(frozen=True, slots=True)
class UnitCommands:
    """How the two are started, the engine in its home and with this environment."""

    node: Sequence[str]
    engine: Sequence[str]
    environment: Mapping[str, str]


class Unit:
    """One node with its engine. `node_grace_s`: how long the node may take to stop."""

    def __init__(
        self, directory: Path, commands: UnitCommands, node_grace_s: float, patience: Patience | None = None
    ) -> None:
        self._directory = directory
        self._commands = commands
        self._node_grace_s = node_grace_s
        self._patience = patience or Patience()
        self._failure = ""
        self._fault: Fault | None = None
        self._failed = asyncio.Event()
        self._is_engine_wanted = True
        self._safe_height: int | None = None

    async def run(self, stopping: asyncio.Event) -> int:
        """Until a stop is wanted; the node's exit status, 1 where it was killed."""
        noting = asyncio.create_task(self._keep_noting())
        try:
            return await self._run_again_and_again(stopping)
        finally:
            noting.cancel()

    async def _run_again_and_again(self, stopping: asyncio.Event) -> int:
        while True:
            began_s = time.monotonic()
            status = await self._run_once(stopping)
            if stopping.is_set():
                return max(status, 1) if status else 0
            if self._safe_height is not None:
                end_hold(self._directory, self._safe_height)
                get_log().warning("the validator votes again", above=self._safe_height)
                self._safe_height = None
                continue
            pause_s = self._patience.compute_pause_s(time.monotonic() - began_s)
            get_log().warning("node and engine start again", pause_s=round(pause_s, 1))
            await wait_or_stop(stopping, timeout_s=pause_s)
            if stopping.is_set():
                return 0

    async def _run_once(self, stopping: asyncio.Event) -> int:
        """Both, until one has ended or a stop is wanted; the node's exit status."""
        home = self._directory / ENGINE_FOLDER
        for name in (ABCI_SOCKET, RPC_SOCKET):  # what was killed leaves them: nobody answers there, or somebody old
            (home / name).unlink(missing_ok=True)
        if read_hold(self._directory) is not None:
            write_signed(self._directory, NEVER_HEIGHT)
        node = await Child.start("node", self._commands.node)
        engine: Child | None = None
        try:
            if await self._wait_until_listening(node, stopping) and self._is_engine_wanted:
                engine = await self._start_engine()
            await self._watch(node, engine, stopping)
            if not stopping.is_set() and self._safe_height is None:
                self._note_end(node, engine)
        finally:
            status = await node.stop(self._node_grace_s if stopping.is_set() else ORPHAN_GRACE_S)
            if engine is not None:
                await engine.stop(ENGINE_GRACE_S if stopping.is_set() else ORPHAN_GRACE_S)
        return status

    async def _wait_until_listening(self, node: Child, stopping: asyncio.Event) -> bool:
        """Whether the node takes the engine's connections: False where it ended, or a stop is wanted."""
        path = get_socket(self._directory, ABCI_SOCKET)
        while node.is_running and not stopping.is_set():
            if _is_listening(path):
                return True
            await wait_or_stop(stopping, node.ending, timeout_s=LISTEN_POLL_S)
        return False

    async def _start_engine(self) -> Child:
        home = self._directory / ENGINE_FOLDER
        self._failed.clear()
        log = BoundedLog(home / LOG_FILE, self._hear)
        return await Child.start("engine", self._commands.engine, log, home, self._commands.environment)

    def _hear(self, line: bytes) -> None:
        if CONSENSUS_FAILURE in line:
            self._failure = _describe_failure(line)
            self._failed.set()

    async def _watch(self, node: Child, engine: Child | None, stopping: asyncio.Event) -> None:
        """Until one has ended or is to be ended, or a stop is wanted. An engine that failed for good is stopped."""
        if engine is not None:
            failing = asyncio.create_task(self._failed.wait())
            ending = asyncio.create_task(wait_or_stop(stopping, node.ending, engine.ending))
            holding = asyncio.create_task(self._wait_until_safe())
            await asyncio.wait((failing, ending, holding), return_when=asyncio.FIRST_COMPLETED)
            if not holding.done():
                await asyncio.wait((ending,), timeout=VERDICT_S)
            failing.cancel()
            holding.cancel()
            if ending.done() or self._safe_height is not None:
                ending.cancel()
                return
            ending.cancel()
            if DISK_FULL in self._failure:
                return
            await self._stop_for_good(engine)
        await wait_or_stop(stopping, node.ending)

    async def _wait_until_safe(self) -> None:
        """Until a vote that is held may be given again; for ever where none is held."""
        after_ms = read_hold(self._directory)
        if after_ms is None:
            await asyncio.get_running_loop().create_future()
        else:
            self._safe_height = await wait_until_safe(self._directory, after_ms)

    async def _stop_for_good(self, engine: Child) -> None:
        self._is_engine_wanted = False
        self._note(f"consensus failure: {self._failure}")
        raise_alarm("the engine is stopped for good; the node answers reads only", cause=self._failure)
        await engine.stop(ENGINE_GRACE_S)

    def _note_end(self, node: Child, engine: Child | None) -> None:
        first = node if engine is None or not node.is_running else engine
        what = f"the engine has failed: {self._failure}"
        if not first.is_running:
            status = first.ending.result()
            end = f"signal {-status}" if status < 0 else f"status {status}"
            what = f"the {first.name} ended by itself, with {end}"
        self._note(what)
        raise_alarm(what)

    def _note(self, what: str) -> None:
        self._fault = Fault(time.time_ns() // 1_000_000, what)
        self._write_fault()

    def _write_fault(self) -> None:
        """Keep the last fault; a full disk is no reason to stop."""
        if self._fault is not None:
            with contextlib.suppress(OSError):
                write_fault(self._directory, self._fault)
                self._fault = None

    async def _keep_noting(self) -> None:
        """What a full disk did not take is written once there is room."""
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            self._write_fault()


def run_unit(directory: Path) -> int:
    """Run node and engine until SIGTERM or SIGINT; the exit status.

    MalformedInput: the configuration, another supervisor, no program of the pinned version, too long a path.
    """
    config = load_config(directory)
    set_up_logs(config.log_format, config.log_level, "supervisor")
    os.umask(OTHERS)
    check_sockets(directory)
    commands = build_commands(directory, config)

    async def run() -> int:
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        return await Unit(directory, commands, config.stop_seconds + NODE_GRACE_S).run(stopping)

    with hold_lock(directory / ENGINE_FOLDER, LOCK_WAIT_S):
        return asyncio.run(run())


def build_commands(directory: Path, config: NodeConfig) -> UnitCommands:
    """How node and engine of a data directory are started. MalformedInput: no program of the pinned version."""
    # -P: what lies in the working directory is not run.
    node = [sys.executable, "-P", "-m", "nodes.cli", "node", "start", str(directory.resolve()), "--without-engine"]
    engine = [find_program(config.engine_program), "start", "--home", "."]
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    return UnitCommands(node, engine, {**ENVIRONMENT, **own})


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _describe_failure(line: bytes) -> str:
    """What the engine says of its failure, without the stack."""
    try:
        return str(json.loads(line)["err"])
    except (ValueError, KeyError, TypeError):
        return line.decode(errors="replace").strip()
