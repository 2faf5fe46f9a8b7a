"""A process of `hefu` for the length of the demo: started with a log of its own, waited for, asked to stop."""

import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from nodes.config import PREFIX

LOG_FILE = "node.log"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 90.0
POLL_S = 0.1


class NodeFailed(Exception):
    """A node did not start, or did not stop cleanly; its log says why."""


def get_hefu() -> str:
    """The program `hefu` beside the Python that runs this."""
    return str(Path(sys.executable).parent / "hefu")


class Running(ABC):
    """`hefu` with these arguments; use it as `with`, and stop it before the checks that need no node.

    Its log lies in `output`. It gets a session of its own: an interrupt of the demo does not reach it, so that it is
    stopped in order.
    """

    def __init__(self, output: Path, *arguments: str) -> None:
        self._log = output / LOG_FILE
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [get_hefu(), *arguments], stdout=log, stderr=log, env=environment, start_new_session=True
            )

    def __enter__(self) -> Self:
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to stop, wait until it has; its exit status. Kills it, and raises NodeFailed, where it does not."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise NodeFailed(f"it did not stop; see {self._log}") from None

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it answers."""

    def _wait_until_ready(self) -> None:
        limit = time.monotonic() + START_LIMIT_S
        while not self._is_ready():
            if self._process.poll() is not None:
                raise NodeFailed(f"it ended with status {self._process.returncode}; see {self._log}")
            if time.monotonic() > limit:
                raise NodeFailed(f"it was not ready in {START_LIMIT_S:g} s; see {self._log}")
            time.sleep(POLL_S)
