from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NetworkId(_message.Message):
    __slots__ = ("name", "genesis_hash")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GENESIS_HASH_FIELD_NUMBER: _ClassVar[int]
    name: str
    genesis_hash: bytes
    def __init__(self, name: _Optional[str] = ..., genesis_hash: _Optional[bytes] = ...) -> None: ...

class SignedTransaction(_message.Message):
    __slots__ = ("body", "signatures")
    BODY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, body: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("algorithm", "public_key", "signature")
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    algorithm: int
    public_key: bytes
    signature: bytes
    def __init__(self, algorithm: _Optional[int] = ..., public_key: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class TransactionBody(_message.Message):
    __slots__ = ("network", "nonce", "valid_until_ms", "commands")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    network: NetworkId
    nonce: bytes
    valid_until_ms: int
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    def __init__(self, network: _Optional[_Union[NetworkId, _Mapping]] = ..., nonce: _Optional[bytes] = ..., valid_until_ms: _Optional[int] = ..., commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("organisations", "kind", "payload", "agent")
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedScalarFieldContainer[str]
    kind: int
    payload: bytes
    agent: str
    def __init__(self, organisations: _Optional[_Iterable[str]] = ..., kind: _Optional[int] = ..., payload: _Optional[bytes] = ..., agent: _Optional[str] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("code", "command_index", "field")
    CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_INDEX_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    code: int
    command_index: int
    field: int
    def __init__(self, code: _Optional[int] = ..., command_index: _Optional[int] = ..., field: _Optional[int] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("kind", "payload")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    kind: int
    payload: bytes
    def __init__(self, kind: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class Events(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class LogEntry(_message.Message):
    __slots__ = ("genesis", "transaction", "block", "key_rotation")
    GENESIS_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    KEY_ROTATION_FIELD_NUMBER: _ClassVar[int]
    genesis: GenesisEntry
    transaction: TransactionEntry
    block: BlockEntry
    key_rotation: KeyRotationEntry
    def __init__(self, genesis: _Optional[_Union[GenesisEntry, _Mapping]] = ..., transaction: _Optional[_Union[TransactionEntry, _Mapping]] = ..., block: _Optional[_Union[BlockEntry, _Mapping]] = ..., key_rotation: _Optional[_Union[KeyRotationEntry, _Mapping]] = ...) -> None: ...

class GenesisEntry(_message.Message):
    __slots__ = ("network_name", "genesis_hash")
    NETWORK_NAME_FIELD_NUMBER: _ClassVar[int]
    GENESIS_HASH_FIELD_NUMBER: _ClassVar[int]
    network_name: str
    genesis_hash: bytes
    def __init__(self, network_name: _Optional[str] = ..., genesis_hash: _Optional[bytes] = ...) -> None: ...

class TransactionEntry(_message.Message):
    __slots__ = ("id", "valid_until_ms", "signed_hash", "outcome", "events_hash")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    SIGNED_HASH_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    EVENTS_HASH_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    valid_until_ms: int
    signed_hash: bytes
    outcome: Outcome
    events_hash: bytes
    def __init__(self, id: _Optional[bytes] = ..., valid_until_ms: _Optional[int] = ..., signed_hash: _Optional[bytes] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ..., events_hash: _Optional[bytes] = ...) -> None: ...

class BlockEntry(_message.Message):
    __slots__ = ("height", "time_ms", "first_index", "size", "state_root", "validator_set_hash", "software_version")
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    STATE_ROOT_FIELD_NUMBER: _ClassVar[int]
    VALIDATOR_SET_HASH_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_VERSION_FIELD_NUMBER: _ClassVar[int]
    height: int
    time_ms: int
    first_index: int
    size: int
    state_root: bytes
    validator_set_hash: bytes
    software_version: int
    def __init__(self, height: _Optional[int] = ..., time_ms: _Optional[int] = ..., first_index: _Optional[int] = ..., size: _Optional[int] = ..., state_root: _Optional[bytes] = ..., validator_set_hash: _Optional[bytes] = ..., software_version: _Optional[int] = ...) -> None: ...

class KeyRotationEntry(_message.Message):
    __slots__ = ("new_key",)
    NEW_KEY_FIELD_NUMBER: _ClassVar[int]
    new_key: str
    def __init__(self, new_key: _Optional[str] = ...) -> None: ...

class StateRecord(_message.Message):
    __slots__ = ("body", "salt", "lapse")
    BODY_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    LAPSE_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    salt: bytes
    lapse: Lapse
    def __init__(self, body: _Optional[bytes] = ..., salt: _Optional[bytes] = ..., lapse: _Optional[_Union[Lapse, _Mapping]] = ...) -> None: ...

class Lapse(_message.Message):
    __slots__ = ("at_ms", "body")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    body: bytes
    def __init__(self, at_ms: _Optional[int] = ..., body: _Optional[bytes] = ...) -> None: ...

class Hold(_message.Message):
    __slots__ = ("at_ms", "what")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    what: str
    def __init__(self, at_ms: _Optional[int] = ..., what: _Optional[str] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("transaction_bytes", "signatures", "transactions_per_organisation_block", "horizon_ms")
    TRANSACTION_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_PER_ORGANISATION_BLOCK_FIELD_NUMBER: _ClassVar[int]
    HORIZON_MS_FIELD_NUMBER: _ClassVar[int]
    transaction_bytes: int
    signatures: int
    transactions_per_organisation_block: int
    horizon_ms: int
    def __init__(self, transaction_bytes: _Optional[int] = ..., signatures: _Optional[int] = ..., transactions_per_organisation_block: _Optional[int] = ..., horizon_ms: _Optional[int] = ...) -> None: ...

class Software(_message.Message):
    __slots__ = ("version", "next_version", "next_height")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    NEXT_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    version: int
    next_version: int
    next_height: int
    def __init__(self, version: _Optional[int] = ..., next_version: _Optional[int] = ..., next_height: _Optional[int] = ...) -> None: ...

class SimulatedClock(_message.Message):
    __slots__ = ("now_ms",)
    NOW_MS_FIELD_NUMBER: _ClassVar[int]
    now_ms: int
    def __init__(self, now_ms: _Optional[int] = ...) -> None: ...

class Proof(_message.Message):
    __slots__ = ("transaction", "state", "consistency", "finality")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    FINALITY_FIELD_NUMBER: _ClassVar[int]
    transaction: TransactionProof
    state: StateProof
    consistency: ConsistencyProof
    finality: Finality
    def __init__(self, transaction: _Optional[_Union[TransactionProof, _Mapping]] = ..., state: _Optional[_Union[StateProof, _Mapping]] = ..., consistency: _Optional[_Union[ConsistencyProof, _Mapping]] = ..., finality: _Optional[_Union[Finality, _Mapping]] = ...) -> None: ...

class Finality(_message.Message):
    __slots__ = ("light_blocks",)
    LIGHT_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    light_blocks: _containers.RepeatedCompositeFieldContainer[LightBlock]
    def __init__(self, light_blocks: _Optional[_Iterable[_Union[LightBlock, _Mapping]]] = ...) -> None: ...

class LightBlock(_message.Message):
    __slots__ = ("header", "commit", "validators")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    commit: bytes
    validators: bytes
    def __init__(self, header: _Optional[bytes] = ..., commit: _Optional[bytes] = ..., validators: _Optional[bytes] = ...) -> None: ...

class TransactionProof(_message.Message):
    __slots__ = ("network", "signed_transaction", "entry", "index", "path", "block_entry", "block_index", "block_path", "events", "checkpoint")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SIGNED_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    BLOCK_ENTRY_FIELD_NUMBER: _ClassVar[int]
    BLOCK_INDEX_FIELD_NUMBER: _ClassVar[int]
    BLOCK_PATH_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    network: NetworkId
    signed_transaction: bytes
    entry: bytes
    index: int
    path: bytes
    block_entry: bytes
    block_index: int
    block_path: bytes
    events: bytes
    checkpoint: bytes
    def __init__(self, network: _Optional[_Union[NetworkId, _Mapping]] = ..., signed_transaction: _Optional[bytes] = ..., entry: _Optional[bytes] = ..., index: _Optional[int] = ..., path: _Optional[bytes] = ..., block_entry: _Optional[bytes] = ..., block_index: _Optional[int] = ..., block_path: _Optional[bytes] = ..., events: _Optional[bytes] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

class StateProof(_message.Message):
    __slots__ = ("network", "items", "block_entry", "block_index", "block_path", "checkpoint")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    BLOCK_ENTRY_FIELD_NUMBER: _ClassVar[int]
    BLOCK_INDEX_FIELD_NUMBER: _ClassVar[int]
    BLOCK_PATH_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    network: NetworkId
    items: _containers.RepeatedCompositeFieldContainer[StateItem]
    block_entry: bytes
    block_index: int
    block_path: bytes
    checkpoint: bytes
    def __init__(self, network: _Optional[_Union[NetworkId, _Mapping]] = ..., items: _Optional[_Iterable[_Union[StateItem, _Mapping]]] = ..., block_entry: _Optional[bytes] = ..., block_index: _Optional[int] = ..., block_path: _Optional[bytes] = ..., checkpoint: _Optional[bytes] = ...) -> None: ...

class StateItem(_message.Message):
    __slots__ = ("key", "record", "path")
    KEY_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    key: str
    record: bytes
    path: StatePath
    def __init__(self, key: _Optional[str] = ..., record: _Optional[bytes] = ..., path: _Optional[_Union[StatePath, _Mapping]] = ...) -> None: ...

class StatePath(_message.Message):
    __slots__ = ("depth", "bitmap", "siblings", "other_key_hash", "other_value_hash")
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    BITMAP_FIELD_NUMBER: _ClassVar[int]
    SIBLINGS_FIELD_NUMBER: _ClassVar[int]
    OTHER_KEY_HASH_FIELD_NUMBER: _ClassVar[int]
    OTHER_VALUE_HASH_FIELD_NUMBER: _ClassVar[int]
    depth: int
    bitmap: bytes
    siblings: bytes
    other_key_hash: bytes
    other_value_hash: bytes
    def __init__(self, depth: _Optional[int] = ..., bitmap: _Optional[bytes] = ..., siblings: _Optional[bytes] = ..., other_key_hash: _Optional[bytes] = ..., other_value_hash: _Optional[bytes] = ...) -> None: ...

class ConsistencyProof(_message.Message):
    __slots__ = ("network", "first_checkpoint", "second_checkpoint", "path")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    FIRST_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    SECOND_CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    network: NetworkId
    first_checkpoint: bytes
    second_checkpoint: bytes
    path: bytes
    def __init__(self, network: _Optional[_Union[NetworkId, _Mapping]] = ..., first_checkpoint: _Optional[bytes] = ..., second_checkpoint: _Optional[bytes] = ..., path: _Optional[bytes] = ...) -> None: ...

class TrustFile(_message.Message):
    __slots__ = ("network", "origin", "log_keys", "witnesses", "witness_quorum", "simulated_clock", "expires_at_ms", "validators", "trusted_header", "genesis_time_ms", "trusting_period_ms")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LOG_KEYS_FIELD_NUMBER: _ClassVar[int]
    WITNESSES_FIELD_NUMBER: _ClassVar[int]
    WITNESS_QUORUM_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_CLOCK_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    VALIDATORS_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_HEADER_FIELD_NUMBER: _ClassVar[int]
    GENESIS_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    TRUSTING_PERIOD_MS_FIELD_NUMBER: _ClassVar[int]
    network: NetworkId
    origin: str
    log_keys: _containers.RepeatedCompositeFieldContainer[TrustedKey]
    witnesses: _containers.RepeatedScalarFieldContainer[str]
    witness_quorum: int
    simulated_clock: bool
    expires_at_ms: int
    validators: _containers.RepeatedCompositeFieldContainer[TrustedValidator]
    trusted_header: bytes
    genesis_time_ms: int
    trusting_period_ms: int
    def __init__(self, network: _Optional[_Union[NetworkId, _Mapping]] = ..., origin: _Optional[str] = ..., log_keys: _Optional[_Iterable[_Union[TrustedKey, _Mapping]]] = ..., witnesses: _Optional[_Iterable[str]] = ..., witness_quorum: _Optional[int] = ..., simulated_clock: _Optional[bool] = ..., expires_at_ms: _Optional[int] = ..., validators: _Optional[_Iterable[_Union[TrustedValidator, _Mapping]]] = ..., trusted_header: _Optional[bytes] = ..., genesis_time_ms: _Optional[int] = ..., trusting_period_ms: _Optional[int] = ...) -> None: ...

class TrustedValidator(_message.Message):
    __slots__ = ("public_key", "power")
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    public_key: bytes
    power: int
    def __init__(self, public_key: _Optional[bytes] = ..., power: _Optional[int] = ...) -> None: ...

class TrustedKey(_message.Message):
    __slots__ = ("key", "first_size", "last_size")
    KEY_FIELD_NUMBER: _ClassVar[int]
    FIRST_SIZE_FIELD_NUMBER: _ClassVar[int]
    LAST_SIZE_FIELD_NUMBER: _ClassVar[int]
    key: str
    first_size: int
    last_size: int
    def __init__(self, key: _Optional[str] = ..., first_size: _Optional[int] = ..., last_size: _Optional[int] = ...) -> None: ...
