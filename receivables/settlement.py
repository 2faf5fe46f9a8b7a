"""What is paid: one range early, one range from cut-off on, or the whole package from cut-off on.

1. Prepay: the debtor acts, its paying bank consents, on any day; all that is owed on one range that is not locked.
   Below face the holder consents too, and lets off no more than its own part. Nobody is named twice: a paying bank
   that bought the range consents once for both.
2. From cut-off on the paying bank pays a range in whole or in part, or the package, where every range gets its share.
   A lock that is still there then, for the due day was brought forward, is void: what came back is paid.
3. A payment of a range names its payees of record, their amounts and their accounts of record, or is refused; one of
   the package names none. How they are computed stands in payments.py.
4. While an order of a court rests on range or package nobody is payee, and the bank keeps what it pays on a range.
5. The package is paid as a whole only while no range has a payment of its own, ended, or was owed again: a range
   prepaid before cut-off closes this way for its package, whose other ranges are then paid one by one.
6. A range is paid and closed when nothing is owed on it after a payment of its own; *paid* through the package is
   read. The package is settled when its whole face is paid, in either way.
7. A payment gives the issuing line back what it paid, and the financing line what the financier had, if they revolve.
8. A claim stays: only its pledgee ends it.
9. A suspended organisation still owes and still pays: no suspension stops a payment.

Not here: what is said of a payment afterwards (clearing).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import InvariantViolation, Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_claim
from receivables import checks, endings, line_use, payments, records, rules, side_records, totals
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    ACCOUNT_NOT_OF_RECORD,
    AMOUNT_OUT_OF_RANGE,
    BEFORE_CUT_OFF,
    CONSENT_MISSING,
    FORGIVEN_OUT_OF_RANGE,
    NOT_THE_ISSUER,
    NOT_THE_PAYING_BANK,
    ORGANISATIONS_WRONG,
    PACKAGE_NOT_LIVE,
    PAID_BY_RANGES,
    PAYEE_NOT_OF_RECORD,
    VOUCHER_FROZEN,
    VOUCHER_LOCKED,
)


def process_prepay(context: Context, command: pb.Prepay) -> None:
    """提前兑付: debtor and paying bank pay all that is owed on a range. Refuses 303, 313–328, 333–344, 372, 374.

    A needless consent is refused by 300 once it is known who holds and who owes.
    """
    is_below_face = command.forgiven_fen != 0
    checks.refuse_commitment(command.payment_commitment, pb.Prepay.PAYMENT_COMMITMENT_FIELD_NUMBER)
    position = get_position(context, command.voucher)
    package = position.package
    _refuse_other_prepayers(context, position, is_below_face)
    position = get_payable(context, position)
    owed_fen = payments.compute_owed(package, position.voucher, position.ref)
    if is_below_face:
        checks.refuse_frozen(package, position.voucher)
        if not 1 <= command.forgiven_fen <= owed_fen - compute_pledgee_part(position, owed_fen):
            raise Rejection(FORGIVEN_OUT_OF_RANGE, pb.Prepay.FORGIVEN_FEN_FIELD_NUMBER)
    received_fen = owed_fen - command.forgiven_fen
    refuse_other_payees(context, command, compute_payees_of_record(position, received_fen))
    process_payment(context, position, received_fen, command.payment_commitment, command.forgiven_fen)


def process_pay_voucher(context: Context, command: pb.PayVoucher) -> None:
    """兑付: the paying bank pays on a range, in whole or in part. Refuses 303, 313, 320, 333–340, 372, 374."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayVoucher.PAYMENT_COMMITMENT_FIELD_NUMBER)
    position = get_position(context, command.voucher)
    refuse_other_bank(context, position)
    position = get_payable(context, position)
    refuse_before_cut_off(context, position.package)
    refuse_not_owed(position, command.amount_fen, pb.PayVoucher.AMOUNT_FEN_FIELD_NUMBER)
    refuse_other_payees(context, command, compute_payees_of_record(position, command.amount_fen))
    process_payment(context, position, command.amount_fen, command.payment_commitment)


