"""After the pay-out: release 解押, repurchase 回购, reassignment 再转让, enforcement 实现质权. All on any day.

1. Release: the pledgee ends its claim, on a paid, frozen or disputed range too.
2. Repurchase: the seller pays back, the bank consents, and the range is the seller's again.
3. Reassignment: a bank's position, its claim or its bought range, passes to another bank, which files anew. A seller
   stays bound by its sale. What is pledged to somebody else is not handed on by whoever bought it.
4. Enforcement: holder or court consents that what is still secured passes to the pledgee; the rest stays unclaimed.
   Nothing passes before that (Civil Code 428), and no cut by enforcement is too small or too deep.
5. Each gives back what the financing uses of a line, revolving or not; whoever takes a position over names none.

Not here: how a position begins (financing), what a payment leaves of it (settlement).
"""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from hefu.v1.identity_pb2 import COURT
from identity.records import is_active, is_role
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_claim
from pledges.rules import is_registration_number
from pledges.transitions import process_move_of_claim, process_registration, refuse_claimed
from pledges.transitions import process_release as process_release_of_claim
from receivables import checks, days, line_use, payments, records, rules
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.financing import is_line_of_claim, process_end_of_line_use
from receivables.rejections import (
    CONSENT_MISSING,
    COUNTERPARTY_IS_SELF,
    FILING_TIME_OUT_OF_RANGE,
    NOT_A_PARTY,
    NOT_SOLD,
    REGISTRATION_NUMBER_INVALID,
)


def process_release(context: Context, command: pb.Release) -> None:
    """解押: the pledgee ends its claim. Refuses NO_SUCH_VOUCHER, then NO_SUCH_CLAIM, NOT_THE_PLEDGEE."""
    checks.refuse_organisations(context)
    voucher = checks.get_voucher(context, command.voucher)
    asset = records.compute_asset_key(command.voucher)
    claim = process_release_of_claim(context, asset, checks.VOUCHER_FIELD)
    _process_end_of_claims_line(context, command.voucher, voucher)
    emit_voucher(
        context,
        command.voucher,
        voucher.holder,
        claim.secured_fen,
        form=pb.PLEDGE,
        registration_number=claim.registration_number,
    )


