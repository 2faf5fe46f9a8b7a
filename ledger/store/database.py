"""Opening and migrating the database, and keeping SQLite's write-ahead log short.

SQLite runs in WAL mode with synchronous=FULL: a committed block is on the disk before anybody is told. PostgreSQL's
sessions are set up by `postgres`. Each domain brings its own migrations; they are independent branches, all upgraded to
their heads, in one database transaction.

SQLite makes an empty database where there is none, and deletes the write-ahead log that it finds beside it, with the
blocks in it. So whoever expects a ledger opens it with `must_exist`.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.errors import MalformedInput
from ledger.store.dialect import POSTGRESQL
from ledger.store.postgres import OPTIONS, set_up_postgres

MIGRATIONS = Path(__file__).parent / "migrations"
CHECKPOINT_EVERY_S = 3.0
PAGE_BYTES = 2048
"""Of a new database. Most pages that a block writes have one changed row: half of SQLite's usual page is half to write,
and no ordinary row is so long that it needs a page beside."""
WAL_FRAME_BYTES = 24
WAL_LIMIT_BYTES = 256 << 20
BUSY_TIMEOUT_MS = 10_000
WRITER_CACHE_KIB, READER_CACHE_KIB = 131_072, 8_192
"""Page cache of each connection; there are up to 64 readers, and what they read they share with the system's cache."""


def open_engine(
    url: str,
    read_only: bool = False,
    must_exist: bool = False,
    connections: int = 5,
    writer_cache_kib: int = WRITER_CACHE_KIB,
) -> Engine:
    """An engine on `url`, with a pool of so many connections. `read_only` refuses every write.

    `must_exist`: MalformedInput at the first connection where there is no SQLite file, instead of making an empty one.
    """
    # Without parameters in its errors: a log must not hold what callers submitted.
    options: dict[str, Any] = {"pool_pre_ping": False, "hide_parameters": True, "pool_size": connections}
    asked = make_url(url)
    if asked.get_backend_name() == POSTGRESQL:
        usual = {name: value for name, value in OPTIONS.items() if name not in asked.query}
        engine = create_engine(asked, connect_args=usual, **options)
        set_up_postgres(engine, read_only)
        return engine
    engine = create_engine(asked, **options)
    _set_up_sqlite(engine, READER_CACHE_KIB if read_only else writer_cache_kib, read_only)
    if must_exist:
        _open_existing_only(engine)
    return engine


def connect(engine: Engine) -> Connection:
    """The first connection to a database. MalformedInput, without the password, where it cannot be reached, or read."""
    try:
        return engine.connect()
    except DatabaseError as failure:
        cause = str(failure.orig).strip().replace("\n", "; ")
        raise MalformedInput(f"cannot be reached: {cause}", engine.url.render_as_string(hide_password=True)) from None


def _set_up_sqlite(engine: Engine, cache_kib: int, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA journal_size_limit={2 * WAL_LIMIT_BYTES}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute(f"PRAGMA cache_size=-{cache_kib}")
        cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.execute(f"PRAGMA query_only={int(read_only)}")
        cursor.close()


def _open_existing_only(engine: Engine) -> None:
    path = Path(engine.url.database or "").absolute()

    @event.listens_for(engine, "do_connect")
    def _connect(_: object, __: object, arguments: list[Any], options: dict[str, Any]) -> None:
        if not path.is_file():
            raise MalformedInput(
                "there is no database; put back what was moved, together with the -wal file beside it", str(path)
            )
        arguments[0] = f"file:{quote(str(path))}?mode=rw"  # the file may go away after we looked
        options["uri"] = True


def migrate(connection: Connection, version_locations: Sequence[Path]) -> None:
    """Bring the schema to its newest version: the ledger's, and those of the domains whose folders are named.

    MalformedInput where it has a version of which this software knows nothing.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    locations = [MIGRATIONS / "versions", *version_locations]
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(location) for location in locations))
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        # Python's driver begins no transaction before DDL; a crash halfway would leave a file that never opens again.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        command.upgrade(config, "heads")
    except CommandError as failure:
        connection.rollback()
        raise MalformedInput(f"the schema is of another version of this software: {failure}", "database") from None
    connection.commit()


class Checkpointer:
    """A thread with a connection of its own that copies SQLite's write-ahead log into the database.

    The writer copies only the little that came during the last pass, once the log is longer than its limit, and starts
    it anew: the file stays as long as it was, since syncing what overwrites costs a tenth of syncing what appends.
    Who else reads the file, a backup or a forgotten shell, keeps the log from being started anew: `on_held` is told the
    log's bytes, at twice the limit and at each doubling from there.
    """

    def __init__(self, engine: Engine, on_held: Callable[[int], None] = lambda size: None) -> None:
        self._engine = engine
        self._on_held = on_held
        self._stop = threading.Event()
        self._is_due = threading.Event()
        self._told_bytes = 0
        self._thread = threading.Thread(target=self._run, name="wal-checkpoint", daemon=True)
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

    def copy(self, connection: Connection) -> None:
        """Copy the log; beyond its limit once more, so that little is left, and then the writer starts it anew."""
        size = _copy_log(connection)
        if size <= WAL_LIMIT_BYTES:
            self._told_bytes = 0
            return
        _copy_log(connection)
        self._is_due.set()
        if size >= 2 * max(self._told_bytes, WAL_LIMIT_BYTES):
            self._told_bytes = size
            self._on_held(size)

    def limit(self, connection: Connection) -> None:
        """Called by the writer between blocks: start the log anew if that is due and nobody reads it.

        It waits for nobody: strangers may read for hours. Where somebody does, it is due again after the next copy.
        """
        if not self._is_due.is_set():
            return
        self._is_due.clear()
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)").all()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            connection.rollback()

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while not self._stop.wait(CHECKPOINT_EVERY_S):
                # On a full disk the writer fails too, and tells; here the next pass tries again.
                with suppress(OperationalError):
                    self.copy(connection)
                connection.rollback()


def _copy_log(connection: Connection) -> int:
    """One pass, which holds nobody up; the bytes of the log that are in use."""
    _, frames, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
    connection.rollback()
    return int(frames) * (PAGE_BYTES + WAL_FRAME_BYTES)
