"""Proofs of what chosen keys held at the ends of civil days, and which of them changed on the running one."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key() -> sa.Column[bytes]:
    return sa.Column("key", sa.LargeBinary, primary_key=True, nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table("day_changes", _key())
    op.create_table(
        "day_proofs",
        _key(),
        sa.Column("day", INT, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("day_proofs", "day_changes"):
        op.drop_table(table)
