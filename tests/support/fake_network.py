"""Doors of a network that has one ledger in memory, each of which fails as it is told: for tests of failing over.

The ledger is idempotent by id, as the real one. What a door took and did not decide lies in the ledger's pool, where it
is decided before whatever comes next: as a transaction that other nodes have heard of.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto

import grpc
from grpc_health.v1 import health_pb2

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.transaction import compute_id
from nodes.faces import abort_refused
from tests.support.fake_node import NETWORK, NOW_MS

ORIGIN = "test/log"


class Fault(Enum):
    """What a door does with one message instead of answering it."""

    REFUSE = auto()  # it dies before it takes anything
    TAKE = auto()  # it dies after it took it; decided later
    DECIDE = auto()  # it dies after the ledger decided, before it answers
    HANG = auto()  # it takes nothing, and never answers
    TAKE_AND_HANG = auto()  # it never answers; decided later
    DOUBT = auto()  # it refuses its copy without a leaf, while the other copy is decided


class SharedLedger:
    """One block for each transaction."""

    def __init__(self) -> None:
        self.decided: dict[bytes, pb.TransactionView] = {}
        self.arrived: dict[bytes, set[bytes]] = {}  # id → all the bytes under which it came
        self._pool: list[bytes] = []

    @property
    def height(self) -> int:
        """Of the newest block."""
        return len(self.decided)

    def take(self, signed: bytes) -> bytes:
        """Note that it arrived; its id."""
        identity = compute_id(ledger_pb2.SignedTransaction.FromString(signed).body)
        self.arrived.setdefault(identity, set()).add(signed)
        return identity

    def pool(self, signed: bytes) -> None:
        """Decide it later."""
        self.take(signed)
        self._pool.append(signed)

    def flush(self) -> None:
        """Decide what lies in the pool."""
        pooled, self._pool = self._pool, []
        for signed in pooled:
            self.decide(signed)

    def decide(self, signed: bytes) -> pb.Receipt:
        """The first outcome, after what lies in the pool."""
        self.flush()
        identity = self.take(signed)
        if identity in self.decided:
            first = pb.Receipt()
            first.CopyFrom(self.decided[identity].receipt)
            first.is_duplicate = True
            return first
        receipt = pb.Receipt(id=identity, has_leaf=True, index=len(self.decided), height=len(self.decided) + 1)
        self.decided[identity] = pb.TransactionView(signed_transaction=signed, receipt=receipt)
        return receipt


class FakeDoor:
    """One node's door. `faults`: one for each message that comes; after them it answers."""

    def __init__(self, ledger: SharedLedger, faults: Sequence[Fault] = ()) -> None:
        self.ledger = ledger
        self.faults = list(faults)
        self.network = NETWORK
        self.origin = ORIGIN
        self.is_serving = True
        self.is_down = False
        self.down_for = 0  # so many questions what it is find nobody
        self.behind = 0  # so many blocks it lags
        self.catches_up_after = 1 << 30  # so many questions what it is
        self.asked = 0  # questions what it is
        self.submitted = 0  # messages with transactions
        self.target = ""

    @property
    def height(self) -> int:
        """The newest block that it has."""
        return max(0, self.ledger.height - self.behind)

    async def submit(self, request, context):
        (receipt,) = await self._decide([request.transaction], context)
        if receipt.HasField("refusal"):
            await abort_refused(context, receipt)
        return receipt

    async def submit_stream(self, requests, context):
        async for batch in requests:
            yield pb.ReceiptBatch(receipts=await self._decide(batch.transactions, context))

    async def get_status(self, request, context):
        self.asked += 1
        if self.down_for:
            self.down_for -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        await self._refuse_when_down(context)
        if self.asked > self.catches_up_after:
            self.behind = 0
        return pb.NodeStatus(
            network=self.network, origin=self.origin, now_ms=NOW_MS, simulated_clock=True, height=self.height
        )

    async def get_transaction(self, request, context):
        await self._refuse_when_down(context)
        view = self.ledger.decided.get(request.id)
        if view is None or view.receipt.height > self.height:
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is nothing of this name")
        return view

    async def check(self, request, context):
        await self._refuse_when_down(context)
        answer = health_pb2.HealthCheckResponse
        return answer(status=answer.SERVING if self.is_serving else answer.NOT_SERVING)

    async def _decide(self, transactions: Sequence[bytes], context) -> list[pb.Receipt]:
        self.submitted += 1
        await self._refuse_when_down(context)
        fault = self.faults.pop(0) if self.faults else None
        if fault in (Fault.TAKE, Fault.TAKE_AND_HANG):
            for signed in transactions:
                self.ledger.pool(signed)
        if fault in (Fault.DECIDE, Fault.DOUBT):
            receipts = [self.ledger.decide(signed) for signed in transactions]
        if fault in (Fault.HANG, Fault.TAKE_AND_HANG):
            await asyncio.Event().wait()  # until the caller goes
        if fault is Fault.DOUBT:
            refusal = pb.Refusal(code=1, name="EXPIRED")
            return [pb.Receipt(id=receipt.id, refusal=refusal) for receipt in receipts]
        if fault is not None:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was lost")
        return [self.ledger.decide(signed) for signed in transactions]

    async def _refuse_when_down(self, context) -> None:
        if self.is_down:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "nobody is there")


def _build_handlers(door: FakeDoor) -> tuple[grpc.GenericRpcHandler, ...]:
    def write(answer):
        return answer.SerializeToString()

    def unary(behaviour, request):
        return grpc.unary_unary_rpc_method_handler(behaviour, request.FromString, write)

    methods = {
        "Submit": unary(door.submit, pb.SubmitRequest),
        "SubmitStream": grpc.stream_stream_rpc_method_handler(door.submit_stream, pb.SubmitBatch.FromString, write),
        "GetStatus": unary(door.get_status, pb.GetStatusRequest),
        "GetTransaction": unary(door.get_transaction, pb.GetTransactionRequest),
    }
    return (
        grpc.method_handlers_generic_handler("hefu.v1.LedgerService", methods),
        grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": unary(door.check, health_pb2.HealthCheckRequest)}
        ),
    )


@asynccontextmanager
async def doors_open(*doors: FakeDoor) -> AsyncIterator[str]:
    """The doors as a client's list, in their order."""
    servers = []
    for door in doors:
        server = grpc.aio.server()
        server.add_generic_rpc_handlers(_build_handlers(door))
        door.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        servers.append(server)
    try:
        yield ",".join(door.target for door in doors)
    finally:
        await asyncio.gather(*(server.stop(0) for server in servers))
