"""What a court orders, or two service operators enter for it: freezes, succession, acceleration.

1. A freeze 冻结 names the digest of its order, and only an order that names it ends it. Up to 8 may rest on one thing.
2. A range is frozen by itself or with its whole package, whose record every command about a range reads.
3. While frozen nothing moves, nothing is financed or cancelled, and nobody is payee; a lapse does not end it.
4. What fell to a range through its package while the range was frozen is read at its last unfreezing, and is then
   kept: the difference of its share of P since the first freeze. So no payment loops over frozen ranges.
5. Of two service operators neither lends its word to a freeze, a succession or an acceleration while it is suspended.
6. What is kept can be frozen again: a range on which nothing is owed any more, as long as money is kept for it.
7. Succession 承继 moves what the predecessor is in one range, or who owes one package. Acceleration 加速到期 makes a
   package due today. Lines stay with those to whom they were granted.

Who says so is judged before what it is said of: NOT_A_COURT comes before NO_SUCH_PACKAGE and NO_SUCH_VOUCHER.
Not here: whether the order is one. Its digest, and who entered it, stay with what it did.
"""

from collections.abc import Sequence

from google.protobuf.message import Message

from hefu.v1 import receivables_pb2 as pb
from identity.records import get_organisation
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from pledges.records import get_claim
from pledges.transitions import process_move_of_claim
from receivables import checks, endings, payments, records, rules, totals
from receivables.events import emit_package, emit_voucher
from receivables.rejections import (
    ALREADY_DUE,
    COUNTERPARTY_IS_SELF,
    COUNTERPARTY_UNKNOWN,
    FREEZE_EXISTS,
    FREEZES_TOO_MANY,
    NO_SUCH_FREEZE,
    PACKAGE_NOT_LIVE,
    PREDECESSOR_HAS_NOTHING,
)

MAX_FREEZES = 8

# ---------------------------------------------------------------- freezes of a range


def process_freeze(context: Context, command: pb.FreezeVoucher) -> None:
    """冻结: an order rests on the range, through every lapse. Refuses 303, 321, 313, 333, 403–404."""
    field = pb.FreezeVoucher.ORDER_FIELD_NUMBER
    checks.refuse_order(context, command.order, field)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    package = checks.get_package_of(context, ref)
    if not voucher.freezes and not voucher.kept_fen:
        endings.refuse_ended(package, voucher, ref)
    _refuse_freeze(voucher.freezes, command.order, field)
    share_fen = payments.compute_share(package.paid_fen, package.face_fen, ref)
    freeze = _build_freeze(context, command.order)

    def change(changed: pb.Voucher) -> None:
        if not changed.freezes:
            changed.frozen_share_fen = share_fen
        changed.freezes.append(freeze)

    records.update_voucher(context, ref, change)
    emit_voucher(context, ref, voucher.holder, payments.compute_length(ref), order=command.order)


def process_unfreeze(context: Context, command: pb.UnfreezeVoucher) -> None:
    """解冻: the order that is named rests no more; with the last, what fell due is kept. Refuses 303, 321, 313, 402."""
    field = pb.UnfreezeVoucher.ORDER_FIELD_NUMBER
    ending = (command.ending_order, pb.UnfreezeVoucher.ENDING_ORDER_FIELD_NUMBER)
    checks.refuse_order(context, command.order, field, ending)
    ref = command.voucher
    voucher = checks.get_voucher(context, ref)
    package = checks.get_package_of(context, ref)
    left = _find_left(voucher.freezes, command.order, field)
    share_fen = payments.compute_share(package.paid_fen, package.face_fen, ref)

    def change(changed: pb.Voucher) -> None:
        del changed.freezes[:]
        changed.freezes.extend(left)
        if not left:
            kept_fen = share_fen - changed.frozen_share_fen
            changed.held_back_fen += kept_fen
            changed.kept_fen += kept_fen
            changed.frozen_share_fen = 0

    records.update_voucher(context, ref, change)
    length = payments.compute_length(ref)
    emit_voucher(context, ref, voucher.holder, length, commitment=command.ending_order, order=command.order)


# ---------------------------------------------------------------- freezes of a package


