"""Any sequence of valid and invalid commands at any times keeps what the vouchers promise.

The machine says commands to the transitions over a state in a dict, right ones and broken ones alike. After each it
scans all records: ranges partition each live package, occupations, totals and calendars equal the scan, claims rest on
ranges that exist, and what is locked will mean exactly what it was.
"""

from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hefu.v1 import ledger_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Rejection
from receivables.days import compute_cut_off_day, compute_start_ms
from receivables.payments import compute_owed, compute_share
from receivables.questions import parse_asset
from receivables.records import compute_asset_key, compute_voucher_key, get_calendar
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    DAY_MS,
    HOUR_MS,
    IDLE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    STRANGER,
    TODAY,
    World,
    changed,
    make_issue,
    make_pay_out,
    make_payees,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    use,
)

PEOPLE = (CORE, PAYEE, SECOND, BANK, BANK2, PAYER, IDLE, STRANGER, "")
HOLDING_STAGES = (pb.PENDING, pb.PACKAGE_LIVE, pb.SETTLED)
FINANCING_LOCKS = (pb.FINANCING_REQUESTED, pb.FINANCING_TAKEN, pb.FINANCING_REGISTERED)
FORMS = (pb.PLEDGE, pb.PLEDGE, pb.SALE_WITH_RECOURSE, pb.SALE_WITHOUT_RECOURSE)
STRANGE_NUMBERS = (0, -1, 1, 99, 100, 2**63 - 1, -(2**63))
numbers = st.integers(0, 2**16)
# Mostly nothing strange: a machine that only says nonsense never gets anywhere.
is_strange = st.integers(0, 9).map(lambda n: n == 9)
people = st.sampled_from(PEOPLE)
others = st.sampled_from((PAYEE, SECOND, BANK))
jumps = st.sampled_from((1, HOUR_MS, 12 * HOUR_MS, DAY_MS, 6 * DAY_MS, 15 * DAY_MS))


