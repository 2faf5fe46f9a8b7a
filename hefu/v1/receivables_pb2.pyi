from hefu.v1 import pledges_pb2 as _pledges_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReceivablesCommand(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIVABLES_COMMAND_UNSPECIFIED: _ClassVar[ReceivablesCommand]
    ISSUE: _ClassVar[ReceivablesCommand]
    ACCEPT_ISSUE: _ClassVar[ReceivablesCommand]
    REFUSE_ISSUE: _ClassVar[ReceivablesCommand]
    WITHDRAW_ISSUE: _ClassVar[ReceivablesCommand]
    LAPSE_ISSUE: _ClassVar[ReceivablesCommand]
    SPLIT: _ClassVar[ReceivablesCommand]
    TRANSFER: _ClassVar[ReceivablesCommand]
    ACCEPT_TRANSFER: _ClassVar[ReceivablesCommand]
    REFUSE_TRANSFER: _ClassVar[ReceivablesCommand]
    WITHDRAW_TRANSFER: _ClassVar[ReceivablesCommand]
    REQUEST_FINANCING: _ClassVar[ReceivablesCommand]
    TAKE_FINANCING: _ClassVar[ReceivablesCommand]
    REFUSE_FINANCING: _ClassVar[ReceivablesCommand]
    WITHDRAW_FINANCING: _ClassVar[ReceivablesCommand]
    REGISTER_FINANCING: _ClassVar[ReceivablesCommand]
    PAY_OUT: _ClassVar[ReceivablesCommand]
    RELEASE: _ClassVar[ReceivablesCommand]
    PREPAY: _ClassVar[ReceivablesCommand]
    PAY_VOUCHER: _ClassVar[ReceivablesCommand]
    PAY_PACKAGE: _ClassVar[ReceivablesCommand]

class PackageStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PACKAGE_STAGE_UNSPECIFIED: _ClassVar[PackageStage]
    PENDING: _ClassVar[PackageStage]
    PACKAGE_LIVE: _ClassVar[PackageStage]
    SETTLED: _ClassVar[PackageStage]
    REFUSED: _ClassVar[PackageStage]
    WITHDRAWN: _ClassVar[PackageStage]
    LAPSED: _ClassVar[PackageStage]

class VoucherStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOUCHER_STAGE_UNSPECIFIED: _ClassVar[VoucherStage]
    LIVE: _ClassVar[VoucherStage]
    PAID: _ClassVar[VoucherStage]

class Circulation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CIRCULATION_UNSPECIFIED: _ClassVar[Circulation]
    CIRCULATING: _ClassVar[Circulation]
    LOCKED: _ClassVar[Circulation]
    CLOSED: _ClassVar[Circulation]

class LockKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOCK_KIND_UNSPECIFIED: _ClassVar[LockKind]
    TRANSFER_REQUESTED: _ClassVar[LockKind]
    FINANCING_REQUESTED: _ClassVar[LockKind]
    FINANCING_TAKEN: _ClassVar[LockKind]
    FINANCING_REGISTERED: _ClassVar[LockKind]

class FinancingForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINANCING_FORM_UNSPECIFIED: _ClassVar[FinancingForm]
    SALE_WITH_RECOURSE: _ClassVar[FinancingForm]
    SALE_WITHOUT_RECOURSE: _ClassVar[FinancingForm]
    PLEDGE: _ClassVar[FinancingForm]
RECEIVABLES_COMMAND_UNSPECIFIED: ReceivablesCommand
ISSUE: ReceivablesCommand
ACCEPT_ISSUE: ReceivablesCommand
REFUSE_ISSUE: ReceivablesCommand
WITHDRAW_ISSUE: ReceivablesCommand
LAPSE_ISSUE: ReceivablesCommand
SPLIT: ReceivablesCommand
TRANSFER: ReceivablesCommand
ACCEPT_TRANSFER: ReceivablesCommand
REFUSE_TRANSFER: ReceivablesCommand
WITHDRAW_TRANSFER: ReceivablesCommand
REQUEST_FINANCING: ReceivablesCommand
TAKE_FINANCING: ReceivablesCommand
REFUSE_FINANCING: ReceivablesCommand
WITHDRAW_FINANCING: ReceivablesCommand
REGISTER_FINANCING: ReceivablesCommand
PAY_OUT: ReceivablesCommand
RELEASE: ReceivablesCommand
PREPAY: ReceivablesCommand
PAY_VOUCHER: ReceivablesCommand
PAY_PACKAGE: ReceivablesCommand
PACKAGE_STAGE_UNSPECIFIED: PackageStage
PENDING: PackageStage
PACKAGE_LIVE: PackageStage
SETTLED: PackageStage
REFUSED: PackageStage
WITHDRAWN: PackageStage
LAPSED: PackageStage
VOUCHER_STAGE_UNSPECIFIED: VoucherStage
LIVE: VoucherStage
PAID: VoucherStage
CIRCULATION_UNSPECIFIED: Circulation
CIRCULATING: Circulation
LOCKED: Circulation
CLOSED: Circulation
LOCK_KIND_UNSPECIFIED: LockKind
TRANSFER_REQUESTED: LockKind
FINANCING_REQUESTED: LockKind
FINANCING_TAKEN: LockKind
FINANCING_REGISTERED: LockKind
FINANCING_FORM_UNSPECIFIED: FinancingForm
SALE_WITH_RECOURSE: FinancingForm
SALE_WITHOUT_RECOURSE: FinancingForm
PLEDGE: FinancingForm

class Package(_message.Message):
    __slots__ = ("issuer", "payee", "face_fen", "due_on", "stage", "paying_bank", "invoices", "contract_commitment", "accept_by_ms", "paid_fen", "own_paid_fen", "long_term_reason")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_BY_MS_FIELD_NUMBER: _ClassVar[int]
    PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    OWN_PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_REASON_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    payee: str
    face_fen: int
    due_on: int
    stage: PackageStage
    paying_bank: str
    invoices: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    contract_commitment: bytes
    accept_by_ms: int
    paid_fen: int
    own_paid_fen: int
    long_term_reason: str
    def __init__(self, issuer: _Optional[str] = ..., payee: _Optional[str] = ..., face_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., stage: _Optional[_Union[PackageStage, str]] = ..., paying_bank: _Optional[str] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., contract_commitment: _Optional[bytes] = ..., accept_by_ms: _Optional[int] = ..., paid_fen: _Optional[int] = ..., own_paid_fen: _Optional[int] = ..., long_term_reason: _Optional[str] = ...) -> None: ...

class Voucher(_message.Message):
    __slots__ = ("holder", "stage", "circulation", "paid_fen", "layer", "lock", "sale", "paid_to_pledgee_fen")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CIRCULATION_FIELD_NUMBER: _ClassVar[int]
    PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    SALE_FIELD_NUMBER: _ClassVar[int]
    PAID_TO_PLEDGEE_FEN_FIELD_NUMBER: _ClassVar[int]
    holder: str
    stage: VoucherStage
    circulation: Circulation
    paid_fen: int
    layer: int
    lock: Lock
    sale: Sale
    paid_to_pledgee_fen: int
    def __init__(self, holder: _Optional[str] = ..., stage: _Optional[_Union[VoucherStage, str]] = ..., circulation: _Optional[_Union[Circulation, str]] = ..., paid_fen: _Optional[int] = ..., layer: _Optional[int] = ..., lock: _Optional[_Union[Lock, _Mapping]] = ..., sale: _Optional[_Union[Sale, _Mapping]] = ..., paid_to_pledgee_fen: _Optional[int] = ...) -> None: ...

class Lock(_message.Message):
    __slots__ = ("kind", "counterparty", "answer_by_ms", "commitment", "form", "secured_fen", "registration_number", "locked_at_ms")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LOCKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    kind: LockKind
    counterparty: str
    answer_by_ms: int
    commitment: bytes
    form: FinancingForm
    secured_fen: int
    registration_number: str
    locked_at_ms: int
    def __init__(self, kind: _Optional[_Union[LockKind, str]] = ..., counterparty: _Optional[str] = ..., answer_by_ms: _Optional[int] = ..., commitment: _Optional[bytes] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., secured_fen: _Optional[int] = ..., registration_number: _Optional[str] = ..., locked_at_ms: _Optional[int] = ...) -> None: ...

class Sale(_message.Message):
    __slots__ = ("seller", "with_recourse", "registration_number", "value_on")
    SELLER_FIELD_NUMBER: _ClassVar[int]
    WITH_RECOURSE_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VALUE_ON_FIELD_NUMBER: _ClassVar[int]
    seller: str
    with_recourse: bool
    registration_number: str
    value_on: int
    def __init__(self, seller: _Optional[str] = ..., with_recourse: _Optional[bool] = ..., registration_number: _Optional[str] = ..., value_on: _Optional[int] = ...) -> None: ...

class IssuerTotals(_message.Message):
    __slots__ = ("packages", "face_fen", "unpaid_fen", "calendar")
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    UNPAID_FEN_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    packages: int
    face_fen: int
    unpaid_fen: int
    calendar: _containers.RepeatedCompositeFieldContainer[DueDay]
    def __init__(self, packages: _Optional[int] = ..., face_fen: _Optional[int] = ..., unpaid_fen: _Optional[int] = ..., calendar: _Optional[_Iterable[_Union[DueDay, _Mapping]]] = ...) -> None: ...

class DueDay(_message.Message):
    __slots__ = ("due_on", "unpaid_fen")
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    UNPAID_FEN_FIELD_NUMBER: _ClassVar[int]
    due_on: int
    unpaid_fen: int
    def __init__(self, due_on: _Optional[int] = ..., unpaid_fen: _Optional[int] = ...) -> None: ...

class FinancingTerms(_message.Message):
    __slots__ = ("face_fen", "advance_ppm", "rate_ppm", "value_on", "due_on", "year_basis_days", "fee_fen", "principal_fen", "interest_fen", "net_fen", "all_in_ppm")
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    ADVANCE_PPM_FIELD_NUMBER: _ClassVar[int]
    RATE_PPM_FIELD_NUMBER: _ClassVar[int]
    VALUE_ON_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    YEAR_BASIS_DAYS_FIELD_NUMBER: _ClassVar[int]
    FEE_FEN_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FEN_FIELD_NUMBER: _ClassVar[int]
    INTEREST_FEN_FIELD_NUMBER: _ClassVar[int]
    NET_FEN_FIELD_NUMBER: _ClassVar[int]
    ALL_IN_PPM_FIELD_NUMBER: _ClassVar[int]
    face_fen: int
    advance_ppm: int
    rate_ppm: int
    value_on: int
    due_on: int
    year_basis_days: int
    fee_fen: _containers.RepeatedScalarFieldContainer[int]
    principal_fen: int
    interest_fen: int
    net_fen: int
    all_in_ppm: int
    def __init__(self, face_fen: _Optional[int] = ..., advance_ppm: _Optional[int] = ..., rate_ppm: _Optional[int] = ..., value_on: _Optional[int] = ..., due_on: _Optional[int] = ..., year_basis_days: _Optional[int] = ..., fee_fen: _Optional[_Iterable[int]] = ..., principal_fen: _Optional[int] = ..., interest_fen: _Optional[int] = ..., net_fen: _Optional[int] = ..., all_in_ppm: _Optional[int] = ...) -> None: ...

class VoucherRules(_message.Message):
    __slots__ = ("max_face_fen", "min_piece_fen", "max_layers", "max_term_days", "long_term_days", "grace_days", "cut_off_business_days", "max_answer_ms", "year_basis_days")
    MAX_FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    MIN_PIECE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAX_LAYERS_FIELD_NUMBER: _ClassVar[int]
    MAX_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    GRACE_DAYS_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    MAX_ANSWER_MS_FIELD_NUMBER: _ClassVar[int]
    YEAR_BASIS_DAYS_FIELD_NUMBER: _ClassVar[int]
    max_face_fen: int
    min_piece_fen: int
    max_layers: int
    max_term_days: int
    long_term_days: int
    grace_days: int
    cut_off_business_days: int
    max_answer_ms: int
    year_basis_days: int
    def __init__(self, max_face_fen: _Optional[int] = ..., min_piece_fen: _Optional[int] = ..., max_layers: _Optional[int] = ..., max_term_days: _Optional[int] = ..., long_term_days: _Optional[int] = ..., grace_days: _Optional[int] = ..., cut_off_business_days: _Optional[int] = ..., max_answer_ms: _Optional[int] = ..., year_basis_days: _Optional[int] = ...) -> None: ...

class BusinessCalendar(_message.Message):
    __slots__ = ("holidays", "workdays")
    HOLIDAYS_FIELD_NUMBER: _ClassVar[int]
    WORKDAYS_FIELD_NUMBER: _ClassVar[int]
    holidays: _containers.RepeatedScalarFieldContainer[int]
    workdays: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, holidays: _Optional[_Iterable[int]] = ..., workdays: _Optional[_Iterable[int]] = ...) -> None: ...

