"""What issuing, financing and payment do to lines 额度. Amounts are 分.

1. Free of a line is limit − reserved − used, never below 0; of one in a group, the smaller of its own and the group's.
   So one command changes a line and the group line above it, never more.
2. An issue reserves, its acceptance turns what is reserved into used, every other answer and its lapse give it back.
3. What ends owed by merger or cancellation is given back; a payment is only of a revolving line.
4. What a payment gave back and an objection made owed again is used again, even above the limit.
5. Given back is never more than was taken: else it is our bug. A change of the limit touches neither sum.

Not here: the commands of a line (lines), what stands in its record (side_records).
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from receivables import checks, side_records
from receivables.rejections import LINE_EXHAUSTED, LINE_NOT_OPEN, NO_SUCH_LINE


def compute_free(line: pb.Line) -> int:
    """What may still be used of a line, the group line above it not regarded."""
    return max(line.limit_fen - line.reserved_fen - line.used_fen, 0)


def get_line(context: Context, line: str, field: int) -> pb.Line:
    """The line that a command names, or NO_SUCH_LINE."""
    found = side_records.get_line(context, line)
    if found is None:
        raise Rejection(NO_SUCH_LINE, field)
    return found


def refuse_line(
    context: Context, line: pb.Line, holder: str, purpose: pb.LinePurpose, amount_fen: int, field: int
) -> None:
    """Refuse a new use: LINE_NOT_OPEN of the line or its group line, then LINE_EXHAUSTED of either. Reads only."""
    group = _get_group(context, line)
    above = [] if group is None else [group]
    if line.holder != holder or line.purpose != purpose or not all(_is_open(context, one) for one in (line, *above)):
        raise Rejection(LINE_NOT_OPEN, field)
    if any(compute_free(one) < amount_fen for one in (line, *above)):
        raise Rejection(LINE_EXHAUSTED, field)


def _is_open(context: Context, line: pb.Line) -> bool:
    return line.status == pb.LINE_OPEN and checks.compute_today(context) <= line.last_on


def _get_group(context: Context, line: pb.Line) -> pb.Line | None:
    if not line.group:
        return None
    group = side_records.get_line(context, line.group)
    if group is None:
        raise InvariantViolation("a line without its group line")
    return group


def process_change_of_use(context: Context, line: str, reserved_fen: int, used_fen: int) -> None:
    """Add to what is reserved and used (either may be negative) of a line and its group line; no line: nothing."""
    while line:
        record = side_records.get_line(context, line)
        if record is None:
            raise InvariantViolation("a line that is in use was never granted")
        record.reserved_fen += reserved_fen
        record.used_fen += used_fen
        if record.reserved_fen < 0 or record.used_fen < 0:
            raise InvariantViolation("more was given back to a line than was taken")
        side_records.put_line(context, line, record)
        line = record.group


def process_repayment(context: Context, line: str, amount_fen: int) -> None:
    """Give back what a payment repaid, if the line revolves; a negative amount is used again. No line: nothing."""
    if not line:
        return
    record = side_records.get_line(context, line)
    if record is None:
        raise InvariantViolation("a line that is in use was never granted")
    if record.revolving:
        process_change_of_use(context, line, 0, -amount_fen)
