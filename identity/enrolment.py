"""Lost keys and revoked certificates: notice, waiting period, objection; what a revocation list ends.

1. The registrar gives notice which new keys an organisation is to have that has lost its own. Each needs a certificate,
   whatever the rulebook asks for otherwise: the registrar alone never makes a key for somebody.
2. The keys are admitted at once but valid only after the waiting period, so that nobody need act when it ends. Until
   then the organisation, a court, a regulator or the registrar may object, and they are never good.
3. The registrar, or the operator of an authority, enters a newer revocation list of an issuer, and of it the
   certificates that concern this network: no key is admitted under them any more, and those named with it end now.

Lost keys themselves are ended by RevokeKey. Not here: certificates of new keys (certification); that a list verifies
and says what is said of it (identity/revocation_lists, at a node's door). That no certificate on a list was left out,
anybody may check who reads the transaction; no rule knows the list.
"""

import hashlib

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.actors import require_alone, require_registrar
from identity.admission import build_key, refuse_unfit_key
from identity.certification import get_trusted, is_list_sound, refuse_uncertified
from identity.members import refuse_bound
from identity.records import (
    compute_reenrolment_key,
    compute_revocations_key,
    get_key,
    get_organisation,
    get_reenrolment,
    get_revocation_list,
    get_rules,
    is_role,
    put_key,
    put_reenrolment,
    put_revocation,
    put_revocation_list,
)
from identity.rules import is_organisation_id
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable

MAX_REENROLLED_KEYS = 4
DIGEST_BYTES = 32
OBJECTORS = (pb.COURT, pb.REGULATOR, pb.REGISTRAR)

# ---------------------------------------------------------------- re-enrolment


def process_open_reenrolment(context: Context, command: pb.OpenReenrolment) -> None:
    """The registrar gives notice of new keys 密钥遗失重新登记. Refuses NOT_REGISTRAR, REENROLMENT_CLOSED, _OPEN,
    ORGANISATION_UNKNOWN, KEYS_TOO_MANY_OR_FEW, what an unfit or uncertified key is, KEY_ALREADY_BOUND, DIGEST_INVALID.
    """
    require_registrar(context)
    wait_ms = get_rules(context).reenrolment_wait_ms
    if not wait_ms:
        raise Rejection(because.REENROLMENT_CLOSED)
    effective_at_ms = context.time_ms + wait_ms
    _refuse_unfit_reenrolment(context, command, effective_at_ms)
    notice = pb.Reenrolment(
        status=pb.REENROLMENT_NOTICED,
        public_keys=[key.public_key for key in command.keys],
        opened_at_ms=context.time_ms,
        effective_at_ms=effective_at_ms,
        reason_digest=command.reason_digest,
    )
    put_reenrolment(context, command.organisation, notice)
    _emit_reenrolment(context, command.organisation)
    for key in command.keys:
        put_key(context, key.public_key, build_key(command.organisation, key))
        context.emit(pb.IdentityEvent(organisation=command.organisation, public_key=key.public_key))


def process_object_reenrolment(context: Context, command: pb.ObjectReenrolment) -> None:
    """Whoever may, ends a re-enrolment that waits, and its keys 重新登记异议. Refuses NOT_ALONE, NO_REENROLMENT,
    MAY_NOT_OBJECT.
    """
    require_alone(context)
    found = get_reenrolment(context, command.organisation) if is_organisation_id(command.organisation) else None
    if found is None or found.status != pb.REENROLMENT_NOTICED:
        raise Rejection(because.NO_REENROLMENT, command.ORGANISATION_FIELD_NUMBER)
    if context.actor != command.organisation and not any(is_role(context, context.actor, role) for role in OBJECTORS):
        raise Rejection(because.MAY_NOT_OBJECT)
    found.status = pb.REENROLMENT_OBJECTED
    found.objected_by = context.actor
    context.resolve(compute_reenrolment_key(command.organisation), found.SerializeToString(deterministic=True))
    _emit_reenrolment(context, command.organisation)
    for public_key in found.public_keys:
        _end_key(context, public_key)


