"""Questions that the database answers: a few threads, each question on a read-only connection and one snapshot."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from ledger.store.database import open_engine

A = TypeVar("A")


class Readers:
    """Never blocks the loop, never writes."""

    def __init__(self, url: str, threads: int) -> None:
        self._engine = open_engine(url, read_only=True, must_exist=True, connections=threads)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        if not self._is_sqlite:
            self._engine = self._engine.execution_options(isolation_level="REPEATABLE READ")

    async def read(self, question: Callable[[Connection], A]) -> A:
        """The answer of `question`, called in a thread with a connection that sees one commit."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, question)

    def read_now(self, question: Callable[[Connection], A]) -> A:
        """The same for a thread of the caller's own, which waits."""
        with self._engine.connect() as connection:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN")  # the driver begins none before a write
            return question(connection)

    def close(self) -> None:
        """Wait for what is being read, then close the connections."""
        self._threads.shutdown()
        self._engine.dispose()
