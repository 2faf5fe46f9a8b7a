"""Clearing 清算: what the paying bank, the payees and the clearing list say of payments.

1. From cut-off each range has one line: payees of record, their accounts, what is owed. The list is read, not kept.
2. A line may fail and stays owed; the next payment clears the mark. The holder, and a pledgee with it, may confirm a
   payment that was made outside.
3. A payee may object, until a set day, that it has not received. Nobody judges: the bank admits it, and the amount is
   owed again, or shows its evidence, and the mark stays until the objector withdraws it, or another payee objects: one
   stands at a time, and holder and pledgee must not shut each other out. One that waits for an answer stays.
4. What came back of a payment of the range is taken off it; what came back of its share of P is owed by the range
   alone. The issuing line is used again, even above its limit; a financing line is not.
5. What was paid while frozen the bank hands over to the payees of record once no freeze is left. A payee was not paid
   before, so its days to object begin with that.
6. A bank whose financing line a range uses takes back what payments of the whole package have repaid: such a payment
   touches no range.

The reason of a failed line is form, and judged first, though its number is high. Not here: payments (settlement).
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from ledger.seam import CommandSpec, CommandTable
from receivables import checks, endings, line_use, payments, records, rules, settlement, side_records, totals
from receivables.events import emit_voucher
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    CONSENT_MISSING,
    FAIL_REASON_INVALID,
    NO_OBJECTION,
    NO_SUCH_LINE,
    NOT_A_PARTY,
    NOT_THE_GRANTOR,
    NOT_THE_HOLDER,
    NOTHING_KEPT,
    NOTHING_TO_RESTORE,
    OBJECTION_EXISTS,
    OBJECTION_TOO_LATE,
    ORGANISATIONS_WRONG,
)
from receivables.settlement import Position

FAIL_REASONS = (pb.FUNDS_LACKING, pb.ACCOUNT_REFUSED, pb.OTHER_FAILURE)

# ---------------------------------------------------------------- paid outside, or not paid


def process_confirm_paid(context: Context, command: pb.ConfirmPaid) -> None:
    """线下兑付确认: the payees say that they were paid. Refuses 303, 313, 318, 328, 333–340; a needless consent 300."""
    checks.refuse_commitment(command.payment_commitment, pb.ConfirmPaid.PAYMENT_COMMITMENT_FIELD_NUMBER)
    position = settlement.get_position(context, command.voucher)
    _refuse_other_payees(context, position)
    position = settlement.get_payable(context, position)
    settlement.refuse_before_cut_off(context, position.package)
    checks.refuse_frozen(position.package, position.voucher)
    settlement.refuse_not_owed(position, command.amount_fen, pb.ConfirmPaid.AMOUNT_FEN_FIELD_NUMBER)
    settlement.process_payment(context, position, command.amount_fen, command.payment_commitment)


def _refuse_other_payees(context: Context, position: Position) -> None:
    """Refuse whoever is not the holder, then one without the pledgee that has to consent."""
    claim = position.claim
    consenting = [] if claim is None or claim.pledgee == context.actor else [claim.pledgee]
    named = list(context.organisations[1:])
    if len(named) > len(consenting):
        raise Rejection(ORGANISATIONS_WRONG)
    if position.voucher.holder != context.actor:
        raise Rejection(NOT_THE_HOLDER)
    if named != consenting:
        raise Rejection(CONSENT_MISSING)


def process_fail_line(context: Context, command: pb.FailLine) -> None:
    """清算失败: a line of the clearing list failed; it stays owed. Refuses FAIL_REASON_INVALID, 313, 320, 333, 336."""
    checks.refuse_organisations(context)
    if command.reason not in FAIL_REASONS:
        raise Rejection(FAIL_REASON_INVALID, pb.FailLine.REASON_FIELD_NUMBER)
    ref = command.voucher
    position = settlement.get_position(context, ref)
    settlement.refuse_other_bank(context, position)
    endings.refuse_ended(position.package, position.voucher, ref)
    settlement.refuse_before_cut_off(context, position.package)
    failure = pb.Failure(on=checks.compute_today(context), reason=command.reason)
    records.update_voucher(context, ref, lambda changed: changed.failure.CopyFrom(failure))
    owed_fen = payments.compute_owed(position.package, position.voucher, ref)
    emit_voucher(context, ref, position.voucher.holder, owed_fen)


# ---------------------------------------------------------------- objections


def process_object_payment(context: Context, command: pb.ObjectPayment) -> None:
    """未收款异议: a payee has not received what was reported. Refuses 303, 313, 322, 340, 367, OBJECTION_EXISTS."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.evidence, pb.ObjectPayment.EVIDENCE_FIELD_NUMBER)
    ref = command.voucher
    position = settlement.get_position(context, ref)
    if context.actor not in _list_payees(position):
        raise Rejection(NOT_A_PARTY)
    if not 1 <= command.amount_fen <= _compute_received_by(context.actor, position):
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.ObjectPayment.AMOUNT_FEN_FIELD_NUMBER)
    if _is_too_late(context, position):
        raise Rejection(OBJECTION_TOO_LATE, checks.VOUCHER_FIELD)
    if position.voucher.HasField("objection") and not _gives_way(position.voucher.objection, context.actor):
        raise Rejection(OBJECTION_EXISTS, checks.VOUCHER_FIELD)
    objection = pb.Objection(
        objector=context.actor,
        amount_fen=command.amount_fen,
        evidence=command.evidence,
        at_ms=context.time_ms,
    )
    records.update_voucher(context, ref, lambda changed: changed.objection.CopyFrom(objection))
    emit_voucher(context, ref, position.package.paying_bank, command.amount_fen, commitment=command.evidence)


