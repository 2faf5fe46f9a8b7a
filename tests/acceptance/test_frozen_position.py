"""A court freezes a range that was sold to a bank and pledged on by it: sale, claim and freeze stand side by side.

Nothing of it moves, is pledged or is paid out, whoever asks; what is marked, paid in and lifted meanwhile loses neither
the buyer's right nor the pledgee's.
"""

from hashlib import sha256

from hefu.v1 import receivables_pb2 as pb
from receivables.rejections import NOTHING_KEPT, PAYEE_NOT_OF_RECORD, VOUCHER_FROZEN
from tests.support.district import open_district
from tests.support.town import CUT_OFF_DAY, DAY_MS, FACE_FEN, commit

ORDER, LIFTED = (sha256(text.encode()).digest() for text in ("order", "lifted"))
SECURED_FEN = 80_000_000
FROZEN = (VOUCHER_FROZEN, "voucher")


async def sell_and_pledge_on(district, number):
    """The supplier sold it to a bank, which pledged it to another."""
    ref = await district.live(number)
    sold = district.request(ref, district.bank, pb.SALE_WITH_RECOURSE)
    await district.finance_up_to("pay out", sold, district.supplier, district.bank)
    pledged = district.request(ref, district.other_bank, secured_fen=SECURED_FEN)
    await district.finance_up_to("pay out", pledged, district.bank, district.other_bank)
    return ref


async def check_position(district, ref):
    """Bought by the one bank, pledged to the other, and frozen."""
    view = await district.voucher(ref)
    assert (view.state.holder, view.state.sale.seller) == (district.bank.id, district.supplier.id)
    assert (view.claim.pledgee, view.claim.secured_fen) == (district.other_bank.id, SECURED_FEN)
    assert [freeze.order for freeze in view.state.freezes] == [ORDER]


def list_ways_out(district, ref):
    """Whatever would move a right in the range, by those whose it is."""
    bank, pledgee, seller = district.bank, district.other_bank, district.supplier
    reassign = pb.Reassign(
        voucher=ref, registration_number=f"{77:020d}", filed_at_ms=district.now_ms, notice_commitment=commit("notice")
    )
    quotes = pb.AskQuotes(
        voucher=ref, amount_fen=FACE_FEN, form=pb.PLEDGE, banks=[pledgee.id], documents=[commit("invoice")],
        quote_by_ms=district.now_ms + DAY_MS,
    )  # fmt: skip
    return (
        (bank, pb.Split(voucher=ref, first_fen=FACE_FEN // 2)),
        (bank, district.transfer(ref, district.thief)),
        (bank, district.request(ref, pledgee, secured_fen=1)),
        (bank, quotes),
        (seller, pb.Repurchase(voucher=ref, payment_commitment=commit("paid back")), bank),
        (pledgee, reassign, district.bank),
        (pledgee, pb.Enforce(voucher=ref, notice_commitment=commit("notice")), bank),
    )


async def test_a_frozen_range_that_was_sold_and_pledged_on_goes_nowhere_and_nobody_is_paid(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await sell_and_pledge_on(district, "A-1")
        await district.say(district.court, pb.FreezeVoucher(voucher=ref, order=ORDER))
        for who, attempt, *consenting in list_ways_out(district, ref):
            assert await district.refusal(who, attempt, *consenting) == FROZEN
        await check_position(district, ref)

        # A dispute is a mark: it is opened, and neither order nor claim is lost.
        await district.say(district.core, pb.OpenDispute(voucher=ref, evidence=commit("wrong goods")))
        await check_position(district, ref)

        # The debt falls due all the same. Who was of record, or would be, is named in vain: the bank keeps the money.
        await district.wait_for_morning(CUT_OFF_DAY)
        secured, rest = (district.other_bank, SECURED_FEN), (district.bank, FACE_FEN - SECURED_FEN)
        for payees in ((secured, rest), ((district.bank, FACE_FEN),), ((district.supplier, FACE_FEN),)):
            named = district.pay(ref, *payees)
            assert await district.refusal(district.paying_bank, named) == (PAYEE_NOT_OF_RECORD, "payees")
        kept = pb.PayVoucher(voucher=ref, amount_fen=FACE_FEN, payment_commitment=commit("payment"))
        await district.say(district.paying_bank, kept)
        assert await district.owed_by(district.core) == 0
        assert (await district.voucher(ref)).state.kept_fen == FACE_FEN
        assert await district.refusal(district.paying_bank, hand_over(ref, secured, rest)) == FROZEN

        # Lifted, it is handed over to the two banks as their rights are, and to nobody else; once.
        await district.say(district.court, pb.UnfreezeVoucher(voucher=ref, order=ORDER, ending_order=LIFTED))
        for payees in (((district.bank, FACE_FEN),), ((district.thief, FACE_FEN),), (rest, secured)):
            wrong = hand_over(ref, *payees)
            assert await district.refusal(district.paying_bank, wrong) == (PAYEE_NOT_OF_RECORD, "payees")
        await district.say(district.paying_bank, hand_over(ref, secured, rest))
        assert await district.refusal(district.paying_bank, hand_over(ref)) == (NOTHING_KEPT, "voucher")


async def test_a_pledgee_gives_up_its_claim_or_a_court_enforces_it_and_the_freeze_stays(tmp_path):
    async with open_district(tmp_path) as district:
        released, enforced = await sell_and_pledge_on(district, "B-1"), await sell_and_pledge_on(district, "B-2")
        for ref in (released, enforced):
            await district.say(district.court, pb.FreezeVoucher(voucher=ref, order=ORDER))

        # To give up a right moves nothing. Nobody else may take its place while the order stands.
        await district.say(district.other_bank, pb.Release(voucher=released))
        assert await district.lent_by(district.other_bank) == (1, SECURED_FEN)
        pledge = district.request(released, district.other_bank, secured_fen=1)
        assert await district.refusal(district.bank, pledge) == FROZEN

        # What is secured passes by the court's consent, and both pieces are as frozen as the range was.
        enforce = pb.Enforce(voucher=enforced, notice_commitment=commit("notice"))
        await district.say(district.other_bank, enforce, district.court)
        passed = pb.VoucherRef(package=enforced.package, start=1, end=SECURED_FEN)
        rest = pb.VoucherRef(package=enforced.package, start=SECURED_FEN + 1, end=FACE_FEN)
        for ref, holder in ((passed, district.other_bank), (rest, district.bank)):
            view = await district.voucher(ref)
            assert (view.state.holder, view.HasField("claim")) == (holder.id, False)
            assert await district.refusal(holder, district.transfer(ref, district.thief)) == FROZEN
        assert await district.lent_by(district.other_bank) == (0, 0)


def hand_over(ref, *payees):
    """The paying bank hands over what it kept."""
    named = [pb.Payee(organisation=payee.id, amount_fen=amount_fen) for payee, amount_fen in payees]
    return pb.HandOver(voucher=ref, payees=named, payment_commitment=commit("handed over"))
