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
    TRANSFER_BASKET: _ClassVar[ReceivablesCommand]
    ACCEPT_BASKET: _ClassVar[ReceivablesCommand]
    REFUSE_BASKET: _ClassVar[ReceivablesCommand]
    WITHDRAW_BASKET: _ClassVar[ReceivablesCommand]
    REQUEST_FINANCING: _ClassVar[ReceivablesCommand]
    TAKE_FINANCING: _ClassVar[ReceivablesCommand]
    REFUSE_FINANCING: _ClassVar[ReceivablesCommand]
    WITHDRAW_FINANCING: _ClassVar[ReceivablesCommand]
    REGISTER_FINANCING: _ClassVar[ReceivablesCommand]
    PAY_OUT: _ClassVar[ReceivablesCommand]
    ASK_QUOTES: _ClassVar[ReceivablesCommand]
    GIVE_QUOTE: _ClassVar[ReceivablesCommand]
    RELEASE: _ClassVar[ReceivablesCommand]
    REPURCHASE: _ClassVar[ReceivablesCommand]
    REASSIGN: _ClassVar[ReceivablesCommand]
    ENFORCE: _ClassVar[ReceivablesCommand]
    PREPAY: _ClassVar[ReceivablesCommand]
    PAY_VOUCHER: _ClassVar[ReceivablesCommand]
    PAY_PACKAGE: _ClassVar[ReceivablesCommand]
    CONFIRM_PAID: _ClassVar[ReceivablesCommand]
    FAIL_LINE: _ClassVar[ReceivablesCommand]
    OBJECT_PAYMENT: _ClassVar[ReceivablesCommand]
    ANSWER_OBJECTION: _ClassVar[ReceivablesCommand]
    WITHDRAW_OBJECTION: _ClassVar[ReceivablesCommand]
    HAND_OVER: _ClassVar[ReceivablesCommand]
    SET_ACCOUNT: _ClassVar[ReceivablesCommand]
    GRANT_LINE: _ClassVar[ReceivablesCommand]
    CHANGE_LINE: _ClassVar[ReceivablesCommand]
    RESTORE_LINE: _ClassVar[ReceivablesCommand]
    CONDITIONAL_TRANSFER: _ClassVar[ReceivablesCommand]
    CONFIRM_TRADE: _ClassVar[ReceivablesCommand]
    REFUSE_TRADE: _ClassVar[ReceivablesCommand]
    OFFER_CANCEL: _ClassVar[ReceivablesCommand]
    WITHDRAW_CANCEL: _ClassVar[ReceivablesCommand]
    CONSENT_CANCEL: _ClassVar[ReceivablesCommand]
    MERGE: _ClassVar[ReceivablesCommand]
    DISPUTE: _ClassVar[ReceivablesCommand]
    RESOLVE_DISPUTE: _ClassVar[ReceivablesCommand]
    RED_LETTER: _ClassVar[ReceivablesCommand]
    SUBSTITUTE_EVIDENCE: _ClassVar[ReceivablesCommand]
    FREEZE: _ClassVar[ReceivablesCommand]
    UNFREEZE: _ClassVar[ReceivablesCommand]
    FREEZE_PACKAGE: _ClassVar[ReceivablesCommand]
    UNFREEZE_PACKAGE: _ClassVar[ReceivablesCommand]
    SUCCEED: _ClassVar[ReceivablesCommand]
    SUCCEED_DEBTOR: _ClassVar[ReceivablesCommand]
    ACCELERATE: _ClassVar[ReceivablesCommand]
    ASK_CONFIRMATION: _ClassVar[ReceivablesCommand]
    CONFIRM_RECEIVABLE: _ClassVar[ReceivablesCommand]
    CONTEST_RECEIVABLE: _ClassVar[ReceivablesCommand]
    WITHDRAW_CONFIRMATION: _ClassVar[ReceivablesCommand]
    DECLARE_RELATED: _ClassVar[ReceivablesCommand]

class PackageStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PACKAGE_STAGE_UNSPECIFIED: _ClassVar[PackageStage]
    PENDING: _ClassVar[PackageStage]
    PACKAGE_LIVE: _ClassVar[PackageStage]
    SETTLED: _ClassVar[PackageStage]
    REFUSED: _ClassVar[PackageStage]
    WITHDRAWN: _ClassVar[PackageStage]
    LAPSED: _ClassVar[PackageStage]
    PACKAGE_CANCELLED: _ClassVar[PackageStage]

class VoucherStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOUCHER_STAGE_UNSPECIFIED: _ClassVar[VoucherStage]
    LIVE: _ClassVar[VoucherStage]
    PAID: _ClassVar[VoucherStage]
    MERGED: _ClassVar[VoucherStage]
    CANCELLED: _ClassVar[VoucherStage]

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
    BASKET_REQUESTED: _ClassVar[LockKind]
    TRADE_WAITING: _ClassVar[LockKind]

class FinancingForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINANCING_FORM_UNSPECIFIED: _ClassVar[FinancingForm]
    SALE_WITH_RECOURSE: _ClassVar[FinancingForm]
    SALE_WITHOUT_RECOURSE: _ClassVar[FinancingForm]
    PLEDGE: _ClassVar[FinancingForm]

class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORIGIN_UNSPECIFIED: _ClassVar[Origin]
    CONFIRMED_DEBT: _ClassVar[Origin]

class LinePurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINE_PURPOSE_UNSPECIFIED: _ClassVar[LinePurpose]
    ISSUING: _ClassVar[LinePurpose]
    FINANCING: _ClassVar[LinePurpose]

class LineStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINE_STATUS_UNSPECIFIED: _ClassVar[LineStatus]
    LINE_OPEN: _ClassVar[LineStatus]
    LINE_SUSPENDED: _ClassVar[LineStatus]
    LINE_CLOSED: _ClassVar[LineStatus]

class FailReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAIL_REASON_UNSPECIFIED: _ClassVar[FailReason]
    FUNDS_LACKING: _ClassVar[FailReason]
    ACCOUNT_REFUSED: _ClassVar[FailReason]
    OTHER_FAILURE: _ClassVar[FailReason]

class ReceivableStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIVABLE_STAGE_UNSPECIFIED: _ClassVar[ReceivableStage]
    ASKED: _ClassVar[ReceivableStage]
    CONFIRMED: _ClassVar[ReceivableStage]
    CONTESTED: _ClassVar[ReceivableStage]
    UNANSWERED: _ClassVar[ReceivableStage]
    ASK_WITHDRAWN: _ClassVar[ReceivableStage]
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
TRANSFER_BASKET: ReceivablesCommand
ACCEPT_BASKET: ReceivablesCommand
REFUSE_BASKET: ReceivablesCommand
WITHDRAW_BASKET: ReceivablesCommand
REQUEST_FINANCING: ReceivablesCommand
TAKE_FINANCING: ReceivablesCommand
REFUSE_FINANCING: ReceivablesCommand
WITHDRAW_FINANCING: ReceivablesCommand
REGISTER_FINANCING: ReceivablesCommand
PAY_OUT: ReceivablesCommand
ASK_QUOTES: ReceivablesCommand
GIVE_QUOTE: ReceivablesCommand
RELEASE: ReceivablesCommand
REPURCHASE: ReceivablesCommand
REASSIGN: ReceivablesCommand
ENFORCE: ReceivablesCommand
PREPAY: ReceivablesCommand
PAY_VOUCHER: ReceivablesCommand
PAY_PACKAGE: ReceivablesCommand
CONFIRM_PAID: ReceivablesCommand
FAIL_LINE: ReceivablesCommand
OBJECT_PAYMENT: ReceivablesCommand
ANSWER_OBJECTION: ReceivablesCommand
WITHDRAW_OBJECTION: ReceivablesCommand
HAND_OVER: ReceivablesCommand
SET_ACCOUNT: ReceivablesCommand
GRANT_LINE: ReceivablesCommand
CHANGE_LINE: ReceivablesCommand
RESTORE_LINE: ReceivablesCommand
CONDITIONAL_TRANSFER: ReceivablesCommand
CONFIRM_TRADE: ReceivablesCommand
REFUSE_TRADE: ReceivablesCommand
OFFER_CANCEL: ReceivablesCommand
WITHDRAW_CANCEL: ReceivablesCommand
CONSENT_CANCEL: ReceivablesCommand
MERGE: ReceivablesCommand
DISPUTE: ReceivablesCommand
RESOLVE_DISPUTE: ReceivablesCommand
RED_LETTER: ReceivablesCommand
SUBSTITUTE_EVIDENCE: ReceivablesCommand
FREEZE: ReceivablesCommand
UNFREEZE: ReceivablesCommand
FREEZE_PACKAGE: ReceivablesCommand
UNFREEZE_PACKAGE: ReceivablesCommand
SUCCEED: ReceivablesCommand
SUCCEED_DEBTOR: ReceivablesCommand
ACCELERATE: ReceivablesCommand
ASK_CONFIRMATION: ReceivablesCommand
CONFIRM_RECEIVABLE: ReceivablesCommand
CONTEST_RECEIVABLE: ReceivablesCommand
WITHDRAW_CONFIRMATION: ReceivablesCommand
DECLARE_RELATED: ReceivablesCommand
PACKAGE_STAGE_UNSPECIFIED: PackageStage
PENDING: PackageStage
PACKAGE_LIVE: PackageStage
SETTLED: PackageStage
REFUSED: PackageStage
WITHDRAWN: PackageStage
LAPSED: PackageStage
PACKAGE_CANCELLED: PackageStage
VOUCHER_STAGE_UNSPECIFIED: VoucherStage
LIVE: VoucherStage
PAID: VoucherStage
MERGED: VoucherStage
CANCELLED: VoucherStage
CIRCULATION_UNSPECIFIED: Circulation
CIRCULATING: Circulation
LOCKED: Circulation
CLOSED: Circulation
LOCK_KIND_UNSPECIFIED: LockKind
TRANSFER_REQUESTED: LockKind
FINANCING_REQUESTED: LockKind
FINANCING_TAKEN: LockKind
FINANCING_REGISTERED: LockKind
BASKET_REQUESTED: LockKind
TRADE_WAITING: LockKind
FINANCING_FORM_UNSPECIFIED: FinancingForm
SALE_WITH_RECOURSE: FinancingForm
SALE_WITHOUT_RECOURSE: FinancingForm
PLEDGE: FinancingForm
ORIGIN_UNSPECIFIED: Origin
CONFIRMED_DEBT: Origin
LINE_PURPOSE_UNSPECIFIED: LinePurpose
ISSUING: LinePurpose
FINANCING: LinePurpose
LINE_STATUS_UNSPECIFIED: LineStatus
LINE_OPEN: LineStatus
LINE_SUSPENDED: LineStatus
LINE_CLOSED: LineStatus
FAIL_REASON_UNSPECIFIED: FailReason
FUNDS_LACKING: FailReason
ACCOUNT_REFUSED: FailReason
OTHER_FAILURE: FailReason
RECEIVABLE_STAGE_UNSPECIFIED: ReceivableStage
ASKED: ReceivableStage
CONFIRMED: ReceivableStage
CONTESTED: ReceivableStage
UNANSWERED: ReceivableStage
ASK_WITHDRAWN: ReceivableStage

