"""How the consortium decides: a voter proposes one change, the voters say yes or no, and enough of them decide.

1. Voters and threshold are copied into the proposal when it opens: no later change of the electorate touches it.
2. The proposer has said yes. Each voter says yes or no once, and names by its digest the change that it has read.
3. As soon as the threshold is reached the change happens, in the transaction of the deciding vote. As soon as it cannot
   be reached any more the proposal is rejected. Else it expires: nothing need be said then.
4. A change is judged when it is proposed, so that nobody votes on what cannot be, and again when it is decided. A
   deciding vote for a change that does not fit any more is refused with the change's own reason, and is not counted.
5. A voter whom the registrar alone has suspended still votes, else the registrar could not be replaced by vote. One
   whom a vote has suspended does not. Either counts among the voters.

A proposal and its votes are one record, what it proposes another, which is never written again.
Not here: which changes there are, and when one is fit (changes); what may stand in a record (governed).
"""

import hashlib
from functools import partial

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.actors import require_alone
from identity.changes import process_change, refuse_unfit_change
from identity.governed import GovernedTable
from identity.records import (
    compute_proposal_id,
    compute_proposal_key,
    get_change,
    get_electorate,
    get_organisation,
    get_proposal,
    get_rules,
    put_proposal,
    resolve_proposal,
    update_proposal,
)
from identity.rules import is_proposal_id, is_proposal_number
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable


def build_commands(governed: GovernedTable) -> CommandTable:
    """PROPOSE and VOTE on a network on which these records are changed by vote."""
    propose, vote = partial(process_propose, governed=governed), partial(process_vote, governed=governed)
    return {
        pb.PROPOSE: CommandSpec("proposal.open", pb.Propose, propose, is_open_to_suspended=True),
        pb.VOTE: CommandSpec("proposal.vote", pb.Vote, vote, is_open_to_suspended=True),
    }


def process_propose(context: Context, command: pb.Propose, governed: GovernedTable) -> None:
    """A voter opens a proposal and votes for it 提案. Refuses as a voter, PROPOSAL_NUMBER_INVALID, PROPOSAL_EXISTS,
    PROPOSAL_EXPIRY_INVALID, and at `change` what changes.refuse_unfit_change does.
    """
    _refuse_voteless(context)
    electorate = get_electorate(context)
    if context.actor not in electorate.voters:
        raise Rejection(because.NOT_A_VOTER)
    if not is_proposal_number(command.number):
        raise Rejection(because.PROPOSAL_NUMBER_INVALID, command.NUMBER_FIELD_NUMBER)
    proposal = compute_proposal_id(context.actor, command.number)
    if get_proposal(context, proposal) is not None:
        raise Rejection(because.PROPOSAL_EXISTS, command.NUMBER_FIELD_NUMBER)
    if not context.time_ms < command.expires_at_ms <= context.time_ms + get_rules(context).max_proposal_ms:
        raise Rejection(because.PROPOSAL_EXPIRY_INVALID, command.EXPIRES_AT_MS_FIELD_NUMBER)
    _refuse_unfit(context, command.change, governed, command.CHANGE_FIELD_NUMBER)
    change = command.change.SerializeToString(deterministic=True)
    record = _build_proposal(context, electorate, command.expires_at_ms, change)
    put_proposal(context, proposal, record, change)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=compute_proposal_key(proposal)))
    if len(record.yes) >= record.threshold:
        _pass(context, proposal, record, command.change)


def process_vote(context: Context, command: pb.Vote, governed: GovernedTable) -> None:
    """A voter says yes or no 表决. Refuses as a voter, NO_SUCH_PROPOSAL, NOT_A_VOTER, PROPOSAL_CLOSED, CHANGE_DIFFERS,
    BALLOT_INVALID, ALREADY_VOTED; a deciding vote also, at `proposal`, what changes.refuse_unfit_change does.
    """
    _refuse_voteless(context)
    record = _find_proposal(context, command)
    _refuse_ballot(context, command, record)
    _add_ballot(record, context.actor, command.ballot)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=compute_proposal_key(command.proposal)))
    if len(record.yes) >= record.threshold:
        change = get_change(context, command.proposal)
        _refuse_unfit(context, change, governed, command.PROPOSAL_FIELD_NUMBER)
        _pass(context, command.proposal, record, change)
    elif len(record.no) > len(record.voters) - record.threshold:
        _close(context, command.proposal, record, pb.PROPOSAL_REJECTED)
    else:
        update_proposal(context, command.proposal, partial(_add_ballot, voter=context.actor, ballot=command.ballot))


def _refuse_voteless(context: Context) -> None:
    """Refuse NOT_ALONE, and ORGANISATION_SUSPENDED where a vote has suspended the organisation."""
    require_alone(context)
    found = get_organisation(context, context.actor)
    if found is not None and found.status != pb.ACTIVE and found.status_by_vote:
        raise Rejection(because.ORGANISATION_SUSPENDED)


def _find_proposal(context: Context, command: pb.Vote) -> pb.Proposal:
    """A proposal on which the actor votes, as it is meant now; a copy that may be changed."""
    found = get_proposal(context, command.proposal) if is_proposal_id(command.proposal) else None
    if found is None:
        raise Rejection(because.NO_SUCH_PROPOSAL, command.PROPOSAL_FIELD_NUMBER)
    if context.actor not in found.voters:
        raise Rejection(because.NOT_A_VOTER)
    if found.status != pb.PROPOSAL_OPEN:
        raise Rejection(because.PROPOSAL_CLOSED, command.PROPOSAL_FIELD_NUMBER)
    return found


def _refuse_ballot(context: Context, command: pb.Vote, record: pb.Proposal) -> None:
    if command.change_digest != record.change_digest:
        raise Rejection(because.CHANGE_DIFFERS, command.CHANGE_DIGEST_FIELD_NUMBER)
    if command.ballot not in (pb.BALLOT_YES, pb.BALLOT_NO):
        raise Rejection(because.BALLOT_INVALID, command.BALLOT_FIELD_NUMBER)
    if context.actor in record.yes or context.actor in record.no:
        raise Rejection(because.ALREADY_VOTED)


def _refuse_unfit(context: Context, change: pb.GovernedChange, governed: GovernedTable, field: int) -> None:
    """The change's own reason, at the field of the command that holds it or names it."""
    try:
        refuse_unfit_change(context, change, governed)
    except Rejection as rejection:
        raise Rejection(rejection.reason, field) from None


def _build_proposal(context: Context, electorate: pb.Electorate, expires_at_ms: int, change: bytes) -> pb.Proposal:
    return pb.Proposal(
        status=pb.PROPOSAL_OPEN,
        voters=electorate.voters,
        threshold=electorate.threshold,
        yes=[context.actor],
        opened_at_ms=context.time_ms,
        expires_at_ms=expires_at_ms,
        change_digest=hashlib.sha256(change).digest(),
    )


def _add_ballot(record: pb.Proposal, voter: str, ballot: int) -> None:
    voted = record.yes if ballot == pb.BALLOT_YES else record.no
    voted.append(voter)
    voted.sort()


def _pass(context: Context, proposal: str, record: pb.Proposal, change: pb.GovernedChange) -> None:
    _close(context, proposal, record, pb.PROPOSAL_PASSED)
    process_change(context, change)


def _close(context: Context, proposal: str, record: pb.Proposal, status: pb.ProposalStatus) -> None:
    record.status = status
    record.closed_at_ms = context.time_ms
    resolve_proposal(context, proposal, record)
