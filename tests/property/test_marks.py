"""Orders, disputes and ends among moves and payments, right and wrong ones, at any times.

The machine keeps a naive book of freezes and disputes beside the ledger, by ranges, and scans all records after each
command: what a lock will mean is exactly the range without it, marks included; marks are those of the book; ranges
partition each package, ended ones too; what is owed sums to its debtors' totals and calendars.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import Rejection
from receivables.payments import compute_length, compute_owed, compute_package_owed, compute_share
from receivables.questions import parse_asset
from receivables.rules import FINANCING_LOCKS, compute_debtor
from tests.unit.receivables.court import (
    LIFTED,
    lock_trade,
    make_offer,
    make_red_letter,
    make_substitute,
    make_succession,
    order,
)
from tests.unit.receivables.world import (
    BANK,
    CORE,
    COURT,
    CUT_OFF_MS,
    DAY_MS,
    HOUR_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    THIRD,
    World,
    make_pay_out,
    make_prepayment,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    use,
)

PEOPLE = (CORE, PAYEE, SECOND, THIRD, BANK)
FACE = 3000
numbers = st.integers(0, 2**16)
people = st.sampled_from(PEOPLE)
# What is for ever, or stops everything else, comes more rarely.
is_rare = st.integers(0, 5).map(lambda n: n == 5)
jumps = st.sampled_from((1, HOUR_MS, 12 * HOUR_MS, DAY_MS, DAY_MS, 2 * DAY_MS))
Key = tuple[str, int, int]


def is_free(voucher: Any) -> bool:
    return bool(voucher.circulation == pb.CIRCULATING and not voucher.freezes)


def key_of(ref: pb.VoucherRef) -> Key:
    return ref.package, ref.start, ref.end


class Book:
    """What is known of one range beside the ledger."""

    def __init__(self, freezes: tuple[int, ...] = (), disputed_by: str = "", kept_fen: int = 0) -> None:
        self.freezes = freezes
        self.disputed_by = disputed_by
        self.is_of_trade = False  # the dispute: of a side of a trade that waits, who does not hold the range
        self.kept_fen = kept_fen
        self.share_fen = 0  # of P, when the first of the present freezes came


class Docket(RuleBasedStateMachine):
    """The commands, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.book: dict[Key, Book] = {}
        self.frozen: dict[str, list[int]] = {}

    # ------------------------------------------------------------ saying

    def try_to_say(self, kind: int, command: Any, *organisations: str) -> list[pb.VoucherEvent] | None:
        """The events, or None if it was refused; then nothing has changed. Anything but a Rejection fails the test."""
        before = dict(self.world.source.records)
        try:
            events = self.world.say(kind, command, *organisations)
        except Rejection as rejection:
            code = rejection.reason.code
        else:
            for event in events:
                if event.HasField("parent"):
                    self.cut(event.parent, event.voucher)
            return events
        assert 200 <= code < 500
        assert self.world.source.records == before
        return None

    def cut(self, parent: pb.VoucherRef, piece: pb.VoucherRef) -> None:
        """Both sides of a cut are what the whole was; an event tells of one side, or one event of each."""
        known = self.book.pop(key_of(parent), None)
        if known is not None:
            for ref in self.refs():
                if ref.package == parent.package and parent.start <= ref.start and ref.end <= parent.end:
                    self.book[key_of(ref)] = Book(known.freezes, known.disputed_by, known.kept_fen)

    def bodies(self, prefix: str) -> dict[str, bytes]:
        return self.world.source.list_bodies(prefix, self.world.time_ms)

    def refs(self) -> list[pb.VoucherRef]:
        return [parse_asset(f"voucher:{name}") for name in sorted(self.bodies("voucher/"))]

    def pick(self, number: int, is_wanted: Callable[[Any], object] = bool) -> tuple[pb.VoucherRef, Any, Book]:
        """One of the ranges; of those that are wanted, where there are any, but for now and then."""
        refs = self.refs()
        wanted = [ref for ref in refs if number % 8 and is_wanted(self.world.voucher(ref))]
        ref = (wanted or refs)[number % len(wanted or refs)]
        return ref, self.world.voucher(ref), self.book[key_of(ref)]

    def package_of(self, number: int) -> str:
        return f"{CORE}.A-{number % 2}"

    # ------------------------------------------------------------ moves

    @initialize()
    def begin(self) -> None:
        for number in range(2):
            invoices = [use(f"I{number}", FACE, 1000), use(f"J{number}", FACE, 2000)]
            ref = self.world.live(f"A-{number}", face_fen=FACE, invoices=invoices)
            self.book[key_of(ref)] = Book()
            self.frozen[ref.package] = []

    @rule(by=jumps)
    def wait(self, by: int) -> None:
        self.world.time_ms += by

    @rule(is_so=is_rare, n=numbers)
    def wait_for_cut_off(self, is_so: bool, n: int) -> None:
        if is_so and n % 4 == 0:
            self.world.time_ms = max(self.world.time_ms, CUT_OFF_MS)

    @rule(n=numbers, amount=st.integers(100, FACE), to=people)
    def transfer(self, n: int, amount: int, to: str) -> None:
        ref, voucher, _ = self.pick(n, is_free)
        length = compute_length(ref)
        command = make_transfer(self.world, ref, receiver=to, amount_fen=length if n % 2 else min(amount, length))
        self.try_to_say(pb.TRANSFER, command, voucher.holder)

    @rule(n=numbers, how=st.sampled_from((pb.ACCEPT_TRANSFER, pb.REFUSE_TRANSFER, pb.WITHDRAW_TRANSFER)))
    def answer(self, n: int, how: int) -> None:
        ref, voucher, _ = self.pick(n, lambda voucher: voucher.lock.kind == pb.TRANSFER_REQUESTED)
        commands: dict[int, Any] = {
            pb.ACCEPT_TRANSFER: pb.AcceptTransfer(voucher=ref),
            pb.REFUSE_TRANSFER: pb.RefuseTransfer(voucher=ref),
            pb.WITHDRAW_TRANSFER: pb.WithdrawTransfer(voucher=ref),
        }
        asked = voucher.holder if how == pb.WITHDRAW_TRANSFER else voucher.lock.counterparty
        done = self.try_to_say(how, commands[how], asked)
        if done is not None and self.world.voucher(ref).stage == pb.MERGED:
            self.book[key_of(ref)].disputed_by = ""

    @rule(n=numbers, form=st.sampled_from((pb.PLEDGE, pb.SALE_WITH_RECOURSE)))
    def finance(self, n: int, form: int) -> None:
        """The next step of a financing, whichever that is."""
        ref, voucher, _ = self.pick(n, lambda voucher: voucher.lock.kind in FINANCING_LOCKS)
        today = compute_civil_day(self.world.time_ms)
        steps: dict[int, tuple[int, Any, str]] = {
            0: (pb.REQUEST_FINANCING, make_request(self.world, ref, form), voucher.holder),
            pb.FINANCING_REQUESTED: (pb.TAKE_FINANCING, make_take(self.world, ref), BANK),
            pb.FINANCING_TAKEN: (pb.REGISTER_FINANCING, make_registration(self.world, ref), BANK),
            pb.FINANCING_REGISTERED: (pb.PAY_OUT, make_pay_out(ref, value_on=today), BANK),
        }
        step = steps.get(voucher.lock.kind)
        if step is not None:
            self.try_to_say(*step)

    @rule(n=numbers)
    def release(self, n: int) -> None:
        claimed = [ref for ref in self.refs() if self.world.claim(ref) is not None]
        if claimed:
            ref = claimed[n % len(claimed)]
            self.try_to_say(pb.RELEASE, pb.Release(voucher=ref), self.world.claim(ref).pledgee)

    @rule(n=numbers, is_so=is_rare)
    def trade(self, n: int, is_so: bool) -> None:
        if not is_so:
            return
        ref, voucher, _ = self.pick(n, is_free)
        package = self.world.package(ref.package)
        owed = compute_owed(package, voucher, ref)
        is_early = package.due_on * DAY_MS - 5 * DAY_MS > self.world.time_ms
        if voucher.circulation == pb.CIRCULATING and owed and is_early:
            lock_trade(self.world, ref)

    # ------------------------------------------------------------ orders and marks

    @rule(n=numbers, by=st.integers(1, 10), is_so=is_rare)
    def freeze(self, n: int, by: int, is_so: bool) -> None:
        ref, _, known = self.pick(n, lambda voucher: bool(voucher.freezes) == is_so)
        if (is_so or n % 3 == 0) and self.try_to_say(
            pb.FREEZE, pb.FreezeVoucher(voucher=ref, order=order(by)), COURT
        ) is not None:
            if not known.freezes:
                known.share_fen = self.share(ref)
            known.freezes += (by,)

    @rule(n=numbers, by=st.integers(1, 10))
    def unfreeze(self, n: int, by: int) -> None:
        ref, _, known = self.pick(n, lambda voucher: voucher.freezes)
        by = known.freezes[by % len(known.freezes)] if known.freezes else by
        command = pb.UnfreezeVoucher(voucher=ref, order=order(by), ending_order=LIFTED)
        if self.try_to_say(pb.UNFREEZE, command, COURT) is not None:
            known.freezes = tuple(one for one in known.freezes if one != by)
            if not known.freezes:
                known.kept_fen += self.share(ref) - known.share_fen

    def share(self, ref: pb.VoucherRef) -> int:
        package = self.world.package(ref.package)
        return compute_share(package.paid_fen, package.face_fen, ref)

    @rule(n=numbers, by=st.integers(1, 10), is_so=is_rare)
    def freeze_package(self, n: int, by: int, is_so: bool) -> None:
        name = self.package_of(n)
        command = pb.FreezePackage(package=name, order=order(by))
        if is_so and self.try_to_say(pb.FREEZE_PACKAGE, command, COURT) is not None:
            self.frozen[name].append(by)

    @rule(n=numbers, by=st.integers(1, 10))
    def unfreeze_package(self, n: int, by: int) -> None:
        name = self.package_of(n)
        by = self.frozen[name][0] if self.frozen[name] else by
        command = pb.UnfreezePackage(package=name, order=order(by), ending_order=LIFTED)
        if self.try_to_say(pb.UNFREEZE_PACKAGE, command, COURT) is not None:
            self.frozen[name].remove(by)

    @rule(n=numbers, who=people)
    def dispute(self, n: int, who: str) -> None:
        ref, _, known = self.pick(n)
        if self.try_to_say(pb.DISPUTE, pb.OpenDispute(voucher=ref, evidence=SECRET), who) is not None:
            assert not known.disputed_by
            known.disputed_by = who
            voucher = self.world.voucher(ref)
            is_side = voucher.lock.kind == pb.TRADE_WAITING and who in (voucher.lock.buyer, voucher.lock.counterparty)
            known.is_of_trade = is_side and who != voucher.holder

    @rule(n=numbers, who=people)
    def resolve(self, n: int, who: str) -> None:
        ref, _, known = self.pick(n, lambda voucher: voucher.HasField("dispute"))
        who = known.disputed_by if n % 4 and known.disputed_by else who
        if self.try_to_say(pb.RESOLVE_DISPUTE, pb.ResolveDispute(voucher=ref, evidence=SECRET), who) is not None:
            assert known.disputed_by == who
            known.disputed_by = ""

    @rule(n=numbers, predecessor=people, successor=people)
    def succeed(self, n: int, predecessor: str, successor: str) -> None:
        ref, voucher, known = self.pick(n)
        predecessor = voucher.holder if n % 2 else predecessor
        command = pb.Succeed(voucher=ref, predecessor=predecessor, successor=successor, order=order(1))
        if self.try_to_say(pb.SUCCEED, command, COURT) is not None and known.disputed_by == predecessor:
            known.disputed_by = successor

    @rule(n=numbers, successor=people)
    def succeed_debtor(self, n: int, successor: str) -> None:
        command = pb.SucceedDebtor(package=self.package_of(n), successor=successor, order=order(1))
        if n % 5 == 0:
            self.try_to_say(pb.SUCCEED_DEBTOR, command, COURT)

    @rule(n=numbers, is_so=is_rare)
    def accelerate(self, n: int, is_so: bool) -> None:
        if is_so and n % 5 == 0:
            self.try_to_say(pb.ACCELERATE, pb.Accelerate(package=self.package_of(n), order=order(1)), COURT)

    @rule(n=numbers, amount=st.integers(1, FACE + 1), is_so=is_rare)
    def red_letter(self, n: int, amount: int, is_so: bool) -> None:
        if not is_so:
            return
        ref, voucher, _ = self.pick(n)
        invoices = self.world.package(ref.package).invoices
        command = make_red_letter(ref, invoices[n % len(invoices)].fingerprint, amount)
        self.try_to_say(pb.RED_LETTER, command, voucher.holder)

    @rule(n=numbers)
    def substitute(self, n: int) -> None:
        name = self.package_of(n)
        package = self.world.package(name)
        gone = package.invoices[n % len(package.invoices)]
        command = make_substitute(name, gone.fingerprint, use(f"K{n % 5}", 2 * FACE, gone.occupied_fen))
        self.try_to_say(pb.SUBSTITUTE_EVIDENCE, command, compute_debtor(package), PAYEE)

    # ------------------------------------------------------------ ends and payments

    @rule(n=numbers)
    def offer_cancel(self, n: int) -> None:
        name = self.package_of(n)
        command = make_offer(self.world, name)
        self.try_to_say(pb.OFFER_CANCEL, command, compute_debtor(self.world.package(name)))

    @rule(n=numbers, is_merger=st.booleans())
    def end(self, n: int, is_merger: bool) -> None:
        ref, voucher, known = self.pick(n, is_free)
        command: Any = pb.Merge(voucher=ref) if is_merger else pb.ConsentCancel(voucher=ref)
        kind = pb.MERGE if is_merger else pb.CONSENT_CANCEL
        if is_merger and n % 2:  # by order or by luck, who owes it holds it
            debtor = compute_debtor(self.world.package(ref.package))
            order_ = make_succession(ref, voucher.holder, debtor)
            self.try_to_say(pb.SUCCEED, order_, COURT)
            voucher = self.world.voucher(ref)
            known.disputed_by = voucher.dispute.opened_by
        if self.try_to_say(kind, command, voucher.holder) is not None:
            known.disputed_by = ""

    @rule(n=numbers, is_so=is_rare)
    def prepay(self, n: int, is_so: bool) -> None:
        ref, voucher, known = self.pick(n)
        package = self.world.package(ref.package)
        if not is_so or known.freezes or self.frozen[ref.package] or self.world.claim(ref) is not None:
            return
        command = make_prepayment(ref, (voucher.holder, compute_owed(package, voucher, ref)))
        self.try_to_say(pb.PREPAY, command, compute_debtor(package), PAYER)

    @rule(n=numbers, amount=st.integers(1, FACE // 3))
    def pay_package(self, n: int, amount: int) -> None:
        name = self.package_of(n)
        package = self.world.package(name)
        if self.frozen[name] or package.own_paid_fen or package.merged_fen or package.cancelled_fen:
            return
        command = pb.PayPackage(package=name, amount_fen=amount, payment_commitment=SECRET)
        self.try_to_say(pb.PAY_PACKAGE, command, PAYER)

    # ------------------------------------------------------------ what holds

    @invariant()
    def a_lock_will_mean_the_range_without_it_and_with_its_marks(self) -> None:
        for name in self.bodies("voucher/"):
            record = self.world.source.records[f"voucher/{name}"]
            if record.is_pending(self.world.time_ms):
                expected = pb.Voucher.FromString(record.body)
                lapsed = pb.Voucher.FromString(record.lapse_body)
                sides = (expected.lock.buyer, expected.lock.counterparty)
                if expected.dispute.opened_by in sides and not lapsed.HasField("dispute"):
                    expected.ClearField("dispute")  # of a trade's side, which ends with the trade
                expected.ClearField("lock")
                expected.circulation = pb.CIRCULATING
                assert lapsed == expected

    @invariant()
    def marks_are_those_of_the_book(self) -> None:
        assert {key_of(ref) for ref in self.refs()} == set(self.book)
        for ref in self.refs():
            voucher, known = self.world.voucher(ref), self.book[key_of(ref)]
            assert [freeze.order for freeze in voucher.freezes] == [order(by) for by in known.freezes]
            if known.is_of_trade and not (voucher.HasField("lock") or voucher.HasField("dispute")):
                known.disputed_by, known.is_of_trade = "", False  # it has ended with the trade
            assert voucher.dispute.opened_by == known.disputed_by
            assert voucher.kept_fen == voucher.held_back_fen == known.kept_fen
        for name, orders in self.frozen.items():
            assert [freeze.order for freeze in self.world.package(name).freezes] == [order(by) for by in orders]

    @invariant()
    def ranges_partition_each_package_and_owe_what_its_debtors_totals_say(self) -> None:
        unpaid: dict[str, dict[int, int]] = {}
        for name in self.frozen:
            package = self.world.package(name)
            refs = sorted((ref for ref in self.refs() if ref.package == name), key=lambda ref: ref.start)
            assert (refs[0].start, refs[-1].end) == (1, FACE)
            assert all(a.end + 1 == b.start for a, b in pairwise(refs))
            stages: dict[int, int] = {}
            owed = 0
            for ref in refs:
                voucher = self.world.voucher(ref)
                stages[voucher.stage] = stages.get(voucher.stage, 0) + compute_length(ref)
                if voucher.stage == pb.LIVE:
                    owed += compute_owed(package, voucher, ref)
            assert (stages.get(pb.MERGED, 0), stages.get(pb.CANCELLED, 0)) == (
                package.merged_fen,
                package.cancelled_fen,
            )
            assert owed == compute_package_owed(package)
            assert (owed == 0) == (package.stage != pb.PACKAGE_LIVE)
            assert (package.stage == pb.PACKAGE_CANCELLED) == (package.cancelled_fen == FACE)
            if owed:
                days = unpaid.setdefault(compute_debtor(package), {})
                days[package.due_on] = days.get(package.due_on, 0) + owed
        for who, body in self.bodies("totals/issuer/").items():
            totals = pb.IssuerTotals.FromString(body)
            assert {day.due_on: day.unpaid_fen for day in totals.calendar} == unpaid.pop(who, {})
            assert totals.unpaid_fen == sum(day.unpaid_fen for day in totals.calendar)
        assert unpaid == {}

    @invariant()
    def invoices_are_occupied_by_packages_that_were_not_cancelled(self) -> None:
        held: dict[str, int] = {}
        for name in self.frozen:
            package = self.world.package(name)
            if package.stage != pb.PACKAGE_CANCELLED:
                for invoice in package.invoices:
                    held[invoice.fingerprint.hex()] = held.get(invoice.fingerprint.hex(), 0) + invoice.occupied_fen
            for fingerprint in package.red_lettered:
                assert fingerprint in [invoice.fingerprint for invoice in package.invoices]
        for print_, body in self.bodies("invoice/").items():
            occupation = pledges_pb2.InvoiceOccupation.FromString(body)
            assert occupation.occupied_fen == held.pop(print_, 0) <= occupation.amount_fen
            assert 0 <= occupation.red_lettered_fen <= occupation.amount_fen
        assert held == {}

    @invariant()
    def lenders_totals_are_the_claims_that_rest(self) -> None:
        lenders: dict[str, list[int]] = {}
        for body in self.bodies("claim/").values():
            claim = pledges_pb2.Claim.FromString(body)
            lenders.setdefault(claim.pledgee, []).append(claim.secured_fen)
        for name, body in self.bodies("totals/lender/").items():
            totals = pledges_pb2.LenderTotals.FromString(body)
            claims = lenders.pop(name, [])
            assert (totals.claims, totals.secured_fen) == (len(claims), sum(claims))
        assert lenders == {}


TestDocket = Docket.TestCase
TestDocket.settings = settings(max_examples=150, stateful_step_count=80, deadline=None)
