"""The machine's clocks, moved by the schedule alone."""

from dataclasses import dataclass


@dataclass
class SimulatedClock:
    """Both clocks of the machine, moved by the schedule alone."""

    wall_ms: int
    monotonic_ms: int = 0

    def read_wall_ms(self) -> int:
        return self.wall_ms

    def read_monotonic_ms(self) -> int:
        return self.monotonic_ms

    def advance(self, ms: int) -> None:
        """Time passes."""
        self.wall_ms += ms
        self.monotonic_ms += ms

    def jump(self, ms: int) -> None:
        """Somebody sets the wall clock."""
        self.wall_ms = max(1, self.wall_ms + ms)
