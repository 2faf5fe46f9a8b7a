"""How ranges end without a payment: cancellation by agreement 协议注销 and merger 混同 (Civil Code 576).

1. The debtor opens a package for cancellation until a deadline, not after cut-off, and may withdraw that; it binds
   nobody. Each holder consents for its own range, which ends. No claim, no freeze, no payment, and before cut-off.
2. When all ranges of a package were cancelled it is cancelled, and its invoices are free.
3. A range whose holder is its debtor merges, on any day, unless others have a right in it: a pledgee, or a court.
   Its invoices stay used.
4. An ended range leaves the issuer's totals, its line and the financing line that a sale used. Its marks end with it,
   its sale stays as history. From then on the package is paid range by range.

Not here: the transfer to the debtor, which merges by itself when it is accepted (handover).
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.transitions import process_freeing, refuse_claimed
from receivables import checks, line_use, payments, records, rules, totals
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    NO_CANCEL_OFFERED,
    NOT_THE_HOLDER,
    NOT_THE_ISSUER,
    PACKAGE_NOT_LIVE,
    PAST_CUT_OFF,
    VOUCHER_CLOSED,
)


def refuse_ended(package: pb.Package, voucher: pb.Voucher, ref: pb.VoucherRef) -> None:
    """Refuse a range on which nothing is owed any more, be it locked or not (VOUCHER_CLOSED). Reads only."""
    if voucher.stage != pb.LIVE or payments.compute_owed(package, voucher, ref) == 0:
        raise Rejection(VOUCHER_CLOSED, checks.VOUCHER_FIELD)


# ---------------------------------------------------------------- cancellation


def process_offer_cancel(context: Context, command: pb.OfferCancel) -> None:
    """协议注销要约: the debtor opens a package for cancellation. Refuses 303, 312, 316, 332, 335, 362."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.agreement_commitment, pb.OfferCancel.AGREEMENT_COMMITMENT_FIELD_NUMBER)
    package = _get_own_package(context, command.package)
    if package.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, pb.OfferCancel.PACKAGE_FIELD_NUMBER)
    cut_off_ms = checks.compute_cut_off_ms(context, package.due_on)
    if context.time_ms >= cut_off_ms:
        raise Rejection(PAST_CUT_OFF, pb.OfferCancel.PACKAGE_FIELD_NUMBER)
    checks.refuse_deadline(context, command.cancel_by_ms, cut_off_ms, pb.OfferCancel.CANCEL_BY_MS_FIELD_NUMBER)
    package.cancel_by_ms = command.cancel_by_ms
    records.put_package(context, command.package, package)
    owed = payments.compute_package_owed(package)
    emit_package(context, command.package, amount_fen=owed, commitment=command.agreement_commitment)


def process_withdraw_cancel(context: Context, command: pb.WithdrawCancel) -> None:
    """注销要约撤回: no holder may consent any more; what ended stays so. Refuses 312, 316, NO_CANCEL_OFFERED."""
    checks.refuse_organisations(context)
    package = _get_own_package(context, command.package)
    _refuse_no_offer(context, package, pb.WithdrawCancel.PACKAGE_FIELD_NUMBER)
    package.cancel_by_ms = 0
    records.put_package(context, command.package, package)
    emit_package(context, command.package)


def process_consent_cancel(context: Context, command: pb.ConsentCancel) -> None:
    """同意注销: the holder's range ends. Refuses 313, 318, 333–335, 338, 400, 407, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher, package, _ = checks.get_movable(context, ref)
    checks.refuse_partly_paid(package, voucher)
    _refuse_no_offer(context, package, checks.VOUCHER_FIELD)
    _end(context, ref, voucher, package, pb.CANCELLED)


def _get_own_package(context: Context, package: str) -> pb.Package:
    found = checks.get_package(context, package)
    if rules.compute_debtor(found) != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    return found


def _refuse_no_offer(context: Context, package: pb.Package, field: int) -> None:
    if package.stage != pb.PACKAGE_LIVE or context.time_ms >= package.cancel_by_ms:
        raise Rejection(NO_CANCEL_OFFERED, field)


# ---------------------------------------------------------------- merger


def process_merge(context: Context, command: pb.Merge) -> None:
    """混同: who holds a range and owes it ends it. Refuses 313, 316, 318, 333–334, 338, 400, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    package = checks.get_package_of(context, ref)
    if rules.compute_debtor(package) != context.actor:
        raise Rejection(NOT_THE_ISSUER)
    if voucher.holder != context.actor:
        raise Rejection(NOT_THE_HOLDER)
    checks.refuse_not_payable(package, voucher, ref)
    checks.refuse_frozen(package, voucher)
    checks.refuse_partly_paid(package, voucher)
    _end(context, ref, voucher, package, pb.MERGED)


# ---------------------------------------------------------------- what an end leaves


def _end(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package, stage: pb.VoucherStage
) -> None:
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    process_end_of_range(context, ref, voucher, package, stage)
    emit_voucher(context, ref, rules.compute_debtor(package), payments.compute_length(ref))


def process_end_of_range(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package, stage: pb.VoucherStage
) -> None:
    """End an unpaid range as MERGED or CANCELLED, with what it leaves in package, totals and lines.

    The caller has judged that it may end, and tells of it. A lock on the range is answered by it.
    """
    length = payments.compute_length(ref)
    line_use.process_change_of_use(context, voucher.line, 0, -voucher.line_used_fen)
    line_use.process_change_of_use(context, package.line, 0, -length)
    voucher.stage, voucher.circulation, voucher.line, voucher.line_used_fen = stage, pb.CLOSED, "", 0
    voucher.asked_at_ms = 0
    voucher.ClearField("dispute")
    voucher.ClearField("failure")
    _put_ended(context, ref, voucher)
    if stage == pb.MERGED:
        package.merged_fen += length
    else:
        package.cancelled_fen += length
    _put_package(context, ref.package, package)
    debtor = rules.compute_debtor(package)
    after = totals.compute_paid(records.get_issuer_totals(context, debtor), package.due_on, length)
    records.put_issuer_totals(context, debtor, after)


def _put_ended(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> None:
    if voucher.HasField("lock"):
        voucher.ClearField("lock")
        records.resolve_voucher(context, ref, voucher)
    else:
        records.put_voucher(context, ref, voucher)


def _put_package(context: Context, package: str, record: pb.Package) -> None:
    """With its last range a package ends: cancelled where all were, and then its invoices are free; else settled."""
    if record.cancelled_fen == record.face_fen:
        record.stage = pb.PACKAGE_CANCELLED
        process_freeing(context, record.invoices)
    elif payments.compute_package_owed(record) == 0:
        record.stage = pb.SETTLED
    records.put_package(context, package, record)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_ending_amount(context: Context, command: pb.ConsentCancel | pb.Merge) -> int:
    """An end: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.OFFER_CANCEL: CommandSpec("voucher.offer_cancel", pb.OfferCancel, process_offer_cancel),
    pb.WITHDRAW_CANCEL: CommandSpec(
        "voucher.withdraw_cancel", pb.WithdrawCancel, process_withdraw_cancel, is_open_to_suspended=True
    ),
    pb.CONSENT_CANCEL: CommandSpec(
        "voucher.consent_cancel", pb.ConsentCancel, process_consent_cancel, compute_ending_amount
    ),
    pb.MERGE: CommandSpec("voucher.merge", pb.Merge, process_merge, compute_ending_amount),
}
