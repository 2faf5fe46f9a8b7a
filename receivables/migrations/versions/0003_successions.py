"""Which packages an organisation owes that another has issued."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "receivables_0003"
down_revision = "receivables_0002"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _key(name: str, kind: Any = INT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "succession_rows", _key("debtor", TEXT), _key("package", TEXT), _key("from_height"), sqlite_with_rowid=False
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("succession_rows")
