"""The same client for callers that wait: each call runs to its end on an event loop that the client owns."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from nodes.client.builder import DEFAULT_VALIDITY_MS, Draft
from nodes.client.channel import AsyncClient
from nodes.client.stream import DEFAULT_WINDOW, Batches

Q = TypeVar("Q")
R = TypeVar("R")


class Client:
    """An AsyncClient, `aio`, behind blocking calls. Use it as `with`, and not inside a running event loop."""

    def __init__(
        self,
        target: str,
        patience_s: float | None = None,
        timeout_s: float | None = None,
        trust: ledger_pb2.TrustFile | None = None,
    ) -> None:
        self._runner = asyncio.Runner()
        self.aio = self.run(_open(target, patience_s, timeout_s, trust))
        self.ledger, self.identity, self.vouchers = self.aio.ledger, self.aio.identity, self.aio.vouchers
        self.governance = self.aio.governance
        self.inbox = self.aio.inbox
        self.reports = self.aio.reports

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the channels and the loop."""
        self.run(self.aio.close())
        self._runner.close()

    def ask(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", request: Q) -> R:
        """One question, by a stub's method. Raises Refused, Unreachable, OtherNetwork or CallFailed."""
        return self.run(self.aio.ask(method, request))

    def ask_anew(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", build: Callable[[], Q]) -> R:
        """One call at the first node, whose request is built anew for each attempt."""
        return self.run(self.aio.ask_anew(method, build))

    def status(self) -> pb.NodeStatus:
        """Network, height and time of the node."""
        return self.run(self.aio.status())

    def signing_status(self) -> pb.NodeStatus:
        """The same, to sign by. NotYourRequest where the node names another time or network than it should."""
        return self.run(self.aio.signing_status())

    def submit(self, signed: bytes) -> pb.Receipt:
        """Submit signed bytes and wait until they are durable. Raises as AsyncClient.submit."""
        return self.run(self.aio.submit(signed))

    def sign(self, drafts: Iterable[Draft], seeds: Iterable[bytes], validity_ms: int = DEFAULT_VALIDITY_MS) -> bytes:
        """Signed bytes for this node's network, good for `validity_ms` from the node's time on."""
        return self.run(self.aio.sign(drafts, seeds, validity_ms))

    def submit_all(self, batches: Batches, window: int = DEFAULT_WINDOW) -> list[pb.Receipt]:
        """Submit batches over one stream and return all receipts in order; a refusal is in its receipt."""
        return self.run(_collect(self.aio, batches, window))

    def wait_until_ready(self, limit_s: float) -> None:
        """Wait until a node accepts connections. Raises Unreachable after `limit_s` seconds."""
        self.run(self.aio.wait_until_ready(limit_s))

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run what uses `aio` to its end."""
        return self._runner.run(work)


async def _open(
    target: str, patience_s: float | None, timeout_s: float | None, trust: ledger_pb2.TrustFile | None
) -> AsyncClient:
    return AsyncClient(target, patience_s, timeout_s, trust)  # a channel belongs to the loop in which it was made


async def _collect(client: AsyncClient, batches: Batches, window: int) -> list[pb.Receipt]:
    receipts: list[pb.Receipt] = []
    async for answered in client.submit_stream(batches, window):
        receipts.extend(answered)
    return receipts
