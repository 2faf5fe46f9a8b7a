"""Which version of the state machine makes a block: the record `software`, and what a node runs.

1. Without the record each height is of the first version.
2. From its height on the version that follows is in force. Nothing need be written for it, and no block need be made.
3. A node makes no block of a version that it does not run, and executes nothing of it. What it has, it still shows.

Not here: who changes the record, and when (identity/software.py); what a node does that has stopped (nodes).
"""

from collections.abc import Sequence

from hefu.v1 import ledger_pb2 as pb

FIRST_VERSION = 1


class WrongSoftware(Exception):
    """The block at `height` is of version `needed`, and this node runs `supported` only. Nothing was executed."""

    def __init__(self, height: int, needed: int, supported: Sequence[int]) -> None:
        runs = ", ".join(map(str, supported))
        super().__init__(
            f"block {height} needs software version {needed}, and this node runs {runs}: install version {needed}"
        )
        self.height = height
        self.needed = needed
        self.supported = tuple(supported)


def read_software(body: bytes | None) -> pb.Software:
    """What the record says; None = there is no record."""
    return pb.Software(version=FIRST_VERSION) if body is None else pb.Software.FromString(body)


def compute_version(software: pb.Software, height: int) -> int:
    """The version in force at a height."""
    is_next = software.next_version and height >= software.next_height
    return software.next_version if is_next else software.version
