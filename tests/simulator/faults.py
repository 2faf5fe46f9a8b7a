"""Faults at the ports: each call is numbered, and a plan decides what befalls it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

CRASH_BEFORE = "crash-before"
CRASH_AFTER = "crash-after"
LOST = "lost"  # the store does not answer, and has done nothing
KEPT = "kept"  # the store has done it, and its answer is lost

CRASHES = (CRASH_BEFORE, CRASH_AFTER)
STORE_FAULTS = (*CRASHES, LOST, KEPT)

Plan = dict[int, str]
"""By number of the call: what befalls it."""


class Crash(BaseException):
    """The process ends here: whatever only memory held is gone. Nobody in the process may catch it."""


class DatabaseGone(Exception):
    """The database did not answer."""


class Dice:
    """A seeded plan, drawn as the calls come: a few faults, most of them at one port call that the seed aims at."""

    def __init__(self, seed: int, aims: tuple[tuple[str, str], ...]) -> None:
        self._random = random.Random(f"faults {seed}")
        self._aim = aims[seed % len(aims)]
        self._left = self._random.choice((1, 2, 3, 5, 8))
        self._often = self._random.choice((1, 2, 4, 12))

    def __call__(self, name: str, kinds: tuple[str, ...]) -> str | None:
        """What befalls this call, if anything."""
        if not self._left:
            return None
        roll = self._random.randrange(400)
        if name == self._aim[0] and roll < 400 // self._often:
            kind = self._aim[1]
        elif roll < 2:
            kind = self._random.choice(kinds)
        else:
            return None
        self._left -= 1
        return kind


class Layer:
    """All calls of one schedule through all ports. `fired` is the plan that repeats it without dice."""

    def __init__(self, dice: Dice | None = None, plan: Plan | None = None) -> None:
        self._dice = dice
        self._plan = plan or {}
        self.calls = 0
        self.fired: Plan = {}
        self.seen: Counter[tuple[str, str]] = Counter()
        self.is_calm = False

    def around(self, name: str, kinds: tuple[str, ...], call: Callable[[], Any]) -> Any:
        """Make a call, or let it fail."""
        kind = None if self.is_calm else self._draw(name, kinds)
        self.calls += 1
        if kind is not None:
            self.fired[self.calls - 1] = kind
            self.seen[name, kind] += 1
        if kind == CRASH_BEFORE:
            raise Crash(name)
        if kind == LOST:
            raise DatabaseGone(name)
        result = call()
        if kind == CRASH_AFTER:
            raise Crash(name)
        if kind == KEPT:
            raise DatabaseGone(name)
        return result

    def _draw(self, name: str, kinds: tuple[str, ...]) -> str | None:
        if self._dice is not None:
            return self._dice(name, kinds)
        return self._plan.get(self.calls)


class Faulty:
    """A port whose named calls go through the layer; everything else is the target's own."""

    def __init__(
        self, layer: Layer, target: Any, port: str, calls: frozenset[str], kinds: tuple[str, ...] = CRASHES
    ) -> None:
        self._layer = layer
        self._target = target
        self._port = port
        self._calls = calls
        self._kinds = kinds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in self._calls:
            return found
        return lambda *values: self._layer.around(f"{self._port}.{name}", self._kinds, lambda: _whole(found(*values)))


def _whole(answer: Any) -> Any:
    """A scan is one call: what it yields is fetched before it counts as done."""
    return iter(list(answer)) if isinstance(answer, Iterator) else answer


def list_calls(*protocols: type) -> frozenset[str]:
    """The methods of ports, found by looking."""
    names = {name for protocol in protocols for base in protocol.__mro__ for name in vars(base)}
    return frozenset(
        name for name in names if not name.startswith("_") and any(callable(getattr(p, name, None)) for p in protocols)
    )


def render_plan(plan: Mapping[int, str]) -> str:
    """As the command line takes it: 12:crash-before,40:lost."""
    return ",".join(f"{number}:{plan[number]}" for number in sorted(plan))


def parse_plan(text: str) -> Plan:
    """What `render_plan` wrote."""
    parts = [part.partition(":") for part in text.split(",") if part]
    return {int(number): kind for number, _, kind in parts}
