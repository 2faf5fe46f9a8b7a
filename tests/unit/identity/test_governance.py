import hashlib

import pytest

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import (
    ELECTORATE_KEY,
    RULES_KEY,
    compute_change_key,
    compute_proposal_key,
    get_change,
    get_proposal,
    is_active,
)
from identity.rules import DAY_MS
from ledger.context import Record
from tests.unit.identity.world import (
    BANK,
    COMMANDS,
    CORE,
    FOREIGN_BODY,
    FOREIGN_KEY,
    NOW_MS,
    REGISTRAR,
    SALT,
    STRANGER,
    SUPPLIER,
    World,
    command,
    expect_refusal,
)

VOTERS = [REGISTRAR, BANK, CORE, SUPPLIER]
NUMBER = "2026-1"
PROPOSAL = f"{BANK}.{NUMBER}"
EXPIRES_MS = NOW_MS + DAY_MS
CHANGE = pb.GovernedChange(
    record=pb.RecordChange(key=FOREIGN_KEY, body=b"new", replaces=hashlib.sha256(FOREIGN_BODY).digest())
)
SUSPENSION = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED))


@pytest.fixture
def world():
    return World()


def digest(change):
    return hashlib.sha256(change.SerializeToString(deterministic=True)).digest()


def propose(world, change=CHANGE, voter=BANK, number=NUMBER, expires_at_ms=EXPIRES_MS):
    return world.said(voter, pb.PROPOSE, pb.Propose(number=number, change=change, expires_at_ms=expires_at_ms))


def vote(world, voter, ballot=pb.BALLOT_YES, proposal=PROPOSAL, change=CHANGE):
    message = pb.Vote(proposal=proposal, ballot=ballot, change_digest=digest(change))
    return world.said(voter, pb.VOTE, message)


def found(world, proposal=PROPOSAL):
    record = get_proposal(world.context(), proposal)
    assert record is not None
    return record


def expect_vote_refused(world, reason, field, voter, **given):
    before = dict(world.source.records)
    expect_refusal(reason, field, lambda: vote(world, voter, **given))
    assert world.source.records == before


def expect_proposal_refused(world, reason, field, **given):
    before = dict(world.source.records)
    expect_refusal(reason, field, lambda: propose(world, **given))
    assert world.source.records == before


# ---------------------------------------------------------------- how the votes go


def test_every_command_of_the_contract_is_in_the_table():
    named = [number for number in pb.IdentityCommand.values() if number]
    assert sorted(COMMANDS) == sorted(named)
    assert len({spec.name for spec in COMMANDS.values()}) == len(COMMANDS)


def test_a_proposal_says_who_votes_and_has_its_proposers_vote(world):
    (event,) = propose(world)
    assert event == pb.IdentityEvent(organisation=BANK, record=f"proposal/{PROPOSAL}")
    assert found(world) == pb.Proposal(
        status=pb.PROPOSAL_OPEN, voters=VOTERS, threshold=3, yes=[BANK], opened_at_ms=NOW_MS,
        expires_at_ms=EXPIRES_MS, change_digest=digest(CHANGE),
    )  # fmt: skip
    assert get_change(world.context(), PROPOSAL) == CHANGE
    assert world.context().get(FOREIGN_KEY) == FOREIGN_BODY


def test_the_change_happens_with_the_vote_that_reaches_the_threshold(world):
    propose(world)
    (event,) = vote(world, SUPPLIER)
    assert event == pb.IdentityEvent(organisation=SUPPLIER, record=f"proposal/{PROPOSAL}")
    vote(world, CORE, pb.BALLOT_NO)
    assert world.context().get(FOREIGN_KEY) == FOREIGN_BODY
    world.time_ms += 7
    events = vote(world, REGISTRAR)
    assert [event.record for event in events] == [f"proposal/{PROPOSAL}", FOREIGN_KEY]
    record = found(world)
    assert (record.status, record.closed_at_ms) == (pb.PROPOSAL_PASSED, NOW_MS + 7)
    assert (list(record.yes), list(record.no)) == ([REGISTRAR, BANK, SUPPLIER], [CORE])
    assert world.context().get(FOREIGN_KEY) == b"new"