class Package(_message.Message):
    __slots__ = ("issuer", "payee", "face_fen", "due_on", "stage", "paying_bank", "invoices", "contract_commitment", "accept_by_ms", "paid_fen", "own_paid_fen", "long_term_reason", "voucher_class", "origin", "line", "delivered_on", "returned_fen", "merged_fen", "cancelled_fen", "cancel_by_ms", "freezes", "red_lettered", "debtor", "accelerated_from_on", "paid_on")
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
    VOUCHER_CLASS_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_ON_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FEN_FIELD_NUMBER: _ClassVar[int]
    MERGED_FEN_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FEN_FIELD_NUMBER: _ClassVar[int]
    CANCEL_BY_MS_FIELD_NUMBER: _ClassVar[int]
    FREEZES_FIELD_NUMBER: _ClassVar[int]
    RED_LETTERED_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    ACCELERATED_FROM_ON_FIELD_NUMBER: _ClassVar[int]
    PAID_ON_FIELD_NUMBER: _ClassVar[int]
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
    voucher_class: int
    origin: Origin
    line: str
    delivered_on: int
    returned_fen: int
    merged_fen: int
    cancelled_fen: int
    cancel_by_ms: int
    freezes: _containers.RepeatedCompositeFieldContainer[Freeze]
    red_lettered: _containers.RepeatedScalarFieldContainer[bytes]
    debtor: str
    accelerated_from_on: int
    paid_on: int
    def __init__(self, issuer: _Optional[str] = ..., payee: _Optional[str] = ..., face_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., stage: _Optional[_Union[PackageStage, str]] = ..., paying_bank: _Optional[str] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., contract_commitment: _Optional[bytes] = ..., accept_by_ms: _Optional[int] = ..., paid_fen: _Optional[int] = ..., own_paid_fen: _Optional[int] = ..., long_term_reason: _Optional[str] = ..., voucher_class: _Optional[int] = ..., origin: _Optional[_Union[Origin, str]] = ..., line: _Optional[str] = ..., delivered_on: _Optional[int] = ..., returned_fen: _Optional[int] = ..., merged_fen: _Optional[int] = ..., cancelled_fen: _Optional[int] = ..., cancel_by_ms: _Optional[int] = ..., freezes: _Optional[_Iterable[_Union[Freeze, _Mapping]]] = ..., red_lettered: _Optional[_Iterable[bytes]] = ..., debtor: _Optional[str] = ..., accelerated_from_on: _Optional[int] = ..., paid_on: _Optional[int] = ...) -> None: ...

class Voucher(_message.Message):
    __slots__ = ("holder", "stage", "circulation", "paid_fen", "layer", "lock", "sale", "paid_to_pledgee_fen", "freezes", "dispute", "returned_fen", "kept_fen", "held_back_fen", "frozen_share_fen", "paid_on", "failure", "objection", "asked_at_ms", "pieces", "line", "line_used_fen", "forgiven_fen")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CIRCULATION_FIELD_NUMBER: _ClassVar[int]
    PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    LOCK_FIELD_NUMBER: _ClassVar[int]
    SALE_FIELD_NUMBER: _ClassVar[int]
    PAID_TO_PLEDGEE_FEN_FIELD_NUMBER: _ClassVar[int]
    FREEZES_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FEN_FIELD_NUMBER: _ClassVar[int]
    KEPT_FEN_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_FEN_FIELD_NUMBER: _ClassVar[int]
    FROZEN_SHARE_FEN_FIELD_NUMBER: _ClassVar[int]
    PAID_ON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    LINE_USED_FEN_FIELD_NUMBER: _ClassVar[int]
    FORGIVEN_FEN_FIELD_NUMBER: _ClassVar[int]
    holder: str
    stage: VoucherStage
    circulation: Circulation
    paid_fen: int
    layer: int
    lock: Lock
    sale: Sale
    paid_to_pledgee_fen: int
    freezes: _containers.RepeatedCompositeFieldContainer[Freeze]
    dispute: Dispute
    returned_fen: int
    kept_fen: int
    held_back_fen: int
    frozen_share_fen: int
    paid_on: int
    failure: Failure
    objection: Objection
    asked_at_ms: int
    pieces: int
    line: str
    line_used_fen: int
    forgiven_fen: int
    def __init__(self, holder: _Optional[str] = ..., stage: _Optional[_Union[VoucherStage, str]] = ..., circulation: _Optional[_Union[Circulation, str]] = ..., paid_fen: _Optional[int] = ..., layer: _Optional[int] = ..., lock: _Optional[_Union[Lock, _Mapping]] = ..., sale: _Optional[_Union[Sale, _Mapping]] = ..., paid_to_pledgee_fen: _Optional[int] = ..., freezes: _Optional[_Iterable[_Union[Freeze, _Mapping]]] = ..., dispute: _Optional[_Union[Dispute, _Mapping]] = ..., returned_fen: _Optional[int] = ..., kept_fen: _Optional[int] = ..., held_back_fen: _Optional[int] = ..., frozen_share_fen: _Optional[int] = ..., paid_on: _Optional[int] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., objection: _Optional[_Union[Objection, _Mapping]] = ..., asked_at_ms: _Optional[int] = ..., pieces: _Optional[int] = ..., line: _Optional[str] = ..., line_used_fen: _Optional[int] = ..., forgiven_fen: _Optional[int] = ...) -> None: ...

