"""What a verifier may ask of identity: which keys must be proved, and what their records must say."""

from hefu.v1 import identity_pb2 as pb
from identity.records import compute_key_key, compute_organisation_key
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
