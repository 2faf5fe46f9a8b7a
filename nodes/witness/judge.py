"""Whether a witness cosigns a checkpoint. Pure: the state of the log comes in, a refusal or none goes out.

In this order, with the status of tlog-witness where it is not so:

1. The log is known: 404.
2. The note is signed by a key trusted for it, and every line by such a key verifies: 403. Other lines are passed over.
3. The old size is not above the checkpoint's: 400.
4. The old size is that of the newest checkpoint that was cosigned (0 where there is none): 409 with that size.
5. Where the checkpoint has the same size, it has the same root: 409 with that size. This is a split view.
6. The path shows that the checkpoint continues the one before; from size 0 it is empty: 422.

So what is cosigned for a log never shrinks, and no size of it has two roots. A log may have several keys, such as those
of a network's nodes, or an old and a new one: one good signature is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.merkle.verify_log import EMPTY_ROOT, is_consistent
from ledger.notes import Note, VerifierKey, verify_signature
from nodes.witness.submission import SIZE_TYPE, Submission

PLAIN_TYPE = "text/plain"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the log: an HTTP status, a body and its type."""

    status: int
    body: bytes
    content_type: str = PLAIN_TYPE
    is_split: bool = False
    """The log has signed two roots for one size."""


@dataclass(frozen=True, slots=True)
class LogState:
    """What a witness knows of one log. `cosigned_at_s` is 0 where nothing was cosigned."""

    keys: Sequence[VerifierKey]
    size: int = 0
    root: bytes = EMPTY_ROOT
    cosigned_at_s: int = 0


def judge(submission: Submission, log: LogState | None) -> Answer | None:
    """The refusal, or None: it may be cosigned, once it is kept as the newest."""
    new = submission.checkpoint
    if log is None:  # 1
        return Answer(404, b"this log is not known here\n")
    if not is_trusted(submission.note, log.keys):  # 2
        return Answer(403, b"not signed by a key that is trusted for this log\n")
    if submission.old_size > new.size:  # 3
        return Answer(400, b"the old size is above the checkpoint's\n")
    latest = b"%d\n" % log.size
    if submission.old_size != log.size:  # 4
        return Answer(409, latest, SIZE_TYPE)
    if new.size == log.size and new.root != log.root:  # 5
        return Answer(409, latest, SIZE_TYPE, is_split=True)
    if not _continues(submission, log):  # 6
        return Answer(422, b"the path does not show that the log only grew\n")
    return None


def is_trusted(note: Note, keys: Sequence[VerifierKey]) -> bool:
    """Whether at least one line is by one of these keys, and all such lines verify."""
    found = [key for key in keys if note.find_signature(key) is not None]
    return bool(found) and all(verify_signature(note, key) for key in found)


def _continues(submission: Submission, log: LogState) -> bool:
    new = submission.checkpoint
    if log.size == 0:
        return not submission.path
    return is_consistent(log.size, new.size, log.root, new.root, submission.path)