class Freeze(_message.Message):
    __slots__ = ("order", "entered_by", "at_ms")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    order: bytes
    entered_by: _containers.RepeatedScalarFieldContainer[str]
    at_ms: int
    def __init__(self, order: _Optional[bytes] = ..., entered_by: _Optional[_Iterable[str]] = ..., at_ms: _Optional[int] = ...) -> None: ...

class Dispute(_message.Message):
    __slots__ = ("opened_by", "evidence", "at_ms")
    OPENED_BY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    opened_by: str
    evidence: bytes
    at_ms: int
    def __init__(self, opened_by: _Optional[str] = ..., evidence: _Optional[bytes] = ..., at_ms: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("on", "reason")
    ON_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    on: int
    reason: FailReason
    def __init__(self, on: _Optional[int] = ..., reason: _Optional[_Union[FailReason, str]] = ...) -> None: ...

class Objection(_message.Message):
    __slots__ = ("objector", "amount_fen", "evidence", "at_ms", "answer")
    OBJECTOR_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    objector: str
    amount_fen: int
    evidence: bytes
    at_ms: int
    answer: bytes
    def __init__(self, objector: _Optional[str] = ..., amount_fen: _Optional[int] = ..., evidence: _Optional[bytes] = ..., at_ms: _Optional[int] = ..., answer: _Optional[bytes] = ...) -> None: ...

class Lock(_message.Message):
    __slots__ = ("kind", "counterparty", "answer_by_ms", "commitment", "form", "secured_fen", "registration_number", "locked_at_ms", "basket", "buyer", "buyer_confirmed", "seller_confirmed", "line")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LOCKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    BASKET_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    BUYER_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    SELLER_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    kind: LockKind
    counterparty: str
    answer_by_ms: int
    commitment: bytes
    form: FinancingForm
    secured_fen: int
    registration_number: str
    locked_at_ms: int
    basket: bytes
    buyer: str
    buyer_confirmed: bool
    seller_confirmed: bool
    line: str
    def __init__(self, kind: _Optional[_Union[LockKind, str]] = ..., counterparty: _Optional[str] = ..., answer_by_ms: _Optional[int] = ..., commitment: _Optional[bytes] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., secured_fen: _Optional[int] = ..., registration_number: _Optional[str] = ..., locked_at_ms: _Optional[int] = ..., basket: _Optional[bytes] = ..., buyer: _Optional[str] = ..., buyer_confirmed: _Optional[bool] = ..., seller_confirmed: _Optional[bool] = ..., line: _Optional[str] = ...) -> None: ...

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

class Line(_message.Message):
    __slots__ = ("grantor", "holder", "purpose", "limit_fen", "reserved_fen", "used_fen", "revolving", "last_on", "status", "group")
    GRANTOR_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FEN_FIELD_NUMBER: _ClassVar[int]
    USED_FEN_FIELD_NUMBER: _ClassVar[int]
    REVOLVING_FIELD_NUMBER: _ClassVar[int]
    LAST_ON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    grantor: str
    holder: str
    purpose: LinePurpose
    limit_fen: int
    reserved_fen: int
    used_fen: int
    revolving: bool
    last_on: int
    status: LineStatus
    group: str
    def __init__(self, grantor: _Optional[str] = ..., holder: _Optional[str] = ..., purpose: _Optional[_Union[LinePurpose, str]] = ..., limit_fen: _Optional[int] = ..., reserved_fen: _Optional[int] = ..., used_fen: _Optional[int] = ..., revolving: _Optional[bool] = ..., last_on: _Optional[int] = ..., status: _Optional[_Union[LineStatus, str]] = ..., group: _Optional[str] = ...) -> None: ...

class QuoteRound(_message.Message):
    __slots__ = ("holder", "asked_at_ms", "quote_by_ms", "quotes", "documents", "form", "amount_fen")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    QUOTE_BY_MS_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    holder: str
    asked_at_ms: int
    quote_by_ms: int
    quotes: _containers.RepeatedCompositeFieldContainer[Quote]
    documents: _containers.RepeatedScalarFieldContainer[bytes]
    form: FinancingForm
    amount_fen: int
    def __init__(self, holder: _Optional[str] = ..., asked_at_ms: _Optional[int] = ..., quote_by_ms: _Optional[int] = ..., quotes: _Optional[_Iterable[_Union[Quote, _Mapping]]] = ..., documents: _Optional[_Iterable[bytes]] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., amount_fen: _Optional[int] = ...) -> None: ...

class Quote(_message.Message):
    __slots__ = ("bank", "terms_commitment", "firm_until_ms")
    BANK_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    FIRM_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    bank: str
    terms_commitment: bytes
    firm_until_ms: int
    def __init__(self, bank: _Optional[str] = ..., terms_commitment: _Optional[bytes] = ..., firm_until_ms: _Optional[int] = ...) -> None: ...

class PayeeAccount(_message.Message):
    __slots__ = ("account_commitment",)
    ACCOUNT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    account_commitment: bytes
    def __init__(self, account_commitment: _Optional[bytes] = ...) -> None: ...

class Receivable(_message.Message):
    __slots__ = ("creditor", "debtor", "amount_fen", "due_on", "delivered_on", "invoices", "delivery_commitment", "answer_by_ms", "stage", "package", "objection", "answered_at_ms")
    CREDITOR_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_ON_FIELD_NUMBER: _ClassVar[int]
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    creditor: str
    debtor: str
    amount_fen: int
    due_on: int
    delivered_on: int
    invoices: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    delivery_commitment: bytes
    answer_by_ms: int
    stage: ReceivableStage
    package: str
    objection: bytes
    answered_at_ms: int
    def __init__(self, creditor: _Optional[str] = ..., debtor: _Optional[str] = ..., amount_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., delivered_on: _Optional[int] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., delivery_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ..., stage: _Optional[_Union[ReceivableStage, str]] = ..., package: _Optional[str] = ..., objection: _Optional[bytes] = ..., answered_at_ms: _Optional[int] = ...) -> None: ...

class RelatedParties(_message.Message):
    __slots__ = ("organisations",)
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, organisations: _Optional[_Iterable[str]] = ...) -> None: ...

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
    __slots__ = ("max_face_fen", "min_piece_fen", "max_layers", "max_term_days", "long_term_days", "grace_days", "cut_off_business_days", "max_answer_ms", "year_basis_days", "min_face_fen", "max_pieces", "sme_term_days", "line_required", "objection_days", "account_delay_ms", "confirmation_days", "search_required", "classes")
    MAX_FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    MIN_PIECE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAX_LAYERS_FIELD_NUMBER: _ClassVar[int]
    MAX_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    GRACE_DAYS_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    MAX_ANSWER_MS_FIELD_NUMBER: _ClassVar[int]
    YEAR_BASIS_DAYS_FIELD_NUMBER: _ClassVar[int]
    MIN_FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAX_PIECES_FIELD_NUMBER: _ClassVar[int]
    SME_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    LINE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_DAYS_FIELD_NUMBER: _ClassVar[int]
    SEARCH_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    max_face_fen: int
    min_piece_fen: int
    max_layers: int
    max_term_days: int
    long_term_days: int
    grace_days: int
    cut_off_business_days: int
    max_answer_ms: int
    year_basis_days: int
    min_face_fen: int
    max_pieces: int
    sme_term_days: int
    line_required: bool
    objection_days: int
    account_delay_ms: int
    confirmation_days: int
    search_required: bool
    classes: _containers.RepeatedCompositeFieldContainer[VoucherClass]
    def __init__(self, max_face_fen: _Optional[int] = ..., min_piece_fen: _Optional[int] = ..., max_layers: _Optional[int] = ..., max_term_days: _Optional[int] = ..., long_term_days: _Optional[int] = ..., grace_days: _Optional[int] = ..., cut_off_business_days: _Optional[int] = ..., max_answer_ms: _Optional[int] = ..., year_basis_days: _Optional[int] = ..., min_face_fen: _Optional[int] = ..., max_pieces: _Optional[int] = ..., sme_term_days: _Optional[int] = ..., line_required: _Optional[bool] = ..., objection_days: _Optional[int] = ..., account_delay_ms: _Optional[int] = ..., confirmation_days: _Optional[int] = ..., search_required: _Optional[bool] = ..., classes: _Optional[_Iterable[_Union[VoucherClass, _Mapping]]] = ...) -> None: ...

