"""What a vote changes, and when a change is fit. It is judged when it is proposed and again when it is decided.

| change | what it writes |
|---|---|
| admission, status, roles | as the registrar's own commands, with every role but REGISTRAR |
| registrar | the role moves from one organisation to another |
| authority | a certificate authority is trusted, with other terms, or no longer; keys admitted under it stay |
| record | a record of the rulebook, at once or from a set time on |
| validator | a validator of the engine joins, leaves or changes power |
| software | another version of the state machine makes the blocks from a height on |

1. Whoever changes a record has seen what was voted last: the body that waits for its time, if one does, else the one in
   force. So of two proposals that were open together the second does not undo the first unseen.
2. A change with a set time is the record's lapse: from that time on the record means the new body, and nobody need act.
   The next change takes the place of one that still waits.

A fingerprint is computed here, from the certificate's bytes; what the certificate says, a node's door looks into.
Not here: votes (governance), what may stand in which record (governed), the last two (validators, software).
"""

import hashlib

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.admission import refuse_weak_policy
from identity.certification import compute_fingerprint
from identity.governed import GovernedTable
from identity.members import (
    copy_organisation,
    put_member,
    put_roles,
    put_status,
    refuse_unfit_admission,
    refuse_unfit_grant,
    refuse_unfit_status,
)
from identity.records import compute_authority_key, get_authority, get_organisation, get_rules, put_authority
from identity.rules import DAY_MS, FINGERPRINT_BYTES, is_name
from identity.software import put_software, refuse_unfit_software
from identity.validators import put_validator, refuse_unfit_validator
from ledger.context import Context
from ledger.errors import MalformedInput, Rejection

MAX_CERTIFICATE_BYTES = 4096
MAX_AHEAD_MS = 400 * DAY_MS  # a year's calendar is voted in the year before


def refuse_unfit_change(context: Context, change: pb.GovernedChange, governed: GovernedTable) -> None:
    """Refuse CHANGE_MISSING, and what of the one change is unfit at this moment; fields are those of that change."""
    match change.WhichOneof("change"):
        case "admission":
            refuse_unfit_admission(context, change.admission, is_by_vote=True)
        case "status":
            refuse_unfit_status(context, change.status, is_by_vote=True)
        case "roles":
            refuse_unfit_grant(context, change.roles, is_by_vote=True)
        case "registrar":
            _refuse_unfit_move(context, change.registrar)
        case "authority":
            _refuse_unfit_authority(context, change.authority)
        case "record":
            _refuse_unfit_record(context, change.record, governed)
        case "validator":
            refuse_unfit_validator(context, change.validator)
        case "software":
            refuse_unfit_software(context, change.software)
        case _:
            raise Rejection(because.CHANGE_MISSING)


def process_change(context: Context, change: pb.GovernedChange) -> None:
    """Write a change that was found fit in this transaction."""
    match change.WhichOneof("change"):
        case "admission":
            put_member(context, change.admission)
        case "status":
            put_status(context, change.status, is_by_vote=True)
        case "roles":
            put_roles(context, change.roles.organisation, change.roles.roles)
        case "registrar":
            _move_registrar(context, change.registrar)
        case "authority":
            _put_authority(context, change.authority)
        case "validator":
            put_validator(context, change.validator)
        case "software":
            put_software(context, change.software)
        case _:
            _put_record(context, change.record)


# ---------------------------------------------------------------- the registrar


def _refuse_unfit_move(context: Context, change: pb.RegistrarChange) -> None:
    """Refuse ORGANISATION_UNKNOWN, ORGANISATION_SUSPENDED, NOT_REGISTRAR, ROLES_INVALID (nothing would be left to the
    outgoing one), REGISTRAR_IS_FIXED (the incoming one has the role), POLICY_TOO_WEAK.
    """
    outgoing, incoming = get_organisation(context, change.outgoing), get_organisation(context, change.incoming)
    if outgoing is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, change.OUTGOING_FIELD_NUMBER)
    if incoming is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, change.INCOMING_FIELD_NUMBER)
    if incoming.status != pb.ACTIVE:
        raise Rejection(because.ORGANISATION_SUSPENDED, change.INCOMING_FIELD_NUMBER)
    if pb.REGISTRAR not in outgoing.roles:
        raise Rejection(because.NOT_REGISTRAR, change.OUTGOING_FIELD_NUMBER)
    if len(outgoing.roles) < 2:
        raise Rejection(because.ROLES_INVALID, change.OUTGOING_FIELD_NUMBER)
    if pb.REGISTRAR in incoming.roles:
        raise Rejection(because.REGISTRAR_IS_FIXED, change.INCOMING_FIELD_NUMBER)
    refuse_weak_policy(incoming.policy, (pb.REGISTRAR,), get_rules(context), change.INCOMING_FIELD_NUMBER)


