"""Maker and checker at the inbox, an agent under its mandate, and who tries to get round them.

Fraud 16: maker and checker are one person. Fraud 12: an instruction is forged or replayed.
"""

import pytest

from hefu.v1 import identity_pb2, ledger_pb2, receivables_pb2
from hefu.v1 import inbox_pb2 as pb
from identity import rejections as identity
from ledger.errors import MalformedInput, Reason
from ledger.transaction import decode
from nodes.client import Draft, Refused
from nodes.client.consent import NotYourRequest, build_request, open_item, refuse_other_request
from nodes.inbox import rejections as because
from tests.support.desk import Desk, get_id
from tests.support.town import FACE_FEN, Member, Town, open_town


@pytest.fixture
async def town(tmp_path):
    async with open_town(tmp_path) as town:
        yield town


def sit(town: Town, member: Member, place: int = 0) -> Desk:
    """Somebody of a member at the inbox: 0 the maker, 1 the checker, 2 the maker with a checker's key."""
    return Desk(town.client, (*member.keys, *member.other_keys)[place])


async def make(town: Town, number: str, *places: int) -> bytes:
    """An issue that the core enterprise's maker has signed, or these of its keys."""
    keys = [(*town.core.keys, *town.core.other_keys)[place] for place in places or (0,)]
    return await town.sign(town.core, town.issue(number), keys=keys)


async def give_mandate(town: Town, principal: Member, agent: Member, up_to_fen: int = FACE_FEN) -> None:
    """The agent may issue for its principal."""
    mandate = identity_pb2.GrantMandate(
        agent=agent.id, kinds=[receivables_pb2.ISSUE], up_to_fen=up_to_fen, until_on=2**31 - 1
    )
    await town.say(principal, mandate)


async def sign_for(town: Town, agent: Member, number: str, *places: int) -> bytes:
    """An issue of the core enterprise that an agent signs."""
    keys = [(*agent.keys, *agent.other_keys)[place] for place in places]
    return await town.client.sign([Draft((town.core.id,), town.issue(number), agent.id)], [key.seed for key in keys])


async def expect(reason: Reason, awaitable) -> None:
    with pytest.raises(Refused) as caught:
        await awaitable
    assert (caught.value.name, caught.value.chinese) == (reason.name, reason.chinese)


async def get_stage(town: Town, number: str) -> receivables_pb2.PackageStage:
    """How a package of the core enterprise stands."""
    return (await town.package(f"{town.core.id}.{number}")).package.stage


async def test_a_treasury_morning(town):
    """The maker leaves three, the checker takes two in one action and sends one back."""
    maker, checker = sit(town, town.core), sit(town, town.core, 1)
    first, second, third = [await make(town, number) for number in ("T-1", "T-2", "T-3")]
    for signed in (first, second, third):
        await maker.put(signed)
    waiting = await checker.list_items(state=pb.INBOX_WAITING)
    assert {item.id for item in waiting} == {get_id(signed) for signed in (first, second, third)}
    outcomes = await checker.approve(first, second)
    assert [outcome.item.state for outcome in outcomes] == [pb.INBOX_DECIDED] * 2
    await checker.reject(third, reason="the amount is of another invoice")
    assert [item.reason for item in await maker.list_items(state=pb.INBOX_REJECTED)] == [
        "the amount is of another invoice"
    ]
    assert await maker.list_items(state=pb.INBOX_WAITING) == []
    assert await get_stage(town, "T-1") == await get_stage(town, "T-2") == receivables_pb2.PENDING


async def test_fraud_16_maker_and_checker_are_one_person_at_the_inbox(town):
    """The maker has a second key, with the role of checker. Two keys are still one person."""
    signed = await make(town, "F-16")
    await sit(town, town.core).put(signed)
    (outcome,) = await sit(town, town.core, 2).approve(signed)
    assert outcome.item.state == pb.INBOX_WAITING
    assert [one.refusal.name for one in outcome.item.missing] == [identity.SAME_PERSON.name]
    assert await town.refusal_of(outcome.item.transaction) == (identity.SAME_PERSON, "")
    (outcome,) = await sit(town, town.core, 1).approve(signed)
    assert outcome.item.state == pb.INBOX_DECIDED


async def test_fraud_16_one_person_acts_for_an_organisation_of_two(town):
    """A supplier of which one person signs is given the core enterprise's mandate: a way round the checker."""
    await give_mandate(town, town.core, town.supplier)
    signed = await sign_for(town, town.supplier, "F-17", 0)
    left = await sit(town, town.supplier).put(signed)
    (missing,) = left.missing
    assert (missing.organisation, missing.refusal.name) == (town.core.id, identity.MANDATE_TOO_WEAK.name)
    assert await town.refusal_of(signed) == (identity.MANDATE_TOO_WEAK, "")
    assert await town.refusal_of(await sign_for(town, town.supplier, "F-17", 0, 1)) == (identity.MANDATE_TOO_WEAK, "")


