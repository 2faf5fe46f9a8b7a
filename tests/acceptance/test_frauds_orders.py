"""Red-lettered invoices, forged orders, and what a debtor in trouble or its friends would try before and after a court
has spoken: each told on a running node, refused, and nothing has moved."""

import asyncio
from hashlib import sha256

from typer.testing import CliRunner

from hefu.v1 import receivables_pb2 as pb
from identity.rejections import SAME_PERSON
from ledger.rejections import EXPIRED
from nodes.cli.app import app
from nodes.directory import TRUST_FILE
from pledges.rejections import ASSET_CLAIMED, INVOICE_OVEROCCUPIED, INVOICE_RED_LETTERED
from receivables.records import compute_asset_key
from receivables.rejections import (
    EVIDENCE_RED_LETTERED,
    NO_CANCEL_OFFERED,
    NO_SUCH_FREEZE,
    NOT_A_COURT,
    NOT_A_PARTY,
    NOT_THE_HOLDER,
    NOT_THE_ISSUER,
    PAST_CUT_OFF,
    PREDECESSOR_HAS_NOTHING,
    RED_LETTER_EXISTS,
    SUBSTITUTE_DIFFERS,
    VOUCHER_DISPUTED,
    VOUCHER_FROZEN,
)
from tests.support.district import open_district
from tests.support.town import DAY_MS, DUE_DAY, FACE_FEN, HOUR_MS, MONDAY, commit

INVOICE, SECOND_INVOICE = "26990000000000000001", "26990000000000000002"
HALF_FEN = FACE_FEN // 2
ORDER, OTHER_ORDER, LIFTED = (sha256(text.encode()).digest() for text in ("order", "other order", "lifted"))


async def owed_by(district, ref):
    """What the range's package still owes (分)."""
    return (await district.package(ref.package)).owed_fen


# ---------------------------------------------------------------- 4 and 10: invoices that were taken back


async def test_of_a_red_lettered_invoice_less_is_left_to_occupy(tmp_path):
    """Fraud 4: half of the invoice is taken back, and its seller would use the whole of it all the same."""
    async with open_district(tmp_path) as district:
        half = district.use(INVOICE, FACE_FEN, HALF_FEN)
        ref = await district.live("A-1", uses=[half])
        await district.say(district.core, district.red_letter(ref, half.fingerprint, HALF_FEN))

        # Under the same amount, under another number, and in part: the other half is gone.
        for share_fen in (HALF_FEN, 1):
            again = district.issue("A-2", uses=[district.use(INVOICE, FACE_FEN, share_fen)])
            assert await district.refusal(district.core, again) == (INVOICE_RED_LETTERED, "invoices")
        beyond = district.issue("A-2", uses=[district.use(INVOICE, FACE_FEN, HALF_FEN + 1)])
        assert await district.refusal(district.core, beyond) == (INVOICE_OVEROCCUPIED, "invoices")

        # Told once, it does not become less, and who has no part in the package tells nothing.
        less = district.red_letter(ref, half.fingerprint, HALF_FEN - 1)
        assert await district.refusal(district.supplier, less) == (RED_LETTER_EXISTS, "fingerprint")
        assert await district.refusal(district.thief, less) == (NOT_A_PARTY, "")
        assert await district.owed_by(district.core) == HALF_FEN


