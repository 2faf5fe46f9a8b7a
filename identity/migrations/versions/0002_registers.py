"""The read side of proposals, authorities, re-enrolments, mandates and credentials."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _key(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _column(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        _key("key", TEXT),
        _column("from_height"),
        _column("mark", TEXT),
        _column("lapse_at_ms"),
        _column("body", sa.LargeBinary),
        _column("lapse_body", sa.LargeBinary),
    )


def upgrade() -> None:
    """Create the tables."""
    op.create_table("register_rows", *_columns(), sqlite_with_rowid=False)
    op.create_index("register_rows_mark", "register_rows", ["mark", "key"])
    op.create_table("closed_register_rows", _key("to_height"), *_columns(), sqlite_with_rowid=False)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("closed_register_rows", "register_rows"):
        op.drop_table(table)
