"""How long, and how often, a client tries again after a connection was lost."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

FIRST_DELAY_S = 0.05
LONGEST_DELAY_S = 1.0


@dataclass(slots=True)
class Patience:
    """Pauses that double until `limit_s` seconds have gone by since the last progress."""

    limit_s: float
    _since: float = field(default_factory=monotonic)
    _delay: float = FIRST_DELAY_S

    def renew(self) -> None:
        """There was progress: the count begins anew."""
        self._since, self._delay = monotonic(), FIRST_DELAY_S

    async def pause(self) -> bool:
        """Wait a little; False, at once, where patience is used up."""
        if monotonic() - self._since + self._delay > self.limit_s:
            return False
        await asyncio.sleep(self._delay)
        self._delay = min(2 * self._delay, LONGEST_DELAY_S)
        return True
