"""Attempts to finance: request, quotes, every step to the pay-out, and what follows it."""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rules import compute_civil_day
from tests.exploration.places import Attempts, Moment, Place, make, say, say_all
from tests.unit.receivables.world import COURT, PAYEE, PAYER, SECRET

OTHER_SECRET = b"d" * 32


def list_requests(place: Place) -> Attempts:
    """The whole range for every bank in both forms, or its first fen pledged; with a quote and without."""
    for bank in place.moment.banks:
        for form, amount_fen in {(pb.PLEDGE, place.length), (pb.SALE_WITH_RECOURSE, place.length), (pb.PLEDGE, 1)}:
            for is_quoted in (False, True):
                command = make(
                    pb.RequestFinancing,
                    place.ref,
                    amount_fen=amount_fen,
                    bank=bank,
                    form=form,
                    secured_fen=(amount_fen + 1) // 2 if form == pb.PLEDGE else 0,
                    terms_commitment=SECRET,
                    answer_by_ms=place.moment.deadline_ms,
                    is_quoted=is_quoted,
                )
                yield say(pb.REQUEST_FINANCING, command, place.holder)


def list_steps(place: Place) -> Attempts:
    """What bank and holder may do with a request."""
    ref, moment, bank = place.ref, place.moment, place.asked
    for line in dict.fromkeys(("", moment.financing_line)):
        take = make(pb.TakeFinancing, ref, terms_commitment=SECRET, register_by_ms=moment.deadline_ms, line=line)
        yield from say_all(pb.TAKE_FINANCING, take, bank, place.holder)
    register = make(
        pb.RegisterFinancing,
        ref,
        registration_number=f"{100 * ref.start + ref.end:020d}",
        filed_at_ms=moment.now_ms,
        pay_by_ms=moment.deadline_ms,
    )
    yield say(pb.REGISTER_FINANCING, register, bank)
    yield say(pb.REGISTER_FINANCING, register, bank, *(other for other in moment.banks if other != bank))
    pay_out = make(pb.PayOut, ref, payment_commitment=SECRET, value_on=compute_civil_day(moment.now_ms))
    yield from say_all(pb.PAY_OUT, pay_out, bank, place.holder)
    yield from say_all(pb.REFUSE_FINANCING, pb.RefuseFinancing(voucher=ref), bank, place.holder)
    yield from say_all(pb.WITHDRAW_FINANCING, pb.WithdrawFinancing(voucher=ref), place.holder, bank)


def list_quotes(place: Place) -> Attempts:
    """An ask for quotes on the whole range, and a quote of every bank."""
    ref, moment = place.ref, place.moment
    ask = make(
        pb.AskQuotes,
        ref,
        amount_fen=place.length,
        form=pb.PLEDGE,
        banks=sorted(moment.banks),
        documents=[SECRET],
        quote_by_ms=moment.deadline_ms,
    )
    yield from say_all(pb.ASK_QUOTES, ask, place.holder, PAYER)
    quote = make(pb.GiveQuote, ref, terms_commitment=SECRET, firm_until_ms=2**62)
    yield from say_all(pb.GIVE_QUOTE, quote, *moment.banks)


def list_aftercare(place: Place) -> Attempts:
    """What bank, seller, holder and court may do after a pay-out."""
    ref, moment = place.ref, place.moment
    pledgee = place.claim.pledgee if place.claim is not None else moment.banks[0]
    seller = place.voucher.sale.seller or PAYEE
    yield from say_all(pb.RELEASE, pb.Release(voucher=ref), pledgee, PAYER)
    yield say(pb.REPURCHASE, make(pb.Repurchase, ref, payment_commitment=SECRET), seller, place.holder)
    for actor in dict.fromkeys((pledgee, place.holder)):
        reassign = make(
            pb.Reassign,
            ref,
            registration_number=f"{9000 + 100 * ref.start + ref.end:020d}",
            filed_at_ms=moment.now_ms,
            notice_commitment=SECRET,
        )
        for taker in moment.banks:
            yield say(pb.REASSIGN, reassign, actor, taker)
    enforce = make(pb.Enforce, ref, notice_commitment=SECRET)
    for consenting in (place.holder, COURT):
        yield say(pb.ENFORCE, enforce, pledgee, consenting)


def list_blankets(moment: Moment) -> Attempts:
    """The second bank registers all receivables of the payee, and ends that."""
    secured, number = moment.banks[-1], f"{7:020d}"
    register = pledges_pb2.RegisterBlanket(registration_number=number, filed_at_ms=moment.now_ms)
    yield say(pledges_pb2.REGISTER_BLANKET, register, secured, PAYEE)
    end = pledges_pb2.EndBlanket(pledgor=PAYEE, registration_number=number)
    yield from say_all(pledges_pb2.END_BLANKET, end, secured, PAYER)
