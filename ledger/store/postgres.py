"""Sessions on PostgreSQL: what each is told at its beginning, and the hold that one kernel has on its database.

1. A session that writes commits as the server is told to, but never with synchronous_commit=off: an acknowledged block
   is in the server's write-ahead log, on the disk. That the server itself flushes is its fsync setting; `is_flushed`
   says whether it does.
2. A session that reads is read-only and on one snapshot for each transaction (REPEATABLE READ).
3. The kernel's statements are searches by key. Joins that read a whole table, and compiling queries, never pay for
   them.
4. No two kernels use one database. The hold is an advisory lock of a session that does nothing else, so it ends with
   the session; and when the server ends that session, the holder hears of it at once, even when it is idle. Were it
   not so, two kernels could still not write the same height: it is a primary key.

Connections go to the server itself: a pooler that shares sessions between transactions would lose all of this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import IsolationLevel
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.errors import MalformedInput
from ledger.store.dialect import POSTGRESQL

OPTIONS = {
    "application_name": "hefu",
    "connect_timeout": 10,
    # A peer that is gone without a word is noticed within a minute, here and at the server.
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
}  # fmt: skip
"""Of libpq; the URL may say otherwise."""

_SESSION = (
    "SET jit = off",
    "SET idle_in_transaction_session_timeout = 0",  # a writer may wait between a read and its block
    "SET idle_session_timeout = 0",
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)
_WRITING = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET statement_timeout = 0",
    "SET lock_timeout = 0",
)
_HOLD = (0x68656675, 1)
"""The advisory lock's two numbers: `hefu`, and what is held."""


class SessionEnded(Exception):
    """The server has ended the session that holds the database."""


def set_up_postgres(engine: Engine, read_only: bool) -> None:
    """Tell each new session how to work."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        for sql in (*_SESSION, *(() if read_only else _WRITING)):
            connection.execute(sql)
        connection.autocommit = False
        connection.read_only = read_only
        connection.isolation_level = IsolationLevel.REPEATABLE_READ if read_only else IsolationLevel.READ_COMMITTED


def is_flushed(connection: Connection) -> bool:
    """Whether the server flushes what it commits to its disk, and whole pages after a crash."""
    asked = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
    return bool(connection.exec_driver_sql(asked).scalar_one())


class Hold:
    """A held database. `fileno` is readable once the server has something to say, which is its end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fileno(self) -> int:
        """The socket of the session that holds it."""
        return int(self._connection.connection.driver_connection.fileno())  # type: ignore[union-attr]  # psycopg's

    def check(self) -> None:
        """SessionEnded where the database is held no longer."""
        try:
            self._connection.exec_driver_sql("SELECT 1")
        except DBAPIError as failure:
            raise SessionEnded("the server has ended the session that holds the database") from failure


@contextmanager
def hold_database(engine: Engine, wait_s: float) -> Iterator[Hold | None]:
    """Hold a database of PostgreSQL's against every other kernel and init; None on SQLite, whose folder is locked.

    MalformedInput where another session still holds it after `wait_s` seconds.
    """
    if engine.dialect.name != POSTGRESQL:
        yield None
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _acquire(connection, wait_s)
        try:
            yield Hold(connection)
        finally:
            connection.invalidate()  # the lock goes with the session, which is not used again


def _acquire(connection: Connection, wait_s: float) -> None:
    connection.exec_driver_sql(f"SET lock_timeout = {max(1, round(wait_s * 1000))}")  # 0 would be for ever
    try:
        connection.exec_driver_sql("SELECT pg_advisory_lock(%s, %s)", _HOLD)
    except OperationalError as failure:
        if not isinstance(failure.orig, LockNotAvailable):
            raise
        where = connection.engine.url.render_as_string(hide_password=True)
        raise MalformedInput("held by another process: a node, or its kernel, runs on it", where) from None