def _gives_way(objection: pb.Objection, actor: str) -> bool:
    """Whether an objection was answered, and by another payee than who objects now: what was said of it is logged."""
    return bool(objection.answer) and objection.objector != actor


def _list_payees(position: Position) -> tuple[str, ...]:
    holder, claim = position.voucher.holder, position.claim
    return (holder,) if claim is None else (holder, claim.pledgee)


def _compute_received_by(organisation: str, position: Position) -> int:
    """What a payee of record has had, as pledgee and as holder."""
    received = payments.compute_received(position.package, position.voucher, position.ref, position.claim)
    as_holder = received.holder_fen if position.voucher.holder == organisation else 0
    return as_holder + (received.pledgee_fen if _is_pledgee(organisation, position) else 0)


def _is_pledgee(organisation: str, position: Position) -> bool:
    return position.claim is not None and position.claim.pledgee == organisation


def _is_too_late(context: Context, position: Position) -> bool:
    """Whether the rulebook's days after the last payment are over; without such days always."""
    days = records.get_rules(context).objection_days
    last_on = max(position.voucher.paid_on, position.package.paid_on)
    return not days or checks.compute_today(context) > last_on + days


def process_answer_objection(context: Context, command: pb.AnswerObjection) -> None:
    """异议答复: evidence, or none, and then the amount is owed again. Refuses 303, 313, 320, NO_OBJECTION."""
    checks.refuse_organisations(context)
    if command.answer:
        checks.refuse_commitment(command.answer, pb.AnswerObjection.ANSWER_FIELD_NUMBER)
    ref = command.voucher
    position = settlement.get_position(context, ref)
    settlement.refuse_other_bank(context, position)
    objection = position.voucher.objection
    if not objection.objector or objection.answer:
        raise Rejection(NO_OBJECTION, checks.VOUCHER_FIELD)
    if command.answer:
        records.update_voucher(context, ref, lambda changed: setattr(changed.objection, "answer", command.answer))
    else:
        _process_return(context, position)
    emit_voucher(context, ref, objection.objector, objection.amount_fen, commitment=command.answer)


def _process_return(context: Context, position: Position) -> None:
    """The amount of an objection is owed again: of payments of the range first, then of its share of P."""
    ref, package, voucher = position.ref, position.package, position.voucher
    amount_fen = voucher.objection.amount_fen
    own_fen = min(amount_fen, voucher.paid_fen - voucher.forgiven_fen)
    pledgee_fen = _compute_return_of_pledgee(position)

    def change(changed: pb.Voucher) -> None:
        if changed.stage == pb.PAID:
            changed.stage, changed.circulation = pb.LIVE, pb.CIRCULATING
        changed.paid_fen -= own_fen
        changed.returned_fen += amount_fen - own_fen
        changed.paid_to_pledgee_fen -= pledgee_fen
        changed.ClearField("objection")

    records.update_voucher(context, ref, change)
    package.stage = pb.PACKAGE_LIVE
    package.own_paid_fen -= own_fen
    package.returned_fen += amount_fen - own_fen
    records.put_package(context, ref.package, package)
    debtor = rules.compute_debtor(package)
    after = totals.compute_owed_again(records.get_issuer_totals(context, debtor), package.due_on, amount_fen)
    records.put_issuer_totals(context, debtor, after)
    line_use.process_repayment(context, package.line, -amount_fen)


def _compute_return_of_pledgee(position: Position) -> int:
    """What of the objection's amount a pledgee had: the one of now, or one whose claim has ended or passed on since."""
    objection = position.voucher.objection
    if objection.objector == position.voucher.holder and not _is_pledgee(objection.objector, position):
        return 0
    received = payments.compute_received(position.package, position.voucher, position.ref, position.claim)
    return min(objection.amount_fen, received.pledgee_fen)


