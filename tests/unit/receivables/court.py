"""What lends a hand to tests about orders, marks and endings: digests, and what other modules' commands would write."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from hefu.v1 import identity_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.records import compute_organisation_key, put_organisation
from ledger.context import Context
from receivables import records, side_records
from tests.unit.receivables.world import (
    CORE,
    COURT,
    DAY_MS,
    FACE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    THIRD,
    TODAY,
    World,
    changed,
)


def order(number: int) -> bytes:
    """The digest of an order."""
    return bytes([number]) * 32


ORDER, OTHER, LIFTED = order(1), order(2), order(9)


def keep(world: World, write: Callable[[Context], object]) -> None:
    """Write by hand what no command of these tests writes."""
    context = world.context()
    write(context)
    for key, record in context._overlay.changes.items():
        if record is None:
            del world.source.records[key]
        else:
            world.source.records[key] = record


def change_package(world: World, package: str, **changes: Any) -> None:
    """A live package with these fields replaced."""
    record = changed(world.package(package), changes)
    keep(world, lambda context: records.put_package(context, package, record))


def change_voucher(world: World, ref: pb.VoucherRef, **changes: Any) -> None:
    """A range, and what it means when its lock lapses, with these fields replaced."""

    def change(voucher: pb.Voucher) -> None:
        changed(voucher, changes)

    keep(world, lambda context: records.update_voucher(context, ref, change))


def lock_trade(world: World, ref: pb.VoucherRef, **changes: Any) -> None:
    """A conditional transfer waits on the range until tomorrow: THIRD buys, SECOND sells."""
    lock = pb.Lock(
        kind=pb.TRADE_WAITING,
        counterparty=SECOND,
        buyer=THIRD,
        answer_by_ms=world.time_ms + DAY_MS,
        commitment=SECRET,
        locked_at_ms=world.time_ms,
    )
    lock = changed(lock, changes)
    voucher = world.voucher(ref)
    keep(world, lambda context: records.put_locked_voucher(context, ref, voucher, lock))


def suspend(world: World, organisation: str) -> None:
    """The organisation is suspended."""
    record = world.get(identity_pb2.Organisation, compute_organisation_key(organisation))
    record.status = identity_pb2.SUSPENDED
    keep(world, lambda context: put_organisation(context, organisation, record))


def use_line(world: World, line: str, used_fen: int, **changes: Any) -> None:
    """A line of which so much is in use."""
    grantor, holder = line.partition(".")[0], CORE
    record = pb.Line(
        grantor=grantor, holder=holder, limit_fen=10 * FACE, used_fen=used_fen, last_on=TODAY + 90, status=pb.LINE_OPEN
    )
    keep(world, lambda context: side_records.put_line(context, line, changed(record, changes)))


def used(world: World, line: str) -> int:
    """What is in use of a line (分)."""
    return int(world.get(pb.Line, side_records.compute_line_key(line)).used_fen)


def freeze(world: World, ref: pb.VoucherRef, by: bytes = ORDER, *organisations: str) -> list[pb.VoucherEvent]:
    """An order rests on the range."""
    return world.say(pb.FREEZE, pb.FreezeVoucher(voucher=ref, order=by), *(organisations or (COURT,)))


def unfreeze(world: World, ref: pb.VoucherRef, by: bytes = ORDER) -> list[pb.VoucherEvent]:
    """It rests no more."""
    return world.say(pb.UNFREEZE, pb.UnfreezeVoucher(voucher=ref, order=by, ending_order=LIFTED), COURT)


def freeze_package(world: World, package: str, by: bytes = ORDER) -> list[pb.VoucherEvent]:
    """An order rests on the whole package."""
    return world.say(pb.FREEZE_PACKAGE, pb.FreezePackage(package=package, order=by), COURT)


def unfreeze_package(world: World, package: str, by: bytes = ORDER) -> list[pb.VoucherEvent]:
    """It rests no more."""
    return world.say(pb.UNFREEZE_PACKAGE, pb.UnfreezePackage(package=package, order=by, ending_order=LIFTED), COURT)


def pay_package(world: World, package: str, amount_fen: int) -> None:
    """The paying bank pays on the whole package."""
    command = pb.PayPackage(package=package, amount_fen=amount_fen, payment_commitment=SECRET)
    world.say(pb.PAY_PACKAGE, command, PAYER)


def dispute(world: World, ref: pb.VoucherRef, who: str = PAYEE) -> list[pb.VoucherEvent]:
    """The range is disputed."""
    return world.say(pb.DISPUTE, pb.OpenDispute(voucher=ref, evidence=SECRET), who)


def resolve(world: World, ref: pb.VoucherRef, who: str = PAYEE) -> list[pb.VoucherEvent]:
    """The dispute is over."""
    return world.say(pb.RESOLVE_DISPUTE, pb.ResolveDispute(voucher=ref, evidence=SECRET), who)


def make_offer(world: World, package: str, **changes: Any) -> Any:
    """A right offer to cancel until tomorrow."""
    command = pb.OfferCancel(package=package, cancel_by_ms=world.time_ms + DAY_MS, agreement_commitment=SECRET)
    return changed(command, changes)


def make_red_letter(ref: pb.VoucherRef, fingerprint: bytes, amount_fen: int, **changes: Any) -> Any:
    """A red letter with its evidence."""
    command = pb.RedLetter(voucher=ref, fingerprint=fingerprint, red_lettered_fen=amount_fen, evidence=SECRET)
    return changed(command, changes)


def make_substitute(package: str, fingerprint: bytes, *replacements: Message, **changes: Any) -> Any:
    """Other invoices in the place of one."""
    command = pb.SubstituteEvidence(package=package, fingerprint=fingerprint, evidence=SECRET)
    return changed(command, {"replacements": list(replacements)} | changes)


def make_succession(ref: pb.VoucherRef, predecessor: str, successor: str, **changes: Any) -> Any:
    """The successor in the predecessor's place."""
    command = pb.Succeed(voucher=ref, predecessor=predecessor, successor=successor, order=ORDER)
    return changed(command, changes)
