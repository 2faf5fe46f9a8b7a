"""What a node says of the engine beside it: asked of the engine when somebody asks the node.

An engine that does not answer leaves its fields empty; the last fault, which the supervisor notes, stands beside them,
and so does the evidence against validators that blocks brought.
What it answers is shown, and decides nothing.
"""

import asyncio
from pathlib import Path
from typing import Any

from hefu.v1 import node_pb2 as pb
from nodes.engines.cometbft.evidence import EvidenceFile
from nodes.engines.cometbft.fault import read_fault
from nodes.engines.cometbft.rpc import EngineRefused, EngineRpc, EngineUnavailable, parse_time_ms
from nodes.engines.cometbft.vote_hold import read_hold

ANSWER_LIMIT_S = 2.0
PAGE = 100
"""The most validators that the engine tells at once."""
MAX_EVIDENCE = 100


class EngineWatch:
    """Asks one engine."""

    def __init__(self, directory: Path, rpc: EngineRpc) -> None:
        self._directory = directory
        self._rpc = rpc

    async def read(self) -> pb.EngineStatus:
        """How the engine fares now."""
        found = pb.EngineStatus()
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                found = await self._ask()
        except (EngineUnavailable, EngineRefused, TimeoutError, KeyError, ValueError, TypeError):
            found = pb.EngineStatus()
        fault = read_fault(self._directory)
        found.vote_held_until_ms = read_hold(self._directory) or 0
        if fault is not None:
            found.last_fault, found.last_fault_at_ms = fault.what, fault.at_ms
        for noted in EvidenceFile(self._directory).read()[:MAX_EVIDENCE]:
            found.misbehaviour.append(f"{noted.kind} by validator {noted.validator} at height {noted.height}")
        return found

    async def _ask(self) -> pb.EngineStatus:
        status = await self._rpc.ask("status")
        peers = (await self._rpc.ask("net_info"))["peers"]
        powers = await self._list_powers(self._rpc)
        return pb.EngineStatus(
            name=f"CometBFT {status['node_info']['version']}",
            node_id=status["node_info"]["id"],
            height=int(status["sync_info"]["latest_block_height"]),
            block_time_ms=parse_time_ms(status["sync_info"]["latest_block_time"]),
            peers=sorted(peer["node_info"]["moniker"] for peer in peers),
            catching_up=status["sync_info"]["catching_up"],
            power=int(status["validator_info"]["voting_power"]),
            total_power=sum(powers),
            validators=len(powers),
        )

    async def _list_powers(self, rpc: EngineRpc) -> list[int]:
        """The power of each validator; none before the first block."""
        powers: list[int] = []
        page = 1
        while True:
            try:
                answer: dict[str, Any] = await rpc.ask("validators", page=page, per_page=PAGE)
            except EngineRefused:
                return powers
            powers += [int(one["voting_power"]) for one in answer["validators"]]
            if len(powers) >= int(answer["total"]) or not answer["validators"]:
                return powers
            page += 1
