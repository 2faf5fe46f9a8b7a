"""A real node for the bench: made and started as an operator does it, door and kernel in two processes."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.machine import Memory, read_memory
from nodes.directory import init_node

DATABASE = "ledger.db"
STOP_SECONDS = 60


class Node:
    """A running node; use it as `with`. Its database stays when it has stopped."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        hefu = Path(sys.executable).with_name("hefu")
        self._log = (directory / "node.log").open("wb")
        self._process = subprocess.Popen(
            [hefu, "node", "start", directory], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self.target = f"127.0.0.1:{self._read_port()}"
        self._kernel = _find_child(self._process.pid)

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
        """Processor seconds that door and kernel have used so far."""
        return {"door": read_processor_seconds(self._process.pid), "kernel": read_processor_seconds(self._kernel)}

    def _read_port(self) -> int:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        found = re.search(r"port (\d+)", line)
        if found is None:
            raise RuntimeError(f"the node does not start: {line}{self._read_log()}")
        return int(found.group(1))

    def _read_log(self) -> str:
        return (self.directory / "node.log").read_text(encoding="utf-8", errors="replace")[-2000:]


def make_node(directory: Path, genesis: bytes) -> None:
    """A data directory with block 0 and the default settings, on any free port."""
    init_node(directory, genesis, {"listen": "127.0.0.1:0", "log_level": "warning"})


def measure_disk(directory: Path) -> int:
    """Bytes of a stopped node's database, its write-ahead log copied into it first."""
    path = directory / DATABASE
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def count_changes(directory: Path, first_height: int, last_height: int) -> int:
    """How many distinct records these blocks changed, each counted once a block."""
    connection = sqlite3.connect(directory / DATABASE)
    sql = "SELECT coalesce(sum(length(key_hashes) / 32), 0) FROM state_undo WHERE height > ? AND height <= ?"
    ((count,),) = connection.execute(sql, (first_height, last_height))
    connection.close()
    return int(count)


def read_processor_seconds(process: int) -> float:
    """Processor seconds of a process, in user mode and in the system."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _find_child(process: int) -> int:
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    if len(children) != 1:
        raise RuntimeError(f"a node is two processes, not {1 + len(children)}")
    return int(children[0])
