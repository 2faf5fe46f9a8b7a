"""How a voucher lives, lapses, is paid and released, told day by day on a running node with a simulated clock."""

import pytest

from hefu.v1 import receivables_pb2 as pb
from pledges.rejections import INVOICE_OVEROCCUPIED, NO_SUCH_CLAIM, NOT_THE_PLEDGEE, REGISTRATION_USED
from receivables.rejections import (
    AMOUNT_OUT_OF_RANGE,
    BEFORE_CUT_OFF,
    ISSUE_LAPSED,
    ISSUER_BLOCKED,
    LAPSE_TOO_EARLY,
    NO_REQUEST_PENDING,
    NOTHING_TO_LAPSE,
    PAID_BY_RANGES,
    PAST_CUT_OFF,
    PAYEE_NOT_OF_RECORD,
    VOUCHER_CLOSED,
)
from tests.support.town import (
    CUT_OFF_DAY,
    DAY_MS,
    DUE_DAY,
    FACE_FEN,
    HOUR_MS,
    MONDAY,
    compute_morning_ms,
    open_town,
    to_day,
)

SECURED_FEN = 80_000_000
INVOICE = "26990000000000000002"

# ---------------------------------------------------------------- lapses


async def test_an_issue_that_nobody_answers_lapses_by_itself(tmp_path):
    async with open_town(tmp_path) as town:
        issue, again = (town.issue(number, uses=[town.use(INVOICE)]) for number in ("A-1", "A-2"))
        package = f"{town.core.id}.A-1"
        lapse = pb.LapseIssue(package=package)
        await town.say(town.core, issue)
        assert await town.refusal(town.thief, lapse) == (LAPSE_TOO_EARLY, "package")

        await town.wait_until(town.now_ms + DAY_MS)
        assert await town.refusal(town.supplier, town.accept(issue)) == (ISSUE_LAPSED, "package")
        view = await town.package(package)
        assert (view.package.stage, view.owed_fen) == (pb.LAPSED, 0)

        # Its invoice is free as soon as any member says so, and then once only.
        again.accept_by_ms = town.now_ms + DAY_MS
        assert await town.refusal(town.core, again) == (INVOICE_OVEROCCUPIED, "invoices")
        await town.say(town.thief, lapse)
        assert await town.refusal(town.thief, lapse) == (NOTHING_TO_LAPSE, "package")
        await town.say(town.core, again)
        await town.say(town.supplier, town.accept(again))
        assert await town.owed_by(town.core) == FACE_FEN


