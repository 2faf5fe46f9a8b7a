"""What an import signed and what became of it, in a file beside the source, so that it can go on where it was ended.

1. Its name is that of the source, a part of the source's digest, and `.hefu-import`; its first line names digest,
   network and issuer, and another's journal is refused.
2. What was signed is on the disk before it is sent; what was decided is written once it is known, and may be lost with
   the machine. So after a crash each voucher is done, never signed, or signed with its outcome to be asked for: its
   bytes are here, and happen at most once.
3. A line is a JSON object. A last line without its end was being written when the process died, and is dropped.
4. One process at a time, by the system's lock on the file.

It holds contract numbers' salts and is readable by its owner alone. Losing it loses no safety, only what it knew: the
ledger takes no number twice.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ledger.errors import MalformedInput
from nodes.files import PRIVATE

FORMAT = "hefu-import-1"
SUFFIX = ".hefu-import"
DIGEST_CHARACTERS = 16
MAX_LINE_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Heading:
    """What a journal is about."""

    digest: bytes
    network: str
    genesis_hash: bytes
    issuer: str

    def render(self) -> dict[str, str]:
        """Its first line."""
        return {
            "format": FORMAT, "source_sha256": self.digest.hex(), "network": self.network,
            "genesis_hash": self.genesis_hash.hex(), "issuer": self.issuer,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signed:
    """A voucher's signed transaction, its row, and the salt of its contract's commitment, if it has one."""

    number: str
    row: str
    transaction: bytes
    salt: bytes = b""


class Journal:
    """`done`: numbers of issued vouchers. `pending`: signed, outcome unknown, by number."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self.path = path
        self.done: set[str] = set()
        self.pending: dict[str, Signed] = {}

    def keep_signed(self, batch: Sequence[Signed]) -> None:
        """Write down what is about to be sent."""
        self._append({"signed": [[s.number, s.row, s.transaction.hex(), s.salt.hex()] for s in batch]})
        os.fsync(self._file.fileno())
        self.pending.update((signed.number, signed) for signed in batch)

    def keep_decided(self, outcomes: Sequence[tuple[str, int]]) -> None:
        """Write down what became of it: numbers, each with the code of its refusal, 0 for issued."""
        self._append({"decided": [list(outcome) for outcome in outcomes]})
        self._take_decided(outcomes)

    def _take_decided(self, outcomes: Sequence[Sequence[Any]]) -> None:
        for number, code in outcomes:
            self.pending.pop(number, None)
            if not code:
                self.done.add(number)

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, sort_keys=True).encode() + b"\n")
        self._file.flush()

    def begin(self, heading: Heading) -> None:
        """Read what is there, or write the first line. MalformedInput: of something else, or damaged."""
        end = 0
        for line in self._read_lines():
            fields = _parse_line(line, self.path)
            if not end:
                _check_heading(fields, heading, self.path)
            else:
                self._take_line(fields)
            end += len(line)
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self._append(heading.render())

    def _read_lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        while (line := self._file.readline(MAX_LINE_BYTES)).endswith(b"\n"):
            yield line
        if len(line) == MAX_LINE_BYTES:
            raise MalformedInput("is no import's journal: a line without an end", str(self.path))

    def _take_line(self, fields: dict[str, Any]) -> None:
        try:
            for number, row, transaction, salt in fields.get("signed", ()):
                self.pending[number] = Signed(number, row, bytes.fromhex(transaction), bytes.fromhex(salt))
            self._take_decided(fields.get("decided", ()))
        except (ValueError, TypeError):
            raise MalformedInput("is no import's journal, or damaged", str(self.path)) from None


def compute_journal_path(source: Path, digest: bytes) -> Path:
    """Where the journal of a source with this digest lies."""
    whole = source.resolve()
    return whole.with_name(f"{whole.name}.{digest.hex()[:DIGEST_CHARACTERS]}{SUFFIX}")


@contextmanager
def open_journal(path: Path, heading: Heading) -> Iterator[Journal]:
    """The journal, locked while it is open. MalformedInput: in use, of something else, damaged. OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MalformedInput("in use: another process imports the same source", str(path)) from None
        journal = Journal(file, path)
        journal.begin(heading)
        yield journal


def _parse_line(line: bytes, path: Path) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise MalformedInput("is no import's journal, or damaged", str(path))
    return fields


def _check_heading(fields: dict[str, Any], heading: Heading, path: Path) -> None:
    wanted = heading.render()
    for name in ("format", "source_sha256", "network", "genesis_hash", "issuer"):
        if fields.get(name) != wanted[name]:
            raise MalformedInput(f"is the journal of another import (its {name} differs); move it away", str(path))
