"""The engine's program for tests: built by `make cometbft`. Where there is none a test fails and says so."""

import asyncio
import os
import random
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from nodes.engines.cometbft.program import find_program
from nodes.engines.cometbft.rpc import EngineRpc, EngineUnavailable
from nodes.engines.cometbft.settings import ENGINE_FOLDER, RPC_SOCKET


@cache
def get_program() -> str:
    """Its path. Raises MalformedInput where there is none."""
    return find_program()


def run_engine(home: Path, *arguments: str) -> str:
    """What a command of the engine says of a home."""
    command = [get_program(), *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def find_base_port(count: int) -> int:
    """The first of so many free ports. Tests that run beside one another look in different places."""
    while True:
        base = random.randrange(10_000, 30_000)
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base


@asynccontextmanager
async def running_engine(directory: Path, *arguments: str) -> AsyncIterator[EngineRpc]:
    """The engine of a node's directory with an application of its own, once it answers."""
    home = directory / ENGINE_FOLDER
    engine = await asyncio.create_subprocess_exec(
        get_program(), "start", "--home", ".", *arguments, cwd=home, env={**os.environ, "GOGC": "400"},
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    rpc = EngineRpc(home / RPC_SOCKET)
    try:
        while engine.returncode is None:
            try:
                await rpc.ask("status")
                break
            except EngineUnavailable:
                await asyncio.sleep(0)
        yield rpc
    finally:
        await rpc.close()
        if engine.returncode is None:
            engine.terminate()
        await engine.wait()