async def test_nothing_is_lent_on_a_red_lettered_invoice_until_another_takes_its_place(tmp_path):
    """Fraud 10: the invoice is taken back after the voucher was issued on it, and the holder looks for money."""
    async with open_district(tmp_path) as district:
        use = district.use(INVOICE)
        ref = await district.live("B-1", uses=[use])
        asked = district.request(ref, district.bank)
        await district.finance_up_to("request", asked, district.supplier, district.bank)
        await district.say(district.core, district.red_letter(ref, use.fingerprint, FACE_FEN))

        # Neither is the request that waits taken, nor a new one made.
        refused = (EVIDENCE_RED_LETTERED, "voucher")
        assert await district.refusal(district.bank, district.take(asked)) == refused
        await district.say(district.supplier, pb.WithdrawFinancing(voucher=ref))
        assert await district.refusal(district.supplier, district.request(ref, district.other_bank)) == refused

        # Another invoice takes its place, for exactly its share, with the consent of both.
        def replace(*uses):
            return pb.SubstituteEvidence(
                package=ref.package, fingerprint=use.fingerprint, replacements=uses, evidence=commit("agreement")
            )

        short = replace(district.use(SECOND_INVOICE, FACE_FEN, FACE_FEN - 1))
        parties = (district.core, short, district.supplier)
        assert await district.refusal(*parties) == (SUBSTITUTE_DIFFERS, "replacements")
        await district.live("B-2", uses=[district.use(SECOND_INVOICE, 2 * FACE_FEN, FACE_FEN + 1)])
        used = replace(district.use(SECOND_INVOICE, 2 * FACE_FEN, FACE_FEN))
        assert await district.refusal(district.core, used, district.supplier) == (INVOICE_OVEROCCUPIED, "replacements")
        await district.say(district.core, replace(district.use("26990000000000000003")), district.supplier)
        await district.finance_up_to("pay out", asked, district.supplier, district.bank)

        # The invoice that was taken back is good for nothing more, and nowhere.
        once_more = district.issue("B-3", uses=[use])
        assert await district.refusal(district.core, once_more) == (INVOICE_RED_LETTERED, "invoices")


