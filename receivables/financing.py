"""Money against a voucher, in its right order: request → take → register → pay out; and the pledgee's release.

1. The holder locks its range, or the first piece of a cut, for one bank at agreed terms; only their salted commitment
   stands here. Nobody else can finance or move the range until the lock ends.
2. Taking is the bank's consent to exactly these terms. Then it searches and files in 中登网 and records number and
   time; then it pays, valued on no day before the filing. Each step has a deadline of its own, none after cut-off.
3. A deadline missed, a refusal or a withdrawal restores what was before the request, whatever step was reached. A
   number that was filed is used up for ever: the bank has it cancelled where it was filed, and files anew next time.
4. Paid out by sale, the bank is holder and the sale is recorded, without a claim. By pledge, the holder stays and a
   claim rests on the range until the pledgee releases it, even when it is paid.

Priority among creditors follows registration (Civil Code 414, 768), not the order of records here.
"""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_registration
from pledges.rules import is_registration_number
from pledges.transitions import process_claim, process_registration, refuse_claimed
from pledges.transitions import process_release as process_release_of_claim
from receivables import checks, payments, records, rules
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.rejections import (
    FILING_TIME_OUT_OF_RANGE,
    FORM_INVALID,
    REGISTRATION_NUMBER_INVALID,
    SECURED_OUT_OF_RANGE,
    TERMS_DIFFER,
    VALUE_DAY_OUT_OF_RANGE,
)


