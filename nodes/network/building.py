"""Making a directory beside its place and renaming it, so that it is there whole or not at all.

What a killed command left, the next one clears; one at a time, by a lock. Everything in it is its owner's alone.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import MalformedInput
from nodes.directory import OTHERS
from nodes.lock import LOCK_FILE, hold_lock


@contextmanager
def building_beside(directory: Path, check_free: Callable[[Path], None], part: str = "") -> Iterator[Path]:
    """A folder to build in, which at the end is renamed to `directory`; with `part`, what has that name in it is.

    `check_free` refuses a directory that is in use. MalformedInput from it, or for the current directory.
    """
    if directory.resolve() == Path.cwd():
        raise MalformedInput("name a directory, and not the current one", "directory")
    check_free(directory)
    place = directory.resolve()
    building = place.with_name(f".{place.name}.new")
    before = os.umask(OTHERS)
    try:
        building.mkdir(parents=True, exist_ok=True)
        with hold_lock(building, wait_s=0):
            try:
                _clear(building)
                yield building
                check_free(directory)
                (building / part).rename(place)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
        if part:
            shutil.rmtree(building)
    finally:
        os.umask(before)


def check_empty(directory: Path, what: str) -> None:
    """Refuse, with MalformedInput, anything but an absent or an empty directory. `what`: is made there."""
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise MalformedInput(f"{what} is made in an absent or an empty directory, and this is neither", str(directory))


def _clear(building: Path) -> None:
    """Remove what a killed command left, but for the lock that we hold."""
    for left in building.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != LOCK_FILE:
            left.unlink()
