"""Attempts to pay, and to say something of a payment. Who is payee of record the rules compute, in their own code."""

from hefu.v1 import receivables_pb2 as pb
from receivables.payments import compute_owed, compute_package_owed, compute_payees, compute_pledgee_part
from receivables.rules import is_frozen
from tests.exploration.places import Attempts, Moment, Parcel, Place, make, say, say_all
from tests.unit.receivables.world import PAYER, SECRET


def _list_payees(place: Place, amount_fen: int, forgiven_fen: int = 0) -> list[pb.Payee]:
    if is_frozen(place.package, place.voucher):
        return []
    pledgee_fen = compute_pledgee_part(place.package, place.voucher, place.ref, place.claim, amount_fen)
    payees = compute_payees(place.voucher, place.claim, pledgee_fen, amount_fen - forgiven_fen)
    for payee in payees:
        payee.account_commitment = place.accounts.get(payee.organisation, b"")
    return payees


def list_payments(place: Place) -> Attempts:
    """One fen, and all that is owed, to the payees of record; and one fen to nobody, or to the wrong one."""
    owed_fen = compute_owed(place.package, place.voucher, place.ref)
    for amount_fen in sorted({1, max(owed_fen, 1)}):
        if amount_fen <= max(owed_fen, 1):
            payees = _list_payees(place, amount_fen)
            command = make(pb.PayVoucher, place.ref, amount_fen=amount_fen, payees=payees, payment_commitment=SECRET)
            yield from say_all(pb.PAY_VOUCHER, command, PAYER, place.debtor)
    wrong = make(pb.PayVoucher, place.ref, amount_fen=1, payees=[pb.Payee(organisation=PAYER, amount_fen=1)])
    wrong.payment_commitment = SECRET
    yield say(pb.PAY_VOUCHER, wrong, PAYER)


def list_prepayments(place: Place) -> Attempts:
    """All that is owed, at face and one fen below it."""
    owed_fen = compute_owed(place.package, place.voucher, place.ref)
    for forgiven_fen in (0, 1):
        payees = _list_payees(place, owed_fen, forgiven_fen)
        command = make(pb.Prepay, place.ref, payees=payees, payment_commitment=SECRET, forgiven_fen=forgiven_fen)
        consenting = (PAYER, place.holder) if forgiven_fen else (PAYER,)
        yield say(pb.PREPAY, command, place.debtor, *consenting)


def list_package_payments(parcel: Parcel) -> Attempts:
    """One fen, and all that is owed on the package."""
    owed_fen = compute_package_owed(parcel.package)
    for amount_fen in sorted({1, max(owed_fen, 1)}):
        command = pb.PayPackage(package=parcel.id, amount_fen=amount_fen, payment_commitment=SECRET)
        yield from say_all(pb.PAY_PACKAGE, command, PAYER, parcel.debtor)


def list_words_of_holders(place: Place) -> Attempts:
    """A payment outside, an objection and its end, by holder and pledgee."""
    pledgee = place.claim.pledgee if place.claim is not None else PAYER
    confirm = make(pb.ConfirmPaid, place.ref, amount_fen=1, payment_commitment=SECRET)
    yield say(pb.CONFIRM_PAID, confirm, place.holder)
    yield say(pb.CONFIRM_PAID, confirm, place.holder, pledgee)
    for amount_fen in sorted({1, place.length}):
        command = make(pb.ObjectPayment, place.ref, amount_fen=amount_fen, evidence=SECRET)
        yield from say_all(pb.OBJECT_PAYMENT, command, place.holder, pledgee)
    objector = place.voucher.objection.objector or place.holder
    yield from say_all(pb.WITHDRAW_OBJECTION, pb.WithdrawObjection(voucher=place.ref), objector, PAYER)


def list_words_of_banks(place: Place) -> Attempts:
    """A failed line, an answer and an admission, what was kept handed over, a line restored."""
    fail = make(pb.FailLine, place.ref, reason=pb.FUNDS_LACKING)
    yield from say_all(pb.FAIL_LINE, fail, PAYER, place.holder)
    for answer in (b"", SECRET):
        yield say(pb.ANSWER_OBJECTION, make(pb.AnswerObjection, place.ref, answer=answer), PAYER)
    kept_fen = place.voucher.kept_fen
    payees = _list_payees(place, kept_fen) if kept_fen else []
    yield say(pb.HAND_OVER, make(pb.HandOver, place.ref, payees=payees, payment_commitment=SECRET), PAYER)
    grantor = place.voucher.line.partition(".")[0] or PAYER
    yield say(pb.RESTORE_LINE, pb.RestoreLine(voucher=place.ref), grantor)


def list_accounts(moment: Moment) -> Attempts:
    """The first holder changes its account, there and back."""
    for commitment in (SECRET, b"a" * 32):
        yield say(pb.SET_ACCOUNT, pb.SetAccount(account_commitment=commitment), moment.people[0])
    yield say(pb.SET_ACCOUNT, pb.SetAccount(), moment.people[0])