async def test_a_transfer_that_nobody_answers_lapses_by_itself(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("B-1")
        await town.say(town.supplier, town.transfer(ref, town.second_supplier, FACE_FEN // 4))
        piece = pb.VoucherRef(package=ref.package, start=1, end=FACE_FEN // 4)
        assert (await town.voucher(piece)).state.lock.counterparty == town.second_supplier.id

        await town.wait_until(town.now_ms + DAY_MS)
        for member, answer in (
            (town.second_supplier, pb.AcceptTransfer(voucher=piece)),
            (town.second_supplier, pb.RefuseTransfer(voucher=piece)),
            (town.supplier, pb.WithdrawTransfer(voucher=piece)),
        ):
            assert await town.refusal(member, answer) == (NO_REQUEST_PENDING, "voucher")
        view = await town.voucher(piece)
        assert (view.state.holder, view.state.circulation, view.state.HasField("lock")) == (
            town.supplier.id,
            pb.CIRCULATING,
            False,
        )
        await town.say(town.supplier, town.transfer(piece, town.thief))  # it moves as if nothing had been


@pytest.mark.parametrize("step", ["request", "take", "register"])
@pytest.mark.parametrize("form", [pb.SALE_WITH_RECOURSE, pb.PLEDGE], ids=["sale", "pledge"])
async def test_a_financing_lapses_at_each_step_and_the_holder_has_its_range_again(tmp_path, step, form):
    async with open_town(tmp_path) as town:
        ref = await town.live("C-1")
        request = town.request(ref, town.bank, form)
        await town.finance_up_to(step, request, town.supplier, town.bank)
        filed_ms = (await town.voucher(ref)).state.lock.locked_at_ms
        number = (await town.voucher(ref)).state.lock.registration_number

        await town.wait_until(town.now_ms + DAY_MS)
        too_late = {
            "request": town.take(request),
            "take": town.register(ref, filed_ms),
            "register": town.pay_out(ref),
        }[step]
        for answer in (too_late, pb.RefuseFinancing(voucher=ref)):
            assert await town.refusal(town.bank, answer) == (NO_REQUEST_PENDING, "voucher")
        view = await town.voucher(ref)
        assert (view.state.holder, view.state.circulation) == (town.supplier.id, pb.CIRCULATING)
        assert not view.HasField("claim")
        assert await town.lent_by(town.bank) == (0, 0)

        # Another bank may be asked; a number that was filed serves the first one for ever.
        second = town.request(ref, town.other_bank, form)
        await town.finance_up_to("take", second, town.supplier, town.other_bank)
        asked_ms = (await town.voucher(ref)).state.lock.locked_at_ms
        if number:
            stolen = town.register(ref, asked_ms, number)
            assert await town.refusal(town.other_bank, stolen) == (REGISTRATION_USED, "registration_number")
        await town.say(town.other_bank, town.register(ref, asked_ms))
        await town.say(town.other_bank, town.pay_out(ref, MONDAY + 1))
        assert (await town.voucher(ref)).state.holder == (town.supplier.id if form == pb.PLEDGE else town.other_bank.id)


# ---------------------------------------------------------------- overdue


async def test_an_issuer_with_something_overdue_is_blocked_until_it_pays(tmp_path):
    saturday = to_day("2026-04-04")  # the Monday after it is 清明 by law: due on Tuesday, overdue from Wednesday on
    tuesday = to_day("2026-04-07")
    async with open_town(tmp_path) as town:
        ref = await town.live("D-1", due_on=saturday)
        await town.wait_for_morning(tuesday)
        await town.say(town.core, town.issue("D-2", due_on=tuesday + 30))
        assert not (await town.package(ref.package)).overdue

        await town.wait_for_morning(tuesday + 1)
        offer = town.issue("D-3", due_on=tuesday + 30)
        assert await town.refusal(town.core, offer) == (ISSUER_BLOCKED, "")
        assert (await town.package(ref.package)).overdue

        # A part is not enough; the last fen is.
        await town.say(town.paying_bank, town.pay(ref, (town.supplier, FACE_FEN - 1)))
        assert await town.refusal(town.core, offer) == (ISSUER_BLOCKED, "")
        await town.say(town.paying_bank, town.pay(ref, (town.supplier, 1)))
        await town.say(town.core, offer)
        view = await town.package(ref.package)
        assert (view.package.stage, view.overdue, view.owed_fen) == (pb.SETTLED, False, 0)


# ---------------------------------------------------------------- payment


async def test_from_cut_off_on_nothing_moves_and_the_bank_pays(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("E-1")
        payment = town.pay(ref, (town.supplier, FACE_FEN))
        assert await town.refusal(town.paying_bank, payment) == (BEFORE_CUT_OFF, "voucher")
        share = town.pay_package(ref.package, 1)
        assert await town.refusal(town.paying_bank, share) == (BEFORE_CUT_OFF, "package")

        await town.wait_for_morning(CUT_OFF_DAY)
        for move in (
            pb.Split(voucher=ref, first_fen=FACE_FEN // 2),
            town.transfer(ref, town.second_supplier),
            town.request(ref, town.bank),
        ):
            assert await town.refusal(town.supplier, move) == (PAST_CUT_OFF, "voucher")
        await town.say(town.paying_bank, payment)
        assert await town.refusal(town.paying_bank, town.pay(ref, (town.supplier, 1))) == (VOUCHER_CLOSED, "voucher")


async def test_a_part_payment_reaches_every_range_by_its_share(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("F-1")
        third = FACE_FEN // 3
        await town.say(town.supplier, pb.Split(voucher=ref, first_fen=third))
        first = pb.VoucherRef(package=ref.package, start=1, end=third)
        second = pb.VoucherRef(package=ref.package, start=third + 1, end=FACE_FEN)
        await town.finance_up_to(
            "pay out", town.request(first, town.bank, pb.PLEDGE, 20_000_000), town.supplier, town.bank
        )

        await town.wait_for_morning(DUE_DAY)
        paid = 55_555_555
        await town.say(town.paying_bank, town.pay_package(ref.package, paid))
        share = paid * third // FACE_FEN
        views = [await town.voucher(one) for one in (first, second)]
        assert [view.owed_fen for view in views] == [third - share, FACE_FEN - third - (paid - share)]
        assert sum(view.owed_fen for view in views) == (await town.package(ref.package)).owed_fen == FACE_FEN - paid
        assert await town.owed_by(town.core) == FACE_FEN - paid

        # The pledgee had its part of the share first: what is still secured comes to it, the rest to the holder.
        rest, open_fen = third - share, 20_000_000 - share
        whole = town.pay(first, (town.supplier, rest))
        assert await town.refusal(town.paying_bank, whole) == (PAYEE_NOT_OF_RECORD, "payees")
        await town.say(town.paying_bank, town.pay(first, (town.bank, open_fen), (town.supplier, rest - open_fen)))

        # From the first payment of a single range on, the package is paid range by range.
        share_again = town.pay_package(ref.package, 1)
        assert await town.refusal(town.paying_bank, share_again) == (PAID_BY_RANGES, "package")
        owed = views[1].owed_fen
        too_much = town.pay(second, (town.supplier, owed + 1))
        assert await town.refusal(town.paying_bank, too_much) == (AMOUNT_OUT_OF_RANGE, "amount_fen")
        await town.say(town.paying_bank, town.pay(second, (town.supplier, owed)))
        assert (await town.package(ref.package)).package.stage == pb.SETTLED
        assert await town.owed_by(town.core) == 0


async def test_a_package_paid_in_parts_is_paid_on_every_range(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("G-1")
        await town.say(town.supplier, town.transfer(ref, town.second_supplier, FACE_FEN // 7))
        piece = pb.VoucherRef(package=ref.package, start=1, end=FACE_FEN // 7)
        await town.say(town.second_supplier, pb.AcceptTransfer(voucher=piece))
        await town.wait_for_morning(DUE_DAY)
        for amount_fen in (1, 33_333_333, FACE_FEN - 33_333_334):
            await town.say(town.paying_bank, town.pay_package(ref.package, amount_fen))
        trace = await town.trace(ref.package)
        assert (trace.package.package.stage, trace.package.package.paid_fen) == (pb.SETTLED, FACE_FEN)
        assert [(view.state.stage, view.owed_fen) for view in trace.vouchers] == [(pb.PAID, 0)] * 2
        closed = town.pay(piece, (town.second_supplier, 1))
        assert await town.refusal(town.paying_bank, closed) == (VOUCHER_CLOSED, "voucher")


async def test_a_bank_that_bought_is_paid_as_holder(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("H-1")
        sale = town.request(ref, town.bank, pb.SALE_WITHOUT_RECOURSE)
        await town.finance_up_to("pay out", sale, town.supplier, town.bank)
        to_the_seller, to_the_bank = (town.prepay(ref, (payee, FACE_FEN)) for payee in (town.supplier, town.bank))
        assert await town.refusal(town.core, to_the_seller, town.paying_bank) == (PAYEE_NOT_OF_RECORD, "payees")
        await town.say(town.core, to_the_bank, town.paying_bank)
        view = await town.voucher(ref)
        assert (view.state.stage, view.state.sale.seller, view.owed_fen) == (pb.PAID, town.supplier.id, 0)


async def test_a_claim_outlives_the_payment_until_its_pledgee_releases_it(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("I-1")
        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        await town.wait_until(compute_morning_ms(DUE_DAY) + HOUR_MS)
        await town.say(
            town.paying_bank, town.pay(ref, (town.bank, SECURED_FEN), (town.supplier, FACE_FEN - SECURED_FEN))
        )
        view = await town.voucher(ref)
        assert (view.state.stage, view.claim.pledgee) == (pb.PAID, town.bank.id)
        assert await town.lent_by(town.bank) == (1, SECURED_FEN)

        release = pb.Release(voucher=ref)
        for stranger in (town.supplier, town.other_bank):
            assert await town.refusal(stranger, release) == (NOT_THE_PLEDGEE, "")
        await town.say(town.bank, release)
        assert await town.refusal(town.bank, release) == (NO_SUCH_CLAIM, "voucher")
        assert await town.lent_by(town.bank) == (0, 0)
        assert not (await town.voucher(ref)).HasField("claim")
