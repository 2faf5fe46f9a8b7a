"""The read side of vouchers: packages, ranges, claims and steps, each row valid for a range of heights and of times."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "receivables_0001"
down_revision = None
branch_labels = ("receivables",)
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ANSWERING = sa.text("counterparty <> ''")


def _key(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _column(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "package_rows",
        _key("package", TEXT),
        _key("from_height"),
        _key("from_ms"),
        _column("to_height"),
        _column("to_ms"),
        _column("payee", TEXT),
        _column("stage", sa.Integer),
        _column("due_on", sa.Integer),
        _column("face_fen"),
        _column("paid_fen"),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("package_rows_payee", "package_rows", ["payee", "package"])
    op.create_index("package_rows_due_on", "package_rows", ["due_on", "package"])
    op.create_table(
        "voucher_rows",
        _key("package", TEXT),
        _key("range_start"),
        _key("range_end"),
        _key("from_height"),
        _key("from_ms"),
        _column("to_height"),
        _column("to_ms"),
        _column("holder", TEXT),
        _column("stage", sa.Integer),
        _column("circulation", sa.Integer),
        _column("counterparty", TEXT),
        _column("paid_fen"),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("voucher_rows_holder", "voucher_rows", ["holder", "package", "range_start"])
    op.create_index(
        "voucher_rows_counterparty",
        "voucher_rows",
        ["counterparty", "package", "range_start"],
        sqlite_where=ANSWERING,
        postgresql_where=ANSWERING,
    )
    op.create_table(
        "claim_rows",
        _key("package", TEXT),
        _key("range_start"),
        _key("range_end"),
        _key("from_height"),
        _column("to_height"),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "voucher_events",
        _key("package", TEXT),
        _key("leaf_index"),
        _key("ordinal", sa.Integer),
        _column("height"),
        _column("time_ms"),
        _column("transaction_id", sa.LargeBinary),
        _column("kind", sa.Integer),
        _column("range_start"),
        _column("range_end"),
        _column("parent_start"),
        _column("parent_end"),
        _column("event", sa.LargeBinary),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("voucher_events", "claim_rows", "voucher_rows", "package_rows"):
        op.drop_table(table)
