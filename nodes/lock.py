"""The lock of a data directory: one kernel, or one init, at a time.

It is the system's lock on an open file, so it ends with its holder, however that ends; the file itself stays.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import MalformedInput

LOCK_FILE = "lock"
RETRY_S = 0.05


@contextmanager
def hold_lock(directory: Path, wait_s: float) -> Iterator[None]:
    """Hold a directory's lock. MalformedInput where another process still holds it after `wait_s` seconds."""
    path = directory / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise MalformedInput(f"cannot be locked: {failure.strerror}", str(path)) from None
    try:
        _acquire(descriptor, path, wait_s)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, wait_s: float) -> None:
    deadline_s = time.monotonic() + wait_s
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                raise MalformedInput("held by another process: a node, or its kernel, runs here", str(path)) from None
            time.sleep(RETRY_S)
