"""Reading and writing the files that a person names."""

import os
import secrets
from pathlib import Path

from nodes.cli.values import BadValue

MAX_FILE_BYTES = 16 << 20


def read_bytes(path: Path, what: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """A file's bytes. BadValue where it cannot be read or is too long to be what is meant."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BadValue(f"{what} {path}: {error.strerror}") from None
    except ValueError as error:  # a name that no file system can hold
        raise BadValue(f"{what} {str(path)!r}: {error}") from None
    if len(data) > limit:
        raise BadValue(f"{what} {path}: longer than {limit} bytes")
    return data


def write_bytes(path: Path, data: bytes, may_replace: bool = False) -> None:
    """Write a file whole or not at all; one that is there already only where it may be replaced."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if may_replace:
                beside.replace(path)
            else:
                os.link(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        raise BadValue(f"{path} is there already; name another file") from None
    except (OSError, ValueError) as error:
        raise BadValue(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None
