"""Any sequence of payments, freezes, objections and what the bank hands over keeps money and debts equal.

The machine pays two cut and partly pledged packages in every way, and keeps a book of what each payee was told to have
received. After each command: what is owed sums to the debtor's totals, and what was paid out, kept and let off is what
is owed no more. Nobody is paid more than its part: a pledgee what is secured, all of them the length of the range.
"""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import Rejection
from receivables.payments import (
    compute_handed_share,
    compute_owed,
    compute_payees,
    compute_pledgee_part,
    compute_received,
    compute_share,
)
from receivables.questions import parse_asset
from receivables.rules import is_frozen
from tests.unit.receivables.world import (
    BANK,
    CORE,
    COURT,
    CUT_OFF_MS,
    DAY_MS,
    PAYEE,
    PAYER,
    SECRET,
    World,
    make_rules,
    part,
    use,
)

FACE_FEN = 2000
SHORT = st.integers(0, 2**16)
ORDERS = (b"1" * 32, b"2" * 32)


class Payments(RuleBasedStateMachine):
    """The commands, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(make_rules(objection_days=10, min_piece_fen=1))
        self.told: Counter[str] = Counter()  # own payments and hand-overs by event, less what came back, by range

    @initialize(cut=st.integers(1, FACE_FEN - 1), secured=st.integers(1, FACE_FEN))
    def begin(self, cut: int, secured: int) -> None:
        for number in ("A-1", "A-2"):
            ref = self.world.live(number, face_fen=FACE_FEN, invoices=[use(number, FACE_FEN, FACE_FEN)])
            self.world.say(pb.SPLIT, pb.Split(voucher=ref, first_fen=cut), PAYEE)
            self.world.finance_to(pb.PAY_OUT, part(ref, 1, cut), secured_fen=min(cut, secured))

    def try_to_say(self, kind: int, command: Any, *organisations: str) -> list[pb.VoucherEvent] | None:
        """Its events, if it was not refused; if it was, nothing has changed."""
        before = dict(self.world.source.records)
        try:
            events = self.world.say(kind, command, *organisations)
        except Rejection as rejection:
            code = rejection.reason.code
        else:
            return events
        assert 200 <= code < 500
        assert self.world.source.records == before
        return None

    def refs(self) -> list[pb.VoucherRef]:
        names = self.world.source.list_bodies("voucher/", self.world.time_ms)
        return [parse_asset(f"voucher:{name}") for name in sorted(names)]

    def pick(self, n: int) -> tuple[pb.VoucherRef, Any, Any, Any]:
        refs = self.refs()
        ref = refs[n % len(refs)]
        return ref, self.world.package(ref.package), self.world.voucher(ref), self.world.claim(ref)

    def payees(self, n: int, amount: int) -> list[pb.Payee]:
        ref, package, voucher, claim = self.pick(n)
        if is_frozen(package, voucher):
            return []
        pledgee_fen = compute_pledgee_part(package, voucher, ref, claim, amount)
        return compute_payees(voucher, claim, pledgee_fen, amount)

    def count(self, ref: pb.VoucherRef, events: list[pb.VoucherEvent] | None) -> None:
        for event in events or ():
            if event.counterparty:
                self.told[f"{ref.package}/{ref.start}"] += event.amount_fen

    # ------------------------------------------------------------ commands

    @rule(to=st.sampled_from((CUT_OFF_MS, 0, 0, DAY_MS)))
    def wait(self, to: int) -> None:
        self.world.time_ms = max(to, self.world.time_ms) if to == CUT_OFF_MS else self.world.time_ms + to

    @rule(n=SHORT, amount=st.integers(1, FACE_FEN))
    def pay(self, n: int, amount: int) -> None:
        ref, package, voucher, _ = self.pick(n)
        owed = compute_owed(package, voucher, ref)
        amount = owed if n % 3 == 0 else amount
        command = pb.PayVoucher(
            voucher=ref, amount_fen=amount, payees=self.payees(n, amount), payment_commitment=SECRET
        )
        self.count(ref, self.try_to_say(pb.PAY_VOUCHER, command, PAYER))

    @rule(n=SHORT, amount=st.integers(1, FACE_FEN))
    def pay_package(self, n: int, amount: int) -> None:
        ref, *_ = self.pick(n)
        command = pb.PayPackage(package=ref.package, amount_fen=amount, payment_commitment=SECRET)
        self.try_to_say(pb.PAY_PACKAGE, command, PAYER)

    @rule(n=SHORT, forgiven=st.sampled_from((0, 0, 1, 100)))
    def prepay(self, n: int, forgiven: int) -> None:
        ref, package, voucher, _ = self.pick(n)
        amount = max(compute_owed(package, voucher, ref) - forgiven, 0)
        command = pb.Prepay(
            voucher=ref, payees=self.payees(n, amount), payment_commitment=SECRET, forgiven_fen=forgiven
        )
        names = (CORE, PAYER, voucher.holder) if forgiven else (CORE, PAYER)
        self.count(ref, self.try_to_say(pb.PREPAY, command, *names))

    @rule(n=SHORT, amount=st.integers(1, FACE_FEN))
    def confirm(self, n: int, amount: int) -> None:
        ref, _, voucher, claim = self.pick(n)
        command = pb.ConfirmPaid(voucher=ref, amount_fen=amount, payment_commitment=SECRET)
        names = (voucher.holder, claim.pledgee) if claim else (voucher.holder,)
        self.count(ref, self.try_to_say(pb.CONFIRM_PAID, command, *names))

    @rule(n=SHORT, by=st.sampled_from(ORDERS), is_ending=st.booleans(), is_package=st.booleans())
    def freeze(self, n: int, by: bytes, is_ending: bool, is_package: bool) -> None:
        ref, *_ = self.pick(n)
        if is_ending:
            self.try_to_say(pb.UNFREEZE, pb.UnfreezeVoucher(voucher=ref, order=by, ending_order=SECRET), COURT)
            lifted = pb.UnfreezePackage(package=ref.package, order=by, ending_order=SECRET)
            self.try_to_say(pb.UNFREEZE_PACKAGE, lifted, COURT)
        elif is_package:
            self.try_to_say(pb.FREEZE_PACKAGE, pb.FreezePackage(package=ref.package, order=by), COURT)
        else:
            self.try_to_say(pb.FREEZE, pb.FreezeVoucher(voucher=ref, order=by), COURT)

    @rule(n=SHORT)
    def hand_over(self, n: int) -> None:
        ref, _, voucher, _ = self.pick(n)
        command = pb.HandOver(voucher=ref, payees=self.payees(n, voucher.kept_fen), payment_commitment=SECRET)
        self.count(ref, self.try_to_say(pb.HAND_OVER, command, PAYER))

    @rule(n=SHORT, is_all=st.booleans(), by_pledgee=st.booleans(), is_admitted=st.sampled_from((True, True, False)))
    def object_payment(self, n: int, is_all: bool, by_pledgee: bool, is_admitted: bool) -> None:
        ref, package, voucher, claim = self.pick(n)
        received = compute_received(package, voucher, ref, claim)
        had = received.pledgee_fen if by_pledgee else received.holder_fen
        amount = had if is_all else 1 + n % max(had, 1)
        who = BANK if by_pledgee else voucher.holder
        self.try_to_say(pb.OBJECT_PAYMENT, pb.ObjectPayment(voucher=ref, amount_fen=amount, evidence=SECRET), who)
        if is_admitted:
            events = self.try_to_say(pb.ANSWER_OBJECTION, pb.AnswerObjection(voucher=ref), PAYER)
            for event in events or ():
                self.told[f"{ref.package}/{ref.start}"] -= event.amount_fen
        else:
            objector = self.world.voucher(ref).objection.objector
            self.try_to_say(pb.WITHDRAW_OBJECTION, pb.WithdrawObjection(voucher=ref), objector or PAYEE)

    @rule(n=SHORT)
    def release(self, n: int) -> None:
        self.try_to_say(pb.RELEASE, pb.Release(voucher=self.pick(n)[0]), BANK)

    # ------------------------------------------------------------ what must hold

    @invariant()
    def what_is_owed_sums_to_the_totals(self) -> None:
        owed = sum(compute_owed(self.world.package(ref.package), self.world.voucher(ref), ref) for ref in self.refs())
        totals = self.world.totals()
        assert (totals.unpaid_fen if totals else 0) == owed

    @invariant()
    def what_was_paid_out_kept_and_let_off_is_owed_no_more(self) -> None:
        for n, ref in enumerate(self.refs()):
            _, package, voucher, _ = self.pick(n)
            share = compute_share(package.paid_fen, package.face_fen, ref)
            handed = compute_handed_share(package, voucher, ref)
            kept = voucher.kept_fen + share - handed - voucher.held_back_fen
            told = self.told[f"{ref.package}/{ref.start}"]
            settled = handed + told + kept + voucher.forgiven_fen
            assert settled == ref.end - ref.start + 1 - compute_owed(package, voucher, ref)
            assert kept >= 0

    @invariant()
    def nobody_had_more_than_its_part(self) -> None:
        for n, ref in enumerate(self.refs()):
            _, package, voucher, claim = self.pick(n)
            received = compute_received(package, voucher, ref, claim)
            assert min(received.holder_fen, received.pledgee_fen) >= 0
            assert received.holder_fen + received.pledgee_fen <= ref.end - ref.start + 1
            if claim:
                assert received.pledgee_fen <= claim.secured_fen


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
