"""Writing a file whole or not at all, and making names durable."""

import errno
import os
import secrets
import stat
from pathlib import Path

PRIVATE = 0o600
SHARED = 0o666  # less what the umask takes


def write_whole(path: Path, data: bytes, mode: int = SHARED, may_replace: bool = False) -> None:
    """Write a file with this mode. FileExistsError where something is there, but for a file that may be replaced.

    A device, a pipe, a link or a folder is never replaced: a name beside it would take its place.
    """
    _refuse_taken(path, may_replace)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if may_replace:
            beside.replace(path)
        else:
            os.link(beside, path)  # unlike a rename, it refuses to replace
    finally:
        beside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a file is on the disk only when its name is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_taken(path: Path, may_replace: bool) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not may_replace:
        raise FileExistsError(errno.EEXIST, "is there already", str(path))
    if not stat.S_ISREG(found.st_mode):
        raise FileExistsError(errno.EEXIST, "is there already, and no regular file", str(path))
