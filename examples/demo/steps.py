"""A plan as commands: who says what on which day, in which of the day's three parts, signed by whom.

A day has three parts, and within a part the order in which the commands stand here: what is due is paid and what was
pledged is released; then the offers; then the answers to them, and what follows from the answers. The clock stands at
nine in the morning all day; what a bank filed, it filed half an hour before.

Terms and contracts never stand on the ledger: only SHA-256 over a random salt and them. A real member keeps the salt
beside the document; the demo forgets it.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from google.protobuf.message import Message

from examples.demo.cast import Cast, Member
from examples.demo.plan import CUT_OFF_BUSINESS_DAYS, PPM, PREPAID, SECURED_PPM, Financing, Move, Piece, Plan
from examples.demo.sample import EPOCH
from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.client import Draft
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from receivables.days import Calendar, compute_cut_off_day, compute_start_ms
from receivables.discount import compute_financing_terms, compute_terms_commitment

PAY, OFFER, ANSWER = range(3)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CLOCK_MS = 9 * HOUR_MS
FILED_MS = CLOCK_MS - HOUR_MS // 2
ACCEPT_MS = 3 * DAY_MS
ANSWER_MS = 12 * DAY_MS
YEAR_BASIS_DAYS = 360
SALE_RATES_PPM = (36_000, 39_500, 42_000)
PLEDGE_RATES_PPM = (41_000, 43_500, 45_000)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of one day; `package` is what it belongs to, `kind` its name in the contract."""

    day: int
    part: int
    package: str
    kind: str
    drafts: tuple[Draft, ...]
    seeds: tuple[bytes, ...]


def compute_clock_ms(day: int) -> int:
    """What the clock shows on a civil day: nine in the morning in Shanghai."""
    return compute_start_ms(day) + CLOCK_MS


def commit(text: str) -> bytes:
    """A salted commitment to a document that stays with its readers."""
    return sha256(secrets.token_bytes(32) + text.encode()).digest()


def compute_invoice_number(number: str, day: int) -> str:
    """The sample's number as that of a 数电 invoice: year, region 99 (there is none), zeros, the ten digits."""
    return f"{date.fromordinal(day + EPOCH).year % 100:02d}99000000{number}"


def compute_net_fen(financing: Financing, plan: Plan, cast: Cast) -> int:
    """What the bank pays out."""
    return compute_terms(financing, plan, cast).net_fen


def compute_terms(financing: Financing, plan: Plan, cast: Cast) -> pb.FinancingTerms:
    """The terms that holder and bank compute, each for itself."""
    is_pledge = financing.form == pb.PLEDGE
    rates = PLEDGE_RATES_PPM if is_pledge else SALE_RATES_PPM
    return compute_financing_terms(
        financing.piece.length_fen,
        SECURED_PPM if is_pledge else PPM,
        rates[cast.banks.index(financing.bank)],
        financing.paid_on,
        plan.rolled_due_on,
        YEAR_BASIS_DAYS,
    )


