"""The tables of the store, on one `metadata`. Integers and bytes only; the state's own tables are in `state_rows`.

The log lies as C2SP tiles and bundles; the transactions lie beside it, under access control.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table

metadata = MetaData()

# SQLite knows only one kind of integer, and INTEGER PRIMARY KEY is its row id: no second tree is kept.
Int = BigInteger().with_variant(Integer, "sqlite")

genesis = Table(
    "genesis",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("genesis", LargeBinary, nullable=False),  # Genesis bytes
)

blocks = Table(
    "blocks",
    metadata,
    Column("height", Int, primary_key=True, autoincrement=False),
    Column("time_ms", Int, nullable=False),
    Column("size", Int, nullable=False, unique=True),  # of the log after the block
    Column("root", LargeBinary, nullable=False),
    Column("state_root", LargeBinary, nullable=False),
    Column("checkpoint", LargeBinary, nullable=False),  # C2SP signed note
)

transactions = Table(
    "transactions",
    metadata,
    Column("leaf_index", Int, primary_key=True, autoincrement=False),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("height", Int, nullable=False),
    Column("code", Integer, nullable=False),
    Column("command_index", Integer, nullable=False),
    Column("field", Integer, nullable=False),
    Column("signed", LargeBinary, nullable=False),  # SignedTransaction bytes
    Column("events", LargeBinary, nullable=False),  # Events bytes
)

tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile_index", Int, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),  # the widest version
)

bundles = Table(
    "bundles",
    metadata,
    Column("bundle_index", Int, primary_key=True, autoincrement=False),
    Column("entries", LargeBinary, nullable=False),  # the widest version
)

empty_blocks = Table(
    "empty_blocks",  # one row: the newest height at which an engine committed a block that changed nothing
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("height", Int, nullable=False),
)

day_changes = Table(
    "day_changes",  # keys of which a proof is kept, changed on the civil day of the last block
    metadata,
    Column("key", LargeBinary, primary_key=True),
)

day_proofs = Table(
    "day_proofs",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("day", Int, primary_key=True, autoincrement=False),  # civil day at whose end the key held this
    Column("proof", LargeBinary, nullable=False),  # Proof bytes
)

restored = Table(
    "restored",  # no row: the node has been there from genesis on
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("height", Int, nullable=False),  # of the snapshot with which the node began
    Column("first_index", Int, nullable=False),  # of the log, in that snapshot
)