def _refuse_unfit_reenrolment(context: Context, command: pb.OpenReenrolment, effective_at_ms: int) -> None:
    organisation = get_organisation(context, command.organisation)
    if organisation is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, command.ORGANISATION_FIELD_NUMBER)
    last = get_reenrolment(context, command.organisation)
    if last is not None and last.status == pb.REENROLMENT_NOTICED:
        raise Rejection(because.REENROLMENT_OPEN, command.ORGANISATION_FIELD_NUMBER)
    if not 1 <= len(command.keys) <= MAX_REENROLLED_KEYS:
        raise Rejection(because.KEYS_TOO_MANY_OR_FEW, command.KEYS_FIELD_NUMBER)
    for key in command.keys:
        refuse_unfit_key(key, command.organisation, context.time_ms, command.KEYS_FIELD_NUMBER)
        if key.valid_from_ms < effective_at_ms:
            raise Rejection(because.VALIDITY_INVALID, command.KEYS_FIELD_NUMBER)
        if not key.HasField("certificate"):
            raise Rejection(because.CERTIFICATE_NEEDED, command.KEYS_FIELD_NUMBER)
        refuse_uncertified(context, organisation.roles, key, command.KEYS_FIELD_NUMBER)
    for key in command.keys:
        refuse_bound(context, key.public_key, command.KEYS_FIELD_NUMBER)
    if len({key.public_key for key in command.keys}) < len(command.keys):
        raise Rejection(because.KEY_ALREADY_BOUND, command.KEYS_FIELD_NUMBER)
    if len(command.reason_digest) != DIGEST_BYTES:
        raise Rejection(because.DIGEST_INVALID, command.REASON_DIGEST_FIELD_NUMBER)


def _emit_reenrolment(context: Context, organisation: str) -> None:
    context.emit(pb.IdentityEvent(organisation=organisation, record=compute_reenrolment_key(organisation)))


# ---------------------------------------------------------------- revocation lists


def process_enter_revocations(context: Context, command: pb.EnterRevocations) -> None:
    """A newer list of an issuer, and what it ends 录入证书吊销列表. Refuses NOT_ALONE, AUTHORITY_NOT_TRUSTED,
    NOT_THE_OPERATOR, REVOCATIONS_INVALID, REVOCATIONS_NOT_NEWER, KEY_UNKNOWN, KEY_WITHOUT_CERTIFICATE.
    """
    require_alone(context)
    authority = get_trusted(context, command.authority, command.AUTHORITY_FIELD_NUMBER)
    if context.actor != authority.operator and not is_role(context, context.actor, pb.REGISTRAR):
        raise Rejection(because.NOT_THE_OPERATOR)
    if not is_list_sound(command) or command.this_update_ms > context.time_ms:
        raise Rejection(because.REVOCATIONS_INVALID, command.LIST_FIELD_NUMBER)
    last = get_revocation_list(context, command.issuer)
    if last is not None and command.this_update_ms <= last.this_update_ms:
        raise Rejection(because.REVOCATIONS_NOT_NEWER, command.THIS_UPDATE_MS_FIELD_NUMBER)
    for entry in command.revoked:
        _refuse_strange_key(context, command, entry)
    _put_list(context, command)
    for entry in command.revoked:
        link = pb.CertificateLink(issuer=command.issuer, serial=entry.serial)
        put_revocation(context, link, pb.Revocation(revoked_at_ms=entry.revoked_at_ms))
        if entry.public_key:
            _end_key(context, entry.public_key)


def _refuse_strange_key(context: Context, command: pb.EnterRevocations, entry: pb.RevokedCertificate) -> None:
    """Refuse KEY_UNKNOWN, and KEY_WITHOUT_CERTIFICATE where the key named does not stand on the certificate."""
    if not entry.public_key:
        return
    key = get_key(context, entry.public_key)
    if key is None:
        raise Rejection(because.KEY_UNKNOWN, command.REVOKED_FIELD_NUMBER)
    if pb.CertificateLink(issuer=command.issuer, serial=entry.serial) not in key.certificate.links:
        raise Rejection(because.KEY_WITHOUT_CERTIFICATE, command.REVOKED_FIELD_NUMBER)


def _put_list(context: Context, command: pb.EnterRevocations) -> None:
    record = pb.RevocationList(
        this_update_ms=command.this_update_ms,
        next_update_ms=command.next_update_ms,
        list_digest=hashlib.sha256(command.list).digest(),
    )
    put_revocation_list(context, command.issuer, record)
    context.emit(pb.IdentityEvent(organisation=context.actor, record=compute_revocations_key(command.issuer)))


def _end_key(context: Context, public_key: bytes) -> None:
    """Revoke a key that is there, from this block on; one that was revoked before keeps its time."""
    found = get_key(context, public_key)
    if found is None or found.revoked_at_ms:
        return
    ended = pb.KeyRecord()
    ended.CopyFrom(found)
    ended.revoked_at_ms = context.time_ms
    put_key(context, public_key, ended)
    context.emit(pb.IdentityEvent(organisation=ended.organisation, public_key=public_key))


COMMANDS: CommandTable = {
    pb.OPEN_REENROLMENT: CommandSpec("key.open-reenrolment", pb.OpenReenrolment, process_open_reenrolment),
    # An organisation that is suspended must still be able to keep strangers from signing for it.
    pb.OBJECT_REENROLMENT: CommandSpec(
        "key.object-reenrolment", pb.ObjectReenrolment, process_object_reenrolment, is_open_to_suspended=True
    ),
    pb.ENTER_REVOCATIONS: CommandSpec("key.enter-revocations", pb.EnterRevocations, process_enter_revocations),
}