class VoucherRef(_message.Message):
    __slots__ = ("package", "start", "end")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    package: str
    start: int
    end: int
    def __init__(self, package: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class Issue(_message.Message):
    __slots__ = ("number", "payee", "face_fen", "due_on", "paying_bank", "invoices", "contract_commitment", "accept_by_ms", "long_term_reason")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_BY_MS_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_REASON_FIELD_NUMBER: _ClassVar[int]
    number: str
    payee: str
    face_fen: int
    due_on: int
    paying_bank: str
    invoices: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    contract_commitment: bytes
    accept_by_ms: int
    long_term_reason: str
    def __init__(self, number: _Optional[str] = ..., payee: _Optional[str] = ..., face_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., paying_bank: _Optional[str] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., contract_commitment: _Optional[bytes] = ..., accept_by_ms: _Optional[int] = ..., long_term_reason: _Optional[str] = ...) -> None: ...

class AcceptIssue(_message.Message):
    __slots__ = ("package", "fingerprints")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    package: str
    fingerprints: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, package: _Optional[str] = ..., fingerprints: _Optional[_Iterable[bytes]] = ...) -> None: ...

class RefuseIssue(_message.Message):
    __slots__ = ("package",)
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    package: str
    def __init__(self, package: _Optional[str] = ...) -> None: ...