def _process_end_of_claims_line(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> None:
    if is_line_of_claim(voucher):
        process_end_of_line_use(context, voucher)
        records.put_voucher(context, ref, voucher)


def process_repurchase(context: Context, command: pb.Repurchase) -> None:
    """回购: the seller pays the bank back and holds again. Refuses 303, 313, 322, 328, 333–338, 406, then 210."""
    checks.refuse_organisations(context, 2)
    checks.refuse_commitment(command.payment_commitment, pb.Repurchase.PAYMENT_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    if voucher.HasField("sale") and voucher.sale.seller != context.actor:
        raise Rejection(NOT_A_PARTY)
    if voucher.holder != context.organisations[1]:
        raise Rejection(CONSENT_MISSING)
    _get_open_package(context, ref, voucher)
    if not voucher.HasField("sale"):
        raise Rejection(NOT_SOLD, checks.VOUCHER_FIELD)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    bank, number = voucher.holder, voucher.sale.registration_number
    voucher.ClearField("sale")
    _put_handed_on(context, ref, voucher, context.actor)
    length = payments.compute_length(ref)
    emit_voucher(context, ref, bank, length, commitment=command.payment_commitment, registration_number=number)


def process_reassign(context: Context, command: pb.Reassign) -> None:
    """再转让: a bank's position passes to another. Refuses 303, 307, 313, 322, 333–338, 350–354, 363, then 210, 220."""
    checks.refuse_organisations(context, 2)
    checks.refuse_commitment(command.notice_commitment, pb.Reassign.NOTICE_COMMITMENT_FIELD_NUMBER)
    number, number_field = command.registration_number, pb.Reassign.REGISTRATION_NUMBER_FIELD_NUMBER
    if not is_registration_number(number):
        raise Rejection(REGISTRATION_NUMBER_INVALID, number_field)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    asset = records.compute_asset_key(ref)
    claim = get_claim(context, asset)
    own_claim = claim if claim is not None and claim.pledgee == context.actor else None
    if own_claim is None and not (voucher.HasField("sale") and voucher.holder == context.actor):
        raise Rejection(NOT_A_PARTY)
    package = _get_open_package(context, ref, voucher)
    _refuse_taker(context, package, voucher.sale.seller if own_claim is None else voucher.holder)
    value_on = voucher.sale.value_on if own_claim is None else own_claim.value_on
    if not days.compute_start_ms(value_on) <= command.filed_at_ms <= context.time_ms:
        raise Rejection(FILING_TIME_OUT_OF_RANGE, pb.Reassign.FILED_AT_MS_FIELD_NUMBER)
    if own_claim is None:
        refuse_claimed(context, asset, checks.VOUCHER_FIELD)
    taker = context.organisations[1]
    process_registration(context, number, taker, asset, command.filed_at_ms, number_field)
    if own_claim is None:
        voucher.sale.registration_number = number
        _put_handed_on(context, ref, voucher, taker)
    else:
        process_move_of_claim(context, asset, own_claim, taker, number)
        _process_end_of_claims_line(context, ref, voucher)
    emit_voucher(
        context,
        ref,
        taker,
        payments.compute_length(ref) if own_claim is None else own_claim.secured_fen,
        form=_compute_form(voucher, own_claim),
        commitment=command.notice_commitment,
        registration_number=number,
    )


def _refuse_taker(context: Context, package: pb.Package, other: str) -> None:
    """Refuse a new bank that is the other side of the position itself, then as any bank that is asked for money."""
    taker = context.organisations[1]
    if taker == other:
        raise Rejection(COUNTERPARTY_IS_SELF)
    checks.refuse_counterparties(context, (Side(taker, 0, checks.FINANCING_ROLES),), rules.compute_debtor(package))


def _compute_form(voucher: pb.Voucher, own_claim: pledges_pb2.Claim | None) -> pb.FinancingForm:
    if own_claim is not None:
        return pb.PLEDGE
    return pb.SALE_WITH_RECOURSE if voucher.sale.with_recourse else pb.SALE_WITHOUT_RECOURSE


def process_enforce(context: Context, command: pb.Enforce) -> None:
    """实现质权: what is secured passes to the pledgee. Refuses 303, 313, 328, 333–338, 400, then 211, 212.

    A freeze does not stop it where a court consents.
    """
    checks.refuse_organisations(context, 2)
    checks.refuse_commitment(command.notice_commitment, pb.Enforce.NOTICE_COMMITMENT_FIELD_NUMBER)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    consenting = context.organisations[1]
    is_by_holder = consenting == voucher.holder
    is_by_court = is_role(context, consenting, COURT) and is_active(context, consenting)
    if not is_by_holder and not is_by_court:
        raise Rejection(CONSENT_MISSING)
    package = checks.get_package_of(context, ref)
    checks.refuse_not_payable(package, voucher, ref)
    if is_by_holder:
        checks.refuse_frozen(package, voucher)
    checks.refuse_partly_paid(package, voucher)
    claim = process_release_of_claim(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    if is_line_of_claim(voucher):
        process_end_of_line_use(context, voucher)
    holder = voucher.holder
    passed, rest = _put_enforced(context, ref, voucher, claim)
    emit_voucher(
        context,
        passed,
        holder,
        claim.secured_fen,
        None if rest is None else ref,
        form=pb.PLEDGE,
        commitment=command.notice_commitment,
        registration_number=claim.registration_number,
    )
    if rest is not None:
        emit_voucher(context, rest, amount_fen=payments.compute_length(rest), parent=ref)


def _put_enforced(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, claim: pledges_pb2.Claim
) -> tuple[pb.VoucherRef, pb.VoucherRef | None]:
    """Give the pledgee the range, or the first piece of a cut; returns what passed and what stays.

    What stays of a range that was bought stays bought, and uses its buyer's line for no more than its length.
    """
    secured, length = claim.secured_fen, payments.compute_length(ref)
    if secured == length:
        voucher.ClearField("sale")
        _put_handed_on(context, ref, voucher, claim.pledgee)
        return ref, None
    kept_fen = min(voucher.line_used_fen, length - secured)
    line_use.process_change_of_use(context, voucher.line, 0, kept_fen - voucher.line_used_fen)
    if voucher.pieces:
        voucher.pieces = max(voucher.pieces, 2)
    passed, rest = records.put_cut(context, ref, voucher, secured)

    def pass_on(piece: pb.Voucher) -> None:
        piece.holder, piece.line, piece.line_used_fen = claim.pledgee, "", 0
        piece.ClearField("sale")

    records.update_voucher(context, passed, pass_on)
    return passed, rest


def _get_open_package(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> pb.Package:
    """The package of a range on which something is owed, no request waits and no freeze rests. Refuses 333–338."""
    package = checks.get_package_of(context, ref)
    checks.refuse_not_payable(package, voucher, ref)
    checks.refuse_frozen(package, voucher)
    return package


def _put_handed_on(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, holder: str) -> None:
    """Write a circulating range with its new holder; line and ask for quotes of the last one are over."""
    process_end_of_line_use(context, voucher)
    voucher.holder, voucher.asked_at_ms = holder, 0
    records.put_voucher(context, ref, voucher)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_position_amount(context: Context, command: pb.Release | pb.Repurchase | pb.Reassign | pb.Enforce) -> int:
    """A financing's end or its passing on: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.RELEASE: CommandSpec(
        "voucher.release", pb.Release, process_release, compute_position_amount, is_open_to_suspended=True
    ),
    pb.REPURCHASE: CommandSpec("voucher.repurchase", pb.Repurchase, process_repurchase, compute_position_amount),
    pb.REASSIGN: CommandSpec("voucher.reassign", pb.Reassign, process_reassign, compute_position_amount),
    pb.ENFORCE: CommandSpec("voucher.enforce", pb.Enforce, process_enforce, compute_position_amount),
}
