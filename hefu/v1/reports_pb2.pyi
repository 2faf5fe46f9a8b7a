from hefu.v1 import pledges_pb2 as _pledges_pb2
from hefu.v1 import receivables_pb2 as _receivables_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FindPackagesRequest(_message.Message):
    __slots__ = ("packages",)
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    packages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, packages: _Optional[_Iterable[str]] = ...) -> None: ...

class FindPackagesAnswer(_message.Message):
    __slots__ = ("packages",)
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    packages: _containers.RepeatedCompositeFieldContainer[FoundPackage]
    def __init__(self, packages: _Optional[_Iterable[_Union[FoundPackage, _Mapping]]] = ...) -> None: ...

class FoundPackage(_message.Message):
    __slots__ = ("id", "package")
    ID_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    package: _receivables_pb2.Package
    def __init__(self, id: _Optional[str] = ..., package: _Optional[_Union[_receivables_pb2.Package, _Mapping]] = ...) -> None: ...

class ListPosition(_message.Message):
    __slots__ = ("height", "time_ms", "day_is_over")
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    DAY_IS_OVER_FIELD_NUMBER: _ClassVar[int]
    height: int
    time_ms: int
    day_is_over: bool
    def __init__(self, height: _Optional[int] = ..., time_ms: _Optional[int] = ..., day_is_over: _Optional[bool] = ...) -> None: ...

class ListIssuedRequest(_message.Message):
    __slots__ = ("issuer", "on", "page_size", "cursor")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    on: int
    page_size: int
    cursor: bytes
    def __init__(self, issuer: _Optional[str] = ..., on: _Optional[int] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class IssuedPage(_message.Message):
    __slots__ = ("packages", "next_cursor", "position")
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    packages: _containers.RepeatedCompositeFieldContainer[IssuedPackage]
    next_cursor: bytes
    position: ListPosition
    def __init__(self, packages: _Optional[_Iterable[_Union[IssuedPackage, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., position: _Optional[_Union[ListPosition, _Mapping]] = ...) -> None: ...

class IssuedPackage(_message.Message):
    __slots__ = ("id", "payee", "stage", "face_fen", "owed_fen", "due_on", "paying_bank", "taken_from", "taken_by")
    ID_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    OWED_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    TAKEN_FROM_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BY_FIELD_NUMBER: _ClassVar[int]
    id: str
    payee: str
    stage: _receivables_pb2.PackageStage
    face_fen: int
    owed_fen: int
    due_on: int
    paying_bank: str
    taken_from: str
    taken_by: str
    def __init__(self, id: _Optional[str] = ..., payee: _Optional[str] = ..., stage: _Optional[_Union[_receivables_pb2.PackageStage, str]] = ..., face_fen: _Optional[int] = ..., owed_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., paying_bank: _Optional[str] = ..., taken_from: _Optional[str] = ..., taken_by: _Optional[str] = ...) -> None: ...

class ListClaimsRequest(_message.Message):
    __slots__ = ("pledgee", "on", "page_size", "cursor")
    PLEDGEE_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    pledgee: str
    on: int
    page_size: int
    cursor: bytes
    def __init__(self, pledgee: _Optional[str] = ..., on: _Optional[int] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ClaimPage(_message.Message):
    __slots__ = ("claims", "next_cursor", "position")
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    claims: _containers.RepeatedCompositeFieldContainer[ClaimedVoucher]
    next_cursor: bytes
    position: ListPosition
    def __init__(self, claims: _Optional[_Iterable[_Union[ClaimedVoucher, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., position: _Optional[_Union[ListPosition, _Mapping]] = ...) -> None: ...

class ClaimedVoucher(_message.Message):
    __slots__ = ("voucher", "claim", "issuer", "due_on")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    claim: _pledges_pb2.Claim
    issuer: str
    due_on: int
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ..., claim: _Optional[_Union[_pledges_pb2.Claim, _Mapping]] = ..., issuer: _Optional[str] = ..., due_on: _Optional[int] = ...) -> None: ...

class ListPaymentsRequest(_message.Message):
    __slots__ = ("organisation", "day_from", "day_to", "after_index")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    DAY_FROM_FIELD_NUMBER: _ClassVar[int]
    DAY_TO_FIELD_NUMBER: _ClassVar[int]
    AFTER_INDEX_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    day_from: int
    day_to: int
    after_index: int
    def __init__(self, organisation: _Optional[str] = ..., day_from: _Optional[int] = ..., day_to: _Optional[int] = ..., after_index: _Optional[int] = ...) -> None: ...

class PaymentPage(_message.Message):
    __slots__ = ("payments", "next_index")
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_INDEX_FIELD_NUMBER: _ClassVar[int]
    payments: _containers.RepeatedCompositeFieldContainer[PaymentView]
    next_index: int
    def __init__(self, payments: _Optional[_Iterable[_Union[PaymentView, _Mapping]]] = ..., next_index: _Optional[int] = ...) -> None: ...

class PaymentView(_message.Message):
    __slots__ = ("voucher", "issuer", "paying_bank", "payee", "amount_fen", "time_ms", "height", "index", "transaction_id", "kind", "debtor")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    issuer: str
    paying_bank: str
    payee: str
    amount_fen: int
    time_ms: int
    height: int
    index: int
    transaction_id: bytes
    kind: int
    debtor: str
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ..., issuer: _Optional[str] = ..., paying_bank: _Optional[str] = ..., payee: _Optional[str] = ..., amount_fen: _Optional[int] = ..., time_ms: _Optional[int] = ..., height: _Optional[int] = ..., index: _Optional[int] = ..., transaction_id: _Optional[bytes] = ..., kind: _Optional[int] = ..., debtor: _Optional[str] = ...) -> None: ...
