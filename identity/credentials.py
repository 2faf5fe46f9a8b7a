"""Credentials 证明: what one organisation attests of another, or of a person of it, and whether it still stands.

1. Who attests has one of the rulebook's attesting roles, and never attests of itself.
2. KYB is said of an organisation, KYC of a person of it, who stands here only as the commitment behind its keys. What
   was found stays in a document of the issuer's; the ledger keeps its salted commitment.
3. The issuer suspends, reinstates and revokes, even when it has lost the role since or is suspended itself. What is
   revoked stays so; what has expired is attested anew. Nobody need act for a credential to expire.
4. To renew without a gap, revoke and issue in one transaction.

No rule of this ledger asks for a credential: who wants one asks for its proof (questions).
"""

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.actors import require_alone
from identity.records import (
    compute_credential_key,
    get_credential,
    get_organisation,
    get_rules,
    is_role,
    put_credential,
)
from identity.rules import DAY_MS, PERSON_BYTES, is_organisation_id
from ledger.context import Context
from ledger.errors import Rejection
from ledger.seam import CommandSpec, CommandTable

DIGEST_BYTES = 32
MAX_VALIDITY_MS = 3660 * DAY_MS
_SAID_STATUSES = (pb.CREDENTIAL_VALID, pb.CREDENTIAL_SUSPENDED, pb.CREDENTIAL_REVOKED)
_PERSON_BYTES = {pb.KYB: 0, pb.KYC: PERSON_BYTES}


def process_issue_credential(context: Context, command: pb.IssueCredential) -> None:
    """An issuer attests 出具证明. Refuses NOT_ALONE, MAY_NOT_ATTEST, CREDENTIAL_INVALID, ORGANISATION_UNKNOWN,
    CREDENTIAL_EXISTS.
    """
    require_alone(context)
    ref = command.credential
    may_attest = any(is_role(context, context.actor, role) for role in get_rules(context).attesting_roles)
    if not may_attest or ref.subject == context.actor:
        raise Rejection(because.MAY_NOT_ATTEST)
    _refuse_unfit_ref(context, ref, command.CREDENTIAL_FIELD_NUMBER)
    if len(command.document_digest) != DIGEST_BYTES:
        raise Rejection(because.CREDENTIAL_INVALID, command.DOCUMENT_DIGEST_FIELD_NUMBER)
    if not context.time_ms < command.expires_at_ms <= context.time_ms + MAX_VALIDITY_MS:
        raise Rejection(because.CREDENTIAL_INVALID, command.EXPIRES_AT_MS_FIELD_NUMBER)
    if get_organisation(context, ref.subject) is None:
        raise Rejection(because.ORGANISATION_UNKNOWN, command.CREDENTIAL_FIELD_NUMBER)
    last = get_credential(context, ref)
    if last is not None and is_standing(last):
        raise Rejection(because.CREDENTIAL_EXISTS, command.CREDENTIAL_FIELD_NUMBER)
    issued = pb.Credential(
        status=pb.CREDENTIAL_VALID,
        document_digest=command.document_digest,
        issued_at_ms=context.time_ms,
        expires_at_ms=command.expires_at_ms,
        status_at_ms=context.time_ms,
    )
    put_credential(context, ref, issued)
    _emit(context, ref)


def process_set_credential_status(context: Context, command: pb.SetCredentialStatus) -> None:
    """The issuer suspends, reinstates or revokes 变更证明状态. Refuses NOT_ALONE, CREDENTIAL_INVALID,
    NO_SUCH_CREDENTIAL, CREDENTIAL_STATUS_INVALID.
    """
    require_alone(context)
    ref = command.credential
    _refuse_unfit_ref(context, ref, command.CREDENTIAL_FIELD_NUMBER)
    found = get_credential(context, ref) if is_organisation_id(ref.subject) else None
    if found is None or not is_standing(found):
        raise Rejection(because.NO_SUCH_CREDENTIAL, command.CREDENTIAL_FIELD_NUMBER)
    if command.status not in _SAID_STATUSES or command.status == found.status:
        raise Rejection(because.CREDENTIAL_STATUS_INVALID, command.STATUS_FIELD_NUMBER)

    def change(body: bytes) -> bytes:
        changed = pb.Credential.FromString(body)
        changed.status_at_ms = context.time_ms
        if changed.status != pb.CREDENTIAL_EXPIRED:  # what it will mean once it has expired stays
            changed.status = command.status
        return changed.SerializeToString(deterministic=True)

    key = compute_credential_key(ref)
    if command.status == pb.CREDENTIAL_REVOKED:
        context.resolve(key, change(found.SerializeToString(deterministic=True)))
    else:
        context.update(key, change)
    _emit(context, ref)


def is_standing(credential: pb.Credential) -> bool:
    """Whether it is valid or suspended: neither revoked nor, as it is meant, expired."""
    return credential.status in (pb.CREDENTIAL_VALID, pb.CREDENTIAL_SUSPENDED)


def _refuse_unfit_ref(context: Context, ref: pb.CredentialRef, field: int) -> None:
    """Refuse CREDENTIAL_INVALID: the issuer is not who acts, or kind and person do not fit each other."""
    if ref.issuer != context.actor or ref.kind not in _PERSON_BYTES or len(ref.person) != _PERSON_BYTES[ref.kind]:
        raise Rejection(because.CREDENTIAL_INVALID, field)


def _emit(context: Context, ref: pb.CredentialRef) -> None:
    context.emit(pb.IdentityEvent(organisation=ref.subject, record=compute_credential_key(ref)))


COMMANDS: CommandTable = {
    pb.ISSUE_CREDENTIAL: CommandSpec("credential.issue", pb.IssueCredential, process_issue_credential),
    # Whoever is suspended must still be able to take back what others rely on.
    pb.SET_CREDENTIAL_STATUS: CommandSpec(
        "credential.set-status", pb.SetCredentialStatus, process_set_credential_status, is_open_to_suspended=True
    ),
}
