"""Attempts to issue, to cut and to move: each by those who may, and by one who may not."""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from tests.exploration.places import Attempts, Moment, Pair, Parcel, Place, make, say, say_all
from tests.unit.receivables.world import CORE, DUE, PAYEE, PAYER, SECRET, THIRD, use


def make_invoice(moment: Moment, name: str, occupied_fen: int) -> pledges_pb2.InvoiceUse:
    """A share of an invoice that is as large as a package and one fen."""
    return use(name, moment.face_fen + 1, occupied_fen)


def list_issues(moment: Moment) -> Attempts:
    """Packages that all rest on one invoice, which is enough for one of them."""
    for number in moment.numbers:
        command = pb.Issue(
            number=number,
            payee=PAYEE,
            face_fen=moment.face_fen,
            due_on=DUE,
            paying_bank=PAYER,
            invoices=[make_invoice(moment, "I", moment.face_fen)],
            contract_commitment=SECRET,
            accept_by_ms=moment.deadline_ms,
            line=moment.issuing_line,
        )
        yield from say_all(pb.ISSUE, command, CORE, PAYEE)


def list_answers_to_issues(parcel: Parcel) -> Attempts:
    """What becomes of an issue."""
    package = parcel.id
    prints = [invoice.fingerprint for invoice in parcel.package.invoices]
    yield from say_all(pb.ACCEPT_ISSUE, pb.AcceptIssue(package=package, fingerprints=prints), PAYEE, CORE)
    yield from say_all(pb.REFUSE_ISSUE, pb.RefuseIssue(package=package), PAYEE, CORE)
    yield from say_all(pb.WITHDRAW_ISSUE, pb.WithdrawIssue(package=package), CORE, PAYEE)
    yield say(pb.LAPSE_ISSUE, pb.LapseIssue(package=package), THIRD)


def list_cuts(place: Place) -> Attempts:
    """Every cut, and one that is none."""
    for first_fen in range(1, place.length + 1):
        yield from say_all(pb.SPLIT, make(pb.Split, place.ref, first_fen=first_fen), place.holder, PAYER)


def list_transfers(place: Place) -> Attempts:
    """The whole range, or its first fen, to everybody; and every answer."""
    for receiver in dict.fromkeys((*place.moment.people, place.debtor)):
        for amount_fen in sorted({1, place.length}):
            command = make(
                pb.Transfer,
                place.ref,
                amount_fen=amount_fen,
                receiver=receiver,
                trade_commitment=SECRET,
                answer_by_ms=place.moment.deadline_ms,
            )
            yield say(pb.TRANSFER, command, place.holder)
    for kind, message in ((pb.ACCEPT_TRANSFER, pb.AcceptTransfer), (pb.REFUSE_TRANSFER, pb.RefuseTransfer)):
        yield from say_all(kind, message(voucher=place.ref), place.asked, PAYER)
    yield from say_all(pb.WITHDRAW_TRANSFER, pb.WithdrawTransfer(voucher=place.ref), place.holder, place.asked)


def list_trades(place: Place) -> Attempts:
    """A conditional transfer to everybody, for everybody; and every answer."""
    people = place.moment.people
    for buyer, seller in [(buyer, seller) for buyer in people for seller in (*people, place.debtor)]:
        command = make(
            pb.ConditionalTransfer,
            place.ref,
            amount_fen=place.length,
            buyer=buyer,
            seller=seller,
            trade_commitment=SECRET,
            answer_by_ms=place.moment.deadline_ms,
        )
        yield say(pb.CONDITIONAL_TRANSFER, command, place.holder)
    confirm = make(pb.ConfirmTrade, place.ref, trade_commitment=SECRET)
    sides = (place.voucher.lock.buyer or PAYER, place.asked)
    yield from say_all(pb.CONFIRM_TRADE, confirm, *sides, place.holder)
    yield from say_all(pb.REFUSE_TRADE, pb.RefuseTrade(voucher=place.ref), *sides, place.holder)


def list_baskets(pair: Pair) -> Attempts:
    """Both ranges, or the first one's first fen and the other, to everybody; and every answer."""
    (one, other), holder = pair.refs, pair.vouchers[0].holder
    lengths = [ref.end - ref.start + 1 for ref in pair.refs]
    for receiver in (*pair.moment.people, CORE):
        for amount_fen in sorted({1, lengths[0]}):
            items = [
                pb.BasketItem(voucher=one, amount_fen=amount_fen),
                pb.BasketItem(voucher=other, amount_fen=lengths[1]),
            ]
            command = pb.TransferBasket(
                items=items, receiver=receiver, trade_commitment=SECRET, answer_by_ms=pair.moment.deadline_ms
            )
            yield say(pb.TRANSFER_BASKET, command, holder)
    asked = pair.vouchers[0].lock.counterparty or PAYER
    yield from say_all(pb.ACCEPT_BASKET, pb.AcceptBasket(vouchers=pair.refs), asked, holder)
    yield from say_all(pb.REFUSE_BASKET, pb.RefuseBasket(vouchers=pair.refs), asked, holder)
    yield from say_all(pb.WITHDRAW_BASKET, pb.WithdrawBasket(vouchers=pair.refs), holder, asked)
