"""New, empty databases of each kind that a node runs on, and how they would answer a question."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement, Connection

from ledger.store.dialect import is_postgresql
from tests.support.postgres import get_server

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)


@contextmanager
def make_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new, empty database; one of SQLite is a file in the folder."""
    if kind == SQLITE:
        yield f"sqlite:///{folder / 'ledger.db'}"
    else:
        server = get_server()
        with server.make_database() as name:
            yield server.get_url(name)


def explain(connection: Connection, query: ClauseElement) -> list[str]:
    """The lines of a query's plan. AssertionError where a table can only be read whole."""
    compiled: Any = query.compile(connection, compile_kwargs={"render_postcompile": True})
    if is_postgresql(connection):
        for scan in ("seqscan", "bitmapscan", "sort"):  # else it reads small tables whole, whatever the indexes are
            connection.exec_driver_sql(f"SET LOCAL enable_{scan} = off")
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params)]
        assert not any("Seq Scan" in line for line in plan), plan
    else:
        values = tuple(compiled.params[name] for name in compiled.positiontup)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)]
        assert not any(line.startswith("SCAN") for line in plan), plan
    return plan
