"""The approval inbox of a running node: who sees what, and what becomes of it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hefu.v1 import identity_pb2, receivables_pb2
from hefu.v1 import inbox_pb2 as pb
from hefu.v1 import node_pb2 as node
from identity import rejections as identity
from ledger import rejections as kernel
from ledger.errors import MalformedInput
from nodes.client import AsyncClient, CallFailed, Draft, Refused
from nodes.client.builder import add_signatures
from nodes.client.inbox import sign_call
from nodes.directory import INBOX_FILE, init_node
from nodes.genesis_file import build_genesis
from nodes.inbox import rejections as because
from nodes.keys import make_key
from nodes.refusals import build_refusal
from receivables.rejections import PACKAGE_EXISTS
from tests.support.desk import Desk, get_id
from tests.support.running import running
from tests.support.town import DAY_MS, FACE_FEN, Member, Town

SECOND_CHECKER = 3


def init_town(folder: Path) -> Town:
    """A town whose core enterprise has two checkers: its keys are maker, checker, the maker's second, and this one."""
    town = Town()
    checker = make_key(town.core.id, "another checker", [identity_pb2.CHECKER])
    town.core = replace(town.core, other_keys=(*town.core.other_keys, checker))
    founders = [town.registrar.founder, town.core.founder, *(member.founder for member in town.members[2:])]
    genesis = build_genesis("town.hefu", town.now_ms, founders, simulated_clock=True)
    init_node(folder, genesis, {"listen": "127.0.0.1:0", "processes": 1, "block_gather_ms": 1, "inbox_items_each": 30})
    return town


@dataclass
class Story:
    """A town, its node, and who sits at its inbox."""

    town: Town
    client: AsyncClient

    def desk(self, member: Member, place: int = 0) -> Desk:
        """Somebody of a member: 0 the maker, 1 the checker."""
        return Desk(self.client, (*member.keys, *member.other_keys)[place])

    async def made(self, number: str, *places: int) -> bytes:
        """An issue of the core enterprise, signed by its maker, or by these of its keys."""
        town = self.town
        keys = [(*town.core.keys, *town.core.other_keys)[place] for place in places or (0,)]
        return await town.sign(town.core, town.issue(number), keys=keys)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inbox") / "data"
    return init_town(folder), folder


@pytest.fixture
async def story(place) -> AsyncIterator[Story]:
    town, folder = place
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        town.client = client
        yield Story(town, client)


async def expect(reason, awaitable):
    with pytest.raises(Refused) as caught:
        await awaitable
    assert caught.value.name == reason.name
    assert (caught.value.english, caught.value.chinese) == (reason.english, reason.chinese)


def name(outcome: pb.InboxOutcome) -> str:
    """What became of an item: the inbox's refusal, or how it stands."""
    if outcome.HasField("refusal"):
        return outcome.refusal.name
    if outcome.item.HasField("receipt"):
        return outcome.item.receipt.refusal.name or "DONE"
    return pb.InboxState.Name(outcome.item.state)


# ---------------------------------------------------------------- the way it is meant


async def test_a_maker_leaves_and_a_checker_completes(story):
    town = story.town
    maker, checker = story.desk(town.core), story.desk(town.core, 1)
    signed = await story.made("IN-1")
    left = await maker.put(signed)
    assert (left.id, left.transaction, left.put_by) == (get_id(signed), signed, town.core.id)
    assert left.state == pb.INBOX_WAITING
    (missing,) = left.missing
    assert missing.organisation == town.core.id
    assert missing.refusal == build_refusal(identity.ROLE_MISSING.code, 0, 0, 0)
    assert left in await checker.list_items(state=pb.INBOX_WAITING)

    (outcome,) = await checker.approve(signed)
    assert (outcome.item.state, name(outcome)) == (pb.INBOX_DECIDED, "DONE")
    assert not outcome.item.missing
    view = await story.client.ask(story.client.ledger.GetTransaction, node.GetTransactionRequest(id=left.id))
    assert view.receipt.index == outcome.item.receipt.index
    assert view.signed_transaction == outcome.item.transaction
    assert (await maker.get(left.id)).receipt == outcome.item.receipt


async def test_each_organisation_in_turn(story):
    """An issuer prepays, and its bank consents: four signatures, one after the other."""
    town = story.town
    transaction = await town.sign(
        town.core, identity_pb2.RevokeKey(public_key=bytes(32)), town.paying_bank, keys=town.core.keys[:1]
    )
    await story.desk(town.core).put(transaction)
    seen = []
    for member, place in ((town.paying_bank, 0), (town.core, 1), (town.paying_bank, 1)):
        (outcome,) = await story.desk(member, place).approve(transaction)
        seen.append([(one.organisation, one.refusal.name) for one in outcome.item.missing])
    assert seen == [
        [(town.core.id, "ROLE_MISSING"), (town.paying_bank.id, "ROLE_MISSING")],
        [(town.paying_bank.id, "ROLE_MISSING")],
        [],
    ]
    assert outcome.item.receipt.refusal.name == "NOT_ALONE"  # decided, and refused by a rule: that is final
    assert outcome.item.state == pb.INBOX_DECIDED


