"""What SQLite and PostgreSQL say differently, in one place.

1. A query is written once, with ? for a parameter; `adapt` gives the dialect's own sign.
2. A statement for many rows is made of its table by a `build_…`. SQLite executes it for one row after another.
   PostgreSQL is given the columns of all rows as arrays and executes it once: a third of the client's cost. Rows that
   are only appended it is given by COPY.
3. Of rows given together no two have the same key: PostgreSQL would refuse them, or change one row once.

Values are integers, bytes and text, never NULL.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import psycopg
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table
from sqlalchemy.exc import DBAPIError

from ledger.errors import InvariantViolation

POSTGRESQL = "postgresql"
ROWS_TOGETHER = 5_000
"""Rows in one statement: an array of theirs stays far below what PostgreSQL takes."""

KEYS_TOGETHER = 512
"""Keys in one query on SQLite, below its limit of parameters."""

_TYPES = ((LargeBinary, "bytea"), (String, "text"), (BigInteger, "int8"), (Integer, "int4"))
Values = tuple[Any, ...]
V = TypeVar("V")


def is_postgresql(connection: Connection) -> bool:
    """Whether the connection is one to PostgreSQL."""
    return connection.dialect.name == POSTGRESQL


def adapt(connection: Connection, sql: str) -> str:
    """The dialect's own sign for a parameter."""
    return sql if connection.dialect.paramstyle == "qmark" else sql.replace("?", "%s")


def read_among(connection: Connection, sql: str, keys: Sequence[Any]) -> list[Any]:
    """The rows of `sql`, which ends with a column, where that column is one of `keys`, in any order."""
    if not keys:
        return []
    if is_postgresql(connection):
        return list(connection.exec_driver_sql(f"{sql} = ANY(%b)", (list(keys),)))
    found: list[Any] = []
    for start in range(0, len(keys), KEYS_TOGETHER):
        batch = pad(keys[start : start + KEYS_TOGETHER], keys[start])
        found.extend(connection.exec_driver_sql(f"{sql} IN ({', '.join('?' * len(batch))})", tuple(batch)))
    return found


def pad(values: Sequence[V], filling: V) -> list[V]:
    """The values, and so much filling that they are a power of two: SQLite keeps a statement for each length it meets,
    of which some take 30 kB."""
    return [*values, *[filling] * ((1 << (len(values) - 1).bit_length()) - len(values))]


