"""Heights of blocks that changed nothing, on both databases, and on the application that keeps them."""

import pytest

from ledger.application import Application, StoreFailure
from ledger.errors import InvariantViolation
from ledger.store.database import migrate, open_engine
from ledger.store.sql import SqlStore
from tests.support import toy
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
        toy.begin(SqlStore(connection))
        yield connection


def put(number: int) -> bytes:
    return make_signed(number, make_command(toy.PUT, f"note/{number}"))


def open_application(connection) -> Application:
    return toy.open_application(SqlStore(connection), numbers_all=True)


def commit(application: Application, height: int, *transactions: bytes):
    application.finalize_block(height, 2_000 + height, transactions)
    return application.commit()


def test_the_newest_is_kept_and_nothing_else_changes(connection):
    store = SqlStore(connection)
    before = store.read_head()
    assert store.read_kept_height() == 0
    store.keep_height(1)
    store.keep_height(7)
    assert SqlStore(connection).read_kept_height() == 7
    assert store.read_head() == before
    assert connection.exec_driver_sql("SELECT count(*) FROM empty_blocks").scalar_one() == 1


def test_info_reports_the_newer_of_block_and_kept_height(connection):
    application = open_application(connection)
    genesis = application.info()
    assert commit(application, 1).height == 1
    assert application.info().app_hash == genesis.app_hash
    written = commit(application, 2, put(1))
    assert (written.height, written.app_hash == genesis.app_hash) == (2, False)
    assert open_application(connection).info() == written
    assert commit(application, 3, put(1)).height == 3  # decided before: it changes nothing
    assert application.head.height == 2
    again = open_application(connection)
    assert (again.info().height, again.info().app_hash) == (3, written.app_hash)
    assert commit(again, 4, put(2)).height == again.head.height == 4


def test_an_engine_that_leaves_empty_heights_out_keeps_none(connection):
    application = toy.open_application(SqlStore(connection))
    assert commit(application, 1).height == 0
    assert SqlStore(connection).read_kept_height() == 0


def test_a_kept_height_is_not_finalized_again(connection):
    application = open_application(connection)
    commit(application, 5)
    for height in (4, 5):
        with pytest.raises(InvariantViolation, match="after 5"):
            application.finalize_block(height, 9_000, [])
    assert commit(application, 6, put(1)).height == 6


def test_an_empty_height_is_forgotten_with_its_round(connection):
    application = open_application(connection)
    application.finalize_block(1, 3_000, [])
    assert commit(application, 1, put(1)).height == 1
    application.finalize_block(2, 4_000, [put(2)])
    before = application.head
    assert commit(application, 2).height == 2
    assert application.head == before
    assert SqlStore(connection).read_kept_height() == 2
    assert application.commit().height == 2  # nothing is finalized any more


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_kept_height_that_fails_ends_the_work_and_the_next_start_finds_it_or_not(engine, connection, is_kept):
    application = open_application(connection)
    commit(application, 1)
    keep = connection.commit

    def fail():
        if is_kept:
            keep()
        raise OSError("no answer")

    connection.commit = fail
    application.finalize_block(2, 3_000, [])
    with pytest.raises(OSError, match="answer"):
        application.commit()
    connection.commit = keep
    assert application.info().height == 1
    with pytest.raises(StoreFailure):
        application.finalize_block(2, 3_000, [])
    with engine.connect() as other:
        assert open_application(other).info().height == (2 if is_kept else 1)
    assert open_application(connection).info().height == (2 if is_kept else 1)


def test_what_a_block_would_decide_anew_is_told(connection):
    application = open_application(connection)
    now_ms = 3_000
    commit(application, 1, put(1))
    expired = make_signed(3, make_command(toy.PUT, "note/3"), valid_until_ms=now_ms)
    distant = make_signed(4, make_command(toy.PUT, "note/4"), valid_until_ms=now_ms + toy.HORIZON_MS + 1)
    asked = [application.check(signed) for signed in (put(1), put(2), expired, distant)]
    assert application.list_open(asked, now_ms) == asked[1:2]
    assert application.list_open([], now_ms) == []