async def test_a_batch_has_an_outcome_for_each(story):
    town = story.town
    maker, checker = story.desk(town.core), story.desk(town.core, 1)
    good, twice, both = await story.made("IN-2"), await story.made("IN-2"), await story.made("IN-3")
    consented = await town.sign(
        town.core, identity_pb2.RevokeKey(public_key=bytes(32)), town.bank, keys=town.core.keys[:1]
    )
    rejected, absent = await story.made("IN-4"), await story.made("IN-5")
    for signed in (good, twice, both, consented, rejected):
        await maker.put(signed)
    await maker.reject(rejected, reason="the wrong payee")
    approvals = [checker.make_approval(get_id(one), checker.key) for one in (good, twice, consented, rejected, absent)]
    approvals.append(checker.make_approval(get_id(both), town.bank.keys[0]))
    answer = await checker.call(approve=pb.ApproveInboxItems(approvals=approvals))
    assert [name(outcome) for outcome in answer.outcomes] == [
        "DONE", PACKAGE_EXISTS.name, "INBOX_WAITING", because.ITEM_CLOSED.name, because.NO_SUCH_ITEM.name,
        because.SIGNER_UNFIT.name,
    ]  # fmt: skip
    assert [outcome.id for outcome in answer.outcomes] == [approval.id for approval in approvals]
    assert [outcome.HasField("item") for outcome in answer.outcomes] == [True, True, True, True, False, True]
    assert answer.outcomes[3].item.reason == "the wrong payee"
    assert (await maker.get(get_id(both))).transaction == both


async def test_what_no_leaf_answers_still_waits(story):
    """Each fits the day's limit alone; together they do not. The second goes through the next day."""
    town = story.town
    rule = identity_pb2.PolicyRule(persons=2, roles=[identity_pb2.MAKER, identity_pb2.CHECKER])
    await town.say(
        town.core, identity_pb2.SetPolicy(policy=identity_pb2.Policy(rules=[rule], daily_limit_fen=FACE_FEN))
    )
    maker, checker = story.desk(town.core), story.desk(town.core, 1)
    first, second = await story.made("IN-6"), await story.made("IN-7")
    for signed in (first, second):
        await maker.put(signed)
    outcomes = await checker.approve(first, second)
    assert [name(outcome) for outcome in outcomes] == ["DONE", identity.DAILY_LIMIT_EXCEEDED.name]
    assert [outcome.item.state for outcome in outcomes] == [pb.INBOX_DECIDED, pb.INBOX_WAITING]
    assert not outcomes[1].HasField("refusal")  # the checker's step was taken
    assert [one.refusal.name for one in outcomes[1].item.missing] == [identity.DAILY_LIMIT_EXCEEDED.name]
    await town.say(town.core, identity_pb2.SetPolicy(policy=identity_pb2.Policy(rules=[rule])))
    assert [name(outcome) for outcome in await checker.approve(second)] == ["DONE"]


async def test_two_checkers_at_once_have_one_outcome(story):
    town = story.town
    signed = await story.made("IN-8")
    await story.desk(town.core).put(signed)
    desks = story.desk(town.core, 1), story.desk(town.core, SECOND_CHECKER)
    answers = await asyncio.gather(*(desk.approve(signed) for desk in desks))
    items = [outcome.item for (outcome,) in answers]
    assert {(item.state, item.receipt.index) for item in items} == {(pb.INBOX_DECIDED, items[0].receipt.index)}


# ---------------------------------------------------------------- said again


async def test_an_answer_that_was_lost_is_given_again(story):
    maker, checker = story.desk(story.town.core), story.desk(story.town.core, 1)
    signed = await story.made("IN-9")
    assert await maker.put(signed) == await maker.put(signed)
    (first,) = await checker.approve(signed)
    (again,) = await checker.approve(signed)
    assert (name(again), again.item) == ("DONE", first.item)
    (late,) = await story.desk(story.town.core, SECOND_CHECKER).approve(signed)
    assert (name(late), late.item) == (because.ITEM_CLOSED.name, first.item)
    await expect(because.ITEM_CLOSED, maker.put(signed))


