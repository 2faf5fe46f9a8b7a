"""The published checkpoint with its cosignatures, in one file of the data directory: a signed note, as all read it.

It is written whole or not at all, and read at start, so that a restart forgets no cosignature. It is nothing that must
be kept: a file that is lost, damaged, of another log or ahead of the ledger is passed over with a line in the log, and
the witnesses are asked anew. Lines that verify by no configured witness are dropped.
"""

from collections.abc import Sequence
from pathlib import Path

from ledger.errors import MalformedInput
from ledger.notes import (
    Note,
    VerifierKey,
    parse_checkpoint,
    parse_note,
    verify_cosignature,
)
from nodes.files import PRIVATE, write_whole
from nodes.logs import get_log


def write_kept(path: Path, note: Note) -> None:
    """Replace the file. OSError."""
    write_whole(path, note.render(), PRIVATE, may_replace=True)


def read_kept(path: Path, witnesses: Sequence[VerifierKey], newest: Note, size: int) -> Note | None:
    """The kept note, if it is of this log and not larger than its `size`; None where there is none of use.

    `newest` is the log's newest checkpoint, which tells the origin.
    """
    try:
        note = parse_note(path.read_bytes())
        checkpoint = parse_checkpoint(note.text)
        if checkpoint.origin != parse_checkpoint(newest.text).origin or checkpoint.size > size:
            raise MalformedInput("of another log, or of a larger one than the database holds", "checkpoint")
        if checkpoint.size == size and note.text != newest.text:
            raise MalformedInput("another history than the database holds", "checkpoint")
    except FileNotFoundError:
        return None
    except (OSError, MalformedInput) as failure:
        get_log().warning("the kept checkpoint is of no use", file=str(path), cause=str(failure))
        return None
    good = [key for key in witnesses if verify_cosignature(note, key) is not None]
    names = {(key.name, key.key_id) for key in good}
    lines = [line for line in note.signatures if (line.name, line.key_id) in names or line.name == checkpoint.origin]
    return Note(note.text, tuple(lines))
