"""From which height on another version of the state machine makes the blocks, as a vote says.

1. A version rises: the next one is above that in force, and holds from a height that lies ahead of the deciding block.
2. Until that height it can be voted away, or another put in its place. Whoever does it has seen what was voted last.
3. A height, not a time: a node must know of a block, before it begins it, whether it can make it.

Not here: what a version does otherwise; what a node does that does not run it (ledger/software.py, nodes).
"""

import hashlib

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from ledger.context import Context
from ledger.errors import Rejection
from ledger.software import compute_version, read_software
from ledger.state_keys import SOFTWARE_KEY

MAX_VERSION = 65_535
MAX_HEIGHTS_AHEAD = 10**9  # a year of thirty blocks a second


def refuse_unfit_software(context: Context, change: pb.SoftwareChange) -> None:
    """Refuse RECORD_CHANGED, SOFTWARE_VERSION_INVALID (also where nothing is to follow that could be voted away),
    SOFTWARE_HEIGHT_INVALID.
    """
    body = context.get(SOFTWARE_KEY)
    if hashlib.sha256(body or b"").digest() != change.replaces:
        raise Rejection(because.RECORD_CHANGED, change.REPLACES_FIELD_NUMBER)
    present = read_software(body)
    if change.version:
        is_fit = compute_version(present, context.height) < change.version <= MAX_VERSION
        is_ahead = context.height < change.from_height <= context.height + MAX_HEIGHTS_AHEAD
    else:
        is_fit = present.next_height > context.height
        is_ahead = change.from_height == 0
    if not is_fit:
        raise Rejection(because.SOFTWARE_VERSION_INVALID, change.VERSION_FIELD_NUMBER)
    if not is_ahead:
        raise Rejection(because.SOFTWARE_HEIGHT_INVALID, change.FROM_HEIGHT_FIELD_NUMBER)


def put_software(context: Context, change: pb.SoftwareChange) -> None:
    """Write a fit change."""
    present = read_software(context.get(SOFTWARE_KEY))
    software = ledger_pb2.Software(
        version=compute_version(present, context.height), next_version=change.version, next_height=change.from_height
    )
    context.put(SOFTWARE_KEY, software.SerializeToString(deterministic=True))
    context.emit(pb.IdentityEvent(organisation=context.actor, record=SOFTWARE_KEY))