def test_a_passed_proposal_does_not_expire(world):
    propose(world)
    vote(world, SUPPLIER)
    vote(world, CORE)
    world.time_ms = EXPIRES_MS
    assert found(world).status == pb.PROPOSAL_PASSED
    assert get_change(world.context(), PROPOSAL) == CHANGE


def test_a_proposal_is_rejected_when_it_cannot_pass_any_more(world):
    propose(world)
    vote(world, SUPPLIER, pb.BALLOT_NO)
    assert found(world).status == pb.PROPOSAL_OPEN
    world.time_ms += 7
    vote(world, CORE, pb.BALLOT_NO)
    record = found(world)
    assert (record.status, record.closed_at_ms) == (pb.PROPOSAL_REJECTED, NOW_MS + 7)
    assert (list(record.yes), list(record.no)) == ([BANK], [CORE, SUPPLIER])
    assert world.context().get(FOREIGN_KEY) == FOREIGN_BODY


def test_what_nobody_decides_expires_with_its_votes(world):
    propose(world)
    vote(world, SUPPLIER)
    world.time_ms = EXPIRES_MS - 1
    assert found(world).status == pb.PROPOSAL_OPEN
    world.time_ms = EXPIRES_MS
    record = found(world)
    assert (record.status, list(record.yes), record.closed_at_ms) == (pb.PROPOSAL_EXPIRED, [BANK, SUPPLIER], 0)


def test_a_single_voter_decides_as_it_proposes(world):
    world.let_decide(BANK)
    events = propose(world)
    assert [event.record for event in events] == [f"proposal/{PROPOSAL}", FOREIGN_KEY]
    record = found(world)
    assert (record.status, record.closed_at_ms, list(record.yes)) == (pb.PROPOSAL_PASSED, NOW_MS, [BANK])
    assert world.context().get(FOREIGN_KEY) == b"new"


def test_an_open_proposal_keeps_its_voters_and_its_threshold(world):
    """Whoever votes later votes on what is proposed later."""
    propose(world)
    world.let_decide(CORE)
    vote(world, REGISTRAR)
    expect_proposal_refused(world, because.NOT_A_VOTER, 0, number="2")
    vote(world, SUPPLIER)
    assert found(world).status == pb.PROPOSAL_PASSED


def test_an_ordinary_proposal_and_a_vote_touch_two_records(world):
    before = dict(world.source.records)
    propose(world)
    touched = [key for key, record in world.source.records.items() if before.get(key) is not record]
    assert sorted(touched) == [compute_change_key(PROPOSAL), compute_proposal_key(PROPOSAL)]
    before = dict(world.source.records)
    vote(world, CORE)
    touched = [key for key, record in world.source.records.items() if before.get(key) is not record]
    assert touched == [compute_proposal_key(PROPOSAL)]


# ---------------------------------------------------------------- suspended voters


def suspend(world, organisation, is_by_vote):
    if not is_by_vote:
        suspension = pb.SetOrganisationStatus(organisation=organisation, status=pb.SUSPENDED)
        world.said(REGISTRAR, pb.SET_ORGANISATION_STATUS, suspension)
        return
    electorate = world.source.records[ELECTORATE_KEY]
    world.let_decide(BANK)
    change = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=organisation, status=pb.SUSPENDED))
    propose(world, change, number=f"S-{organisation}")
    world.source.records[ELECTORATE_KEY] = electorate


