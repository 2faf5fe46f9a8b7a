from hefu.v1 import identity_pb2 as _identity_pb2
from hefu.v1 import ledger_pb2 as _ledger_pb2
from hefu.v1 import pledges_pb2 as _pledges_pb2
from hefu.v1 import receivables_pb2 as _receivables_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TotalsSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOTALS_SIDE_UNSPECIFIED: _ClassVar[TotalsSide]
    ISSUER_SIDE: _ClassVar[TotalsSide]
    LENDER_SIDE: _ClassVar[TotalsSide]

class AlertKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_KIND_UNSPECIFIED: _ClassVar[AlertKind]
    ABNORMAL_SPLITTING: _ClassVar[AlertKind]
    CIRCULAR_TRADE: _ClassVar[AlertKind]
    RELATED_PARTIES: _ClassVar[AlertKind]
    CONCENTRATION: _ClassVar[AlertKind]
    PASS_THROUGH: _ClassVar[AlertKind]
TOTALS_SIDE_UNSPECIFIED: TotalsSide
ISSUER_SIDE: TotalsSide
LENDER_SIDE: TotalsSide
ALERT_KIND_UNSPECIFIED: AlertKind
ABNORMAL_SPLITTING: AlertKind
CIRCULAR_TRADE: AlertKind
RELATED_PARTIES: AlertKind
CONCENTRATION: AlertKind
PASS_THROUGH: AlertKind

class SubmitRequest(_message.Message):
    __slots__ = ("transaction",)
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    transaction: bytes
    def __init__(self, transaction: _Optional[bytes] = ...) -> None: ...

class SubmitBatch(_message.Message):
    __slots__ = ("transactions",)
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    transactions: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, transactions: _Optional[_Iterable[bytes]] = ...) -> None: ...

