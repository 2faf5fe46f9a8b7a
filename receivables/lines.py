"""Lines 额度: a bank, a factor or a service operator grants them, changes them, and is restored to them.

1. An issuing line is for whoever issues under it, a financing line for the issuer whose debts a bank finances.
2. A group line has no group line above it; a line under it is of the same grantor and purpose.
3. A change never touches what is in use: a limit below it leaves nothing free. Closed is for ever.
4. A last day lies ahead when it is told; one that has passed may stay, so that a line past it can still be closed.
5. A payment of a whole package writes no range, so the bank restores a range's part of it by a command of its own.

What issuing, financing and payment do to lines stands in line_use.
"""

from hefu.v1 import receivables_pb2 as pb
from hefu.v1.identity_pb2 import BANK, FACTOR, SERVICE_OPERATOR
from identity.records import get_organisation
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from receivables import checks, line_use, rules, side_records
from receivables.checks import Side
from receivables.rejections import (
    LINE_EXISTS,
    LINE_TERMS_INVALID,
    MAY_NOT_GRANT,
    NOT_THE_GRANTOR,
    NUMBER_INVALID,
)

GRANTING_ROLES: dict[int, tuple[int, ...]] = {
    pb.ISSUING: (BANK, FACTOR, SERVICE_OPERATOR),
    pb.FINANCING: (BANK, FACTOR),
}
STATUSES = (pb.LINE_OPEN, pb.LINE_SUSPENDED, pb.LINE_CLOSED)


def process_grant_line(context: Context, command: pb.GrantLine) -> None:
    """授信: a new line for another organisation. Refuses 300–301, 323, 325, 329, 350–353, LINE_TERMS_INVALID."""
    checks.refuse_organisations(context)
    if not rules.is_number(command.number):
        raise Rejection(NUMBER_INVALID, pb.GrantLine.NUMBER_FIELD_NUMBER)
    group = line_use.get_line(context, command.group, pb.GrantLine.GROUP_FIELD_NUMBER) if command.group else None
    line = rules.compute_package_id(context.actor, command.number)  # of the same form
    if side_records.get_line(context, line) is not None:
        raise Rejection(LINE_EXISTS, pb.GrantLine.NUMBER_FIELD_NUMBER)
    _refuse_grantor(context, command.purpose)
    checks.refuse_counterparties(context, (Side(command.holder, pb.GrantLine.HOLDER_FIELD_NUMBER),))
    _refuse_terms(context, command, group)
    record = pb.Line(
        grantor=context.actor,
        holder=command.holder,
        purpose=command.purpose,
        limit_fen=command.limit_fen,
        revolving=command.revolving,
        last_on=command.last_on,
        status=pb.LINE_OPEN,
        group=command.group,
    )
    side_records.put_line(context, line, record)
    _emit_line(context, line, record)


def _refuse_grantor(context: Context, purpose: int) -> None:
    """A purpose that is none is refused later, with the terms; here it is judged as issuing is."""
    grantor = get_organisation(context, context.actor) or checks.NOBODY
    if not checks.is_one_of(grantor, GRANTING_ROLES.get(purpose, GRANTING_ROLES[pb.ISSUING])):
        raise Rejection(MAY_NOT_GRANT)


def _refuse_terms(context: Context, command: pb.GrantLine, group: pb.Line | None) -> None:
    if command.purpose not in GRANTING_ROLES:
        raise Rejection(LINE_TERMS_INVALID, pb.GrantLine.PURPOSE_FIELD_NUMBER)
    if command.limit_fen < 1:
        raise Rejection(LINE_TERMS_INVALID, pb.GrantLine.LIMIT_FEN_FIELD_NUMBER)
    if command.last_on < checks.compute_today(context):
        raise Rejection(LINE_TERMS_INVALID, pb.GrantLine.LAST_ON_FIELD_NUMBER)
    if group is not None and (group.grantor, group.purpose, group.group) != (context.actor, command.purpose, ""):
        raise Rejection(LINE_TERMS_INVALID, pb.GrantLine.GROUP_FIELD_NUMBER)


def process_change_line(context: Context, command: pb.ChangeLine) -> None:
    """额度调整: another limit, last day or status. Refuses 300, 323, NOT_THE_GRANTOR, LINE_TERMS_INVALID."""
    checks.refuse_organisations(context)
    line = line_use.get_line(context, command.line, pb.ChangeLine.LINE_FIELD_NUMBER)
    if line.grantor != context.actor:
        raise Rejection(NOT_THE_GRANTOR)
    if line.status == pb.LINE_CLOSED:
        raise Rejection(LINE_TERMS_INVALID, pb.ChangeLine.LINE_FIELD_NUMBER)
    if command.limit_fen < 1:
        raise Rejection(LINE_TERMS_INVALID, pb.ChangeLine.LIMIT_FEN_FIELD_NUMBER)
    if command.last_on != line.last_on and command.last_on < checks.compute_today(context):
        raise Rejection(LINE_TERMS_INVALID, pb.ChangeLine.LAST_ON_FIELD_NUMBER)
    if command.status not in STATUSES:
        raise Rejection(LINE_TERMS_INVALID, pb.ChangeLine.STATUS_FIELD_NUMBER)
    line.limit_fen, line.last_on, line.status = command.limit_fen, command.last_on, command.status
    side_records.put_line(context, command.line, line)
    _emit_line(context, command.line, line)


def _emit_line(context: Context, line: str, record: pb.Line) -> None:
    event = pb.VoucherEvent(actor=context.actor, counterparty=record.holder, amount_fen=record.limit_fen, line=line)
    context.emit(event)


def compute_line_amount(context: Context, command: pb.GrantLine | pb.ChangeLine) -> int:
    """Grant and change: the whole limit (分)."""
    return max(command.limit_fen, 0)


COMMANDS: CommandTable = {
    pb.GRANT_LINE: CommandSpec("line.grant", pb.GrantLine, process_grant_line, compute_line_amount),
    pb.CHANGE_LINE: CommandSpec(
        "line.change", pb.ChangeLine, process_change_line, compute_line_amount, is_open_to_suspended=True
    ),
}
