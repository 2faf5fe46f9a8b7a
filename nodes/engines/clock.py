"""The clock of the machine, behind the engine's port."""

import time


class SystemClock:
    """Wall clock and monotonic clock. The latter counts the time of a suspended machine too, where the system tells."""

    def __init__(self) -> None:
        self._monotonic = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def read_wall_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def read_monotonic_ms(self) -> int:
        """Milliseconds since the machine started."""
        return time.clock_gettime_ns(self._monotonic) // 1_000_000