class Statement:
    """What is done for each of many rows. `each` is SQLite's; `together` is PostgreSQL's, given the rows' columns."""

    def __init__(self, each: str, together: str) -> None:
        self._each = each
        self._together = together

    def execute(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Do it, within a transaction of the caller's."""
        if not is_postgresql(connection):
            if rows:
                connection.exec_driver_sql(self._each, list(rows))
            return
        for start in range(0, len(rows), ROWS_TOGETHER):
            self._execute_together(connection, self._together, rows[start : start + ROWS_TOGETHER])

    def _execute_together(self, connection: Connection, sql: str, rows: Sequence[Values]) -> None:
        connection.exec_driver_sql(sql, tuple(list(column) for column in zip(*rows, strict=True)))


class _Append(Statement):
    """Rows that are only appended: COPY."""

    def __init__(self, each: str, together: str, types: Sequence[str]) -> None:
        super().__init__(each, together)
        self._types = types

    def _execute_together(self, connection: Connection, sql: str, rows: Sequence[Values]) -> None:
        if not connection.in_transaction():
            connection.begin()  # the driver's cursor would, but SQLAlchemy would not know of it
        cursor: Any = connection.connection.cursor()
        try:
            with cursor, cursor.copy(sql) as copy:
                copy.set_types(self._types)
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as failure:  # as SQLAlchemy tells what its own statements meet
            told = DBAPIError.instance(sql, None, failure, psycopg.Error, True, dialect=connection.dialect)
            raise told from failure


def build_insert(table: Table) -> Statement:
    """Append rows: all columns in the table's order."""
    into = f"{table.name} ({_list(table.c.keys())})"
    each = f"INSERT INTO {into} VALUES ({_list('?' * len(table.c))})"
    return _Append(each, f"COPY {into} FROM STDIN (FORMAT BINARY)", [_name_type(column) for column in table.c])


def build_upsert(table: Table, kept: Sequence[str] = ()) -> Statement:
    """Insert rows, or write them over those of the same key but for the columns `kept`: all columns in their order."""
    key = [column.name for column in table.primary_key]
    changed = [column.name for column in table.c if column.name not in (*key, *kept)]
    update = f"UPDATE SET {_list(f'{name} = excluded.{name}' for name in changed)}" if changed else "NOTHING"
    into, conflict = f"INSERT INTO {table.name} ({_list(table.c.keys())})", f"ON CONFLICT ({_list(key)}) DO {update}"
    each = f"{into} VALUES ({_list('?' * len(table.c))}) {conflict}"
    return Statement(each, f"{into} SELECT * FROM {_give(table.c)} {conflict}")


def build_update(table: Table, key: Sequence[str], kept: Sequence[str] = ()) -> Statement:
    """Write over rows: the columns in the table's order without key and `kept`, then the key."""
    changed = [column.name for column in table.c if column.name not in (*key, *kept)]
    given = _give(table.c[name] for name in (*changed, *key))
    each = f"UPDATE {table.name} SET {_list(f'{name} = ?' for name in changed)} WHERE {_of(key)}"
    together = f"UPDATE {table.name} SET {_list(f'{name} = given.{name}' for name in changed)}"
    return Statement(each, f"{together} FROM {given} WHERE {_join(table, key)}")


def build_delete(table: Table, key: Sequence[str]) -> Statement:
    """Delete rows; one that is not there is passed over: the key."""
    together = f"DELETE FROM {table.name} USING {_give(table.c[name] for name in key)} WHERE {_join(table, key)}"
    return Statement(f"DELETE FROM {table.name} WHERE {_of(key)}", together)


def build_close(table: Table, closed: Table, key: Sequence[str]) -> Statement:
    """Copy rows to the closed ones, which have one column more: the height that ended them, then the key."""
    columns = table.c.keys()
    (end,) = [column for column in closed.c if column.name not in columns]
    into = f"INSERT INTO {closed.name} ({_list([end.name, *columns])})"
    given = _give([end, *(table.c[name] for name in key)])
    taken = _list(f"{table.name}.{name}" for name in columns)
    return Statement(
        f"{into} SELECT ?, {_list(columns)} FROM {table.name} WHERE {_of(key)}",
        f"{into} SELECT given.{end.name}, {taken} FROM {given} JOIN {table.name} ON {_join(table, key)}",
    )


def build_end(table: Table, key: Sequence[str], begin: str, end: str) -> Statement:
    """End the newest row of each key, the one that began last: its end, then the key. Older rows cost nothing."""
    whole = _list([*key, begin])
    newest = f"SELECT {whole} FROM {table.name} WHERE {_of(key)} ORDER BY {begin} DESC LIMIT 1"
    last = f"SELECT max({begin}) FROM {table.name} AS newest WHERE {_join('newest', key)}"
    given = _give(table.c[name] for name in (end, *key))
    return Statement(
        f"UPDATE {table.name} SET {end} = ? WHERE ({whole}) = ({newest})",
        f"UPDATE {table.name} SET {end} = given.{end} FROM {given}"
        f" WHERE {_join(table, key)} AND {table.name}.{begin} = ({last})",
    )


def _give(columns: Iterable[Column[Any]]) -> str:
    """The rows, as PostgreSQL is given them."""
    listed = list(columns)
    arrays = _list(f"%b::{_name_type(column)}[]" for column in listed)
    return f"unnest({arrays}) AS given ({_list(column.name for column in listed)})"


def _of(key: Sequence[str]) -> str:
    return " AND ".join(f"{name} = ?" for name in key)


def _join(table: Table | str, key: Sequence[str]) -> str:
    name = table if isinstance(table, str) else table.name
    return " AND ".join(f"{name}.{column} = given.{column}" for column in key)


def _list(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _name_type(column: Column[Any]) -> str:
    for kind, name in _TYPES:
        if isinstance(column.type, kind):
            return name
    raise InvariantViolation(f"no type of the store's: {column}")
