"""What is paid: one range early, one range from cut-off on, or the whole package from cut-off on.

1. Prepay: the issuer acts, its paying bank consents, on any day; all that is owed on one range that is not locked.
2. From cut-off on the paying bank pays a range in whole or in part, or the package, where every range gets its share.
3. A payment of a range names its payees of record and their amounts, or is refused; one of the package names none.
   How they are computed stands in payments.py.
4. The package is paid as a whole only while no range has a payment of its own: a range prepaid before cut-off closes
   this way for its package, whose other ranges are then paid one by one.
5. A range is paid and closed when nothing is owed on it after a payment of its own; *paid* through the package is
   read. The package is settled when its whole face is paid, in either way.
6. A claim stays: only its pledgee ends it.
7. A suspended organisation still owes and still pays: no suspension stops a payment.
"""

from collections.abc import Sequence

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_claim
from receivables import checks, payments, records, totals
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    BEFORE_CUT_OFF,
    NOT_THE_ISSUER,
    NOT_THE_PAYING_BANK,
    PACKAGE_NOT_LIVE,
    PAID_BY_RANGES,
    PAYEE_NOT_OF_RECORD,
)


def process_prepay(context: Context, command: pb.Prepay) -> None:
    """提前兑付: issuer and paying bank pay all that is owed on a range. Refuses 303, 313, 316, 320, 333–334, 372."""
    checks.refuse_organisations(context, 2)
    checks.refuse_commitment(command.payment_commitment, pb.Prepay.PAYMENT_COMMITMENT_FIELD_NUMBER)
    voucher = checks.get_voucher(context, command.voucher)
    package = checks.get_package_of(context, command.voucher)
    if package.issuer != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    if package.paying_bank != context.organisations[1]:
        raise Rejection(NOT_THE_PAYING_BANK)
    owed = checks.refuse_not_payable(package, voucher, command.voucher)
    _pay_range(context, command, package, voucher, owed, owed)


def process_pay_voucher(context: Context, command: pb.PayVoucher) -> None:
    """兑付: the paying bank pays on a range, in whole or in part. Refuses 303, 313, 320, 333–340, 372."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayVoucher.PAYMENT_COMMITMENT_FIELD_NUMBER)
    voucher = checks.get_voucher(context, command.voucher)
    package = checks.get_package_of(context, command.voucher)
    if package.paying_bank != context.actor:
        raise Rejection(NOT_THE_PAYING_BANK)
    owed = checks.refuse_not_payable(package, voucher, command.voucher)
    _refuse_before_cut_off(context, package)
    if not 1 <= command.amount_fen <= owed:
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.PayVoucher.AMOUNT_FEN_FIELD_NUMBER)
    _pay_range(context, command, package, voucher, owed, command.amount_fen)


def process_pay_package(context: Context, command: pb.PayPackage) -> None:
    """整包部分兑付: the paying bank pays every range its share. Refuses 303, 312, 320, 332, 336, 340, 373."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.payment_commitment, pb.PayPackage.PAYMENT_COMMITMENT_FIELD_NUMBER)
    package = checks.get_package(context, command.package)
    if package.paying_bank != context.actor:
        raise Rejection(NOT_THE_PAYING_BANK)
    if package.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, pb.PayPackage.PACKAGE_FIELD_NUMBER)
    _refuse_before_cut_off(context, package)
    if not 1 <= command.amount_fen <= payments.compute_package_owed(package):
        raise Rejection(AMOUNT_OUT_OF_RANGE, pb.PayPackage.AMOUNT_FEN_FIELD_NUMBER)
    if package.own_paid_fen:
        raise Rejection(PAID_BY_RANGES, pb.PayPackage.PACKAGE_FIELD_NUMBER)
    package.paid_fen += command.amount_fen
    _put_paid(context, command.package, package, command.amount_fen)
    emit_package(context, command.package, package.issuer, command.amount_fen, command.payment_commitment)


def _refuse_before_cut_off(context: Context, package: pb.Package) -> None:
    if context.time_ms < checks.compute_cut_off_ms(context, package.due_on):
        raise Rejection(BEFORE_CUT_OFF, checks.VOUCHER_FIELD)


def _pay_range(
    context: Context,
    command: pb.Prepay | pb.PayVoucher,
    package: pb.Package,
    voucher: pb.Voucher,
    owed_fen: int,
    amount_fen: int,
) -> None:
    """A payment on one range to its payees of record; refuses others (PAYEE_NOT_OF_RECORD), then writes."""
    ref = command.voucher
    claim = get_claim(context, records.compute_asset_key(ref))
    pledgee_fen = payments.compute_pledgee_part(package, voucher, ref, claim, amount_fen)
    payees = payments.compute_payees(voucher, claim, pledgee_fen, amount_fen)
    if list(command.payees) != payees:
        raise Rejection(PAYEE_NOT_OF_RECORD, command.PAYEES_FIELD_NUMBER)
    voucher.paid_fen += amount_fen
    voucher.paid_to_pledgee_fen += pledgee_fen
    if amount_fen == owed_fen:
        voucher.stage = pb.PAID
        voucher.circulation = pb.CLOSED
    package.own_paid_fen += amount_fen
    records.put_voucher(context, ref, voucher)
    _put_paid(context, ref.package, package, amount_fen)
    for payee in payees:
        emit_voucher(context, ref, payee.organisation, payee.amount_fen, commitment=command.payment_commitment)


def _put_paid(context: Context, package: str, record: pb.Package, amount_fen: int) -> None:
    if payments.compute_package_owed(record) == 0:
        record.stage = pb.SETTLED
    before = records.get_issuer_totals(context, record.issuer)
    after = totals.compute_paid(before, record.due_on, amount_fen)
    records.put_package(context, package, record)
    records.put_issuer_totals(context, record.issuer, after)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_payees_sum(payees: Sequence[pb.Payee]) -> int:
    """What the named payees receive together (分)."""
    return sum(max(payee.amount_fen, 0) for payee in payees)


def compute_prepay_amount(context: Context, command: pb.Prepay) -> int:
    """Prepayment: the sum of its payees (分), which must be all that is owed."""
    return compute_payees_sum(command.payees)


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
