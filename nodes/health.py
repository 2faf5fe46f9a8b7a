"""Whether the node serves, as grpc.health.v1 tells it: asked of the kernel again and again.

LedgerService, and the node as a whole (""), do not serve while no blocks are made, or while the kernel does not answer.
What reads the database alone goes on.
"""

import asyncio
import contextlib
from collections.abc import Sequence

from grpc_health.v1 import health, health_pb2

from hefu.v1 import node_pb2 as pb
from nodes.link import LinkFailure
from nodes.logs import get_log, raise_alarm
from nodes.pipe import Pipe

EVERY_S = 2.0
DEADLINE_S = 5.0
"""The longest block takes a fraction of it."""
OF_THE_KERNEL = ("", "hefu.v1.LedgerService")
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


class HealthWatch:
    """Keeps the answers of `servicer` true until it is cancelled."""

    def __init__(
        self, pipe: Pipe, servicer: health.aio.HealthServicer, every_s: float = EVERY_S, deadline_s: float = DEADLINE_S
    ) -> None:
        self._pipe = pipe
        self._servicer = servicer
        self._every_s = every_s
        self._deadline_s = deadline_s
        self._fault = ""

    async def begin(self, names: Sequence[str], status: pb.NodeStatus) -> None:
        """The first answers, before the port is open."""
        for name in names:
            await self._servicer.set(name, SERVING)
        self._fault = status.stopped_because
        await self._tell()

    async def run(self) -> None:
        """Ask, and tell what changes, until the kernel has ended."""
        while not self._pipe.closed.is_set():
            asking = asyncio.create_task(self._ask())
            done, _ = await asyncio.wait((asking,), timeout=self._deadline_s)
            if not done:
                await self._note("the kernel does not answer")
            await self._note(await asking)  # not a second question while the first is open
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pipe.closed.wait(), self._every_s)

    async def _ask(self) -> str:
        """What is wrong; empty if nothing is."""
        try:
            return pb.NodeStatus.FromString(await self._pipe.ask("GetStatus", b"")).stopped_because
        except LinkFailure as failure:
            return failure.message

    async def _note(self, fault: str) -> None:
        if fault == self._fault:
            return
        self._fault = fault
        await self._tell()
        if self._pipe.closed.is_set():  # the door has heard of it, and stops
            return
        if fault:
            raise_alarm("the ledger does not serve", cause=fault)
        else:
            get_log().info("the ledger serves again")

    async def _tell(self) -> None:
        for name in OF_THE_KERNEL:
            await self._servicer.set(name, NOT_SERVING if self._fault else SERVING)
