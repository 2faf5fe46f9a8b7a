"""Conditional transfer 见证支付: a range locks until buyer and seller have both confirmed the trade.

1. The seller becomes holder with the second confirmation. Each side repeats the trade's commitment, once; the holder
   confirms nothing by locking, not even where it is the buyer.
2. The seller may give it up at any time, the holder until the seller has confirmed; the deadline ends it for all.
3. A dispute of holder, buyer or seller stops the timeout: the lock then ends at cut-off, or as before when answered.
   A confirmation in the meantime leaves the deadline as the dispute has set it. With both confirmations what buyer or
   seller disputed while it waited is over.
4. Who succeeded both sides confirms for both at once.
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.transitions import refuse_claimed
from receivables import checks, handover, payments, records, rules
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.rejections import (
    COUNTERPARTY_IS_SELF,
    NO_REQUEST_PENDING,
    NOT_A_PARTY,
    PAST_CUT_OFF,
    TERMS_DIFFER,
    TRADE_CONFIRMED,
)


def process_conditional_transfer(context: Context, command: pb.ConditionalTransfer) -> None:
    """见证支付: the holder locks its range, or a first piece, for a trade. Refuses 303, 313–362, 400, then 210."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.trade_commitment, pb.ConditionalTransfer.TRADE_COMMITMENT_FIELD_NUMBER)
    ref, amount_fen = command.voucher, command.amount_fen
    voucher, package, cut_off_ms = checks.get_movable(context, ref)
    checks.refuse_piece(context, ref, voucher, package, amount_fen, pb.ConditionalTransfer.AMOUNT_FEN_FIELD_NUMBER)
    _refuse_sides(context, command, rules.compute_debtor(package))
    deadline_field = pb.ConditionalTransfer.ANSWER_BY_MS_FIELD_NUMBER
    checks.refuse_deadline(context, command.answer_by_ms, cut_off_ms, deadline_field)
    checks.refuse_partly_paid(package, voucher)
    refuse_claimed(context, records.compute_asset_key(ref), checks.VOUCHER_FIELD)
    lock = pb.Lock(
        kind=pb.TRADE_WAITING,
        counterparty=command.seller,
        answer_by_ms=command.answer_by_ms,
        commitment=command.trade_commitment,
        locked_at_ms=context.time_ms,
        buyer=command.buyer,
    )
    piece = records.put_locked_piece(context, ref, voucher, amount_fen, lock)
    parent = None if piece is ref else ref
    emit_voucher(context, piece, command.seller, amount_fen, parent, commitment=command.trade_commitment)


def _refuse_sides(context: Context, command: pb.ConditionalTransfer, debtor: str) -> None:
    """The seller is neither holder nor debtor; the buyer may be either, or anybody else but the seller."""
    sides = [Side(command.seller, pb.ConditionalTransfer.SELLER_FIELD_NUMBER)]
    buyer = Side(command.buyer, pb.ConditionalTransfer.BUYER_FIELD_NUMBER)
    if buyer.organisation == command.seller:
        raise Rejection(COUNTERPARTY_IS_SELF, buyer.field)
    if buyer.organisation != context.actor:
        sides.append(buyer)
    checks.refuse_counterparties(context, sides, debtor if command.seller == debtor else "")


def process_confirm_trade(context: Context, command: pb.ConfirmTrade) -> None:
    """交易确认: with both confirmations the seller holds the range. Refuses 300, 303, 313–314, 322–378, 400.

    The event of the first has no amount; that of the second has the range's.
    """
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.trade_commitment, pb.ConfirmTrade.TRADE_COMMITMENT_FIELD_NUMBER)
    ref, actor = command.voucher, context.actor
    voucher = _get_waiting(context, ref)
    lock = voucher.lock
    if actor not in (lock.buyer, lock.counterparty):
        raise Rejection(NOT_A_PARTY)
    package = checks.get_package_of(context, ref)
    if context.time_ms >= checks.compute_cut_off_ms(context, package.due_on):
        raise Rejection(PAST_CUT_OFF, checks.VOUCHER_FIELD)
    checks.refuse_frozen(package, voucher)
    if command.trade_commitment != lock.commitment:
        raise Rejection(TERMS_DIFFER, pb.ConfirmTrade.TRADE_COMMITMENT_FIELD_NUMBER)
    before = (lock.buyer_confirmed, lock.seller_confirmed)
    after = (lock.buyer_confirmed or actor == lock.buyer, lock.seller_confirmed or actor == lock.counterparty)
    if after == before:
        raise Rejection(TRADE_CONFIRMED, checks.VOUCHER_FIELD)
    if all(after):
        _process_trade(context, ref, voucher, package)
    else:
        _mark_confirmed(context, ref, after)
        waited_for = lock.counterparty if lock.buyer == actor else lock.buyer
        emit_voucher(context, ref, waited_for, commitment=lock.commitment)


