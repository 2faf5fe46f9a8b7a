"""A small market in a dict: a core enterprise, its suppliers, banks, and the commands they say."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from google.protobuf.message import Message

from hefu.v1 import identity_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day, compute_uscc_check
from ledger.context import Context, Overlay, Record
from ledger.errors import Reason, Rejection
from pledges.records import compute_claim_key, compute_invoice_key, compute_lender_totals_key
from receivables.days import compute_start_ms
from receivables.genesis import genesis_records
from receivables.records import (
    compute_asset_key,
    compute_issuer_totals_key,
    compute_package_key,
    compute_voucher_key,
    update_voucher,
)
from receivables.side_records import compute_line_key
from receivables.transitions import COMMANDS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TODAY = 20_003  # a Monday
NOW_MS = compute_start_ms(TODAY) + 10 * HOUR_MS
DUE = TODAY + 30  # a Wednesday
CUT_OFF_MS = compute_start_ms(DUE - 1)
FACE = 1_000_000
SECRET = b"c" * 32

RULES = pb.VoucherRules(
    max_face_fen=10**11,
    min_piece_fen=100,
    max_layers=3,
    max_term_days=365,
    long_term_days=183,
    grace_days=3,
    cut_off_business_days=1,
    max_answer_ms=40 * DAY_MS,
    year_basis_days=360,
)


def make_uscc(number: int) -> str:
    """A fictitious USCC of a region that does not exist."""
    first = f"91999999{number:09d}"
    return first + compute_uscc_check(first)


CORE, PAYEE, SECOND, THIRD, BANK, BANK2, PAYER, FACTOR, IDLE, STRANGER = (make_uscc(n) for n in range(101, 111))
COURT, COURT2, OPERATOR, OPERATOR2 = (make_uscc(n) for n in range(111, 115))
ROLES = {
    CORE: [identity_pb2.CORE_ENTERPRISE],
    PAYEE: [identity_pb2.SUPPLIER],
    SECOND: [identity_pb2.SUPPLIER],
    THIRD: [identity_pb2.SUPPLIER],
    BANK: [identity_pb2.BANK],
    BANK2: [identity_pb2.BANK],
    PAYER: [identity_pb2.CLEARING_BANK],
    FACTOR: [identity_pb2.FACTOR],
    COURT: [identity_pb2.COURT],
    COURT2: [identity_pb2.COURT],
    OPERATOR: [identity_pb2.SERVICE_OPERATOR],
    OPERATOR2: [identity_pb2.SERVICE_OPERATOR],
    IDLE: [identity_pb2.BANK, identity_pb2.CORE_ENTERPRISE],
}


class Records:
    """The committed state."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    def read(self, key: str) -> Record | None:
        """The record under `key`, or None."""
        return self.records.get(key)

    def list_bodies(self, prefix: str, time_ms: int) -> dict[str, bytes]:
        """What each record under the prefix means at the time; keys without the prefix."""
        return {
            key.removeprefix(prefix): record.get_meant(time_ms)
            for key, record in self.records.items()
            if key.startswith(prefix)
        }