class Market(RuleBasedStateMachine):
    """The commands, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.count = 0
        self.prior: dict[str, bytes] = {}  # what each range that was locked, and not answered by consent, means again
        self.received: dict[str, int] = {}  # what the present pledgee of an asset had so far

    # ------------------------------------------------------------ saying

    def try_to_say(self, kind: int, command: Any, *organisations: str) -> list[pb.VoucherEvent] | None:
        """The events, or None if it was refused; then nothing has changed. Anything but a Rejection fails the test."""
        before = dict(self.world.source.records)
        try:
            return self.world.say(kind, command, *organisations)
        except Rejection as rejection:
            code = rejection.reason.code
        assert 200 <= code < 500
        assert self.world.source.records == before
        return None

    def bodies(self, prefix: str) -> dict[str, bytes]:
        return self.world.source.list_bodies(prefix, self.world.time_ms)

    def refs(self) -> list[pb.VoucherRef]:
        return [parse_asset(f"voucher:{name}") for name in sorted(self.bodies("voucher/"))]

    def waiting(self, *kinds: int) -> list[pb.VoucherRef]:
        """The ranges on which a request of one of these kinds waits."""
        return [ref for ref in self.refs() if self.world.voucher(ref).lock.kind in kinds]

    def claimed(self) -> list[pb.VoucherRef]:
        """The ranges on which a claim rests."""
        return [ref for ref in self.refs() if self.world.claim(ref)]

    def pick(self, number: int, among: list[pb.VoucherRef]) -> tuple[pb.VoucherRef, Any]:
        """One of the ranges; of all, where there is none among these, or now and then."""
        refs = among if among and number % 8 else self.refs()
        chosen = refs[number % len(refs)]
        return chosen, self.world.voucher(chosen)

    def remember(self, ref: pb.VoucherRef, voucher: Any, events: list[pb.VoucherEvent] | None) -> None:
        """What the locked piece must mean again, if the request was not refused."""
        if events:
            prior = pb.Voucher()
            prior.CopyFrom(voucher)
            prior.layer += events[0].HasField("parent")
            self.prior.pop(compute_voucher_key(ref), None)
            self.prior[compute_voucher_key(events[0].voucher)] = prior.SerializeToString(deterministic=True)

    def forget(self, ref: pb.VoucherRef, done: object) -> None:
        if done is not None:
            self.prior.pop(compute_voucher_key(ref), None)

    # ------------------------------------------------------------ commands

    @initialize()
    def begin(self) -> None:
        ref = self.world.live("A-0", face_fen=3333, invoices=[use("I0", 10_000, 3333)])
        pledged = self.world.finance_to(pb.PAY_OUT, ref, amount_fen=1111)
        self.received[compute_asset_key(pledged)] = 0

    @rule(by=jumps)
    def wait(self, by: int) -> None:
        self.world.time_ms += by

    @rule(n=numbers, face=st.integers(100, 4000), term=st.integers(3, 40), strange=is_strange, who=people)
    def issue(self, n: int, face: int, term: int, strange: bool, who: str) -> None:
        self.count += 1
        today = TODAY + (self.world.time_ms - compute_start_ms(TODAY)) // DAY_MS
        share = n % face
        first, second = use(f"I{n % 3}", 10_000, share), use(f"J{n % 2}", 10_000 + n % 17 // 16, face - share)
        command = make_issue(
            self.world,
            f"A-{self.count}",
            face_fen=face,
            due_on=today + term,
            invoices=[first, second] if share else [second],
            accept_by_ms=self.world.time_ms + (1 + n % 30) * HOUR_MS,
        )
        if strange:
            wrong: list[dict[str, Any]] = [
                {"face_fen": -n},
                {"payee": who},
                {"due_on": n - 2**15},
                {"accept_by_ms": n},
            ]
            command = changed(command, wrong[n % 4])
        self.try_to_say(pb.ISSUE, command, who if strange and n % 5 == 0 else CORE)

    def pending(self) -> list[str]:
        return sorted(name for name in self.bodies("package/") if self.world.get(ledger_pb2.Hold, f"holds/{name}"))

    @precondition(lambda self: self.pending())
    @rule(n=numbers, how=st.sampled_from((0, 0, 0, 1, 2, 3)), strange=is_strange, who=people)
    def answer_issue(self, n: int, how: int, strange: bool, who: str) -> None:
        name = self.pending()[n % len(self.pending())]
        prints = [invoice.fingerprint for invoice in self.world.package(name).invoices][: -1 if strange else None]
        kind, command, right = [
            (pb.ACCEPT_ISSUE, pb.AcceptIssue(package=name, fingerprints=prints), PAYEE),
            (pb.REFUSE_ISSUE, pb.RefuseIssue(package=name), PAYEE),
            (pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=name), CORE),
            (pb.LAPSE_ISSUE, pb.LapseIssue(package=name), SECOND),
        ][how]
        self.try_to_say(kind, command, who if strange else right)

    @rule(n=numbers, first=st.integers(1, 4000), strange=is_strange, who=people)
    def split(self, n: int, first: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, [])
        first = STRANGE_NUMBERS[n % 7] if strange else 1 + first % (ref.end - ref.start + 1)
        command = pb.Split(voucher=ref, first_fen=first)
        done = self.try_to_say(pb.SPLIT, command, who if strange and n % 2 else voucher.holder)
        self.forget(ref, done)

    @rule(n=numbers, amount=st.integers(1, 4000), to=others, strange=is_strange, who=people)
    def transfer(self, n: int, amount: int, to: str, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, [])
        length = ref.end - ref.start + 1
        command = make_transfer(self.world, ref, receiver=to, answer_by_ms=self.world.time_ms + DAY_MS)
        command.amount_fen = STRANGE_NUMBERS[n % 7] if strange else length if n % 2 else 1 + amount % length
        events = self.try_to_say(pb.TRANSFER, command, who if strange and n % 2 else voucher.holder)
        self.remember(ref, voucher, events)

    @precondition(lambda self: self.waiting(pb.TRANSFER_REQUESTED))
    @rule(n=numbers, how=st.sampled_from((0, 0, 1, 2)), strange=is_strange, who=people)
    def answer_transfer(self, n: int, how: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, self.waiting(pb.TRANSFER_REQUESTED))
        kind, message, right = [
            (pb.ACCEPT_TRANSFER, pb.AcceptTransfer, voucher.lock.counterparty),
            (pb.REFUSE_TRANSFER, pb.RefuseTransfer, voucher.lock.counterparty),
            (pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer, voucher.holder),
        ][how]
        done = self.try_to_say(kind, message(voucher=ref), who if strange else right)
        if kind == pb.ACCEPT_TRANSFER:
            self.forget(ref, done)
            assert done is None or self.world.voucher(ref).holder == voucher.lock.counterparty

    @rule(n=numbers, amount=st.integers(1, 4000), form=st.sampled_from(FORMS), strange=is_strange, who=people)
    def request(self, n: int, amount: int, form: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, [])
        length = ref.end - ref.start + 1
        amount = length if n % 2 else 1 + amount % length
        bank = BANK2 if voucher.holder == BANK else BANK
        secured = 1 + n % amount if form == pb.PLEDGE else 0
        command = make_request(self.world, ref, form, amount_fen=amount, bank=bank, secured_fen=secured)
        if strange:
            strange_number = STRANGE_NUMBERS[n % 7]
            wrong: list[dict[str, Any]] = [
                {"bank": who},
                {"secured_fen": strange_number},
                {"answer_by_ms": strange_number},
            ]
            command = changed(command, wrong[n % 3])
        events = self.try_to_say(pb.REQUEST_FINANCING, command, voucher.holder)
        self.remember(ref, voucher, events)

    @precondition(lambda self: self.waiting(*FINANCING_LOCKS))
    @rule(n=numbers, other=st.integers(0, 15), strange=is_strange, who=people)
    def finance(self, n: int, other: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, self.waiting(*FINANCING_LOCKS))
        # The step that is due, or now and then any other.
        due = FINANCING_LOCKS.index(voucher.lock.kind) if voucher.lock.kind in FINANCING_LOCKS else 0
        step = other if other < 5 else due
        # About one number in four was used before, by chance for another range or bank.
        registration = make_registration(self.world, ref, registration_number=f"{n % 40:020d}")
        today = TODAY + (self.world.time_ms - compute_start_ms(TODAY)) // DAY_MS
        bank = voucher.lock.counterparty
        kind, command, right = [
            (pb.TAKE_FINANCING, make_take(self.world, ref), bank),
            (pb.REGISTER_FINANCING, registration, bank),
            (pb.PAY_OUT, make_pay_out(ref, value_on=today + strange), bank),
            (pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), bank),
            (pb.WITHDRAW_FINANCING, pb.WithdrawFinancing(voucher=ref), voucher.holder),
        ][step]
        done = self.try_to_say(kind, command, who if strange else right)
        if kind == pb.PAY_OUT and done is not None:
            self.forget(ref, done)
            expected = voucher.holder if voucher.lock.form == pb.PLEDGE else bank
            assert self.world.voucher(ref).holder == expected
            self.received[compute_asset_key(ref)] = 0

    @precondition(lambda self: self.claimed())
    @rule(n=numbers, is_meant=st.booleans(), who=people)
    def release(self, n: int, is_meant: bool, who: str) -> None:
        ref, _ = self.pick(n, self.claimed())
        claim = self.world.claim(ref)
        self.try_to_say(pb.RELEASE, pb.Release(voucher=ref), claim.pledgee if claim and is_meant else who)

    def payees(self, ref: pb.VoucherRef, amount: int) -> tuple[tuple[str, int], ...]:
        """Who must be paid, by what the pledgee had so far."""
        claim, holder = self.world.claim(ref), self.world.voucher(ref).holder
        part = min(amount, claim.secured_fen - self.received[compute_asset_key(ref)]) if claim else 0
        pairs = [(claim.pledgee, part)] if part else []
        return tuple(pairs + ([(holder, amount - part)] if amount > part else []))

    def note_received(self, ref: pb.VoucherRef, amount: int) -> None:
        claim, asset = self.world.claim(ref), compute_asset_key(ref)
        if claim:
            self.received[asset] = min(claim.secured_fen, self.received[asset] + amount)

    @rule(n=numbers, amount=st.integers(1, 4000), strange=is_strange, who=people)
    def pay_range(self, n: int, amount: int, strange: bool, who: str) -> None:
        live = [ref for ref in self.refs() if self.world.voucher(ref).stage == pb.LIVE]
        ref, voucher = self.pick(n, live)
        is_early = amount % 6 == 0
        owed = compute_owed(self.world.package(ref.package), voucher, ref)
        amount = owed if is_early or n % 2 else 1 + amount % max(owed, 1)
        payees = make_payees(((who, amount),) if strange else self.payees(ref, amount))
        if is_early:
            prepay = pb.Prepay(voucher=ref, payees=payees, payment_commitment=SECRET)
            done = self.try_to_say(pb.PREPAY, prepay, CORE, PAYER)
        else:
            amount = STRANGE_NUMBERS[n % 7] if strange and n % 3 else amount
            payment = pb.PayVoucher(voucher=ref, amount_fen=amount, payees=payees, payment_commitment=SECRET)
            done = self.try_to_say(pb.PAY_VOUCHER, payment, PAYER)
        if done is not None:
            self.forget(ref, done)
            self.note_received(ref, amount)

    @rule(n=numbers, amount=st.integers(1, 4000), strange=is_strange, who=people)
    def pay_package(self, n: int, amount: int, strange: bool, who: str) -> None:
        name = self.pick(n, [])[0].package
        before = self.world.package(name)
        amount = STRANGE_NUMBERS[n % 7] if strange else 1 + amount % (before.face_fen // 3)
        command = pb.PayPackage(package=name, amount_fen=amount, payment_commitment=SECRET)
        if self.try_to_say(pb.PAY_PACKAGE, command, who if strange else PAYER) is not None:
            after = self.world.package(name)
            for ref in self.refs():
                if ref.package == name:
                    shares = (compute_share(one.paid_fen, one.face_fen, ref) for one in (after, before))
                    self.note_received(ref, next(shares) - next(shares))

    # ------------------------------------------------------------ what holds

    @invariant()
    def ranges_partition_each_accepted_package(self) -> None:
        ranges: dict[str, list[pb.VoucherRef]] = {}
        for ref in self.refs():
            ranges.setdefault(ref.package, []).append(ref)
        for name, body in self.bodies("package/").items():
            package = pb.Package.FromString(body)
            found = sorted(ranges.pop(name, []), key=lambda ref: ref.start)
            if package.stage not in (pb.PACKAGE_LIVE, pb.SETTLED):
                assert found == []
                continue
            assert (found[0].start, found[-1].end) == (1, package.face_fen)
            assert all(a.end + 1 == b.start for a, b in pairwise(found))
            owed = sum(compute_owed(package, self.world.voucher(ref), ref) for ref in found)
            assert owed == package.face_fen - package.paid_fen - package.own_paid_fen
            assert sum(self.world.voucher(ref).paid_fen for ref in found) == package.own_paid_fen
            assert (owed == 0) == (package.stage == pb.SETTLED)
        assert ranges == {}

    @invariant()
    def totals_and_calendars_equal_a_scan(self) -> None:
        expected = pb.IssuerTotals()
        unpaid: dict[int, int] = {}
        for body in self.bodies("package/").values():
            package = pb.Package.FromString(body)
            if package.stage in (pb.PACKAGE_LIVE, pb.SETTLED):
                expected.packages += 1
                expected.face_fen += package.face_fen
                owed = package.face_fen - package.paid_fen - package.own_paid_fen
                unpaid[package.due_on] = unpaid.get(package.due_on, 0) + owed
        expected.unpaid_fen = sum(unpaid.values())
        expected.calendar.extend(pb.DueDay(due_on=day, unpaid_fen=unpaid[day]) for day in sorted(unpaid) if unpaid[day])
        assert self.world.totals() == expected

    @invariant()
    def occupations_equal_a_scan_and_stay_within_their_invoice(self) -> None:
        held: dict[str, int] = {}
        for name, body in self.bodies("package/").items():
            package = pb.Package.FromString(body)
            has_hold = self.world.get(ledger_pb2.Hold, f"holds/{name}") is not None
            assert has_hold or package.stage != pb.PENDING
            if package.stage in HOLDING_STAGES or has_hold:
                for invoice in package.invoices:
                    key = invoice.fingerprint.hex()
                    held[key] = held.get(key, 0) + invoice.occupied_fen
        found = {}
        for key, body in self.bodies("invoice/").items():
            occupation = pledges_pb2.InvoiceOccupation.FromString(body)
            assert 1 <= occupation.occupied_fen <= occupation.amount_fen
            found[key] = occupation.occupied_fen
        assert found == held

    @invariant()
    def claims_rest_on_ranges_that_exist_and_sum_to_the_lenders_totals(self) -> None:
        lenders: dict[str, list[int]] = {}
        for asset, body in self.bodies("claim/").items():
            claim = pledges_pb2.Claim.FromString(body)
            voucher = self.world.voucher(parse_asset(asset))
            assert voucher is not None
            assert voucher.circulation != pb.LOCKED
            registration = self.world.get(pledges_pb2.Registration, f"registration/{claim.registration_number}")
            assert (registration.secured_party, registration.asset) == (claim.pledgee, asset)
            lenders.setdefault(claim.pledgee, []).append(claim.secured_fen)
        for name, body in self.bodies("totals/lender/").items():
            claims = lenders.pop(name, [])
            totals = pledges_pb2.LenderTotals.FromString(body)
            assert (totals.claims, totals.secured_fen) == (len(claims), sum(claims))
        assert lenders == {}

    @invariant()
    def a_lock_ends_by_cut_off_in_what_was_before(self) -> None:
        context = self.world.context()
        for name in self.bodies("voucher/"):
            record = self.world.source.records[f"voucher/{name}"]
            if record.is_pending(self.world.time_ms):
                due_on = self.world.package(name.partition("/")[0]).due_on
                assert record.lapse_at_ms <= compute_start_ms(compute_cut_off_day(due_on, 1, get_calendar(context)))
                assert record.lapse_body == self.prior[f"voucher/{name}"]
        for key, body in self.prior.items():
            record = self.world.source.records[key]
            assert record.is_pending(self.world.time_ms) or record.get_meant(self.world.time_ms) == body


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=120, stateful_step_count=70, deadline=None)
