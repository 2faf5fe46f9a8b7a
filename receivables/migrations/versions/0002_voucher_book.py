"""The read side of lines and of receivables to be confirmed, and who gave what to whom."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "receivables_0002"
down_revision = "receivables_0001"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _key(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _column(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "line_rows",
        _key("line", TEXT),
        *(_column(name, TEXT) for name in ("grantor", "holder", "group_line")),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("line_rows_grantor", "line_rows", ["grantor", "line"])
    op.create_index("line_rows_holder", "line_rows", ["holder", "line"])
    op.create_index("line_rows_group", "line_rows", ["group_line", "line"])
    op.create_table(
        "receivable_rows",
        _key("receivable", TEXT),
        _column("creditor", TEXT),
        _column("debtor", TEXT),
        _column("stage", sa.Integer),
        _column("lapse_at_ms"),
        _column("lapsed_stage", sa.Integer),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("receivable_rows_creditor", "receivable_rows", ["creditor", "receivable"])
    op.create_index("receivable_rows_debtor", "receivable_rows", ["debtor", "receivable"])
    op.create_table(
        "flow_rows",
        _key("leaf_index"),
        _key("place", sa.Integer),
        _column("day", sa.Integer),
        _column("kind", sa.Integer),
        _column("package", TEXT),
        _column("range_start"),
        _column("range_end"),
        _column("giver", TEXT),
        _column("receiver", TEXT),
        _column("amount_fen"),
        sqlite_with_rowid=False,
    )
    op.create_index("flow_rows_giver", "flow_rows", ["giver", "day"])
    op.create_index("flow_rows_receiver", "flow_rows", ["receiver", "day"])
    op.create_index("flow_rows_day", "flow_rows", ["day"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("flow_rows", "receivable_rows", "line_rows"):
        op.drop_table(table)
