"""What a verifier may ask of identity: which keys must be proved, and what their records must say."""

from hefu.v1 import identity_pb2 as pb
from identity.records import (
    ELECTORATE_KEY,
    compute_authority_key,
    compute_credential_key,
    compute_key_key,
    compute_organisation_key,
    compute_proposal_key,
)
from ledger.questions import Bodies, Question, decode_body


def ask_organisation_active(organisation: str) -> Question:
    """Is the organisation admitted and not suspended?"""
    key = compute_organisation_key(organisation)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return f"{organisation} is not admitted"
        if decode_body(pb.Organisation, body).status != pb.ACTIVE:
            return f"{organisation} is suspended"
        return None

    return Question((key,), check)


def ask_organisation_role(organisation: str, role: pb.Role) -> Question:
    """Is the organisation admitted, active or suspended, with this role granted by the consortium?"""
    key = compute_organisation_key(organisation)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return f"{organisation} is not admitted"
        if role not in decode_body(pb.Organisation, body).roles:
            return f"{organisation} has not the role {pb.Role.Name(role)}"
        return None

    return Question((key,), check)


def ask_organisation_absent(organisation: str) -> Question:
    """Has no organisation of this id been admitted?"""
    key = compute_organisation_key(organisation)
    return Question((key,), lambda bodies: None if bodies[key] is None else f"{organisation} is admitted")


def ask_key_valid(public_key: bytes, organisation: str, at_ms: int) -> Question:
    """Does the key belong to the organisation, and could it sign at `at_ms`, as far as the proved state knows?"""
    key = compute_key_key(public_key)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return "the key is not admitted"
        record = decode_body(pb.KeyRecord, body)
        if record.organisation != organisation:
            return f"the key belongs to {record.organisation}"
        if record.revoked_at_ms and record.revoked_at_ms <= at_ms:
            return f"the key was revoked at {record.revoked_at_ms}"
        if not record.valid_from_ms <= at_ms < record.valid_until_ms:
            return f"the key is valid from {record.valid_from_ms} until before {record.valid_until_ms}"
        return None

    return Question((key,), check)


def ask_electorate_voter(organisation: str) -> Question:
    """Does the organisation vote on what the consortium decides?"""

    def check(bodies: Bodies) -> str | None:
        body = bodies[ELECTORATE_KEY]
        if body is None:
            return "the network has no electorate"
        is_voter = organisation in decode_body(pb.Electorate, body).voters
        return None if is_voter else f"{organisation} does not vote"

    return Question((ELECTORATE_KEY,), check)


def ask_proposal_passed(proposal: str, change_digest: bytes) -> Question:
    """Did the proposal pass, and was it for the change of this digest (32 bytes)?"""
    key = compute_proposal_key(proposal)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return f"there is no proposal {proposal}"
        record = decode_body(pb.Proposal, body)
        if record.change_digest != change_digest:
            return f"the proposal is for the change {record.change_digest.hex()}"
        if record.status != pb.PROPOSAL_PASSED:
            return "the proposal has not passed"
        return None

    return Question((key,), check)


def ask_authority_trusted(fingerprint: bytes) -> Question:
    """Does the consortium trust the certificate authority of this fingerprint (32 bytes)?"""
    key = compute_authority_key(fingerprint)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return "the consortium never trusted this authority"
        distrusted_at_ms = decode_body(pb.Authority, body).distrusted_at_ms
        return f"the authority is distrusted since {distrusted_at_ms}" if distrusted_at_ms else None

    return Question((key,), check)


def ask_credential_valid(ref: pb.CredentialRef) -> Question:
    """Does the issuer attest this of the subject, or of a person of it: neither suspended nor revoked nor expired?"""
    key = compute_credential_key(ref)

    def check(bodies: Bodies) -> str | None:
        body = bodies[key]
        if body is None:
            return f"{ref.issuer} has not attested this"
        status = decode_body(pb.Credential, body).status
        return None if status == pb.CREDENTIAL_VALID else f"the credential is {pb.CredentialStatus.Name(status)}"

    return Question((key,), check)
