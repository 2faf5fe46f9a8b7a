"""A node, asked over grpc.aio. Every answer is a message of the contract; every no is one of our errors.

A lost connection is tried again with the same bytes for `patience_s` seconds. Reading may be repeated at will, and a
transaction has its id: the node executes it once.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self, TypeVar

import grpc

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from hefu.v1.governance_pb2_grpc import GovernanceServiceStub
from hefu.v1.inbox_pb2_grpc import InboxServiceStub
from hefu.v1.node_pb2_grpc import IdentityServiceStub, LedgerServiceStub, VoucherServiceStub
from hefu.v1.reports_pb2_grpc import ReportServiceStub
from nodes.client.builder import DEFAULT_VALIDITY_MS, Draft, sign_drafts
from nodes.client.consent import refuse_strange_node
from nodes.client.errors import CallFailed, Refused, Unreachable, is_lost, translate
from nodes.client.patience import Patience
from nodes.client.stream import DEFAULT_WINDOW, Batches, submit_stream

DEFAULT_PATIENCE_S = 2.0
DEFAULT_TIMEOUT_S = 30.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
# A dead connection is looked for again soon: the pauses between attempts are ours (Patience).
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_http_proxy", 0),  # a node is on loopback, or named by its own address: http_proxy means others
)

Q = TypeVar("Q")
R = TypeVar("R")


class AsyncClient:
    """One channel to one node. Use it as `async with`; `ledger`, `identity`, … are the generated stubs."""

    def __init__(
        self,
        target: str,
        patience_s: float = DEFAULT_PATIENCE_S,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        trust: ledger_pb2.TrustFile | None = None,
    ) -> None:
        """With `trust`, nothing is signed for another network or log than it names."""
        self.target = target
        self._trust = trust
        self.patience_s = patience_s
        self.timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
        self.ledger = LedgerServiceStub(self._channel)
        self.identity = IdentityServiceStub(self._channel)
        self.vouchers = VoucherServiceStub(self._channel)
        self.governance = GovernanceServiceStub(self._channel)
        self.inbox = InboxServiceStub(self._channel)
        self.reports = ReportServiceStub(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channel; calls under way are cancelled."""
        await self._channel.close()

    async def ask(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", request: Q) -> R:
        """One call. Raises Refused, Unreachable or CallFailed."""
        return await self.ask_anew(method, lambda: request)

    async def ask_anew(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", build: Callable[[], Q]) -> R:
        """One call, as `ask`; its request is built anew for each attempt, since it may be made only once."""
        patience = Patience(self.patience_s)
        while True:
            try:
                answer = await method(build(), timeout=self.timeout_s)
            except grpc.aio.AioRpcError as error:
                if not is_lost(error) or not await patience.pause():
                    raise translate(error, self.target) from None
                continue
            if answer is None:  # grpc.aio's word for an answer that it could not decode
                raise CallFailed("DATA_LOSS", "what the node answered is not a message of this version")
            return answer

    async def status(self) -> pb.NodeStatus:
        """Network, height and time of the node."""
        return await self.ask(self.ledger.GetStatus, pb.GetStatusRequest())

    async def signing_status(self) -> pb.NodeStatus:
        """The same, to sign by. NotYourRequest where the node names another time or network than it should."""
        status = await self.status()
        refuse_strange_node(status, time.time_ns() // 1_000_000, self._trust)
        return status

    async def submit(self, signed: bytes) -> pb.Receipt:
        """Submit signed bytes and wait until they are durable. Raises Refused where the outcome is a refusal."""
        receipt = await self.ask(self.ledger.Submit, pb.SubmitRequest(transaction=signed))
        if receipt.HasField("refusal"):
            raise Refused(receipt.refusal, receipt)
        return receipt

    async def sign(
        self, drafts: Iterable[Draft], seeds: Iterable[bytes], validity_ms: int = DEFAULT_VALIDITY_MS
    ) -> bytes:
        """Signed bytes for this node's network, good for `validity_ms` from the node's time on. NotYourRequest."""
        status = await self.signing_status()
        return sign_drafts(status.network, status.now_ms + validity_ms, drafts, seeds)

    def submit_stream(
        self, batches: Batches, window: int = DEFAULT_WINDOW, patience_s: float | None = None
    ) -> AsyncGenerator[Sequence[pb.Receipt], None]:
        """Submit batches of 1–64 signed transactions; yields each batch's receipts, refusals in them."""
        patience = Patience(self.patience_s if patience_s is None else patience_s)
        return submit_stream(self.ledger, self.target, patience, batches, window)

    async def wait_until_ready(self, limit_s: float) -> None:
        """Wait until the node accepts connections. Raises Unreachable after `limit_s` seconds."""
        try:
            await asyncio.wait_for(self._channel.channel_ready(), limit_s)
        except TimeoutError:
            raise Unreachable(self.target, f"not ready within {limit_s:g} s") from None
