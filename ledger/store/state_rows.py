"""The SQL behind the state tree: the records, in the order of their key hashes, and one undo row a block.

`records` is the tree's lowest part as well: a bucket of the tree is a range of its primary key. On SQLite it has no row
ids, so the rows themselves lie in that order and a bucket is one page.

Functions take a connection within a transaction of the caller's. They use the driver's own SQL with lists of values:
half the cost of compiled statements.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from struct import pack, unpack
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table

from ledger.merkle.state import UndoIndex, UndoRow
from ledger.store.dialect import adapt, build_delete, build_upsert, is_postgresql, pad, read_among
from ledger.store.schema import metadata

RecordRow = tuple[bytes, bytes, bytes, bytes]
"""(key hash, value hash, key, record), the columns of `records`."""

SCAN_ROWS = 50_000
"""Rows in one piece of a scan."""

PIECE_ROWS = 5_000
"""Records in one piece of an iteration, which are read whole."""

RANGES = 128
"""Ranges in one query on SQLite: half the cost of one query each."""

NO_RANGE = (b"\x01", b"\x00")
"""Holds nothing."""

records = Table(
    "records",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True, nullable=False),
    Column("value_hash", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# Small columns first: SQLite need not pass the large ones to read them.
state_undo = Table(
    "state_undo",
    metadata,
    Column("height", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("level", Integer, nullable=False),
    Column("old_root", LargeBinary, nullable=False),
    Column("prefixes", LargeBinary, nullable=False),
    Column("key_hashes", LargeBinary, nullable=False),
    Column("old_value_hashes", LargeBinary, nullable=False),
    Column("old_nodes", LargeBinary, nullable=False),
    Column("old_records", LargeBinary, nullable=False),
)


_UPSERT_RECORD = build_upsert(records, kept=("key",))
_DELETE_RECORD = build_delete(records, ("key_hash",))
# LATERAL with OFFSET 0 is one search of the index for each range, whatever PostgreSQL believes of the ranges.
_LEAVES_OF_RANGES = (
    "SELECT key_hash, value_hash FROM unnest(%b::bytea[], %b::bytea[]) AS bounds (low, high) CROSS JOIN LATERAL"
    " (SELECT key_hash, value_hash FROM records WHERE key_hash BETWEEN low AND high ORDER BY key_hash OFFSET 0) AS leaf"
)


class SqlLeafRows:
    """The port `LeafRows` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count_leaves(self) -> int:
        """How many records there are."""
        return int(self._one("SELECT count(*) FROM records", ())[0])

    def scan_leaves(self) -> Iterator[Sequence[tuple[bytes, bytes]]]:
        """All leaves in the order of their key hashes, in pieces."""
        # Without a name PostgreSQL's driver would hold all of them at once.
        options = {"name": "leaves"} if is_postgresql(self._connection) else {}
        cursor = self._connection.connection.cursor(**options)
        cursor.execute("SELECT key_hash, value_hash FROM records ORDER BY key_hash")
        while piece := cursor.fetchmany(SCAN_ROWS):
            yield piece
        cursor.close()

    def read_leaves(self, ranges: Sequence[tuple[bytes, bytes]]) -> list[Sequence[tuple[bytes, bytes]]]:
        """The leaves of each range, sorted; the ranges ascend and do not overlap."""
        found: list[Sequence[tuple[bytes, bytes]]] = []
        cursor: Any = self._connection.connection.cursor()
        if is_postgresql(self._connection):
            if ranges:
                cursor.execute(_LEAVES_OF_RANGES, [list(bounds) for bounds in zip(*ranges, strict=True)])
                found.extend(_divide(sorted(cursor.fetchall()), ranges))  # the order is that already, or nearly
        else:
            for start in range(0, len(ranges), RANGES):
                batch = ranges[start : start + RANGES]
                padded = pad(batch, NO_RANGE)
                cursor.execute(_build_range_query(len(padded)), [bound for bounds in padded for bound in bounds])
                found.extend(_divide(sorted(cursor.fetchall()), batch))
        cursor.close()
        return found

    def read_records(self, key_hashes: Sequence[bytes]) -> list[bytes | None]:
        """The record of each key, None where there is none."""
        return read_records(self._connection, key_hashes)

    def read_undo_floor(self) -> int | None:
        """The height of the oldest undo row, None if there is no row."""
        height: int | None = self._one("SELECT min(height) FROM state_undo", ())[0]
        return height

    def read_undo_indices(self, after: int, up_to: int) -> list[UndoIndex]:
        """The undo rows of heights in (after, up_to], ascending."""
        sql = (
            "SELECT height, level, old_root, prefixes FROM state_undo WHERE height > ? AND height <= ? ORDER BY height"
        )
        rows = self._connection.exec_driver_sql(self._sql(sql), (after, up_to))
        return [UndoIndex(*row) for row in rows]

    def read_undo_leaves(self, height: int) -> tuple[bytes, bytes]:
        """`key_hashes` and `old_value_hashes` of one undo row."""
        keys, values = self._one("SELECT key_hashes, old_value_hashes FROM state_undo WHERE height = ?", (height,))
        return keys, values

    def read_undo_nodes(self, height: int) -> bytes:
        """`old_nodes` of one undo row."""
        return bytes(self._one("SELECT old_nodes FROM state_undo WHERE height = ?", (height,))[0])

    def read_undo_records(self, height: int) -> list[bytes | None]:
        """The records that a block replaced, in the order of its key hashes; None where the key was absent."""
        return _decode_records(self._one("SELECT old_records FROM state_undo WHERE height = ?", (height,))[0])

    def _sql(self, sql: str) -> str:
        return adapt(self._connection, sql)

    def _one(self, sql: str, values: tuple[int, ...]) -> Sequence[Any]:
        return self._connection.exec_driver_sql(self._sql(sql), values).one()


