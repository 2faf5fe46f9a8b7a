"""The nodes of a client's list, each with its channel and what it has shown.

1. The list is HOST:PORT, or several of them with commas between. Of one node nothing is asked beforehand.
2. Of several, all that answer are met before the first call: they must name one network and one log, those of the trust
   file where there is one. Else OtherNetwork, and nothing is signed. A stranger that shows itself later is never asked.
3. One node is current and asked as long as it answers; after a failure it must be met again before it is used.
4. `seen` is the newest height that any answer named. A node that has not shown it is behind what this client knows.
5. The ledger's time is the latest that a node has said, and the time since then.

Not here: which node a call goes to, and how long it is tried (search).
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from hefu.v1.node_pb2_grpc import LedgerServiceStub
from nodes.client.errors import OtherNetwork

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
MEET_S = 2.0
"""How long a node may take to say what it is; an answer takes milliseconds."""
SAFE_MARGIN_MS = 30_000
"""How far the ledger's time may be from what a node said of it, before a validity counts as past."""
SUBMITTING = "hefu.v1.LedgerService"

C = TypeVar("C")
M = TypeVar("M", bound=Message)


@dataclass(slots=True, eq=False)
class Peer:
    """One node of the list."""

    place: int
    target: str
    channel: grpc.aio.Channel
    height: int = 0  # the newest that it has shown
    is_met: bool = False  # it has said what it is, and has not failed since
    is_serving: bool = True  # it takes transactions
    is_stranger: bool = False  # it is of another network or log


class Routed(Generic[C]):
    """A method of a stub, at each node. Called as it is, it goes to the node that is current."""

    def __init__(self, peers: "Peers", calls: Sequence[C]) -> None:
        self._peers = peers
        self._calls = calls

    def at(self, peer: Peer) -> C:
        """The method at one node."""
        return self._calls[peer.place]

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        call: Any = self._calls[self._peers.current]
        return call(*arguments, **options)


def route(method: C) -> Routed[C]:
    """What a stub over `Peers.as_channel` has as its method: to its users it looks as gRPC's own."""
    return cast("Routed[C]", method)


def split_targets(targets: str) -> list[str]:
    """The addresses of a list."""
    return [target.strip() for target in targets.split(",")]


