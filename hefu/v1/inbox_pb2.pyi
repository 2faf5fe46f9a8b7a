from hefu.v1 import ledger_pb2 as _ledger_pb2
from hefu.v1 import node_pb2 as _node_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InboxState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INBOX_STATE_UNSPECIFIED: _ClassVar[InboxState]
    INBOX_WAITING: _ClassVar[InboxState]
    INBOX_DECIDED: _ClassVar[InboxState]
    INBOX_REJECTED: _ClassVar[InboxState]
INBOX_STATE_UNSPECIFIED: InboxState
INBOX_WAITING: InboxState
INBOX_DECIDED: InboxState
INBOX_REJECTED: InboxState

class SignedInboxCall(_message.Message):
    __slots__ = ("call", "signature")
    CALL_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    call: bytes
    signature: _ledger_pb2.Signature
    def __init__(self, call: _Optional[bytes] = ..., signature: _Optional[_Union[_ledger_pb2.Signature, _Mapping]] = ...) -> None: ...

class InboxCall(_message.Message):
    __slots__ = ("network", "origin", "nonce", "at_ms", "put", "list", "get", "approve", "reject")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    PUT_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    REJECT_FIELD_NUMBER: _ClassVar[int]
    network: _ledger_pb2.NetworkId
    origin: str
    nonce: bytes
    at_ms: int
    put: PutInboxItem
    list: ListInboxItems
    get: GetInboxItem
    approve: ApproveInboxItems
    reject: RejectInboxItems
    def __init__(self, network: _Optional[_Union[_ledger_pb2.NetworkId, _Mapping]] = ..., origin: _Optional[str] = ..., nonce: _Optional[bytes] = ..., at_ms: _Optional[int] = ..., put: _Optional[_Union[PutInboxItem, _Mapping]] = ..., list: _Optional[_Union[ListInboxItems, _Mapping]] = ..., get: _Optional[_Union[GetInboxItem, _Mapping]] = ..., approve: _Optional[_Union[ApproveInboxItems, _Mapping]] = ..., reject: _Optional[_Union[RejectInboxItems, _Mapping]] = ...) -> None: ...

class PutInboxItem(_message.Message):
    __slots__ = ("transaction",)
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    transaction: bytes
    def __init__(self, transaction: _Optional[bytes] = ...) -> None: ...

class ListInboxItems(_message.Message):
    __slots__ = ("state", "page_size", "cursor")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    state: InboxState
    page_size: int
    cursor: bytes
    def __init__(self, state: _Optional[_Union[InboxState, str]] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class GetInboxItem(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    def __init__(self, id: _Optional[bytes] = ...) -> None: ...

class ApproveInboxItems(_message.Message):
    __slots__ = ("approvals",)
    APPROVALS_FIELD_NUMBER: _ClassVar[int]
    approvals: _containers.RepeatedCompositeFieldContainer[InboxApproval]
    def __init__(self, approvals: _Optional[_Iterable[_Union[InboxApproval, _Mapping]]] = ...) -> None: ...

class InboxApproval(_message.Message):
    __slots__ = ("id", "signatures")
    ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    signatures: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.Signature]
    def __init__(self, id: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[_ledger_pb2.Signature, _Mapping]]] = ...) -> None: ...

class RejectInboxItems(_message.Message):
    __slots__ = ("ids", "reason")
    IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[bytes]
    reason: str
    def __init__(self, ids: _Optional[_Iterable[bytes]] = ..., reason: _Optional[str] = ...) -> None: ...

class InboxItem(_message.Message):
    __slots__ = ("id", "transaction", "state", "put_by", "put_at_ms", "expires_at_ms", "missing", "receipt", "rejected_by", "reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PUT_BY_FIELD_NUMBER: _ClassVar[int]
    PUT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    transaction: bytes
    state: InboxState
    put_by: str
    put_at_ms: int
    expires_at_ms: int
    missing: _containers.RepeatedCompositeFieldContainer[InboxShortfall]
    receipt: _node_pb2.Receipt
    rejected_by: str
    reason: str
    def __init__(self, id: _Optional[bytes] = ..., transaction: _Optional[bytes] = ..., state: _Optional[_Union[InboxState, str]] = ..., put_by: _Optional[str] = ..., put_at_ms: _Optional[int] = ..., expires_at_ms: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[InboxShortfall, _Mapping]]] = ..., receipt: _Optional[_Union[_node_pb2.Receipt, _Mapping]] = ..., rejected_by: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class InboxShortfall(_message.Message):
    __slots__ = ("organisation", "refusal")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    refusal: _node_pb2.Refusal
    def __init__(self, organisation: _Optional[str] = ..., refusal: _Optional[_Union[_node_pb2.Refusal, _Mapping]] = ...) -> None: ...

class InboxPage(_message.Message):
    __slots__ = ("items", "next_cursor")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[InboxItem]
    next_cursor: bytes
    def __init__(self, items: _Optional[_Iterable[_Union[InboxItem, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class InboxOutcomes(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[InboxOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[InboxOutcome, _Mapping]]] = ...) -> None: ...

class InboxOutcome(_message.Message):
    __slots__ = ("id", "item", "refusal")
    ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    item: InboxItem
    refusal: _node_pb2.Refusal
    def __init__(self, id: _Optional[bytes] = ..., item: _Optional[_Union[InboxItem, _Mapping]] = ..., refusal: _Optional[_Union[_node_pb2.Refusal, _Mapping]] = ...) -> None: ...
