"""Reading and writing the files that a person names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hefu.v1 import ledger_pb2 as pb
from nodes.cli.values import BadValue
from nodes.files import SHARED, write_whole

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


def read_trust(path: Path) -> pb.TrustFile:
    """A trust file. Raises BadValue, MalformedInput."""
    from ledger.verify_forms import MAX_FILE_BYTES, parse_trust

    return parse_trust(read_bytes(path, "trust file", MAX_FILE_BYTES))


def write_bytes(path: Path, data: bytes, may_replace: bool = False, mode: int = SHARED) -> None:
    """Write a file whole or not at all. BadValue where it cannot be, or something is there that may not be replaced."""
    with writing(path):
        write_whole(path, data, mode, may_replace)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What the system refuses below a directory, as BadValue that names the file, or the directory where none is."""
    try:
        yield
    except OSError as error:
        raise BadValue(f"{error.filename or path}: {error.strerror}") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What keeps a file from being written, as BadValue that names it."""
    try:
        yield
    except FileExistsError as error:
        raise BadValue(f"{path} {error.strerror}; name another file") from None
    except (OSError, ValueError) as error:
        raise BadValue(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from None
