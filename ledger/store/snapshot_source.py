"""Taking a snapshot: what one commit of the store holds, in the form that others can check (ledger/snapshots.py).

1. Everything is read on one connection within one read transaction of the caller's, so as of one commit.
2. The leaves begin with the bundle of the newest block entry that is older than the longest validity of a transaction;
   where there is none, with the first leaf. So what a snapshot holds depends on the ledger alone.
3. Rows are read a few thousand at a time; never is more in memory than a chunk or two.
"""

from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Connection

from hefu.v1 import ledger_pb2 as pb
from hefu.v1.network_pb2 import SnapshotLeaf, SnapshotManifest, SnapshotRecord
from ledger.errors import InvariantViolation
from ledger.merkle.log import TILE_WIDTH, split_bundle
from ledger.merkle.verify_log import HASH_BYTES
from ledger.snapshots import list_edge, list_widths, pack_chunks
from ledger.store.dialect import adapt
from ledger.store.port import BlockHead
from ledger.store.sql import SqlStore
from ledger.store.state_rows import iterate_records
from ledger.transaction import MAX_HORIZON_MS

_WINDOW = "SELECT size FROM blocks WHERE time_ms <= ? ORDER BY height DESC LIMIT 1"
_TRANSACTIONS = "SELECT leaf_index, signed, events FROM transactions WHERE leaf_index BETWEEN ? AND ?"


class SnapshotSource:
    """What a snapshot is made of. `head` is the commit that the connection sees."""

    def __init__(self, connection: Connection, network: pb.NetworkId) -> None:
        self._connection = connection
        self._network = network
        self._store = SqlStore(connection)
        head = self._store.read_head()
        if head is None:
            raise InvariantViolation("the store has no genesis")
        self.head: BlockHead = head
        self._first_index = self._find_first_index()

    def build_manifest(self, chunk_hashes: bytes) -> SnapshotManifest:
        """The manifest of these chunks."""
        head, first = self.head, self._first_index
        edge = list_edge(first)
        tiles = self._store.read_tiles([tile for tile, width in zip(edge, list_widths(first), strict=True) if width])
        widths = zip(edge, list_widths(first), strict=True)
        return SnapshotManifest(
            network=self._network,
            height=head.height,
            time_ms=head.time_ms,
            size=head.size,
            root=head.root,
            first_index=first,
            frontier=[tiles[tile][: width * HASH_BYTES] if width else b"" for tile, width in widths],
            chunk_hashes=chunk_hashes,
        )

    def iterate_chunks(self) -> Iterator[bytes]:
        """The chunks, in their order."""
        return pack_chunks(self._iterate_leaves(), self._iterate_records())

    def _find_first_index(self) -> int:
        sql = adapt(self._connection, _WINDOW)
        row = self._connection.exec_driver_sql(sql, (self.head.time_ms - MAX_HORIZON_MS,)).one_or_none()
        return 0 if row is None else (row[0] - 1) // TILE_WIDTH * TILE_WIDTH

    def _iterate_leaves(self) -> Iterator[SnapshotLeaf]:
        starts = range(self._first_index, self.head.size, TILE_WIDTH)
        for first, end in pairwise((*starts, self.head.size)):
            entries = split_bundle(self._store.read_bundle(first // TILE_WIDTH))
            wanted = [self._may_return(entry) for entry in entries]
            rows = self._connection.exec_driver_sql(adapt(self._connection, _TRANSACTIONS), (first, end - 1)).all()
            found = {row[0]: row for row in rows if wanted[row[0] - first]}
            for index, entry in enumerate(entries, first):
                _, signed, events = found.get(index, (index, b"", b""))
                yield SnapshotLeaf(entry=entry, signed_transaction=signed, events=events)

    def _may_return(self, entry: bytes) -> bool:
        return pb.LogEntry.FromString(entry).transaction.valid_until_ms > self.head.time_ms

    def _iterate_records(self) -> Iterator[SnapshotRecord]:
        for rows in iterate_records(self._connection):
            for _, key, record in rows:
                yield SnapshotRecord(key=key.decode(), record=record)
