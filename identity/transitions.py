"""What each command of identity does, in the order of an organisation's life: read, refuse or write, emit.

Whether the signers satisfy the actor's policy has been decided before (authorise). Here: may this actor say it at all,
is what it says fit, and what changes. Each command is said by one organisation alone, but for a key that is admitted:
its organisation consents.

Not here: proposals and votes (governance), and what the registrar shares with them (members).
"""

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2
from identity import rejections as because
from identity.actors import require_alone, require_registrar
from identity.admission import build_key, refuse_unchangeable_policy, refuse_unfit_key, refuse_unfit_policy
from identity.certification import refuse_uncertified
from identity.members import (
    copy_organisation,
    put_member,
    put_roles,
    put_status,
    refuse_bound,
    refuse_unfit_admission,
    refuse_unfit_grant,
    refuse_unfit_status,
)
from identity.records import get_key, get_organisation, get_rules, is_role, put_key, put_organisation
from identity.rules import MAX_TIME_MS
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable
from ledger.state_keys import CLOCK_KEY


def process_admit_organisation(context: Context, command: pb.AdmitOrganisation) -> None:
    """The registrar admits an organisation and its first keys 准入. Refuses as members.refuse_unfit_admission does."""
    require_registrar(context)
    refuse_unfit_admission(context, command, is_by_vote=False)
    put_member(context, command)


def process_set_organisation_status(context: Context, command: pb.SetOrganisationStatus) -> None:
    """The registrar suspends or reinstates. Refuses as members.refuse_unfit_status does."""
    require_registrar(context)
    refuse_unfit_status(context, command, is_by_vote=False)
    put_status(context, command, is_by_vote=False)


def process_grant_roles(context: Context, command: pb.GrantRoles) -> None:
    """The registrar sets the roles. Refuses as members.refuse_unfit_grant does."""
    require_registrar(context)
    refuse_unfit_grant(context, command, is_by_vote=False)
    put_roles(context, command.organisation, command.roles)


def process_admit_key(context: Context, command: pb.AdmitKey) -> None:
    """The registrar admits one more key, and its organisation consents 登记密钥. Refuses NOT_REGISTRAR,
    ORGANISATION_UNKNOWN, KEY_CONSENT_MISSING, what an unfit or uncertified key is, KEY_ALREADY_BOUND.
    """
    if not is_role(context, context.actor, pb.REGISTRAR):
        raise Rejection(because.NOT_REGISTRAR)
    organisation = get_organisation(context, command.organisation)
    if organisation is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, command.ORGANISATION_FIELD_NUMBER)
    if context.organisations != tuple(dict.fromkeys((context.actor, command.organisation))):
        raise Rejection(because.KEY_CONSENT_MISSING, command.ORGANISATION_FIELD_NUMBER)
    refuse_unfit_key(command.key, command.organisation, context.time_ms, command.KEY_FIELD_NUMBER)
    refuse_uncertified(context, organisation.roles, command.key, command.KEY_FIELD_NUMBER)
    refuse_bound(context, command.key.public_key, command.KEY_FIELD_NUMBER)
    put_key(context, command.key.public_key, build_key(command.organisation, command.key))
    context.emit(pb.IdentityEvent(organisation=command.organisation, public_key=command.key.public_key))


def process_rotate_key(context: Context, command: pb.RotateKey) -> None:
    """An organisation replaces its key, which is revoked in the same step 换钥. Refuses as for revoking,
    KEY_NOT_YET_VALID, KEY_EXPIRED, what an unfit key is, PERSON_CHANGED, what an uncertified key is, KEY_ALREADY_BOUND.
    """
    require_alone(context)
    old = _copy_key(context, command.old_key, command.OLD_KEY_FIELD_NUMBER)
    if old.organisation != context.actor:
        raise Rejection(because.NOT_YOUR_KEY, command.OLD_KEY_FIELD_NUMBER)
    if old.revoked_at_ms:
        raise Rejection(because.KEY_REVOKED, command.OLD_KEY_FIELD_NUMBER)
    if old.valid_from_ms > context.time_ms:  # a key that waits for objections is not made good early in this way
        raise Rejection(because.KEY_NOT_YET_VALID, command.OLD_KEY_FIELD_NUMBER)
    if old.valid_until_ms <= context.time_ms:
        raise Rejection(because.KEY_EXPIRED, command.OLD_KEY_FIELD_NUMBER)
    refuse_unfit_key(command.key, context.actor, context.time_ms, command.KEY_FIELD_NUMBER)
    if command.key.person != old.person or command.key.roles != old.roles:
        raise Rejection(because.PERSON_CHANGED, command.KEY_FIELD_NUMBER)
    roles = copy_organisation(context, context.actor, 0).roles
    refuse_uncertified(context, roles, command.key, command.KEY_FIELD_NUMBER)
    refuse_bound(context, command.key.public_key, command.KEY_FIELD_NUMBER)
    old.revoked_at_ms = context.time_ms
    put_key(context, command.old_key, old)
    put_key(context, command.key.public_key, build_key(context.actor, command.key, command.old_key))
    context.emit(pb.IdentityEvent(organisation=context.actor, public_key=command.key.public_key))


