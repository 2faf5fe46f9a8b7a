"""A plan as commands: who says what on which day, in which of the day's three parts, signed by whom.

From the offer to the payment. What banks and holders say to each other stands in money, disputes and freezes in
trouble.
"""

from collections.abc import Iterator

from examples.demo.cast import Member
from examples.demo.lines import compute_line
from examples.demo.money import compute_deadline, write_financing
from examples.demo.plan import PREPAID, Financing, Move, Piece, Plan
from examples.demo.steps import (
    ANSWER,
    DAY_MS,
    OFFER,
    PAY,
    Step,
    World,
    build_ref,
    build_step,
    commit,
    compute_clock_ms,
    compute_invoice_number,
)
from examples.demo.trouble import write_dispute, write_freeze
from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint

ACCEPT_MS = 3 * DAY_MS


def write_life(world: World, plan: Plan) -> list[Step]:
    """All commands of a plan, in their order."""
    row, supplier = plan.receivable, world.cast.supplier
    steps = [_issue(world, plan), _accept(world, plan)]
    if plan.cut_fen:
        cut = pb.Split(voucher=build_ref(plan, Piece(1, row.amount_fen, supplier)), first_fen=plan.cut_fen)
        steps.append(build_step(row.issued_on, ANSWER, plan.package, [supplier], cut))
    for move in plan.moves:
        steps += _move(world, plan, move)
    for financing in plan.financings:
        steps += write_financing(world, plan, financing)
    steps += write_dispute(plan, supplier, build_use(world, plan), build_use(world, plan, is_corrected=True))
    steps += write_freeze(world.cast, plan)
    return [*steps, *_settle(world.cast.clearing_bank, plan)]


def build_use(world: World, plan: Plan, is_corrected: bool = False) -> pledges_pb2.InvoiceUse:
    """The use of the whole invoice, or of the one that takes its place."""
    row = plan.receivable
    number = compute_invoice_number(row.number, row.issued_on, is_corrected)
    fingerprint = compute_fingerprint(world.members_key, FULLY_DIGITAL, world.cast.supplier.id, "", number)
    return pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=row.amount_fen, occupied_fen=row.amount_fen)


def _issue(world: World, plan: Plan) -> Step:
    row = plan.receivable
    issue = pb.Issue(
        number=row.number,
        payee=world.cast.supplier.id,
        face_fen=row.amount_fen,
        due_on=row.due_on,
        paying_bank=world.cast.clearing_bank.id,
        invoices=[build_use(world, plan)],
        contract_commitment=commit(f"contract {row.number}"),
        accept_by_ms=compute_clock_ms(row.issued_on) + ACCEPT_MS,
        line=compute_line(world.cast, plan.issuer),
    )
    return build_step(row.issued_on, OFFER, plan.package, [plan.issuer], issue)


def _accept(world: World, plan: Plan) -> Step:
    accept = pb.AcceptIssue(package=plan.package, fingerprints=[build_use(world, plan).fingerprint])
    return build_step(plan.receivable.issued_on, ANSWER, plan.package, [world.cast.supplier], accept)


def _move(world: World, plan: Plan, move: Move) -> Iterator[Step]:
    moved = Piece(move.whole.start, move.whole.start + move.amount_fen - 1, move.receiver)
    transfer = pb.Transfer(
        voucher=build_ref(plan, move.whole),
        amount_fen=move.amount_fen,
        receiver=move.receiver.id,
        trade_commitment=commit("order, invoice and delivery"),
        answer_by_ms=compute_deadline(world, plan, move.on),
    )
    yield build_step(move.on, ANSWER, plan.package, [move.whole.holder], transfer)
    accept = pb.AcceptTransfer(voucher=build_ref(plan, moved))
    yield build_step(move.on + 1, ANSWER, plan.package, [move.receiver], accept)


def _settle(bank: Member, plan: Plan) -> Iterator[Step]:
    row = plan.receivable
    part = ANSWER if row.settled_on == row.issued_on else PAY
    if plan.half_paid_on:
        half = row.amount_fen // 2
        for day, amount in ((plan.half_paid_on, half), (row.settled_on, row.amount_fen - half)):
            paid = pb.PayPackage(package=plan.package, amount_fen=amount, payment_commitment=commit("payment"))
            yield build_step(day, part, plan.package, [bank], paid)
    else:
        for piece in plan.pieces:
            yield _pay(bank, plan, piece, part)
    for financing in plan.financings:
        if financing.form == pb.PLEDGE:
            release = pb.Release(voucher=build_ref(plan, financing.piece))
            yield build_step(row.settled_on, part, plan.package, [financing.bank], release)


def _pay(bank: Member, plan: Plan, piece: Piece, part: int) -> Step:
    day, ref, payment = plan.receivable.settled_on, build_ref(plan, piece), commit("payment")
    payees = compute_payees(piece, plan.find_financing(piece))
    if plan.settlement == PREPAID:
        prepay = pb.Prepay(voucher=ref, payees=payees, payment_commitment=payment)
        return build_step(day, part, plan.package, [plan.issuer, bank], prepay)
    paid = pb.PayVoucher(voucher=ref, amount_fen=piece.length_fen, payees=payees, payment_commitment=payment)
    return build_step(day, part, plan.package, [bank], paid)


def compute_payees(piece: Piece, financing: Financing | None) -> list[pb.Payee]:
    """Who is paid for a whole piece: the bank that bought it; the pledgee what is secured, the pledgor the rest."""
    if financing is None:
        return [pb.Payee(organisation=piece.holder.id, amount_fen=piece.length_fen)]
    if financing.form != pb.PLEDGE:
        return [pb.Payee(organisation=financing.bank.id, amount_fen=piece.length_fen)]
    rest = piece.length_fen - financing.secured_fen
    first = pb.Payee(organisation=financing.bank.id, amount_fen=financing.secured_fen)
    return [first, pb.Payee(organisation=piece.holder.id, amount_fen=rest)]
