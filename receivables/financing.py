"""Money against a voucher, in its right order: request → take → register → pay out.

1. The holder locks its range, or the first piece of a cut, for one bank at agreed terms; only their salted commitment
   stands here. Nobody else can finance or move the range until the lock ends.
2. Taking is the bank's consent to exactly these terms. Then it searches and files in 中登网 and records number and
   time; then it pays, valued on no day before the filing. Each step has a deadline of its own, none after cut-off.
3. A deadline missed, a refusal or a withdrawal restores what was before the request, whatever step was reached. A
   number that was filed is used up for ever: the bank has it cancelled where it was filed, and files anew next time.
4. Paid out by sale, the bank is holder and the sale is recorded, without a claim. By pledge, the holder stays and a
   claim rests on the range until the pledgee releases it, even when it is paid.
5. A dispute or a red letter stops request and taking, never the pay-out: money may have moved. A freeze stops each
   step, and the deadline runs on. What was paid on while it was locked, as a calendar that is voted may allow, is not
   financed: no claim begins after a payment.
6. A bank that names its financing line 融资额度 on the debtor uses it from the pay-out on, until the range is paid
   (a revolving line), released, bought back or sold on. A range uses one line: that of its buyer, else its pledgee's.
   So a pledge of a range that was bought uses none.
7. Whoever registered all receivables of the holder 概括登记 consents to the registration, or it is refused.

Priority among creditors follows registration (Civil Code 414, 768), not the order of records here. Not here: what
follows the pay-out (aftercare), the quotes on which a request may rest (quotes).
"""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_blankets, get_registration
from pledges.rejections import BLANKET_REGISTERED
from pledges.rules import is_registration_number
from pledges.transitions import process_claim, process_registration, refuse_claimed
from receivables import checks, line_use, payments, quotes, records, rules
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.rejections import (
    FILING_TIME_OUT_OF_RANGE,
    FORM_INVALID,
    LINE_NOT_OPEN,
    NOT_THE_GRANTOR,
    ORGANISATIONS_WRONG,
    REGISTRATION_NUMBER_INVALID,
    SEARCH_TIME_OUT_OF_RANGE,
    SECURED_OUT_OF_RANGE,
    TERMS_DIFFER,
    VALUE_DAY_OUT_OF_RANGE,
)

MAX_ORGANISATIONS = 4  # of a command: the bank, and at most three that registered all of the holder's receivables