class World:
    """The state, the clock, and a voice for everybody."""

    def __init__(self, rules: pb.VoucherRules = RULES, calendar: pb.BusinessCalendar | None = None) -> None:
        self.source = Records()
        self.time_ms = NOW_MS
        self.nonce = 0
        self.filings = 0
        bodies = dict(genesis_records(rules, calendar or pb.BusinessCalendar()))
        for organisation, roles in ROLES.items():
            status = identity_pb2.SUSPENDED if organisation == IDLE else identity_pb2.ACTIVE
            record = identity_pb2.Organisation(name="某公司", roles=roles, status=status)
            bodies[f"organisation/{organisation}"] = record.SerializeToString(deterministic=True)
        for key, body in bodies.items():
            self.source.records[key] = Record(body, bytes(16))

    def context(self, *organisations: str, kind: int = 0) -> Context:
        """A context whose writes are kept only by whoever keeps them."""
        self.nonce += 1
        context = Context(Overlay(self.source), self.time_ms, self.nonce.to_bytes(16, "big"))
        context.organisations, context.kind = organisations, kind
        return context

    def say(self, kind: int, command: Message, *organisations: str) -> list[pb.VoucherEvent]:
        """Run a command; its changes are kept only if it is not refused. Returns its events."""
        spec = COMMANDS[kind]
        assert isinstance(command, spec.message)
        context = self.context(*organisations, kind=kind)
        assert spec.amount(context, command) >= 0
        spec.transition(context, command)
        self.keep(context)
        return [pb.VoucherEvent.FromString(payload) for _, payload in context.events]

    def keep(self, context: Context) -> None:
        """Keep what was written in a context."""
        for key, record in context._overlay.changes.items():
            if record is None:
                del self.source.records[key]
            else:
                self.source.records[key] = record

    def mark(self, ref: pb.VoucherRef, change: Callable[[pb.Voucher], None]) -> None:
        """Change a range, and what it will mean when its lock lapses, behind the commands' back."""
        context = self.context()
        update_voucher(context, ref, change)
        self.keep(context)

    def mark_package(self, package: str, **changes: Any) -> None:
        """Change a package that nothing lapses, behind the commands' back."""
        context, record = self.context(), changed(self.package(package), changes)
        context.put(compute_package_key(package), record.SerializeToString(deterministic=True))
        self.keep(context)

    def get(self, message: type[Any], key: str) -> Any:
        """What the record under `key` means now, decoded; None where there is none."""
        record = self.source.read(key)
        return None if record is None else message.FromString(record.get_meant(self.time_ms))

    def package(self, package: str) -> Any:
        """The package."""
        return self.get(pb.Package, compute_package_key(package))

    def voucher(self, ref: pb.VoucherRef) -> Any:
        """The range."""
        return self.get(pb.Voucher, compute_voucher_key(ref))

    def claim(self, ref: pb.VoucherRef) -> Any:
        """The claim on the range."""
        return self.get(pledges_pb2.Claim, compute_claim_key(compute_asset_key(ref)))

    def totals(self, organisation: str = CORE) -> Any:
        """The issuer's totals."""
        return self.get(pb.IssuerTotals, compute_issuer_totals_key(organisation))

    def line(self, line: str) -> Any:
        """The line."""
        return self.get(pb.Line, compute_line_key(line))

    def use_of(self, line: str) -> tuple[int, int]:
        """What of a line is reserved, and what is used."""
        found = self.line(line)
        return found.reserved_fen, found.used_fen

    def lender(self, organisation: str) -> Any:
        """The lender's totals."""
        return self.get(pledges_pb2.LenderTotals, compute_lender_totals_key(organisation))

    def occupation(self, fingerprint: bytes) -> Any:
        """The invoice's occupation."""
        return self.get(pledges_pb2.InvoiceOccupation, compute_invoice_key(fingerprint))

    # ------------------------------------------------------------ stories

    def issue(self, number: str = "A-1", organisations: tuple[str, ...] = (CORE,), **changes: Any) -> str:
        """An issue as `make_issue` makes it; returns the package id."""
        self.say(pb.ISSUE, make_issue(self, number, **changes), *organisations)
        return f"{organisations[0]}.{number}"

    def accept(self, package: str, organisation: str = PAYEE) -> pb.VoucherRef:
        """The payee's acceptance with the right fingerprints; returns the whole range."""
        found = self.package(package)
        prints = [use.fingerprint for use in found.invoices]
        self.say(pb.ACCEPT_ISSUE, pb.AcceptIssue(package=package, fingerprints=prints), organisation)
        return pb.VoucherRef(package=package, start=1, end=found.face_fen)

    def grant(self, number: str = "L-1", grantor: str = BANK, **changes: Any) -> str:
        """A line as `make_line` makes it; returns its id."""
        self.say(pb.GRANT_LINE, make_line(number, **changes), grantor)
        return f"{grantor}.{number}"

    def live(self, number: str = "A-1", **changes: Any) -> pb.VoucherRef:
        """A range that was just accepted."""
        return self.accept(self.issue(number, **changes))

    def finance_to(self, step: int, ref: pb.VoucherRef, form: int = pb.PLEDGE, **changes: Any) -> pb.VoucherRef:
        """Take a financing from the request up to the command `step`; returns the range that is financed."""
        request = make_request(self, ref, form, **changes)
        piece = pb.VoucherRef(package=ref.package, start=ref.start, end=ref.start + request.amount_fen - 1)
        commands: list[tuple[int, Message]] = [
            (pb.TAKE_FINANCING, make_take(self, piece)),
            (pb.REGISTER_FINANCING, make_registration(self, piece)),
            (pb.PAY_OUT, make_pay_out(piece, value_on=compute_civil_day(self.time_ms))),
        ]
        holder = self.voucher(ref).holder
        self.say(pb.REQUEST_FINANCING, request, holder)
        for kind, command in commands:
            if kind <= step:
                self.say(kind, command, request.bank)
        return piece

    def pay(self, ref: pb.VoucherRef, amount: int, *payees: tuple[str, int]) -> list[pb.VoucherEvent]:
        """The paying bank pays on a range."""
        return self.say(pb.PAY_VOUCHER, make_payment(ref, amount, *payees), PAYER)


def use(name: str, amount: int = FACE, occupied: int = FACE) -> pledges_pb2.InvoiceUse:
    """A share of the invoice that goes by this name."""
    return pledges_pb2.InvoiceUse(fingerprint=name.encode().ljust(32, b"."), amount_fen=amount, occupied_fen=occupied)


def changed(command: Any, changes: dict[str, Any]) -> Any:
    """The command with these fields replaced."""
    for name, value in changes.items():
        command.ClearField(name)
        if isinstance(value, list):
            getattr(command, name).extend(value)
        elif isinstance(value, Message):
            getattr(command, name).CopyFrom(value)
        else:
            setattr(command, name, value)
    return command


def make_issue(world: World, number: str = "A-1", **changes: Any) -> Any:
    """A right issue of FACE by CORE to PAYEE against one invoice of the same number."""
    command = pb.Issue(
        number=number,
        payee=PAYEE,
        face_fen=FACE,
        due_on=DUE,
        paying_bank=PAYER,
        invoices=[use(number)],
        contract_commitment=SECRET,
        accept_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, changes)


