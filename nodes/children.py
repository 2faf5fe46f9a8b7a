"""Child processes of a supervisor: on a leash, stopped in order, and started again with patience.

- A child is killed by the system when its supervisor ends, however that ends (nodes/leash.py). It has a session of its
  own: a terminal's interrupt reaches the supervisor alone.
- A child that is asked to stop (SIGTERM) and does not is killed after its grace.

Not here: in which order children are started and stopped, and what their ends mean (supervisor, network.running).
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from nodes.bounded_log import BoundedLog

FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 5.0
STEADY_S = 30.0
"""A child that ran so long had begun well: the next pause is a short one again."""


class Child:
    """A running process."""

    def __init__(self, name: str, process: Process, log: BoundedLog | None) -> None:
        self.name = name
        self._process = process
        self._ending = asyncio.create_task(self._wait(log))

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        log: BoundedLog | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a process. What it writes goes to `log`, without one to where our own words go."""
        leash = [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")), str(os.getpid())]
        pipe, error = (asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT) if log is not None else (None, None)
        process = await asyncio.create_subprocess_exec(
            *leash,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=error,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        return cls(name, process, log)

    @property
    def ending(self) -> "asyncio.Task[int]":
        """Done once it has ended; its exit status, negative for a signal."""
        return self._ending

    @property
    def is_running(self) -> bool:
        """Whether it has not ended, as far as was heard."""
        return not self._ending.done()

    async def stop(self, grace_s: float) -> int:
        """Ask it to stop, kill it after `grace_s`; its exit status."""
        if self.is_running:
            self._signal(signal.SIGTERM)
            await asyncio.wait((self._ending,), timeout=grace_s)
        if self.is_running:
            self._signal(signal.SIGKILL)
        return await self._ending

    async def _wait(self, log: BoundedLog | None) -> int:
        if log is not None and self._process.stdout is not None:
            await log.follow(self._process.stdout)
        return await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended, and its end is on its way to us
            self._process.send_signal(number)


class Patience:
    """How long to wait before the next start: doubling from one failure to the next, short again after a good run."""

    def __init__(self, first_s: float = FIRST_PAUSE_S, last_s: float = LAST_PAUSE_S) -> None:
        self._first_s, self._last_s = first_s, last_s
        self._next_s = first_s

    def compute_pause_s(self, lived_s: float) -> float:
        """Seconds to wait after a run of `lived_s`."""
        pause_s = self._first_s if lived_s >= STEADY_S else self._next_s
        self._next_s = min(2 * pause_s, self._last_s)
        return pause_s


async def wait_or_stop(stopping: asyncio.Event, *tasks: "asyncio.Task[int]", timeout_s: float | None = None) -> None:
    """Until one of the tasks is done, a stop is wanted, or the time is over."""
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((stop, *tasks), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()


def stop_on_signals(stopping: asyncio.Event) -> None:
    """SIGTERM and SIGINT want a stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
