"""What lenders are told twice: one range by two banks, one invoice by two applicants, what was registered before.

Each story runs on a node; what the thief or the careless clerk submits is refused, and nothing has moved.
"""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from pledges.rejections import (
    ASSET_CLAIMED,
    BLANKET_REGISTERED,
    INVOICE_OVEROCCUPIED,
    NOT_THE_PLEDGEE,
    REGISTRATION_USED,
)
from receivables.rejections import (
    CONSENT_MISSING,
    NOT_A_PARTY,
    NOT_THE_HOLDER,
    ORGANISATIONS_WRONG,
    QUOTE_DIFFERS,
    QUOTES_CLOSED,
    QUOTES_NOT_YET_OPEN,
    VOUCHER_LOCKED,
)
from tests.support.town import DAY_MS, FACE_FEN, HOUR_MS, commit, open_town

SECURED_FEN = 80_000_000
INVOICE = "26990000000000000007"
FIRST_NUMBER, SECOND_NUMBER = "3" * 20, "4" * 20


def ask(town, ref):
    """The supplier asks both banks."""
    banks = sorted((town.bank.id, town.other_bank.id))
    return pb.AskQuotes(
        voucher=ref,
        amount_fen=FACE_FEN,
        form=pb.PLEDGE,
        banks=banks,
        documents=[commit("invoice and contract")],
        quote_by_ms=town.now_ms + 2 * HOUR_MS,
    )


def quoted(town, ref, bank, terms):
    """The request of what a bank has sealed."""
    request = town.request(ref, bank)
    request.terms_commitment, request.is_quoted = terms, True
    return request


def reassign(town, ref, number):
    """A bank's position passes on, filed anew."""
    notice = commit("notice")
    return pb.Reassign(voucher=ref, registration_number=number, filed_at_ms=town.now_ms, notice_commitment=notice)


async def test_two_banks_that_quoted_do_not_both_finance_the_range(tmp_path):
    """Fraud 5: the holder takes two good offers for one thing."""
    async with open_town(tmp_path) as town:
        ref = await town.live("A-1")
        await town.say(town.supplier, ask(town, ref))
        terms, other_terms = commit("2.62 %"), commit("2.60 %")
        for bank, sealed in ((town.bank, terms), (town.other_bank, other_terms)):
            quote = pb.GiveQuote(voucher=ref, terms_commitment=sealed, firm_until_ms=town.now_ms + DAY_MS)
            await town.say(bank, quote)
        first, second = quoted(town, ref, town.bank, terms), quoted(town, ref, town.other_bank, other_terms)
        assert await town.refusal(town.supplier, first) == (QUOTES_NOT_YET_OPEN, "is_quoted")

        # Nobody chooses before all had their time, and nobody bends what was sealed.
        await town.wait_until(town.now_ms + 2 * HOUR_MS)
        bent = quoted(town, ref, town.bank, other_terms)
        assert await town.refusal(town.supplier, bent) == (QUOTE_DIFFERS, "terms_commitment")
        asked = await town.say(town.supplier, first)
        assert await town.refusal(town.supplier, second) == (VOUCHER_LOCKED, "voucher")

        # Should the first bank step back, the other quote has lapsed: it is asked anew, knowing of the first request.
        await town.say(town.bank, pb.RefuseFinancing(voucher=ref))
        assert await town.refusal(town.supplier, second) == (QUOTES_CLOSED, "voucher")
        assert asked.height > 0
        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        assert await town.refusal(town.supplier, ask(town, ref)) == (ASSET_CLAIMED, "voucher")
        assert await town.lent_by(town.bank) == (1, SECURED_FEN)
        assert await town.lent_by(town.other_bank) == (0, 0)


async def test_a_position_that_passed_on_is_not_used_by_whoever_had_it(tmp_path):
    """Fraud 5: a bank hands its claim on, and releases, enforces or hands it on once more."""
    async with open_town(tmp_path) as town:
        ref = await town.live("B-1")
        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        before = (await town.voucher(ref)).claim.registration_number
        again = reassign(town, ref, before)
        assert await town.refusal(town.bank, again, town.other_bank) == (REGISTRATION_USED, "registration_number")
        await town.say(town.bank, reassign(town, ref, FIRST_NUMBER), town.other_bank)

        enforce = pb.Enforce(voucher=ref, notice_commitment=commit("default"))
        assert await town.refusal(town.bank, pb.Release(voucher=ref)) == (NOT_THE_PLEDGEE, "")
        assert await town.refusal(town.bank, enforce, town.supplier) == (NOT_THE_PLEDGEE, "")
        once_more = reassign(town, ref, SECOND_NUMBER)
        assert await town.refusal(town.bank, once_more, town.other_bank) == (NOT_A_PARTY, "")
        assert (await town.lent_by(town.bank), await town.lent_by(town.other_bank)) == ((0, 0), (1, SECURED_FEN))

        # Nor does the new pledgee help itself: nothing passes without the holder, or a court.
        assert await town.refusal(town.other_bank, enforce, town.thief) == (CONSENT_MISSING, "")
        await town.say(town.other_bank, enforce, town.supplier)
        passed = pb.VoucherRef(package=ref.package, start=1, end=SECURED_FEN)
        rest = pb.VoucherRef(package=ref.package, start=SECURED_FEN + 1, end=FACE_FEN)
        assert (await town.voucher(passed)).state.holder == town.other_bank.id
        assert (await town.voucher(rest)).state.holder == town.supplier.id
        assert (await town.trace(ref.package)).sum_fen == FACE_FEN
        assert await town.lent_by(town.other_bank) == (0, 0)


