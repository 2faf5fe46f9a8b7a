"""The kernel's store on a SQL database: SQLite by default, PostgreSQL in production.

One connection; a block is one database transaction: undo, records, log, transactions, views, height. The head of the
log in `blocks` is written with the rest, so a crash at any instant leaves the block before or this one.

With a second connection `aside` the commit itself, which is the database's own work and needs no interpreter, runs in a
thread; until it is finished, records and decisions are read through `aside`. `after_commit` may do upkeep then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from sqlalchemy import Connection

from ledger.execution import Decision
from ledger.merkle.log import TILE_HEIGHT, TILE_WIDTH, TileId
from ledger.store import schema
from ledger.store.absence import KeyFilter
from ledger.store.dialect import adapt, build_insert, build_upsert, read_among
from ledger.store.paging import read_restored
from ledger.store.port import BlockHead, BlockWrite, HistoryNotKept, Restored, StoredTransaction
from ledger.store.state_rows import SqlLeafRows, delete_records, prune_undo, write_records, write_undo

_INSERT_BLOCK = "INSERT INTO blocks (height, time_ms, size, root, state_root, checkpoint) VALUES (?, ?, ?, ?, ?, ?)"
_INSERT_TRANSACTION = build_insert(schema.transactions)
_UPSERT_TILE, _UPSERT_BUNDLE = build_upsert(schema.tiles), build_upsert(schema.bundles)
_UPSERT_EMPTY = build_upsert(schema.empty_blocks)
_HEAD = "SELECT height, time_ms, size, root, state_root, checkpoint FROM blocks"
_DECISION = "SELECT leaf_index, id, height, code, command_index, field, events FROM transactions"


class View(Protocol):
    """The read side of a domain: tables that are written with the block and can be rebuilt from it."""

    def write(self, connection: Connection, block: BlockWrite) -> None:
        """Bring the tables to the state after `block`, inside its database transaction."""
        ...


class SqlStore(SqlLeafRows):
    """The store on one connection of the caller's. Used by one thread."""

    def __init__(
        self,
        connection: Connection,
        views: Sequence[View] = (),
        keep_ms: int = 3_600_000,
        aside: Connection | None = None,
        after_commit: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        super().__init__(connection)
        self._views = views
        self._keep_ms = keep_ms
        self._pruned_at_ms = 0
        self._aside = connection if aside is None else aside
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit") if aside is not None else None
        self._commit: Future[None] | None = None
        self._after_commit = after_commit
        self._direct = connection.connection.cursor()
        self._direct_aside = self._aside.connection.cursor()
        self._keys: KeyFilter | None = None  # from the first whole scan on; no other store writes meanwhile
        self._read_record_sql = adapt(connection, "SELECT record FROM records WHERE key_hash = ?")

    def read_head(self) -> BlockHead | None:
        """The last committed block, None before genesis."""
        return self._read_head(f"{_HEAD} ORDER BY height DESC LIMIT 1", ())

    def read_head_at(self, height: int) -> BlockHead | None:
        """The block at a height, or the last before it where an engine left heights out."""
        return self._read_head(f"{_HEAD} WHERE height <= ? ORDER BY height DESC LIMIT 1", (height,))

    def read_head_of_size(self, size: int) -> BlockHead | None:
        """The block that ended with the log at `size`, None where no block did."""
        return self._read_head(f"{_HEAD} WHERE size = ?", (size,))

    def read_restored(self) -> Restored | None:
        """The snapshot with which the node began, None where it has been there from genesis on."""
        return read_restored(self._connection)

    def read_kept_height(self) -> int:
        """The newest height of a block that changed nothing; 0 where none was noted."""
        row = self._fetch_one("SELECT height FROM empty_blocks WHERE id = 1", ())
        return 0 if row is None else int(row[0])

    def keep_height(self, height: int) -> None:
        """Note, durably, that the block at this height was committed and changed nothing."""
        try:
            _UPSERT_EMPTY.execute(self._connection, [(1, height)])
            self._connection.commit()
        except BaseException:
            self._roll_back()
            raise

    def read_genesis(self) -> bytes | None:
        """The Genesis bytes with which the store began."""
        row = self._fetch_one("SELECT genesis FROM genesis", ())
        return None if row is None else row[0]

    def read_record(self, key_hash: bytes) -> bytes | None:
        """The encoded record under a key hash."""
        if self._keys is not None and self._keys.is_absent(key_hash):
            return None
        # The driver's own cursor: several reads a transaction, a tenth of SQLAlchemy's cost for each.
        cursor = self._direct if self._commit is None else self._direct_aside
        cursor.execute(self._read_record_sql, (key_hash,))
        row = cursor.fetchone()
        return None if row is None else row[0]

    def scan_leaves(self) -> Iterator[Sequence[tuple[bytes, bytes]]]:
        """All leaves in the order of their key hashes, in pieces; whoever has read them all knows what is absent."""
        keys = KeyFilter(self.count_leaves())
        for piece in super().scan_leaves():
            keys.add_leaves(piece)
            yield piece
        self._keys = keys

    def read_decisions(self, ids: Sequence[bytes]) -> dict[bytes, Decision]:
        """Earlier decisions of these transaction ids."""
        found = {}
        connection = self._connection if self._commit is None else self._aside
        for row in read_among(connection, f"{_DECISION} WHERE id", ids):
            index, identity, height, code, command, field, events = row
            found[identity] = Decision(identity, code, command, field, index, height, events=events)
        return found

    def read_transaction(self, identity: bytes) -> StoredTransaction | None:
        """A decided transaction with its signed bytes."""
        row = self._fetch_one(
            "SELECT leaf_index, height, code, command_index, field, signed, events FROM transactions WHERE id = ?",
            (identity,),
        )
        if row is None:
            return None
        index, height, code, command, field, signed, events = row
        return StoredTransaction(signed, Decision(identity, code, command, field, index, height, events=events))

    def read_tiles(self, tile_ids: Sequence[TileId]) -> Mapping[TileId, bytes]:
        """The widest stored version of each hash tile."""
        sql = "SELECT hashes FROM tiles WHERE level = ? AND tile_index = ?"
        found = {tile_id: self._fetch_one(sql, tile_id) for tile_id in tile_ids}
        for (level, index), row in found.items():
            if row is None:
                self._refuse_older(index << TILE_HEIGHT * (level + 1))
        return {tile_id: row[0] for tile_id, row in found.items() if row is not None}

    def read_bundle(self, index: int) -> bytes:
        """The widest stored version of an entry bundle."""
        row = self._fetch_one("SELECT entries FROM bundles WHERE bundle_index = ?", (index,))
        if row is None:
            self._refuse_older(index * TILE_WIDTH)
        return b"" if row is None else row[0]

    def read_blocks(self, after: int, limit: int) -> list[tuple[BlockHead, list[bytes]]]:
        """Blocks above a height with their logged transactions in order, for a replay."""
        rows = self._fetch_all(f"{_HEAD} WHERE height > ? ORDER BY height LIMIT ?", (after, limit))
        sql = "SELECT signed FROM transactions WHERE height = ? ORDER BY leaf_index"
        return [(BlockHead(*row), [found[0] for found in self._fetch_all(sql, (row[0],))]) for row in rows]

    def read_day_changes(self) -> list[str]:
        """The keys that `DayChanges` noted since the running day began, sorted."""
        return [row[0].decode() for row in self._fetch_all("SELECT key FROM day_changes ORDER BY key", ())]

    def write_genesis(self, genesis: bytes, block: BlockWrite) -> None:
        """Begin: block 0 and the genesis, in one database transaction."""
        try:
            self._execute("INSERT INTO genesis (id, genesis) VALUES (1, ?)", (genesis,))
            self._write(block)
            self._connection.commit()
        except BaseException:
            self._roll_back()
            raise

    def write_block(self, block: BlockWrite) -> None:
        """Begin to keep one block whole, in one database transaction; with `aside` its commit begins in the thread."""
        try:
            self._write(block)
        except BaseException:
            self._roll_back()
            raise
        if self._thread is not None:
            self._commit = self._thread.submit(self._connection.commit)

    def finish_block(self) -> None:
        """Wait until the block that was begun is durable. On an error it may have been kept or not."""
        commit, self._commit = self._commit, None
        try:
            if commit is None:
                self._connection.commit()
            else:
                commit.result()
        except BaseException:
            self._roll_back()
            raise
        self._after_commit(self._connection)

    def _roll_back(self) -> None:
        with suppress(Exception):  # of a connection that was lost; what was met first is told
            self._connection.rollback()
            # SQLAlchemy sends no ROLLBACK once its COMMIT has failed, and what was written would be read back.
            self._direct.connection.rollback()

    def _write(self, block: BlockWrite) -> None:
        self._write_state(block)
        write_log(self._connection, block.head, block.decisions, block.tiles, block.bundles)
        for view in self._views:
            view.write(self._connection, block)
        self._prune(block.head.time_ms)

    def _write_state(self, block: BlockWrite) -> None:
        replaced = {key_hash: record.encode() for key_hash, record in block.replaced.items()}
        write_undo(self._connection, block.undo, replaced)
        rows, gone = [], []
        for change in block.changes:
            if change.value_hash is None:
                gone.append(change.key_hash)
            else:
                rows.append((change.key_hash, change.value_hash, change.key.encode(), change.encoded))
        write_records(self._connection, rows)
        if self._keys is not None:
            self._keys.add(row[0] for row in rows)
        delete_records(self._connection, gone)

    def _refuse_older(self, index: int) -> None:
        """HistoryNotKept where the log from this index on is missing since the node began with a snapshot."""
        found = self.read_restored()
        if found is not None and index < found.first_index:
            raise HistoryNotKept(
                f"this node began with a snapshot of block {found.height}; the log before index {found.first_index}"
                " is fetched from other nodes, and this part is not here yet"
            )

    def _prune(self, time_ms: int) -> None:
        """Forget old states once in a tenth of the time for which they are kept."""
        if time_ms - self._pruned_at_ms < self._keep_ms // 10:
            return
        self._pruned_at_ms = time_ms
        row = self._fetch_one("SELECT max(height) FROM blocks WHERE time_ms < ?", (time_ms - self._keep_ms,))
        if row is not None and row[0] is not None:
            prune_undo(self._connection, row[0])

    def _read_head(self, sql: str, values: tuple[int, ...]) -> BlockHead | None:
        row = self._fetch_one(sql, values)
        return None if row is None else BlockHead(*row)

    def _fetch_one(self, sql: str, values: tuple[Any, ...]) -> Any:
        return self._connection.exec_driver_sql(adapt(self._connection, sql), values).one_or_none()

    def _fetch_all(self, sql: str, values: tuple[Any, ...]) -> Sequence[Any]:
        return self._connection.exec_driver_sql(adapt(self._connection, sql), values).all()

    def _execute(self, sql: str, values: tuple[Any, ...]) -> None:
        self._connection.exec_driver_sql(adapt(self._connection, sql), values)


def write_log(
    connection: Connection,
    head: BlockHead,
    decisions: Sequence[Decision],
    tiles: Mapping[TileId, bytes],
    bundles: Mapping[int, bytes],
) -> None:
    """A block's row, its transactions, and what they make of the log, within a transaction of the caller's."""
    rows = [
        (d.index, d.id, d.height, d.code, d.command_index, d.field, d.transaction.signed, d.events)
        for d in decisions
        if d.transaction is not None
    ]
    values = (head.height, head.time_ms, head.size, head.root, head.state_root, head.checkpoint)
    connection.exec_driver_sql(adapt(connection, _INSERT_BLOCK), values)
    _INSERT_TRANSACTION.execute(connection, rows)
    write_tiles(connection, tiles)
    write_bundles(connection, bundles)


def write_tiles(connection: Connection, tiles: Mapping[TileId, bytes]) -> None:
    """Keep tiles, within a transaction of the caller's."""
    _UPSERT_TILE.execute(connection, [(*tile_id, hashes) for tile_id, hashes in tiles.items()])


def write_bundles(connection: Connection, bundles: Mapping[int, bytes]) -> None:
    """Keep bundles, within a transaction of the caller's."""
    _UPSERT_BUNDLE.execute(connection, list(bundles.items()))
