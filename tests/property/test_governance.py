"""Votes in any order, compared with counting them: a proposal passes as soon as enough said yes, and only then."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import ELECTORATE_KEY, RULES_KEY, get_proposal
from identity.rules import DAY_MS
from ledger.context import Record
from ledger.errors import Reason, Rejection
from tests.unit.identity.world import FOREIGN_BODY, FOREIGN_KEY, NOW_MS, SALT, World, make_uscc

MEMBERS = sorted(make_uscc(number) for number in range(50, 59))
CHANGE = pb.GovernedChange(
    record=pb.RecordChange(key=FOREIGN_KEY, body=b"new", replaces=hashlib.sha256(FOREIGN_BODY).digest())
)
DIGEST = hashlib.sha256(CHANGE.SerializeToString(deterministic=True)).digest()

electorates = st.integers(1, len(MEMBERS)).flatmap(
    lambda count: st.tuples(st.just(MEMBERS[:count]), st.integers(2 * count // 3 + 1, count))
)
ballots = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.sampled_from([pb.BALLOT_YES, pb.BALLOT_YES, pb.BALLOT_NO])), max_size=20
)


class Assembly(World):
    """Members that are active and nothing else, and who of them votes."""

    def __init__(self, voters, threshold):
        super().__init__()
        member = pb.Organisation(name="member", roles=[pb.BANK], status=pb.ACTIVE)
        for name in MEMBERS:
            self.write(f"organisation/{name}", member)
        self.write(RULES_KEY, pb.IdentityRules(max_proposal_ms=DAY_MS))
        self.set_electorate(voters, threshold)

    def set_electorate(self, voters, threshold):
        self.write(ELECTORATE_KEY, pb.Electorate(voters=voters, threshold=threshold))

    def write(self, key, message):
        self.source.records[key] = Record(message.SerializeToString(deterministic=True), SALT)

    def propose(self, voter):
        self.said(voter, pb.PROPOSE, pb.Propose(number="1", change=CHANGE, expires_at_ms=NOW_MS + DAY_MS))
        return f"{voter}.1"

    def vote(self, proposal, voter, ballot):
        """None, or the name of the reason for which the vote is refused."""
        try:
            self.said(voter, pb.VOTE, pb.Vote(proposal=proposal, ballot=ballot, change_digest=DIGEST))
        except Rejection as rejection:
            return rejection.reason
        return None


def count(voters, threshold, proposer, votes):
    """What becomes of the votes, one by one, and how the proposal stands in the end."""
    said = {proposer: pb.BALLOT_YES}
    status = pb.PROPOSAL_PASSED if threshold == 1 else pb.PROPOSAL_OPEN
    outcomes: list[Reason | None] = []
    for voter, ballot in votes:
        if voter not in voters:
            outcomes.append(because.NOT_A_VOTER)
        elif status != pb.PROPOSAL_OPEN:
            outcomes.append(because.PROPOSAL_CLOSED)
        elif voter in said:
            outcomes.append(because.ALREADY_VOTED)
        else:
            outcomes.append(None)
            said[voter] = ballot
            if list(said.values()).count(pb.BALLOT_YES) >= threshold:
                status = pb.PROPOSAL_PASSED
            elif list(said.values()).count(pb.BALLOT_NO) + threshold > len(voters):
                status = pb.PROPOSAL_REJECTED
    return outcomes, status, said


@given(electorates, ballots, st.integers(0, 8), electorates)
def test_votes_in_any_order_are_counted_and_a_later_electorate_changes_nothing(electorate, votes, first, later):
    voters, threshold = electorate
    proposer = voters[first % len(voters)]
    world = Assembly(voters, threshold)
    proposal = world.propose(proposer)
    world.set_electorate(*later)
    outcomes = [world.vote(proposal, voter, ballot) for voter, ballot in votes]
    expected, status, said = count(voters, threshold, proposer, votes)
    assert outcomes == expected
    record = get_proposal(world.context(), proposal)
    assert record is not None
    assert (record.status, list(record.voters), record.threshold) == (status, voters, threshold)
    assert list(record.yes) == sorted(name for name, ballot in said.items() if ballot == pb.BALLOT_YES)
    assert list(record.no) == sorted(name for name, ballot in said.items() if ballot == pb.BALLOT_NO)
    has_happened = world.context().get(FOREIGN_KEY) == b"new"
    assert has_happened == (status == pb.PROPOSAL_PASSED)
    assert has_happened == (3 * len(record.yes) > 2 * len(voters) and len(record.yes) >= threshold)
    world.time_ms = NOW_MS + DAY_MS
    record = get_proposal(world.context(), proposal)
    assert record is not None
    assert record.status == (pb.PROPOSAL_EXPIRED if status == pb.PROPOSAL_OPEN else status)
