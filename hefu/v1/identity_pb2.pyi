from hefu.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdentityCommand(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDENTITY_COMMAND_UNSPECIFIED: _ClassVar[IdentityCommand]
    ADMIT_ORGANISATION: _ClassVar[IdentityCommand]
    SET_ORGANISATION_STATUS: _ClassVar[IdentityCommand]
    GRANT_ROLES: _ClassVar[IdentityCommand]
    ADMIT_KEY: _ClassVar[IdentityCommand]
    ROTATE_KEY: _ClassVar[IdentityCommand]
    REVOKE_KEY: _ClassVar[IdentityCommand]
    OPEN_REENROLMENT: _ClassVar[IdentityCommand]
    OBJECT_REENROLMENT: _ClassVar[IdentityCommand]
    ENTER_REVOCATIONS: _ClassVar[IdentityCommand]
    SET_POLICY: _ClassVar[IdentityCommand]
    PROPOSE: _ClassVar[IdentityCommand]
    VOTE: _ClassVar[IdentityCommand]
    GRANT_MANDATE: _ClassVar[IdentityCommand]
    END_MANDATE: _ClassVar[IdentityCommand]
    ISSUE_CREDENTIAL: _ClassVar[IdentityCommand]
    SET_CREDENTIAL_STATUS: _ClassVar[IdentityCommand]
    ADVANCE_CLOCK: _ClassVar[IdentityCommand]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    BANK: _ClassVar[Role]
    FACTOR: _ClassVar[Role]
    CORE_ENTERPRISE: _ClassVar[Role]
    SUPPLIER: _ClassVar[Role]
    GUARANTOR: _ClassVar[Role]
    SERVICE_OPERATOR: _ClassVar[Role]
    CLEARING_BANK: _ClassVar[Role]
    WAREHOUSE_KEEPER: _ClassVar[Role]
    PARK_OPERATOR: _ClassVar[Role]
    INSPECTOR: _ClassVar[Role]
    DEVICE_OPERATOR: _ClassVar[Role]
    REGISTRAR: _ClassVar[Role]
    COURT: _ClassVar[Role]
    REGULATOR: _ClassVar[Role]
    AUDITOR: _ClassVar[Role]

class OrganisationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORGANISATION_STATUS_UNSPECIFIED: _ClassVar[OrganisationStatus]
    ACTIVE: _ClassVar[OrganisationStatus]
    SUSPENDED: _ClassVar[OrganisationStatus]

class KeyRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_ROLE_UNSPECIFIED: _ClassVar[KeyRole]
    MAKER: _ClassVar[KeyRole]
    CHECKER: _ClassVar[KeyRole]
    OWNER: _ClassVar[KeyRole]
    SERVICE: _ClassVar[KeyRole]

class ReenrolmentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REENROLMENT_STATUS_UNSPECIFIED: _ClassVar[ReenrolmentStatus]
    REENROLMENT_NOTICED: _ClassVar[ReenrolmentStatus]
    REENROLMENT_DONE: _ClassVar[ReenrolmentStatus]
    REENROLMENT_OBJECTED: _ClassVar[ReenrolmentStatus]

class Ballot(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BALLOT_UNSPECIFIED: _ClassVar[Ballot]
    BALLOT_YES: _ClassVar[Ballot]
    BALLOT_NO: _ClassVar[Ballot]

class ProposalStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPOSAL_STATUS_UNSPECIFIED: _ClassVar[ProposalStatus]
    PROPOSAL_OPEN: _ClassVar[ProposalStatus]
    PROPOSAL_PASSED: _ClassVar[ProposalStatus]
    PROPOSAL_REJECTED: _ClassVar[ProposalStatus]
    PROPOSAL_EXPIRED: _ClassVar[ProposalStatus]

class CredentialKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDENTIAL_KIND_UNSPECIFIED: _ClassVar[CredentialKind]
    KYB: _ClassVar[CredentialKind]
    KYC: _ClassVar[CredentialKind]

class CredentialStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDENTIAL_STATUS_UNSPECIFIED: _ClassVar[CredentialStatus]
    CREDENTIAL_VALID: _ClassVar[CredentialStatus]
    CREDENTIAL_SUSPENDED: _ClassVar[CredentialStatus]
    CREDENTIAL_REVOKED: _ClassVar[CredentialStatus]
    CREDENTIAL_EXPIRED: _ClassVar[CredentialStatus]
IDENTITY_COMMAND_UNSPECIFIED: IdentityCommand
ADMIT_ORGANISATION: IdentityCommand
SET_ORGANISATION_STATUS: IdentityCommand
GRANT_ROLES: IdentityCommand
ADMIT_KEY: IdentityCommand
ROTATE_KEY: IdentityCommand
REVOKE_KEY: IdentityCommand
OPEN_REENROLMENT: IdentityCommand
OBJECT_REENROLMENT: IdentityCommand
ENTER_REVOCATIONS: IdentityCommand
SET_POLICY: IdentityCommand
PROPOSE: IdentityCommand
VOTE: IdentityCommand
GRANT_MANDATE: IdentityCommand
END_MANDATE: IdentityCommand
ISSUE_CREDENTIAL: IdentityCommand
SET_CREDENTIAL_STATUS: IdentityCommand
ADVANCE_CLOCK: IdentityCommand
ROLE_UNSPECIFIED: Role
BANK: Role
FACTOR: Role
CORE_ENTERPRISE: Role
SUPPLIER: Role
GUARANTOR: Role
SERVICE_OPERATOR: Role
CLEARING_BANK: Role
WAREHOUSE_KEEPER: Role
PARK_OPERATOR: Role
INSPECTOR: Role
DEVICE_OPERATOR: Role
REGISTRAR: Role
COURT: Role
REGULATOR: Role
AUDITOR: Role
ORGANISATION_STATUS_UNSPECIFIED: OrganisationStatus
ACTIVE: OrganisationStatus
SUSPENDED: OrganisationStatus
KEY_ROLE_UNSPECIFIED: KeyRole
MAKER: KeyRole
CHECKER: KeyRole
OWNER: KeyRole
SERVICE: KeyRole
REENROLMENT_STATUS_UNSPECIFIED: ReenrolmentStatus
REENROLMENT_NOTICED: ReenrolmentStatus
REENROLMENT_DONE: ReenrolmentStatus
REENROLMENT_OBJECTED: ReenrolmentStatus
BALLOT_UNSPECIFIED: Ballot
BALLOT_YES: Ballot
BALLOT_NO: Ballot
PROPOSAL_STATUS_UNSPECIFIED: ProposalStatus
PROPOSAL_OPEN: ProposalStatus
PROPOSAL_PASSED: ProposalStatus
PROPOSAL_REJECTED: ProposalStatus
PROPOSAL_EXPIRED: ProposalStatus
CREDENTIAL_KIND_UNSPECIFIED: CredentialKind
KYB: CredentialKind
KYC: CredentialKind
CREDENTIAL_STATUS_UNSPECIFIED: CredentialStatus
CREDENTIAL_VALID: CredentialStatus
CREDENTIAL_SUSPENDED: CredentialStatus
CREDENTIAL_REVOKED: CredentialStatus
CREDENTIAL_EXPIRED: CredentialStatus

class Organisation(_message.Message):
    __slots__ = ("name", "roles", "status", "policy", "status_by_vote")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    STATUS_BY_VOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    status: OrganisationStatus
    policy: Policy
    status_by_vote: bool
    def __init__(self, name: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., status: _Optional[_Union[OrganisationStatus, str]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., status_by_vote: _Optional[bool] = ...) -> None: ...

class KeyRecord(_message.Message):
    __slots__ = ("organisation", "person", "roles", "valid_from_ms", "valid_until_ms", "revoked_at_ms", "algorithm", "replaces", "certificate")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    person: bytes
    roles: _containers.RepeatedScalarFieldContainer[KeyRole]
    valid_from_ms: int
    valid_until_ms: int
    revoked_at_ms: int
    algorithm: int
    replaces: bytes
    certificate: KeyCertificate
    def __init__(self, organisation: _Optional[str] = ..., person: _Optional[bytes] = ..., roles: _Optional[_Iterable[_Union[KeyRole, str]]] = ..., valid_from_ms: _Optional[int] = ..., valid_until_ms: _Optional[int] = ..., revoked_at_ms: _Optional[int] = ..., algorithm: _Optional[int] = ..., replaces: _Optional[bytes] = ..., certificate: _Optional[_Union[KeyCertificate, _Mapping]] = ...) -> None: ...

class KeyCertificate(_message.Message):
    __slots__ = ("authority", "links", "chain_digest", "not_after_ms")
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    CHAIN_DIGEST_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    authority: bytes
    links: _containers.RepeatedCompositeFieldContainer[CertificateLink]
    chain_digest: bytes
    not_after_ms: int
    def __init__(self, authority: _Optional[bytes] = ..., links: _Optional[_Iterable[_Union[CertificateLink, _Mapping]]] = ..., chain_digest: _Optional[bytes] = ..., not_after_ms: _Optional[int] = ...) -> None: ...

class CertificateLink(_message.Message):
    __slots__ = ("issuer", "serial")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    issuer: bytes
    serial: bytes
    def __init__(self, issuer: _Optional[bytes] = ..., serial: _Optional[bytes] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("rules", "daily_limit_fen")
    RULES_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[PolicyRule]
    daily_limit_fen: int
    def __init__(self, rules: _Optional[_Iterable[_Union[PolicyRule, _Mapping]]] = ..., daily_limit_fen: _Optional[int] = ...) -> None: ...

class PolicyRule(_message.Message):
    __slots__ = ("kinds", "up_to_fen", "persons", "roles")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FEN_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[int]
    up_to_fen: int
    persons: int
    roles: _containers.RepeatedScalarFieldContainer[KeyRole]
    def __init__(self, kinds: _Optional[_Iterable[int]] = ..., up_to_fen: _Optional[int] = ..., persons: _Optional[int] = ..., roles: _Optional[_Iterable[_Union[KeyRole, str]]] = ...) -> None: ...

class IdentityRules(_message.Message):
    __slots__ = ("two_person_roles", "voted_roles", "certificate_roles", "attesting_roles", "max_proposal_ms", "reenrolment_wait_ms")
    TWO_PERSON_ROLES_FIELD_NUMBER: _ClassVar[int]
    VOTED_ROLES_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ROLES_FIELD_NUMBER: _ClassVar[int]
    ATTESTING_ROLES_FIELD_NUMBER: _ClassVar[int]
    MAX_PROPOSAL_MS_FIELD_NUMBER: _ClassVar[int]
    REENROLMENT_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    two_person_roles: _containers.RepeatedScalarFieldContainer[Role]
    voted_roles: _containers.RepeatedScalarFieldContainer[Role]
    certificate_roles: _containers.RepeatedScalarFieldContainer[Role]
    attesting_roles: _containers.RepeatedScalarFieldContainer[Role]
    max_proposal_ms: int
    reenrolment_wait_ms: int
    def __init__(self, two_person_roles: _Optional[_Iterable[_Union[Role, str]]] = ..., voted_roles: _Optional[_Iterable[_Union[Role, str]]] = ..., certificate_roles: _Optional[_Iterable[_Union[Role, str]]] = ..., attesting_roles: _Optional[_Iterable[_Union[Role, str]]] = ..., max_proposal_ms: _Optional[int] = ..., reenrolment_wait_ms: _Optional[int] = ...) -> None: ...

class DailySum(_message.Message):
    __slots__ = ("on", "sum_fen")
    ON_FIELD_NUMBER: _ClassVar[int]
    SUM_FEN_FIELD_NUMBER: _ClassVar[int]
    on: int
    sum_fen: int
    def __init__(self, on: _Optional[int] = ..., sum_fen: _Optional[int] = ...) -> None: ...

class AdmitOrganisation(_message.Message):
    __slots__ = ("organisation", "name", "roles", "policy", "keys")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    name: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    policy: Policy
    keys: _containers.RepeatedCompositeFieldContainer[NewKey]
    def __init__(self, organisation: _Optional[str] = ..., name: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., keys: _Optional[_Iterable[_Union[NewKey, _Mapping]]] = ...) -> None: ...

class SetOrganisationStatus(_message.Message):
    __slots__ = ("organisation", "status")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    status: OrganisationStatus
    def __init__(self, organisation: _Optional[str] = ..., status: _Optional[_Union[OrganisationStatus, str]] = ...) -> None: ...

class GrantRoles(_message.Message):
    __slots__ = ("organisation", "roles")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, organisation: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ...) -> None: ...

class NewKey(_message.Message):
    __slots__ = ("algorithm", "public_key", "person", "roles", "valid_from_ms", "valid_until_ms", "possession", "certificate")
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    POSSESSION_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    algorithm: int
    public_key: bytes
    person: bytes
    roles: _containers.RepeatedScalarFieldContainer[KeyRole]
    valid_from_ms: int
    valid_until_ms: int
    possession: bytes
    certificate: CertificateEvidence
    def __init__(self, algorithm: _Optional[int] = ..., public_key: _Optional[bytes] = ..., person: _Optional[bytes] = ..., roles: _Optional[_Iterable[_Union[KeyRole, str]]] = ..., valid_from_ms: _Optional[int] = ..., valid_until_ms: _Optional[int] = ..., possession: _Optional[bytes] = ..., certificate: _Optional[_Union[CertificateEvidence, _Mapping]] = ...) -> None: ...

class CertificateEvidence(_message.Message):
    __slots__ = ("authority", "chain", "links", "not_before_ms", "not_after_ms")
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_MS_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    authority: bytes
    chain: _containers.RepeatedScalarFieldContainer[bytes]
    links: _containers.RepeatedCompositeFieldContainer[CertificateLink]
    not_before_ms: int
    not_after_ms: int
    def __init__(self, authority: _Optional[bytes] = ..., chain: _Optional[_Iterable[bytes]] = ..., links: _Optional[_Iterable[_Union[CertificateLink, _Mapping]]] = ..., not_before_ms: _Optional[int] = ..., not_after_ms: _Optional[int] = ...) -> None: ...

class AdmitKey(_message.Message):
    __slots__ = ("organisation", "key")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    key: NewKey
    def __init__(self, organisation: _Optional[str] = ..., key: _Optional[_Union[NewKey, _Mapping]] = ...) -> None: ...

class RotateKey(_message.Message):
    __slots__ = ("old_key", "key")
    OLD_KEY_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    old_key: bytes
    key: NewKey
    def __init__(self, old_key: _Optional[bytes] = ..., key: _Optional[_Union[NewKey, _Mapping]] = ...) -> None: ...

class RevokeKey(_message.Message):
    __slots__ = ("public_key",)
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    def __init__(self, public_key: _Optional[bytes] = ...) -> None: ...

class OpenReenrolment(_message.Message):
    __slots__ = ("organisation", "keys", "reason_digest")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    REASON_DIGEST_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    keys: _containers.RepeatedCompositeFieldContainer[NewKey]
    reason_digest: bytes
    def __init__(self, organisation: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[NewKey, _Mapping]]] = ..., reason_digest: _Optional[bytes] = ...) -> None: ...

class ObjectReenrolment(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    def __init__(self, organisation: _Optional[str] = ...) -> None: ...

class Reenrolment(_message.Message):
    __slots__ = ("status", "public_keys", "opened_at_ms", "effective_at_ms", "reason_digest", "objected_by")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEYS_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_MS_FIELD_NUMBER: _ClassVar[int]
    REASON_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OBJECTED_BY_FIELD_NUMBER: _ClassVar[int]
    status: ReenrolmentStatus
    public_keys: _containers.RepeatedScalarFieldContainer[bytes]
    opened_at_ms: int
    effective_at_ms: int
    reason_digest: bytes
    objected_by: str
    def __init__(self, status: _Optional[_Union[ReenrolmentStatus, str]] = ..., public_keys: _Optional[_Iterable[bytes]] = ..., opened_at_ms: _Optional[int] = ..., effective_at_ms: _Optional[int] = ..., reason_digest: _Optional[bytes] = ..., objected_by: _Optional[str] = ...) -> None: ...

class EnterRevocations(_message.Message):
    __slots__ = ("authority", "issuer_chain", "issuer", "list", "this_update_ms", "next_update_ms", "revoked")
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    ISSUER_CHAIN_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    THIS_UPDATE_MS_FIELD_NUMBER: _ClassVar[int]
    NEXT_UPDATE_MS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    authority: bytes
    issuer_chain: _containers.RepeatedScalarFieldContainer[bytes]
    issuer: bytes
    list: bytes
    this_update_ms: int
    next_update_ms: int
    revoked: _containers.RepeatedCompositeFieldContainer[RevokedCertificate]
    def __init__(self, authority: _Optional[bytes] = ..., issuer_chain: _Optional[_Iterable[bytes]] = ..., issuer: _Optional[bytes] = ..., list: _Optional[bytes] = ..., this_update_ms: _Optional[int] = ..., next_update_ms: _Optional[int] = ..., revoked: _Optional[_Iterable[_Union[RevokedCertificate, _Mapping]]] = ...) -> None: ...

class RevokedCertificate(_message.Message):
    __slots__ = ("serial", "revoked_at_ms", "public_key")
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    serial: bytes
    revoked_at_ms: int
    public_key: bytes
    def __init__(self, serial: _Optional[bytes] = ..., revoked_at_ms: _Optional[int] = ..., public_key: _Optional[bytes] = ...) -> None: ...

class RevocationList(_message.Message):
    __slots__ = ("this_update_ms", "next_update_ms", "list_digest")
    THIS_UPDATE_MS_FIELD_NUMBER: _ClassVar[int]
    NEXT_UPDATE_MS_FIELD_NUMBER: _ClassVar[int]
    LIST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    this_update_ms: int
    next_update_ms: int
    list_digest: bytes
    def __init__(self, this_update_ms: _Optional[int] = ..., next_update_ms: _Optional[int] = ..., list_digest: _Optional[bytes] = ...) -> None: ...

class Revocation(_message.Message):
    __slots__ = ("revoked_at_ms",)
    REVOKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    revoked_at_ms: int
    def __init__(self, revoked_at_ms: _Optional[int] = ...) -> None: ...

class SetPolicy(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class Electorate(_message.Message):
    __slots__ = ("voters", "threshold")
    VOTERS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    voters: _containers.RepeatedScalarFieldContainer[str]
    threshold: int
    def __init__(self, voters: _Optional[_Iterable[str]] = ..., threshold: _Optional[int] = ...) -> None: ...

class GovernedChange(_message.Message):
    __slots__ = ("admission", "status", "roles", "registrar", "authority", "record", "validator", "software")
    ADMISSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    REGISTRAR_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    VALIDATOR_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    admission: AdmitOrganisation
    status: SetOrganisationStatus
    roles: GrantRoles
    registrar: RegistrarChange
    authority: AuthorityChange
    record: RecordChange
    validator: ValidatorChange
    software: SoftwareChange
    def __init__(self, admission: _Optional[_Union[AdmitOrganisation, _Mapping]] = ..., status: _Optional[_Union[SetOrganisationStatus, _Mapping]] = ..., roles: _Optional[_Union[GrantRoles, _Mapping]] = ..., registrar: _Optional[_Union[RegistrarChange, _Mapping]] = ..., authority: _Optional[_Union[AuthorityChange, _Mapping]] = ..., record: _Optional[_Union[RecordChange, _Mapping]] = ..., validator: _Optional[_Union[ValidatorChange, _Mapping]] = ..., software: _Optional[_Union[SoftwareChange, _Mapping]] = ...) -> None: ...

class RegistrarChange(_message.Message):
    __slots__ = ("outgoing", "incoming")
    OUTGOING_FIELD_NUMBER: _ClassVar[int]
    INCOMING_FIELD_NUMBER: _ClassVar[int]
    outgoing: str
    incoming: str
    def __init__(self, outgoing: _Optional[str] = ..., incoming: _Optional[str] = ...) -> None: ...

class AuthorityChange(_message.Message):
    __slots__ = ("certificate", "name", "lists_required", "operator", "fingerprint")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LISTS_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    name: str
    lists_required: bool
    operator: str
    fingerprint: bytes
    def __init__(self, certificate: _Optional[bytes] = ..., name: _Optional[str] = ..., lists_required: _Optional[bool] = ..., operator: _Optional[str] = ..., fingerprint: _Optional[bytes] = ...) -> None: ...

class RecordChange(_message.Message):
    __slots__ = ("key", "body", "replaces", "effective_at_ms")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_AT_MS_FIELD_NUMBER: _ClassVar[int]
    key: str
    body: bytes
    replaces: bytes
    effective_at_ms: int
    def __init__(self, key: _Optional[str] = ..., body: _Optional[bytes] = ..., replaces: _Optional[bytes] = ..., effective_at_ms: _Optional[int] = ...) -> None: ...

class ValidatorChange(_message.Message):
    __slots__ = ("public_key", "organisation", "name", "present_power", "power")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRESENT_POWER_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    organisation: str
    name: str
    present_power: int
    power: int
    def __init__(self, public_key: _Optional[bytes] = ..., organisation: _Optional[str] = ..., name: _Optional[str] = ..., present_power: _Optional[int] = ..., power: _Optional[int] = ...) -> None: ...

class SoftwareChange(_message.Message):
    __slots__ = ("version", "from_height", "replaces")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FROM_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    version: int
    from_height: int
    replaces: bytes
    def __init__(self, version: _Optional[int] = ..., from_height: _Optional[int] = ..., replaces: _Optional[bytes] = ...) -> None: ...

class Propose(_message.Message):
    __slots__ = ("number", "change", "expires_at_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    number: str
    change: GovernedChange
    expires_at_ms: int
    def __init__(self, number: _Optional[str] = ..., change: _Optional[_Union[GovernedChange, _Mapping]] = ..., expires_at_ms: _Optional[int] = ...) -> None: ...

class Vote(_message.Message):
    __slots__ = ("proposal", "ballot", "change_digest")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    BALLOT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    proposal: str
    ballot: Ballot
    change_digest: bytes
    def __init__(self, proposal: _Optional[str] = ..., ballot: _Optional[_Union[Ballot, str]] = ..., change_digest: _Optional[bytes] = ...) -> None: ...

class Proposal(_message.Message):
    __slots__ = ("status", "voters", "threshold", "yes", "no", "opened_at_ms", "expires_at_ms", "closed_at_ms", "change_digest")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    VOTERS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    YES_FIELD_NUMBER: _ClassVar[int]
    NO_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    status: ProposalStatus
    voters: _containers.RepeatedScalarFieldContainer[str]
    threshold: int
    yes: _containers.RepeatedScalarFieldContainer[str]
    no: _containers.RepeatedScalarFieldContainer[str]
    opened_at_ms: int
    expires_at_ms: int
    closed_at_ms: int
    change_digest: bytes
    def __init__(self, status: _Optional[_Union[ProposalStatus, str]] = ..., voters: _Optional[_Iterable[str]] = ..., threshold: _Optional[int] = ..., yes: _Optional[_Iterable[str]] = ..., no: _Optional[_Iterable[str]] = ..., opened_at_ms: _Optional[int] = ..., expires_at_ms: _Optional[int] = ..., closed_at_ms: _Optional[int] = ..., change_digest: _Optional[bytes] = ...) -> None: ...

class Authority(_message.Message):
    __slots__ = ("certificate", "name", "lists_required", "operator", "trusted_at_ms", "distrusted_at_ms")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LISTS_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DISTRUSTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    name: str
    lists_required: bool
    operator: str
    trusted_at_ms: int
    distrusted_at_ms: int
    def __init__(self, certificate: _Optional[bytes] = ..., name: _Optional[str] = ..., lists_required: _Optional[bool] = ..., operator: _Optional[str] = ..., trusted_at_ms: _Optional[int] = ..., distrusted_at_ms: _Optional[int] = ...) -> None: ...

class ValidatorSet(_message.Message):
    __slots__ = ("validators", "changed_at_ms", "changed_power", "power_before")
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_POWER_FIELD_NUMBER: _ClassVar[int]
    POWER_BEFORE_FIELD_NUMBER: _ClassVar[int]
    validators: _containers.RepeatedCompositeFieldContainer[Validator]
    changed_at_ms: int
    changed_power: int
    power_before: int
    def __init__(self, validators: _Optional[_Iterable[_Union[Validator, _Mapping]]] = ..., changed_at_ms: _Optional[int] = ..., changed_power: _Optional[int] = ..., power_before: _Optional[int] = ...) -> None: ...

class Validator(_message.Message):
    __slots__ = ("public_key", "power", "organisation", "name")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    power: int
    organisation: str
    name: str
    def __init__(self, public_key: _Optional[bytes] = ..., power: _Optional[int] = ..., organisation: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GrantMandate(_message.Message):
    __slots__ = ("agent", "kinds", "up_to_fen", "until_on")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FEN_FIELD_NUMBER: _ClassVar[int]
    UNTIL_ON_FIELD_NUMBER: _ClassVar[int]
    agent: str
    kinds: _containers.RepeatedScalarFieldContainer[int]
    up_to_fen: int
    until_on: int
    def __init__(self, agent: _Optional[str] = ..., kinds: _Optional[_Iterable[int]] = ..., up_to_fen: _Optional[int] = ..., until_on: _Optional[int] = ...) -> None: ...

class EndMandate(_message.Message):
    __slots__ = ("principal", "agent")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    principal: str
    agent: str
    def __init__(self, principal: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class Mandate(_message.Message):
    __slots__ = ("kinds", "up_to_fen", "until_on", "used_fen", "ended_at_ms")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FEN_FIELD_NUMBER: _ClassVar[int]
    UNTIL_ON_FIELD_NUMBER: _ClassVar[int]
    USED_FEN_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[int]
    up_to_fen: int
    until_on: int
    used_fen: int
    ended_at_ms: int
    def __init__(self, kinds: _Optional[_Iterable[int]] = ..., up_to_fen: _Optional[int] = ..., until_on: _Optional[int] = ..., used_fen: _Optional[int] = ..., ended_at_ms: _Optional[int] = ...) -> None: ...

class CredentialRef(_message.Message):
    __slots__ = ("subject", "kind", "issuer", "person")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    subject: str
    kind: CredentialKind
    issuer: str
    person: bytes
    def __init__(self, subject: _Optional[str] = ..., kind: _Optional[_Union[CredentialKind, str]] = ..., issuer: _Optional[str] = ..., person: _Optional[bytes] = ...) -> None: ...

class IssueCredential(_message.Message):
    __slots__ = ("credential", "document_digest", "expires_at_ms")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    credential: CredentialRef
    document_digest: bytes
    expires_at_ms: int
    def __init__(self, credential: _Optional[_Union[CredentialRef, _Mapping]] = ..., document_digest: _Optional[bytes] = ..., expires_at_ms: _Optional[int] = ...) -> None: ...

class SetCredentialStatus(_message.Message):
    __slots__ = ("credential", "status")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    credential: CredentialRef
    status: CredentialStatus
    def __init__(self, credential: _Optional[_Union[CredentialRef, _Mapping]] = ..., status: _Optional[_Union[CredentialStatus, str]] = ...) -> None: ...

class Credential(_message.Message):
    __slots__ = ("status", "document_digest", "issued_at_ms", "expires_at_ms", "status_at_ms")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    STATUS_AT_MS_FIELD_NUMBER: _ClassVar[int]
    status: CredentialStatus
    document_digest: bytes
    issued_at_ms: int
    expires_at_ms: int
    status_at_ms: int
    def __init__(self, status: _Optional[_Union[CredentialStatus, str]] = ..., document_digest: _Optional[bytes] = ..., issued_at_ms: _Optional[int] = ..., expires_at_ms: _Optional[int] = ..., status_at_ms: _Optional[int] = ...) -> None: ...

class AdvanceClock(_message.Message):
    __slots__ = ("now_ms",)
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    now_ms: int
    def __init__(self, now_ms: _Optional[int] = ...) -> None: ...

class IdentityEvent(_message.Message):
    __slots__ = ("organisation", "public_key", "record")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    public_key: bytes
    record: str
    def __init__(self, organisation: _Optional[str] = ..., public_key: _Optional[bytes] = ..., record: _Optional[str] = ...) -> None: ...

class Genesis(_message.Message):
    __slots__ = ("network_name", "salt", "time_ms", "simulated_clock", "limits", "founders", "identity_rules", "records", "electorate", "authorities", "validators")
    NETWORK_NAME_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_CLOCK_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    FOUNDERS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_RULES_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    ELECTORATE_FIELD_NUMBER: _ClassVar[int]
    AUTHORITIES_FIELD_NUMBER: _ClassVar[int]
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    network_name: str
    salt: bytes
    time_ms: int
    simulated_clock: bool
    limits: _ledger_pb2.Limits
    founders: _containers.RepeatedCompositeFieldContainer[AdmitOrganisation]
    identity_rules: IdentityRules
    records: _containers.RepeatedCompositeFieldContainer[GenesisRecord]
    electorate: Electorate
    authorities: _containers.RepeatedCompositeFieldContainer[AuthorityChange]
    validators: _containers.RepeatedCompositeFieldContainer[Validator]
    def __init__(self, network_name: _Optional[str] = ..., salt: _Optional[bytes] = ..., time_ms: _Optional[int] = ..., simulated_clock: _Optional[bool] = ..., limits: _Optional[_Union[_ledger_pb2.Limits, _Mapping]] = ..., founders: _Optional[_Iterable[_Union[AdmitOrganisation, _Mapping]]] = ..., identity_rules: _Optional[_Union[IdentityRules, _Mapping]] = ..., records: _Optional[_Iterable[_Union[GenesisRecord, _Mapping]]] = ..., electorate: _Optional[_Union[Electorate, _Mapping]] = ..., authorities: _Optional[_Iterable[_Union[AuthorityChange, _Mapping]]] = ..., validators: _Optional[_Iterable[_Union[Validator, _Mapping]]] = ...) -> None: ...

class GenesisRecord(_message.Message):
    __slots__ = ("key", "body")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    key: str
    body: bytes
    def __init__(self, key: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...
