"""The nodes of a list, asked over grpc.aio. Every answer is a message of the contract; every no is one of our errors.

1. A lost connection is tried again with the same bytes, at one node for `patience_s` seconds. Reading may be repeated
   at will, and a transaction has its id: the ledger executes it once.
2. Of several nodes the next is asked where one is gone, stops, hangs or takes no transactions (search). So a submission
   ends with the one outcome that the ledger has for its id, or, when its validity is past, as Undecided.
3. The inbox lies beside the ledger, at one node: its calls go to the first of the list and to no other.
"""

import math
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
from nodes.client.errors import CallFailed, Refused, Undecided, Unreachable, is_lost, translate
from nodes.client.outcomes import confirm, find_outcomes, read_valid_until_ms
from nodes.client.patience import Patience
from nodes.client.peers import Peers, route
from nodes.client.search import Search
from nodes.client.stream import DEFAULT_WINDOW, Batches, Stream

DEFAULT_PATIENCE_S = 2.0
DEFAULT_TIMEOUT_S = 30.0
ATTEMPT_S = 5.0
"""How long one of several nodes may take for an answer: a block takes a fraction of it, also where a proposer fails."""

Q = TypeVar("Q")
R = TypeVar("R")


class AsyncClient:
    """A list of nodes of one network. Use it as `async with`; `ledger`, `identity`, … are the generated stubs."""

    def __init__(
        self,
        target: str,
        patience_s: float | None = None,
        timeout_s: float | None = None,
        trust: ledger_pb2.TrustFile | None = None,
    ) -> None:
        """`target`: HOST:PORT, or several with commas between. `timeout_s`: of one attempt.

        Without `patience_s`, several nodes are tried until a submission's validity is past, else 2 s. With `trust`,
        nothing is signed for another network or log than it names.
        """
        self.target = target
        self._trust = trust
        self._peers = peers = Peers(target, trust)
        self.patience_s = patience_s
        self.timeout_s = timeout_s or (DEFAULT_TIMEOUT_S if peers.is_single else ATTEMPT_S)
        channel = peers.as_channel()
        self.ledger = LedgerServiceStub(channel)
        self.identity = IdentityServiceStub(channel)
        self.vouchers = VoucherServiceStub(channel)
        self.governance = GovernanceServiceStub(channel)
        self.inbox = InboxServiceStub(channel)
        self.reports = ReportServiceStub(channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the channels; calls under way are cancelled."""
        await self._peers.close()

    async def ask(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", request: Q) -> R:
        """One question. Raises Refused, Unreachable, OtherNetwork or CallFailed."""
        return await self._call(method, request, Search(self._peers, self._begin_patience()))

    async def ask_anew(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", build: Callable[[], Q]) -> R:
        """One call at the first node, and no other, whose request is built anew for each attempt."""
        await self._peers.open()
        self._peers.refuse_strangers()
        patience, peer = self._begin_patience(), self._peers.list[0]
        while True:
            try:
                return _read(await route(method).at(peer)(build(), timeout=self.timeout_s))
            except grpc.aio.AioRpcError as error:
                if not is_lost(error) or not await patience.pause():
                    raise translate(error, peer.target) from None

    async def _call(self, method: "grpc.aio.UnaryUnaryMultiCallable[Q, R]", request: Q, search: Search) -> R:
        """The answer of the first node that has one."""
        while True:
            peer = await search.find()
            try:
                answer = _read(await route(method).at(peer)(request, timeout=self.timeout_s))
            except grpc.aio.AioRpcError as error:
                if not search.is_over_at(error):
                    raise translate(error, peer.target) from None
                search.drop(peer, error.details())
            else:
                self._peers.note(peer, getattr(answer, "height", 0))
                return answer

    def _begin_patience(self) -> Patience:
        return Patience(DEFAULT_PATIENCE_S if self.patience_s is None else self.patience_s)

    def _begin_submission(self, patience_s: float | None) -> Patience:
        """Of several nodes, as long as the search lets."""
        chosen = self.patience_s if patience_s is None else patience_s
        if chosen is None:
            chosen = DEFAULT_PATIENCE_S if self._peers.is_single else math.inf
        return Patience(chosen)

    async def status(self) -> pb.NodeStatus:
        """Network, height and time of the node."""
        return await self.ask(self.ledger.GetStatus, pb.GetStatusRequest())

    async def signing_status(self) -> pb.NodeStatus:
        """The same, to sign by. NotYourRequest where the node names another time or network than it should."""
        status = await self.status()
        refuse_strange_node(status, time.time_ns() // 1_000_000, self._trust)
        return status

    async def submit(self, signed: bytes) -> pb.Receipt:
        """Submit signed bytes and wait until they are durable.

        Raises Refused where the outcome is a refusal; Unreachable, Undecided, OtherNetwork, CallFailed.
        """
        search = Search(self._peers, self._begin_submission(None), lambda: read_valid_until_ms(signed))
        request = pb.SubmitRequest(transaction=signed)
        try:
            receipt = await self._call(self.ledger.Submit, request, search)
        except Unreachable as failure:
            receipt = await self._settle(signed, search, failure)
        except Refused as refused:
            if self._peers.is_single or not search.has_lost or refused.receipt is None:
                raise
            (receipt,) = await confirm(self._peers, [signed], [refused.receipt])
        if receipt.HasField("refusal"):
            raise Refused(receipt.refusal, receipt)
        return receipt

    async def _settle(self, signed: bytes, search: Search, failure: Unreachable) -> pb.Receipt:
        """What the nodes know of it, after no answer came."""
        if self._peers.is_single or not search.has_lost:
            raise failure
        found, missing = await find_outcomes(self._peers, [signed])
        if missing:
            raise Undecided(missing, self.target) from failure
        return found[0]

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
        return Stream(self.ledger, self._peers, self.timeout_s, window).run(batches, self._begin_submission(patience_s))

    async def wait_until_ready(self, limit_s: float) -> None:
        """Wait until a node accepts connections. Raises Unreachable after `limit_s` seconds."""
        try:
            await self._peers.wait_until_ready(limit_s)
        except TimeoutError:
            raise Unreachable(self.target, f"not ready within {limit_s:g} s") from None


def _read(answer: R | None) -> R:
    """The answer, unless it is grpc.aio's word for one that it could not decode."""
    if answer is None:
        raise CallFailed("DATA_LOSS", "what the node answered is not a message of this version")
    return answer
