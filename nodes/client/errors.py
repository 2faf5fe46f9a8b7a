"""What can come of a call besides its answer.

`Refused` is the ledger's numbered no; it is final for these bytes. `Unreachable` says nothing of what became of a
transaction: the same bytes may be sent again. `Undecided` is said of a transaction that was handed to a list of nodes,
when its validity is over and no node that can be reached has decided it. `OtherNetwork`: the nodes of a list do not
belong together. `CallFailed` is any other gRPC status.
"""

from collections.abc import Sequence

import grpc
from grpc_status import rpc_status

from hefu.v1 import node_pb2 as pb

# A server that stops ends the calls under way with CANCELLED; what we cancel ourselves is never an AioRpcError.
LOST = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class Refused(Exception):
    """The node said no, with a number. `receipt` is there where the node sent one with the refusal."""

    def __init__(self, refusal: pb.Refusal, receipt: pb.Receipt | None = None) -> None:
        super().__init__(f"{refusal.name} ({refusal.code}): {refusal.english}")
        self.refusal = refusal
        self.code = refusal.code
        self.name = refusal.name
        self.command_index = refusal.command_index
        self.field = refusal.field
        self.field_name = refusal.field_name
        self.english = refusal.english
        self.chinese = refusal.chinese
        self.receipt = receipt


class Unreachable(Exception):
    """No node answered at this address for as long as the client was patient."""

    def __init__(self, target: str, detail: str) -> None:
        super().__init__(f"no node answers at {target}: {detail}")
        self.target = target


class Undecided(Exception):
    """Unknown: these transactions (ids) are undecided as far as the reachable nodes say. Ask later, by id."""

    def __init__(self, ids: Sequence[bytes], targets: str) -> None:
        shown = ", ".join(identity.hex() for identity in ids[:3]) + (", …" if len(ids) > 3 else "")
        super().__init__(f"unknown: not decided as far as the reachable nodes of {targets} say: {shown}")
        self.ids = tuple(ids)
        self.targets = targets


class OtherNetwork(Exception):
    """Nodes of the list (`targets`) are of another network or log than the first that answered, or the trust file."""

    def __init__(self, targets: Sequence[str], named_by: str) -> None:
        super().__init__(f"{', '.join(targets)} is of another network or log than {named_by}")
        self.targets = tuple(targets)


class CallFailed(Exception):
    """The call ended with a gRPC status that carries no numbered refusal."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status


def is_lost(error: grpc.aio.AioRpcError) -> bool:
    """Whether the connection was lost or never made, so that nothing is known of what was sent."""
    # A write that meets the end of its call hides the status with which the call ended behind grpc.aio's own.
    is_hidden = error.code() is grpc.StatusCode.INTERNAL and error.details() == "Internal error from Core"
    return is_hidden or (error.code() in LOST and find_refusal(error) is None)


def find_refusal(error: grpc.aio.AioRpcError) -> Refused | None:
    """The numbered refusal in the details of a gRPC status, with its receipt, if there is one."""
    try:
        # AioRpcError has the methods of a call that from_call reads; its stub asks for a grpc.Call.
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
    except ValueError:  # the details speak of another status than the call: not written by a node of ours
        return None
    refusal, receipt = pb.Refusal(), pb.Receipt()
    details = status.details if status is not None else ()
    if not any(detail.Unpack(refusal) for detail in details):
        return None
    return Refused(refusal, receipt if any(detail.Unpack(receipt) for detail in details) else None)


def translate(error: grpc.aio.AioRpcError, target: str) -> Refused | Unreachable | CallFailed:
    """A gRPC error as one of ours."""
    refused = find_refusal(error)
    if refused is not None:
        return refused
    if is_lost(error):
        return Unreachable(target, error.details() or "the connection was lost")
    return CallFailed(error.code().name, error.details() or "")
