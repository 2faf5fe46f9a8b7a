import sqlite3
import threading

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError, OperationalError

from ledger.errors import MalformedInput
from ledger.store import database
from ledger.store.database import Checkpointer, migrate, open_engine


def url_of(path):
    return URL.create("sqlite", database=str(path)).render_as_string()


@pytest.fixture
def path(tmp_path):
    """A database with one small table, in a folder whose name means something in a URI."""
    folder = tmp_path / "a b%20#c"
    folder.mkdir()
    engine = open_engine(url_of(folder / "ledger.db"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER PRIMARY KEY, y BLOB)")
    engine.dispose()
    return folder / "ledger.db"


def test_an_existing_database_is_opened_to_read_and_to_write(path):
    for read_only in (False, True):
        engine = open_engine(url_of(path), read_only=read_only, must_exist=True)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
        engine.dispose()


def test_a_missing_database_is_not_made_and_its_log_is_not_touched(path):
    path.rename(path.with_name("moved.db"))
    log = path.with_name("ledger.db-wal")
    log.write_bytes(b"blocks that were acknowledged")
    for read_only in (False, True):
        engine = open_engine(url_of(path), read_only=read_only, must_exist=True)
        with pytest.raises(MalformedInput, match="no database"):
            engine.connect()
        engine.dispose()
    assert not path.exists()
    assert log.read_bytes() == b"blocks that were acknowledged"


def test_a_file_that_goes_away_after_we_looked_is_not_made_either(path, monkeypatch):
    engine = open_engine(url_of(path), must_exist=True)
    path.unlink()
    monkeypatch.setattr(type(path), "is_file", lambda _: True)
    with pytest.raises(Exception, match="unable to open"):
        engine.connect()
    assert not path.exists()


def test_errors_hold_no_parameters(path):
    engine = open_engine(url_of(path))
    with pytest.raises(IntegrityError) as failed, engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?), (?, ?)", (1, b"confidential", 1, b""))
    assert "confidential" not in str(failed.value)
    engine.dispose()


@pytest.mark.parametrize(("read_only", "kib"), [(False, 131_072), (True, 8_192)])
def test_a_reader_has_a_small_page_cache(path, read_only, kib):
    engine = open_engine(url_of(path), read_only=read_only)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -kib
    engine.dispose()


def test_there_is_a_connection_for_each_who_asks(path):
    engine = open_engine(url_of(path), connections=30)
    held = [engine.connect() for _ in range(30)]
    assert len({id(connection.connection.dbapi_connection) for connection in held}) == 30
    for connection in held:
        connection.close()
    assert engine.pool.size() == 30  # type: ignore[attr-defined] # of a QueuePool
    engine.dispose()


class HeldLog:
    """A write-ahead log that a stranger reads, and a second connection, which copies it."""

    def __init__(self, path, monkeypatch) -> None:
        monkeypatch.setattr(database, "WAL_LIMIT_BYTES", 40_000)
        self.told: list[int] = []
        self.engine = open_engine(url_of(path))
        self.checkpointer = Checkpointer(self.engine, self.told.append)
        self.connection, self.copying = self.engine.connect(), self.engine.connect()
        self.log = path.with_name("ledger.db-wal")
        self.write(1)
        self.stranger = sqlite3.connect(path, isolation_level=None)
        self.stranger.execute("BEGIN")
        self.stranger.execute("SELECT count(*) FROM t").fetchall()

    def write(self, size: int) -> None:
        self.connection.exec_driver_sql("INSERT INTO t (y) VALUES (?)", (bytes(size),))
        self.connection.commit()

    def limit(self) -> list[str]:
        """What the writer asks of the database."""
        said: list[str] = []
        self.connection.connection.set_trace_callback(said.append)
        self.checkpointer.limit(self.connection)
        self.connection.connection.set_trace_callback(None)
        return said

    def count_frames(self) -> int:
        """The frames of the log that are in use."""
        frames: int = self.copying.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()[1]
        self.copying.rollback()
        return frames


@pytest.fixture
def held(path, monkeypatch):
    held = HeldLog(path, monkeypatch)
    yield held
    held.stranger.close()
    held.connection.close()
    held.copying.close()
    held.engine.dispose()


def test_the_writer_does_not_wait_for_a_stranger_who_reads(held):
    held.write(50_000)
    held.checkpointer.copy(held.copying)
    assert held.limit()[:2] == ["PRAGMA busy_timeout=0", "PRAGMA wal_checkpoint(RESTART)"]
    assert held.connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == database.BUSY_TIMEOUT_MS
    assert held.count_frames() > 20


def test_the_writer_is_asked_for_nothing_until_a_copy_has_found_the_log_too_long(held):
    held.write(10_000)
    held.checkpointer.copy(held.copying)
    assert held.limit() == []
    held.write(50_000)
    assert held.limit() == []
    held.checkpointer.copy(held.copying)
    assert held.limit()
    assert held.limit() == []


def test_a_log_that_is_started_anew_keeps_its_length_and_is_written_over(held):
    held.write(50_000)
    held.stranger.execute("COMMIT")
    held.checkpointer.copy(held.copying)
    held.limit()
    before = held.log.stat().st_size
    held.write(10)
    assert held.log.stat().st_size == before
    assert held.count_frames() < 5


def test_a_held_log_is_told_at_each_doubling_and_cut_once_it_is_free(held):
    held.write(40_000)
    held.checkpointer.copy(held.copying)
    assert held.told == []  # it has not doubled
    held.write(40_000)
    held.checkpointer.copy(held.copying)
    held.checkpointer.copy(held.copying)
    assert len(held.told) == 1
    held.write(4 * held.told[0])
    held.checkpointer.copy(held.copying)
    held.limit()
    assert len(held.told) == 2
    held.stranger.execute("COMMIT")
    held.checkpointer.copy(held.copying)
    held.limit()
    held.write(1)
    assert held.log.stat().st_size <= 2 * database.WAL_LIMIT_BYTES
    held.checkpointer.copy(held.copying)
    assert (held.limit(), len(held.told)) == ([], 2)


def test_a_migration_that_is_cut_short_leaves_a_database_that_opens(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        migrate(connection, [])
        assert connection.exec_driver_sql("SELECT count(*) FROM blocks").scalar_one() == 0
    engine.dispose()


def test_a_copy_that_meets_a_full_disk_is_tried_again(held, monkeypatch):
    monkeypatch.setattr(database, "CHECKPOINT_EVERY_S", 0.001)
    copied, attempts = threading.Event(), []

    def fail_once(connection):
        attempts.append(connection)
        if len(attempts) == 1:
            raise OperationalError("PRAGMA wal_checkpoint", {}, Exception("database or disk is full"))
        copied.set()

    monkeypatch.setattr(held.checkpointer, "copy", fail_once)
    held.checkpointer.start()
    assert copied.wait(30)
    held.checkpointer.stop()