def process_freeze_package(context: Context, command: pb.FreezePackage) -> None:
    """整包冻结: an order rests on all ranges of the package. Refuses 303, 321, 312, 332, 403–404."""
    field = pb.FreezePackage.ORDER_FIELD_NUMBER
    checks.refuse_order(context, command.order, field)
    package = checks.get_package(context, command.package)
    if not package.freezes:
        _refuse_not_live(package)
    _refuse_freeze(package.freezes, command.order, field)
    package.freezes.append(_build_freeze(context, command.order))
    records.put_package(context, command.package, package)
    emit_package(context, command.package, amount_fen=package.face_fen, order=command.order)


def process_unfreeze_package(context: Context, command: pb.UnfreezePackage) -> None:
    """整包解冻: the order that is named rests no more. Refuses 303, 321, 312, NO_SUCH_FREEZE."""
    field = pb.UnfreezePackage.ORDER_FIELD_NUMBER
    ending = (command.ending_order, pb.UnfreezePackage.ENDING_ORDER_FIELD_NUMBER)
    checks.refuse_order(context, command.order, field, ending)
    package = checks.get_package(context, command.package)
    left = _find_left(package.freezes, command.order, field)
    del package.freezes[:]
    package.freezes.extend(left)
    records.put_package(context, command.package, package)
    emit_package(
        context, command.package, amount_fen=package.face_fen, commitment=command.ending_order, order=command.order
    )


def _build_freeze(context: Context, order: bytes) -> pb.Freeze:
    return pb.Freeze(order=order, entered_by=context.organisations, at_ms=context.time_ms)


def _refuse_freeze(freezes: Sequence[pb.Freeze], order: bytes, field: int) -> None:
    if any(freeze.order == order for freeze in freezes):
        raise Rejection(FREEZE_EXISTS, field)
    if len(freezes) >= MAX_FREEZES:
        raise Rejection(FREEZES_TOO_MANY, field)


def _find_left(freezes: Sequence[pb.Freeze], order: bytes, field: int) -> list[pb.Freeze]:
    """The other freezes than the one by this order, or NO_SUCH_FREEZE."""
    left = [freeze for freeze in freezes if freeze.order != order]
    if len(left) == len(freezes):
        raise Rejection(NO_SUCH_FREEZE, field)
    return left


# ---------------------------------------------------------------- succession, acceleration


def process_succeed(context: Context, command: pb.Succeed) -> None:
    """权利承继: whatever the predecessor is in a range the successor becomes. Refuses 303, 321, 313, 350, 352, 409."""
    checks.refuse_order(context, command.order, pb.Succeed.ORDER_FIELD_NUMBER)
    ref, predecessor, successor = command.voucher, command.predecessor, command.successor
    voucher = checks.get_voucher(context, ref)
    _refuse_successor(context, predecessor, successor, pb.Succeed.SUCCESSOR_FIELD_NUMBER)
    asset = records.compute_asset_key(ref)
    claim = get_claim(context, asset)
    places = _list_places(voucher, predecessor)
    if not places and (claim is None or claim.pledgee != predecessor):
        raise Rejection(PREDECESSOR_HAS_NOTHING, pb.Succeed.PREDECESSOR_FIELD_NUMBER)
    if claim is not None and claim.pledgee == predecessor:
        process_move_of_claim(context, asset, claim, successor, claim.registration_number)

    def change(changed: pb.Voucher) -> None:
        for place, name in _list_places(changed, predecessor):
            setattr(place, name, successor)

    if places:
        records.update_voucher(context, ref, change)
    emit_voucher(context, ref, successor, payments.compute_length(ref), order=command.order)


def _list_places(voucher: pb.Voucher, organisation: str) -> list[tuple[Message, str]]:
    """Each message and field of a range that names the organisation as somebody with a position in it."""
    places: tuple[tuple[Message, str], ...] = (
        (voucher, "holder"),
        (voucher.lock, "counterparty"),
        (voucher.lock, "buyer"),
        (voucher.sale, "seller"),
        (voucher.dispute, "opened_by"),
        (voucher.objection, "objector"),
    )
    return [(place, name) for place, name in places if organisation and getattr(place, name) == organisation]


def _refuse_successor(context: Context, predecessor: str, successor: str, field: int) -> None:
    if predecessor == successor:
        raise Rejection(COUNTERPARTY_IS_SELF, field)
    if get_organisation(context, successor) is None:
        raise Rejection(COUNTERPARTY_UNKNOWN, field)