def process_revoke_key(context: Context, command: pb.RevokeKey) -> None:
    """An organisation, or the registrar, ends a key at once: from this block on it signs nothing. Refuses KEY_UNKNOWN,
    NOT_YOUR_KEY, KEY_REVOKED.
    """
    require_alone(context)
    key = _copy_key(context, command.public_key, command.PUBLIC_KEY_FIELD_NUMBER)
    if key.organisation != context.actor and not is_role(context, context.actor, pb.REGISTRAR):
        raise Rejection(because.NOT_YOUR_KEY, command.PUBLIC_KEY_FIELD_NUMBER)
    if key.revoked_at_ms:
        raise Rejection(because.KEY_REVOKED, command.PUBLIC_KEY_FIELD_NUMBER)
    key.revoked_at_ms = context.time_ms
    put_key(context, command.public_key, key)
    context.emit(pb.IdentityEvent(organisation=key.organisation, public_key=command.public_key))


def process_set_policy(context: Context, command: pb.SetPolicy) -> None:
    """An organisation changes its policy, by the policy in force 复核规则. Refuses POLICY_INVALID, POLICY_TOO_WEAK,
    POLICY_UNCHANGEABLE.

    Whether its keys can satisfy the new one is its own care: no record lists the keys of an organisation.
    """
    require_alone(context)
    changed = copy_organisation(context, context.actor, 0)
    refuse_unfit_policy(command.policy, changed.roles, get_rules(context), command.POLICY_FIELD_NUMBER)
    refuse_unchangeable_policy(command.policy, command.POLICY_FIELD_NUMBER)
    changed.policy.CopyFrom(command.policy)
    put_organisation(context, context.actor, changed)
    context.emit(pb.IdentityEvent(organisation=context.actor))


def process_advance_clock(context: Context, command: pb.AdvanceClock) -> None:
    """The registrar sets the simulated clock forward. Refuses CLOCK_NOT_SIMULATED, CLOCK_NOT_AHEAD."""
    require_registrar(context)
    body = context.get(CLOCK_KEY)
    if body is None:
        raise Rejection(because.CLOCK_NOT_SIMULATED)
    now_ms = max(context.time_ms, ledger_pb2.SimulatedClock.FromString(body).now_ms)
    if not now_ms < command.now_ms < MAX_TIME_MS:
        raise Rejection(because.CLOCK_NOT_AHEAD, command.NOW_MS_FIELD_NUMBER)
    context.put(CLOCK_KEY, ledger_pb2.SimulatedClock(now_ms=command.now_ms).SerializeToString(deterministic=True))
    context.emit(pb.IdentityEvent(organisation=context.actor))


def _copy_key(context: Context, public_key: bytes, field: int) -> pb.KeyRecord:
    """A copy that may be changed."""
    found = get_key(context, public_key)
    if found is None:
        raise Rejection(because.KEY_UNKNOWN, field)
    copy = pb.KeyRecord()
    copy.CopyFrom(found)
    return copy


COMMANDS: CommandTable = {
    pb.ADMIT_ORGANISATION: CommandSpec("organisation.admit", pb.AdmitOrganisation, process_admit_organisation),
    pb.SET_ORGANISATION_STATUS: CommandSpec(
        "organisation.set-status", pb.SetOrganisationStatus, process_set_organisation_status
    ),
    pb.GRANT_ROLES: CommandSpec("organisation.grant-roles", pb.GrantRoles, process_grant_roles),
    pb.ADMIT_KEY: CommandSpec("key.admit", pb.AdmitKey, process_admit_key),
    # A suspended organisation must still be able to end a key that it has lost, or it could not pay what it owes.
    pb.ROTATE_KEY: CommandSpec("key.rotate", pb.RotateKey, process_rotate_key, is_open_to_suspended=True),
    pb.REVOKE_KEY: CommandSpec("key.revoke", pb.RevokeKey, process_revoke_key, is_open_to_suspended=True),
    pb.SET_POLICY: CommandSpec("policy.set", pb.SetPolicy, process_set_policy),
    pb.ADVANCE_CLOCK: CommandSpec("clock.advance", pb.AdvanceClock, process_advance_clock),
}