def process_pay_package(context: Context, command: pb.PayPackage) -> None:
    """整包部分兑付: the paying bank pays every range its share. Refuses 303, 312, 320, 332, 336, 338, 340, 373."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayPackage.PAYMENT_COMMITMENT_FIELD_NUMBER)
    package = checks.get_package(context, command.package)
    if package.paying_bank != context.actor:
        raise Rejection(NOT_THE_PAYING_BANK)
    if package.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, pb.PayPackage.PACKAGE_FIELD_NUMBER)
    refuse_before_cut_off(context, package)
    if package.freezes:
        raise Rejection(VOUCHER_FROZEN, pb.PayPackage.PACKAGE_FIELD_NUMBER)
    if not 1 <= command.amount_fen <= payments.compute_package_owed(package):
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.PayPackage.AMOUNT_FEN_FIELD_NUMBER)
    if package.own_paid_fen or package.merged_fen or package.cancelled_fen or package.returned_fen:
        raise Rejection(PAID_BY_RANGES, pb.PayPackage.PACKAGE_FIELD_NUMBER)
    package.paid_fen += command.amount_fen
    package.paid_on = checks.compute_today(context)
    _put_paid(context, command.package, package, command.amount_fen)
    debtor = rules.compute_debtor(package)
    emit_package(context, command.package, debtor, command.amount_fen, command.payment_commitment)


# ---------------------------------------------------------------- what payments of a range share


@dataclass(frozen=True, slots=True)
class Position:
    """A range, its package, and the claim that rests on it."""

    ref: pb.VoucherRef
    package: pb.Package
    voucher: pb.Voucher
    claim: pledges_pb2.Claim | None


def get_position(context: Context, ref: pb.VoucherRef) -> Position:
    """What a command about the payments of a range needs to know. Refuses NO_SUCH_VOUCHER."""
    voucher = checks.get_voucher(context, ref)
    claim = get_claim(context, records.compute_asset_key(ref))
    return Position(ref, checks.get_package_of(context, ref), voucher, claim)


def refuse_other_bank(context: Context, position: Position) -> None:
    """Refuse whoever is not the paying bank of the range's package (NOT_THE_PAYING_BANK)."""
    if position.package.paying_bank != context.actor:
        raise Rejection(NOT_THE_PAYING_BANK)


def _refuse_other_prepayers(context: Context, position: Position, is_below_face: bool) -> None:
    """Refuse all but the debtor, its paying bank and, below face, the holder; who is two of these is named once."""
    debtor, bank = rules.compute_debtor(position.package), position.package.paying_bank
    needed = dict.fromkeys((debtor, bank, position.voucher.holder) if is_below_face else (debtor, bank))
    named = context.organisations
    if len(named) > len(needed):
        raise Rejection(ORGANISATIONS_WRONG)
    if debtor != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    if bank not in named[:2]:
        raise Rejection(NOT_THE_PAYING_BANK)
    if named != tuple(needed):
        raise Rejection(CONSENT_MISSING)


def get_payable(context: Context, position: Position) -> Position:
    """The range as it may be paid: a lock past cut-off is void, and ends here. Refuses VOUCHER_CLOSED, 334."""
    endings.refuse_ended(position.package, position.voucher, position.ref)
    if position.voucher.circulation == pb.CIRCULATING:
        return position
    if context.time_ms < checks.compute_cut_off_ms(context, position.package.due_on):
        raise Rejection(VOUCHER_LOCKED, checks.VOUCHER_FIELD)
    records.restore_voucher(context, position.ref)
    return get_position(context, position.ref)


def refuse_before_cut_off(context: Context, package: pb.Package) -> None:
    """Refuse what the clearing of a package is about before its cut-off (BEFORE_CUT_OFF)."""
    if context.time_ms < checks.compute_cut_off_ms(context, package.due_on):
        raise Rejection(BEFORE_CUT_OFF, checks.VOUCHER_FIELD)


def refuse_not_owed(position: Position, amount_fen: int, field: int) -> None:
    """Refuse an amount that is not 1…what is owed on the range (AMOUNT_OUT_OF_RANGE)."""
    if not 1 <= amount_fen <= payments.compute_owed(position.package, position.voucher, position.ref):
        raise Rejection(AMOUNT_OUT_OF_RANGE, field)


def compute_pledgee_part(position: Position, amount_fen: int) -> int:
    """What of an amount that is paid now would go to the pledgee."""
    return payments.compute_pledgee_part(position.package, position.voucher, position.ref, position.claim, amount_fen)


def compute_payees_of_record(position: Position, amount_fen: int) -> list[pb.Payee]:
    """Who receives how much of an amount, without accounts; nobody while frozen."""
    if rules.is_frozen(position.package, position.voucher):
        return []
    pledgee_fen = compute_pledgee_part(position, amount_fen)
    return payments.compute_payees(position.voucher, position.claim, pledgee_fen, amount_fen)


