"""Sessions on PostgreSQL, and the hold on its database."""

import select
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from ledger.application import CommittedState, StoreFailure
from ledger.errors import MalformedInput
from ledger.store.database import connect, migrate, open_engine
from ledger.store.postgres import Hold, SessionEnded, hold_database, is_flushed
from ledger.store.sql import SqlStore
from tests.support import toy
from tests.support.toy import make_command, make_signed


@pytest.fixture
def engine(postgres_url):
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def other(postgres_url):
    """The engine of another process."""
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@contextmanager
def begun(engine):
    """A store that holds block 0, on a connection of its own."""
    with engine.connect() as connection:
        migrate(connection, [])
        store = SqlStore(connection)
        if store.read_head() is None:
            toy.begin(store)
        yield connection, store


def end_session(engine, connection: Connection) -> None:
    """As an administrator does, or a server that stops."""
    process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]  # psycopg's
    with engine.connect() as administrator:
        administrator.exec_driver_sql("SELECT pg_terminate_backend(%s, 10000)", (process,))


def read_setting(engine, name: str) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


@pytest.mark.parametrize(("asked", "found"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_a_writer_never_commits_before_the_log_is_written(postgres_url, asked, found):
    url = make_url(postgres_url).update_query_dict({"options": f"-c synchronous_commit={asked}"})
    engine = open_engine(url.render_as_string(hide_password=False))
    assert read_setting(engine, "synchronous_commit") == found
    engine.dispose()


def test_the_url_says_more_than_our_settings(postgres_url):
    engine = open_engine(postgres_url)
    assert read_setting(engine, "application_name") == "hefu"
    engine.dispose()
    engine = open_engine(f"{postgres_url}&application_name=mine")
    assert read_setting(engine, "application_name") == "mine"
    engine.dispose()


def test_a_server_that_does_not_flush_is_known(engine):
    with engine.connect() as connection:
        assert not is_flushed(connection)  # the tests' own
        connection.exec_driver_sql("SELECT set_config('search_path', 'fake, pg_catalog', false)")
        connection.exec_driver_sql("CREATE SCHEMA fake")
        connection.exec_driver_sql("CREATE FUNCTION fake.current_setting(text) RETURNS text RETURN 'on'")
        assert is_flushed(connection)


def test_a_reader_stays_at_one_commit(engine, postgres_url):
    reader = open_engine(postgres_url, read_only=True)
    with begun(engine) as (_, store), reader.connect() as reading:
        reads = SqlStore(reading)
        first = reads.read_head()
        application = toy.open_application(store)
        application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.PUT, "note/a"))])
        application.commit()
        assert reads.read_head() == first
        reading.rollback()
        assert reads.read_head() == application.head
    reader.dispose()


def test_what_cannot_be_reached_is_told_without_its_password():
    engine = open_engine("postgresql+psycopg://me:SECRET@127.0.0.1:1/ledger")
    with pytest.raises(MalformedInput, match="cannot be reached") as refused:
        connect(engine)
    assert "127.0.0.1" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_nobody_else_holds_a_database_that_is_held(engine, other):
    with hold_database(engine, 0):
        with pytest.raises(MalformedInput, match="another process"), hold_database(other, 0):
            raise AssertionError("held twice")
        with other.connect() as connection:  # reading is no matter of a hold
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    with hold_database(other, 0) as hold:
        assert isinstance(hold, Hold)


def test_an_error_other_than_a_held_database_is_told_as_it_is(engine, other, monkeypatch):
    monkeypatch.setattr("ledger.store.postgres.LockNotAvailable", KeyError)
    with hold_database(engine, 0), pytest.raises(OperationalError), hold_database(other, 0):
        raise AssertionError("held twice")


def test_on_sqlite_the_folder_is_held_and_not_the_file():
    engine = open_engine("sqlite://")
    with hold_database(engine, 0) as hold:
        assert hold is None
    engine.dispose()


def test_a_holder_hears_at_once_that_its_session_has_ended(engine, other):
    with hold_database(engine, 0) as hold:
        assert hold is not None
        hold.check()
        assert select.select([hold], [], [], 0)[0] == []
        end_session(other, hold._connection)
        assert select.select([hold], [], [], 10)[0] == [hold]
        with pytest.raises(SessionEnded):
            hold.check()
        with hold_database(other, 0):
            pass


def test_two_that_write_the_same_height_do_not_both_succeed(engine, other):
    with begun(engine) as (_, store), begun(other) as (_, second):
        first, stale = toy.open_application(store), toy.open_application(second)
        for number, application in enumerate((first, stale)):
            application.finalize_block(1, 2_000, [make_signed(number, make_command(toy.PUT, f"note/{number}"))])
        first.commit()
        with pytest.raises(DBAPIError):
            stale.commit()
        assert toy.open_application(second).head == first.head


@pytest.mark.parametrize("when", ["before the write", "before the commit"])
def test_a_lost_connection_is_told_as_such_and_the_ledger_goes_no_further(engine, other, when):
    with begun(engine) as (connection, store):
        application = toy.open_application(store)
        application.finalize_block(1, 2_000, [make_signed(1, make_command(toy.PUT, "note/a"))])
        if when == "before the write":
            end_session(other, connection)
            with pytest.raises(DBAPIError, match="terminating connection"):
                application.begin_commit()
        else:
            application.begin_commit()
            end_session(other, connection)
            with pytest.raises(DBAPIError, match="terminating connection"):
                application.end_commit()
            with pytest.raises(StoreFailure):
                application.finalize_block(1, 2_000, [])
    with begun(other) as (_, store):
        assert toy.open_application(store).head.height == 0


def test_a_read_over_a_lost_connection_stops_the_node(engine, other):
    with begun(engine) as (connection, store):
        state = CommittedState(store)
        end_session(other, connection)
        with pytest.raises(StoreFailure):
            state.read("account/0")
        connection.invalidate()  # there is nothing to roll back
