"""Basket transfer 组合转让: one amount out of 2 to 16 ranges, all of them or none.

1. Each range, or the first piece of a cut, locks for the receiver under the same deadline and the same digest of all.
2. An answer names every locked piece, in order: the digest says that none is left out.
3. What stops one of them, such as a freeze, stops the acceptance of all; refusal, withdrawal and deadline restore all.
4. The debtor of one of them is not offered them: a transfer of that range alone merges it.

Ranges are judged one after the other: of two that are both at fault, the first gives the ground.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.transitions import refuse_claimed
from receivables import checks, handover, payments, records, rules
from receivables.checks import Side
from receivables.events import emit_voucher
from receivables.rejections import BASKET_DIFFERS, BASKET_INVALID

DIGEST_TAG = b"hefu/v1/basket\x00"
MIN_RANGES, MAX_RANGES = 2, 16
ITEMS_FIELD = 1  # of every command about a basket: its items, or its ranges


def compute_basket_digest(refs: Sequence[pb.VoucherRef]) -> bytes:
    """SHA-256 (32 bytes) over a tag and the asset keys of the locked pieces, in the basket's order."""
    return hashlib.sha256(DIGEST_TAG + "\n".join(map(records.compute_asset_key, refs)).encode()).digest()


def process_transfer_basket(context: Context, command: pb.TransferBasket) -> None:
    """组合转让: the holder offers all ranges at once. Refuses 300, 303, 308, 313–362, 400, then ASSET_CLAIMED."""
    checks.refuse_organisations(context)
    checks.refuse_commitment(command.trade_commitment, pb.TransferBasket.TRADE_COMMITMENT_FIELD_NUMBER)
    _refuse_basket([item.voucher for item in command.items])
    vouchers = _get_offered(context, command)
    pieces = [rules.compute_pieces(item.voucher, item.amount_fen)[0] for item in command.items]
    lock = pb.Lock(
        kind=pb.BASKET_REQUESTED,
        counterparty=command.receiver,
        answer_by_ms=command.answer_by_ms,
        commitment=command.trade_commitment,
        locked_at_ms=context.time_ms,
        basket=compute_basket_digest(pieces),
    )
    for item, voucher, piece in zip(command.items, vouchers, pieces, strict=True):
        records.put_locked_piece(context, item.voucher, voucher, item.amount_fen, lock)
        parent = None if piece == item.voucher else item.voucher
        emit_voucher(context, piece, command.receiver, item.amount_fen, parent, commitment=command.trade_commitment)


def _get_offered(context: Context, command: pb.TransferBasket) -> list[pb.Voucher]:
    """The ranges as they are, once each of them may be offered to the receiver."""
    vouchers, packages, cut_offs = [], [], []
    for item in command.items:
        voucher, package, cut_off_ms = checks.get_movable(context, item.voucher)
        checks.refuse_piece(context, item.voucher, voucher, package, item.amount_fen, ITEMS_FIELD)
        vouchers.append(voucher)
        packages.append(package)
        cut_offs.append(cut_off_ms)
    is_debtor = command.receiver in map(rules.compute_debtor, packages)
    receiver = Side(command.receiver, pb.TransferBasket.RECEIVER_FIELD_NUMBER)
    checks.refuse_counterparties(context, (receiver,), command.receiver if is_debtor else "")
    deadline_field = pb.TransferBasket.ANSWER_BY_MS_FIELD_NUMBER
    checks.refuse_deadline(context, command.answer_by_ms, min(cut_offs), deadline_field)
    for voucher, package in zip(vouchers, packages, strict=True):
        checks.refuse_partly_paid(package, voucher)
    for item in command.items:
        refuse_claimed(context, records.compute_asset_key(item.voucher), ITEMS_FIELD)
    return vouchers


