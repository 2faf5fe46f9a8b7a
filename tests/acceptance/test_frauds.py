"""What a thief or a careless clerk would submit, told on a running node: each is refused, and nothing has moved."""

from hefu.v1 import ledger_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rejections import ROLE_MISSING, SAME_PERSON
from ledger.rejections import BAD_SIGNATURE, EXPIRED
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from pledges.rejections import ASSET_CLAIMED, INVOICE_AMOUNT_DIFFERS, INVOICE_OVEROCCUPIED
from receivables.rejections import (
    COUNTERPARTY_IS_ISSUER,
    NO_SUCH_VOUCHER,
    NOT_THE_HOLDER,
    PAYEE_NOT_OF_RECORD,
    VOUCHER_CLOSED,
    VOUCHER_LOCKED,
)
from tests.support.town import CUT_OFF_DAY, FACE_FEN, HOUR_MS, MEMBERS_KEY, open_town

SECURED_FEN = 80_000_000
INVOICE = "26990000000000000001"
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


async def test_one_range_is_not_pledged_to_two_banks(tmp_path):
    """Fraud 5: one range financed twice."""
    async with open_town(tmp_path) as town:
        ref = await town.live("A-1")
        request, second = town.request(ref, town.bank), town.request(ref, town.other_bank)
        for step in ("request", "take", "register", "pay out"):
            fresh = await town.live(f"A-{step.replace(' ', '').upper()}")
            await town.finance_up_to(step, town.request(fresh, town.bank), town.supplier, town.bank)
            reason = ASSET_CLAIMED if step == "pay out" else VOUCHER_LOCKED
            again = town.request(fresh, town.other_bank)
            assert await town.refusal(town.supplier, again) == (reason, "voucher")
        await town.finance_up_to("pay out", request, town.supplier, town.bank)

        # Not in part, not by cutting it first, not by giving it away either.
        second.amount_fen, second.secured_fen = FACE_FEN // 2, 1
        cut = pb.Split(voucher=ref, first_fen=FACE_FEN // 2)
        for attempt in (second, cut, town.transfer(ref, town.second_supplier)):
            assert await town.refusal(town.supplier, attempt) == (ASSET_CLAIMED, "voucher")

        view = await town.voucher(ref)
        assert (view.claim.pledgee, view.claim.secured_fen, view.state.holder) == (
            town.bank.id,
            SECURED_FEN,
            town.supplier.id,
        )
        assert await town.lent_by(town.other_bank) == (0, 0)


async def test_a_range_is_not_sold_while_it_is_transferred(tmp_path):
    """Fraud 5: financed and transferred at the same moment."""
    async with open_town(tmp_path) as town:
        ref = await town.live("B-1")
        await town.say(town.supplier, town.transfer(ref, town.second_supplier))
        sale = town.request(ref, town.bank, pb.SALE_WITHOUT_RECOURSE)
        assert await town.refusal(town.supplier, sale) == (VOUCHER_LOCKED, "voucher")
        assert await town.refusal(town.second_supplier, sale) == (NOT_THE_HOLDER, "")

        await town.say(town.second_supplier, pb.AcceptTransfer(voucher=ref))
        assert await town.refusal(town.supplier, sale) == (NOT_THE_HOLDER, "")
        await town.finance_up_to("pay out", sale, town.second_supplier, town.bank)
        assert (await town.voucher(ref)).state.holder == town.bank.id


async def test_a_range_is_not_sold_back_to_its_issuer_nor_in_a_piece_that_was_cut(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("B-2")
        # What passes to its debtor is at its end: there is nothing to lend on.
        sale = town.request(ref, town.core, pb.SALE_WITHOUT_RECOURSE)
        assert await town.refusal(town.supplier, sale) == (COUNTERPARTY_IS_ISSUER, "bank")
        returned = await town.live("B-3")
        await town.say(town.supplier, town.transfer(returned, town.core))
        await town.say(town.core, pb.AcceptTransfer(voucher=returned))
        assert await town.refusal(town.core, town.request(returned, town.bank)) == (VOUCHER_CLOSED, "voucher")
        await town.say(town.supplier, pb.Split(voucher=ref, first_fen=FACE_FEN // 4))
        assert await town.refusal(town.supplier, town.request(ref, town.bank)) == (NO_SUCH_VOUCHER, "voucher")
        trace = await town.trace(ref.package)
        assert [(v.voucher.start, v.voucher.end) for v in trace.vouchers] == [
            (1, FACE_FEN // 4),
            (FACE_FEN // 4 + 1, FACE_FEN),
        ]


async def test_an_invoice_is_not_used_beyond_its_amount(tmp_path):
    """Fraud 4: one invoice under two vouchers, and more of it than there is."""
    async with open_town(tmp_path) as town:
        await town.live("C-1", uses=[town.use(INVOICE, FACE_FEN, FACE_FEN * 3 // 4)])
        half, quarter = (town.issue("C-2", uses=[town.use(INVOICE, FACE_FEN, FACE_FEN // part)]) for part in (2, 4))
        assert await town.refusal(town.core, half) == (INVOICE_OVEROCCUPIED, "invoices")
        larger = town.issue("C-2", uses=[town.use(INVOICE, 2 * FACE_FEN, FACE_FEN)])
        assert await town.refusal(town.core, larger) == (INVOICE_AMOUNT_DIFFERS, "invoices")
        await town.say(town.core, quarter)
        cent = town.issue("C-3", uses=[town.use(INVOICE, FACE_FEN, 1)])
        assert await town.refusal(town.core, cent) == (INVOICE_OVEROCCUPIED, "invoices")


async def test_an_invoice_in_another_spelling_is_the_same_invoice(tmp_path):
    """Fraud 18: spaces, dashes and full-width digits."""
    async with open_town(tmp_path) as town:
        await town.live("D-1", uses=[town.use(INVOICE)])
        seller = town.supplier.id
        for number in (
            INVOICE.translate(FULL_WIDTH),
            " ".join(INVOICE),
            f"\u200b{INVOICE[:8]}-{INVOICE[8:]}\u3000",
            INVOICE[:4] + "—" + INVOICE[4:],
        ):
            spelled = town.use(INVOICE)
            written = seller.lower().translate(FULL_WIDTH)
            spelled.fingerprint = compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, written, " ", number)
            again = town.issue("D-2", uses=[spelled])
            assert await town.refusal(town.core, again) == (INVOICE_OVEROCCUPIED, "invoices")


async def test_a_replay_gives_the_first_outcome_and_after_its_validity_none(tmp_path):
    """Fraud 12: what was signed once is submitted again."""
    async with open_town(tmp_path) as town:
        ref = await town.live("E-1")
        signed = await town.sign(town.supplier, town.transfer(ref, town.second_supplier, FACE_FEN // 2))
        first = await town.client.submit(signed)
        before = await town.client.status()
        again = await town.client.submit(signed)
        after = await town.client.status()
        assert (again.is_duplicate, again.index, again.height) == (True, first.index, first.height)
        assert (after.height, after.root) == (before.height, before.root)

        # Nor does it help to wait until the request has lapsed.
        await town.wait_until(town.now_ms + HOUR_MS)
        assert await town.refusal_of(signed) == (EXPIRED, "valid_until_ms")
        trace = await town.trace(ref.package)
        assert [step.kind for step in trace.steps].count(pb.TRANSFER) == 1


async def test_a_refused_transaction_stays_refused_when_it_is_replayed(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("E-2")
        await town.say(town.supplier, town.transfer(ref, town.second_supplier))
        too_early = await town.sign(town.supplier, town.request(ref, town.bank))
        assert await town.refusal_of(too_early) == (VOUCHER_LOCKED, "voucher")
        await town.say(town.supplier, pb.WithdrawTransfer(voucher=ref))
        # What was refused was decided: it does not come true behind its signer's back.
        assert await town.refusal_of(too_early) == (VOUCHER_LOCKED, "voucher")
        assert (await town.voucher(ref)).state.circulation == pb.CIRCULATING
        await town.say(town.supplier, town.request(ref, town.bank))


async def test_a_forged_signature_moves_nothing(tmp_path):
    """Fraud 12: what nobody signed."""
    async with open_town(tmp_path) as town:
        ref = await town.live("F-1")
        true = ledger_pb2.SignedTransaction.FromString(
            await town.sign(town.supplier, town.transfer(ref, town.second_supplier))
        )
        before = await town.client.status()
        flipped, swapped, edited = (ledger_pb2.SignedTransaction() for _ in range(3))
        for forged in (flipped, swapped, edited):
            forged.CopyFrom(true)
        flipped.signatures[0].signature = (
            bytes([true.signatures[0].signature[0] ^ 1]) + true.signatures[0].signature[1:]
        )
        swapped.signatures[0].public_key = town.thief.keys[0].public_key
        body = ledger_pb2.TransactionBody.FromString(true.body)
        payload = pb.Transfer.FromString(body.commands[0].payload)
        payload.receiver = town.thief.id
        body.commands[0].payload = payload.SerializeToString(deterministic=True)
        edited.body = body.SerializeToString(deterministic=True)
        for forged in (flipped, swapped, edited):
            signed = forged.SerializeToString(deterministic=True)
            assert await town.refusal_of(signed) == (BAD_SIGNATURE, "signatures")

        assert (await town.client.status()).root == before.root
        assert (await town.voucher(ref)).state.circulation == pb.CIRCULATING
        # The forgeries used up nothing: the true one still counts.
        receipt = await town.client.submit(true.SerializeToString(deterministic=True))
        assert not receipt.is_duplicate


async def test_a_maker_needs_a_checker_who_is_somebody_else(tmp_path):
    """Fraud 16: one person with two keys."""
    async with open_town(tmp_path) as town:
        issue = town.issue("G-1")
        maker, checker = town.core.keys
        (second_key_of_maker,) = town.core.other_keys
        assert await town.refusal(town.core, issue, keys=[maker]) == (ROLE_MISSING, "")
        assert await town.refusal(town.core, issue, keys=[checker, second_key_of_maker]) == (ROLE_MISSING, "")
        assert await town.refusal(town.core, issue, keys=[maker, second_key_of_maker]) == (SAME_PERSON, "")
        await town.say(town.core, issue)

        # A bank that takes, registers and pays out is held to the same.
        ref = pb.VoucherRef(package=f"{town.core.id}.G-1", start=1, end=FACE_FEN)
        await town.say(town.supplier, town.accept(issue))
        request = town.request(ref, town.bank)
        await town.finance_up_to("register", request, town.supplier, town.bank)
        both = [town.bank.keys[0], *town.bank.other_keys]
        assert await town.refusal(town.bank, town.pay_out(ref), keys=both) == (SAME_PERSON, "")
        assert not (await town.voucher(ref)).HasField("claim")


async def test_a_payment_goes_to_the_payee_of_record_and_to_nobody_else(tmp_path):
    """Fraud 15: somebody else is named as payee."""
    async with open_town(tmp_path) as town:
        plain, pledged = await town.live("H-1"), await town.live("H-2")
        await town.finance_up_to("pay out", town.request(pledged, town.bank), town.supplier, town.bank)
        rest = FACE_FEN - SECURED_FEN
        swapped = town.prepay(plain, (town.thief, FACE_FEN))
        shared = town.prepay(plain, (town.supplier, FACE_FEN - 1), (town.thief, 1))
        past_the_pledgee = town.prepay(pledged, (town.supplier, FACE_FEN))
        to_the_other_bank = town.prepay(pledged, (town.other_bank, SECURED_FEN), (town.supplier, rest))
        too_much = town.prepay(pledged, (town.bank, FACE_FEN))
        for prepay in (swapped, shared, past_the_pledgee, to_the_other_bank, too_much):
            assert await town.refusal(town.core, prepay, town.paying_bank) == (PAYEE_NOT_OF_RECORD, "payees")
        await town.wait_for_morning(CUT_OFF_DAY)
        late = town.pay(plain, (town.thief, FACE_FEN))
        assert await town.refusal(town.paying_bank, late) == (PAYEE_NOT_OF_RECORD, "payees")
        assert await town.owed_by(town.core) == 2 * FACE_FEN

        await town.say(town.paying_bank, town.pay(plain, (town.supplier, FACE_FEN)))
        await town.say(
            town.core, town.prepay(pledged, (town.bank, SECURED_FEN), (town.supplier, rest)), town.paying_bank
        )
        assert await town.owed_by(town.core) == 0