async def test_a_rejection_is_final_here_but_unsigns_nothing(story):
    town = story.town
    maker, checker = story.desk(town.core), story.desk(town.core, 1)
    signed = await story.made("IN-10", 0, 1)
    await maker.put(signed)
    (outcome,) = await checker.reject(signed, reason="no")
    assert (outcome.item.state, outcome.item.rejected_by, outcome.item.reason) == (
        pb.INBOX_REJECTED,
        town.core.id,
        "no",
    )
    (again,) = await maker.reject(signed)
    assert again == outcome
    assert [name(one) for one in await checker.approve(signed)] == [because.ITEM_CLOSED.name]
    await expect(because.ITEM_CLOSED, maker.put(signed))
    receipt = await story.client.submit(signed)
    found = await maker.get(get_id(signed))
    assert (found.state, found.receipt.index) == (pb.INBOX_DECIDED, receipt.index)
    assert [name(one) for one in await maker.reject(signed)] == [because.ITEM_CLOSED.name]


async def test_what_was_submitted_by_another_way_is_known_at_the_next_look(story):
    maker = story.desk(story.town.core)
    listed, approved = await story.made("IN-11"), await story.made("IN-12")
    for signed in (listed, approved):
        await maker.put(signed)
        await story.client.submit(add_signatures(signed, [story.town.core.keys[1].seed]))
    assert [name(one) for one in await story.desk(story.town.core, 1).approve(approved)] == [because.ITEM_CLOSED.name]
    decided = {item.id for item in await maker.list_items(state=pb.INBOX_DECIDED)}
    assert {get_id(listed), get_id(approved)} <= decided
    assert get_id(listed) not in {item.id for item in await maker.list_items(state=pb.INBOX_WAITING)}


# ---------------------------------------------------------------- who sees what


async def test_nobody_else_sees_an_item(story):
    town = story.town
    signed = await story.made("IN-13")
    await story.desk(town.core).put(signed)
    for member in (town.registrar, town.bank, town.thief):
        desk = story.desk(member)
        assert get_id(signed) not in {item.id for item in await desk.list_items()}
        await expect(because.NO_SUCH_ITEM, desk.get(get_id(signed)))
        assert [name(one) for one in await desk.approve(signed)] == [because.NO_SUCH_ITEM.name]
        assert [name(one) for one in await desk.reject(signed)] == [because.NO_SUCH_ITEM.name]
        await expect(because.NOT_SIGNED_BY_CALLER, desk.put(signed))
    assert (await story.desk(town.core, 1).get(get_id(signed))).state == pb.INBOX_WAITING


async def test_rejects_no_such_item(story):
    await expect(because.NO_SUCH_ITEM, story.desk(story.town.core).get(bytes(32)))


async def test_who_is_named_sees_it(story):
    town = story.town
    signed = await town.sign(
        town.core, identity_pb2.RevokeKey(public_key=bytes(32)), town.supplier, keys=town.core.keys[:1]
    )
    await story.desk(town.core).put(signed)
    assert (await story.desk(town.supplier).get(get_id(signed))).put_by == town.core.id
    (outcome,) = await story.desk(town.supplier).reject(signed)
    assert outcome.item.rejected_by == town.supplier.id


async def test_an_agent_and_its_principal_see_it(story):
    """The agent signs; the principal looks on, and a signature of its own spoils nothing."""
    town, client = story.town, story.client
    mandate = identity_pb2.GrantMandate(
        agent=town.bank.id, kinds=[receivables_pb2.ISSUE], up_to_fen=10**12, until_on=2**31 - 1
    )
    await town.say(town.core, mandate)
    draft = Draft((town.core.id,), town.issue("IN-14"), town.bank.id)
    signed = await client.sign([draft], [town.bank.keys[0].seed])
    left = await story.desk(town.bank).put(signed)
    assert [(one.organisation, one.refusal.name) for one in left.missing] == [(town.bank.id, "ROLE_MISSING")]
    (outcome,) = await story.desk(town.core).approve(signed)
    assert name(outcome) == "INBOX_WAITING"
    (outcome,) = await story.desk(town.bank, 1).approve(signed)
    assert name(outcome) == "DONE"


# ---------------------------------------------------------------- calls


async def test_a_call_is_good_once(story):
    desk = story.desk(story.town.core)
    call = await desk.sign(list=pb.ListInboxItems(page_size=1))
    await desk.send(call, "list")
    await expect(because.CALL_REPLAYED, desk.send(call, "list"))
    await expect(because.CALL_FOR_ANOTHER, desk.send(await desk.sign(list=pb.ListInboxItems(page_size=1)), "get"))


async def test_a_stranger_is_told_nothing(story):
    stranger = Desk(story.client, make_key(story.town.core.id, "nobody", [identity_pb2.MAKER]))
    await expect(because.CALLER_UNKNOWN, stranger.list_items())
    call = await stranger.sign(list=pb.ListInboxItems(page_size=1))
    call.signature.algorithm = 2
    await expect(kernel.UNKNOWN_ALGORITHM, stranger.send(call, "list"))