class WithdrawIssue(_message.Message):
    __slots__ = ("package",)
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    package: str
    def __init__(self, package: _Optional[str] = ...) -> None: ...

class LapseIssue(_message.Message):
    __slots__ = ("package",)
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    package: str
    def __init__(self, package: _Optional[str] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("voucher", "first_fen")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    FIRST_FEN_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    first_fen: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., first_fen: _Optional[int] = ...) -> None: ...

class Transfer(_message.Message):
    __slots__ = ("voucher", "amount_fen", "receiver", "trade_commitment", "answer_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    TRADE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    receiver: str
    trade_commitment: bytes
    answer_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., receiver: _Optional[str] = ..., trade_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ...) -> None: ...

class AcceptTransfer(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class RefuseTransfer(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class WithdrawTransfer(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class RequestFinancing(_message.Message):
    __slots__ = ("voucher", "amount_fen", "bank", "form", "secured_fen", "terms_commitment", "answer_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BANK_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    bank: str
    form: FinancingForm
    secured_fen: int
    terms_commitment: bytes
    answer_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., bank: _Optional[str] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., secured_fen: _Optional[int] = ..., terms_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ...) -> None: ...

class TakeFinancing(_message.Message):
    __slots__ = ("voucher", "terms_commitment", "register_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    REGISTER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    terms_commitment: bytes
    register_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., terms_commitment: _Optional[bytes] = ..., register_by_ms: _Optional[int] = ...) -> None: ...

class RefuseFinancing(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class WithdrawFinancing(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class RegisterFinancing(_message.Message):
    __slots__ = ("voucher", "registration_number", "filed_at_ms", "pay_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAY_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    registration_number: str
    filed_at_ms: int
    pay_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., registration_number: _Optional[str] = ..., filed_at_ms: _Optional[int] = ..., pay_by_ms: _Optional[int] = ...) -> None: ...

class PayOut(_message.Message):
    __slots__ = ("voucher", "payment_commitment", "value_on")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    VALUE_ON_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    payment_commitment: bytes
    value_on: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., payment_commitment: _Optional[bytes] = ..., value_on: _Optional[int] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class Payee(_message.Message):
    __slots__ = ("organisation", "amount_fen")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    amount_fen: int
    def __init__(self, organisation: _Optional[str] = ..., amount_fen: _Optional[int] = ...) -> None: ...

class Prepay(_message.Message):
    __slots__ = ("voucher", "payees", "payment_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PAYEES_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    payees: _containers.RepeatedCompositeFieldContainer[Payee]
    payment_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., payees: _Optional[_Iterable[_Union[Payee, _Mapping]]] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class PayVoucher(_message.Message):
    __slots__ = ("voucher", "amount_fen", "payees", "payment_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PAYEES_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    payees: _containers.RepeatedCompositeFieldContainer[Payee]
    payment_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., payees: _Optional[_Iterable[_Union[Payee, _Mapping]]] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class PayPackage(_message.Message):
    __slots__ = ("package", "amount_fen", "payment_commitment")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    package: str
    amount_fen: int
    payment_commitment: bytes
    def __init__(self, package: _Optional[str] = ..., amount_fen: _Optional[int] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class VoucherEvent(_message.Message):
    __slots__ = ("voucher", "actor", "counterparty", "amount_fen", "parent", "form", "commitment", "registration_number")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    actor: str
    counterparty: str
    amount_fen: int
    parent: VoucherRef
    form: FinancingForm
    commitment: bytes
    registration_number: str
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., actor: _Optional[str] = ..., counterparty: _Optional[str] = ..., amount_fen: _Optional[int] = ..., parent: _Optional[_Union[VoucherRef, _Mapping]] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., commitment: _Optional[bytes] = ..., registration_number: _Optional[str] = ...) -> None: ...
