"""The kernel's store on real databases of both kinds, and what only SQLite needs."""

import threading
from typing import cast

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError

from ledger.application import Application, StoreFailure
from ledger.context import Record
from ledger.errors import InvariantViolation
from ledger.merkle.state import HeightNotKept
from ledger.merkle.verify_state import hash_key
from ledger.store import database
from ledger.store.database import Checkpointer, migrate, open_engine
from ledger.store.dialect import is_postgresql
from ledger.store.schema import metadata
from ledger.store.sql import SqlStore
from tests.support import toy
from tests.support.memory_store import MemoryStore
from tests.support.replay import replay
from tests.support.toy import make_command, make_signed


@pytest.fixture
def engine(database_url):
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        migrate(connection, [])
        yield connection


@pytest.fixture
def sqlite_engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        migrate(connection, [])
    yield engine
    engine.dispose()


@pytest.fixture
def aside(engine, connection):
    """A second connection: the store's commits run in a thread."""
    with engine.connect() as aside:
        yield aside.execution_options(isolation_level="AUTOCOMMIT")


class Gate:
    """A connection's commit that waits until it is let through, and notes the thread that called it."""

    def __init__(self, connection: Connection) -> None:
        self.is_open = threading.Event()
        self.has_begun = threading.Event()
        self.threads: list[str] = []
        self._commit = connection.commit
        connection.commit = self._wait  # type: ignore[method-assign]  # the database is slow

    def _wait(self) -> None:
        self.threads.append(threading.current_thread().name)
        self.has_begun.set()
        assert self.is_open.wait(10)
        self._commit()


def run_blocks(store: SqlStore | MemoryStore, count: int = 4, step_ms: int = 100, is_divided: bool = False) -> None:
    """Blocks that write, change, delete and refuse; heights leave one out. Divided: each on the one under way."""
    application = toy.open_application(store)
    for number in range(1, count + 1):
        transactions = [
            make_signed(100 * number + 1, make_command(toy.PUT, f"note/{number}", number)),
            make_signed(100 * number + 2, make_command(toy.POUR, "0>1", number)),
            make_signed(100 * number + 3, make_command(toy.REFUSE)),
            make_signed(100 * number + 4, make_command(toy.DELETE, f"note/{number - 1}")),
        ]
        application.finalize_block(2 * number, toy.GENESIS_MS + number * step_ms, transactions)
        application.begin_commit()
        if not is_divided:
            application.end_commit()
    application.end_commit()


def test_an_empty_store_says_so(connection):
    store = SqlStore(connection)
    assert (store.read_head(), store.read_genesis(), store.read_head_at(5), store.read_head_of_size(2)) == (None,) * 4
    assert store.read_blocks(-1, 10) == []
    with pytest.raises(InvariantViolation, match="no genesis"):
        toy.open_application(store)


@pytest.mark.parametrize("is_divided", [False, True])
def test_the_store_answers_as_the_one_in_memory_does(connection, aside, is_divided):
    store, memory = SqlStore(connection, aside=aside if is_divided else None), MemoryStore()
    for one in (store, memory):
        toy.begin(one)
    run_blocks(store, is_divided=is_divided)
    run_blocks(memory)
    assert store.read_head() == memory.read_head()
    assert store.read_genesis() == memory.read_genesis() == toy.GENESIS
    assert store.read_blocks(-1, 99) == memory.read_blocks(-1, 99)
    assert store.read_blocks(2, 1) == memory.read_blocks(2, 1)
    ids = [*memory.transactions, b"unknown"]
    assert store.read_decisions(ids) == memory.read_decisions(ids)
    assert [store.read_transaction(one) for one in ids] == [memory.read_transaction(one) for one in ids]
    hashes = [*memory.records, hash_key(b"nothing")]
    assert [store.read_record(one) for one in hashes] == [memory.read_record(one) for one in hashes]
    assert store.read_tiles([(0, 0), (1, 0)]) == memory.read_tiles([(0, 0), (1, 0)])
    assert (store.read_bundle(0), store.read_bundle(1)) == (memory.read_bundle(0), b"")
    assert [leaf for piece in store.scan_leaves() for leaf in piece] == [
        leaf for piece in memory.scan_leaves() for leaf in piece
    ]
    assert store.read_undo_indices(0, 99) == memory.read_undo_indices(0, 99)
    for height in (0, 2, 4, 6, 8):
        assert store.read_undo_records(height) == memory.read_undo_records(height)
        assert store.read_undo_leaves(height) == memory.read_undo_leaves(height)
        assert store.read_undo_nodes(height) == memory.read_undo_nodes(height)


def test_blocks_are_found_by_height_and_by_size(connection):
    store = SqlStore(connection)
    toy.begin(store)
    run_blocks(store)
    heads = [head for head, _ in store.read_blocks(-1, 99)]
    assert [head.height for head in heads] == [0, 2, 4, 6, 8]
    assert [store.read_head_at(height) for height in (0, 1, 2, 3, 99)] == [heads[at] for at in (0, 0, 1, 1, 4)]
    assert store.read_head_at(-1) is None
    assert [store.read_head_of_size(head.size) for head in heads] == heads
    assert store.read_head_of_size(heads[1].size - 1) is None


