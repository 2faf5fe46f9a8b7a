"""This domain's slice of state: key layout, get and put.

| key | record |
|---|---|
| `organisation/<id>`, `key/<public key>` | who, and who signs; `daily/<id>`: a day's sum, where a policy limits it |
| `rules/identity`, `governance/electorate` | the rulebook of identity, who votes |
| `governance/validators` | who votes on blocks, where the engine has several nodes |
| `proposal/<id>`, `change/<id>` | a proposal and its votes, until it expires; what it proposes |
| `authority/<fingerprint>` | a certificate authority, trusted or no longer |
| `revocations/<issuer>`, `revoked/<issuer>/<serial>` | the newest list of an issuer; a certificate on one |
| `reenrolment/<id>` | the last re-enrolment of an organisation, until its waiting period ends |
| `mandate/<principal>/<agent>` | what an agent may do for its principal, and has done |
| `credential/<subject>/<kind>/<issuer>[/<person>]` | what an issuer attests, until it expires |

Bytes stand in keys as lowercase hex. Proposals, re-enrolments and credentials are put with a lapse; while it is to come
they change by `context.update` or `context.resolve` alone.

What is decoded is remembered by its bytes, since organisations and keys are read by every transaction and change
rarely. So nobody may change a message that a `get_…` returned: copy it first. Only bodies of the state are remembered,
which identity's own rules bound (an organisation to some 12 kB, nearly always far less), never what a stranger sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from hefu.v1 import identity_pb2 as pb
from identity.rules import FINGERPRINT_BYTES, PUBLIC_KEY_BYTES, PlainPolicy, is_organisation_id, read_policy
from ledger.context import Context
from ledger.state_keys import VALIDATORS_KEY

ORGANISATION_PREFIX = "organisation/"
KEY_PREFIX = "key/"
DAILY_PREFIX = "daily/"
PROPOSAL_PREFIX = "proposal/"
CHANGE_PREFIX = "change/"
AUTHORITY_PREFIX = "authority/"
REVOCATIONS_PREFIX = "revocations/"
REVOKED_PREFIX = "revoked/"
REENROLMENT_PREFIX = "reenrolment/"
MANDATE_PREFIX = "mandate/"
CREDENTIAL_PREFIX = "credential/"
RULES_KEY = "rules/identity"
ELECTORATE_KEY = "governance/electorate"

_decode_organisation = lru_cache(maxsize=4096)(pb.Organisation.FromString)
_decode_key = lru_cache(maxsize=32768)(pb.KeyRecord.FromString)
_decode_rules = lru_cache(maxsize=8)(pb.IdentityRules.FromString)
_decode_mandate = lru_cache(maxsize=1024)(pb.Mandate.FromString)


@dataclass(frozen=True, slots=True)
class Signer:
    """What every transaction asks of a key, read from its KeyRecord once: a message's fields are slow to read."""

    organisation: str
    person: bytes
    roles: frozenset[int]  # empty: a SERVICE key, which speaks for nobody
    valid_from_ms: int
    valid_until_ms: int
    revoked_at_ms: int


@lru_cache(maxsize=32768)
def _decode_signer(body: bytes) -> Signer:
    key = _decode_key(body)
    roles = frozenset() if pb.SERVICE in key.roles else frozenset(key.roles)
    return Signer(key.organisation, key.person, roles, key.valid_from_ms, key.valid_until_ms, key.revoked_at_ms)


@dataclass(frozen=True, slots=True)
class Member:
    """What every transaction asks of an organisation, read from its record once."""

    is_active: bool  # and not suspended
    policy: PlainPolicy


@lru_cache(maxsize=4096)
def _decode_member(body: bytes) -> Member:
    organisation = _decode_organisation(body)
    return Member(organisation.status == pb.ACTIVE, read_policy(organisation.policy))


def compute_organisation_key(organisation: str) -> str:
    """Where an organisation's record lies."""
    return ORGANISATION_PREFIX + organisation


def compute_key_key(public_key: bytes) -> str:
    """Where the record of a public key lies."""
    return KEY_PREFIX + public_key.hex()


def compute_daily_key(organisation: str) -> str:
    """Where the sum of an organisation's day lies, if its policy has a daily limit."""
    return DAILY_PREFIX + organisation


def get_organisation(context: Context, organisation: str) -> pb.Organisation | None:
    """The organisation, or None: never admitted, or no id at all. Do not change what this returns."""
    if not is_organisation_id(organisation):
        return None
    body = context.get(ORGANISATION_PREFIX + organisation)
    return None if body is None else _decode_organisation(body)


def get_member(context: Context, organisation: str) -> Member | None:
    """What `get_organisation` gives, for whoever only asks whether its signers suffice."""
    if not is_organisation_id(organisation):
        return None
    body = context.get(ORGANISATION_PREFIX + organisation)
    return None if body is None else _decode_member(body)


def is_active(context: Context, organisation: str) -> bool:
    """Whether the organisation is admitted and not suspended."""
    found = get_organisation(context, organisation)
    return found is not None and found.status == pb.ACTIVE


