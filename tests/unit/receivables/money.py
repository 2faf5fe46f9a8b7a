"""What lends a hand to tests about money: lines, marks and blanket registrations, written as their commands would."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context, Overlay
from pledges.blankets import COMMANDS as BLANKET_COMMANDS
from receivables import records, side_records
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    COURT,
    DAY_MS,
    DUE,
    FACE,
    PAYEE,
    SECRET,
    World,
    changed,
)

QUOTE_BY_MS = DAY_MS  # after the ask
OPEN_LINE = {"limit_fen": FACE, "revolving": True, "last_on": DUE, "status": pb.LINE_OPEN}


def keep(world: World, write: Callable[[Context], None]) -> None:
    """Write by hand what no command of these tests writes."""
    overlay = Overlay(world.source)
    context = Context(overlay, world.time_ms, bytes(16))
    write(context)
    for key, record in overlay.changes.items():
        assert record is not None
        world.source.records[key] = record


def grant(world: World, number: str = "L-1", grantor: str = BANK, **changes: Any) -> str:
    """A bank's financing line on CORE; returns its id."""
    line = f"{grantor}.{number}"
    record = pb.Line(grantor=grantor, holder=CORE, purpose=pb.FINANCING, **(OPEN_LINE | changes))
    keep(world, lambda context: side_records.put_line(context, line, record))
    return line


def used(world: World, line: str) -> int:
    """What is in use of a line."""
    return int(world.get(pb.Line, f"line/{line}").used_fen)


def change_line(world: World, line: str, **changes: Any) -> None:
    """The grantor's change of a line."""
    record = changed(world.get(pb.Line, f"line/{line}"), changes)
    keep(world, lambda context: side_records.put_line(context, line, record))


def change_voucher(world: World, ref: pb.VoucherRef, change: Callable[[Any], Any]) -> None:
    """A mark or an amount on a range, which a lapse does not undo."""
    keep(world, lambda context: records.update_voucher(context, ref, lambda voucher: _ignore(change(voucher))))


def change_package(world: World, package: str, change: Callable[[Any], Any]) -> None:
    """A mark or an amount on a package."""
    record = world.package(package)
    change(record)
    keep(world, lambda context: records.put_package(context, package, record))


def _ignore(result: object) -> None:
    """What a change returns means nothing."""


def freeze(world: World, ref: pb.VoucherRef) -> None:
    """A court's order rests on the range."""
    change_voucher(world, ref, lambda voucher: voucher.freezes.add(order=SECRET, entered_by=[COURT], at_ms=1))


def freeze_package(world: World, ref: pb.VoucherRef) -> None:
    """A court's order rests on the whole package."""
    change_package(world, ref.package, lambda package: package.freezes.add(order=SECRET, entered_by=[COURT], at_ms=1))


def dispute(world: World, ref: pb.VoucherRef) -> None:
    """The holder disputes."""
    change_voucher(world, ref, lambda voucher: voucher.dispute.MergeFrom(pb.Dispute(opened_by=PAYEE, evidence=SECRET)))


def red_letter(world: World, ref: pb.VoucherRef) -> None:
    """An invoice of the package was red-lettered."""
    change_package(world, ref.package, lambda package: package.red_lettered.append(package.invoices[0].fingerprint))


def say_blanket(world: World, kind: int, command: Message, *organisations: str) -> list[pledges_pb2.PledgeEvent]:
    """Run a command of pledges; its changes are kept only if it is not refused. Returns its events."""
    overlay = Overlay(world.source)
    context = Context(overlay, world.time_ms, bytes(16))
    context.organisations, context.kind = organisations, kind
    BLANKET_COMMANDS[kind].transition(context, command)
    for key, record in overlay.changes.items():
        if record is None:
            del world.source.records[key]
        else:
            world.source.records[key] = record
    return [pledges_pb2.PledgeEvent.FromString(payload) for _, payload in context.events]


def make_blanket(world: World, number: str, **changes: Any) -> Any:
    """A right blanket registration."""
    command = pledges_pb2.RegisterBlanket(registration_number=number, filed_at_ms=world.time_ms)
    return changed(command, changes)


def register_blanket(world: World, number: str, secured: str = BANK2, pledgor: str = PAYEE) -> None:
    """`secured` registers all receivables of `pledgor`."""
    say_blanket(world, pledges_pb2.REGISTER_BLANKET, make_blanket(world, number), secured, pledgor)


def make_ask(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """A right ask of BANK and BANK2 for a pledge of the whole range."""
    command = pb.AskQuotes(
        voucher=ref,
        amount_fen=ref.end - ref.start + 1,
        form=pb.PLEDGE,
        banks=sorted((BANK, BANK2)),
        documents=[SECRET],
        quote_by_ms=world.time_ms + QUOTE_BY_MS,
    )
    return changed(command, changes)


def make_quote(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """A right quote, good for two days."""
    command = pb.GiveQuote(voucher=ref, terms_commitment=SECRET, firm_until_ms=world.time_ms + 2 * DAY_MS)
    return changed(command, changes)
