"""Trade in a circle, a debt that nobody confirmed, one clerk for two, and one invoice in two spellings: what members
and regulators see of them where no voucher was issued yet."""

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rejections import SAME_PERSON
from pledges.fingerprints import FULLY_DIGITAL, compute_fingerprint
from pledges.rejections import INVOICE_OVEROCCUPIED
from receivables.rejections import FINGERPRINTS_DIFFER, NOT_THE_COUNTERPARTY, RECEIVABLE_ANSWERED
from tests.support.town import DAY_MS, DUE_DAY, FACE_FEN, MEMBERS_KEY, MONDAY, commit, open_town

INVOICE = "26990000000000000001"
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
CONFIRMATION_DAYS = 30
PASSED_ON = 5


def ask(town, number="R-1", use=None):
    """The supplier asks the core enterprise to confirm what it delivered."""
    use = use or town.use(INVOICE)
    return pb.AskConfirmation(
        number=number,
        debtor=town.core.id,
        amount_fen=use.occupied_fen,
        due_on=DUE_DAY,
        delivered_on=MONDAY,
        invoices=[use],
        delivery_commitment=commit("contract and receipt"),
    )


def confirm(town, asked, number="C-1"):
    """The debtor's answer, with the fingerprints of its own copies."""
    return pb.ConfirmReceivable(
        receivable=f"{town.supplier.id}.{asked.number}",
        fingerprints=[use.fingerprint for use in asked.invoices],
        number=number,
        paying_bank=town.paying_bank.id,
    )


async def list_receivables(town, stage):
    request = node_pb2.ListReceivablesRequest(debtor=town.core.id, stage=stage)
    page = await town.client.ask(town.client.vouchers.ListReceivables, request)
    return [view.id for view in page.receivables]


async def list_alerts(town, kind, organisation=""):
    request = node_pb2.ListAlertsRequest(kind=kind, from_on=MONDAY - 1, to_on=MONDAY + 1, organisation=organisation)
    return list((await town.client.ask(town.client.vouchers.ListAlerts, request)).alerts)


async def move(town, giver, ref, receiver):
    await town.say(giver, town.transfer(ref, receiver))
    await town.say(receiver, pb.AcceptTransfer(voucher=ref))


async def test_a_range_that_comes_back_to_its_giver_is_told(tmp_path):
    """Fraud 9: the same voucher goes round, to look like three trades."""
    async with open_town(tmp_path) as town:
        ref = await town.live("A-1")
        await move(town, town.supplier, ref, town.second_supplier)
        await move(town, town.second_supplier, ref, town.thief)
        assert await list_alerts(town, node_pb2.CIRCULAR_TRADE) == []
        await move(town, town.thief, ref, town.supplier)
        (circle,) = await list_alerts(town, node_pb2.CIRCULAR_TRADE, town.thief.id)
        round_of = [town.supplier.id, town.second_supplier.id, town.thief.id]
        assert (list(circle.organisations), circle.amount_fen) == (round_of, FACE_FEN)
        # Of one package it counts double; and an alert stops nothing.
        assert (circle.count, list(circle.packages)) == (2, [ref.package])
        assert (await town.voucher(ref)).state.holder == town.supplier.id
        assert await list_alerts(town, node_pb2.CIRCULAR_TRADE, town.bank.id) == []


async def test_trade_between_related_parties_is_told(tmp_path):
    """Fraud 9: a supplier passes a voucher to its own sister, which is declared as such by one of the two."""
    async with open_town(tmp_path) as town:
        ref = await town.live("A-1")
        await move(town, town.supplier, ref, town.second_supplier)
        assert await list_alerts(town, node_pb2.RELATED_PARTIES) == []
        await town.say(town.second_supplier, pb.DeclareRelated(organisations=[town.supplier.id]))
        (alert,) = await list_alerts(town, node_pb2.RELATED_PARTIES)
        assert sorted(alert.organisations) == sorted([town.supplier.id, town.second_supplier.id])
        assert (alert.amount_fen, list(alert.packages)) == (FACE_FEN, [ref.package])
        # A flow to somebody else is none of it, and a declaration stops nothing.
        await move(town, town.second_supplier, ref, town.thief)
        assert len(await list_alerts(town, node_pb2.RELATED_PARTIES)) == 1
        assert (await town.voucher(ref)).state.holder == town.thief.id


