"""The tables of the read side, and which of their rows hold at a height and a time.

A row holds for heights from_height ≤ h < to_height and times from_ms ≤ t < to_ms. A record with a lapse has two rows of
one height: what it means until the lapse, and what from it on. The newest rows end at OPEN.

A change closes the rows of its key in place and adds new ones; no index holds `to_height` or `to_ms`, so closing moves
nothing. Primary keys end in `from_height`, so the newest rows of a key are found without reading the older ones.

| table | a row is | indexes beside the primary key |
|---|---|---|
| `package_rows` | what a package meant | (payee, package), (due_on, package) |
| `voucher_rows` | what a range meant | (holder, package, start); (counterparty, package, start) of locks |
| `claim_rows` | the claim on a range | – |
| `voucher_events` | a step in a package's life | – |

An issuer needs no index: a package id begins with it.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    text,
)

from ledger.store.paging import Position

OPEN = 2**63 - 1
"""The end of what has not ended."""

metadata = MetaData()

Int = BigInteger().with_variant(Integer, "sqlite")
# Ordered by bytes on every database, so that a cursor means the same place, and a package lies behind its issuer's id.
Text = String().with_variant(String(collation="C"), "postgresql")


def _key(name: str, kind: object = Int) -> Column[object]:
    return Column(name, kind, primary_key=True, autoincrement=False, nullable=False)  # type: ignore[arg-type]  # a type engine


package_rows = Table(
    "package_rows",
    metadata,
    _key("package", Text),
    _key("from_height"),
    _key("from_ms"),
    Column("to_height", Int, nullable=False),
    Column("to_ms", Int, nullable=False),
    Column("payee", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("due_on", Integer, nullable=False),  # nominal civil day
    Column("face_fen", Int, nullable=False),
    Column("paid_fen", Int, nullable=False),  # P, on the whole package
    Column("body", LargeBinary, nullable=False),  # Package bytes
    Index("package_rows_payee", "payee", "package"),
    Index("package_rows_due_on", "due_on", "package"),
    sqlite_with_rowid=False,
)

voucher_rows = Table(
    "voucher_rows",
    metadata,
    _key("package", Text),
    _key("range_start"),
    _key("range_end"),
    _key("from_height"),
    _key("from_ms"),
    Column("to_height", Int, nullable=False),
    Column("to_ms", Int, nullable=False),
    Column("holder", Text, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("circulation", Integer, nullable=False),
    Column("counterparty", Text, nullable=False),  # who is to answer a lock; else empty
    Column("paid_fen", Int, nullable=False),  # on this range alone
    Column("body", LargeBinary, nullable=False),  # Voucher bytes
    Index("voucher_rows_holder", "holder", "package", "range_start"),
    Index(
        "voucher_rows_counterparty",
        "counterparty",
        "package",
        "range_start",
        sqlite_where=text("counterparty <> ''"),
        postgresql_where=text("counterparty <> ''"),
    ),
    sqlite_with_rowid=False,
)

claim_rows = Table(
    "claim_rows",
    metadata,
    _key("package", Text),
    _key("range_start"),
    _key("range_end"),
    _key("from_height"),
    Column("to_height", Int, nullable=False),
    Column("body", LargeBinary, nullable=False),  # Claim bytes
    sqlite_with_rowid=False,
)

voucher_events = Table(
    "voucher_events",
    metadata,
    _key("package", Text),
    _key("leaf_index"),
    _key("ordinal", Integer),  # among the events of its transaction
    Column("height", Int, nullable=False),
    Column("time_ms", Int, nullable=False),
    Column("transaction_id", LargeBinary, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("range_start", Int, nullable=False),  # start and end 0: the package
    Column("range_end", Int, nullable=False),
    Column("parent_start", Int, nullable=False),  # the range that was cut; 0: none
    Column("parent_end", Int, nullable=False),
    Column("event", LargeBinary, nullable=False),  # VoucherEvent bytes
    sqlite_with_rowid=False,
)


def holds_at_height(table: FromClause, height: int) -> ColumnElement[bool]:
    """The rows that hold after the block at `height`."""
    return and_(table.c.from_height <= height, table.c.to_height > height)


def holds_at(table: FromClause, position: Position) -> ColumnElement[bool]:
    """The rows that hold after a block, at a time not before it."""
    at_time = and_(table.c.from_ms <= position.time_ms, table.c.to_ms > position.time_ms)
    return and_(holds_at_height(table, position.height), at_time)