async def test_what_was_sold_is_bought_back_before_it_is_financed_again(tmp_path):
    """Fraud 5: the seller finances once more what the bank has bought."""
    async with open_town(tmp_path) as town:
        ref = await town.live("C-1")
        sale = town.request(ref, town.bank, pb.SALE_WITH_RECOURSE)
        await town.finance_up_to("pay out", sale, town.supplier, town.bank)
        other = town.request(ref, town.other_bank)
        assert await town.refusal(town.supplier, other) == (NOT_THE_HOLDER, "")
        repurchase = pb.Repurchase(voucher=ref, payment_commitment=commit("paid back"))
        assert await town.refusal(town.supplier, repurchase) == (ORGANISATIONS_WRONG, "")
        assert await town.refusal(town.supplier, repurchase, town.other_bank) == (CONSENT_MISSING, "")
        assert await town.refusal(town.thief, repurchase, town.bank) == (NOT_A_PARTY, "")
        await town.say(town.supplier, repurchase, town.bank)
        view = await town.voucher(ref)
        assert (view.state.holder, view.state.HasField("sale")) == (town.supplier.id, False)
        await town.finance_up_to("pay out", other, town.supplier, town.other_bank)
        assert await town.lent_by(town.other_bank) == (1, SECURED_FEN)


async def test_one_invoice_is_not_financed_by_two_banks_under_two_applicants(tmp_path):
    """Fraud 6: the second applicant brings the same invoice under a voucher of its own."""
    async with open_town(tmp_path) as town:
        ref = await town.live("D-1", uses=[town.use(INVOICE)])
        second = town.issue("D-2", uses=[town.use(INVOICE)], payee=town.second_supplier.id)
        overoccupied = (INVOICE_OVEROCCUPIED, "invoices")

        async def expect_second_applicant_refused():
            assert await town.refusal(town.core, second) == overoccupied

        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        await expect_second_applicant_refused()
        # Not when the first bank is repaid, not after it bought and sold back, not when the debt is paid.
        await town.say(town.bank, pb.Release(voucher=ref))
        await expect_second_applicant_refused()
        sale = town.request(ref, town.bank, pb.SALE_WITH_RECOURSE)
        await town.finance_up_to("pay out", sale, town.supplier, town.bank)
        repurchase = pb.Repurchase(voucher=ref, payment_commitment=commit("paid back"))
        await town.say(town.supplier, repurchase, town.bank)
        await expect_second_applicant_refused()
        await town.say(town.core, town.prepay(ref, (town.supplier, FACE_FEN)), town.paying_bank)
        await expect_second_applicant_refused()
        assert await town.lent_by(town.other_bank) == (0, 0)


async def test_a_receivable_under_a_blanket_registration_is_not_financed_past_it(tmp_path):
    """Fraud 17: the supplier has given all its receivables to one bank, and asks another for money."""
    async with open_town(tmp_path) as town:
        before = await town.live("E-1")
        blanket = pledges_pb2.RegisterBlanket(registration_number=FIRST_NUMBER, filed_at_ms=town.now_ms)
        await town.say(town.other_bank, blanket, town.supplier)
        after = await town.live("E-2")
        for ref in (before, after):  # present and future ones alike
            request = town.request(ref, town.bank)
            asked = await town.say(town.supplier, request)
            await town.say(town.bank, town.take(request))
            filing = town.register(ref, asked.time_ms)
            assert await town.refusal(town.bank, filing) == (BLANKET_REGISTERED, "voucher")
            assert await town.refusal(town.bank, filing, town.thief) == (ORGANISATIONS_WRONG, "")

        # Neither under the number of the blanket itself, whoever consents.
        stolen = town.register(after, asked.time_ms, FIRST_NUMBER)
        assert await town.refusal(town.bank, stolen, town.other_bank) == (REGISTRATION_USED, "registration_number")
        await town.say(town.bank, town.register(after, asked.time_ms), town.other_bank)
        await town.say(town.bank, town.pay_out(after))
        assert await town.lent_by(town.bank) == (1, SECURED_FEN)

        # The secured party alone ends it; from then on nobody is asked.
        end = pledges_pb2.EndBlanket(pledgor=town.supplier.id, registration_number=FIRST_NUMBER)
        reason, _ = await town.refusal(town.bank, end)
        assert reason.name == "NO_SUCH_BLANKET"
        await town.say(town.other_bank, end)
        await town.say(town.bank, town.register(before, asked.time_ms))
        assert (await town.voucher(before)).state.lock.kind == pb.FINANCING_REGISTERED
