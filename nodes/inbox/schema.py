"""The tables of the inbox, in an SQLite file of their own, whatever database the ledger has.

So a call never waits for the ledger's writer, nor a block for a call. It is no evidence and needs no migration yet: the
file says its version, and another one is refused.
"""

from pathlib import Path

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    inspect,
)
from sqlalchemy.exc import DatabaseError

from ledger.errors import MalformedInput

VERSION = 1

metadata = MetaData()

items = Table(
    "inbox_items",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # the transaction's id
    Column("signed", LargeBinary, nullable=False),  # SignedTransaction bytes, with all signatures so far
    Column("state", Integer, nullable=False),  # InboxState
    Column("put_by", String, nullable=False),  # organisation id
    Column("put_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("receipt", LargeBinary, nullable=False),  # Receipt bytes; empty while nothing is decided
    Column("rejected_by", String, nullable=False),  # organisation id; empty = nobody
    Column("reason", String, nullable=False),
    Index("inbox_items_by_expiry", "expires_at_ms"),
    Index("inbox_items_by_putter", "put_by", "state"),
)

parties = Table(
    "inbox_parties",  # who sees an item
    metadata,
    Column("organisation", String, primary_key=True),
    Column("expires_at_ms", BigInteger, primary_key=True, autoincrement=False),  # the item's
    Column("id", LargeBinary, primary_key=True),
    Index("inbox_parties_by_id", "id"),
)

calls = Table(
    "inbox_calls",  # those that were ahead of our clock
    metadata,
    Column("public_key", LargeBinary, primary_key=True),
    Column("latest_ms", BigInteger, nullable=False),  # the latest at_ms of this key
)


def open_inbox(path: Path) -> tuple[Engine, Connection]:
    """The one connection to an inbox's file, which is made if need be. MalformedInput: it is something else."""
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    try:
        connection = engine.connect()
        _set_up(connection, path)
    except DatabaseError as failure:
        engine.dispose()
        raise MalformedInput(f"no inbox: {failure.orig}", str(path)) from None
    except MalformedInput:
        engine.dispose()
        raise
    return engine, connection


def _set_up(connection: Connection, path: Path) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
    ):  # what has expired is gone from the disk
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    is_new = version == 0 and not inspect(connection).get_table_names()
    if not is_new and version != VERSION:
        connection.close()
        raise MalformedInput(f"an inbox of version {version}, not {VERSION}; remove it, or run what made it", str(path))
    metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")
    connection.commit()