async def test_a_broker_that_passes_on_whatever_it_gets_is_told(tmp_path):
    """Fraud 21: each transfer names a trade, and all of them go through one pair of hands."""
    async with open_town(tmp_path) as town:
        for number in range(PASSED_ON):
            assert await list_alerts(town, node_pb2.PASS_THROUGH) == []
            ref = await town.live(f"B-{number}")
            await move(town, town.supplier, ref, town.thief)
            await move(town, town.thief, ref, town.second_supplier)
        (alert,) = await list_alerts(town, node_pb2.PASS_THROUGH, town.thief.id)
        assert (list(alert.organisations), alert.count) == ([town.thief.id], PASSED_ON)
        assert alert.amount_fen == PASSED_ON * FACE_FEN


async def test_a_debt_that_its_debtor_never_confirmed_is_no_voucher(tmp_path):
    """Fraud 14: a receivable from a famous debtor, who knows nothing of it."""
    async with open_town(tmp_path) as town:
        asked = ask(town)
        told = await town.say(town.supplier, asked)
        forged = confirm(town, asked)
        assert await town.refusal(town.supplier, forged) == (NOT_THE_COUNTERPARTY, "")
        assert await town.refusal(town.thief, forged) == (NOT_THE_COUNTERPARTY, "")
        # The debtor answers from its own copies: of other goods it confirms nothing.
        others = confirm(town, ask(town, use=town.use("26990000000000000009")))
        assert await town.refusal(town.core, others) == (FINGERPRINTS_DIFFER, "fingerprints")
        assert await town.owed_by(town.core) == 0

        # Nobody answers: it says so by itself, and the regulator has the list.
        await town.wait_until(told.time_ms + CONFIRMATION_DAYS * DAY_MS)
        await town.wait_until(town.now_ms + DAY_MS)  # the clock is set by a block that still has the old time
        assert await list_receivables(town, pb.UNANSWERED) == [f"{town.supplier.id}.R-1"]
        await town.say(town.core, pb.ContestReceivable(receivable=forged.receivable, objection=commit("no goods")))
        assert await list_receivables(town, pb.UNANSWERED) == []
        assert await list_receivables(town, pb.CONTESTED) == [f"{town.supplier.id}.R-1"]


async def test_a_confirmation_needs_two_persons_of_the_debtor(tmp_path):
    """Fraud 16: one clerk of the debtor confirms what a friend asks for."""
    async with open_town(tmp_path) as town:
        asked = ask(town)
        await town.say(town.supplier, asked)
        clerk = [town.core.keys[0], *town.core.other_keys]
        assert await town.refusal(town.core, confirm(town, asked), keys=clerk) == (SAME_PERSON, "")
        assert await town.owed_by(town.core) == 0
        await town.say(town.core, confirm(town, asked))
        assert await town.owed_by(town.core) == FACE_FEN
        again = confirm(town, asked, "C-2")
        assert await town.refusal(town.core, again) == (RECEIVABLE_ANSWERED, "receivable")


async def test_an_invoice_under_a_voucher_is_not_confirmed_in_another_spelling(tmp_path):
    """Fraud 18: a voucher was issued on the invoice, and the same invoice comes back to be confirmed."""
    async with open_town(tmp_path) as town:
        await town.live("A-1", uses=[town.use(INVOICE)])
        spelled = town.use(INVOICE)
        seller, number = town.supplier.id.lower(), INVOICE.translate(FULL_WIDTH)
        spelled.fingerprint = compute_fingerprint(MEMBERS_KEY, FULLY_DIGITAL, seller, " ", number)
        asked = ask(town, use=spelled)
        await town.say(town.supplier, asked)
        assert await town.refusal(town.core, confirm(town, asked)) == (INVOICE_OVEROCCUPIED, "receivable")
        assert await town.owed_by(town.core) == FACE_FEN