def process_accept_basket(context: Context, command: pb.AcceptBasket) -> None:
    """组合签收: the receiver becomes holder of all. Refuses 300, 308, 313–314, 319, 335, 338, 377, 400."""
    checks.refuse_organisations(context)
    _refuse_basket(command.vouchers)
    vouchers: list[pb.Voucher] = []
    packages: dict[str, pb.Package] = {}  # each once: what a merger changes in it, its next range sees
    for ref in command.vouchers:
        voucher, packages[ref.package], _ = checks.get_answerable(context, ref, (pb.BASKET_REQUESTED,))
        vouchers.append(voucher)
    _refuse_other_basket(command.vouchers, vouchers)
    for ref, voucher in zip(command.vouchers, vouchers, strict=True):
        giver, commitment = voucher.holder, voucher.lock.commitment
        handover.process_new_holder(context, ref, voucher, packages[ref.package], context.actor)
        emit_voucher(context, ref, giver, payments.compute_length(ref), commitment=commitment)


def process_refuse_basket(context: Context, command: pb.RefuseBasket) -> None:
    """组合拒收: the receiver refuses; every prior pair returns. Refuses 300, 308, 313–314, 319, BASKET_DIFFERS."""
    for ref, voucher in _restore_all(context, command.vouchers, by_holder=False):
        emit_voucher(context, ref, voucher.holder, payments.compute_length(ref))


def process_withdraw_basket(context: Context, command: pb.WithdrawBasket) -> None:
    """组合撤回: the holder withdraws; every prior pair returns. Refuses 300, 308, 313–314, 318, BASKET_DIFFERS."""
    for ref, voucher in _restore_all(context, command.vouchers, by_holder=True):
        emit_voucher(context, ref, voucher.lock.counterparty, payments.compute_length(ref))


def _restore_all(
    context: Context, refs: Sequence[pb.VoucherRef], by_holder: bool
) -> Iterable[tuple[pb.VoucherRef, pb.Voucher]]:
    """End all locks of a basket; returns the ranges as they were locked."""
    checks.refuse_organisations(context)
    _refuse_basket(refs)
    vouchers = [checks.get_requested(context, ref, (pb.BASKET_REQUESTED,), by_holder) for ref in refs]
    _refuse_other_basket(refs, vouchers)
    for ref in refs:
        records.restore_voucher(context, ref)
    return zip(refs, vouchers, strict=True)


def _refuse_basket(refs: Sequence[pb.VoucherRef]) -> None:
    places = [(ref.package, ref.start) for ref in refs]
    if not MIN_RANGES <= len(places) <= MAX_RANGES or any(later <= earlier for earlier, later in pairwise(places)):
        raise Rejection(BASKET_INVALID, ITEMS_FIELD)


def _refuse_other_basket(refs: Sequence[pb.VoucherRef], vouchers: Sequence[pb.Voucher]) -> None:
    digest = compute_basket_digest(refs)
    if any(voucher.lock.basket != digest for voucher in vouchers):
        raise Rejection(BASKET_DIFFERS, ITEMS_FIELD)


def compute_basket_amount(context: Context, command: pb.TransferBasket) -> int:
    """Basket: the amount that moves (分), together."""
    return sum(max(item.amount_fen, 0) for item in command.items)


def compute_accept_basket_amount(context: Context, command: pb.AcceptBasket) -> int:
    """Acceptance of a basket: the length of its ranges (分), which the command itself names."""
    return sum(map(rules.compute_approved_length, command.vouchers))


COMMANDS: CommandTable = {
    pb.TRANSFER_BASKET: CommandSpec(
        "voucher.transfer_basket", pb.TransferBasket, process_transfer_basket, compute_basket_amount
    ),
    pb.ACCEPT_BASKET: CommandSpec(
        "voucher.accept_basket", pb.AcceptBasket, process_accept_basket, compute_accept_basket_amount
    ),
    pb.REFUSE_BASKET: CommandSpec(
        "voucher.refuse_basket", pb.RefuseBasket, process_refuse_basket, is_open_to_suspended=True
    ),
    pb.WITHDRAW_BASKET: CommandSpec(
        "voucher.withdraw_basket", pb.WithdrawBasket, process_withdraw_basket, is_open_to_suspended=True
    ),
}