def test_whom_the_registrar_suspends_still_proposes_and_votes(world):
    """Else a registrar could suspend those who would vote it out of its role."""
    for organisation in (BANK, CORE, SUPPLIER):
        suspend(world, organisation, is_by_vote=False)
    proposing = command(BANK, pb.PROPOSE, open_=COMMANDS[pb.PROPOSE].is_open_to_suspended)
    voting = command(CORE, pb.VOTE, open_=COMMANDS[pb.VOTE].is_open_to_suspended)
    assert world.authorised([proposing], "bank-maker", "bank-checker") == {}
    assert world.authorised([voting], "core-maker", "core-checker") == {}
    back = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=CORE, status=pb.ACTIVE))
    propose(world, back)
    vote(world, CORE, change=back)
    vote(world, SUPPLIER, change=back)
    assert is_active(world.context(), CORE)
    again = pb.SetOrganisationStatus(organisation=CORE, status=pb.SUSPENDED)
    expect_refusal(because.STATUS_BY_VOTE, 1, world.said, REGISTRAR, pb.SET_ORGANISATION_STATUS, again)


def test_whom_a_vote_has_suspended_votes_no_more_and_counts_all_the_same(world):
    suspend(world, CORE, is_by_vote=True)
    expect_proposal_refused(world, because.ORGANISATION_SUSPENDED, 0, voter=CORE)
    propose(world)
    expect_vote_refused(world, because.ORGANISATION_SUSPENDED, 0, CORE)
    vote(world, SUPPLIER)
    assert (found(world).status, len(found(world).voters)) == (pb.PROPOSAL_OPEN, 4)
    vote(world, REGISTRAR)
    assert found(world).status == pb.PROPOSAL_PASSED


# ---------------------------------------------------------------- a change that fits no more


def test_a_deciding_vote_for_what_fits_no_more_is_refused_and_not_counted(world):
    propose(world)
    vote(world, SUPPLIER)
    world.source.records[FOREIGN_KEY] = Record(b"other", SALT)
    field = pb.Vote.PROPOSAL_FIELD_NUMBER
    for voter in (CORE, REGISTRAR):
        expect_vote_refused(world, because.RECORD_CHANGED, field, voter)
    world.time_ms = EXPIRES_MS
    assert (found(world).status, list(found(world).yes)) == (pb.PROPOSAL_EXPIRED, [BANK, SUPPLIER])


def test_what_fits_no_more_can_still_be_voted_down(world):
    propose(world)
    vote(world, SUPPLIER)
    world.source.records[FOREIGN_KEY] = Record(b"other", SALT)
    vote(world, CORE, pb.BALLOT_NO)
    vote(world, REGISTRAR, pb.BALLOT_NO)
    assert found(world).status == pb.PROPOSAL_REJECTED


def test_of_two_proposals_for_one_record_the_second_is_not_decided_unseen(world):
    """Nor where the first is to hold later only."""
    later = pb.GovernedChange()
    later.CopyFrom(CHANGE)
    later.record.effective_at_ms = EXPIRES_MS
    propose(world, later)
    propose(world, number="2")
    for voter in (CORE, SUPPLIER):
        vote(world, voter, change=later)
    vote(world, CORE, proposal=f"{BANK}.2")
    expect_vote_refused(world, because.RECORD_CHANGED, 1, SUPPLIER, proposal=f"{BANK}.2")


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(("kind", "message"), [(pb.PROPOSE, pb.Propose()), (pb.VOTE, pb.Vote())])
def test_proposals_and_votes_are_said_alone(world, kind, message):
    expect_refusal(because.NOT_ALONE, 0, world.said, [BANK, CORE], kind, message)


@pytest.mark.parametrize(
    "proposal", ["", NUMBER, f"{CORE}.{NUMBER}", f"{BANK}.2", f"{STRANGER}.1", "\u6cd5.1", "x" * 99]
)
def test_rejects_no_such_proposal(world, proposal):
    propose(world)
    expect_vote_refused(world, because.NO_SUCH_PROPOSAL, 1, CORE, proposal=proposal)


def test_rejects_not_a_voter(world):
    """Neither now, nor when the proposal was opened; and where nobody votes nobody proposes."""
    expect_proposal_refused(world, because.NOT_A_VOTER, 0, voter=STRANGER)
    world.let_decide(BANK, CORE)
    propose(world)
    world.let_decide(BANK, CORE, SUPPLIER)
    expect_vote_refused(world, because.NOT_A_VOTER, 0, SUPPLIER)
    expect_vote_refused(world, because.NOT_A_VOTER, 0, STRANGER)
    del world.source.records[ELECTORATE_KEY]
    expect_proposal_refused(world, because.NOT_A_VOTER, 0, number="2")