class VoucherClass(_message.Message):
    __slots__ = ("code", "min_face_fen", "max_face_fen", "min_piece_fen", "max_layers", "max_pieces", "max_term_days", "long_term_days", "sme_term_days", "line_required")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MIN_FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAX_FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    MIN_PIECE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAX_LAYERS_FIELD_NUMBER: _ClassVar[int]
    MAX_PIECES_FIELD_NUMBER: _ClassVar[int]
    MAX_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    SME_TERM_DAYS_FIELD_NUMBER: _ClassVar[int]
    LINE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    code: int
    min_face_fen: int
    max_face_fen: int
    min_piece_fen: int
    max_layers: int
    max_pieces: int
    max_term_days: int
    long_term_days: int
    sme_term_days: int
    line_required: bool
    def __init__(self, code: _Optional[int] = ..., min_face_fen: _Optional[int] = ..., max_face_fen: _Optional[int] = ..., min_piece_fen: _Optional[int] = ..., max_layers: _Optional[int] = ..., max_pieces: _Optional[int] = ..., max_term_days: _Optional[int] = ..., long_term_days: _Optional[int] = ..., sme_term_days: _Optional[int] = ..., line_required: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("number", "payee", "face_fen", "due_on", "paying_bank", "invoices", "contract_commitment", "accept_by_ms", "long_term_reason", "voucher_class", "line", "delivered_on")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    FACE_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_BY_MS_FIELD_NUMBER: _ClassVar[int]
    LONG_TERM_REASON_FIELD_NUMBER: _ClassVar[int]
    VOUCHER_CLASS_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_ON_FIELD_NUMBER: _ClassVar[int]
    number: str
    payee: str
    face_fen: int
    due_on: int
    paying_bank: str
    invoices: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    contract_commitment: bytes
    accept_by_ms: int
    long_term_reason: str
    voucher_class: int
    line: str
    delivered_on: int
    def __init__(self, number: _Optional[str] = ..., payee: _Optional[str] = ..., face_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., paying_bank: _Optional[str] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., contract_commitment: _Optional[bytes] = ..., accept_by_ms: _Optional[int] = ..., long_term_reason: _Optional[str] = ..., voucher_class: _Optional[int] = ..., line: _Optional[str] = ..., delivered_on: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("voucher", "amount_fen", "bank", "form", "secured_fen", "terms_commitment", "answer_by_ms", "is_quoted")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BANK_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    IS_QUOTED_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    bank: str
    form: FinancingForm
    secured_fen: int
    terms_commitment: bytes
    answer_by_ms: int
    is_quoted: bool
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., bank: _Optional[str] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., secured_fen: _Optional[int] = ..., terms_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ..., is_quoted: _Optional[bool] = ...) -> None: ...

class TakeFinancing(_message.Message):
    __slots__ = ("voucher", "terms_commitment", "register_by_ms", "line")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    REGISTER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    terms_commitment: bytes
    register_by_ms: int
    line: str
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., terms_commitment: _Optional[bytes] = ..., register_by_ms: _Optional[int] = ..., line: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("voucher", "registration_number", "filed_at_ms", "pay_by_ms", "searched_at_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAY_BY_MS_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    registration_number: str
    filed_at_ms: int
    pay_by_ms: int
    searched_at_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., registration_number: _Optional[str] = ..., filed_at_ms: _Optional[int] = ..., pay_by_ms: _Optional[int] = ..., searched_at_ms: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("organisation", "amount_fen", "account_commitment")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    amount_fen: int
    account_commitment: bytes
    def __init__(self, organisation: _Optional[str] = ..., amount_fen: _Optional[int] = ..., account_commitment: _Optional[bytes] = ...) -> None: ...

class Prepay(_message.Message):
    __slots__ = ("voucher", "payees", "payment_commitment", "forgiven_fen")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PAYEES_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    FORGIVEN_FEN_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    payees: _containers.RepeatedCompositeFieldContainer[Payee]
    payment_commitment: bytes
    forgiven_fen: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., payees: _Optional[_Iterable[_Union[Payee, _Mapping]]] = ..., payment_commitment: _Optional[bytes] = ..., forgiven_fen: _Optional[int] = ...) -> None: ...

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

class BasketItem(_message.Message):
    __slots__ = ("voucher", "amount_fen")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ...) -> None: ...

