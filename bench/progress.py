"""A line for each part on standard error, so that nobody waits eleven minutes before a silent screen."""

import sys
import time

_BEGAN = time.perf_counter()


def say(text: str) -> None:
    """One line, with the seconds since the bench began."""
    sys.stderr.write(f"[{time.perf_counter() - _BEGAN:4.0f} s] {text}\n")
    sys.stderr.flush()
