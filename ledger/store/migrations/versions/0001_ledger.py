"""The ledger's own tables: genesis, blocks, transactions, log, state."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _bytes(name: str, unique: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False, unique=unique)


def _int(name: str, unique: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=False, unique=unique)


def upgrade() -> None:
    """Create the tables."""
    op.create_table("genesis", _key("id", sa.Integer), _bytes("genesis"))
    op.create_table(
        "blocks",
        _key("height", INT),
        _int("time_ms"),
        _int("size", unique=True),
        _bytes("root"),
        _bytes("state_root"),
        _bytes("checkpoint"),
    )
    op.create_table(
        "transactions",
        _key("leaf_index", INT),
        _bytes("id", unique=True),
        _int("height"),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("command_index", sa.Integer, nullable=False),
        sa.Column("field", sa.Integer, nullable=False),
        _bytes("signed"),
        _bytes("events"),
    )
    op.create_table("tiles", _key("level", sa.Integer), _key("tile_index", INT), _bytes("hashes"))
    op.create_table("bundles", _key("bundle_index", INT), _bytes("entries"))
    op.create_table(
        "records",
        _key("key_hash", sa.LargeBinary),
        _bytes("value_hash"),
        _bytes("key"),
        _bytes("record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "state_undo",
        _key("height", INT),
        sa.Column("level", sa.Integer, nullable=False),
        *(
            _bytes(name)
            for name in ("old_root", "prefixes", "key_hashes", "old_value_hashes", "old_nodes", "old_records")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("state_undo", "records", "bundles", "tiles", "transactions", "blocks", "genesis"):
        op.drop_table(table)
