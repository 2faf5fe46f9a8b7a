"""Opening and migrating the database, and keeping SQLite's write-ahead log short.

SQLite runs in WAL mode with synchronous=FULL: a committed block is on the disk before anybody is told. Each domain
brings its own migrations; they are independent branches, all upgraded to their heads.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
CHECKPOINT_EVERY_S = 0.5
WAL_LIMIT_BYTES = 128 << 20


def open_engine(url: str, read_only: bool = False) -> Engine:
    """An engine on `url`. `read_only` refuses every write, for the processes that only answer questions."""
    engine = create_engine(url, pool_pre_ping=False)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _set_up(connection: Any, _: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA busy_timeout=10000")
            cursor.execute("PRAGMA cache_size=-131072")
            cursor.execute("PRAGMA wal_autocheckpoint=0")
            cursor.execute(f"PRAGMA query_only={int(read_only)}")
            cursor.close()

    return engine


def migrate(connection: Connection, version_locations: Sequence[Path]) -> None:
    """Bring the schema to its newest version: the ledger's, and those of the domains whose folders are named."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    locations = [MIGRATIONS / "versions", *version_locations]
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(location) for location in locations))
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        # Python's driver begins no transaction before DDL; a crash halfway would leave a file that never opens again.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(config, "heads")
    connection.commit()


class Checkpointer:
    """A thread with a connection of its own that copies SQLite's write-ahead log into the database.

    The writer never pays for it; only when the log has grown past its limit does `limit` hold the writer back once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wal-checkpoint", daemon=True)
        self._path = Path(f"{engine.url.database}-wal")
        self.is_needed = engine.dialect.name == "sqlite" and bool(engine.url.database)

    def start(self) -> None:
        """Begin, where the database has a write-ahead log of this kind."""
        if self.is_needed:
            self._thread.start()

    def stop(self) -> None:
        """End and wait for the last copy."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def limit(self, connection: Connection) -> None:
        """Called by the writer between blocks: start the log anew if it has outgrown its limit."""
        if self.is_needed and self._path.exists() and self._path.stat().st_size > WAL_LIMIT_BYTES:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
            connection.rollback()

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while not self._stop.wait(CHECKPOINT_EVERY_S):
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()
                connection.rollback()