def process_request_financing(context: Context, command: pb.RequestFinancing) -> None:
    """融资申请: the range locks for one bank. Refuses 303, 306, 313–362, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.terms_commitment, pb.RequestFinancing.TERMS_COMMITMENT_FIELD_NUMBER)
    if command.form not in rules.FINANCING_FORMS:
        raise Rejection(FORM_INVALID, pb.RequestFinancing.FORM_FIELD_NUMBER)
    ref = command.voucher
    voucher, package, cut_off_ms = checks.get_movable(context, ref)
    checks.refuse_piece(context, ref, voucher, package, command.amount_fen, pb.RequestFinancing.AMOUNT_FEN_FIELD_NUMBER)
    if not rules.is_secured(command.form, command.secured_fen, command.amount_fen):
        raise Rejection(SECURED_OUT_OF_RANGE, pb.RequestFinancing.SECURED_FEN_FIELD_NUMBER)
    bank = Side(command.bank, pb.RequestFinancing.BANK_FIELD_NUMBER, checks.FINANCING_ROLES)
    checks.refuse_counterparties(context, (bank,), package.issuer)
    checks.refuse_deadline(context, command.answer_by_ms, cut_off_ms, pb.RequestFinancing.ANSWER_BY_MS_FIELD_NUMBER)
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
    """受理: the bank consents to exactly the requested terms. Refuses 313–314, 319, 362, TERMS_DIFFER."""
    checks.refuse_organisations(context)
    voucher = checks.get_requested(context, command.voucher, (pb.FINANCING_REQUESTED,))
    _refuse_next_deadline(
        context, command.voucher, command.register_by_ms, pb.TakeFinancing.REGISTER_BY_MS_FIELD_NUMBER
    )
    if command.terms_commitment != voucher.lock.commitment:
        raise Rejection(TERMS_DIFFER, pb.TakeFinancing.TERMS_COMMITMENT_FIELD_NUMBER)
    voucher.lock.kind = pb.FINANCING_TAKEN
    voucher.lock.answer_by_ms = command.register_by_ms
    records.resolve_voucher(context, command.voucher, voucher)
    _emit_step(context, command.voucher, voucher.holder, voucher.lock)


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
    """中登网登记: the bank has searched and filed. Refuses 307, 313–314, 319, 362–363, then REGISTRATION_USED."""
    checks.refuse_organisations(context)
    number_field = pb.RegisterFinancing.REGISTRATION_NUMBER_FIELD_NUMBER
    if not is_registration_number(command.registration_number):
        raise Rejection(REGISTRATION_NUMBER_INVALID, number_field)
    voucher = checks.get_requested(context, command.voucher, (pb.FINANCING_TAKEN,))
    _refuse_next_deadline(context, command.voucher, command.pay_by_ms, pb.RegisterFinancing.PAY_BY_MS_FIELD_NUMBER)
    if not voucher.lock.locked_at_ms <= command.filed_at_ms <= context.time_ms:
        raise Rejection(FILING_TIME_OUT_OF_RANGE, pb.RegisterFinancing.FILED_AT_MS_FIELD_NUMBER)
    asset = records.compute_asset_key(command.voucher)
    process_registration(context, command.registration_number, context.actor, asset, command.filed_at_ms, number_field)
    voucher.lock.kind = pb.FINANCING_REGISTERED
    voucher.lock.answer_by_ms = command.pay_by_ms
    voucher.lock.registration_number = command.registration_number
    records.resolve_voucher(context, command.voucher, voucher)
    _emit_step(context, command.voucher, voucher.holder, voucher.lock)


def process_pay_out(context: Context, command: pb.PayOut) -> None:
    """放款: the bank has paid; by sale it is holder, by pledge it has a claim. Refuses 303, 313–314, 319, 364."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayOut.PAYMENT_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_requested(context, ref, (pb.FINANCING_REGISTERED,))
    if not _compute_filing_day(context, voucher.lock) <= command.value_on <= checks.compute_today(context):
        raise Rejection(VALUE_DAY_OUT_OF_RANGE, pb.PayOut.VALUE_ON_FIELD_NUMBER)
    if voucher.lock.form == pb.PLEDGE:
        _process_pledge(context, ref, voucher.lock, command.value_on)
    else:
        _process_sale(context, ref, voucher, command.value_on)
    emit_voucher(
        context,
        ref,
        voucher.holder,
        _compute_financed(ref, voucher.lock),
        form=voucher.lock.form,
        commitment=command.payment_commitment,
        registration_number=voucher.lock.registration_number,
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
    records.restore_voucher(context, ref)


def _process_sale(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, value_on: int) -> None:
    sold = pb.Voucher()
    sold.CopyFrom(voucher)
    sold.holder = voucher.lock.counterparty
    sold.circulation = pb.CIRCULATING
    sold.ClearField("lock")
    sale = pb.Sale(
        seller=voucher.holder,
        with_recourse=voucher.lock.form == pb.SALE_WITH_RECOURSE,
        registration_number=voucher.lock.registration_number,
        value_on=value_on,
    )
    sold.sale.CopyFrom(sale)
    records.resolve_voucher(context, ref, sold)


def process_release(context: Context, command: pb.Release) -> None:
    """解押: the pledgee ends its claim, on a paid range too. Refuses 313, NO_SUCH_CLAIM, NOT_THE_PLEDGEE."""
    checks.refuse_organisations(context)
    voucher = checks.get_voucher(context, command.voucher)
    asset = records.compute_asset_key(command.voucher)
    claim = process_release_of_claim(context, asset, checks.VOUCHER_FIELD)
    emit_voucher(
        context,
        command.voucher,
        voucher.holder,
        claim.secured_fen,
        form=pb.PLEDGE,
        registration_number=claim.registration_number,
    )


def _refuse_next_deadline(context: Context, ref: pb.VoucherRef, at_ms: int, field: int) -> None:
    package = checks.get_package_of(context, ref)
    checks.refuse_deadline(context, at_ms, checks.compute_cut_off_ms(context, package.due_on), field)


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


def compute_step_amount(
    context: Context, command: pb.TakeFinancing | pb.RegisterFinancing | pb.PayOut | pb.Release
) -> int:
    """A bank's step and a release: the range's length (分), which the command itself names."""
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
    pb.RELEASE: CommandSpec(
        "voucher.release", pb.Release, process_release, compute_step_amount, is_open_to_suspended=True
    ),
}