class Peers:
    """The nodes of a list. A channel belongs to the event loop in which it was made."""

    def __init__(self, targets: str, trust: ledger_pb2.TrustFile | None = None) -> None:
        self.targets = targets
        self.list = [
            Peer(place, target, grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS))
            for place, target in enumerate(split_targets(targets))
        ]
        self.current = 0
        self.seen = 0
        self._is_opened = self.is_single
        self._named = None if trust is None else (trust.network, trust.origin)
        self._named_by = "the trust file"
        self._ledger_time: tuple[int, float] | None = None  # ms, and when that was said (monotonic)
        self._ledger: Any = LedgerServiceStub(self.as_channel())
        self._health = self.unary_unary(  # its stub would ask for more than a channel's methods that are here
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

    @property
    def is_single(self) -> bool:
        """Whether there is no other node to turn to."""
        return len(self.list) == 1

    def as_channel(self) -> grpc.aio.Channel:
        """What a stub asks for its methods. It has nothing else of a channel's."""
        return cast(grpc.aio.Channel, self)

    def unary_unary(self, path: str, **codec: Any) -> Routed[Any]:
        """A method of one request and one answer."""
        return Routed(self, [peer.channel.unary_unary(path, **codec) for peer in self.list])

    def stream_stream(self, path: str, **codec: Any) -> Routed[Any]:
        """A method of many requests and many answers."""
        return Routed(self, [peer.channel.stream_stream(path, **codec) for peer in self.list])

    async def close(self) -> None:
        """Close the channels; calls under way are cancelled."""
        await asyncio.gather(*(peer.channel.close() for peer in self.list))

    async def open(self) -> None:
        """Meet all, once. Raises OtherNetwork where those that answer are not of one network and one log."""
        if self._is_opened:
            return
        answers = await asyncio.gather(*(self._ask(peer) for peer in self.list))
        for peer, (status, is_serving) in zip(
            self.list, answers, strict=True
        ):  # the first of the list names the network
            self._take_in(peer, status, is_serving)
        self._is_opened = True
        self.refuse_strangers()

    def refuse_strangers(self) -> None:
        """Raise OtherNetwork where a node of the list has shown itself to be of another network or log."""
        strange = [peer.target for peer in self.list if peer.is_stranger]
        if strange:
            raise OtherNetwork(strange, self._named_by)

    async def meet(self, peer: Peer) -> None:
        """Ask a node what it is and whether it takes transactions; afterwards `is_met` where it has answered."""
        self._take_in(peer, *await self._ask(peer))

    async def _ask(self, peer: Peer) -> tuple[pb.NodeStatus | None, bool]:
        return await asyncio.gather(self._ask_status(peer), self._ask_health(peer))

    def _take_in(self, peer: Peer, status: pb.NodeStatus | None, is_serving: bool) -> None:
        if status is None:
            return
        named = (status.network, status.origin)
        if self._named is None:
            self._named, self._named_by = named, peer.target
        peer.is_stranger = named != self._named
        if peer.is_stranger:
            return
        peer.is_met, peer.is_serving = True, is_serving and not status.stopped_because
        self._note_time(max(status.now_ms, status.block_time_ms))
        self.note(peer, status.height)

    def note(self, peer: Peer, height: int) -> None:
        """An answer of this node named this height."""
        peer.height = max(peer.height, height)
        self.seen = max(self.seen, height)

    def lose(self, peer: Peer) -> None:
        """A call at this node failed: it must be met again, and the one behind it becomes current."""
        peer.is_met = False
        if peer.place == self.current:
            self.current = (self.current + 1) % len(self.list)

    def list_in_turn(self) -> list[Peer]:
        """All but strangers, the current one first."""
        turned = self.list[self.current :] + self.list[: self.current]
        return [peer for peer in turned if not peer.is_stranger]

    def compute_left_ms(self, valid_until_ms: int) -> int:
        """How long until this validity is past on the ledger by a safe margin; not above 0 where it is."""
        return valid_until_ms + SAFE_MARGIN_MS - self._compute_ledger_ms()

    async def find_outcome(self, identity: bytes) -> pb.Receipt | None:
        """What became of a transaction, as the first node in turn has it that can be reached; None where none has."""
        views = await asyncio.gather(*(self._ask_outcome(peer, identity) for peer in self.list_in_turn()))
        return next((view.receipt for view in views if view is not None), None)

    async def wait_until_ready(self, limit_s: float) -> None:
        """Wait until any of them accepts connections. Raises TimeoutError."""
        waiting = [asyncio.create_task(peer.channel.channel_ready()) for peer in self.list]
        try:
            done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        if not done:
            raise TimeoutError

    def _note_time(self, said_ms: int) -> None:
        """A node's word for the ledger's time. One that stands still, or goes back, does not hold up ours."""
        passed_ms = said_ms if self._ledger_time is None else max(said_ms, self._compute_ledger_ms())
        self._ledger_time = (passed_ms, time.monotonic())

    def _compute_ledger_ms(self) -> int:
        if self._ledger_time is None:  # nobody has said it yet
            return time.time_ns() // 1_000_000
        said_ms, since = self._ledger_time
        return said_ms + int((time.monotonic() - since) * 1000)

    async def _ask_outcome(self, peer: Peer, identity: bytes) -> pb.TransactionView | None:
        request = pb.GetTransactionRequest(id=identity)
        view: pb.TransactionView | None = await _ask(route(self._ledger.GetTransaction).at(peer), request)
        return view if view is not None and view.receipt.id == identity else None

    async def _ask_status(self, peer: Peer) -> pb.NodeStatus | None:
        status: pb.NodeStatus | None = await _ask(route(self._ledger.GetStatus).at(peer), pb.GetStatusRequest())
        return status

    async def _ask_health(self, peer: Peer) -> bool:
        """Whether it says that it takes transactions; a node that does not speak of its health is asked to."""
        request = health_pb2.HealthCheckRequest(service=SUBMITTING)
        answer = await _ask(self._health.at(peer), request)
        return answer is None or bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _ask(call: Any, request: Message) -> Any:
    """One attempt that does not wait long; None where nothing, or no message, comes of it."""
    try:
        return await call(request, timeout=MEET_S)
    except grpc.aio.AioRpcError:
        return None
