"""Work in forked processes, some at a time, each with bounded processor time and memory.

The bound on time is the process's own, so that a busy machine fails nobody. Only where a process waits for ever, which
costs no such time, the clock on the wall ends it.
"""

import multiprocessing
import os
import resource
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

FORK = multiprocessing.get_context("fork")
MEMORY_BYTES = 4 << 30
WALL_FACTOR = 10
GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Work:
    """A function to call in a process of its own; what it returns is the process's code."""

    function: Callable[..., int]
    arguments: Sequence[Any]
    cpu_seconds: int
    name: Any


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went: `code` as multiprocessing tells it; `is_out_of_time` where a bound ended it."""

    work: Work
    code: int
    is_out_of_time: bool
    output: str


@dataclass(frozen=True, slots=True)
class _Running:
    work: Work
    process: BaseProcess
    output: Path
    ends_at: float


def run_work(queue: deque[Work], workers: int, is_time_left: Callable[[], bool]) -> Iterator[Ended]:
    """Run what is in the queue, and what is put there meanwhile; when the time is over, what has not begun stays."""
    running = list[_Running]()
    with tempfile.TemporaryDirectory() as folder:
        while running or (queue and is_time_left()):
            while queue and len(running) < workers and is_time_left():
                running.append(_start(queue.popleft(), Path(folder)))
            for one in _wait(running):
                running.remove(one)
                yield _end(one)


def _start(work: Work, folder: Path) -> _Running:
    handle, output = tempfile.mkstemp(dir=folder)
    os.close(handle)
    process = FORK.Process(target=_run_apart, args=(work, output), daemon=True)
    process.start()
    return _Running(work, process, Path(output), time.monotonic() + WALL_FACTOR * work.cpu_seconds)


def _run_apart(work: Work, output: str) -> None:
    handle = os.open(output, os.O_WRONLY)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (work.cpu_seconds, work.cpu_seconds + GRACE_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    raise SystemExit(work.function(*work.arguments))


def _wait(running: Sequence[_Running]) -> list[_Running]:
    """Those that have ended or used up their time; at least one."""
    while True:
        wait([one.process.sentinel for one in running], timeout=1)
        now = time.monotonic()
        ended = [one for one in running if not one.process.is_alive() or now >= one.ends_at]
        if ended:
            return ended


def _end(one: _Running) -> Ended:
    is_out_of_time = one.process.is_alive()
    if is_out_of_time:
        one.process.kill()
    one.process.join()
    code = one.process.exitcode or 0
    is_out_of_time |= code == -signal.SIGXCPU
    output = one.output.read_text(encoding="utf-8", errors="replace")
    one.output.unlink()
    return Ended(one.work, code, is_out_of_time, output)
