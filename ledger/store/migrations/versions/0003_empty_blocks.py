"""The newest height of a block that changed nothing, for an engine that numbers such blocks too."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0003"
down_revision = "ledger_0002"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "empty_blocks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("height", INT, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("empty_blocks")