def make_rules(**changes: Any) -> Any:
    """The rulebook RULES with these fields replaced."""
    rules = pb.VoucherRules()
    rules.CopyFrom(RULES)
    return changed(rules, changes)


def make_class(code: int, **changes: Any) -> Any:
    """A class of vouchers with the caps of RULES, some of them replaced."""
    names = ("max_face_fen", "min_piece_fen", "max_layers", "max_term_days", "long_term_days")
    caps = {name: getattr(RULES, name) for name in names}
    return pb.VoucherClass(code=code, **(caps | changes))


def make_line(number: str = "L-1", **changes: Any) -> Any:
    """A right grant of a revolving line of ten faces to CORE, for issuing."""
    command = pb.GrantLine(
        number=number, holder=CORE, purpose=pb.ISSUING, limit_fen=10 * FACE, revolving=True, last_on=TODAY + 30
    )
    return changed(command, changes)


def make_change(line: str, **changes: Any) -> Any:
    """A change of a line to what `make_line` granted."""
    command = pb.ChangeLine(line=line, limit_fen=10 * FACE, last_on=TODAY + 30, status=pb.LINE_OPEN)
    return changed(command, changes)


def make_basket(world: World, refs: Sequence[pb.VoucherRef], **changes: Any) -> Any:
    """A right basket of these whole ranges to SECOND."""
    command = pb.TransferBasket(
        items=[pb.BasketItem(voucher=ref, amount_fen=ref.end - ref.start + 1) for ref in refs],
        receiver=SECOND,
        trade_commitment=SECRET,
        answer_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, changes)


def make_trade(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """A right conditional transfer of PAYEE's whole range: THIRD buys, SECOND sells."""
    command = pb.ConditionalTransfer(
        voucher=ref,
        amount_fen=ref.end - ref.start + 1,
        buyer=THIRD,
        seller=SECOND,
        trade_commitment=SECRET,
        answer_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, changes)


def make_transfer(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """A right transfer of the whole range to SECOND."""
    command = pb.Transfer(
        voucher=ref,
        amount_fen=ref.end - ref.start + 1,
        receiver=SECOND,
        trade_commitment=SECRET,
        answer_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, changes)


def make_request(world: World, ref: pb.VoucherRef, form: int = pb.PLEDGE, **changes: Any) -> Any:
    """A right request to finance the whole range by BANK."""
    amount = changes.get("amount_fen", ref.end - ref.start + 1)
    command = pb.RequestFinancing(
        voucher=ref,
        amount_fen=amount,
        bank=BANK,
        terms_commitment=SECRET,
        answer_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, {"form": form, "secured_fen": amount // 2 if form == pb.PLEDGE else 0} | changes)


def make_take(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """The bank's consent to the terms."""
    command = pb.TakeFinancing(voucher=ref, terms_commitment=SECRET, register_by_ms=world.time_ms + DAY_MS)
    return changed(command, changes)


def make_registration(world: World, ref: pb.VoucherRef, **changes: Any) -> Any:
    """The bank's filing, each under a number of its own, from 1 on."""
    world.filings += 1
    command = pb.RegisterFinancing(
        voucher=ref,
        registration_number=f"{world.filings:020d}",
        filed_at_ms=world.time_ms,
        pay_by_ms=world.time_ms + DAY_MS,
    )
    return changed(command, changes)


def make_pay_out(ref: pb.VoucherRef, **changes: Any) -> Any:
    """The bank's payment on TODAY."""
    return changed(pb.PayOut(voucher=ref, payment_commitment=SECRET, value_on=TODAY), changes)


def make_payees(payees: tuple[tuple[str, int], ...]) -> list[pb.Payee]:
    """Payees as a payment names them."""
    return [pb.Payee(organisation=organisation, amount_fen=amount) for organisation, amount in payees]


def make_payment(ref: pb.VoucherRef, amount: int, *payees: tuple[str, int]) -> pb.PayVoucher:
    """The paying bank's payment on a range."""
    return pb.PayVoucher(voucher=ref, amount_fen=amount, payees=make_payees(payees), payment_commitment=SECRET)


def make_prepayment(ref: pb.VoucherRef, *payees: tuple[str, int]) -> pb.Prepay:
    """The issuer's early payment of a range."""
    return pb.Prepay(voucher=ref, payees=make_payees(payees), payment_commitment=SECRET)


def part(ref: pb.VoucherRef, start: int, end: int) -> pb.VoucherRef:
    """Another range of the same package."""
    return pb.VoucherRef(package=ref.package, start=start, end=end)


def expect_refusal(world: World, reason: Reason, field: int, kind: int, command: Message, *organisations: str) -> None:
    """The command is refused on this ground at this field, and changes nothing."""
    before = dict(world.source.records)
    with pytest.raises(Rejection) as caught:
        world.say(kind, command, *organisations)
    assert (caught.value.reason.name, caught.value.field) == (reason.name, field)
    assert world.source.records == before
