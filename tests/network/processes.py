"""The processes of a unit, found by what the system says of them: a mark in their environment, and their command.

Every process that a test starts inherits the mark, so that one whose parent was killed is found too.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

MARK = "HEFU_TEST_UNIT"
Role = Literal["supervisor", "door", "kernel", "engine"]
ROLES: tuple[Role, ...] = ("supervisor", "door", "kernel", "engine")


def list_marked(mark: str) -> Iterator[int]:
    """Processes whose mark begins so."""
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # it has ended, or is somebody else's
                environment = (entry / "environ").read_bytes()
                if any(line.startswith(wanted) for line in environment.split(b"\0")) and not is_dead(int(entry.name)):
                    yield int(entry.name)


def find_role(pid: int) -> Role | None:
    """What a process of a unit is; None while it is not yet what it is to be, and when it has ended."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    if any(word.endswith("leash.py") for word in command):
        return None
    if "nodes.kernel" in command:
        return "kernel"
    if "nodes.cli" in command:
        return "door" if "--without-engine" in command else "supervisor"
    return "engine" if "--home" in command else None


def is_dead(pid: int) -> bool:
    """Whether it has ended, though nobody may have asked for its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def kill(pid: int) -> None:
    """SIGKILL; nothing where it has ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
