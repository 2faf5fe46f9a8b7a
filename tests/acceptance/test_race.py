"""Many ask for the same thing at the same moment: exactly one gets it, and everybody else is told why not."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.transaction import decode
from nodes.client import AsyncClient, Draft, sign_drafts
from pledges.rejections import REGISTRATION_USED
from receivables.rejections import NO_REQUEST_PENDING, NOT_THE_COUNTERPARTY, VOUCHER_LOCKED
from tests.support.town import HOUR_MS, Member, Town, open_town

REQUESTS = 1000
STREAMS = 8
BATCH = 25


async def submit_at_once(town: Town, signed: Sequence[bytes], streams: int = STREAMS) -> list[node.Receipt]:
    """Submit over several connections side by side; the receipts in the order of `signed`."""

    async def submit(part: Sequence[bytes]) -> list[node.Receipt]:
        async with AsyncClient(town.client.target) as client:
            batches = [part[first : first + BATCH] for first in range(0, len(part), BATCH)]
            return [receipt async for answered in client.submit_stream(batches) for receipt in answered]

    answers = await asyncio.gather(*(submit(signed[place::streams]) for place in range(streams)))
    found = [receipt for answered in answers for receipt in answered]
    by_id = {receipt.id: receipt for receipt in found}
    assert len(by_id) == len(found) == len(signed)
    return [by_id[decode(one).id] for one in signed]


def count(receipts: Sequence[node.Receipt]) -> Counter[str]:
    return Counter(receipt.refusal.name for receipt in receipts)


async def sign_many(town: Town, number: int, actor: Member, payloads: Sequence[pb.RequestFinancing]) -> list[bytes]:
    """So many transactions with nonces of their own; payloads and the actor's persons take turns."""
    status, keys = await town.client.status(), (*actor.keys, *actor.other_keys)
    drafts = [Draft((actor.id,), payload) for payload in payloads]
    return [
        sign_drafts(status.network, status.now_ms + HOUR_MS, [drafts[n % len(drafts)]], [keys[n % len(keys)].seed])
        for n in range(number)
    ]


async def test_a_thousand_requests_race_to_pledge_one_range_and_one_wins(tmp_path):
    async with open_town(tmp_path, block_transactions=100) as town:
        ref = await town.live("RACE-1")
        # Four persons of the holder, each with another bank or another sum in mind.
        requests = [
            town.request(ref, bank, pb.PLEDGE, secured_fen)
            for bank in (town.bank, town.other_bank)
            for secured_fen in (80_000_000, 60_000_000, 40_000_000)
        ]
        signed = await sign_many(town, REQUESTS, town.supplier, requests)
        receipts = await submit_at_once(town, signed)

        assert count(receipts) == {"": 1, VOUCHER_LOCKED.name: REQUESTS - 1}
        assert {receipt.refusal.field_name for receipt in receipts} == {"", "voucher"}
        assert all(receipt.has_leaf for receipt in receipts)
        assert len({receipt.index for receipt in receipts}) == REQUESTS
        assert len({receipt.height for receipt in receipts}) > 1  # it was a race over several blocks
        (winner,) = (n for n, receipt in enumerate(receipts) if not receipt.HasField("refusal"))
        assert receipts[winner].index == min(receipt.index for receipt in receipts)
        won = requests[winner % len(requests)]
        view = await town.voucher(ref)
        assert (view.state.holder, view.state.circulation) == (town.supplier.id, pb.LOCKED)
        assert (view.state.lock.counterparty, view.state.lock.secured_fen) == (won.bank, won.secured_fen)
        assert not view.HasField("claim")
        trace = await town.trace(ref.package)
        assert [step.kind for step in trace.steps].count(pb.REQUEST_FINANCING) == 1
        assert (trace.sum_fen, len(trace.vouchers)) == (ref.end, 1)


async def test_two_banks_race_to_claim_at_pay_out_and_one_claim_rests_on_the_range(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("RACE-2")
        request = town.request(ref, town.bank)
        await town.finance_up_to("register", request, town.supplier, town.bank)
        signed = []
        for _ in range(50):
            for bank in (town.bank, town.other_bank):
                signed.append(await town.sign(bank, town.pay_out(ref)))
        receipts = await submit_at_once(town, signed)

        ours, others = count(receipts[::2]), count(receipts[1::2])
        assert ours == {"": 1, NO_REQUEST_PENDING.name: 49}
        assert others[""] == 0
        assert set(others) <= {NOT_THE_COUNTERPARTY.name, NO_REQUEST_PENDING.name}
        view = await town.voucher(ref)
        assert (view.claim.pledgee, view.claim.secured_fen) == (town.bank.id, request.secured_fen)
        assert await town.lent_by(town.bank) == (1, request.secured_fen)
        assert await town.lent_by(town.other_bank) == (0, 0)


async def test_two_banks_race_to_register_one_number_and_it_serves_one_of_them(tmp_path):
    async with open_town(tmp_path) as town:
        pieces = [(await town.live("RACE-3"), town.bank), (await town.live("RACE-4"), town.other_bank)]
        signed = []
        for ref, bank in pieces:
            request = town.request(ref, bank)
            await town.finance_up_to("take", request, town.supplier, bank)
            asked_ms = (await town.voucher(ref)).state.lock.locked_at_ms
            filing = town.register(ref, asked_ms, "9" * 20)
            signed += [await town.sign(bank, filing) for _ in range(20)]
        receipts = await submit_at_once(town, signed)

        first, second = count(receipts[:20]), count(receipts[20:])
        assert sorted((first[""], second[""])) == [0, 1]
        won, lost = (first, second) if first[""] else (second, first)
        assert won == {"": 1, NO_REQUEST_PENDING.name: 19}
        assert lost == {REGISTRATION_USED.name: 20}
        kinds = [(await town.voucher(ref)).state.lock.kind for ref, _ in pieces]
        assert sorted(kinds) == [pb.FINANCING_TAKEN, pb.FINANCING_REGISTERED]
