"""What follows from what was decided, whichever engine orders: whoever submitted is answered, what was decided is
counted, a defect is told, and Python's collector runs when it is due.
"""

import gc
from collections.abc import Iterable, Sequence

from hefu.v1 import node_pb2
from ledger.execution import Decision
from nodes.answers import Answers
from nodes.engines.port import Answer, Submission
from nodes.link import Kind, encode_failure, encode_frame
from nodes.logs import raise_alarm
from nodes.refusals import build_receipt

TRANSACTIONS_A_COLLECTION = 2000
"""In a process of its own Python's collector runs so rarely, over young objects only: a block makes tens of thousands,
hardly any of them in a circle. Left to itself it takes a tenth of the kernel's time; so often it takes some 2 ms each
time. It walks over what was kept since it last ran: after a million transactions that is a second for all who wait."""


class Tally:
    """Counts what was decided for the status, and for the collector."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._uncollected = 0  # transactions

    def note(self, decisions: Sequence[Decision]) -> None:
        """Count these, and raise an alarm for each defect that a command has met."""
        self._answers.decided += len(decisions)
        self._uncollected += len(decisions)
        for decision in decisions:
            if decision.alarm:
                raise_alarm("a command met a defect", id=decision.id.hex(), cause=decision.alarm)

    def collect(self) -> None:
        """Have the collector run if it is due; to be called when nobody waits for an answer any more."""
        if self._uncollected >= TRANSACTIONS_A_COLLECTION and not gc.isenabled():
            self._uncollected = 0
            gc.collect(1)


def calm_collector() -> None:
    """What start-up made stays for good: no collection walks over it. From here on `Tally` says when one is due."""
    gc.collect()
    gc.freeze()
    gc.disable()


def encode_answer(answer: Answer) -> bytes:
    """The door's frame for a submission that was decided: a ReceiptBatch, in the order of its transactions."""
    batch = node_pb2.ReceiptBatch()
    for decision, signed in zip(answer.decisions, answer.submission.transactions, strict=True):
        batch.receipts.append(build_receipt(decision, signed, answer.time_ms))
    return encode_frame(Kind.ANSWER, answer.submission.tag, batch.SerializeToString())


def encode_refusals(submissions: Iterable[Submission], status: str, text: str) -> bytes:
    """The door's frames for submissions that were given back undecided, each refused with this status of gRPC's."""
    return b"".join(encode_failure(submission.tag, status, text) for submission in submissions)