async def test_what_is_no_transaction_of_this_network_is_not_kept(story):
    desk = story.desk(story.town.core)
    await expect(kernel.MALFORMED_TRANSACTION, desk.put(b"x"))
    draft = Draft((story.town.core.id,), story.town.issue("IN-0"))
    await expect(kernel.VALID_TOO_LONG, desk.put(await story.client.sign([draft], [desk.key.seed], DAY_MS + 60_000)))


@pytest.mark.parametrize(
    ("action", "complaint"),
    [
        ({"list": pb.ListInboxItems(page_size=201)}, "page_size"),
        ({"list": pb.ListInboxItems(page_size=1, cursor=b"x")}, "cursor"),
        ({"get": pb.GetInboxItem(id=b"x")}, "ids"),
        ({"reject": pb.RejectInboxItems(reason="x")}, "ids"),
        ({"reject": pb.RejectInboxItems(ids=[bytes(32), bytes(32)])}, "none twice"),
        ({"reject": pb.RejectInboxItems(ids=[number.to_bytes(32, "big") for number in range(65)])}, "1 to 64"),
        ({"reject": pb.RejectInboxItems(ids=[bytes(32)], reason="x" * 201)}, "reason"),
        ({"approve": pb.ApproveInboxItems(approvals=[pb.InboxApproval(id=bytes(32))])}, "signatures"),
    ],
)
async def test_what_is_out_of_form_is_malformed(story, action, complaint):
    with pytest.raises(CallFailed, match=complaint) as caught:
        await story.desk(story.town.core).call(**action)
    assert caught.value.status == "INVALID_ARGUMENT"


# ---------------------------------------------------------------- over a restart, and over time


async def test_items_outlive_a_restart_and_calls_do_not(place):
    town, folder = place
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        town.client, desk = client, Story(town, client).desk(town.core, SECOND_CHECKER)
        signed = await Story(town, client).made("IN-15")
        call = await desk.sign(put=pb.PutInboxItem(transaction=signed))
        await desk.send(call, "put")
        status, at_ms = await client.status(), pb.InboxCall.FromString(call.call).at_ms
        look = pb.InboxCall(get=pb.GetInboxItem(id=get_id(signed)))
        ahead = sign_call(status, desk.key.seed, look, lambda: at_ms + 30_000)
        await desk.send(ahead, "get")
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        again = Desk(client, desk.key)
        await expect(because.CALL_NOT_FRESH, again.send(call, "put"))
        await expect(because.CALL_NOT_FRESH, again.send(ahead, "get"))
        later = sign_call(status, again.key.seed, look, lambda: at_ms + 30_001)
        assert (await again.send(later, "get")).transaction == signed


async def test_what_expires_is_gone(story):
    town = story.town
    desk = story.desk(town.core)
    signed = await story.made("IN-16")
    await desk.put(signed)
    await town.wait_until((await story.client.status()).now_ms + DAY_MS)
    await expect(because.NO_SUCH_ITEM, desk.get(get_id(signed)))
    assert [name(one) for one in await story.desk(town.core, 1).approve(signed)] == [because.NO_SUCH_ITEM.name]
    await expect(kernel.EXPIRED, desk.put(signed))


async def test_what_expired_while_nobody_looked_is_deleted_by_the_next_round(place):
    town, folder = place
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        town.client, desk = client, Desk(client, town.core.keys[0])
        signed = await Story(town, client).made("IN-17")
        await desk.put(signed)
        await town.wait_until((await client.status()).now_ms + DAY_MS)
    async with running(folder) as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        await client.status()  # the first round begins with the node
    with closing(sqlite3.connect(folder / INBOX_FILE)) as file:
        assert file.execute("SELECT count(*) FROM inbox_items WHERE id = ?", (get_id(signed),)).fetchone() == (0,)
        assert file.execute("SELECT count(*) FROM inbox_parties WHERE id = ?", (get_id(signed),)).fetchone() == (0,)


async def test_a_node_may_keep_no_inbox(place):
    town, folder = place
    async with running(folder, inbox="false") as started, AsyncClient(f"127.0.0.1:{started.port}") as client:
        with pytest.raises(CallFailed) as caught:
            await Desk(client, town.core.keys[0]).list_items()
        assert caught.value.status == "UNIMPLEMENTED"


async def test_a_file_that_is_no_inbox_stops_the_start(place):
    _, folder = place
    kept = (folder / INBOX_FILE).read_bytes()
    (folder / INBOX_FILE).write_bytes(b"no database" * 1000)
    try:
        with pytest.raises(MalformedInput, match="no inbox"):
            async with running(folder):
                pass
    finally:
        (folder / INBOX_FILE).write_bytes(kept)