class TransferBasket(_message.Message):
    __slots__ = ("items", "receiver", "trade_commitment", "answer_by_ms")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    TRADE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[BasketItem]
    receiver: str
    trade_commitment: bytes
    answer_by_ms: int
    def __init__(self, items: _Optional[_Iterable[_Union[BasketItem, _Mapping]]] = ..., receiver: _Optional[str] = ..., trade_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ...) -> None: ...

class AcceptBasket(_message.Message):
    __slots__ = ("vouchers",)
    VOUCHERS_FIELD_NUMBER: _ClassVar[int]
    vouchers: _containers.RepeatedCompositeFieldContainer[VoucherRef]
    def __init__(self, vouchers: _Optional[_Iterable[_Union[VoucherRef, _Mapping]]] = ...) -> None: ...

class RefuseBasket(_message.Message):
    __slots__ = ("vouchers",)
    VOUCHERS_FIELD_NUMBER: _ClassVar[int]
    vouchers: _containers.RepeatedCompositeFieldContainer[VoucherRef]
    def __init__(self, vouchers: _Optional[_Iterable[_Union[VoucherRef, _Mapping]]] = ...) -> None: ...

class WithdrawBasket(_message.Message):
    __slots__ = ("vouchers",)
    VOUCHERS_FIELD_NUMBER: _ClassVar[int]
    vouchers: _containers.RepeatedCompositeFieldContainer[VoucherRef]
    def __init__(self, vouchers: _Optional[_Iterable[_Union[VoucherRef, _Mapping]]] = ...) -> None: ...

class ConditionalTransfer(_message.Message):
    __slots__ = ("voucher", "amount_fen", "buyer", "seller", "trade_commitment", "answer_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BUYER_FIELD_NUMBER: _ClassVar[int]
    SELLER_FIELD_NUMBER: _ClassVar[int]
    TRADE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    buyer: str
    seller: str
    trade_commitment: bytes
    answer_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., buyer: _Optional[str] = ..., seller: _Optional[str] = ..., trade_commitment: _Optional[bytes] = ..., answer_by_ms: _Optional[int] = ...) -> None: ...