def process_request_financing(context: Context, command: pb.RequestFinancing) -> None:
    """融资申请: the range locks for one bank. Refuses 303, 306, 313–362, 410, 375, 400–411, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.terms_commitment, pb.RequestFinancing.TERMS_COMMITMENT_FIELD_NUMBER)
    if command.form not in rules.FINANCING_FORMS:
        raise Rejection(FORM_INVALID, pb.RequestFinancing.FORM_FIELD_NUMBER)
    ref = command.voucher
    voucher, package, cut_off_ms = checks.get_movable(context, ref)
    checks.refuse_disputed(voucher)
    checks.refuse_piece(context, ref, voucher, package, command.amount_fen, pb.RequestFinancing.AMOUNT_FEN_FIELD_NUMBER)
    if not rules.is_secured(command.form, command.secured_fen, command.amount_fen):
        raise Rejection(SECURED_OUT_OF_RANGE, pb.RequestFinancing.SECURED_FEN_FIELD_NUMBER)
    bank = Side(command.bank, pb.RequestFinancing.BANK_FIELD_NUMBER, checks.FINANCING_ROLES)
    checks.refuse_counterparties(context, (bank,), rules.compute_debtor(package))
    checks.refuse_deadline(context, command.answer_by_ms, cut_off_ms, pb.RequestFinancing.ANSWER_BY_MS_FIELD_NUMBER)
    asked = quotes.get_quoted(context, command, voucher) if command.is_quoted else None
    checks.refuse_partly_paid(package, voucher)
    checks.refuse_red_lettered(package)
    if asked is not None:
        quotes.refuse_before_quotes(context, asked)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    lock = pb.Lock(
        kind=pb.FINANCING_REQUESTED,
        counterparty=command.bank,
        answer_by_ms=command.answer_by_ms,
        commitment=command.terms_commitment,
        form=command.form,
        secured_fen=command.secured_fen,
        locked_at_ms=context.time_ms,
    )
    piece = records.put_locked_piece(context, ref, voucher, command.amount_fen, lock)
    parent = None if piece is ref else ref
    emit_voucher(
        context, piece, command.bank, command.amount_fen, parent, form=command.form, commitment=command.terms_commitment
    )


def process_take_financing(context: Context, command: pb.TakeFinancing) -> None:
    """受理: the bank consents to exactly the requested terms. Refuses 313–324, 335–339, 362, 371, 382–401."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher = checks.get_requested(context, ref, (pb.FINANCING_REQUESTED,))
    line = _get_own_line(context, command.line) if command.line else None
    package, cut_off_ms = checks.get_package_in_time(context, ref, voucher)
    checks.refuse_disputed(voucher)
    checks.refuse_deadline(context, command.register_by_ms, cut_off_ms, pb.TakeFinancing.REGISTER_BY_MS_FIELD_NUMBER)
    if command.terms_commitment != voucher.lock.commitment:
        raise Rejection(TERMS_DIFFER, pb.TakeFinancing.TERMS_COMMITMENT_FIELD_NUMBER)
    if line is not None:
        _refuse_line(context, ref, voucher, package, line, pb.TakeFinancing.LINE_FIELD_NUMBER)
    checks.refuse_partly_paid(package, voucher)
    checks.refuse_red_lettered(package)
    voucher.lock.kind = pb.FINANCING_TAKEN
    voucher.lock.answer_by_ms = command.register_by_ms
    voucher.lock.line = command.line
    records.resolve_voucher(context, ref, voucher)
    _emit_step(context, ref, voucher.holder, voucher.lock)


def _get_own_line(context: Context, line: str) -> pb.Line:
    """The bank's line that it names. Refuses NO_SUCH_LINE, NOT_THE_GRANTOR."""
    found = line_use.get_line(context, line, pb.TakeFinancing.LINE_FIELD_NUMBER)
    if found.grantor != context.actor:
        raise Rejection(NOT_THE_GRANTOR, pb.TakeFinancing.LINE_FIELD_NUMBER)
    return found


def _refuse_line(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package, line: pb.Line, field: int
) -> None:
    """Refuse a line that is not open to this financing, or has too little left: 382, 383."""
    if voucher.lock.form == pb.PLEDGE and voucher.HasField("sale"):
        raise Rejection(LINE_NOT_OPEN, field)
    financed = _compute_financed(ref, voucher.lock)
    line_use.refuse_line(context, line, rules.compute_debtor(package), pb.FINANCING, financed, field)


def process_refuse_financing(context: Context, command: pb.RefuseFinancing) -> None:
    """拒绝: the bank steps back, at any step before the pay-out. Refuses 313, 314, NOT_THE_COUNTERPARTY."""
    checks.refuse_organisations(context)
    voucher = checks.get_requested(context, command.voucher, rules.FINANCING_LOCKS)
    records.restore_voucher(context, command.voucher)
    _emit_step(context, command.voucher, voucher.holder, voucher.lock)


def process_withdraw_financing(context: Context, command: pb.WithdrawFinancing) -> None:
    """撤销申请: the holder withdraws before the bank has taken. Refuses 313, 314, NOT_THE_HOLDER."""
    checks.refuse_organisations(context)
    voucher = checks.get_requested(context, command.voucher, (pb.FINANCING_REQUESTED,), by_holder=True)
    records.restore_voucher(context, command.voucher)
    _emit_step(context, command.voucher, voucher.lock.counterparty, voucher.lock)