def _process_trade(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package) -> None:
    giver, seller, commitment = voucher.holder, voucher.lock.counterparty, voucher.lock.commitment
    if _is_about_trade(voucher, rules.compute_debtor(package)):
        voucher.ClearField("dispute")
    handover.process_new_holder(context, ref, voucher, package, seller)
    other = giver if context.actor == seller else seller
    emit_voucher(context, ref, other, payments.compute_length(ref), commitment=commitment)


def _is_about_trade(voucher: pb.Voucher, debtor: str) -> bool:
    """Whether buyer or seller, who does not owe the range, opened its dispute while the trade waited."""
    lock, dispute = voucher.lock, voucher.dispute
    is_in_trade = dispute.opened_by in (lock.buyer, lock.counterparty) and dispute.at_ms >= lock.locked_at_ms
    return is_in_trade and dispute.opened_by != debtor


def _mark_confirmed(context: Context, ref: pb.VoucherRef, confirmed: tuple[bool, bool]) -> None:
    """The lock keeps its deadline, which a dispute may have moved; what the range will mean after it has no lock."""

    def mark(voucher: pb.Voucher) -> None:
        if voucher.HasField("lock"):
            voucher.lock.buyer_confirmed, voucher.lock.seller_confirmed = confirmed

    records.update_voucher(context, ref, mark)


def process_refuse_trade(context: Context, command: pb.RefuseTrade) -> None:
    """交易终止: seller, or holder before the seller confirmed; the prior pair returns. Refuses 313–314, 322, 378."""
    checks.refuse_organisations(context)
    ref = command.voucher
    voucher = _get_waiting(context, ref)
    seller = voucher.lock.counterparty
    if context.actor not in (seller, voucher.holder):
        raise Rejection(NOT_A_PARTY)
    if context.actor != seller and voucher.lock.seller_confirmed:
        raise Rejection(TRADE_CONFIRMED, checks.VOUCHER_FIELD)
    records.restore_voucher(context, ref)
    other = voucher.holder if context.actor == seller else seller
    emit_voucher(context, ref, other, payments.compute_length(ref))


def _get_waiting(context: Context, ref: pb.VoucherRef) -> pb.Voucher:
    voucher = checks.get_voucher(context, ref)
    if voucher.circulation != pb.LOCKED or voucher.lock.kind != pb.TRADE_WAITING:
        raise Rejection(NO_REQUEST_PENDING, checks.VOUCHER_FIELD)
    return voucher


def compute_trade_amount(context: Context, command: pb.ConditionalTransfer) -> int:
    """Conditional transfer: the amount that is locked (分)."""
    return max(command.amount_fen, 0)


def compute_confirm_trade_amount(context: Context, command: pb.ConfirmTrade) -> int:
    """Confirmation: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


COMMANDS: CommandTable = {
    pb.CONDITIONAL_TRANSFER: CommandSpec(
        "voucher.conditional_transfer", pb.ConditionalTransfer, process_conditional_transfer, compute_trade_amount
    ),
    pb.CONFIRM_TRADE: CommandSpec(
        "voucher.confirm_trade", pb.ConfirmTrade, process_confirm_trade, compute_confirm_trade_amount
    ),
    pb.REFUSE_TRADE: CommandSpec(
        "voucher.refuse_trade", pb.RefuseTrade, process_refuse_trade, is_open_to_suspended=True
    ),
}
