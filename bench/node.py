"""A real node for the bench: made and started as an operator does it, door and kernel in two processes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from bench.machine import Memory, read_memory
from ledger.store.database import open_engine
from ledger.store.dialect import adapt, is_postgresql
from nodes.config import load_config
from nodes.directory import NodeDirectory, init_node

STOP_SECONDS = 60


class Node:
    """A running node; use it as `with`. Its database stays when it has stopped. `server`: the process of its server."""

    def __init__(self, directory: Path, server: int | None = None) -> None:
        self.directory = directory
        self._server = server
        hefu = Path(sys.executable).with_name("hefu")
        self._log = (directory / "node.log").open("wb")
        self._process = subprocess.Popen(
            [hefu, "node", "start", directory], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self.target = f"127.0.0.1:{self._read_port()}"
        (self._kernel,) = _list_children(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(STOP_SECONDS)
        self._log.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if status and error is None:
            raise RuntimeError(f"the node ended with status {status}: {self._read_log()}")

    def read_memory(self) -> dict[str, Memory]:
        """The memory of door and kernel."""
        return {"door": read_memory(self._process.pid), "kernel": read_memory(self._kernel)}

    def read_processor(self) -> dict[str, float]:
        """Processor seconds that door and kernel have used so far, and the sessions of the database's server."""
        used = {"door": read_processor_seconds(self._process.pid), "kernel": read_processor_seconds(self._kernel)}
        if self._server is not None:
            used["database"] = sum(read_processor_seconds(session) for session in _list_children(self._server))
        return used

    def _read_port(self) -> int:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        found = re.search(r"port (\d+)", line)
        if found is None:
            raise RuntimeError(f"the node does not start: {line}{self._read_log()}")
        return int(found.group(1))

    def _read_log(self) -> str:
        return (self.directory / "node.log").read_text(encoding="utf-8", errors="replace")[-2000:]


def make_node(directory: Path, genesis: bytes, database: str = "") -> None:
    """A data directory with block 0 and the default settings, on any free port; the database is a file, or at a URL."""
    settings = {"listen": "127.0.0.1:0", "log_level": "warning"}
    init_node(directory, genesis, settings | {"database": database} if database else settings)


def measure_disk(directory: Path) -> int:
    """Bytes of a stopped node's database, without the write-ahead log: SQLite's is copied into it first."""
    with _open_database(directory) as connection:
        if is_postgresql(connection):
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        return Path(str(connection.engine.url.database)).stat().st_size


def count_changes(directory: Path, first_height: int, last_height: int) -> int:
    """How many distinct records these blocks changed, each counted once a block."""
    sql = "SELECT coalesce(sum(length(key_hashes) / 32), 0) FROM state_undo WHERE height > ? AND height <= ?"
    with _open_database(directory) as connection:
        return int(connection.exec_driver_sql(adapt(connection, sql), (first_height, last_height)).scalar_one())


@contextmanager
def _open_database(directory: Path) -> Iterator[Connection]:
    engine = open_engine(NodeDirectory(directory).get_url(load_config(directory)), must_exist=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def read_processor_seconds(process: int) -> float:
    """Processor seconds of a process, in user mode and in the system."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _list_children(process: int) -> list[int]:
    """The processes that a process has started; of a server, those of its sessions among them."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]