class StepWriter:
    """Writes the commands of plans. `members_key` is what the members compute fingerprints with."""

    def __init__(self, cast: Cast, calendar: Calendar, members_key: bytes) -> None:
        self._cast = cast
        self._calendar = calendar
        self._members_key = members_key
        self._registrations = 0

    def write(self, plan: Plan) -> list[Step]:
        """All commands of a plan, in their order."""
        steps = [self._issue(plan), self._accept(plan)]
        if plan.cut_fen:
            cut = pb.Split(voucher=self._ref(plan, Piece(1, plan.receivable.amount_fen, self._cast.supplier)))
            cut.first_fen = plan.cut_fen
            steps.append(self._say(plan, plan.receivable.issued_on, ANSWER, self._cast.supplier, cut))
        for move in plan.moves:
            steps += self._move(plan, move)
        for financing in plan.financings:
            steps += self._finance(plan, financing)
        return [*steps, *self._settle(plan)]

    def build_use(self, plan: Plan) -> pledges_pb2.InvoiceUse:
        """The use of the whole invoice."""
        row = plan.receivable
        number = compute_invoice_number(row.number, row.issued_on)
        fingerprint = compute_fingerprint(self._members_key, FULLY_DIGITAL, self._cast.supplier.id, "", number)
        return pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=row.amount_fen, occupied_fen=row.amount_fen)

    def _issue(self, plan: Plan) -> Step:
        row = plan.receivable
        issue = pb.Issue(
            number=row.number,
            payee=self._cast.supplier.id,
            face_fen=row.amount_fen,
            due_on=row.due_on,
            paying_bank=self._cast.clearing_bank.id,
            invoices=[self.build_use(plan)],
            contract_commitment=commit(f"contract {row.number}"),
            accept_by_ms=compute_clock_ms(row.issued_on) + ACCEPT_MS,
        )
        return self._say(plan, row.issued_on, OFFER, plan.issuer, issue)

    def _accept(self, plan: Plan) -> Step:
        accept = pb.AcceptIssue(package=plan.package, fingerprints=[self.build_use(plan).fingerprint])
        return self._say(plan, plan.receivable.issued_on, ANSWER, self._cast.supplier, accept)

    def _move(self, plan: Plan, move: Move) -> Iterator[Step]:
        moved = Piece(move.whole.start, move.whole.start + move.amount_fen - 1, move.receiver)
        transfer = pb.Transfer(
            voucher=self._ref(plan, move.whole),
            amount_fen=move.amount_fen,
            receiver=move.receiver.id,
            trade_commitment=commit("order, invoice and delivery"),
            answer_by_ms=self._compute_deadline(plan, move.on),
        )
        yield self._say(plan, move.on, ANSWER, move.whole.holder, transfer)
        accept = pb.AcceptTransfer(voucher=self._ref(plan, moved))
        yield self._say(plan, move.on + 1, ANSWER, move.receiver, accept)

    def _finance(self, plan: Plan, financing: Financing) -> Iterator[Step]:
        ref, bank, day = self._ref(plan, financing.piece), financing.bank, financing.paid_on
        terms = compute_terms_commitment(secrets.token_bytes(32), compute_terms(financing, plan, self._cast))
        request = pb.RequestFinancing(
            voucher=ref,
            amount_fen=financing.piece.length_fen,
            bank=bank.id,
            form=financing.form,
            secured_fen=financing.secured_fen,
            terms_commitment=terms,
            answer_by_ms=self._compute_deadline(plan, financing.asked_on),
        )
        yield self._say(plan, financing.asked_on, ANSWER, financing.piece.holder, request)
        deadline_ms = self._compute_deadline(plan, day)
        take = pb.TakeFinancing(voucher=ref, terms_commitment=terms, register_by_ms=deadline_ms)
        yield self._say(plan, day, ANSWER, bank, take)
        register = pb.RegisterFinancing(
            voucher=ref,
            registration_number=self.next_registration(),
            filed_at_ms=compute_start_ms(day) + FILED_MS,
            pay_by_ms=deadline_ms,
        )
        yield self._say(plan, day, ANSWER, bank, register)
        pay_out = pb.PayOut(voucher=ref, payment_commitment=commit("reference, account, net"), value_on=day)
        yield self._say(plan, day, ANSWER, bank, pay_out)

    def next_registration(self) -> str:
        """A fresh 20-digit number of the registration system 中登网, invented."""
        self._registrations += 1
        return f"99{self._registrations:018d}"

    def _settle(self, plan: Plan) -> Iterator[Step]:
        row = plan.receivable
        part = ANSWER if row.settled_on == row.issued_on else PAY
        if plan.half_paid_on:
            half = row.amount_fen // 2
            for day, amount in ((plan.half_paid_on, half), (row.settled_on, row.amount_fen - half)):
                paid = pb.PayPackage(package=plan.package, amount_fen=amount, payment_commitment=commit("payment"))
                yield self._say(plan, day, part, self._cast.clearing_bank, paid)
        else:
            for piece in plan.pieces:
                yield self._pay(plan, piece, part)
        for financing in plan.financings:
            if financing.form == pb.PLEDGE:
                release = pb.Release(voucher=self._ref(plan, financing.piece))
                yield self._say(plan, row.settled_on, part, financing.bank, release)

    def _pay(self, plan: Plan, piece: Piece, part: int) -> Step:
        day, bank = plan.receivable.settled_on, self._cast.clearing_bank
        ref, payees, payment = (
            self._ref(plan, piece),
            compute_payees(piece, plan.find_financing(piece)),
            commit("payment"),
        )
        if plan.settlement == PREPAID:
            prepay = pb.Prepay(voucher=ref, payees=payees, payment_commitment=payment)
            return self._say(plan, day, part, plan.issuer, prepay, bank)
        paid = pb.PayVoucher(voucher=ref, amount_fen=piece.length_fen, payees=payees, payment_commitment=payment)
        return self._say(plan, day, part, bank, paid)

    def _compute_deadline(self, plan: Plan, day: int) -> int:
        cut_off = compute_cut_off_day(plan.receivable.due_on, CUT_OFF_BUSINESS_DAYS, self._calendar)
        return min(compute_clock_ms(day) + ANSWER_MS, compute_start_ms(cut_off))

    @staticmethod
    def _ref(plan: Plan, piece: Piece) -> pb.VoucherRef:
        return pb.VoucherRef(package=plan.package, start=piece.start, end=piece.end)

    @staticmethod
    def _say(
        plan: Plan, day: int, part: int, actor: Member, payload: Message, consenting: Member | None = None
    ) -> Step:
        return build_step(day, part, plan.package, (actor, *([consenting] if consenting else [])), payload)


def build_step(day: int, part: int, package: str, members: Sequence[Member], payload: Message) -> Step:
    """A command of the first member to which the others consent, signed by all of them."""
    draft = Draft(tuple(member.id for member in members), payload)
    seeds = tuple(seed for member in members for seed in member.seeds)
    return Step(day, part, package, payload.DESCRIPTOR.name, (draft,), seeds)


def compute_payees(piece: Piece, financing: Financing | None) -> list[pb.Payee]:
    """Who is paid for a whole piece: the bank that bought it; the pledgee what is secured, the pledgor the rest."""
    if financing is None:
        return [pb.Payee(organisation=piece.holder.id, amount_fen=piece.length_fen)]
    if financing.form != pb.PLEDGE:
        return [pb.Payee(organisation=financing.bank.id, amount_fen=piece.length_fen)]
    rest = piece.length_fen - financing.secured_fen
    first = pb.Payee(organisation=financing.bank.id, amount_fen=financing.secured_fen)
    return [first, pb.Payee(organisation=piece.holder.id, amount_fen=rest)]
