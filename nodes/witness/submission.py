"""The body of add-checkpoint (C2SP tlog-witness), in its one form.

1. A line `old N`: the size of the checkpoint that the witness cosigned last, 0 where there is none.
2. At most 63 lines, each a hash in base64: the consistency path from that size to the checkpoint.
3. An empty line, then the checkpoint, a signed note.

Not here: whether any of it is true (judge). The parser raises MalformedInput and nothing else.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import MalformedInput
from ledger.notes import MAX_NOTE_BYTES, MAX_SIZE, Checkpoint, Note, parse_checkpoint, parse_note

MAX_PATH = 63
"""Most hashes of a path (tlog-witness)."""
HASH_BYTES = 32
MAX_SUBMISSION_BYTES = MAX_NOTE_BYTES + 4096
"""The longest note, and before it 63 hashes of 45 bytes a line."""
SIZE_TYPE = "text/x.tlog.size"
"""The content type of a size in a refusal."""
_OLD = b"old "


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint that wants a cosignature."""

    old_size: int
    path: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint
    """What the note says; trusted only when a signature is verified."""


def render_submission(old_size: int, path: Sequence[bytes], note: bytes) -> bytes:
    """The body for a note's bytes; the path's hashes are 32 bytes each."""
    lines = [b"old %d\n" % old_size, *(base64.b64encode(found) + b"\n" for found in path)]
    return b"".join(lines) + b"\n" + note


def parse_submission(data: bytes) -> Submission:
    """Read a body."""
    if len(data) > MAX_SUBMISSION_BYTES:
        raise MalformedInput(f"longer than {MAX_SUBMISSION_BYTES} bytes", "body")
    head, separator, tail = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    if not separator or not first.startswith(_OLD):
        raise MalformedInput("begins with the line `old N`, and an empty line stands before the checkpoint", "body")
    if len(lines) > MAX_PATH:
        raise MalformedInput(f"more than {MAX_PATH} hashes", "path")
    note = parse_note(tail)
    old_size = parse_size(first.removeprefix(_OLD))
    return Submission(old_size, tuple(_parse_hash(line) for line in lines), note, parse_checkpoint(note.text))


def parse_size(digits: bytes) -> int:
    """A size in decimal, as it stands in a submission and in a refusal."""
    if not 1 <= len(digits) <= 19 or not digits.isdigit() or str(int(digits)).encode() != digits:
        raise MalformedInput("must be a decimal number without leading zeroes", "size")
    if int(digits) > MAX_SIZE:
        raise MalformedInput("must be from 0 to 2^63 - 1", "size")
    return int(digits)


def _parse_hash(line: bytes) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except ValueError:
        found = b""
    if len(found) != HASH_BYTES or base64.b64encode(found) != line:
        raise MalformedInput("each hash is 32 bytes in base64", "path")
    return found