def process_withdraw_objection(context: Context, command: pb.WithdrawObjection) -> None:
    """异议撤回: by the objector, who was paid after all. Refuses 313, 322, NO_OBJECTION."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    if not voucher.HasField("objection"):
        raise Rejection(NO_OBJECTION, checks.VOUCHER_FIELD)
    if voucher.objection.objector != context.actor:
        raise Rejection(NOT_A_PARTY)
    records.update_voucher(context, ref, lambda changed: changed.ClearField("objection"))
    emit_voucher(context, ref, amount_fen=voucher.objection.amount_fen)


# ---------------------------------------------------------------- what was kept, what is restored


def process_hand_over(context: Context, command: pb.HandOver) -> None:
    """解冻后划付: all that the bank kept goes to the payees of record. Refuses 303, 313, 320, 338, 372, 374, 412."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.HandOver.PAYMENT_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    position = settlement.get_position(context, ref)
    settlement.refuse_other_bank(context, position)
    checks.refuse_frozen(position.package, position.voucher)
    kept_fen = position.voucher.kept_fen
    payees = settlement.compute_payees_of_record(position, kept_fen)
    settlement.refuse_other_payees(context, command, payees)
    if not kept_fen:
        raise Rejection(NOTHING_KEPT, checks.VOUCHER_FIELD)
    pledgee_fen, today = settlement.compute_pledgee_part(position, kept_fen), checks.compute_today(context)

    def change(changed: pb.Voucher) -> None:
        changed.paid_to_pledgee_fen += pledgee_fen
        changed.kept_fen, changed.paid_on = 0, today

    records.update_voucher(context, ref, change)
    change(position.voucher)
    _process_restoration(context, position)
    settlement.emit_payment(context, ref, payees, command.payment_commitment)


def process_restore_line(context: Context, command: pb.RestoreLine) -> None:
    """额度恢复: the bank's line has back what its debtor's payments repaid. Refuses 313, 323, 324, 419."""
    checks.refuse_organisations(context)
    ref = command.voucher
    position = settlement.get_position(context, ref)
    line = position.voucher.line
    if not line:
        raise Rejection(NO_SUCH_LINE, checks.VOUCHER_FIELD)
    record = side_records.get_line(context, line)
    if record is None:
        raise InvariantViolation("a line that is in use was never granted")
    if record.grantor != context.actor:
        raise Rejection(NOT_THE_GRANTOR)
    back_fen = _process_restoration(context, position)
    if not back_fen:
        raise Rejection(NOTHING_TO_RESTORE, checks.VOUCHER_FIELD)
    context.emit(pb.VoucherEvent(voucher=ref, actor=context.actor, amount_fen=back_fen, line=line))


def _process_restoration(context: Context, position: Position) -> int:
    """Give back to the financing line what its financier has had by now; the range, locked or not, says so."""
    back_fen = settlement.process_repayment_of_financing(context, position)
    line, used_fen = position.voucher.line, position.voucher.line_used_fen

    def change(changed: pb.Voucher) -> None:
        changed.line, changed.line_used_fen = line, used_fen

    records.update_voucher(context, position.ref, change)
    return back_fen


# ---------------------------------------------------------------- what signers approve, and the table


def compute_confirm_amount(context: Context, command: pb.ConfirmPaid) -> int:
    """A confirmation: its amount (分)."""
    return max(command.amount_fen, 0)


def compute_answer_amount(context: Context, command: pb.AnswerObjection) -> int:
    """An admission: the range's length (分), since its debtor owes again; evidence of the payment moves nothing."""
    return 0 if command.answer else rules.compute_approved_length(command.voucher)


def compute_waiver_amount(context: Context, command: pb.WithdrawObjection) -> int:
    """A withdrawal: the range's length (分), of which the objector says that it was paid after all."""
    return rules.compute_approved_length(command.voucher)


def compute_hand_over_amount(context: Context, command: pb.HandOver) -> int:
    """What is handed over: the sum of its payees (分)."""
    return settlement.compute_payees_sum(command.payees)


def compute_restore_amount(context: Context, command: pb.RestoreLine) -> int:
    """A restoration: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.CONFIRM_PAID: CommandSpec(
        "voucher.confirm_paid", pb.ConfirmPaid, process_confirm_paid, compute_confirm_amount, is_open_to_suspended=True
    ),
    pb.FAIL_LINE: CommandSpec("voucher.fail_line", pb.FailLine, process_fail_line, is_open_to_suspended=True),
    pb.OBJECT_PAYMENT: CommandSpec(
        "voucher.object_payment", pb.ObjectPayment, process_object_payment, is_open_to_suspended=True
    ),
    pb.ANSWER_OBJECTION: CommandSpec(
        "voucher.answer_objection",
        pb.AnswerObjection,
        process_answer_objection,
        compute_answer_amount,
        is_open_to_suspended=True,
    ),
    pb.WITHDRAW_OBJECTION: CommandSpec(
        "voucher.withdraw_objection",
        pb.WithdrawObjection,
        process_withdraw_objection,
        compute_waiver_amount,
        is_open_to_suspended=True,
    ),
    pb.HAND_OVER: CommandSpec(
        "voucher.hand_over", pb.HandOver, process_hand_over, compute_hand_over_amount, is_open_to_suspended=True
    ),
    pb.RESTORE_LINE: CommandSpec(
        "voucher.restore_line", pb.RestoreLine, process_restore_line, compute_restore_amount, is_open_to_suspended=True
    ),
}