def _move_registrar(context: Context, change: pb.RegistrarChange) -> None:
    outgoing = copy_organisation(context, change.outgoing, change.OUTGOING_FIELD_NUMBER)
    incoming = copy_organisation(context, change.incoming, change.INCOMING_FIELD_NUMBER)
    put_roles(context, change.outgoing, [role for role in outgoing.roles if role != pb.REGISTRAR])
    put_roles(context, change.incoming, sorted((*incoming.roles, pb.REGISTRAR)))


# ---------------------------------------------------------------- authorities


def is_authority_sound(change: pb.AuthorityChange) -> bool:
    """Whether it is a certificate with its terms, or a fingerprint and nothing else."""
    if change.certificate:
        return len(change.certificate) <= MAX_CERTIFICATE_BYTES and is_name(change.name) and not change.fingerprint
    has_terms = change.name or change.lists_required or change.operator
    return len(change.fingerprint) == FINGERPRINT_BYTES and not has_terms


def build_authority(change: pb.AuthorityChange, trusted_at_ms: int) -> pb.Authority:
    """The record of an authority that is trusted."""
    return pb.Authority(
        certificate=change.certificate,
        name=change.name,
        lists_required=change.lists_required,
        operator=change.operator,
        trusted_at_ms=trusted_at_ms,
    )


def _refuse_unfit_authority(context: Context, change: pb.AuthorityChange) -> None:
    """Refuse AUTHORITY_INVALID, and AUTHORITY_NOT_TRUSTED where there is nothing to distrust."""
    if not is_authority_sound(change):
        raise Rejection(because.AUTHORITY_INVALID)
    if change.operator and get_organisation(context, change.operator) is None:
        raise Rejection(because.AUTHORITY_INVALID, change.OPERATOR_FIELD_NUMBER)
    if not change.certificate:
        found = get_authority(context, change.fingerprint)
        if found is None or found.distrusted_at_ms:
            raise Rejection(because.AUTHORITY_NOT_TRUSTED, change.FINGERPRINT_FIELD_NUMBER)


def _put_authority(context: Context, change: pb.AuthorityChange) -> None:
    """An authority keeps the time at which it was trusted first."""
    fingerprint = compute_fingerprint(change.certificate) if change.certificate else change.fingerprint
    found = get_authority(context, fingerprint)
    if change.certificate:
        record = build_authority(change, context.time_ms if found is None else found.trusted_at_ms)
    else:
        record = found or pb.Authority()
        record.distrusted_at_ms = context.time_ms
    put_authority(context, fingerprint, record)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=compute_authority_key(fingerprint)))


# ---------------------------------------------------------------- records of the rulebook


def _refuse_unfit_record(context: Context, change: pb.RecordChange, governed: GovernedTable) -> None:
    """Refuse RECORD_NOT_GOVERNED, RECORD_UNFIT, RECORD_CHANGED, EFFECT_TIME_INVALID."""
    check = governed.get(change.key)
    if check is None:
        raise Rejection(because.RECORD_NOT_GOVERNED, change.KEY_FIELD_NUMBER)
    try:
        check(context, change.body)
    except MalformedInput:
        raise Rejection(because.RECORD_UNFIT, change.BODY_FIELD_NUMBER) from None
    voted_last = context.get_prior(change.key)  # what waits for its time
    if voted_last is None:
        voted_last = context.get(change.key) or b""
    if hashlib.sha256(voted_last).digest() != change.replaces:
        raise Rejection(because.RECORD_CHANGED, change.REPLACES_FIELD_NUMBER)
    at_ms = change.effective_at_ms
    if at_ms and not context.time_ms < at_ms <= context.time_ms + MAX_AHEAD_MS:
        raise Rejection(because.EFFECT_TIME_INVALID, change.EFFECTIVE_AT_MS_FIELD_NUMBER)


def _put_record(context: Context, change: pb.RecordChange) -> None:
    present = context.get(change.key) or b""
    if context.get_prior(change.key) is not None:
        context.resolve(change.key, present)
    if change.effective_at_ms:
        context.put(change.key, present, change.effective_at_ms, change.body)
    else:
        context.put(change.key, change.body)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=change.key))