class ReceiptBatch(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[Receipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[Receipt, _Mapping]]] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("id", "has_leaf", "index", "height", "is_duplicate", "refusal", "time_ms", "events")
    ID_FIELD_NUMBER: _ClassVar[int]
    HAS_LEAF_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    IS_DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    has_leaf: bool
    index: int
    height: int
    is_duplicate: bool
    refusal: Refusal
    time_ms: int
    events: bytes
    def __init__(self, id: _Optional[bytes] = ..., has_leaf: _Optional[bool] = ..., index: _Optional[int] = ..., height: _Optional[int] = ..., is_duplicate: _Optional[bool] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., time_ms: _Optional[int] = ..., events: _Optional[bytes] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "name", "command_index", "field", "field_name", "english", "chinese")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    COMMAND_INDEX_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAME_FIELD_NUMBER: _ClassVar[int]
    ENGLISH_FIELD_NUMBER: _ClassVar[int]
    CHINESE_FIELD_NUMBER: _ClassVar[int]
    code: int
    name: str
    command_index: int
    field: int
    field_name: str
    english: str
    chinese: str
    def __init__(self, code: _Optional[int] = ..., name: _Optional[str] = ..., command_index: _Optional[int] = ..., field: _Optional[int] = ..., field_name: _Optional[str] = ..., english: _Optional[str] = ..., chinese: _Optional[str] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class NodeStatus(_message.Message):
    __slots__ = ("network", "height", "size", "root", "block_time_ms", "now_ms", "simulated_clock", "origin", "log_key", "software", "transactions", "pending", "stopped_because", "times", "cosignature_key", "engine", "witnesses", "http_address", "restored_height")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_CLOCK_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LOG_KEY_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    STOPPED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURE_KEY_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    WITNESSES_FIELD_NUMBER: _ClassVar[int]
    HTTP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    RESTORED_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    network: _ledger_pb2.NetworkId
    height: int
    size: int
    root: bytes
    block_time_ms: int
    now_ms: int
    simulated_clock: bool
    origin: str
    log_key: str
    software: str
    transactions: int
    pending: int
    stopped_because: str
    times: _containers.RepeatedCompositeFieldContainer[PhaseTime]
    cosignature_key: str
    engine: EngineStatus
    witnesses: _containers.RepeatedCompositeFieldContainer[WitnessStatus]
    http_address: str
    restored_height: int
    def __init__(self, network: _Optional[_Union[_ledger_pb2.NetworkId, _Mapping]] = ..., height: _Optional[int] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., block_time_ms: _Optional[int] = ..., now_ms: _Optional[int] = ..., simulated_clock: _Optional[bool] = ..., origin: _Optional[str] = ..., log_key: _Optional[str] = ..., software: _Optional[str] = ..., transactions: _Optional[int] = ..., pending: _Optional[int] = ..., stopped_because: _Optional[str] = ..., times: _Optional[_Iterable[_Union[PhaseTime, _Mapping]]] = ..., cosignature_key: _Optional[str] = ..., engine: _Optional[_Union[EngineStatus, _Mapping]] = ..., witnesses: _Optional[_Iterable[_Union[WitnessStatus, _Mapping]]] = ..., http_address: _Optional[str] = ..., restored_height: _Optional[int] = ...) -> None: ...

class EngineStatus(_message.Message):
    __slots__ = ("name", "node_id", "height", "block_time_ms", "peers", "catching_up", "power", "total_power", "validators", "last_fault", "last_fault_at_ms", "misbehaviour", "vote_held_until_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    BLOCK_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    CATCHING_UP_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    TOTAL_POWER_FIELD_NUMBER: _ClassVar[int]
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    LAST_FAULT_FIELD_NUMBER: _ClassVar[int]
    LAST_FAULT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    MISBEHAVIOUR_FIELD_NUMBER: _ClassVar[int]
    VOTE_HELD_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    node_id: str
    height: int
    block_time_ms: int
    peers: _containers.RepeatedScalarFieldContainer[str]
    catching_up: bool
    power: int
    total_power: int
    validators: int
    last_fault: str
    last_fault_at_ms: int
    misbehaviour: _containers.RepeatedScalarFieldContainer[str]
    vote_held_until_ms: int
    def __init__(self, name: _Optional[str] = ..., node_id: _Optional[str] = ..., height: _Optional[int] = ..., block_time_ms: _Optional[int] = ..., peers: _Optional[_Iterable[str]] = ..., catching_up: _Optional[bool] = ..., power: _Optional[int] = ..., total_power: _Optional[int] = ..., validators: _Optional[int] = ..., last_fault: _Optional[str] = ..., last_fault_at_ms: _Optional[int] = ..., misbehaviour: _Optional[_Iterable[str]] = ..., vote_held_until_ms: _Optional[int] = ...) -> None: ...

class WitnessStatus(_message.Message):
    __slots__ = ("name", "size", "cosigned_at_ms", "fault")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    COSIGNED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    name: str
    size: int
    cosigned_at_ms: int
    fault: str
    def __init__(self, name: _Optional[str] = ..., size: _Optional[int] = ..., cosigned_at_ms: _Optional[int] = ..., fault: _Optional[str] = ...) -> None: ...

class PhaseTime(_message.Message):
    __slots__ = ("phase", "calls", "microseconds")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    MICROSECONDS_FIELD_NUMBER: _ClassVar[int]
    phase: str
    calls: int
    microseconds: int
    def __init__(self, phase: _Optional[str] = ..., calls: _Optional[int] = ..., microseconds: _Optional[int] = ...) -> None: ...

class GetTransactionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    def __init__(self, id: _Optional[bytes] = ...) -> None: ...

class TransactionView(_message.Message):
    __slots__ = ("signed_transaction", "receipt")
    SIGNED_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    signed_transaction: bytes
    receipt: Receipt
    def __init__(self, signed_transaction: _Optional[bytes] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ...) -> None: ...

class GetRecordRequest(_message.Message):
    __slots__ = ("key", "height")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    key: str
    height: int
    def __init__(self, key: _Optional[str] = ..., height: _Optional[int] = ...) -> None: ...

class RecordView(_message.Message):
    __slots__ = ("exists", "record", "height")
    EXISTS_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    exists: bool
    record: _ledger_pb2.StateRecord
    height: int
    def __init__(self, exists: _Optional[bool] = ..., record: _Optional[_Union[_ledger_pb2.StateRecord, _Mapping]] = ..., height: _Optional[int] = ...) -> None: ...

class GetCheckpointRequest(_message.Message):
    __slots__ = ("fresh", "witnessed")
    FRESH_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    fresh: bool
    witnessed: bool
    def __init__(self, fresh: _Optional[bool] = ..., witnessed: _Optional[bool] = ...) -> None: ...

class CheckpointView(_message.Message):
    __slots__ = ("note", "height", "finality")
    NOTE_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    FINALITY_FIELD_NUMBER: _ClassVar[int]
    note: bytes
    height: int
    finality: _ledger_pb2.Finality
    def __init__(self, note: _Optional[bytes] = ..., height: _Optional[int] = ..., finality: _Optional[_Union[_ledger_pb2.Finality, _Mapping]] = ...) -> None: ...

class ProveTransactionRequest(_message.Message):
    __slots__ = ("id", "witnessed")
    ID_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    witnessed: bool
    def __init__(self, id: _Optional[bytes] = ..., witnessed: _Optional[bool] = ...) -> None: ...

class ProveStateRequest(_message.Message):
    __slots__ = ("keys", "height", "witnessed")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    height: int
    witnessed: bool
    def __init__(self, keys: _Optional[_Iterable[str]] = ..., height: _Optional[int] = ..., witnessed: _Optional[bool] = ...) -> None: ...

class ProveTotalsRequest(_message.Message):
    __slots__ = ("organisation", "side", "on", "witnessed")
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    side: TotalsSide
    on: int
    witnessed: bool
    def __init__(self, organisation: _Optional[str] = ..., side: _Optional[_Union[TotalsSide, str]] = ..., on: _Optional[int] = ..., witnessed: _Optional[bool] = ...) -> None: ...

class ProveConsistencyRequest(_message.Message):
    __slots__ = ("first_size", "second_size", "witnessed")
    FIRST_SIZE_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIZE_FIELD_NUMBER: _ClassVar[int]
    WITNESSED_FIELD_NUMBER: _ClassVar[int]
    first_size: int
    second_size: int
    witnessed: bool
    def __init__(self, first_size: _Optional[int] = ..., second_size: _Optional[int] = ..., witnessed: _Optional[bool] = ...) -> None: ...

class GetOrganisationRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class OrganisationView(_message.Message):
    __slots__ = ("id", "organisation", "keys")
    ID_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    id: str
    organisation: _identity_pb2.Organisation
    keys: _containers.RepeatedCompositeFieldContainer[KeyView]
    def __init__(self, id: _Optional[str] = ..., organisation: _Optional[_Union[_identity_pb2.Organisation, _Mapping]] = ..., keys: _Optional[_Iterable[_Union[KeyView, _Mapping]]] = ...) -> None: ...

class KeyView(_message.Message):
    __slots__ = ("public_key", "key")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    key: _identity_pb2.KeyRecord
    def __init__(self, public_key: _Optional[bytes] = ..., key: _Optional[_Union[_identity_pb2.KeyRecord, _Mapping]] = ...) -> None: ...

class ListOrganisationsRequest(_message.Message):
    __slots__ = ("role", "page_size", "cursor")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    role: _identity_pb2.Role
    page_size: int
    cursor: bytes
    def __init__(self, role: _Optional[_Union[_identity_pb2.Role, str]] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class OrganisationPage(_message.Message):
    __slots__ = ("organisations", "next_cursor")
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedCompositeFieldContainer[OrganisationView]
    next_cursor: bytes
    def __init__(self, organisations: _Optional[_Iterable[_Union[OrganisationView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ...) -> None: ...

class GetPackageRequest(_message.Message):
    __slots__ = ("package",)
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    package: str
    def __init__(self, package: _Optional[str] = ...) -> None: ...

class PackageView(_message.Message):
    __slots__ = ("id", "package", "height", "time_ms", "owed_fen", "overdue")
    ID_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    OWED_FEN_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    id: str
    package: _receivables_pb2.Package
    height: int
    time_ms: int
    owed_fen: int
    overdue: bool
    def __init__(self, id: _Optional[str] = ..., package: _Optional[_Union[_receivables_pb2.Package, _Mapping]] = ..., height: _Optional[int] = ..., time_ms: _Optional[int] = ..., owed_fen: _Optional[int] = ..., overdue: _Optional[bool] = ...) -> None: ...

class GetVoucherRequest(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ...) -> None: ...

class VoucherView(_message.Message):
    __slots__ = ("voucher", "state", "claim", "issuer", "due_on", "owed_fen", "height", "time_ms", "package_frozen", "red_lettered")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    OWED_FEN_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FROZEN_FIELD_NUMBER: _ClassVar[int]
    RED_LETTERED_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    state: _receivables_pb2.Voucher
    claim: _pledges_pb2.Claim
    issuer: str
    due_on: int
    owed_fen: int
    height: int
    time_ms: int
    package_frozen: bool
    red_lettered: bool
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ..., state: _Optional[_Union[_receivables_pb2.Voucher, _Mapping]] = ..., claim: _Optional[_Union[_pledges_pb2.Claim, _Mapping]] = ..., issuer: _Optional[str] = ..., due_on: _Optional[int] = ..., owed_fen: _Optional[int] = ..., height: _Optional[int] = ..., time_ms: _Optional[int] = ..., package_frozen: _Optional[bool] = ..., red_lettered: _Optional[bool] = ...) -> None: ...

class ListVouchersRequest(_message.Message):
    __slots__ = ("holder", "issuer", "stage", "circulation", "due_from", "due_to", "package", "counterparty", "page_size", "cursor")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CIRCULATION_FIELD_NUMBER: _ClassVar[int]
    DUE_FROM_FIELD_NUMBER: _ClassVar[int]
    DUE_TO_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    holder: str
    issuer: str
    stage: _receivables_pb2.VoucherStage
    circulation: _receivables_pb2.Circulation
    due_from: int
    due_to: int
    package: str
    counterparty: str
    page_size: int
    cursor: bytes
    def __init__(self, holder: _Optional[str] = ..., issuer: _Optional[str] = ..., stage: _Optional[_Union[_receivables_pb2.VoucherStage, str]] = ..., circulation: _Optional[_Union[_receivables_pb2.Circulation, str]] = ..., due_from: _Optional[int] = ..., due_to: _Optional[int] = ..., package: _Optional[str] = ..., counterparty: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class VoucherPage(_message.Message):
    __slots__ = ("vouchers", "next_cursor", "height", "total", "total_fen")
    VOUCHERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    vouchers: _containers.RepeatedCompositeFieldContainer[VoucherView]
    next_cursor: bytes
    height: int
    total: int
    total_fen: int
    def __init__(self, vouchers: _Optional[_Iterable[_Union[VoucherView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ..., total: _Optional[int] = ..., total_fen: _Optional[int] = ...) -> None: ...

class ListPackagesRequest(_message.Message):
    __slots__ = ("issuer", "payee", "stage", "due_from", "due_to", "page_size", "cursor")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    PAYEE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DUE_FROM_FIELD_NUMBER: _ClassVar[int]
    DUE_TO_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    payee: str
    stage: _receivables_pb2.PackageStage
    due_from: int
    due_to: int
    page_size: int
    cursor: bytes
    def __init__(self, issuer: _Optional[str] = ..., payee: _Optional[str] = ..., stage: _Optional[_Union[_receivables_pb2.PackageStage, str]] = ..., due_from: _Optional[int] = ..., due_to: _Optional[int] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class PackagePage(_message.Message):
    __slots__ = ("packages", "next_cursor", "height", "total", "total_fen")
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    packages: _containers.RepeatedCompositeFieldContainer[PackageView]
    next_cursor: bytes
    height: int
    total: int
    total_fen: int
    def __init__(self, packages: _Optional[_Iterable[_Union[PackageView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ..., total: _Optional[int] = ..., total_fen: _Optional[int] = ...) -> None: ...

class GetTotalsRequest(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: str
    def __init__(self, organisation: _Optional[str] = ...) -> None: ...

class TraceVoucherRequest(_message.Message):
    __slots__ = ("voucher", "after_index")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    AFTER_INDEX_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    after_index: int
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ..., after_index: _Optional[int] = ...) -> None: ...

class VoucherTrace(_message.Message):
    __slots__ = ("steps", "package", "next_index", "history_after_height")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    NEXT_INDEX_FIELD_NUMBER: _ClassVar[int]
    HISTORY_AFTER_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[TraceStep]
    package: PackageView
    next_index: int
    history_after_height: int
    def __init__(self, steps: _Optional[_Iterable[_Union[TraceStep, _Mapping]]] = ..., package: _Optional[_Union[PackageView, _Mapping]] = ..., next_index: _Optional[int] = ..., history_after_height: _Optional[int] = ...) -> None: ...

class TraceStep(_message.Message):
    __slots__ = ("height", "time_ms", "transaction_id", "index", "kind", "event")
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    height: int
    time_ms: int
    transaction_id: bytes
    index: int
    kind: int
    event: _receivables_pb2.VoucherEvent
    def __init__(self, height: _Optional[int] = ..., time_ms: _Optional[int] = ..., transaction_id: _Optional[bytes] = ..., index: _Optional[int] = ..., kind: _Optional[int] = ..., event: _Optional[_Union[_receivables_pb2.VoucherEvent, _Mapping]] = ...) -> None: ...

class TracePackageRequest(_message.Message):
    __slots__ = ("package", "after_index")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    AFTER_INDEX_FIELD_NUMBER: _ClassVar[int]
    package: str
    after_index: int
    def __init__(self, package: _Optional[str] = ..., after_index: _Optional[int] = ...) -> None: ...

class PackageTrace(_message.Message):
    __slots__ = ("package", "vouchers", "steps", "sum_fen", "next_index", "history_after_height")
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    VOUCHERS_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SUM_FEN_FIELD_NUMBER: _ClassVar[int]
    NEXT_INDEX_FIELD_NUMBER: _ClassVar[int]
    HISTORY_AFTER_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    package: PackageView
    vouchers: _containers.RepeatedCompositeFieldContainer[VoucherView]
    steps: _containers.RepeatedCompositeFieldContainer[TraceStep]
    sum_fen: int
    next_index: int
    history_after_height: int
    def __init__(self, package: _Optional[_Union[PackageView, _Mapping]] = ..., vouchers: _Optional[_Iterable[_Union[VoucherView, _Mapping]]] = ..., steps: _Optional[_Iterable[_Union[TraceStep, _Mapping]]] = ..., sum_fen: _Optional[int] = ..., next_index: _Optional[int] = ..., history_after_height: _Optional[int] = ...) -> None: ...

class GetLineRequest(_message.Message):
    __slots__ = ("line",)
    LINE_FIELD_NUMBER: _ClassVar[int]
    line: str
    def __init__(self, line: _Optional[str] = ...) -> None: ...

class LineView(_message.Message):
    __slots__ = ("id", "line", "free_fen", "height")
    ID_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    FREE_FEN_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    id: str
    line: _receivables_pb2.Line
    free_fen: int
    height: int
    def __init__(self, id: _Optional[str] = ..., line: _Optional[_Union[_receivables_pb2.Line, _Mapping]] = ..., free_fen: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class ListLinesRequest(_message.Message):
    __slots__ = ("grantor", "holder", "group", "page_size", "cursor")
    GRANTOR_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    grantor: str
    holder: str
    group: str
    page_size: int
    cursor: bytes
    def __init__(self, grantor: _Optional[str] = ..., holder: _Optional[str] = ..., group: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class LinePage(_message.Message):
    __slots__ = ("lines", "next_cursor", "height")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[LineView]
    next_cursor: bytes
    height: int
    def __init__(self, lines: _Optional[_Iterable[_Union[LineView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ...) -> None: ...

class GetQuotesRequest(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ...) -> None: ...

class QuotesView(_message.Message):
    __slots__ = ("round", "is_open", "height", "time_ms")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    round: _receivables_pb2.QuoteRound
    is_open: bool
    height: int
    time_ms: int
    def __init__(self, round: _Optional[_Union[_receivables_pb2.QuoteRound, _Mapping]] = ..., is_open: _Optional[bool] = ..., height: _Optional[int] = ..., time_ms: _Optional[int] = ...) -> None: ...

class ListClearingRequest(_message.Message):
    __slots__ = ("paying_bank", "package", "on", "page_size", "cursor")
    PAYING_BANK_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    paying_bank: str
    package: str
    on: int
    page_size: int
    cursor: bytes
    def __init__(self, paying_bank: _Optional[str] = ..., package: _Optional[str] = ..., on: _Optional[int] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ClearingLine(_message.Message):
    __slots__ = ("voucher", "debtor", "due_on", "owed_fen", "payees", "kept_fen", "failure", "objection", "frozen")
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    DUE_ON_FIELD_NUMBER: _ClassVar[int]
    OWED_FEN_FIELD_NUMBER: _ClassVar[int]
    PAYEES_FIELD_NUMBER: _ClassVar[int]
    KEPT_FEN_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    debtor: str
    due_on: int
    owed_fen: int
    payees: _containers.RepeatedCompositeFieldContainer[_receivables_pb2.Payee]
    kept_fen: int
    failure: _receivables_pb2.Failure
    objection: _receivables_pb2.Objection
    frozen: bool
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ..., debtor: _Optional[str] = ..., due_on: _Optional[int] = ..., owed_fen: _Optional[int] = ..., payees: _Optional[_Iterable[_Union[_receivables_pb2.Payee, _Mapping]]] = ..., kept_fen: _Optional[int] = ..., failure: _Optional[_Union[_receivables_pb2.Failure, _Mapping]] = ..., objection: _Optional[_Union[_receivables_pb2.Objection, _Mapping]] = ..., frozen: _Optional[bool] = ...) -> None: ...

class ClearingPage(_message.Message):
    __slots__ = ("lines", "next_cursor", "height", "total", "total_owed_fen")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_OWED_FEN_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[ClearingLine]
    next_cursor: bytes
    height: int
    total: int
    total_owed_fen: int
    def __init__(self, lines: _Optional[_Iterable[_Union[ClearingLine, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ..., total: _Optional[int] = ..., total_owed_fen: _Optional[int] = ...) -> None: ...

class ListReceivablesRequest(_message.Message):
    __slots__ = ("creditor", "debtor", "stage", "page_size", "cursor")
    CREDITOR_FIELD_NUMBER: _ClassVar[int]
    DEBTOR_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    creditor: str
    debtor: str
    stage: _receivables_pb2.ReceivableStage
    page_size: int
    cursor: bytes
    def __init__(self, creditor: _Optional[str] = ..., debtor: _Optional[str] = ..., stage: _Optional[_Union[_receivables_pb2.ReceivableStage, str]] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class ReceivableView(_message.Message):
    __slots__ = ("id", "receivable")
    ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVABLE_FIELD_NUMBER: _ClassVar[int]
    id: str
    receivable: _receivables_pb2.Receivable
    def __init__(self, id: _Optional[str] = ..., receivable: _Optional[_Union[_receivables_pb2.Receivable, _Mapping]] = ...) -> None: ...

class ReceivablePage(_message.Message):
    __slots__ = ("receivables", "next_cursor", "height", "time_ms")
    RECEIVABLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    receivables: _containers.RepeatedCompositeFieldContainer[ReceivableView]
    next_cursor: bytes
    height: int
    time_ms: int
    def __init__(self, receivables: _Optional[_Iterable[_Union[ReceivableView, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ..., time_ms: _Optional[int] = ...) -> None: ...

class GetRegistrationTextRequest(_message.Message):
    __slots__ = ("voucher",)
    VOUCHER_FIELD_NUMBER: _ClassVar[int]
    voucher: _receivables_pb2.VoucherRef
    def __init__(self, voucher: _Optional[_Union[_receivables_pb2.VoucherRef, _Mapping]] = ...) -> None: ...

class RegistrationText(_message.Message):
    __slots__ = ("type", "text")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    type: str
    text: str
    def __init__(self, type: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class ListAlertsRequest(_message.Message):
    __slots__ = ("kind", "from_on", "to_on", "organisation", "page_size", "cursor")
    KIND_FIELD_NUMBER: _ClassVar[int]
    FROM_ON_FIELD_NUMBER: _ClassVar[int]
    TO_ON_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    kind: AlertKind
    from_on: int
    to_on: int
    organisation: str
    page_size: int
    cursor: bytes
    def __init__(self, kind: _Optional[_Union[AlertKind, str]] = ..., from_on: _Optional[int] = ..., to_on: _Optional[int] = ..., organisation: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[bytes] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("kind", "organisations", "packages", "amount_fen", "count", "first_on", "last_on", "share_ppm")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    PACKAGES_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_ON_FIELD_NUMBER: _ClassVar[int]
    LAST_ON_FIELD_NUMBER: _ClassVar[int]
    SHARE_PPM_FIELD_NUMBER: _ClassVar[int]
    kind: AlertKind
    organisations: _containers.RepeatedScalarFieldContainer[str]
    packages: _containers.RepeatedScalarFieldContainer[str]
    amount_fen: int
    count: int
    first_on: int
    last_on: int
    share_ppm: int
    def __init__(self, kind: _Optional[_Union[AlertKind, str]] = ..., organisations: _Optional[_Iterable[str]] = ..., packages: _Optional[_Iterable[str]] = ..., amount_fen: _Optional[int] = ..., count: _Optional[int] = ..., first_on: _Optional[int] = ..., last_on: _Optional[int] = ..., share_ppm: _Optional[int] = ...) -> None: ...

class AlertPage(_message.Message):
    __slots__ = ("alerts", "next_cursor", "height")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[Alert]
    next_cursor: bytes
    height: int
    def __init__(self, alerts: _Optional[_Iterable[_Union[Alert, _Mapping]]] = ..., next_cursor: _Optional[bytes] = ..., height: _Optional[int] = ...) -> None: ...
