"""Where the time goes: seconds and calls by phase, summed since the process began."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hefu.v1 import node_pb2 as pb


class Stopwatch:
    """Sums by phase. One thread at a time per phase."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, int]] = {}

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Count what happens inside as one call of the phase."""
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            self.add(phase, time.perf_counter_ns() - began)

    def add(self, phase: str, nanoseconds: int) -> None:
        """Count one call."""
        calls, total = self._sums.get(phase, (0, 0))
        self._sums[phase] = (calls + 1, total + nanoseconds)

    def render(self, process: str) -> list[pb.PhaseTime]:
        """The sums as the status shows them."""
        return [
            pb.PhaseTime(phase=f"{process}: {phase}", calls=calls, microseconds=total // 1000)
            for phase, (calls, total) in self._sums.items()
        ]
