"""The tables of the read side, and which of their rows hold at a height and a time.

What holds now and what held before lie apart. A change copies the row of its key, with the height that ended it, to the
closed ones, and then writes over it. So the rows of now stay few and close together, and the closed ones, whose key
begins with that height, are appended: a block touches few pages, and a page is what a commit costs.

| table | a row is | indexes beside the primary key |
|---|---|---|
| `package_rows` | what a package means | (payee, package), (due_on, package) |
| `closed_package_rows` | what it meant until a height | (package, to_height) |
| `voucher_rows` | what a range means | (holder, package, start); (counterparty, package, start) of locks |
| `closed_voucher_rows` | what it meant until a height | – |
| `claim_rows` | the claim on a range, open ones and closed | – |
| `package_transactions` | that a transaction did something to a package | – |
| `hold_rows` | what waits to be freed, by the time from which it may be | – |
| `line_rows` | what a line means | (grantor, line), (holder, line), (group, line) |
| `receivable_rows` | what a receivable to be confirmed means | (creditor, receivable), (debtor, receivable) |
| `succession_rows` | that an organisation became the debtor of another's package | – |
| `flow_rows` | that a range, or a whole package, went from one to another | (giver, day), (receiver, day), (day) |

1. As of the newest block the open rows are all that hold. As of an older one: the open rows that began not after it,
   and the closed rows that began not after it and ended after it.
2. A row holds for all times. From `lapse_at_ms` on it means its `lapse_body`, and what a lapse changes stands in a
   column of its own: of a package the stage, of a range the circulation; its lock is gone.
3. Payee and face of a package never change, its due day only where it is accelerated; a package is never deleted.
4. Lines and receivables are read as of now only: none is ever deleted, and those whom a list asks for never change.
5. A flow, and that somebody once became debtor, are facts of the past and never change.

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

OPEN = 2**63 - 1
"""The end of what has not ended."""

metadata = MetaData()

Int = BigInteger().with_variant(Integer, "sqlite")
# Ordered by bytes on every database, so that a cursor means the same place, and a package lies behind its issuer's id.
Text = String().with_variant(String(collation="C"), "postgresql")


def _key(name: str, kind: object = Int) -> Column[object]:
    return Column(name, kind, primary_key=True, autoincrement=False, nullable=False)  # type: ignore[arg-type]  # a type engine


def _column(name: str, kind: object = Int) -> Column[object]:
    return Column(name, kind, nullable=False)  # type: ignore[arg-type]  # a type engine


def _package_columns() -> tuple[Column[object], ...]:
    return (
        _column("from_height"),
        _column("lapse_at_ms"),  # OPEN: never
        _column("payee", Text),
        _column("stage", Integer),
        _column("lapsed_stage", Integer),
        _column("due_on", Integer),  # nominal civil day
        _column("face_fen"),
        _column("paid_fen"),  # P, on the whole package
        _column("body", LargeBinary),  # Package bytes
        _column("lapse_body", LargeBinary),
    )


def _voucher_columns() -> tuple[Column[object], ...]:
    return (
        _column("from_height"),
        _column("lapse_at_ms"),  # OPEN: never
        _column("holder", Text),
        _column("counterparty", Text),  # who is to answer a lock; else empty
        _column("stage", Integer),
        _column("circulation", Integer),
        _column("lapsed_circulation", Integer),
        _column("paid_fen"),  # on this range alone, less what came back of its shares of P
        _column("body", LargeBinary),  # Voucher bytes
        _column("lapse_body", LargeBinary),
    )


package_rows = Table(
    "package_rows",
    metadata,
    _key("package", Text),
    *_package_columns(),
    Index("package_rows_payee", "payee", "package"),
    Index("package_rows_due_on", "due_on", "package"),
    sqlite_with_rowid=False,
)

closed_package_rows = Table(
    "closed_package_rows",
    metadata,
    _key("to_height"),
    _key("package", Text),
    *_package_columns(),
    Index("closed_package_rows_package", "package", "to_height"),
    sqlite_with_rowid=False,
)

voucher_rows = Table(
    "voucher_rows",
    metadata,
    _key("package", Text),
    _key("range_start"),
    _key("range_end"),
    *_voucher_columns(),
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

closed_voucher_rows = Table(
    "closed_voucher_rows",
    metadata,
    _key("to_height"),
    _key("package", Text),
    _key("range_start"),
    _key("range_end"),
    *_voucher_columns(),
    sqlite_with_rowid=False,
)

# Few ranges are ever pledged, and a claim changes twice: here open rows and closed ones lie together.
claim_rows = Table(
    "claim_rows",
    metadata,
    _key("package", Text),
    _key("range_start"),
    _key("range_end"),
    _key("from_height"),
    _column("to_height"),  # OPEN: it holds
    _column("body", LargeBinary),  # Claim bytes
    sqlite_with_rowid=False,
)

# Its events lie in the ledger's `transactions`.
package_transactions = Table(
    "package_transactions",
    metadata,
    _key("package", Text),
    _key("leaf_index"),
    sqlite_with_rowid=False,
)

# Only of now: when it is freed it is gone. Its key begins with the time, since that is what it is asked by.
hold_rows = Table(
    "hold_rows",
    metadata,
    _key("at_ms"),
    _key("hold", Text),  # its key without `holds/`
    _column("what", Text),  # key of the record that it belongs to
    sqlite_with_rowid=False,
)

line_rows = Table(
    "line_rows",
    metadata,
    _key("line", Text),
    _column("grantor", Text),
    _column("holder", Text),
    _column("group_line", Text),  # empty: it is in none
    _column("body", LargeBinary),  # Line bytes
    Index("line_rows_grantor", "grantor", "line"),
    Index("line_rows_holder", "holder", "line"),
    Index("line_rows_group", "group_line", "line"),
    sqlite_with_rowid=False,
)

receivable_rows = Table(
    "receivable_rows",
    metadata,
    _key("receivable", Text),
    _column("creditor", Text),
    _column("debtor", Text),
    _column("stage", Integer),
    _column("lapse_at_ms"),  # OPEN: never
    _column("lapsed_stage", Integer),
    _column("body", LargeBinary),  # Receivable bytes
    Index("receivable_rows_creditor", "creditor", "receivable"),
    Index("receivable_rows_debtor", "debtor", "receivable"),
    sqlite_with_rowid=False,
)

# Written once for each acceptance: appended, since the key begins with the log index.
succession_rows = Table(
    "succession_rows",
    metadata,
    _key("debtor", Text),
    _key("package", Text),
    _key("from_height"),
    sqlite_with_rowid=False,
)

flow_rows = Table(
    "flow_rows",
    metadata,
    _key("leaf_index"),
    _key("place", Integer),  # among the flows of its transaction
    _column("day", Integer),  # civil day
    _column("kind", Integer),  # command kind
    _column("package", Text),
    _column("range_start"),  # 0: the whole package
    _column("range_end"),
    _column("giver", Text),
    _column("receiver", Text),
    _column("amount_fen"),
    Index("flow_rows_giver", "giver", "day"),
    Index("flow_rows_receiver", "receiver", "day"),
    Index("flow_rows_day", "day"),
    sqlite_with_rowid=False,
)


def holds_at_height(table: FromClause, height: int) -> ColumnElement[bool]:
    """The rows of one table that hold after the block at `height`; of open rows those that began not after it."""
    began = table.c.from_height <= height
    return and_(began, table.c.to_height > height) if "to_height" in table.c else began