def is_role(context: Context, organisation: str, role: pb.Role) -> bool:
    """Whether the organisation is admitted, active or suspended, and the consortium has granted it this role."""
    found = get_organisation(context, organisation)
    return found is not None and role in found.roles


def put_organisation(context: Context, organisation: str, record: pb.Organisation) -> None:
    """Write an organisation."""
    context.put(ORGANISATION_PREFIX + organisation, record.SerializeToString(deterministic=True))


def get_key(context: Context, public_key: bytes) -> pb.KeyRecord | None:
    """What is recorded of a public key, or None: never admitted, or no 32 bytes. Do not change what this returns."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        return None
    body = context.get(KEY_PREFIX + public_key.hex())
    return None if body is None else _decode_key(body)


def get_signer(context: Context, public_key: bytes) -> Signer | None:
    """What `get_key` gives, for whoever only asks whether a signature counts."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        return None
    body = context.get(KEY_PREFIX + public_key.hex())
    return None if body is None else _decode_signer(body)


def put_key(context: Context, public_key: bytes, record: pb.KeyRecord) -> None:
    """Write what is known of a public key; it is never deleted."""
    context.put(KEY_PREFIX + public_key.hex(), record.SerializeToString(deterministic=True))


def get_rules(context: Context) -> pb.IdentityRules:
    """The rulebook of identity; without one there is no minimum. Do not change what this returns."""
    return _decode_rules(context.get(RULES_KEY) or b"")


def get_daily_sum_fen(context: Context, organisation: str, day: int) -> int:
    """What the organisation has approved so far (分) on this civil day."""
    body = context.get(DAILY_PREFIX + organisation)
    if body is None:
        return 0
    daily = pb.DailySum.FromString(body)
    return daily.sum_fen if daily.on == day else 0


def put_daily_sum(context: Context, organisation: str, day: int, sum_fen: int) -> None:
    """Write what the organisation has approved (分) on this civil day."""
    body = pb.DailySum(on=day, sum_fen=sum_fen).SerializeToString(deterministic=True)
    context.put(DAILY_PREFIX + organisation, body)


# ---------------------------------------------------------------- governance


def compute_proposal_id(proposer: str, number: str) -> str:
    """The id of a proposal: the proposer's number cannot be used by somebody else."""
    return f"{proposer}.{number}"


def compute_proposal_key(proposal: str) -> str:
    """Where a proposal's votes lie."""
    return PROPOSAL_PREFIX + proposal


def compute_change_key(proposal: str) -> str:
    """Where lies what a proposal proposes."""
    return CHANGE_PREFIX + proposal


def get_electorate(context: Context) -> pb.Electorate:
    """Who votes; without a record nobody does."""
    return pb.Electorate.FromString(context.get(ELECTORATE_KEY) or b"")


def get_validator_set(context: Context) -> pb.ValidatorSet | None:
    """The validators, or None where a single node makes the blocks."""
    body = context.get(VALIDATORS_KEY)
    return None if body is None else pb.ValidatorSet.FromString(body)


def put_validator_set(context: Context, record: pb.ValidatorSet) -> None:
    """Write the validators."""
    context.put(VALIDATORS_KEY, record.SerializeToString(deterministic=True))


def get_proposal(context: Context, proposal: str) -> pb.Proposal | None:
    """A proposal as it is meant now, a copy that may be changed, or None. `proposal` must be ASCII."""
    body = context.get(PROPOSAL_PREFIX + proposal)
    return None if body is None else pb.Proposal.FromString(body)


def get_change(context: Context, proposal: str) -> pb.GovernedChange:
    """What a proposal that is there proposes."""
    return pb.GovernedChange.FromString(context.get(CHANGE_PREFIX + proposal) or b"")


def put_proposal(context: Context, proposal: str, record: pb.Proposal, change: bytes) -> None:
    """Write a new proposal, which means PROPOSAL_EXPIRED from its expiry on, and GovernedChange bytes beside it."""
    expired = pb.Proposal()
    expired.CopyFrom(record)
    expired.status = pb.PROPOSAL_EXPIRED
    key, lapse_body = PROPOSAL_PREFIX + proposal, expired.SerializeToString(deterministic=True)
    context.put(key, record.SerializeToString(deterministic=True), record.expires_at_ms, lapse_body)
    context.put(CHANGE_PREFIX + proposal, change)


def update_proposal(context: Context, proposal: str, change: Callable[[pb.Proposal], None]) -> None:
    """Change an open proposal, and what it will mean once it has expired, alike: a vote is not lost."""

    def change_body(body: bytes) -> bytes:
        record = pb.Proposal.FromString(body)
        change(record)
        return record.SerializeToString(deterministic=True)

    context.update(PROPOSAL_PREFIX + proposal, change_body)


def resolve_proposal(context: Context, proposal: str, record: pb.Proposal) -> None:
    """Write how an open proposal ended; it does not expire any more."""
    context.resolve(PROPOSAL_PREFIX + proposal, record.SerializeToString(deterministic=True))


