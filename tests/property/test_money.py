"""Any sequence of quotes, financings and what follows them keeps lenders and lines true.

The machine says commands to the transitions over a state in a dict, right ones and broken ones alike, and now and then
a mark or a freeze appears. After each it scans all records: a claim rests on one range and no unit has two, lenders'
totals and lines in use equal the scan, what is locked means what it was with its marks, and a number was filed once.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from ledger.errors import Rejection
from receivables.payments import compute_owed, compute_payees, compute_pledgee_part
from receivables.questions import parse_asset
from tests.unit.receivables.money import (
    change_voucher,
    grant,
    make_ask,
    make_blanket,
    make_quote,
    say_blanket,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    COURT,
    DAY_MS,
    FACE,
    FACTOR,
    HOUR_MS,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    TODAY,
    World,
    make_pay_out,
    make_registration,
    make_request,
    make_take,
    make_transfer,
    use,
)

LENDERS = (BANK, BANK2, FACTOR)
PEOPLE = (CORE, PAYEE, SECOND, *LENDERS, COURT)
FORMS = (pb.PLEDGE, pb.PLEDGE, pb.SALE_WITH_RECOURSE, pb.SALE_WITHOUT_RECOURSE)
FINANCING_LOCKS = (pb.FINANCING_REQUESTED, pb.FINANCING_TAKEN, pb.FINANCING_REGISTERED)
DUE_ON = TODAY + 180
LIMIT_FEN = 5000
SHORT = st.integers(0, 2**16)
# Mostly nothing strange: a machine that only says nonsense never gets anywhere.
is_strange = st.integers(0, 9).map(lambda n: n == 9)
people = st.sampled_from(PEOPLE)
lenders = st.sampled_from(LENDERS)


class Money(RuleBasedStateMachine):
    """The commands, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.numbers = 0

    @initialize()
    def begin(self) -> None:
        for number in ("A-1", "A-2"):
            self.world.live(number, face_fen=4000, due_on=DUE_ON, invoices=[use(number, 4000, 4000)])
        for bank in LENDERS:
            group = grant(self.world, "G", grantor=bank, limit_fen=LIMIT_FEN, last_on=DUE_ON)
            grant(self.world, "L-1", grantor=bank, limit_fen=LIMIT_FEN // 2, group=group, last_on=DUE_ON)
            grant(self.world, "L-2", grantor=bank, limit_fen=FACE, group=group, last_on=DUE_ON, revolving=False)

    # ------------------------------------------------------------ saying

    def try_to_say(self, kind: int, command: Any, *organisations: str) -> bool:
        """Whether it was not refused; if it was, nothing has changed. Anything but a Rejection fails the test."""
        before = dict(self.world.source.records)
        try:
            if kind < 300:
                say_blanket(self.world, kind, command, *organisations)
            else:
                self.world.say(kind, command, *organisations)
        except Rejection as rejection:
            code = rejection.reason.code
        else:
            return True
        assert 200 <= code < 500
        assert self.world.source.records == before
        return False

    def bodies(self, prefix: str) -> dict[str, bytes]:
        return self.world.source.list_bodies(prefix, self.world.time_ms)

    def refs(self) -> list[pb.VoucherRef]:
        return [parse_asset(f"voucher:{name}") for name in sorted(self.bodies("voucher/"))]

    def free(self) -> list[pb.VoucherRef]:
        """The ranges on which nothing waits or rests."""
        return [
            ref
            for ref in self.refs()
            if self.world.voucher(ref).circulation == pb.CIRCULATING and not self.world.claim(ref)
        ]

    def asked(self) -> list[pb.VoucherRef]:
        """The ranges about which banks are asked."""
        return [ref for ref in self.refs() if self.world.voucher(ref).asked_at_ms]

    def waiting(self) -> list[pb.VoucherRef]:
        """The ranges on which a financing waits."""
        return [ref for ref in self.refs() if self.world.voucher(ref).lock.kind in FINANCING_LOCKS]

    def financed(self) -> list[pb.VoucherRef]:
        """The ranges with a claim or a sale."""
        return [ref for ref in self.refs() if self.world.claim(ref) or self.world.voucher(ref).HasField("sale")]

    def pick(self, number: int, among: list[pb.VoucherRef]) -> tuple[pb.VoucherRef, Any]:
        """One of the ranges; of all, where there is none among these, or now and then."""
        refs = among if among and number % 8 != 7 else self.refs()
        chosen = refs[number % len(refs)]
        return chosen, self.world.voucher(chosen)

    def next_number(self, n: int) -> str:
        """A number not used yet; now and then one that was."""
        self.numbers += n % 8 != 7
        return f"{self.numbers:020d}"

    # ------------------------------------------------------------ commands

    @rule(by=st.sampled_from((1, HOUR_MS, HOUR_MS, 12 * HOUR_MS, DAY_MS, 60 * DAY_MS)))
    def wait(self, by: int) -> None:
        self.world.time_ms += by

    @rule(n=SHORT, how=st.sampled_from(("freeze", "unfreeze", "dispute", "resolve")))
    def mark(self, n: int, how: str) -> None:
        marked = [
            ref for ref in self.refs() if self.world.voucher(ref).freezes or self.world.voucher(ref).dispute.at_ms
        ]
        ref, _ = self.pick(n, marked if how in ("unfreeze", "resolve") else [])
        changes = {
            "freeze": lambda voucher: voucher.freezes.add(order=SECRET) if not voucher.freezes else None,
            "unfreeze": lambda voucher: voucher.ClearField("freezes"),
            "dispute": lambda voucher: voucher.dispute.MergeFrom(pb.Dispute(opened_by=PAYEE, at_ms=1)),
            "resolve": lambda voucher: voucher.ClearField("dispute"),
        }
        change_voucher(self.world, ref, changes[how])

    @rule(n=SHORT, first=st.integers(1, 4000))
    def split(self, n: int, first: int) -> None:
        ref, voucher = self.pick(n, self.free())
        self.try_to_say(pb.SPLIT, pb.Split(voucher=ref, first_fen=first), voucher.holder)

    @rule(n=SHORT, to=st.sampled_from((PAYEE, SECOND, FACTOR)), is_accepted=st.booleans())
    def transfer(self, n: int, to: str, is_accepted: bool) -> None:
        """Also of what was bought with a line, whose use ends with the acceptance."""
        ref, voucher = self.pick(n, self.free())
        is_asked = self.try_to_say(pb.TRANSFER, make_transfer(self.world, ref, receiver=to), voucher.holder)
        if is_asked and is_accepted:
            self.try_to_say(pb.ACCEPT_TRANSFER, pb.AcceptTransfer(voucher=ref), to)

    @rule(n=SHORT, amount=st.integers(1, 4000), form=st.sampled_from(FORMS), strange=is_strange, who=people)
    def ask(self, n: int, amount: int, form: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, self.free())
        length = ref.end - ref.start + 1
        command = make_ask(self.world, ref, form=form, amount_fen=length if n % 2 else 1 + amount % length)
        self.try_to_say(pb.ASK_QUOTES, command, who if strange else voucher.holder)

    @precondition(lambda self: self.asked())
    @rule(n=SHORT, bank=st.sampled_from((BANK, BANK2, BANK, BANK2, FACTOR)), span=st.sampled_from((48, 48, 30, 1)))
    def quote(self, n: int, bank: str, span: int) -> None:
        ref, _ = self.pick(n, self.asked())
        firm_until_ms = self.world.time_ms + span * HOUR_MS
        self.try_to_say(pb.GIVE_QUOTE, make_quote(self.world, ref, firm_until_ms=firm_until_ms), bank)

    @rule(n=SHORT, amount=st.integers(1, 4000), form=st.sampled_from(FORMS), bank=lenders, strange=is_strange)
    def request(self, n: int, amount: int, form: int, bank: str, strange: bool) -> None:
        ref, voucher = self.pick(n, self.free())
        length = ref.end - ref.start + 1
        amount = length if n % 2 else 1 + amount % length
        secured = 1 + n % amount if form == pb.PLEDGE else 0
        command = make_request(self.world, ref, form, amount_fen=amount, bank=bank, secured_fen=secured)
        command.is_quoted = strange
        self.try_to_say(pb.REQUEST_FINANCING, command, voucher.holder)

    @rule(n=SHORT, amount=st.integers(1, 4000), form=st.sampled_from(FORMS), bank=lenders)
    def finance_to_the_end(self, n: int, amount: int, form: int, bank: str) -> None:
        """All steps in a row, with a line in two of three cases; after one that is refused the range stays locked."""
        ref, voucher = self.pick(n, self.free())
        amount = min(amount, ref.end - ref.start + 1)
        secured = (amount if n % 4 == 0 else 1 + n % amount) if form == pb.PLEDGE else 0
        command = make_request(self.world, ref, form, amount_fen=amount, bank=bank, secured_fen=secured)
        piece = pb.VoucherRef(package=ref.package, start=ref.start, end=ref.start + amount - 1)
        line = f"{bank}.L-{n % 3}" if n % 3 else ""
        others = [party for party in self.secured_parties(voucher.holder) if party != bank]
        pay_out = make_pay_out(piece, value_on=compute_civil_day(self.world.time_ms))
        if (
            self.try_to_say(pb.REQUEST_FINANCING, command, voucher.holder)
            and self.try_to_say(pb.TAKE_FINANCING, make_take(self.world, piece, line=line), bank)
            and self.try_to_say(pb.REGISTER_FINANCING, self.make_filing(piece, 1), bank, *others)
        ):
            self.try_to_say(pb.PAY_OUT, pay_out, bank)

    @precondition(lambda self: self.asked())
    @rule(n=SHORT, bank=lenders, is_late=st.booleans())
    def request_what_was_quoted(self, n: int, bank: str, is_late: bool) -> None:
        ref, voucher = self.pick(n, self.asked())
        asked = self.world.get(pb.QuoteRound, f"quotes/{ref.package}/{ref.start}-{ref.end}")
        if asked is None:
            return
        if is_late:
            self.world.time_ms = max(self.world.time_ms, asked.quote_by_ms)
        changes = {"amount_fen": asked.amount_fen, "bank": bank, "is_quoted": True, "secured_fen": 0}
        if asked.form == pb.PLEDGE:
            changes["secured_fen"] = 1 + n % asked.amount_fen
        if self.try_to_say(pb.REQUEST_FINANCING, make_request(self.world, ref, asked.form, **changes), voucher.holder):
            quote = next(quote for quote in asked.quotes if quote.bank == bank)
            assert asked.quote_by_ms <= self.world.time_ms < quote.firm_until_ms
            assert (voucher.asked_at_ms, quote.terms_commitment) == (asked.asked_at_ms, SECRET)

    @precondition(lambda self: self.waiting())
    @rule(n=SHORT, step=st.integers(0, 30), strange=is_strange, who=people)
    def finance(self, n: int, step: int, strange: bool, who: str) -> None:
        ref, voucher = self.pick(n, self.waiting())
        lock = voucher.lock
        if step >= 2:  # the step that is due, or now and then another
            step = FINANCING_LOCKS.index(lock.kind) + 2 if lock.kind in FINANCING_LOCKS else 2
        line = f"{lock.counterparty}.L-{n % 3}" if n % 3 else ""
        today = compute_civil_day(self.world.time_ms)
        kind, command, right = [
            (pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), lock.counterparty),
            (pb.WITHDRAW_FINANCING, pb.WithdrawFinancing(voucher=ref), voucher.holder),
            (pb.TAKE_FINANCING, make_take(self.world, ref, line=line), lock.counterparty),
            (pb.REGISTER_FINANCING, self.make_filing(ref, n), lock.counterparty),
            (pb.PAY_OUT, make_pay_out(ref, value_on=today), lock.counterparty),
        ][step]
        consenting = self.secured_parties(voucher.holder) if kind == pb.REGISTER_FINANCING and not strange else []
        right = who if strange else right
        done = self.try_to_say(kind, command, right, *(party for party in consenting if party != right))
        if done and kind == pb.REGISTER_FINANCING:
            assert not set(self.secured_parties(voucher.holder)) - {right, *consenting}
        if done and kind == pb.PAY_OUT:
            holder = voucher.holder if lock.form == pb.PLEDGE else lock.counterparty
            assert self.world.voucher(ref).holder == holder

    def make_filing(self, ref: pb.VoucherRef, n: int) -> Any:
        return make_registration(self.world, ref, registration_number=self.next_number(n))

    def secured_parties(self, holder: str) -> list[str]:
        blankets = self.world.get(pledges_pb2.Blankets, f"blanket/{holder}") or pledges_pb2.Blankets()
        return list(dict.fromkeys(blanket.secured_party for blanket in blankets.blankets))

    @rule(n=SHORT, bank=lenders, pledgor=people, ends=st.booleans())
    def blanket(self, n: int, bank: str, pledgor: str, ends: bool) -> None:
        if ends:
            entered = self.world.get(pledges_pb2.Blankets, f"blanket/{pledgor}") or pledges_pb2.Blankets()
            one = entered.blankets[n % len(entered.blankets)] if entered.blankets else pledges_pb2.Blanket()
            number = one.registration_number or "0" * 20
            command = pledges_pb2.EndBlanket(pledgor=pledgor, registration_number=number)
            self.try_to_say(
                pledges_pb2.END_BLANKET, command, one.secured_party if n % 4 != 3 and one.secured_party else bank
            )
        elif bank != pledgor:
            command = make_blanket(self.world, self.next_number(n))
            self.try_to_say(pledges_pb2.REGISTER_BLANKET, command, bank, pledgor)

    @precondition(lambda self: self.financed())
    @rule(n=SHORT, how=st.integers(0, 11), strange=is_strange, who=people, to=lenders)
    def end(self, n: int, how: int, strange: bool, who: str, to: str) -> None:
        ref, voucher = self.pick(n, self.financed())
        claim = self.world.claim(ref)
        bank = claim.pledgee if claim else voucher.holder
        bank = who if strange else bank
        filing = pb.Reassign(voucher=ref, registration_number=self.next_number(n), notice_commitment=SECRET)
        filing.filed_at_ms = self.world.time_ms
        of_claim = [
            (pb.RELEASE, pb.Release(voucher=ref), [bank]),
            (pb.REASSIGN, filing, [bank, to]),
            (pb.ENFORCE, pb.Enforce(voucher=ref, notice_commitment=SECRET), [bank, voucher.holder]),
            (pb.ENFORCE, pb.Enforce(voucher=ref, notice_commitment=SECRET), [bank, COURT]),
        ]
        of_sale = [
            (pb.REPURCHASE, pb.Repurchase(voucher=ref, payment_commitment=SECRET), [voucher.sale.seller, bank]),
            (pb.REASSIGN, filing, [bank, to]),
        ]
        among: Sequence[tuple[int, Any, list[str]]] = of_claim if bool(claim) != strange else of_sale
        kind, command, organisations = among[how % len(among)]
        if len(set(organisations)) < len(organisations):
            return  # no transaction names an organisation twice
        done = self.try_to_say(kind, command, *organisations)
        assert not done or kind != pb.REPURCHASE or self.world.voucher(ref).holder == voucher.sale.seller

    @rule(n=SHORT)
    def prepay(self, n: int) -> None:
        ref, voucher = self.pick(n, [])
        if n % 16 != 5 or voucher.stage != pb.LIVE:
            return
        package, claim = self.world.package(ref.package), self.world.claim(ref)
        owed = compute_owed(package, voucher, ref)
        payees = compute_payees(voucher, claim, compute_pledgee_part(package, voucher, ref, claim, owed), owed)
        command = pb.Prepay(voucher=ref, payees=payees, payment_commitment=SECRET)
        if not voucher.freezes:
            self.try_to_say(pb.PREPAY, command, CORE, PAYER)

    # ------------------------------------------------------------ what holds

    @invariant()
    def no_unit_has_two_ranges_and_no_range_two_claims(self) -> None:
        for package in self.bodies("package/"):
            found = sorted((ref for ref in self.refs() if ref.package == package), key=lambda ref: ref.start)
            assert (found[0].start, found[-1].end) == (1, 4000)
            assert all(a.end + 1 == b.start for a, b in pairwise(found))
        for asset, body in self.bodies("claim/").items():
            claim = pledges_pb2.Claim.FromString(body)
            ref = parse_asset(asset)
            voucher = self.world.voucher(ref)
            assert voucher.circulation != pb.LOCKED
            assert voucher.holder != claim.pledgee
            assert 1 <= claim.secured_fen <= ref.end - ref.start + 1
            filed = self.world.get(pledges_pb2.Registration, f"registration/{claim.registration_number}")
            assert (filed.secured_party, filed.asset) == (claim.pledgee, asset)

    @invariant()
    def lenders_totals_equal_a_scan(self) -> None:
        claims, secured = Counter[str](), Counter[str]()
        for body in self.bodies("claim/").values():
            claim = pledges_pb2.Claim.FromString(body)
            claims[claim.pledgee] += 1
            secured[claim.pledgee] += claim.secured_fen
        for bank in LENDERS:
            totals = self.world.lender(bank) or pledges_pb2.LenderTotals()
            assert (totals.claims, totals.secured_fen) == (claims[bank], secured[bank])

    @invariant()
    def lines_in_use_equal_a_scan(self) -> None:
        expected = Counter[str]()
        for ref in self.refs():
            voucher = self.world.voucher(ref)
            assert bool(voucher.line) >= bool(voucher.line_used_fen)
            if voucher.line:
                assert voucher.line_used_fen <= ref.end - ref.start + 1
                assert voucher.HasField("sale") or self.world.claim(ref)
                expected[voucher.line] += voucher.line_used_fen
                expected[f"{voucher.line.partition('.')[0]}.G"] += voucher.line_used_fen
        for name, body in self.bodies("line/").items():
            line = pb.Line.FromString(body)
            assert (line.used_fen, line.reserved_fen) == (expected[name], 0)
            assert line.used_fen <= line.limit_fen

    @invariant()
    def a_lock_ends_in_what_was_before_with_its_marks(self) -> None:
        for name in self.bodies("voucher/"):
            record = self.world.source.records[f"voucher/{name}"]
            if not record.is_pending(self.world.time_ms):
                continue
            prior = pb.Voucher.FromString(record.body)
            prior.circulation, prior.asked_at_ms = pb.CIRCULATING, 0
            prior.ClearField("lock")
            assert pb.Voucher.FromString(record.lapse_body) == prior

    @invariant()
    def a_pledgor_has_three_blankets_at_most_and_a_number_serves_one(self) -> None:
        blankets = [pledges_pb2.Blankets.FromString(body).blankets for body in self.bodies("blanket/").values()]
        assert all(1 <= len(found) <= 3 for found in blankets)
        numbers = Counter(blanket.registration_number for found in blankets for blanket in found)
        numbers.update(
            pledges_pb2.Claim.FromString(body).registration_number for body in self.bodies("claim/").values()
        )
        assert all(count == 1 for count in numbers.values())


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
