"""What can be asked of a receivable that was to be confirmed: `receivable:<creditor>.<number>`.

| statement | the record says |
|---|---|
| `confirmed` | CONFIRMED: its debtor confirmed it |
| `unanswered` | UNANSWERED: its debtor let the time pass |
| `contested` | CONTESTED: its debtor gave reasons against it |
| `absent` | nothing: nobody was ever asked so |

One key answers each of them. Not here: the package that a confirmed one became (questions).
"""

from collections.abc import Mapping

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from ledger.questions import Question, decode_body
from receivables.rules import is_package_id
from receivables.side_records import compute_receivable_key

ASSET_PREFIX = "receivable:"
STAGES = {"confirmed": pb.CONFIRMED, "unanswered": pb.UNANSWERED, "contested": pb.CONTESTED}
STATEMENTS = (*STAGES, "absent")
TOLD = {
    pb.ASKED: "its debtor has still time to answer",
    pb.CONFIRMED: "it has been confirmed",
    pb.CONTESTED: "it has been contested",
    pb.UNANSWERED: "its debtor has not answered in time",
    pb.ASK_WITHDRAWN: "its creditor asks no more",
}


def compute_question(asset: str, statement: str) -> Question:
    """The question whether `statement` holds of a receivable. Raises MalformedInput at `asset` or `is`."""
    receivable = asset.removeprefix(ASSET_PREFIX)
    if receivable == asset or not is_package_id(receivable):
        raise MalformedInput("receivable:<creditor>.<number>", "asset")
    if statement not in STATEMENTS:
        raise MalformedInput(f"one of {', '.join(STATEMENTS)}", "is")
    key = compute_receivable_key(receivable)
    return Question((key,), lambda bodies: _refute(bodies, key, statement))


def _refute(bodies: Mapping[str, bytes | None], key: str, statement: str) -> str | None:
    body = bodies[key]
    if statement == "absent":
        return None if body is None else "there is such a record"
    if body is None:
        return "nobody was asked to confirm it"
    stage = decode_body(pb.Receivable, body).stage
    return None if stage == STAGES[statement] else TOLD.get(stage, "its stage is unknown")
