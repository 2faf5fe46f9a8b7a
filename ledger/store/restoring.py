"""Restoring a snapshot: a store that holds genesis alone becomes what others' stores are at the snapshot's height.

Everything happens in one database transaction, so a crash at any instant leaves genesis alone, or the whole:

1. The leaves are appended to the frontier; their blocks, tiles, bundles and transactions are written.
2. At their end they must give the root, and the last block entry tells the state root.
3. The records are written; they must give that root. Nobody has read any of them before.
4. The views are given them as changes of the snapshot's block, some thousand at a time. What the records do not tell,
   how they came to be, is in no view: `restored` says from which block on a list knows it.
5. Of totals, all count as changed on the running day: so at its end the proof of each is kept, and none is missing
   afterwards.

Checkpoints are signed by this node's own log key: that of each block whose entry is there, since each root was computed
here. Memory holds a block, a chunk and the upper state tree, whatever the snapshot's size.
`MalformedInput` says what of the snapshot is at fault. Not here: the app hash (ledger/snapshots.py, `check_manifest`),
and where chunks come from.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DataError, IntegrityError

from hefu.v1.network_pb2 import SnapshotManifest, SnapshotRecord
from ledger.context import Record
from ledger.errors import MalformedInput
from ledger.merkle.state import StateTree, UndoRow
from ledger.merkle.verify_state import hash_key, hash_record
from ledger.notes import Checkpoint
from ledger.snapshots import LogReplay, RestoredBlock, list_edge, parse_chunk
from ledger.store.dialect import adapt
from ledger.store.paging import read_position, read_restored
from ledger.store.port import BlockHead, BlockWrite, RecordChange
from ledger.store.sql import SqlStore, View, write_log, write_tiles
from ledger.store.state_rows import RecordRow, SqlLeafRows, iterate_records, write_records

SignNote = Callable[[bytes], bytes]
_GONE = ("records", "state_undo", "tiles", "bundles", "day_changes")
"""Tables that genesis has filled, and the snapshot fills anew."""


def restore_snapshot(
    connection: Connection,
    views: Sequence[View],
    origin: str,
    sign: SignNote,
    manifest: SnapshotManifest,
    chunks: Iterable[bytes],
) -> BlockHead:
    """Write a snapshot over genesis, or nothing. Returns the new head. Raises MalformedInput.

    Whoever had the store open opens it anew, and the state machine with it.
    """
    try:
        if read_position(connection).height:
            raise MalformedInput("the ledger has begun: only one that holds genesis alone can be restored", "database")
        head = _Restoring(connection, views, origin, sign, manifest).run(chunks)
        connection.commit()
    except (IntegrityError, DataError) as failure:  # rows are written before the root tells that they are none
        connection.rollback()
        raise MalformedInput(f"rows that no ledger has: {type(failure).__name__}", "leaves") from None
    except BaseException:
        connection.rollback()
        raise
    return head


def clear_restored(connection: Connection) -> bytes | None:
    """Empty a ledger that was restored and has decided nothing since; its Genesis bytes, to begin it anew with.

    None, and nothing happens, where there is any other. The caller writes genesis in the same database transaction.
    """
    restored, genesis = read_restored(connection), SqlStore(connection).read_genesis()
    if restored is None or restored.height != read_position(connection).height:
        return None
    for table in inspect(connection).get_table_names():
        if not table.startswith("alembic"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return genesis


class _Restoring:
    """One restoration, within its database transaction."""

    def __init__(
        self, connection: Connection, views: Sequence[View], origin: str, sign: SignNote, manifest: SnapshotManifest
    ) -> None:
        self._connection = connection
        self._views = views
        self._origin = origin
        self._sign = sign
        self._manifest = manifest
        self._log = LogReplay(manifest)
        self._end: RestoredBlock | None = None
        self._last_key = b""

    def run(self, chunks: Iterable[bytes]) -> BlockHead:
        """All steps but the commit."""
        before = self._read_genesis_records()
        whole_log = () if self._manifest.first_index else ("blocks",)  # else the row of genesis stays
        for table in (*_GONE, *whole_log):
            self._connection.exec_driver_sql(f"DELETE FROM {table}")
        edge = zip(list_edge(self._manifest.first_index), self._manifest.frontier, strict=True)
        write_tiles(self._connection, {tile_id: tile for tile_id, tile in edge if tile})
        for chunk in chunks:
            self._write_chunk(chunk)
        end = self._finish_log()
        tree = StateTree.open(SqlLeafRows(self._connection), end.height)
        if tree.root != end.state_root:
            raise MalformedInput("they do not give the state root of the last block entry", "records")
        head = self._build_head(end)
        for changes, replaced in self._iterate_changes(before):
            self._write_views(head, end, changes, replaced)
        sql = adapt(self._connection, "INSERT INTO restored (id, height, first_index) VALUES (1, ?, ?)")
        self._connection.exec_driver_sql(sql, (end.height, self._manifest.first_index))
        return head

    def _read_genesis_records(self) -> dict[bytes, tuple[str, bytes]]:
        pieces = iterate_records(self._connection)
        return {key_hash: (key.decode(), record) for rows in pieces for key_hash, key, record in rows}

    def _write_chunk(self, encoded: bytes) -> None:
        chunk = parse_chunk(encoded)
        for leaf in chunk.leaves:
            block = self._log.add(leaf)
            if block is not None:
                self._write_block(block)
        if chunk.records:
            self._finish_log()
            write_records(self._connection, [self._build_row(record) for record in chunk.records])

    def _finish_log(self) -> RestoredBlock:
        if self._end is None:
            self._end = self._log.finish()
        return self._end

    def _write_block(self, block: RestoredBlock) -> None:
        """Log and transactions of a block."""
        write_log(self._connection, self._build_head(block), block.decisions, block.tiles, block.bundles)

    def _build_head(self, block: RestoredBlock) -> BlockHead:
        note = self._sign(Checkpoint(self._origin, block.size, block.root).body())
        return BlockHead(block.height, block.time_ms, block.size, block.root, block.state_root, note)

    def _build_row(self, item: SnapshotRecord) -> RecordRow:
        key = item.key.encode()
        key_hash = hash_key(key)
        if key_hash <= self._last_key:
            raise MalformedInput(f"not sorted by the hashes of their keys, or twice: {item.key[:64]!r}", "records")
        self._last_key = key_hash
        return key_hash, hash_record(item.record), key, item.record

    def _iterate_changes(
        self, before: dict[bytes, tuple[str, bytes]]
    ) -> Iterator[tuple[list[RecordChange], dict[bytes, Record]]]:
        """What has changed since genesis, with what it replaced."""
        for rows in iterate_records(self._connection):
            changes, replaced = [], {}
            for key_hash, key, encoded in rows:
                _, old = before.pop(key_hash, ("", b""))
                if old == encoded:
                    continue
                if old:
                    replaced[key_hash] = Record.decode(old)
                record = Record.decode(encoded)
                changes.append(RecordChange(key.decode(), key_hash, hash_record(encoded), encoded, record))
            yield changes, replaced
        gone = [RecordChange(key, key_hash, None, b"", None) for key_hash, (key, _) in sorted(before.items())]
        yield gone, {key_hash: Record.decode(old) for key_hash, (_, old) in before.items()}

    def _write_views(
        self, head: BlockHead, end: RestoredBlock, changes: Sequence[RecordChange], replaced: Mapping[bytes, Record]
    ) -> None:
        undo = UndoRow(head.height, 0, b"", b"", b"", b"", b"")  # no view looks at it
        block = BlockWrite(head, self._manifest.size, end.entry, (), changes, {}, {}, undo, replaced)
        for view in self._views:
            view.write(self._connection, block)
