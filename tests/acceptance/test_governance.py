"""What no member decides alone, told on a running node: registrar, core enterprise and two banks vote, three decide."""

from hashlib import sha256

from hefu.v1 import governance_pb2, ledger_pb2
from hefu.v1 import identity_pb2 as identity
from hefu.v1 import receivables_pb2 as pb
from identity.rejections import (
    ALREADY_VOTED,
    CHANGE_DIFFERS,
    NO_SUCH_PROPOSAL,
    NOT_A_VOTER,
    NOT_REGISTRAR,
    PROPOSAL_CLOSED,
    RECORD_CHANGED,
    RECORD_UNFIT,
    STATUS_BY_VOTE,
    VOTE_NEEDED,
)
from ledger.rejections import TRANSACTION_TOO_LARGE
from nodes.genesis_file import build_admission, build_identity_rules
from receivables.rejections import PAST_CUT_OFF
from tests.support.town import CUT_OFF_DAY, DAY_MS, DUE_DAY, make_pair, open_town

LIMITS, CALENDAR, ELECTORATE = "limits", "rules/calendar", "governance/electorate"


def replace(key, old, new, effective_at_ms=0):
    """A change of a record whose body was `old`."""
    body = new.SerializeToString(deterministic=True)
    return identity.RecordChange(key=key, body=body, replaces=sha256(old).digest(), effective_at_ms=effective_at_ms)


async def test_a_registrar_makes_no_core_enterprise_alone(tmp_path):
    """承兴 2019: whoever admits members could invent a debtor. Here three of four voters must have read it."""
    async with open_town(tmp_path, build_identity_rules(voted_roles=[identity.CORE_ENTERPRISE])) as town:
        invented = make_pair(60, "子虚乌有集团", identity.CORE_ENTERPRISE)
        admission = build_admission(invented.founder, town.now_ms)
        assert await town.refusal(town.registrar, admission) == (VOTE_NEEDED, "roles")
        grant = identity.GrantRoles(organisation=town.thief.id, roles=[identity.CORE_ENTERPRISE])
        # A policy of one person would be too weak anyhow, so a stronger one is set first.
        two = identity.Policy(rules=[identity.PolicyRule(persons=2)])
        await town.say(town.thief, identity.SetPolicy(policy=two))
        assert await town.refusal(town.registrar, grant) == (VOTE_NEEDED, "roles")

        # Its own vote is one of three; the banks look, find nothing of that name, and vote it down.
        proposal = town.propose(admission=admission)
        await town.say(town.registrar, proposal)
        for bank in (town.bank, town.other_bank):
            await town.say(bank, town.vote(town.registrar, proposal, is_yes=False))
        again = town.vote(town.registrar, proposal)
        assert await town.refusal(town.core, again) == (PROPOSAL_CLOSED, "proposal")

        # A real one is admitted by the same way, and its keys sign from then on.
        real = make_pair(61, "真实制造集团", identity.CORE_ENTERPRISE)
        await town.decide(town.core, town.bank, town.other_bank, admission=build_admission(real.founder, town.now_ms))
        await town.say(real, identity.SetPolicy(policy=real.founder.policy))


async def test_a_registrar_that_suspends_its_judges_is_replaced(tmp_path):
    async with open_town(tmp_path) as town:
        for voter in (town.core, town.bank, town.other_bank):
            suspension = identity.SetOrganisationStatus(organisation=voter.id, status=identity.SUSPENDED)
            await town.say(town.registrar, suspension)

        # The role can only move where another one is left; so the voters give the registrar one first.
        both = identity.GrantRoles(organisation=town.registrar.id, roles=[identity.REGISTRAR, identity.AUDITOR])
        back = identity.SetOrganisationStatus(organisation=town.paying_bank.id, status=identity.ACTIVE)
        voters = (town.bank, town.core, town.other_bank)
        await town.decide(*voters, roles=both)
        await town.decide(*voters, status=back)
        move = identity.RegistrarChange(outgoing=town.registrar.id, incoming=town.paying_bank.id)
        await town.decide(*voters, registrar=move)

        suspension = identity.SetOrganisationStatus(organisation=town.bank.id, status=identity.SUSPENDED)
        assert await town.refusal(town.registrar, suspension) == (NOT_REGISTRAR, "")
        for voter in (town.core, town.bank, town.other_bank):
            reinstatement = identity.SetOrganisationStatus(organisation=voter.id, status=identity.ACTIVE)
            await town.say(town.paying_bank, reinstatement)
        suspension.organisation = town.paying_bank.id
        assert await town.refusal(town.registrar, suspension) == (NOT_REGISTRAR, "")


async def test_what_a_vote_has_suspended_the_registrar_does_not_reinstate(tmp_path):
    async with open_town(tmp_path) as town:
        suspension = identity.SetOrganisationStatus(organisation=town.thief.id, status=identity.SUSPENDED)
        await town.decide(town.core, town.bank, town.other_bank, status=suspension)
        suspension.status = identity.ACTIVE
        assert await town.refusal(town.registrar, suspension) == (STATUS_BY_VOTE, "organisation")