def refuse_other_payees(
    context: Context, command: pb.Prepay | pb.PayVoucher | pb.HandOver, payees: Sequence[pb.Payee]
) -> None:
    """Refuse payees or amounts that are not of record (PAYEE_NOT_OF_RECORD), then accounts that are not (374)."""
    field = command.PAYEES_FIELD_NUMBER
    named = [(payee.organisation, payee.amount_fen) for payee in command.payees]
    if named != [(payee.organisation, payee.amount_fen) for payee in payees]:
        raise Rejection(PAYEE_NOT_OF_RECORD, field)
    for payee in command.payees:
        if payee.account_commitment != side_records.get_account(context, payee.organisation):
            raise Rejection(ACCOUNT_NOT_OF_RECORD, field)


def process_payment(
    context: Context, position: Position, amount_fen: int, commitment: bytes, forgiven_fen: int = 0
) -> None:
    """Pay on a range that is not locked, to its payees of record; frozen, the bank keeps it. The caller has judged."""
    ref, package, voucher = position.ref, position.package, position.voucher
    payees = compute_payees_of_record(position, amount_fen)
    if payees:
        voucher.paid_to_pledgee_fen += compute_pledgee_part(position, amount_fen)
    else:
        voucher.kept_fen += amount_fen
    ended_fen = amount_fen + forgiven_fen
    voucher.paid_fen += ended_fen
    voucher.forgiven_fen += forgiven_fen
    voucher.paid_on = checks.compute_today(context)
    voucher.ClearField("failure")
    package.own_paid_fen += ended_fen
    if payments.compute_owed(package, voucher, ref) == 0:
        voucher.stage, voucher.circulation = pb.PAID, pb.CLOSED
    process_repayment_of_financing(context, position)
    records.put_voucher(context, ref, voucher)
    _put_paid(context, ref.package, package, ended_fen)
    emit_payment(context, ref, payees or [pb.Payee(amount_fen=amount_fen)], commitment)


def process_repayment_of_financing(context: Context, position: Position) -> int:
    """Give back to the financing line what the financier has had, if it revolves; the caller writes the range.

    Returns how much (分). So a range never uses more of a line than it says.
    """
    voucher = position.voucher
    left_fen = payments.compute_line_left(position.package, voucher, position.ref, position.claim)
    back_fen = voucher.line_used_fen - left_fen
    if not back_fen or not _is_revolving(context, voucher.line):
        return 0
    line_use.process_change_of_use(context, voucher.line, 0, -back_fen)
    voucher.line_used_fen = left_fen
    if not left_fen:
        voucher.line = ""
    return back_fen


def _is_revolving(context: Context, line: str) -> bool:
    record = side_records.get_line(context, line)
    if record is None:
        raise InvariantViolation("a line that is in use was never granted")
    return record.revolving


def emit_payment(context: Context, ref: pb.VoucherRef, payees: Sequence[pb.Payee], commitment: bytes) -> None:
    """Tell of a payment, once for each payee; what is kept has none."""
    for payee in payees:
        emit_voucher(context, ref, payee.organisation, payee.amount_fen, commitment=commitment)


def _put_paid(context: Context, package: str, record: pb.Package, amount_fen: int) -> None:
    """What is owed less of a package: its stage, its debtor's totals, its issuing line if that revolves."""
    if payments.compute_package_owed(record) == 0:
        record.stage = pb.SETTLED
    debtor = rules.compute_debtor(record)
    after = totals.compute_paid(records.get_issuer_totals(context, debtor), record.due_on, amount_fen)
    records.put_package(context, package, record)
    records.put_issuer_totals(context, debtor, after)
    line_use.process_repayment(context, record.line, amount_fen)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_payees_sum(payees: Sequence[pb.Payee]) -> int:
    """What the named payees receive together (分)."""
    return sum(max(payee.amount_fen, 0) for payee in payees)


def compute_prepay_amount(context: Context, command: pb.Prepay) -> int:
    """Prepayment: what its payees receive and the holder lets off (分), or the whole range where that is more."""
    named_fen = compute_payees_sum(command.payees) + max(command.forgiven_fen, 0)
    return max(named_fen, rules.compute_approved_length(command.voucher))


def compute_pay_amount(context: Context, command: pb.PayVoucher | pb.PayPackage) -> int:
    """Payment: its amount (分)."""
    return max(command.amount_fen, 0)


COMMANDS: CommandTable = {
    pb.PREPAY: CommandSpec(
        "voucher.prepay", pb.Prepay, process_prepay, compute_prepay_amount, is_open_to_suspended=True
    ),
    pb.PAY_VOUCHER: CommandSpec(
        "voucher.pay", pb.PayVoucher, process_pay_voucher, compute_pay_amount, is_open_to_suspended=True
    ),
    pb.PAY_PACKAGE: CommandSpec(
        "voucher.pay_package", pb.PayPackage, process_pay_package, compute_pay_amount, is_open_to_suspended=True
    ),
}
