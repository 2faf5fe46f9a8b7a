"""Attempts of courts, of those who dispute, and to end what is owed without paying it."""

from hefu.v1 import receivables_pb2 as pb
from tests.exploration.attempts_moves import make_invoice
from tests.exploration.places import Attempts, Parcel, Place, make, say, say_all
from tests.unit.receivables.court import LIFTED, ORDER
from tests.unit.receivables.world import COURT, PAYEE, PAYER, SECRET


def list_freezes(place: Place) -> Attempts:
    """One order on the range, and its end."""
    yield from say_all(pb.FREEZE, make(pb.FreezeVoucher, place.ref, order=ORDER), COURT, PAYER)
    yield from say_all(pb.UNFREEZE, make(pb.UnfreezeVoucher, place.ref, order=ORDER, ending_order=LIFTED), COURT, PAYER)


def list_package_freezes(parcel: Parcel) -> Attempts:
    """One order on the package, and its end."""
    yield from say_all(pb.FREEZE_PACKAGE, pb.FreezePackage(package=parcel.id, order=ORDER), COURT, PAYER)
    end = pb.UnfreezePackage(package=parcel.id, order=ORDER, ending_order=LIFTED)
    yield from say_all(pb.UNFREEZE_PACKAGE, end, COURT, PAYER)


def list_successions(place: Place) -> Attempts:
    """Everybody with a position, and one without, is followed by everybody, the debtor included."""
    pledgee = place.claim.pledgee if place.claim is not None else PAYER
    for predecessor in dict.fromkeys((place.holder, place.asked, pledgee)):
        for successor in (*place.moment.people, place.debtor):
            command = make(pb.Succeed, place.ref, predecessor=predecessor, successor=successor, order=ORDER)
            yield say(pb.SUCCEED, command, COURT)


def list_debtor_successions(parcel: Parcel) -> Attempts:
    """Everybody succeeds the debtor, and the issuer again."""
    for successor in (*parcel.moment.people[-1:], parcel.package.issuer):
        command = pb.SucceedDebtor(package=parcel.id, successor=successor, order=ORDER)
        yield from say_all(pb.SUCCEED_DEBTOR, command, COURT, PAYER)


def list_accelerations(parcel: Parcel) -> Attempts:
    """The package is due today."""
    yield from say_all(pb.ACCELERATE, pb.Accelerate(package=parcel.id, order=ORDER), COURT, PAYER)


def list_disputes(place: Place) -> Attempts:
    """Holder, debtor and traders dispute, and resolve."""
    parties = (place.holder, place.debtor, place.voucher.lock.buyer or PAYER, place.asked)
    yield from say_all(pb.DISPUTE, make(pb.OpenDispute, place.ref, evidence=SECRET), *parties)
    yield from say_all(pb.RESOLVE_DISPUTE, make(pb.ResolveDispute, place.ref, evidence=SECRET), *parties)


def list_red_letters(place: Place) -> Attempts:
    """A part, or all, of each invoice."""
    for invoice in place.package.invoices:
        for amount_fen in sorted({1, invoice.amount_fen}):
            command = make(
                pb.RedLetter,
                place.ref,
                fingerprint=invoice.fingerprint,
                red_lettered_fen=amount_fen,
                evidence=SECRET,
            )
            yield from say_all(pb.RED_LETTER, command, place.holder, PAYER)


def list_substitutes(parcel: Parcel) -> Attempts:
    """Another invoice in the place of each."""
    for gone in parcel.package.invoices:
        for name in ("J", "K"):
            command = pb.SubstituteEvidence(package=parcel.id, fingerprint=gone.fingerprint, evidence=SECRET)
            command.replacements.append(make_invoice(parcel.moment, name, gone.occupied_fen))
            yield say(pb.SUBSTITUTE_EVIDENCE, command, parcel.debtor, PAYEE)


def list_offers(parcel: Parcel) -> Attempts:
    """The debtor offers to cancel, and withdraws that."""
    offer = pb.OfferCancel(package=parcel.id, cancel_by_ms=parcel.moment.deadline_ms, agreement_commitment=SECRET)
    yield from say_all(pb.OFFER_CANCEL, offer, parcel.debtor, PAYER)
    yield from say_all(pb.WITHDRAW_CANCEL, pb.WithdrawCancel(package=parcel.id), parcel.debtor, PAYER)


def list_consents(place: Place) -> Attempts:
    """The holder consents to cancel."""
    yield from say_all(pb.CONSENT_CANCEL, pb.ConsentCancel(voucher=place.ref), place.holder, PAYER)


def list_merger(place: Place) -> Attempts:
    """Holder and debtor merge, who may be one."""
    yield from say_all(pb.MERGE, pb.Merge(voucher=place.ref), place.holder, place.debtor)
