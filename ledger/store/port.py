"""What the kernel asks of a store. SQLite and PostgreSQL answer it for real, the simulator's fakes with faults.

A store holds whole blocks only: `write_block` and `finish_block` keep everything of one block, or nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.context import Record
from ledger.execution import Decision
from ledger.merkle.log import TileReader
from ledger.merkle.state import LeafRows, UndoRow


class HistoryNotKept(Exception):
    """What lies before the snapshot with which this node began, and is not here."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The snapshot with which a node began: the lists know nothing of before its block, the log of `first_index`."""

    height: int
    time_ms: int
    first_index: int


@dataclass(frozen=True, slots=True)
class BlockHead:
    """A committed block: `size` and `root` are those of the log after it; `checkpoint` is a C2SP signed note."""

    height: int
    time_ms: int
    size: int
    root: bytes
    state_root: bytes
    checkpoint: bytes


@dataclass(slots=True)  # not frozen, as Transaction
class RecordChange:
    """One changed key of a block: hashes as the state tree takes them; `record` None = deleted."""

    key: str
    key_hash: bytes
    value_hash: bytes | None
    encoded: bytes
    record: Record | None


@dataclass(frozen=True, slots=True)
class KeptProof:
    """What a key held at the end of a civil day on which it changed: the bytes of a state proof of that block."""

    day: int
    key: str
    proof: bytes


@dataclass(frozen=True, slots=True)
class BlockWrite:
    """Everything that one block changes, in the order in which it was decided."""

    head: BlockHead
    first_index: int
    block_entry: bytes
    decisions: Sequence[Decision]
    changes: Sequence[RecordChange]
    tiles: Mapping[tuple[int, int], bytes]
    bundles: Mapping[int, bytes]
    undo: UndoRow
    replaced: Mapping[bytes, Record]  # by key hash: the records that the block replaced
    day_ends: Sequence[KeptProof] = ()  # of the day before, where this block is the first of another


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A decided transaction as it was submitted."""

    signed: bytes
    decision: Decision


class Store(LeafRows, TileReader, Protocol):
    """The kernel's database."""

    def read_head(self) -> BlockHead | None:
        """The last committed block, None before genesis."""
        ...

    def read_kept_height(self) -> int:
        """What `keep_height` kept last; 0 where it kept nothing."""
        ...

    def keep_height(self, height: int) -> None:
        """Note, durably, that the block at this height, above the last one, was committed and changed nothing."""
        ...

    def read_genesis(self) -> bytes | None:
        """The Genesis bytes with which the store began."""
        ...

    def write_genesis(self, genesis: bytes, block: BlockWrite) -> None:
        """Begin: block 0 and the genesis, in one database transaction."""
        ...

    def read_record(self, key_hash: bytes) -> bytes | None:
        """The encoded record under a key hash."""
        ...

    def read_decisions(self, ids: Sequence[bytes]) -> dict[bytes, Decision]:
        """Earlier decisions of these transaction ids."""
        ...

    def write_block(self, block: BlockWrite) -> None:
        """Begin to keep one block whole, in one database transaction. Until the end reads may answer as before."""
        ...

    def finish_block(self) -> None:
        """Wait until the block that was begun is durable. On an error it may have been kept or not."""
        ...