def process_register_financing(context: Context, command: pb.RegisterFinancing) -> None:
    """中登网登记: the bank has searched and filed. Refuses 307, 313–319, 335–338, 362–369, 400, then 213, 220.

    That nobody consents without need (300) is judged once the holder is known.
    """
    if not 1 <= len(context.organisations) <= MAX_ORGANISATIONS:
        raise Rejection(ORGANISATIONS_WRONG)
    number_field = pb.RegisterFinancing.REGISTRATION_NUMBER_FIELD_NUMBER
    if not is_registration_number(command.registration_number):
        raise Rejection(REGISTRATION_NUMBER_INVALID, number_field)
    ref = command.voucher
    voucher = checks.get_requested(context, ref, (pb.FINANCING_TAKEN,))
    secured = [blanket.secured_party for blanket in get_blankets(context, voucher.holder).blankets]
    if any(other not in secured for other in context.organisations[1:]):
        raise Rejection(ORGANISATIONS_WRONG)
    package, cut_off_ms = checks.get_package_in_time(context, ref, voucher)
    checks.refuse_deadline(context, command.pay_by_ms, cut_off_ms, pb.RegisterFinancing.PAY_BY_MS_FIELD_NUMBER)
    if not voucher.lock.locked_at_ms <= command.filed_at_ms <= context.time_ms:
        raise Rejection(FILING_TIME_OUT_OF_RANGE, pb.RegisterFinancing.FILED_AT_MS_FIELD_NUMBER)
    _refuse_search(context, command, voucher.lock)
    checks.refuse_partly_paid(package, voucher)
    if any(party not in context.organisations for party in secured):
        raise Rejection(BLANKET_REGISTERED, checks.VOUCHER_FIELD)
    asset = records.compute_asset_key(ref)
    process_registration(context, command.registration_number, context.actor, asset, command.filed_at_ms, number_field)
    voucher.lock.kind = pb.FINANCING_REGISTERED
    voucher.lock.answer_by_ms = command.pay_by_ms
    voucher.lock.registration_number = command.registration_number
    records.resolve_voucher(context, ref, voucher)
    _emit_step(context, ref, voucher.holder, voucher.lock)


def _refuse_search(context: Context, command: pb.RegisterFinancing, lock: pb.Lock) -> None:
    """Refuse a search that is told as before the request or after the filing, or not told where it must be."""
    if not command.searched_at_ms and not records.get_rules(context).search_required:
        return
    if not lock.locked_at_ms <= command.searched_at_ms <= command.filed_at_ms:
        raise Rejection(SEARCH_TIME_OUT_OF_RANGE, pb.RegisterFinancing.SEARCHED_AT_MS_FIELD_NUMBER)