def test_many_ids_are_asked_for_in_batches(connection):
    store = SqlStore(connection)
    toy.begin(store)
    run_blocks(store, 1)
    known = toy.get_id(make_signed(101, make_command(toy.PUT, "note/1", 1)))
    asked = [b"%032d" % number for number in range(1200)]
    assert list(store.read_decisions([*asked, known])) == [known]
    assert store.read_decisions([]) == {}


def test_a_replay_from_the_file_gives_the_same(connection):
    store = SqlStore(connection)
    toy.begin(store)
    run_blocks(store, 6)
    fresh = MemoryStore()
    toy.begin(fresh)
    assert replay(store, toy.open_application(fresh)) == 12
    assert toy.open_application(SqlStore(connection)).head == fresh.heads[-1]


def test_a_second_genesis_and_a_second_block_are_refused_whole(connection):
    store = SqlStore(connection)
    toy.begin(store)
    before = connection.exec_driver_sql("SELECT count(*) FROM records").scalar_one()
    with pytest.raises(IntegrityError):
        toy.begin(store, toy.make_records(clock_ms=5))
    assert connection.exec_driver_sql("SELECT count(*) FROM records").scalar_one() == before
    stale = toy.open_application(store)
    run_blocks(store, 1)
    stale.finalize_block(9, 5_000, [make_signed(7, make_command(toy.PUT, "stale"))])
    with pytest.raises(IntegrityError):
        stale.commit()
    assert store.read_record(hash_key(b"stale")) is None
    assert toy.open_application(store).head == store.read_head()


def test_old_states_are_kept_for_their_time_and_then_forgotten(connection):
    store = SqlStore(connection, keep_ms=250)
    toy.begin(store)
    run_blocks(store, 6, step_ms=100)
    application = toy.open_application(store)
    assert store.read_undo_floor() == 8  # block 12 stands at 600 ms: block 6 is the newest before 350 ms
    heads = {head.height: head for head, _ in store.read_blocks(-1, 99)}
    for asked, height in ((7, 6), (8, 8), (10, 10), (12, 12)):
        assert application.tree.view(asked).root == heads[height].state_root
    with pytest.raises(HeightNotKept):
        application.tree.view(5)


def test_pruning_is_not_done_with_every_block(connection):
    store = SqlStore(connection, keep_ms=10_000)
    toy.begin(store)
    run_blocks(store, 3, step_ms=100)
    assert store.read_undo_floor() == 0


def test_views_are_written_with_the_block_or_not_at_all(connection):
    seen = []

    class Watching:
        def write(self, connection, block):
            rows = connection.exec_driver_sql("SELECT max(height) FROM blocks").scalar_one()
            seen.append((block.head.height, rows, len(block.decisions), connection.in_transaction()))

    store = SqlStore(connection, [Watching(), Watching()])
    toy.begin(store)
    run_blocks(store, 1)
    assert seen == [(0, 0, 0, True)] * 2 + [(2, 2, 4, True)] * 2


def begin_a_block(store: SqlStore) -> tuple[Application, bytes]:
    """A block under way that pours from account 0 to account 1."""
    application = toy.open_application(store)
    signed = make_signed(1, make_command(toy.POUR, "0>1", 7))
    application.finalize_block(1, 2_000, [signed])
    application.begin_commit()
    return application, signed


def read_accounts(store: SqlStore) -> list[bytes]:
    found = [store.read_record(hash_key(b"account/%d" % number)) for number in range(3)]
    return [Record.decode(encoded or b"").body for encoded in found]


def test_while_a_commit_is_under_way_reads_answer_as_before_it_or_as_after_it(connection, aside):
    store = SqlStore(connection, aside=aside)
    toy.begin(store)
    gate = Gate(connection)
    application, signed = begin_a_block(store)
    assert gate.has_begun.wait(10)
    assert read_accounts(store) == [b"1000", b"1000", b"1000"]
    assert store.read_decisions([toy.get_id(signed)]) == {}
    gate.is_open.set()
    assert store._commit is not None
    store._commit.result(10)  # kept, and nobody has asked yet
    assert read_accounts(store) == [b"993", b"1007", b"1000"]
    assert list(store.read_decisions([toy.get_id(signed)])) == [toy.get_id(signed)]
    assert (store.read_record(hash_key(b"nothing")), application.head.height) == (None, 0)
    assert application.end_commit().height == 1
    assert read_accounts(store) == [b"993", b"1007", b"1000"]
    assert gate.threads == ["commit_0"]


