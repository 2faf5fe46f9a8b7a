"""A server that answers as it is told, for tests of the client: it can refuse, fail, and drop a connection."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, status_pb2  # type: ignore[import-untyped] # published without types
from grpc_status import rpc_status

from hefu.v1 import ledger_pb2
from hefu.v1 import node_pb2 as pb
from ledger.transaction import compute_id

NETWORK = ledger_pb2.NetworkId(name="test", genesis_hash=bytes(32))
NOW_MS = 1_800_000_000_000


class FakeLedger:
    """Decides each transaction once, in the order of arrival, unless it is told otherwise."""

    def __init__(self) -> None:
        self.decided: dict[bytes, int] = {}
        self.arrived: list[bytes] = []
        self.failures = 0  # so many calls end with UNAVAILABLE
        self.drop_after: list[int] = []  # a stream is dropped after so many answers, one number for each stream
        self.refuse_with: pb.Refusal | None = None
        self.missing = 0  # so many receipts are left out of each batch
        self.status_code = grpc.StatusCode.UNAVAILABLE
        self.is_garbled = False  # its answers are no messages
        self.is_simulated = True  # its time is always NOW_MS

    def decide(self, signed: bytes) -> pb.Receipt:
        self.arrived.append(signed)
        is_duplicate = signed in self.decided
        index = self.decided.setdefault(signed, len(self.decided))
        body = ledger_pb2.SignedTransaction.FromString(signed).body
        receipt = pb.Receipt(id=compute_id(body), has_leaf=True, index=index, height=1, is_duplicate=is_duplicate)
        if self.refuse_with is not None:
            receipt.refusal.CopyFrom(self.refuse_with)
        return receipt

    def submit(self, request, context):
        receipt = self.decide(request.transaction)
        self._fail(context)  # after it was decided: the answer is lost, not the transaction
        if receipt.HasField("refusal"):
            details = [Any(), Any()]
            details[0].Pack(receipt.refusal)
            details[1].Pack(receipt)
            status = status_pb2.Status(code=code_pb2.FAILED_PRECONDITION, message="refused", details=details)
            context.abort_with_status(rpc_status.to_status(status))
        return receipt

    def submit_stream(self, request_iterator, context):
        self._fail(context)
        left = self.drop_after.pop(0) if self.drop_after else None
        for batch in request_iterator:
            receipts = [self.decide(signed) for signed in batch.transactions]
            if left == 0:
                context.abort(self.status_code, "the connection was lost")
            left = None if left is None else left - 1
            yield pb.ReceiptBatch(receipts=receipts[self.missing :])

    def get_status(self, request, context):
        self._fail(context)
        return pb.NodeStatus(network=NETWORK, now_ms=NOW_MS, simulated_clock=self.is_simulated)

    def get_transaction(self, request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "there is nothing of this name")

    def _fail(self, context):
        if self.failures:
            self.failures -= 1
            context.abort(self.status_code, "not now")


def handler(fake: FakeLedger) -> grpc.GenericRpcHandler:
    """What of the contract's LedgerService the fake can do."""

    def written(message):
        return b"\xff" if fake.is_garbled else message.SerializeToString()

    return grpc.method_handlers_generic_handler(
        "hefu.v1.LedgerService",
        {
            "Submit": grpc.unary_unary_rpc_method_handler(fake.submit, pb.SubmitRequest.FromString, written),
            "SubmitStream": grpc.stream_stream_rpc_method_handler(
                fake.submit_stream, pb.SubmitBatch.FromString, written
            ),
            "GetStatus": grpc.unary_unary_rpc_method_handler(fake.get_status, pb.GetStatusRequest.FromString, written),
            "GetTransaction": grpc.unary_unary_rpc_method_handler(
                fake.get_transaction, pb.GetTransactionRequest.FromString, written
            ),
        },
    )


@contextmanager
def serving(fake: FakeLedger) -> Iterator[str]:
    """The address at which the fake answers."""
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler(fake),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()
