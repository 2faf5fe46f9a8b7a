"""Whether the node began with a snapshot, and with which."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0004"
down_revision = "ledger_0003"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "restored",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("height", INT, nullable=False),
        sa.Column("first_index", INT, nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("restored")