async def test_nothing_new_is_lent_on_a_disputed_range_and_its_debtor_still_pays(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("B-4")
        opened = pb.OpenDispute(voucher=ref, evidence=commit("wrong goods"))
        ended = pb.ResolveDispute(voucher=ref, evidence=commit("settled"))
        assert await district.refusal(district.thief, opened) == (NOT_A_PARTY, "")
        await district.say(district.core, opened)
        refused = (VOUCHER_DISPUTED, "voucher")
        assert await district.refusal(district.supplier, district.request(ref, district.bank)) == refused

        # The holder does not end what the debtor began, not by giving the range on either.
        assert await district.refusal(district.supplier, ended) == (NOT_A_PARTY, "")
        await district.say(district.supplier, district.transfer(ref, district.second_supplier))
        await district.say(district.second_supplier, pb.AcceptTransfer(voucher=ref))
        assert await district.refusal(district.second_supplier, district.request(ref, district.bank)) == refused

        await district.say(
            district.core, district.prepay(ref, (district.second_supplier, FACE_FEN)), district.paying_bank
        )
        assert await district.owed_by(district.core) == 0


# ---------------------------------------------------------------- orders, true and forged


async def test_only_a_court_or_two_operators_freeze_and_only_their_order_is_lifted(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("C-1")
        freeze = pb.FreezeVoucher(voucher=ref, order=ORDER)
        for forger in (district.core, district.bank, district.operator, district.registrar):
            assert await district.refusal(forger, freeze) == (NOT_A_COURT, "")
        assert await district.refusal(district.operator, freeze, district.core) == (NOT_A_COURT, "")
        maker, _ = district.court.keys
        same = [maker, *district.court.other_keys]
        assert await district.refusal(district.court, freeze, keys=same) == (SAME_PERSON, "")
        await district.say(district.court, freeze)
        await district.say(district.operator, pb.FreezeVoucher(voucher=ref, order=OTHER_ORDER), district.other_operator)

        def lift(order):
            return pb.UnfreezeVoucher(voucher=ref, order=order, ending_order=LIFTED)

        assert await district.refusal(district.supplier, lift(ORDER)) == (NOT_A_COURT, "")
        assert await district.refusal(district.court, lift(LIFTED)) == (NO_SUCH_FREEZE, "order")
        await district.say(district.other_court, lift(ORDER))
        moved = district.transfer(ref, district.second_supplier)
        assert await district.refusal(district.supplier, moved) == (VOUCHER_FROZEN, "voucher")
        await district.say(district.other_court, lift(OTHER_ORDER))
        await district.say(district.supplier, moved)


async def test_a_holder_saves_nothing_from_a_freeze_of_the_whole_package(tmp_path):
    """Cut into pieces, given to friends, offered to banks: one record freezes them all, and no deadline thaws one."""
    async with open_district(tmp_path) as district:
        ref = await district.live("C-2")
        await district.say(district.supplier, pb.Split(voucher=ref, first_fen=HALF_FEN))
        first, second = (
            pb.VoucherRef(package=ref.package, start=start, end=start + HALF_FEN - 1) for start in (1, HALF_FEN + 1)
        )
        await district.say(district.supplier, district.transfer(first, district.thief))
        await district.say(district.core, pb.OfferCancel(package=ref.package, cancel_by_ms=district.now_ms + DAY_MS,
                                                         agreement_commitment=commit("agreement")))  # fmt: skip
        await district.say(district.court, pb.FreezePackage(package=ref.package, order=ORDER))
        refused = (VOUCHER_FROZEN, "voucher")
        attempts = (
            (district.thief, pb.AcceptTransfer(voucher=first)),
            (district.supplier, pb.Split(voucher=second, first_fen=HALF_FEN // 2)),
            (district.supplier, district.transfer(second, district.thief)),
            (district.supplier, district.request(second, district.bank, secured_fen=1)),
            (district.supplier, pb.ConsentCancel(voucher=second)),
        )
        for who, attempt in attempts:
            assert await district.refusal(who, attempt) == refused

        # The request that waits lapses, and what returns is frozen as before.
        await district.wait_until(district.now_ms + DAY_MS)
        assert await district.refusal(district.supplier, district.transfer(first, district.thief)) == refused
        assert (await district.voucher(first)).state.circulation == pb.CIRCULATING
        assert await owed_by(district, ref) == FACE_FEN


async def test_a_lender_asks_whether_a_court_has_frozen_it_and_has_proof(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("C-3")
        await district.say(district.court, pb.FreezeVoucher(voucher=ref, order=ORDER))
        await asyncio.to_thread(prove, tmp_path, district.client.target, compute_asset_key(ref))


def prove(folder, node, asset):
    """By the command line: frozen, so neither free nor unclaimed, and held all the same."""
    trust, out = str(folder / "data" / TRUST_FILE), str(folder / "frozen.json")
    asked = ["proof", "state", "--asset", asset, "--is", "unclaimed", "--out", out, "--trust", trust]
    result = CliRunner().invoke(app, asked, env={"HEFU_NODE": node})
    assert result.exit_code == 0, result.output
    for statement, code in (("unclaimed", 1), ("free", 1), ("undisputed", 0), ("frozen", 0)):
        result = CliRunner().invoke(app, ["verify", out, "--trust", trust, "--asset", asset, "--is", statement])
        assert result.exit_code == code, (statement, result.output)


# ---------------------------------------------------------------- endings


async def test_a_debtor_cannot_cancel_what_others_hold_or_have_a_right_in(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("D-1")
        await district.say(district.supplier, pb.Split(voucher=ref, first_fen=HALF_FEN))
        first, second = (
            pb.VoucherRef(package=ref.package, start=start, end=start + HALF_FEN - 1) for start in (1, HALF_FEN + 1)
        )
        pledge = district.request(first, district.bank, secured_fen=1)
        await district.finance_up_to("pay out", pledge, district.supplier, district.bank)
        consent, other = pb.ConsentCancel(voucher=first), pb.ConsentCancel(voucher=second)
        assert await district.refusal(district.supplier, other) == (NO_CANCEL_OFFERED, "voucher")
        offer = pb.OfferCancel(
            package=ref.package, cancel_by_ms=district.now_ms + DAY_MS, agreement_commitment=commit("agreement")
        )
        assert await district.refusal(district.supplier, offer) == (NOT_THE_ISSUER, "")
        await district.say(district.core, offer)
        assert await district.refusal(district.core, other) == (NOT_THE_HOLDER, "")
        assert await district.refusal(district.supplier, consent) == (ASSET_CLAIMED, "voucher")
        await district.say(district.supplier, other)

        # Half of it is over; the invoice stays used until the other half has ended, and then it is free.
        assert await owed_by(district, ref) == HALF_FEN
        package = (await district.package(ref.package)).package
        again = district.issue("D-2", uses=package.invoices)
        assert await district.refusal(district.core, again) == (INVOICE_OVEROCCUPIED, "invoices")
        await district.say(district.bank, pb.Release(voucher=first))
        await district.say(district.supplier, consent)
        assert (await district.package(ref.package)).package.stage == pb.PACKAGE_CANCELLED
        assert await district.owed_by(district.core) == 0
        await district.say(district.core, again)


async def test_an_offer_that_was_let_go_by_or_withdrawn_ends_nothing(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("D-3")
        offer = pb.OfferCancel(
            package=ref.package, cancel_by_ms=district.now_ms + HOUR_MS, agreement_commitment=commit("agreement")
        )
        late = await district.sign(district.supplier, pb.ConsentCancel(voucher=ref))
        await district.say(district.core, offer)
        await district.say(district.core, pb.WithdrawCancel(package=ref.package))
        consent = pb.ConsentCancel(voucher=ref)
        assert await district.refusal(district.supplier, consent) == (NO_CANCEL_OFFERED, "voucher")
        await district.say(district.core, offer)
        await district.wait_until(district.now_ms + HOUR_MS)
        assert await district.refusal(district.supplier, consent) == (NO_CANCEL_OFFERED, "voucher")
        # A consent that was signed long before is no consent any more.
        assert await district.refusal_of(late) == (EXPIRED, "valid_until_ms")
        assert await district.owed_by(district.core) == FACE_FEN


# ---------------------------------------------------------------- succession, acceleration


async def test_a_bankrupt_holders_rights_pass_by_order_and_to_nobody_else(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("E-1")

        def succeed(predecessor, successor):
            return pb.Succeed(voucher=ref, predecessor=predecessor.id, successor=successor.id, order=ORDER)

        grab = succeed(district.supplier, district.thief)
        assert await district.refusal(district.thief, grab) == (NOT_A_COURT, "")
        wrong = succeed(district.second_supplier, district.heir)
        assert await district.refusal(district.court, wrong) == (PREDECESSOR_HAS_NOTHING, "predecessor")
        await district.say(district.supplier, district.transfer(ref, district.second_supplier))
        await district.say(district.court, succeed(district.supplier, district.heir))
        await district.wait_until(district.now_ms + DAY_MS)
        assert (await district.voucher(ref)).state.holder == district.heir.id
        moved = district.transfer(ref, district.second_supplier)
        assert await district.refusal(district.supplier, moved) == (NOT_THE_HOLDER, "")
        await district.say(district.heir, moved)


async def test_an_accelerated_debt_is_due_at_once_and_nobody_gets_away_with_a_range_of_it(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("E-2")
        await district.say(district.operator, pb.Accelerate(package=ref.package, order=ORDER), district.other_operator)
        package = (await district.package(ref.package)).package
        assert (package.due_on, package.accelerated_from_on) == (MONDAY, DUE_DAY)
        moved = district.transfer(ref, district.second_supplier)
        assert await district.refusal(district.supplier, moved) == (PAST_CUT_OFF, "voucher")
        await district.say(district.paying_bank, district.pay_package(ref.package, FACE_FEN))
        assert await district.owed_by(district.core) == 0


async def test_who_takes_a_debtors_place_owes_it_and_the_old_one_owes_no_more(tmp_path):
    async with open_district(tmp_path) as district:
        ref = await district.live("E-3")
        order = pb.SucceedDebtor(package=ref.package, successor=district.heir.id, order=ORDER)
        assert await district.refusal(district.core, order) == (NOT_A_COURT, "")
        await district.say(district.court, order)
        assert (await district.owed_by(district.core), await district.owed_by(district.heir)) == (0, FACE_FEN)

        # Whoever holds it and owes it, holds nothing.
        passed = pb.Succeed(
            voucher=ref, predecessor=district.supplier.id, successor=district.heir.id, order=OTHER_ORDER
        )
        await district.say(district.court, passed)
        merge = pb.Merge(voucher=ref)
        assert await district.refusal(district.core, merge) == (NOT_THE_ISSUER, "")
        await district.say(district.heir, merge)
        assert await district.owed_by(district.heir) == 0
        assert (await district.voucher(ref)).state.stage == pb.MERGED
