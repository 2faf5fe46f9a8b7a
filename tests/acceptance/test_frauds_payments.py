"""What is tried with a payment: the payee's account swapped, and a payment reported that nobody received.

Each story runs on a node; what the thief or the false bank submits is refused, or comes to light, and is put right.
"""

from hefu.v1 import receivables_pb2 as pb
from receivables.rejections import (
    ACCOUNT_NOT_OF_RECORD,
    AMOUNT_OUT_OF_RANGE,
    CONSENT_MISSING,
    NO_OBJECTION,
    NOT_A_PARTY,
    NOT_THE_HOLDER,
    NOT_THE_PAYING_BANK,
    OBJECTION_TOO_LATE,
    PAYEE_NOT_OF_RECORD,
)
from tests.support.town import CUT_OFF_DAY, DAY_MS, FACE_FEN, commit, compute_morning_ms, open_town

SECURED_FEN = 80_000_000


def set_account(account):
    """Where somebody wants to be paid."""
    return pb.SetAccount(account_commitment=account)


def to_accounts(payment, *accounts):
    """The payment, each payee to an account."""
    for payee, account in zip(payment.payees, accounts, strict=True):
        payee.account_commitment = account
    return payment


def object_to(ref, amount_fen):
    """A payee has not received it."""
    return pb.ObjectPayment(voucher=ref, amount_fen=amount_fen, evidence=commit("statement of account"))


async def test_nobody_is_paid_to_another_account_than_it_registered(tmp_path):
    """Fraud 15: a forged letter asks the paying bank to pay the supplier elsewhere."""
    async with open_town(tmp_path) as town:
        ref = await town.live("A-1")
        account, forged = commit("account of the supplier"), commit("account of the thief")
        await town.say(town.supplier, set_account(account))
        await town.say(town.thief, set_account(forged))
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY))
        wrong = (ACCOUNT_NOT_OF_RECORD, "payees")
        swapped = to_accounts(town.pay(ref, (town.supplier, FACE_FEN)), forged)
        assert await town.refusal(town.paying_bank, swapped) == wrong
        assert await town.refusal(town.paying_bank, town.pay(ref, (town.supplier, FACE_FEN))) == wrong
        stolen = to_accounts(town.pay(ref, (town.thief, FACE_FEN)), forged)
        assert await town.refusal(town.paying_bank, stolen) == (PAYEE_NOT_OF_RECORD, "payees")
        await town.say(town.paying_bank, to_accounts(town.pay(ref, (town.supplier, FACE_FEN)), account))
        assert await town.owed_by(town.core) == 0


async def test_a_stolen_key_does_not_redirect_the_payments_of_tomorrow(tmp_path):
    """Fraud 15: whoever has the supplier's key changes its account on the eve of the payment."""
    async with open_town(tmp_path) as town:
        ref = await town.live("B-1")
        account, forged = commit("account of the supplier"), commit("account of the thief")
        await town.say(town.supplier, set_account(account))
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY) - DAY_MS)
        await town.say(town.supplier, set_account(forged))
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY))
        swapped = to_accounts(town.pay(ref, (town.supplier, 1)), forged)
        assert await town.refusal(town.paying_bank, swapped) == (ACCOUNT_NOT_OF_RECORD, "payees")
        await town.say(town.paying_bank, to_accounts(town.pay(ref, (town.supplier, 1)), account))

        # The supplier sees the change that waits, and calls it back: it never comes.
        await town.say(town.supplier, set_account(account))
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY) + 4 * DAY_MS)
        swapped = to_accounts(town.pay(ref, (town.supplier, 1)), forged)
        assert await town.refusal(town.paying_bank, swapped) == (ACCOUNT_NOT_OF_RECORD, "payees")


async def test_a_payment_that_never_arrived_is_owed_again(tmp_path):
    """Fraud 20: the bank reports a payment; pledgee and holder have received nothing."""
    async with open_town(tmp_path) as town:
        ref = await town.live("C-1")
        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY))
        payees = ((town.bank, SECURED_FEN), (town.supplier, FACE_FEN - SECURED_FEN))
        await town.say(town.paying_bank, town.pay(ref, *payees))
        assert await town.owed_by(town.core) == 0

        # Each objects to its own part, no stranger does, and nobody to more than was reported.
        assert await town.refusal(town.thief, object_to(ref, 1)) == (NOT_A_PARTY, "")
        assert await town.refusal(town.bank, object_to(ref, FACE_FEN)) == (AMOUNT_OUT_OF_RANGE, "amount_fen")
        await town.say(town.bank, object_to(ref, SECURED_FEN))
        admit = pb.AnswerObjection(voucher=ref)
        assert await town.refusal(town.core, admit) == (NOT_THE_PAYING_BANK, "")
        await town.say(town.paying_bank, admit)
        assert await town.owed_by(town.core) == SECURED_FEN
        assert (await town.voucher(ref)).owed_fen == SECURED_FEN

        # It is the pledgee's, as before, and only once.
        elsewhere = town.pay(ref, (town.supplier, SECURED_FEN))
        assert await town.refusal(town.paying_bank, elsewhere) == (PAYEE_NOT_OF_RECORD, "payees")
        await town.say(town.paying_bank, town.pay(ref, (town.bank, SECURED_FEN)))
        assert await town.refusal(town.paying_bank, admit) == (NO_OBJECTION, "voucher")
        assert await town.owed_by(town.core) == 0


async def test_what_the_bank_does_not_admit_stays_in_sight_and_late_claims_do_not(tmp_path):
    """Fraud 20: the bank shows evidence; nobody judges it, and nobody claims for ever."""
    async with open_town(tmp_path) as town:
        ref = await town.live("D-1")
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY))
        await town.say(town.paying_bank, town.pay(ref, (town.supplier, FACE_FEN)))
        await town.say(town.supplier, object_to(ref, FACE_FEN))
        evidence = commit("receipt of the clearing house")
        await town.say(town.paying_bank, pb.AnswerObjection(voucher=ref, answer=evidence))
        objection = (await town.voucher(ref)).state.objection
        assert (objection.amount_fen, objection.answer) == (FACE_FEN, evidence)
        assert await town.owed_by(town.core) == 0
        await town.say(town.supplier, pb.WithdrawObjection(voucher=ref))
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY) + 31 * DAY_MS)
        assert await town.refusal(town.supplier, object_to(ref, 1)) == (OBJECTION_TOO_LATE, "voucher")


async def test_nobody_says_for_others_that_they_were_paid(tmp_path):
    """Fraud 20: the debtor has paid outside, it says; holder and pledgee have to say so."""
    async with open_town(tmp_path) as town:
        ref = await town.live("E-1")
        await town.finance_up_to("pay out", town.request(ref, town.bank), town.supplier, town.bank)
        await town.wait_until(compute_morning_ms(CUT_OFF_DAY))
        paid = pb.ConfirmPaid(voucher=ref, amount_fen=FACE_FEN, payment_commitment=commit("paid outside"))
        assert await town.refusal(town.core, paid, town.bank) == (NOT_THE_HOLDER, "")
        assert await town.refusal(town.supplier, paid) == (CONSENT_MISSING, "")
        assert await town.owed_by(town.core) == FACE_FEN
        await town.say(town.supplier, paid, town.bank)
        assert await town.owed_by(town.core) == 0
