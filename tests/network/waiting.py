"""Waiting for conditions, never for a span of time; and how long the product may take."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

A = TypeVar("A")
POLL_S = 0.1
MACHINE_FACTOR = float(os.environ.get("HEFU_MACHINE_FACTOR", "3"))
"""The product's limits are for a bank's machine with one node. Here all nodes share two cores with the test and often
with other work, so they are measured, told at the end of the run, and asserted this many times as wide."""
MOVES_AGAIN_S = 15.0
"""The product's promise: so long after a fault is healed, the network moves again by itself."""
START_S = 40.0
SETTLE_S = 30.0
"""Bounds, and no promises: how long nodes may take to begin, and to become equal once nothing is submitted."""


class NeverCame(AssertionError):
    """A condition that did not come true in time."""


async def pause(span_s: float = POLL_S) -> None:
    """Between two looks at a condition."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.get_running_loop().create_future(), span_s)


async def wait_until(what: str, look: Callable[[], Awaitable[A]], limit_s: float) -> A:
    """What `look` finds, once it is true. NeverCame after `limit_s` seconds on a bank's machine."""
    began_s = time.monotonic()
    while not (found := await look()):
        if time.monotonic() - began_s > limit_s * MACHINE_FACTOR:
            raise NeverCame(f"after {limit_s * MACHINE_FACTOR:.0f} s not yet: {what}")
        await pause()
    return found


async def measure_until(what: str, look: Callable[[], Awaitable[A]], limit_s: float) -> float:
    """The seconds until `look` finds something true. NeverCame as above."""
    began_s = time.monotonic()
    await wait_until(what, look, limit_s)
    return time.monotonic() - began_s