class ConfirmTrade(_message.Message):
    __slots__ = ("voucher", "trade_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    TRADE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    trade_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., trade_commitment: _Optional[bytes] = ...) -> None: ...

class RefuseTrade(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class AskQuotes(_message.Message):
    __slots__ = ("voucher", "amount_fen", "form", "banks", "documents", "quote_by_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    BANKS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    QUOTE_BY_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    form: FinancingForm
    banks: _containers.RepeatedScalarFieldContainer[str]
    documents: _containers.RepeatedScalarFieldContainer[bytes]
    quote_by_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., banks: _Optional[_Iterable[str]] = ..., documents: _Optional[_Iterable[bytes]] = ..., quote_by_ms: _Optional[int] = ...) -> None: ...

class GiveQuote(_message.Message):
    __slots__ = ("voucher", "terms_commitment", "firm_until_ms")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    TERMS_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    FIRM_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    terms_commitment: bytes
    firm_until_ms: int
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., terms_commitment: _Optional[bytes] = ..., firm_until_ms: _Optional[int] = ...) -> None: ...

class Repurchase(_message.Message):
    __slots__ = ("voucher", "payment_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    payment_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class Reassign(_message.Message):
    __slots__ = ("voucher", "registration_number", "filed_at_ms", "notice_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    NOTICE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    registration_number: str
    filed_at_ms: int
    notice_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., registration_number: _Optional[str] = ..., filed_at_ms: _Optional[int] = ..., notice_commitment: _Optional[bytes] = ...) -> None: ...

class Enforce(_message.Message):
    __slots__ = ("voucher", "notice_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    NOTICE_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    notice_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., notice_commitment: _Optional[bytes] = ...) -> None: ...

class ConfirmPaid(_message.Message):
    __slots__ = ("voucher", "amount_fen", "payment_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    payment_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class FailLine(_message.Message):
    __slots__ = ("voucher", "reason")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    reason: FailReason
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., reason: _Optional[_Union[FailReason, str]] = ...) -> None: ...

class ObjectPayment(_message.Message):
    __slots__ = ("voucher", "amount_fen", "evidence")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    amount_fen: int
    evidence: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., amount_fen: _Optional[int] = ..., evidence: _Optional[bytes] = ...) -> None: ...

class AnswerObjection(_message.Message):
    __slots__ = ("voucher", "answer")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    answer: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., answer: _Optional[bytes] = ...) -> None: ...

class WithdrawObjection(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class HandOver(_message.Message):
    __slots__ = ("voucher", "payees", "payment_commitment")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PAYEES_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    payees: _containers.RepeatedCompositeFieldContainer[Payee]
    payment_commitment: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., payees: _Optional[_Iterable[_Union[Payee, _Mapping]]] = ..., payment_commitment: _Optional[bytes] = ...) -> None: ...

class SetAccount(_message.Message):
    __slots__ = ("account_commitment",)
    ACCOUNT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    account_commitment: bytes
    def __init__(self, account_commitment: _Optional[bytes] = ...) -> None: ...

class GrantLine(_message.Message):
    __slots__ = ("number", "holder", "purpose", "limit_fen", "revolving", "last_on", "group")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    REVOLVING_FIELD_NUMBER: _ClassVar[int]
    LAST_ON_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    number: str
    holder: str
    purpose: LinePurpose
    limit_fen: int
    revolving: bool
    last_on: int
    group: str
    def __init__(self, number: _Optional[str] = ..., holder: _Optional[str] = ..., purpose: _Optional[_Union[LinePurpose, str]] = ..., limit_fen: _Optional[int] = ..., revolving: _Optional[bool] = ..., last_on: _Optional[int] = ..., group: _Optional[str] = ...) -> None: ...

class ChangeLine(_message.Message):
    __slots__ = ("line", "limit_fen", "last_on", "status")
    LINE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    LAST_ON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    line: str
    limit_fen: int
    last_on: int
    status: LineStatus
    def __init__(self, line: _Optional[str] = ..., limit_fen: _Optional[int] = ..., last_on: _Optional[int] = ..., status: _Optional[_Union[LineStatus, str]] = ...) -> None: ...

class RestoreLine(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class OfferCancel(_message.Message):
    __slots__ = ("package", "cancel_by_ms", "agreement_commitment")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_BY_MS_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    package: str
    cancel_by_ms: int
    agreement_commitment: bytes
    def __init__(self, package: _Optional[str] = ..., cancel_by_ms: _Optional[int] = ..., agreement_commitment: _Optional[bytes] = ...) -> None: ...

class WithdrawCancel(_message.Message):
    __slots__ = ("package",)
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    package: str
    def __init__(self, package: _Optional[str] = ...) -> None: ...

class ConsentCancel(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class Merge(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ...) -> None: ...

class OpenDispute(_message.Message):
    __slots__ = ("voucher", "evidence")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    evidence: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., evidence: _Optional[bytes] = ...) -> None: ...

class ResolveDispute(_message.Message):
    __slots__ = ("voucher", "evidence")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    evidence: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., evidence: _Optional[bytes] = ...) -> None: ...

class RedLetter(_message.Message):
    __slots__ = ("voucher", "fingerprint", "red_lettered_fen", "evidence")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    RED_LETTERED_FEN_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    fingerprint: bytes
    red_lettered_fen: int
    evidence: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., fingerprint: _Optional[bytes] = ..., red_lettered_fen: _Optional[int] = ..., evidence: _Optional[bytes] = ...) -> None: ...

