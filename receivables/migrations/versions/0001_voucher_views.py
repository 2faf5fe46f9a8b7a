"""The read side of vouchers: packages, ranges and claims as they are and as they were, and what told of a package."""

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


def _package_columns() -> tuple[sa.Column[Any], ...]:
    return (
        _column("from_height"),
        _column("lapse_at_ms"),
        _column("payee", TEXT),
        _column("stage", sa.Integer),
        _column("lapsed_stage", sa.Integer),
        _column("due_on", sa.Integer),
        _column("face_fen"),
        _column("paid_fen"),
        _column("body", sa.LargeBinary),
        _column("lapse_body", sa.LargeBinary),
    )


def _range_key() -> tuple[sa.Column[Any], ...]:
    return (_key("package", TEXT), _key("range_start"), _key("range_end"))


def _voucher_columns() -> tuple[sa.Column[Any], ...]:
    return (
        _column("from_height"),
        _column("lapse_at_ms"),
        _column("holder", TEXT),
        _column("counterparty", TEXT),
        _column("stage", sa.Integer),
        _column("circulation", sa.Integer),
        _column("lapsed_circulation", sa.Integer),
        _column("paid_fen"),
        _column("body", sa.LargeBinary),
        _column("lapse_body", sa.LargeBinary),
    )


def upgrade() -> None:
    """Create the tables."""
    op.create_table("package_rows", _key("package", TEXT), *_package_columns(), sqlite_with_rowid=False)
    op.create_index("package_rows_payee", "package_rows", ["payee", "package"])
    op.create_index("package_rows_due_on", "package_rows", ["due_on", "package"])
    op.create_table(
        "closed_package_rows", _key("to_height"), _key("package", TEXT), *_package_columns(), sqlite_with_rowid=False
    )
    op.create_index("closed_package_rows_package", "closed_package_rows", ["package", "to_height"])
    op.create_table("voucher_rows", *_range_key(), *_voucher_columns(), sqlite_with_rowid=False)
    op.create_index("voucher_rows_holder", "voucher_rows", ["holder", "package", "range_start"])
    op.create_index(
        "voucher_rows_counterparty",
        "voucher_rows",
        ["counterparty", "package", "range_start"],
        sqlite_where=ANSWERING,
        postgresql_where=ANSWERING,
    )
    op.create_table(
        "closed_voucher_rows", _key("to_height"), *_range_key(), *_voucher_columns(), sqlite_with_rowid=False
    )
    op.create_table(
        "claim_rows",
        *_range_key(),
        _key("from_height"),
        _column("to_height"),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table("package_transactions", _key("package", TEXT), _key("leaf_index"), sqlite_with_rowid=False)
    op.create_table("hold_rows", _key("at_ms"), _key("hold", TEXT), _column("what", TEXT), sqlite_with_rowid=False)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("hold_rows", "package_transactions", "claim_rows"):
        op.drop_table(table)
    for table in ("voucher_rows", "package_rows"):
        op.drop_table(f"closed_{table}")
        op.drop_table(table)
