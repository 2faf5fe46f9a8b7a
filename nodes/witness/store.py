"""What a witness must never forget, in an SQLite file: the logs, their keys, the newest cosigned checkpoint of each.

1. Reading the newest checkpoint, judging by it and writing the next is one database transaction that excludes every
   other writer, in this process or another.
2. It is durable (`synchronous=FULL`) before `advance` returns, so before anything is signed. A crash leaves the
   checkpoint before or this one.
3. Nothing is kept in memory: after a write that failed, or only seemed to, the file tells.

The file says its version, and the witness's key: another file, or another key beside it, is refused.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError

from ledger.errors import MalformedInput
from ledger.merkle.verify_log import EMPTY_ROOT
from ledger.notes import Checkpoint, parse_verifier_key
from nodes.witness.judge import LogState

VERSION = 1
MAX_SPLITS = 100
"""Notes kept as evidence against one log; it could sign without end."""

metadata = MetaData()

own = Table(
    "witness",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("key", String, nullable=False),  # C2SP verifier key of the witness
)

logs = Table(
    "logs",
    metadata,
    Column("origin", String, primary_key=True),
    Column("size", BigInteger, nullable=False),  # of the newest cosigned checkpoint; 0 = none yet
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),  # as the log sent it; empty = none yet
    Column("cosigned_at_s", BigInteger, nullable=False),  # of its newest cosignature, seconds since 1970
)

log_keys = Table(
    "log_keys",
    metadata,
    Column("origin", String, primary_key=True),
    Column("key", String, primary_key=True),  # C2SP verifier key
)

splits = Table(
    "splits",  # notes with another root for a size that was cosigned
    metadata,
    Column("origin", String, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, primary_key=True),
    Column("note", LargeBinary, nullable=False),
)

A = TypeVar("A")
Advance = tuple[A, Checkpoint | None, int]
"""An answer, the checkpoint to keep if any, and the time of its cosignature in seconds."""


class WitnessStore:
    """The state of one witness. Any thread may call; one at a time is served."""

    def __init__(self, path: Path, key: str, is_new: bool = False) -> None:
        """MalformedInput where there is no file (unless it is to be made), or it is another's."""
        if path.exists() == is_new:
            raise MalformedInput("is there already" if is_new else "there is no such file", str(path))
        url = URL.create("sqlite", database=str(path))
        self._engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False})
        self._lock = threading.Lock()
        try:
            self._connection = self._engine.connect()
            _set_up(self._connection, path, key, is_new)
        except DatabaseError as failure:
            self._engine.dispose()
            raise MalformedInput(f"no state of a witness: {failure.orig}", str(path)) from None
        except MalformedInput:
            self._connection.close()
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._engine.dispose()

    def advance(self, origin: str, note: bytes, decide: "Callable[[LogState | None], Advance[A]]") -> A:
        """Let `decide` judge the newest state of a log, and keep durably what it says before its answer returns."""
        with self._writing() as connection:
            answer, checkpoint, time_s = decide(_read_log(connection, origin))
            if checkpoint is not None:
                values = {"size": checkpoint.size, "root": checkpoint.root, "note": note, "cosigned_at_s": time_s}
                connection.execute(update(logs).where(logs.c.origin == origin).values(**values))
        return answer

    def note_split(self, origin: str, checkpoint: Checkpoint, note: bytes) -> None:
        """Keep a note that contradicts what was cosigned, as evidence; the first ones, and each root once."""
        with self._writing() as connection:
            count = select(func.count()).select_from(splits).where(splits.c.origin == origin)
            if connection.execute(count).scalar_one() < MAX_SPLITS:
                values = {"origin": origin, "size": checkpoint.size, "root": checkpoint.root, "note": note}
                connection.execute(upsert(splits).values(**values).on_conflict_do_nothing())

    def add_log(self, origin: str, keys: Sequence[str]) -> None:
        """Know a log, or further keys of one that is known. What was cosigned stays."""
        with self._writing() as connection:
            known = upsert(logs).values(origin=origin, size=0, root=EMPTY_ROOT, note=b"", cosigned_at_s=0)
            connection.execute(known.on_conflict_do_nothing())
            for key in keys:
                connection.execute(upsert(log_keys).values(origin=origin, key=key).on_conflict_do_nothing())

    def remove_key(self, origin: str, key: str) -> None:
        """Trust a log's key no longer. MalformedInput where it was not trusted."""
        with self._writing() as connection:
            found = delete(log_keys).where(log_keys.c.origin == origin, log_keys.c.key == key)
            if not connection.execute(found).rowcount:
                raise MalformedInput("is not trusted for this log", "key")

    def list_logs(self) -> dict[str, LogState]:
        """All logs by origin."""
        with self._writing() as connection:
            origins = connection.execute(select(logs.c.origin).order_by(logs.c.origin)).scalars().all()
            found = {origin: _read_log(connection, origin) for origin in origins}
        return {origin: log for origin, log in found.items() if log is not None}

    def list_splits(self, origin: str) -> list[bytes]:
        """The notes kept as evidence against a log."""
        with self._writing() as connection:
            found = select(splits.c.note).where(splits.c.origin == origin).order_by(splits.c.size, splits.c.root)
            return list(connection.execute(found).scalars())

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock:
            try:
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise


def _read_log(connection: Connection, origin: str) -> LogState | None:
    row = connection.execute(select(logs).where(logs.c.origin == origin)).one_or_none()
    if row is None:
        return None
    keys = connection.execute(select(log_keys.c.key).where(log_keys.c.origin == origin).order_by(log_keys.c.key))
    return LogState([parse_verifier_key(key) for key in keys.scalars()], row.size, row.root, row.cosigned_at_s)


def _set_up(connection: Connection, path: Path, key: str, is_new: bool) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    if is_new:
        metadata.create_all(connection)
        connection.execute(insert(own).values(id=1, key=key))
        connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")
        connection.commit()
        return
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if version != VERSION or not inspect(connection).has_table(own.name):
        raise MalformedInput(f"a state of version {version}, not {VERSION}", str(path))
    found = connection.execute(select(own.c.key)).scalar_one()
    connection.rollback()
    if found != key:
        raise MalformedInput(f"the state of the witness {found}", str(path))
