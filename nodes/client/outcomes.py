"""What became of what was handed to a node that did not answer: asked for by id, at every node that can be reached.

A node has the outcome of an id from the block on that decided it, so an outcome found anywhere is the outcome. That
none is found says nothing for ever: a node may be behind, or cut off from those that know more.
"""

from collections.abc import Sequence

from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.transaction import decode
from nodes.client.peers import Peers


def read_valid_until_ms(signed: bytes) -> int:
    """The end of validity of signed bytes (ms); 0 where they are no transaction, which no node decides."""
    try:
        return decode(signed).body.valid_until_ms
    except MalformedInput:
        return 0


def read_id(signed: bytes) -> bytes:
    """The id of signed bytes; empty where they are no transaction."""
    try:
        return decode(signed).id
    except MalformedInput:
        return b""


async def find_outcomes(peers: Peers, batch: Sequence[bytes]) -> tuple[list[pb.Receipt], list[bytes]]:
    """The first outcomes of a batch, and the ids of those that no reachable node knows."""
    found, missing = [], []
    for signed in batch:
        identity = read_id(signed)
        receipt = await peers.find_outcome(identity)
        if receipt is None:
            missing.append(identity)
        else:
            found.append(receipt)
    return found, missing


async def confirm(peers: Peers, batch: Sequence[bytes], receipts: Sequence[pb.Receipt]) -> list[pb.Receipt]:
    """The receipts of a batch that another node was given before.

    A refusal without a leaf is this node's word for its own copy; an outcome that any node knows comes before it.
    """
    confirmed = []
    for signed, receipt in zip(batch, receipts, strict=True):
        found = None if receipt.has_leaf else await peers.find_outcome(read_id(signed))
        confirmed.append(found or receipt)
    return confirmed
