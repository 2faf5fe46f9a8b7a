"""The approval inbox of a node, in the name of the organisation that a key belongs to.

Each call is signed anew, also where a lost connection is tried again: a node takes the same one only once. What a call
does may be said again: an item is there once, and the ledger decides it once.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from nacl.signing import SigningKey

from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import ledger_pb2, node_pb2
from ledger.transaction import ED25519, NONCE_BYTES, Transaction
from nodes.client.errors import CallFailed
from nodes.client.stream import MAX_BATCH
from nodes.inbox.calls import compute_call_digest

if TYPE_CHECKING:
    import grpc

    from nodes.client.blocking import Client

R = TypeVar("R")
PAGE_SIZE = 200
UNIMPLEMENTED = "UNIMPLEMENTED"


def read_wall_clock_ms() -> int:
    """The caller's clock."""
    return time.time_ns() // 1_000_000


def sign_with(seed: bytes, message: bytes) -> ledger_pb2.Signature:
    """An Ed25519 signature over a message."""
    key = SigningKey(seed)
    return ledger_pb2.Signature(
        algorithm=ED25519, public_key=bytes(key.verify_key), signature=key.sign(message).signature
    )


def sign_call(
    status: node_pb2.NodeStatus, seed: bytes, call: pb.InboxCall, clock: Callable[[], int] = read_wall_clock_ms
) -> pb.SignedInboxCall:
    """A call to the node of this status, made now; `call` has its action and nothing else."""
    made = pb.InboxCall(
        network=status.network, origin=status.origin, nonce=secrets.token_bytes(NONCE_BYTES), at_ms=clock()
    )
    made.MergeFrom(call)
    encoded = made.SerializeToString(deterministic=True)
    return pb.SignedInboxCall(call=encoded, signature=sign_with(seed, compute_call_digest(encoded)))


class Inbox:
    """The calls of one key (its seed); `origin` and network are those that the node names."""

    def __init__(self, client: "Client", seed: bytes) -> None:
        self._client = client
        self._seed = seed
        self._status = client.signing_status()

    def put(self, signed: bytes) -> pb.InboxItem:
        """Leave signed bytes for their other signers. Raises Refused."""
        call = pb.InboxCall(put=pb.PutInboxItem(transaction=signed))
        return self._ask(self._client.inbox.PutItem, call)

    def list_items(self, state: int = pb.INBOX_STATE_UNSPECIFIED) -> Iterator[pb.InboxItem]:
        """What the organisation sees, the first to expire first; 0 = in any state."""
        cursor = b""
        while True:
            asked = pb.ListInboxItems(state=pb.InboxState.Name(state), page_size=PAGE_SIZE, cursor=cursor)
            page = self._ask(self._client.inbox.ListItems, pb.InboxCall(list=asked))
            yield from page.items
            cursor = page.next_cursor
            if not cursor:
                return

    def get(self, identity: bytes) -> pb.InboxItem:
        """One item. Raises Refused."""
        return self._ask(self._client.inbox.GetItem, pb.InboxCall(get=pb.GetInboxItem(id=identity)))

    def approve(self, transactions: Sequence[Transaction], seeds: Sequence[bytes]) -> list[pb.InboxOutcome]:
        """Sign each with each of the keys (seeds), and hand the signatures in; an outcome for each, in order."""
        approvals = [
            pb.InboxApproval(id=one.id, signatures=[sign_with(seed, one.id) for seed in seeds]) for one in transactions
        ]
        outcomes: list[pb.InboxOutcome] = []
        for start in range(0, len(approvals), MAX_BATCH):
            batch = pb.ApproveInboxItems(approvals=approvals[start : start + MAX_BATCH])
            outcomes += self._ask(self._client.inbox.ApproveItems, pb.InboxCall(approve=batch)).outcomes
        return outcomes

    def reject(self, ids: Sequence[bytes], reason: str) -> list[pb.InboxOutcome]:
        """Say that the organisation does not want them; an outcome for each, in order."""
        outcomes: list[pb.InboxOutcome] = []
        for start in range(0, len(ids), MAX_BATCH):
            batch = pb.RejectInboxItems(ids=ids[start : start + MAX_BATCH], reason=reason)
            outcomes += self._ask(self._client.inbox.RejectItems, pb.InboxCall(reject=batch)).outcomes
        return outcomes

    def _ask(self, method: "grpc.aio.UnaryUnaryMultiCallable[pb.SignedInboxCall, R]", call: pb.InboxCall) -> R:
        try:
            return self._client.ask_anew(method, lambda: sign_call(self._status, self._seed, call))
        except CallFailed as failure:
            if failure.status != UNIMPLEMENTED:
                raise
            raise CallFailed(UNIMPLEMENTED, "this node keeps no inbox") from None
