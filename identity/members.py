"""What the registrar or a vote does to members: admits them, gives and takes roles, suspends and reinstates.

1. Both are judged by the same rules, and write the same records. `is_by_vote` tells them apart in two places.
2. A role that the rulebook puts to the vote is given and taken by vote alone.
3. A status that a vote has set is changed by vote alone; what the registrar suspended either reinstates.
4. The role of registrar is never granted or laid down here: it moves (changes).

`refuse_…` reads and refuses, `put_…` writes what was found fit.
Not here: who may say it (transitions, governance), what an organisation must be by its own contents (admission), what
its certificates must be (certification).
"""

from collections.abc import Sequence

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.admission import (
    build_key,
    build_organisation,
    refuse_unfit_organisation,
    refuse_unfit_roles,
    refuse_weak_policy,
)
from identity.certification import refuse_uncertified
from identity.records import get_key, get_organisation, get_rules, put_key, put_organisation
from ledger.context import Context
from ledger.errors import Rejection


def refuse_unfit_admission(context: Context, command: pb.AdmitOrganisation, is_by_vote: bool) -> None:
    """Refuse what admission.refuse_unfit_organisation does, REGISTRAR_IS_FIXED, ORGANISATION_EXISTS, KEY_ALREADY_BOUND,
    VOTE_NEEDED of the registrar, and what certification.refuse_uncertified does of each key.
    """
    refuse_unfit_organisation(command, get_rules(context), context.time_ms)
    if pb.REGISTRAR in command.roles:
        raise Rejection(because.REGISTRAR_IS_FIXED, command.ROLES_FIELD_NUMBER)
    if get_organisation(context, command.organisation) is not None:
        raise Rejection(because.ORGANISATION_EXISTS, command.ORGANISATION_FIELD_NUMBER)
    for key in command.keys:
        refuse_bound(context, key.public_key, command.KEYS_FIELD_NUMBER)
    if not is_by_vote:
        _refuse_voted_roles(context, (), command.roles, command.ROLES_FIELD_NUMBER)
    for key in command.keys:
        refuse_uncertified(context, command.roles, key, command.KEYS_FIELD_NUMBER)


def put_member(context: Context, command: pb.AdmitOrganisation) -> None:
    """Write a fit organisation, active from now on, and its first keys."""
    put_organisation(context, command.organisation, build_organisation(command))
    context.emit(pb.IdentityEvent(organisation=command.organisation))
    for key in command.keys:
        put_key(context, key.public_key, build_key(command.organisation, key))
        context.emit(pb.IdentityEvent(organisation=command.organisation, public_key=key.public_key))


def refuse_unfit_status(context: Context, command: pb.SetOrganisationStatus, is_by_vote: bool) -> None:
    """Refuse STATUS_INVALID, ORGANISATION_UNKNOWN, REGISTRAR_IS_FIXED, and STATUS_BY_VOTE of the registrar."""
    if command.status not in (pb.ACTIVE, pb.SUSPENDED):
        raise Rejection(because.STATUS_INVALID, command.STATUS_FIELD_NUMBER)
    found = _find_organisation(context, command.organisation, command.ORGANISATION_FIELD_NUMBER)
    if pb.REGISTRAR in found.roles:
        raise Rejection(because.REGISTRAR_IS_FIXED, command.ORGANISATION_FIELD_NUMBER)
    if found.status_by_vote and not is_by_vote:
        raise Rejection(because.STATUS_BY_VOTE, command.ORGANISATION_FIELD_NUMBER)


def put_status(context: Context, command: pb.SetOrganisationStatus, is_by_vote: bool) -> None:
    """Write a fit status, and whether a vote said it."""
    changed = copy_organisation(context, command.organisation, command.ORGANISATION_FIELD_NUMBER)
    changed.status = command.status
    changed.status_by_vote = is_by_vote
    put_organisation(context, command.organisation, changed)
    context.emit(pb.IdentityEvent(organisation=command.organisation))


def refuse_unfit_grant(context: Context, command: pb.GrantRoles, is_by_vote: bool) -> None:
    """Refuse ROLES_INVALID, ORGANISATION_UNKNOWN, REGISTRAR_IS_FIXED, VOTE_NEEDED of the registrar, and POLICY_TOO_WEAK
    where a new role needs two persons and the policy in force does not.
    """
    refuse_unfit_roles(command.roles, command.ROLES_FIELD_NUMBER)
    found = _find_organisation(context, command.organisation, command.ORGANISATION_FIELD_NUMBER)
    if (pb.REGISTRAR in command.roles) != (pb.REGISTRAR in found.roles):
        raise Rejection(because.REGISTRAR_IS_FIXED, command.ROLES_FIELD_NUMBER)
    refuse_weak_policy(found.policy, command.roles, get_rules(context), command.ROLES_FIELD_NUMBER)
    if not is_by_vote:
        _refuse_voted_roles(context, found.roles, command.roles, command.ROLES_FIELD_NUMBER)


def put_roles(context: Context, organisation: str, roles: Sequence[pb.Role]) -> None:
    """Write the roles of an organisation that is there, in place of those it had."""
    changed = copy_organisation(context, organisation, 0)
    del changed.roles[:]
    changed.roles.extend(roles)
    put_organisation(context, organisation, changed)
    context.emit(pb.IdentityEvent(organisation=organisation))


def copy_organisation(context: Context, organisation: str, field: int) -> pb.Organisation:
    """A copy that may be changed. Refuses ORGANISATION_UNKNOWN."""
    copy = pb.Organisation()
    copy.CopyFrom(_find_organisation(context, organisation, field))
    return copy


def refuse_bound(context: Context, public_key: bytes, field: int) -> None:
    """Refuse KEY_ALREADY_BOUND."""
    if get_key(context, public_key) is not None:
        raise Rejection(because.KEY_ALREADY_BOUND, field)


def _find_organisation(context: Context, organisation: str, field: int) -> pb.Organisation:
    found = get_organisation(context, organisation)
    if found is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, field)
    return found


def _refuse_voted_roles(context: Context, before: Sequence[int], after: Sequence[int], field: int) -> None:
    """Refuse VOTE_NEEDED: one of the rulebook's voted roles is given or taken."""
    if any((role in before) != (role in after) for role in get_rules(context).voted_roles):
        raise Rejection(because.VOTE_NEEDED, field)
