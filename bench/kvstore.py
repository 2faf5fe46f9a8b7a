"""The baseline: four engines with the store of keys and values that they bring along, and the same bytes as a network.

1. Homes are made by what makes a node's, with the same settings; only the application is another (`--proxy_app`).
2. Signed operations travel in bundles of `BUNDLE` as a node would send them. That application takes `key=value` alone,
   with one equals sign and no colon. So each byte of a bundle is mapped to a printable one, and its first bytes are
   overwritten by a key and the sign: other bytes, of the same length, each different from every other.
3. So many bytes are under way that the next blocks are full, no more: a longer queue makes engines slower.
4. What counts is what all four have committed, as their applications say of themselves.
"""

import asyncio
import hashlib
import json
import os
import string
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.processes import compute_processor_us, read_usages, sum_processor
from nodes.engines.cometbft.home import NamedValidator, make_engine_keys, render_genesis, write_home
from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc, EngineUnavailable
from nodes.engines.cometbft.settings import (
    ENGINE_FOLDER,
    ENVIRONMENT,
    MAX_BLOCK_BYTES,
    RPC_SOCKET,
    EngineSettings,
    get_socket,
)
from nodes.network.making import POWER
from nodes.network.plan import NodePlan, build_plan

VALIDATORS = 4
BUNDLE = 50
KEY_DIGITS = 16
BLOCKS_UNDER_WAY = 2
POLL_S = 0.02
START_S, RUN_S = 60.0, 300.0
SENDERS_EACH = 8
CHAIN_ID = "hefu-bench-kvstore"
FOREIGN_SETTINGS = "CMT"
"""Variables of the environment that begin so would override the engines' settings."""
_VALUES = (string.ascii_letters + string.digits).encode()
PRINTABLE = bytes(_VALUES[byte % len(_VALUES)] for byte in range(256))
"""What each byte becomes: neither `=` nor `:`."""


@dataclass(frozen=True, slots=True)
class KvstoreRun:
    """One run: operations committed by all, seconds, and microseconds of processor time an operation by part."""

    operations: int
    seconds: float
    processor: dict[str, float]

    @property
    def operations_per_s(self) -> float:
        """Operations that all four have committed, a second."""
        return self.operations / self.seconds


def wrap_bundle(transactions: Sequence[bytes]) -> bytes:
    """The bytes of a bundle as that application takes them; as long as they were."""
    joined = b"".join(transactions)
    key = hashlib.sha256(joined).hexdigest()[:KEY_DIGITS].encode() + b"="
    return key + joined.translate(PRINTABLE)[len(key) :]


def make_bundles(transactions: Sequence[bytes]) -> list[bytes]:
    """All transactions, in bundles."""
    return [wrap_bundle(transactions[start : start + BUNDLE]) for start in range(0, len(transactions), BUNDLE)]


class Kvstores:
    """Four engines with that application. Use it as `async with`."""

    def __init__(self, directory: Path, program: str) -> None:
        self._program = program
        self._plan = build_plan(VALIDATORS)
        self._homes = [directory / node.name for node in self._plan]
        self._engines: list[subprocess.Popen[bytes]] = []
        self._clients: list[EngineRpc] = []
        self._committed = 0

    async def __aenter__(self) -> Self:
        self._start()
        try:
            async with asyncio.timeout(START_S):
                for client in self._clients:
                    await self._wait_until_ready(client)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def run(self, transactions: Sequence[bytes]) -> KvstoreRun:
        """Commit them all, and wait until all four have."""
        bundles = make_bundles(transactions)
        used, began = sum_processor(read_usages()), time.perf_counter()
        await _Sending(bundles, self._clients, self._committed).run()
        seconds = time.perf_counter() - began
        self._committed += len(bundles)
        processor = compute_processor_us(used, sum_processor(read_usages()), len(transactions))
        return KvstoreRun(len(transactions), seconds, processor)

    def _start(self) -> None:
        _make_homes(self._homes, self._plan)
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
        command = [self._program, "start", "--home", ".", "--proxy_app", "kvstore"]
        for home in self._homes:
            with (home / "engine.log").open("wb") as log:
                engine = subprocess.Popen(
                    command, cwd=home / ENGINE_FOLDER, env=ENVIRONMENT | own, stdout=log, stderr=subprocess.STDOUT
                )
            self._engines.append(engine)
            self._clients.append(EngineRpc(get_socket(home, RPC_SOCKET)))

    async def _stop(self) -> None:
        for client in self._clients:
            await client.close()
        for engine in self._engines:
            engine.terminate()
        for engine in self._engines:
            engine.wait()

    async def _wait_until_ready(self, client: EngineRpc) -> None:
        """Until it has made a block: then it knows its peers."""
        while True:
            for engine in self._engines:
                if engine.poll() is not None:
                    raise RuntimeError(f"an engine ended with status {engine.returncode}; see engine.log in its home")
            try:
                status = await client.ask("status")
            except (EngineUnavailable, EngineRefused):
                status = {}
            if status and int(status["sync_info"]["latest_block_height"]) >= 1:
                return
            await asyncio.sleep(POLL_S)


class _Sending:
    """Bundles on their way. `before`: so many were committed before they began."""

    def __init__(self, bundles: Sequence[bytes], clients: Sequence[EngineRpc], before: int) -> None:
        self._left = iter(bundles)
        self._clients = clients
        self._room = max(1, BLOCKS_UNDER_WAY * MAX_BLOCK_BYTES // max(map(len, bundles)))
        self._wanted = before + len(bundles)
        self._sent = self._committed = before
        self._progress = asyncio.Condition()

    async def run(self) -> None:
        """Send them, and wait until all have committed them."""
        async with asyncio.timeout(RUN_S), asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            for client in list(self._clients) * SENDERS_EACH:
                group.create_task(self._send(client))

    async def _send(self, client: EngineRpc) -> None:
        while True:
            async with self._progress:
                await self._progress.wait_for(lambda: self._sent - self._committed < self._room)
                bundle = next(self._left, None)
                if bundle is None:
                    return
                self._sent += 1
            await client.broadcast(bundle)

    async def _watch(self) -> None:
        while self._committed < self._wanted:
            counts = await asyncio.gather(*map(_count_committed, self._clients))
            async with self._progress:
                self._committed = min(counts)
                self._progress.notify_all()
            await asyncio.sleep(POLL_S)


async def _count_committed(client: EngineRpc) -> int:
    """How many transactions the application of an engine has committed."""
    answer = await client.ask("abci_info")
    return int(json.loads(answer["response"]["data"])["size"])


def _make_homes(homes: Sequence[Path], plan: Sequence[NodePlan]) -> None:
    keys = [make_engine_keys() for _ in plan]
    named = [NamedValidator(key.validator_key, POWER, node.name) for key, node in zip(keys, plan, strict=True)]
    genesis = render_genesis(CHAIN_ID, time.time_ns() // 1_000_000, named)
    for number, node in enumerate(plan):
        peers = [f"{keys[i].node_id}@{other.p2p_address}" for i, other in enumerate(plan) if i != number]
        homes[number].mkdir(parents=True)
        settings = EngineSettings(node.name, node.p2p_listen, persistent_peers=tuple(peers))
        write_home(homes[number], keys[number], genesis, settings)
