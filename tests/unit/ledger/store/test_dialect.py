"""What is said differently on the two databases does the same on both."""

import pytest
from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.exc import IntegrityError

from ledger.errors import InvariantViolation
from ledger.store import dialect
from ledger.store.database import open_engine
from ledger.store.dialect import (
    adapt,
    build_close,
    build_delete,
    build_end,
    build_insert,
    build_update,
    build_upsert,
    pad,
    read_among,
)

METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("name", String, primary_key=True),
    Column("part", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
CLOSED = Table(
    "closed_things",
    METADATA,
    Column("to_height", BigInteger, primary_key=True, autoincrement=False),
    *(Column(column.name, column.type, primary_key=column.primary_key) for column in THINGS.c),
)
KEY = ("name", "part")
LARGEST = 2**63 - 1
ROWS = [("a", 1, 0, b""), ("a", 2, 7, b"\x00\xff"), ("ä 合", LARGEST, -(2**31), b"x" * 3000), ("", -LARGEST, 1, b"y")]


@pytest.fixture
def connection(database_url):
    engine = open_engine(database_url)
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def filled(connection):
    build_insert(THINGS).execute(connection, ROWS)
    return connection


def read(connection, table=THINGS):
    return sorted(tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}"))


def test_appended_rows_are_read_back(filled):
    assert read(filled) == sorted(ROWS)


def test_appended_rows_are_kept_by_a_commit_and_by_nothing_else(connection):
    build_insert(THINGS).execute(connection, ROWS[:1])
    connection.rollback()
    build_insert(THINGS).execute(connection, ROWS[1:2])
    connection.commit()
    connection.rollback()
    assert read(connection) == ROWS[1:2]


def test_a_row_that_is_there_is_not_appended_and_what_it_holds_is_not_told(filled):
    with pytest.raises(IntegrityError) as failed:
        build_insert(THINGS).execute(filled, [("b", 1, 0, b"confidential"), ("a", 1, 0, b"confidential")])
    assert "confidential" not in str(failed.value)


def test_an_upsert_inserts_or_writes_over_but_for_what_is_kept(filled):
    build_upsert(THINGS).execute(filled, [("a", 1, 5, b"new"), ("b", 1, 6, b"first")])
    build_upsert(THINGS, kept=("kind",)).execute(filled, [("a", 2, 99, b"kept")])
    assert read(filled)[1:4] == [("a", 1, 5, b"new"), ("a", 2, 7, b"kept"), ("b", 1, 6, b"first")]


def test_an_upsert_of_keys_alone_passes_over_what_is_there(connection):
    keys = Table("keys", MetaData(), Column("key", LargeBinary, primary_key=True))
    keys.create(connection)
    for rows in ([(b"a",), (b"b",)], [(b"b",), (b"c",)]):
        build_upsert(keys).execute(connection, rows)
    assert read(connection, keys) == [(b"a",), (b"b",), (b"c",)]


def test_an_update_writes_over_by_key_but_for_what_is_kept(filled):
    build_update(THINGS, KEY, kept=("kind",)).execute(filled, [(b"one", "a", 1), (b"none", "a", 3)])
    build_update(THINGS, KEY).execute(filled, [(8, b"two", "a", 2)])
    assert read(filled)[1:3] == [("a", 1, 0, b"one"), ("a", 2, 8, b"two")]
    assert len(read(filled)) == len(ROWS)


def test_a_deletion_passes_over_what_is_not_there(filled):
    build_delete(THINGS, KEY).execute(filled, [("a", 1), ("a", 9), ("", -LARGEST)])
    assert [row[:2] for row in read(filled)] == [("a", 2), ("ä 合", LARGEST)]


def test_what_ends_is_copied_with_its_end(filled):
    build_close(THINGS, CLOSED, KEY).execute(filled, [(5, "a", 2), (6, "a", 9), (7, "a", 1)])
    assert read(filled, CLOSED) == [(5, *ROWS[1]), (7, *ROWS[0])]
    assert len(read(filled)) == len(ROWS)


def test_the_newest_row_of_a_key_ends_and_no_older_one(filled):
    build_end(THINGS, ("name",), "part", "kind").execute(filled, [(42, "a"), (43, "unknown")])
    assert [row[:3] for row in read(filled)][1:3] == [("a", 1, 0), ("a", 2, 42)]


@pytest.mark.parametrize("statement", [build_insert(THINGS), build_upsert(THINGS), build_delete(THINGS, KEY)])
def test_of_no_rows_nothing_is_said(connection, statement):
    statement.execute(connection, [])
    assert not connection.in_transaction()


def test_many_rows_are_given_in_several_pieces(connection, monkeypatch):
    monkeypatch.setattr(dialect, "ROWS_TOGETHER", 7)
    rows = [("n", number, number, b"") for number in range(50)]
    build_insert(THINGS).execute(connection, rows[:30])
    build_upsert(THINGS).execute(connection, rows[20:])
    assert read(connection) == rows
    build_delete(THINGS, KEY).execute(connection, [row[:2] for row in rows[3:]])
    assert read(connection) == rows[:3]


@pytest.mark.parametrize("count", [0, 1, 1200])
def test_many_keys_are_asked_for_at_once(filled, count):
    rows = [("n", number, number, b"") for number in range(count)]
    build_insert(THINGS).execute(filled, rows)
    keys = [-2, *range(count)]
    found = read_among(filled, "SELECT kind, part FROM things WHERE name = 'n' AND part", keys)
    assert sorted(tuple(row) for row in found) == [(number, number) for number in range(count)]
    assert read_among(filled, "SELECT kind FROM things WHERE part", []) == []


@pytest.mark.parametrize(("count", "padded"), [(1, 1), (2, 2), (3, 4), (5, 8), (128, 128), (129, 256)])
def test_what_is_asked_together_comes_in_few_lengths(count, padded):
    values = list(range(count))
    found = pad(values, -1)
    assert (len(found), found[:count], set(found[count:]) <= {-1}) == (padded, values, True)


def test_parameters_are_written_in_the_dialects_own_way(filled):
    sql = adapt(filled, "SELECT body FROM things WHERE name = ? AND part = ?")
    assert filled.exec_driver_sql(sql, ("a", 2)).scalar_one() == b"\x00\xff"


def test_a_type_that_the_store_does_not_use_is_our_bug():
    with pytest.raises(InvariantViolation, match="price"):
        build_insert(Table("goods", MetaData(), Column("price", Float)))