def test_a_block_is_executed_while_the_database_keeps_the_last(connection, aside):
    store = SqlStore(connection, aside=aside)
    toy.begin(store)
    gate = Gate(connection)
    application, signed = begin_a_block(store)
    read_decisions, under_way = store.read_decisions, []

    def read(ids):
        under_way.append((gate.has_begun.wait(10), gate.is_open.is_set()))
        found = read_decisions(ids)
        gate.is_open.set()
        return found

    store.read_decisions = read  # type: ignore[method-assign]  # the commit ends only when execution has begun
    again = application.finalize_block(2, 2_100, [signed, make_signed(2, make_command(toy.POUR, "1>0", 1_007))])
    application.commit()
    assert under_way == [(True, False)]
    assert [(d.code, d.is_duplicate) for d in again.decisions] == [(0, True), (0, False)]
    assert read_accounts(store) == [b"2000", b"0", b"1000"]
    assert toy.open_application(SqlStore(connection)).head == application.head


class Unkept:
    """A view whose rows the database refuses when they are committed, not when they are written."""

    def write(self, connection, block):
        if block.head.height:
            connection.exec_driver_sql("INSERT INTO children (parent) VALUES (1)")


@pytest.mark.parametrize("is_aside", [False, True])
def test_finishing_a_block_raises_what_its_commit_raised(connection, aside, is_aside):
    done: list[Connection] = []
    reference = "parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED"
    for sql in ("CREATE TABLE parents (id INTEGER PRIMARY KEY)", f"CREATE TABLE children ({reference})"):
        connection.exec_driver_sql(sql)
    connection.commit()
    if not is_postgresql(connection):
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    store = SqlStore(connection, [Unkept()], aside=aside if is_aside else None, after_commit=done.append)
    toy.begin(store)
    application, signed = begin_a_block(store)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        application.end_commit()
    assert not connection.in_transaction()
    assert (read_accounts(store)[0], store.read_decisions([toy.get_id(signed)]), done) == (b"1000", {}, [])
    with pytest.raises(StoreFailure):
        application.finalize_block(1, 2_000, [signed])
    assert toy.open_application(SqlStore(connection)).head.height == 0


@pytest.mark.parametrize("is_aside", [False, True])
def test_after_each_commit_the_upkeep_is_done_once_by_the_caller(connection, aside, is_aside):
    done: list[tuple[object, ...]] = []

    def look(given: Connection) -> None:
        (height,) = aside.exec_driver_sql("SELECT max(height) FROM blocks").one()
        done.append((given is connection, height, threading.current_thread() is threading.main_thread()))

    store = SqlStore(connection, aside=aside if is_aside else None, after_commit=look)
    toy.begin(store)
    run_blocks(store, 3, is_divided=is_aside)
    assert done == [(True, height, True) for height in (2, 4, 6)]


def test_the_migrations_make_the_tables_of_the_metadata(connection):
    differences = compare_metadata(MigrationContext.configure(connection), metadata)
    ours = set(metadata.tables)
    assert {"genesis", "blocks", "transactions", "tiles", "bundles", "records", "state_undo"} <= ours
    assert [one for one in differences if getattr(one[1], "name", "") in ours or one[0] != "remove_table"] == []


def test_migrating_again_changes_nothing_and_downgrading_drops_all(connection):
    migrate(connection, [])
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]


def test_readers_see_whole_blocks_and_cannot_write(connection, database_url):
    toy.begin(SqlStore(connection))
    reader = open_engine(database_url, read_only=True)
    with reader.connect() as reading:
        assert SqlStore(reading).read_head() == SqlStore(connection).read_head()
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            reading.exec_driver_sql("DELETE FROM blocks")
    reader.dispose()


def test_sqlite_is_durable(sqlite_engine):
    with sqlite_engine.connect() as connection:
        names = ("journal_mode", "synchronous")
        assert [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names] == ["wal", 2]


def test_the_checkpointer_copies_the_log_and_ends(sqlite_engine, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "CHECKPOINT_EVERY_S", 0.001)
    path = tmp_path / "ledger.db"
    with sqlite_engine.connect() as connection:
        toy.begin(SqlStore(connection))
        small = path.stat().st_size
        checkpointer = Checkpointer(sqlite_engine)
        assert checkpointer.is_needed
        checkpointer.start()
        run_blocks(SqlStore(connection), 3)
        while path.stat().st_size <= small:
            run_blocks_again(connection)
        checkpointer.stop()
        checkpointer.stop()
        assert toy.open_application(SqlStore(connection)).head.height >= 6


def run_blocks_again(connection):
    """One more block."""
    application = toy.open_application(SqlStore(connection))
    head = application.head
    application.finalize_block(head.height + 1, head.time_ms + 1, [make_signed(head.size, make_command(toy.PUT, "x"))])
    application.commit()


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://nobody@nowhere/ledger"])
def test_a_database_without_such_a_log_needs_no_checkpointer(url):
    engine = open_engine(url)
    checkpointer = Checkpointer(engine)
    assert not checkpointer.is_needed
    checkpointer.start()
    checkpointer.limit(cast(Connection, None))
    checkpointer.stop()
    engine.dispose()
