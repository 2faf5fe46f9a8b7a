"""A change of the log key as it stands in the log: a block that holds only a KeyRotationEntry.

The checkpoint of that block is the last one that the old key signs. Such a block has no transactions, so whoever
replays the log finds here which blocks to make by `Application.finalize_rotation`.
"""

from hefu.v1 import ledger_pb2 as pb
from ledger.merkle.log import TileReader, get_entry
from ledger.store.port import BlockHead


def read_rotation(source: TileReader, head: BlockHead) -> str | None:
    """The C2SP verifier key to which this block hands the log; None for a block of another kind."""
    entry = pb.LogEntry.FromString(get_entry(source, head.size - 2, head.size))
    return entry.key_rotation.new_key if entry.HasField("key_rotation") else None