def read_record(connection: Connection, key_hash: bytes) -> bytes | None:
    """One record, None if there is none."""
    sql = adapt(connection, "SELECT record FROM records WHERE key_hash = ?")
    row = connection.exec_driver_sql(sql, (key_hash,)).one_or_none()
    return None if row is None else row[0]


def read_records(connection: Connection, key_hashes: Sequence[bytes]) -> list[bytes | None]:
    """The record of each key, None where there is none."""
    rows = read_among(connection, "SELECT key_hash, record FROM records WHERE key_hash", key_hashes)
    found: dict[bytes, bytes] = {row[0]: row[1] for row in rows}
    return [found.get(key_hash) for key_hash in key_hashes]


def iterate_records(connection: Connection) -> Iterator[Sequence[Any]]:
    """All records (key hash, key, record) in the order of their key hashes, in pieces.

    Between two pieces others may use the connection.
    """
    sql = adapt(connection, "SELECT key_hash, key, record FROM records WHERE key_hash > ? ORDER BY key_hash LIMIT ?")
    last = b""
    while rows := connection.exec_driver_sql(sql, (last, PIECE_ROWS)).all():
        yield rows
        last = rows[-1][0]


def write_records(connection: Connection, rows: Sequence[RecordRow]) -> None:
    """Insert or replace records."""
    _UPSERT_RECORD.execute(connection, sorted(rows))


def delete_records(connection: Connection, key_hashes: Sequence[bytes]) -> None:
    """Delete records; one that is not there is passed over."""
    _DELETE_RECORD.execute(connection, [(key_hash,) for key_hash in key_hashes])


def write_undo(connection: Connection, undo: UndoRow, old_records: Mapping[bytes, bytes] | None = None) -> None:
    """Keep what a block replaces; to be called before the block's records are written.

    `old_records`, by key hash, saves reading the replaced records again.
    """
    key_hashes = [undo.key_hashes[at : at + 32] for at in range(0, len(undo.key_hashes), 32)]
    if old_records is None:
        replaced = read_records(connection, key_hashes)
    else:
        replaced = [old_records.get(key_hash) for key_hash in key_hashes]
    sql = (
        "INSERT INTO state_undo "
        "(height, level, old_root, prefixes, key_hashes, old_value_hashes, old_nodes, old_records) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    values = (
        undo.height,
        undo.level,
        undo.old_root,
        undo.prefixes,
        undo.key_hashes,
        undo.old_value_hashes,
        undo.old_nodes,
        _encode_records(replaced),
    )
    connection.exec_driver_sql(adapt(connection, sql), values)


def prune_undo(connection: Connection, oldest: int) -> None:
    """Forget the states before the height `oldest`: undo rows of blocks up to that height."""
    connection.exec_driver_sql(adapt(connection, "DELETE FROM state_undo WHERE height <= ?"), (oldest,))


@cache
def _build_range_query(ranges: int) -> str:
    """Many ranges joined to the records. CROSS JOIN: SQLite keeps the order of the loops, so each range is one seek."""
    bounds = ", ".join(["(?, ?)"] * ranges)
    return (
        f"WITH bounds (low, high) AS (VALUES {bounds}) SELECT key_hash, value_hash FROM bounds"
        " CROSS JOIN records WHERE key_hash BETWEEN low AND high"
    )


def _divide(
    leaves: Sequence[tuple[bytes, bytes]], ranges: Sequence[tuple[bytes, bytes]]
) -> Iterator[Sequence[tuple[bytes, bytes]]]:
    start, count = 0, len(leaves)
    for _, high in ranges:
        end = start
        while end < count and leaves[end][0] <= high:
            end += 1
        yield leaves[start:end]
        start = end


def _encode_records(found: Sequence[bytes | None]) -> bytes:
    """Count, sizes plus one (0: none), and the records behind one another."""
    sizes = [0 if record is None else len(record) + 1 for record in found]
    return pack(f"<{1 + len(sizes)}I", len(sizes), *sizes) + b"".join(record for record in found if record is not None)


def _decode_records(encoded: bytes) -> list[bytes | None]:
    (count,) = unpack("<I", encoded[:4])
    start = 4 + 4 * count
    ends = [start]
    sizes = unpack(f"<{count}I", encoded[4:start])
    for size in sizes:
        ends.append(ends[-1] + max(size - 1, 0))
    return [encoded[low:high] if size else None for size, (low, high) in zip(sizes, pairwise(ends), strict=True)]