async def test_nobody_votes_twice_for_another_or_for_what_was_not_shown(tmp_path):
    async with open_town(tmp_path) as town:
        proposal = town.propose(
            status=identity.SetOrganisationStatus(organisation=town.thief.id, status=identity.SUSPENDED)
        )
        assert await town.refusal(town.supplier, proposal) == (NOT_A_VOTER, "")
        await town.say(town.bank, proposal)
        vote = town.vote(town.bank, proposal)
        assert await town.refusal(town.bank, vote) == (ALREADY_VOTED, "")
        assert await town.refusal(town.supplier, vote) == (NOT_A_VOTER, "")
        assert await town.refusal(town.core, town.vote(town.core, proposal)) == (NO_SUCH_PROPOSAL, "proposal")

        # A node shows the core enterprise another change than the one that it would be voting for.
        shown = town.propose(
            status=identity.SetOrganisationStatus(organisation=town.supplier.id, status=identity.SUSPENDED)
        )
        shown.number = proposal.number
        assert await town.refusal(town.core, town.vote(town.bank, shown)) == (CHANGE_DIFFERS, "change_digest")


async def test_the_calendar_of_a_year_is_voted_and_moves_the_cut_off(tmp_path):
    """Two more holidays before and on the due day: from cut-off on, now two days earlier, nothing moves."""
    async with open_town(tmp_path) as town:
        ref = await town.live("C-1")
        old = await town.record(CALENDAR)
        calendar = pb.BusinessCalendar.FromString(old)
        calendar.holidays.extend([CUT_OFF_DAY, DUE_DAY])
        calendar.holidays.sort()
        unfit = pb.BusinessCalendar(holidays=[4])  # a Monday of 1970, and then the same once more
        unfit.holidays.append(4)
        voters = (town.registrar, town.bank, town.other_bank)
        refused = town.propose(record=replace(CALENDAR, old, unfit))
        assert await town.refusal(town.bank, refused) == (RECORD_UNFIT, "change")

        await town.decide(*voters, record=replace(CALENDAR, old, calendar, town.now_ms + DAY_MS))
        stale = town.propose(record=replace(CALENDAR, old, pb.BusinessCalendar()))
        assert await town.refusal(town.bank, stale) == (RECORD_CHANGED, "change")
        await town.wait_for_morning(CUT_OFF_DAY - 1)
        transfer = town.transfer(ref, town.second_supplier)
        assert await town.refusal(town.supplier, transfer) == (PAST_CUT_OFF, "voucher")


async def test_without_that_vote_the_same_transfer_is_made(tmp_path):
    async with open_town(tmp_path) as town:
        ref = await town.live("C-1")
        await town.wait_for_morning(CUT_OFF_DAY - 1)
        transfer = town.transfer(ref, town.second_supplier)
        transfer.answer_by_ms = town.now_ms + 1000
        await town.say(town.supplier, transfer)
        assert (await town.voucher(ref)).state.circulation == pb.LOCKED


async def test_limits_hold_from_the_block_after_the_vote(tmp_path):
    async with open_town(tmp_path) as town:
        old = await town.record(LIMITS)
        limits = ledger_pb2.Limits.FromString(old)
        limits.transaction_bytes = 4096
        rules = [identity.PolicyRule(persons=2, kinds=range(300, 364)) for _ in range(31)]
        large = identity.SetPolicy(policy=identity.Policy(rules=[identity.PolicyRule(persons=2), *rules]))
        await town.say(town.core, large)
        await town.decide(town.core, town.bank, town.other_bank, record=replace(LIMITS, old, limits))
        assert await town.refusal(town.core, large) == (TRANSACTION_TOO_LARGE, "")


async def test_the_electorate_changes_and_open_proposals_keep_theirs(tmp_path):
    async with open_town(tmp_path) as town:
        old = await town.record(ELECTORATE)
        open_one = town.propose(
            status=identity.SetOrganisationStatus(organisation=town.thief.id, status=identity.SUSPENDED)
        )
        await town.say(town.bank, open_one)
        alone = identity.Electorate(voters=[town.paying_bank.id], threshold=1)
        await town.decide(town.core, town.bank, town.other_bank, record=replace(ELECTORATE, old, alone))
        assert await town.refusal(town.core, town.propose(status=open_one.change.status)) == (NOT_A_VOTER, "")
        assert await town.refusal(town.paying_bank, town.vote(town.bank, open_one)) == (NOT_A_VOTER, "")
        for voter in (town.core, town.registrar):
            await town.say(voter, town.vote(town.bank, open_one))
        request = governance_pb2.GetProposalRequest(id=f"{town.bank.id}.{open_one.number}")
        view = await town.client.ask(town.client.governance.GetProposal, request)
        assert (view.proposal.status, len(view.proposal.voters)) == (identity.PROPOSAL_PASSED, 4)
        await town.decide(town.paying_bank, status=identity.SetOrganisationStatus(
            organisation=town.thief.id, status=identity.ACTIVE
        ))  # fmt: skip
