"""Sums of where time went, by phase, and percentiles."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Sums:
    """Nanoseconds by phase; the phases of one thread."""

    def __init__(self) -> None:
        self.nanoseconds: dict[str, int] = {}

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Add what happens inside to the phase."""
        began = time.perf_counter_ns()
        try:
            yield
        finally:
            spent = time.perf_counter_ns() - began
            self.nanoseconds[phase] = self.nanoseconds.get(phase, 0) + spent

    def clear(self) -> None:
        """Begin anew."""
        self.nanoseconds.clear()

    def compute_microseconds(self, operations: int) -> dict[str, float]:
        """Microseconds an operation, by phase."""
        return {phase: round(spent / operations / 1000, 1) for phase, spent in self.nanoseconds.items()}


def find_percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the values lie (nearest rank); 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def find_median(values: Sequence[float]) -> float:
    """The middle value; of an even number the higher of the two in the middle."""
    return find_percentile(values, 50)
