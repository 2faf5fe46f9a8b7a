"""What a signer asked for, and whether what lies before it is that: a client signs nothing else.

A request is a TransactionBody without a nonce. Its file is the JSON form (ledger/verify_forms), as `--print-request`
writes it; a file of signed bytes serves as well, such as one that came by another way.

A node says which network it serves and what time it is there, and both go into what is signed. So a client signs
nothing where that time is more than five minutes from its own clock, unless the clock is a simulated one, and where it
has a trust file, nothing for another network, log or kind of clock than the trust file names.

What lies before a signer equals its request where the network is the same, and the commands are, in their order: who
acts, who signs for it, who consents, the kind, and each byte of the payload. It may be valid for a shorter time, not
for a longer one. The nonce is whoever made the transaction's.

Not here: signing (builder), showing it to a person (nodes.cli).
"""

from collections.abc import Iterable, Sequence

from hefu.v1 import inbox_pb2, node_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput, Rejection
from ledger.transaction import Transaction, decode, verify_signatures
from ledger.verify_forms import read_json, render_json
from nodes.client.builder import Draft, build_body, kind_name

MAX_APART_MS = 300_000


class NotYourRequest(Exception):
    """What is to be signed is not what its signer asked for. Nothing was signed."""


def refuse_strange_node(status: node_pb2.NodeStatus, now_ms: int, trust: pb.TrustFile | None) -> None:
    """Raise NotYourRequest where a node names what nobody here asked for. `now_ms`: the signer's clock."""
    if trust is not None:
        named = (status.network, status.origin, status.simulated_clock)
        if named != (trust.network, trust.origin, trust.simulated_clock):
            raise NotYourRequest("the node names another network, log or kind of clock than the trust file")
    if not status.simulated_clock and abs(status.now_ms - now_ms) > MAX_APART_MS:
        raise NotYourRequest("the node's clock is more than five minutes from this one: compare both with a third")


def build_request(network: pb.NetworkId, valid_until_ms: int, drafts: Iterable[Draft]) -> pb.TransactionBody:
    """What is asked for: these commands, all or none."""
    request = pb.TransactionBody.FromString(build_body(network, valid_until_ms, drafts))
    request.ClearField("nonce")
    return request


def render_request(request: pb.TransactionBody) -> bytes:
    """A request's file."""
    return render_json(request)


def parse_request(data: bytes) -> pb.TransactionBody:
    """A request from its file, or from signed bytes. Raises MalformedInput."""
    request = pb.TransactionBody()
    if data.startswith(b"{"):
        read_json(request, data)
    else:
        request.CopyFrom(decode(data).body)
        request.ClearField("nonce")
    if not request.commands or request.nonce:
        raise MalformedInput("neither a request nor a signed transaction")
    return request


def find_difference(body: pb.TransactionBody, request: pb.TransactionBody) -> str:
    """Where a body differs from a request, in words; empty where it is what was asked for."""
    if body.network != request.network:
        return "it is for another network"
    if body.valid_until_ms > request.valid_until_ms:
        return "it is valid for longer"
    if len(body.commands) != len(request.commands):
        return f"it has {len(body.commands)} commands, not {len(request.commands)}"
    for index, (found, asked) in enumerate(zip(body.commands, request.commands, strict=True)):
        for name in ("kind", "organisations", "agent", "payload"):
            if getattr(found, name) != getattr(asked, name):
                return f"command {index}, {kind_name(found.kind)}: its {name} is another"
    return ""


def refuse_other_request(body: pb.TransactionBody, request: pb.TransactionBody) -> None:
    """Raise NotYourRequest where the body is not what was asked for."""
    difference = find_difference(body, request)
    if difference:
        raise NotYourRequest(difference)


def match_requests(
    bodies: Sequence[pb.TransactionBody], requests: Sequence[pb.TransactionBody]
) -> list[tuple[int, int]]:
    """Pairs (body, request) of equals. One request is answered by one body: what was asked for once happens once."""
    free = list(range(len(requests)))
    pairs = []
    for place, body in enumerate(bodies):
        found = next((number for number in free if not find_difference(body, requests[number])), None)
        if found is not None:
            free.remove(found)
            pairs.append((place, found))
    return pairs


def open_item(item: inbox_pb2.InboxItem) -> Transaction:
    """The transaction that an inbox shows. Its id is computed from the bytes: a node's word for it is never signed.

    MalformedInput where it is none, goes by another id, or a signature on it does not verify.
    """
    transaction = decode(item.transaction)
    if transaction.id != item.id:
        raise MalformedInput("the node shows other bytes under this id", item.id.hex())
    try:
        verify_signatures(transaction)
    except Rejection as rejection:
        raise MalformedInput(rejection.reason.english, item.id.hex()) from None
    return transaction
