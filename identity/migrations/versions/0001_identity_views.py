"""The read side of identity: organisations and keys, each row valid for a range of heights."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)
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
        "organisation_rows",
        _key("organisation", TEXT),
        _key("from_height"),
        _column("to_height"),
        _column("roles", sa.Integer),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key_rows",
        _key("public_key", sa.LargeBinary),
        _key("from_height"),
        _column("to_height"),
        _column("organisation", TEXT),
        _column("body", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    op.create_index("key_rows_organisation", "key_rows", ["organisation", "public_key"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("key_rows", "organisation_rows"):
        op.drop_table(table)
