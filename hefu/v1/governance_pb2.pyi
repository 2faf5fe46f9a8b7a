from hefu.v1 import identity_pb2 as _identity_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetElectorateRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ElectorateView(_message.Message):
    __slots__ = ("electorate", "rules", "height")
    ELECTORATE_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    electorate: _identity_pb2.Electorate
    rules: _identity_pb2.IdentityRules
    height: int
    def __init__(self, electorate: _Optional[_Union[_identity_pb2.Electorate, _Mapping]] = ..., rules: _Optional[_Union[_identity_pb2.IdentityRules, _Mapping]] = ..., height: _Optional[int] = ...) -> None: ...

class GetProposalRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ProposalView(_message.Message):
    __slots__ = ("id", "proposal", "change")
    ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    proposal: _identity_pb2.Proposal
    change: _identity_pb2.GovernedChange
    def __init__(self, id: _Optional[str] = ..., proposal: _Optional[_Union[_identity_pb2.Proposal, _Mapping]] = ..., change: _Optional[_Union[_identity_pb2.GovernedChange, _Mapping]] = ...) -> None: ...

class ListProposalsRequest(_message.Message):
    __slots__ = ("status", "proposer", "page_size", "cursor")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PROPOSER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    status: _identity_pb2.ProposalStatus
    proposer: str
    page_size: int
    cursor: bytes
    def __init__(self, status: _Optional[_Union[_identity_pb2.ProposalStatus, str]] = ..., proposer: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ProposalPage(_message.Message):
    __slots__ = ("proposals", "next_cursor")
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    proposals: _containers.RepeatedCompositeFieldContainer[ProposalView]
    next_cursor: bytes
    def __init__(self, proposals: _Optional[_Iterable[_Union[ProposalView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class ListAuthoritiesRequest(_message.Message):
    __slots__ = ("page_size", "cursor")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    cursor: bytes
    def __init__(self, page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class AuthorityView(_message.Message):
    __slots__ = ("fingerprint", "authority", "list")
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    fingerprint: bytes
    authority: _identity_pb2.Authority
    list: _identity_pb2.RevocationList
    def __init__(self, fingerprint: _Optional[bytes] = ..., authority: _Optional[_Union[_identity_pb2.Authority, _Mapping]] = ..., list: _Optional[_Union[_identity_pb2.RevocationList, _Mapping]] = ...) -> None: ...

class AuthorityPage(_message.Message):
    __slots__ = ("authorities", "next_cursor")
    AUTHORITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    authorities: _containers.RepeatedCompositeFieldContainer[AuthorityView]
    next_cursor: bytes
    def __init__(self, authorities: _Optional[_Iterable[_Union[AuthorityView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class ListMandatesRequest(_message.Message):
    __slots__ = ("principal", "agent", "page_size", "cursor")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    principal: str
    agent: str
    page_size: int
    cursor: bytes
    def __init__(self, principal: _Optional[str] = ..., agent: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class MandateView(_message.Message):
    __slots__ = ("principal", "agent", "mandate")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    principal: str
    agent: str
    mandate: _identity_pb2.Mandate
    def __init__(self, principal: _Optional[str] = ..., agent: _Optional[str] = ..., mandate: _Optional[_Union[_identity_pb2.Mandate, _Mapping]] = ...) -> None: ...

class MandatePage(_message.Message):
    __slots__ = ("mandates", "next_cursor")
    MANDATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    mandates: _containers.RepeatedCompositeFieldContainer[MandateView]
    next_cursor: bytes
    def __init__(self, mandates: _Optional[_Iterable[_Union[MandateView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class ListCredentialsRequest(_message.Message):
    __slots__ = ("subject", "issuer", "page_size", "cursor")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    subject: str
    issuer: str
    page_size: int
    cursor: bytes
    def __init__(self, subject: _Optional[str] = ..., issuer: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class CredentialView(_message.Message):
    __slots__ = ("credential", "state")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    credential: _identity_pb2.CredentialRef
    state: _identity_pb2.Credential
    def __init__(self, credential: _Optional[_Union[_identity_pb2.CredentialRef, _Mapping]] = ..., state: _Optional[_Union[_identity_pb2.Credential, _Mapping]] = ...) -> None: ...

class CredentialPage(_message.Message):
    __slots__ = ("credentials", "next_cursor")
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    credentials: _containers.RepeatedCompositeFieldContainer[CredentialView]
    next_cursor: bytes
    def __init__(self, credentials: _Optional[_Iterable[_Union[CredentialView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class ListReenrolmentsRequest(_message.Message):
    __slots__ = ("status", "page_size", "cursor")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    status: _identity_pb2.ReenrolmentStatus
    page_size: int
    cursor: bytes
    def __init__(self, status: _Optional[_Union[_identity_pb2.ReenrolmentStatus, str]] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ReenrolmentView(_message.Message):
    __slots__ = ("organisation", "reenrolment")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    REENROLMENT_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    reenrolment: _identity_pb2.Reenrolment
    def __init__(self, organisation: _Optional[str] = ..., reenrolment: _Optional[_Union[_identity_pb2.Reenrolment, _Mapping]] = ...) -> None: ...

class ReenrolmentPage(_message.Message):
    __slots__ = ("reenrolments", "next_cursor")
    REENROLMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    reenrolments: _containers.RepeatedCompositeFieldContainer[ReenrolmentView]
    next_cursor: bytes
    def __init__(self, reenrolments: _Optional[_Iterable[_Union[ReenrolmentView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...