@pytest.mark.parametrize("number", ["", "x" * 33, "a", "1.2", "1/2", "\u4e00", "1 2"])
def test_rejects_proposal_number_invalid(world, number):
    expect_proposal_refused(world, because.PROPOSAL_NUMBER_INVALID, 1, number=number)


def test_rejects_proposal_exists(world):
    """Whatever became of it; a number is each proposer's own."""
    propose(world)
    expect_proposal_refused(world, because.PROPOSAL_EXISTS, 1)
    propose(world, voter=CORE)
    world.time_ms = EXPIRES_MS
    expect_proposal_refused(world, because.PROPOSAL_EXISTS, 1, expires_at_ms=EXPIRES_MS + 1)


@pytest.mark.parametrize("at_ms", [-1, 0, NOW_MS, NOW_MS + 30 * DAY_MS + 1, 2**63 - 1])
def test_rejects_proposal_expiry_invalid(world, at_ms):
    expect_proposal_refused(world, because.PROPOSAL_EXPIRY_INVALID, 3, expires_at_ms=at_ms)


@pytest.mark.parametrize("at_ms", [NOW_MS + 1, NOW_MS + 30 * DAY_MS])
def test_an_expiry_at_its_bounds(world, at_ms):
    propose(world, expires_at_ms=at_ms)
    assert found(world).expires_at_ms == at_ms


def test_where_the_rulebook_allows_no_time_nothing_is_proposed(world):
    world.source.records[RULES_KEY] = Record(b"", SALT)
    expect_proposal_refused(world, because.PROPOSAL_EXPIRY_INVALID, 3, expires_at_ms=NOW_MS + 1)


def test_an_unfit_change_is_not_proposed(world):
    unfit = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=REGISTRAR, status=pb.SUSPENDED))
    expect_proposal_refused(world, because.REGISTRAR_IS_FIXED, 2, change=unfit)


def test_rejects_proposal_closed(world):
    """Passed, rejected, expired."""
    propose(world)
    vote(world, CORE)
    vote(world, SUPPLIER)
    expect_vote_refused(world, because.PROPOSAL_CLOSED, 1, REGISTRAR)
    propose(world, SUSPENSION, number="2")
    for voter in (CORE, SUPPLIER):
        vote(world, voter, pb.BALLOT_NO, f"{BANK}.2", SUSPENSION)
    expect_vote_refused(world, because.PROPOSAL_CLOSED, 1, REGISTRAR, proposal=f"{BANK}.2", change=SUSPENSION)
    propose(world, SUSPENSION, number="3")
    world.time_ms = EXPIRES_MS
    expect_vote_refused(world, because.PROPOSAL_CLOSED, 1, REGISTRAR, proposal=f"{BANK}.3", change=SUSPENSION)


def test_rejects_change_differs(world):
    """A voter who was shown something else than what is proposed does not vote for it."""
    propose(world)
    expect_vote_refused(world, because.CHANGE_DIFFERS, 3, CORE, change=SUSPENSION)
    blind = pb.Vote(proposal=PROPOSAL, ballot=pb.BALLOT_YES)
    expect_refusal(because.CHANGE_DIFFERS, 3, world.said, CORE, pb.VOTE, blind)


@pytest.mark.parametrize("ballot", [pb.BALLOT_UNSPECIFIED, 3])
def test_rejects_ballot_invalid(world, ballot):
    propose(world)
    expect_vote_refused(world, because.BALLOT_INVALID, 2, CORE, ballot=ballot)


def test_rejects_already_voted(world):
    """Not even otherwise: no vote changes. The proposer has voted too."""
    propose(world)
    vote(world, CORE, pb.BALLOT_NO)
    for voter in (BANK, CORE):
        for ballot in (pb.BALLOT_YES, pb.BALLOT_NO):
            expect_vote_refused(world, because.ALREADY_VOTED, 0, voter, ballot=ballot)
