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
    SET_POLICY: _ClassVar[IdentityCommand]
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
IDENTITY_COMMAND_UNSPECIFIED: IdentityCommand
ADMIT_ORGANISATION: IdentityCommand
SET_ORGANISATION_STATUS: IdentityCommand
GRANT_ROLES: IdentityCommand
ADMIT_KEY: IdentityCommand
ROTATE_KEY: IdentityCommand
REVOKE_KEY: IdentityCommand
SET_POLICY: IdentityCommand
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

class Organisation(_message.Message):
    __slots__ = ("name", "roles", "status", "policy")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    name: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    status: OrganisationStatus
    policy: Policy
    def __init__(self, name: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., status: _Optional[_Union[OrganisationStatus, str]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class KeyRecord(_message.Message):
    __slots__ = ("organisation", "person", "roles", "valid_from_ms", "valid_until_ms", "revoked_at_ms", "algorithm", "replaces")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    person: bytes
    roles: _containers.RepeatedScalarFieldContainer[KeyRole]
    valid_from_ms: int
    valid_until_ms: int
    revoked_at_ms: int
    algorithm: int
    replaces: bytes
    def __init__(self, organisation: _Optional[str] = ..., person: _Optional[bytes] = ..., roles: _Optional[_Iterable[_Union[KeyRole, str]]] = ..., valid_from_ms: _Optional[int] = ..., valid_until_ms: _Optional[int] = ..., revoked_at_ms: _Optional[int] = ..., algorithm: _Optional[int] = ..., replaces: _Optional[bytes] = ...) -> None: ...

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
    __slots__ = ("two_person_roles",)
    TWO_PERSON_ROLES_FIELD_NUMBER: _ClassVar[int]
    two_person_roles: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, two_person_roles: _Optional[_Iterable[_Union[Role, str]]] = ...) -> None: ...

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
    __slots__ = ("algorithm", "public_key", "person", "roles", "valid_from_ms", "valid_until_ms", "possession")
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_MS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    POSSESSION_FIELD_NUMBER: _ClassVar[int]
    algorithm: int
    public_key: bytes
    person: bytes
    roles: _containers.RepeatedScalarFieldContainer[KeyRole]
    valid_from_ms: int
    valid_until_ms: int
    possession: bytes
    def __init__(self, algorithm: _Optional[int] = ..., public_key: _Optional[bytes] = ..., person: _Optional[bytes] = ..., roles: _Optional[_Iterable[_Union[KeyRole, str]]] = ..., valid_from_ms: _Optional[int] = ..., valid_until_ms: _Optional[int] = ..., possession: _Optional[bytes] = ...) -> None: ...

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

class SetPolicy(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class AdvanceClock(_message.Message):
    __slots__ = ("now_ms",)
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    now_ms: int
    def __init__(self, now_ms: _Optional[int] = ...) -> None: ...

class IdentityEvent(_message.Message):
    __slots__ = ("organisation", "public_key")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    public_key: bytes
    def __init__(self, organisation: _Optional[str] = ..., public_key: _Optional[bytes] = ...) -> None: ...

class Genesis(_message.Message):
    __slots__ = ("network_name", "salt", "time_ms", "simulated_clock", "limits", "founders", "identity_rules", "records")
    NETWORK_NAME_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_CLOCK_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    FOUNDERS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_RULES_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    network_name: str
    salt: bytes
    time_ms: int
    simulated_clock: bool
    limits: _ledger_pb2.Limits
    founders: _containers.RepeatedCompositeFieldContainer[AdmitOrganisation]
    identity_rules: IdentityRules
    records: _containers.RepeatedCompositeFieldContainer[GenesisRecord]
    def __init__(self, network_name: _Optional[str] = ..., salt: _Optional[bytes] = ..., time_ms: _Optional[int] = ..., simulated_clock: _Optional[bool] = ..., limits: _Optional[_Union[_ledger_pb2.Limits, _Mapping]] = ..., founders: _Optional[_Iterable[_Union[AdmitOrganisation, _Mapping]]] = ..., identity_rules: _Optional[_Union[IdentityRules, _Mapping]] = ..., records: _Optional[_Iterable[_Union[GenesisRecord, _Mapping]]] = ...) -> None: ...

class GenesisRecord(_message.Message):
    __slots__ = ("key", "body")
    KEY_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    key: str
    body: bytes
    def __init__(self, key: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...