async def test_fraud_16_the_agent_too_needs_two_persons(town):
    await give_mandate(town, town.core, town.bank)
    assert await town.refusal_of(await sign_for(town, town.bank, "F-18", 0, 2)) == (identity.SAME_PERSON, "")
    await town.client.submit(await sign_for(town, town.bank, "F-18", 0, 1))
    assert await get_stage(town, "F-18") == receivables_pb2.PENDING
    assert await town.refusal_of(await sign_for(town, town.bank, "F-19", 0, 1)) == (identity.MANDATE_EXCEEDED, "")


async def test_fraud_12_a_call_is_replayed(town):
    """Who has listened to an approval cannot make it again, nor another call of it."""
    signed = await make(town, "F-20")
    await sit(town, town.core).put(signed)
    checker = sit(town, town.core, 1)
    look = await checker.sign(get=pb.GetInboxItem(id=get_id(signed)))
    assert (await checker.send(look, "get")).id == get_id(signed)
    await expect(because.CALL_REPLAYED, checker.send(look, "get"))
    content = pb.InboxCall.FromString(look.call)
    content.reject.ids.append(get_id(signed))
    look.call = content.SerializeToString(deterministic=True)
    await expect(because.CALL_NOT_SIGNED, checker.send(look, "reject"))
    assert (await checker.get(get_id(signed))).state == pb.INBOX_WAITING


async def test_fraud_12_a_signature_of_one_transaction_is_put_on_another(town):
    """The checker's signature stands on the first; the maker moves it to the second, and signs with strangers' keys."""
    maker, checker = sit(town, town.core), sit(town, town.core, 1)
    seen, unseen = await make(town, "F-21"), await make(town, "F-22")
    for signed in (seen, unseen):
        await maker.put(signed)
    approval = checker.make_approval(get_id(seen), checker.key)
    moved = pb.InboxApproval(id=get_id(unseen), signatures=approval.signatures)
    foreign = maker.make_approval(get_id(seen), town.bank.keys[1])
    answer = await maker.call(approve=pb.ApproveInboxItems(approvals=[moved, foreign]))
    assert [outcome.refusal.name for outcome in answer.outcomes] == [because.SIGNER_UNFIT.name] * 2
    stolen = ledger_pb2.SignedTransaction.FromString(unseen)
    stolen.signatures.add().CopyFrom(approval.signatures[0])
    stolen.signatures.sort(key=lambda one: one.public_key)
    with pytest.raises(Refused, match="BAD_SIGNATURE"):
        await maker.put(stolen.SerializeToString(deterministic=True))
    assert len(decode((await maker.get(get_id(unseen))).transaction).signatures) == 1


async def test_fraud_12_a_stranger_strips_a_signature_and_leaves_the_rest(town):
    """Nothing is used up, nothing is hidden: the item of the core enterprise has all its signatures still."""
    signed = await make(town, "F-23", 0, 1)
    await sit(town, town.core).put(signed)
    stripped = ledger_pb2.SignedTransaction.FromString(signed)
    del stripped.signatures[1]
    await expect(
        because.NOT_SIGNED_BY_CALLER, sit(town, town.thief).put(stripped.SerializeToString(deterministic=True))
    )
    found = await sit(town, town.core).get(get_id(signed))
    assert (found.transaction, list(found.missing)) == (signed, [])


async def test_fraud_12_the_node_shows_another_transaction_than_was_asked_for(town):
    """Its checker compares bytes with its own request, and computes the id; it signs neither a swap nor a name."""
    status = await town.client.status()
    issue = town.issue("F-24")
    asked = build_request(status.network, status.now_ms + 600_000, [Draft((town.core.id,), issue)])
    meant = await town.sign(town.core, issue, keys=town.core.keys[:1])
    await sit(town, town.core).put(meant)
    issue.payee = town.thief.id
    swapped = await town.sign(town.core, issue, keys=town.core.keys[:1])
    await sit(town, town.core).put(swapped)
    checker = sit(town, town.core, 1)
    honest, other = await checker.get(get_id(meant)), await checker.get(get_id(swapped))
    refuse_other_request(open_item(honest).body, asked)
    with pytest.raises(NotYourRequest, match="its payload is another"):
        refuse_other_request(open_item(other).body, asked)
    lie = pb.InboxItem(id=honest.id, transaction=swapped)
    with pytest.raises(MalformedInput, match="other bytes"):
        open_item(lie)