# ---------------------------------------------------------------- certificates


def compute_authority_key(fingerprint: bytes) -> str:
    """Where a certificate authority lies."""
    return AUTHORITY_PREFIX + fingerprint.hex()


def compute_revocations_key(issuer: bytes) -> str:
    """Where the newest revocation list of an issuer lies."""
    return REVOCATIONS_PREFIX + issuer.hex()


def compute_revocation_key(link: pb.CertificateLink) -> str:
    """Where it would stand that a certificate was revoked."""
    return f"{REVOKED_PREFIX}{link.issuer.hex()}/{link.serial.hex()}"


def get_authority(context: Context, fingerprint: bytes) -> pb.Authority | None:
    """A certificate authority, trusted or no longer, or None: there was none of this fingerprint."""
    if len(fingerprint) != FINGERPRINT_BYTES:
        return None
    body = context.get(compute_authority_key(fingerprint))
    return None if body is None else pb.Authority.FromString(body)


def put_authority(context: Context, fingerprint: bytes, record: pb.Authority) -> None:
    """Write a certificate authority; it is never deleted."""
    context.put(compute_authority_key(fingerprint), record.SerializeToString(deterministic=True))


def get_revocation_list(context: Context, issuer: bytes) -> pb.RevocationList | None:
    """The newest revocation list of an issuer (32 bytes) that was entered, or None."""
    body = context.get(compute_revocations_key(issuer))
    return None if body is None else pb.RevocationList.FromString(body)


def put_revocation_list(context: Context, issuer: bytes, record: pb.RevocationList) -> None:
    """Write what is known of an issuer's newest revocation list."""
    context.put(compute_revocations_key(issuer), record.SerializeToString(deterministic=True))


def is_revoked(context: Context, link: pb.CertificateLink) -> bool:
    """Whether a revocation list that was entered names the certificate."""
    return context.get(compute_revocation_key(link)) is not None


def put_revocation(context: Context, link: pb.CertificateLink, record: pb.Revocation) -> None:
    """Write that a certificate is revoked; it is never deleted."""
    context.put(compute_revocation_key(link), record.SerializeToString(deterministic=True))


# ---------------------------------------------------------------- re-enrolments, mandates, credentials


def compute_reenrolment_key(organisation: str) -> str:
    """Where the last re-enrolment of an organisation lies."""
    return REENROLMENT_PREFIX + organisation


def get_reenrolment(context: Context, organisation: str) -> pb.Reenrolment | None:
    """The last re-enrolment of an organisation, as it is meant now, or None. `organisation` must be an id."""
    body = context.get(REENROLMENT_PREFIX + organisation)
    return None if body is None else pb.Reenrolment.FromString(body)


def put_reenrolment(context: Context, organisation: str, record: pb.Reenrolment) -> None:
    """Write a new re-enrolment, which means REENROLMENT_DONE once its waiting period has ended."""
    done = pb.Reenrolment()
    done.CopyFrom(record)
    done.status = pb.REENROLMENT_DONE
    key, lapse_body = REENROLMENT_PREFIX + organisation, done.SerializeToString(deterministic=True)
    context.put(key, record.SerializeToString(deterministic=True), record.effective_at_ms, lapse_body)


def compute_mandate_key(principal: str, agent: str) -> str:
    """Where a mandate lies."""
    return f"{MANDATE_PREFIX}{principal}/{agent}"


def get_mandate(context: Context, principal: str, agent: str) -> pb.Mandate | None:
    """The last mandate of a principal to an agent, ended or not, or None. Do not change what this returns."""
    body = context.get(compute_mandate_key(principal, agent))
    return None if body is None else _decode_mandate(body)


def put_mandate(context: Context, principal: str, agent: str, record: pb.Mandate) -> None:
    """Write a mandate; one that has ended stays until it is given again."""
    context.put(compute_mandate_key(principal, agent), record.SerializeToString(deterministic=True))


def compute_credential_key(ref: pb.CredentialRef) -> str:
    """Where a credential lies; `ref` names ids and a person of 32 bytes or none."""
    person = f"/{ref.person.hex()}" if ref.person else ""
    return f"{CREDENTIAL_PREFIX}{ref.subject}/{ref.kind}/{ref.issuer}{person}"


def get_credential(context: Context, ref: pb.CredentialRef) -> pb.Credential | None:
    """A credential as it is meant now, a copy that may be changed, or None."""
    body = context.get(compute_credential_key(ref))
    return None if body is None else pb.Credential.FromString(body)


def put_credential(context: Context, ref: pb.CredentialRef, record: pb.Credential) -> None:
    """Write a new credential, which means CREDENTIAL_EXPIRED from its expiry on."""
    expired = pb.Credential()
    expired.CopyFrom(record)
    expired.status = pb.CREDENTIAL_EXPIRED
    key, lapse_body = compute_credential_key(ref), expired.SerializeToString(deterministic=True)
    context.put(key, record.SerializeToString(deterministic=True), record.expires_at_ms, lapse_body)