def process_succeed_debtor(context: Context, command: pb.SucceedDebtor) -> None:
    """债务承继: the successor owes what is unpaid of a package. Refuses 303, 321, 312, 332, 350, 352."""
    checks.refuse_order(context, command.order, pb.SucceedDebtor.ORDER_FIELD_NUMBER)
    package, successor = checks.get_package(context, command.package), command.successor
    _refuse_not_live(package)
    debtor = rules.compute_debtor(package)
    _refuse_successor(context, debtor, successor, pb.SucceedDebtor.SUCCESSOR_FIELD_NUMBER)
    package.debtor = "" if successor == package.issuer else successor
    records.put_package(context, command.package, package)
    owed_fen = payments.compute_package_owed(package)
    _move_unpaid(context, owed_fen, (debtor, package.due_on), (successor, package.due_on))
    emit_package(context, command.package, successor, owed_fen, order=command.order)


def process_accelerate(context: Context, command: pb.Accelerate) -> None:
    """加速到期: the package is due today, and cut-off has come. Refuses 303, 321, 312, 332, ALREADY_DUE."""
    checks.refuse_order(context, command.order, pb.Accelerate.ORDER_FIELD_NUMBER)
    package, today = checks.get_package(context, command.package), checks.compute_today(context)
    _refuse_not_live(package)
    if package.due_on <= today:
        raise Rejection(ALREADY_DUE, pb.Accelerate.PACKAGE_FIELD_NUMBER)
    debtor, owed_fen = rules.compute_debtor(package), payments.compute_package_owed(package)
    _move_unpaid(context, owed_fen, (debtor, package.due_on), (debtor, today))
    package.accelerated_from_on, package.due_on = package.due_on, today
    records.put_package(context, command.package, package)
    emit_package(context, command.package, debtor, owed_fen, order=command.order)


def _refuse_not_live(package: pb.Package) -> None:
    if package.stage != pb.PACKAGE_LIVE:
        raise Rejection(PACKAGE_NOT_LIVE, checks.VOUCHER_FIELD)


def _move_unpaid(context: Context, owed_fen: int, before: tuple[str, int], after: tuple[str, int]) -> None:
    """Take what is owed out of one debtor's calendar on a nominal day, and put it into another's, or on another day."""
    (debtor, due_on), (successor, new_due_on) = before, after
    left = totals.compute_paid(records.get_issuer_totals(context, debtor), due_on, owed_fen)
    records.put_issuer_totals(context, debtor, left)
    taken = totals.compute_owed_again(records.get_issuer_totals(context, successor), new_due_on, owed_fen)
    records.put_issuer_totals(context, successor, taken)


# ---------------------------------------------------------------- what signers approve, and the table


def compute_succeed_amount(context: Context, command: pb.Succeed) -> int:
    """Succession: the range's length (分), which the command itself names."""
    return rules.compute_approved_length(command.voucher)


def compute_debtor_amount(context: Context, command: pb.SucceedDebtor) -> int:
    """Succession of a debtor: the face of the package; of one that is not there yet the largest there is."""
    package = records.get_package(context, command.package)
    return rules.UNKNOWN_AMOUNT_FEN if package is None else package.face_fen


COMMANDS: CommandTable = {
    pb.FREEZE: CommandSpec("voucher.freeze", pb.FreezeVoucher, process_freeze),
    pb.UNFREEZE: CommandSpec("voucher.unfreeze", pb.UnfreezeVoucher, process_unfreeze, is_open_to_suspended=True),
    pb.FREEZE_PACKAGE: CommandSpec("voucher.freeze_package", pb.FreezePackage, process_freeze_package),
    pb.UNFREEZE_PACKAGE: CommandSpec(
        "voucher.unfreeze_package", pb.UnfreezePackage, process_unfreeze_package, is_open_to_suspended=True
    ),
    pb.SUCCEED: CommandSpec("voucher.succeed", pb.Succeed, process_succeed, compute_succeed_amount),
    pb.SUCCEED_DEBTOR: CommandSpec(
        "voucher.succeed_debtor", pb.SucceedDebtor, process_succeed_debtor, compute_debtor_amount
    ),
    pb.ACCELERATE: CommandSpec("voucher.accelerate", pb.Accelerate, process_accelerate),
}