class SubstituteEvidence(_message.Message):
    __slots__ = ("package", "fingerprint", "replacements", "evidence")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    REPLACEMENTS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    package: str
    fingerprint: bytes
    replacements: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    evidence: bytes
    def __init__(self, package: _Optional[str] = ..., fingerprint: _Optional[bytes] = ..., replacements: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., evidence: _Optional[bytes] = ...) -> None: ...

class FreezeVoucher(_message.Message):
    __slots__ = ("voucher", "order")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    order: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., order: _Optional[bytes] = ...) -> None: ...

class UnfreezeVoucher(_message.Message):
    __slots__ = ("voucher", "order", "ending_order")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ENDING_ORDER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    order: bytes
    ending_order: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., order: _Optional[bytes] = ..., ending_order: _Optional[bytes] = ...) -> None: ...

class FreezePackage(_message.Message):
    __slots__ = ("package", "order")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    package: str
    order: bytes
    def __init__(self, package: _Optional[str] = ..., order: _Optional[bytes] = ...) -> None: ...

class UnfreezePackage(_message.Message):
    __slots__ = ("package", "order", "ending_order")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ENDING_ORDER_FIELD_NUMBER: _ClassVar[int]
    package: str
    order: bytes
    ending_order: bytes
    def __init__(self, package: _Optional[str] = ..., order: _Optional[bytes] = ..., ending_order: _Optional[bytes] = ...) -> None: ...

class Succeed(_message.Message):
    __slots__ = ("voucher", "predecessor", "successor", "order")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    PREDECESSOR_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    predecessor: str
    successor: str
    order: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., predecessor: _Optional[str] = ..., successor: _Optional[str] = ..., order: _Optional[bytes] = ...) -> None: ...

class SucceedDebtor(_message.Message):
    __slots__ = ("package", "successor", "order")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    package: str
    successor: str
    order: bytes
    def __init__(self, package: _Optional[str] = ..., successor: _Optional[str] = ..., order: _Optional[bytes] = ...) -> None: ...

class Accelerate(_message.Message):
    __slots__ = ("package", "order")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    package: str
    order: bytes
    def __init__(self, package: _Optional[str] = ..., order: _Optional[bytes] = ...) -> None: ...

class AskConfirmation(_message.Message):
    __slots__ = ("number", "debtor", "amount_fen", "due_on", "delivered_on", "invoices", "delivery_commitment")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_ON_FIELD_NUMBER: _ClassVar[int]
    INVOICES_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    number: str
    debtor: str
    amount_fen: int
    due_on: int
    delivered_on: int
    invoices: _containers.RepeatedCompositeFieldContainer[_pledges_pb2.InvoiceUse]
    delivery_commitment: bytes
    def __init__(self, number: _Optional[str] = ..., debtor: _Optional[str] = ..., amount_fen: _Optional[int] = ..., due_on: _Optional[int] = ..., delivered_on: _Optional[int] = ..., invoices: _Optional[_Iterable[_Union[_pledges_pb2.InvoiceUse, _Mapping]]] = ..., delivery_commitment: _Optional[bytes] = ...) -> None: ...

class ConfirmReceivable(_message.Message):
    __slots__ = ("receivable", "fingerprints", "number", "paying_bank")
    RECEIVABLE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINTS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    receivable: str
    fingerprints: _containers.RepeatedScalarFieldContainer[bytes]
    number: str
    paying_bank: str
    def __init__(self, receivable: _Optional[str] = ..., fingerprints: _Optional[_Iterable[bytes]] = ..., number: _Optional[str] = ..., paying_bank: _Optional[str] = ...) -> None: ...

class ContestReceivable(_message.Message):
    __slots__ = ("receivable", "objection")
    RECEIVABLE_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    receivable: str
    objection: bytes
    def __init__(self, receivable: _Optional[str] = ..., objection: _Optional[bytes] = ...) -> None: ...

class WithdrawConfirmation(_message.Message):
    __slots__ = ("receivable",)
    RECEIVABLE_FIELD_NUMBER: _ClassVar[int]
    receivable: str
    def __init__(self, receivable: _Optional[str] = ...) -> None: ...

class DeclareRelated(_message.Message):
    __slots__ = ("organisations",)
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, organisations: _Optional[_Iterable[str]] = ...) -> None: ...

class VoucherEvent(_message.Message):
    __slots__ = ("voucher", "actor", "counterparty", "amount_fen", "parent", "form", "commitment", "registration_number", "line", "receivable", "order")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    RECEIVABLE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    voucher: VoucherRef
    actor: str
    counterparty: str
    amount_fen: int
    parent: VoucherRef
    form: FinancingForm
    commitment: bytes
    registration_number: str
    line: str
    receivable: str
    order: bytes
    def __init__(self, voucher: _Optional[_Union[VoucherRef, _Mapping]] = ..., actor: _Optional[str] = ..., counterparty: _Optional[str] = ..., amount_fen: _Optional[int] = ..., parent: _Optional[_Union[VoucherRef, _Mapping]] = ..., form: _Optional[_Union[FinancingForm, str]] = ..., commitment: _Optional[bytes] = ..., registration_number: _Optional[str] = ..., line: _Optional[str] = ..., receivable: _Optional[str] = ..., order: _Optional[bytes] = ...) -> None: ...