def process_pay_out(context: Context, command: pb.PayOut) -> None:
    """放款: the bank has paid; by sale it is holder, by pledge it has a claim. Refuses 303, 313–338, 364, 382–400."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayOut.PAYMENT_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher, package, _ = checks.get_answerable(context, ref, (pb.FINANCING_REGISTERED,))
    lock, holder = voucher.lock, voucher.holder
    if not _compute_filing_day(context, lock) <= command.value_on <= checks.compute_today(context):
        raise Rejection(VALUE_DAY_OUT_OF_RANGE, pb.PayOut.VALUE_ON_FIELD_NUMBER)
    if lock.line:
        line = line_use.get_line(context, lock.line, checks.VOUCHER_FIELD)
        _refuse_line(context, ref, voucher, package, line, checks.VOUCHER_FIELD)
    checks.refuse_partly_paid(package, voucher)
    if lock.form == pb.PLEDGE:
        _process_pledge(context, ref, lock, command.value_on)
    else:
        _process_sale(context, voucher, command.value_on)
    financed = _compute_financed(ref, lock)
    _process_use_of_line(context, voucher, lock.line, financed)
    _put_paid_out(context, ref, voucher)
    emit_voucher(
        context,
        ref,
        holder,
        financed,
        form=lock.form,
        commitment=command.payment_commitment,
        registration_number=lock.registration_number,
    )


def _compute_filing_day(context: Context, lock: pb.Lock) -> int:
    """The civil day of the filing, which lies between the request and today."""
    registration = get_registration(context, lock.registration_number)
    if registration is None:
        raise InvariantViolation("a registered range without its registration")
    return compute_civil_day(registration.filed_at_ms)


def _process_pledge(context: Context, ref: pb.VoucherRef, lock: pb.Lock, value_on: int) -> None:
    claim = pledges_pb2.Claim(
        pledgee=lock.counterparty,
        secured_fen=lock.secured_fen,
        registration_number=lock.registration_number,
        value_on=value_on,
    )
    process_claim(context, records.compute_asset_key(ref), claim, checks.VOUCHER_FIELD)


def _process_sale(context: Context, voucher: pb.Voucher, value_on: int) -> None:
    """The bank is holder. A bank that sells what it bought itself has its own line back."""
    process_end_of_line_use(context, voucher)
    sale = pb.Sale(
        seller=voucher.holder,
        with_recourse=voucher.lock.form == pb.SALE_WITH_RECOURSE,
        registration_number=voucher.lock.registration_number,
        value_on=value_on,
    )
    voucher.holder = voucher.lock.counterparty
    voucher.sale.CopyFrom(sale)


def _process_use_of_line(context: Context, voucher: pb.Voucher, line: str, financed_fen: int) -> None:
    if line:
        line_use.process_change_of_use(context, line, 0, financed_fen)
        voucher.line, voucher.line_used_fen = line, financed_fen


def _put_paid_out(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> None:
    """The lock is answered: what was changed under it stays."""
    paid_out = pb.Voucher()
    paid_out.CopyFrom(voucher)
    paid_out.circulation = pb.CIRCULATING
    paid_out.ClearField("lock")
    records.resolve_voucher(context, ref, paid_out)


def process_end_of_line_use(context: Context, voucher: pb.Voucher) -> None:
    """Give back all that a range uses of a financing line, revolving or not; the caller writes the range."""
    line_use.process_change_of_use(context, voucher.line, 0, -voucher.line_used_fen)
    voucher.line, voucher.line_used_fen = "", 0


def is_line_of_claim(voucher: pb.Voucher) -> bool:
    """Whether the line that a claimed range uses is its pledgee's: one that was bought uses its buyer's."""
    return bool(voucher.line) and not voucher.HasField("sale")


def _compute_financed(ref: pb.VoucherRef, lock: pb.Lock) -> int:
    return lock.secured_fen if lock.form == pb.PLEDGE else payments.compute_length(ref)


def _emit_step(context: Context, ref: pb.VoucherRef, counterparty: str, lock: pb.Lock) -> None:
    emit_voucher(
        context,
        ref,
        counterparty,
        _compute_financed(ref, lock),
        form=lock.form,
        commitment=lock.commitment,
        registration_number=lock.registration_number,
    )


# ---------------------------------------------------------------- what signers approve, and the table


def compute_request_amount(context: Context, command: pb.RequestFinancing) -> int:
    """Request: the amount that is offered (分)."""
    return max(command.amount_fen, 0)


def compute_step_amount(context: Context, command: pb.TakeFinancing | pb.RegisterFinancing | pb.PayOut) -> int:
    """A bank's step: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.REQUEST_FINANCING: CommandSpec(
        "voucher.request_financing", pb.RequestFinancing, process_request_financing, compute_request_amount
    ),
    pb.TAKE_FINANCING: CommandSpec(
        "voucher.take_financing", pb.TakeFinancing, process_take_financing, compute_step_amount
    ),
    pb.REFUSE_FINANCING: CommandSpec(
        "voucher.refuse_financing", pb.RefuseFinancing, process_refuse_financing, is_open_to_suspended=True
    ),
    pb.WITHDRAW_FINANCING: CommandSpec(
        "voucher.withdraw_financing", pb.WithdrawFinancing, process_withdraw_financing, is_open_to_suspended=True
    ),
    pb.REGISTER_FINANCING: CommandSpec(
        "voucher.register_financing", pb.RegisterFinancing, process_register_financing, compute_step_amount
    ),
    pb.PAY_OUT: CommandSpec("voucher.pay_out", pb.PayOut, process_pay_out, compute_step_amount),
}
