from hefu.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Bundle(_message.Message):
    __slots__ = ("transactions", "attempt")
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    transactions: _containers.RepeatedScalarFieldContainer[bytes]
    attempt: int
    def __init__(self, transactions: _Optional[_Iterable[bytes]] = ..., attempt: _Optional[int] = ...) -> None: ...

class SnapshotManifest(_message.Message):
    __slots__ = ("network", "height", "time_ms", "size", "root", "first_index", "frontier", "chunk_hashes")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    FRONTIER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_HASHES_FIELD_NUMBER: _ClassVar[int]
    network: _ledger_pb2.NetworkId
    height: int
    time_ms: int
    size: int
    root: bytes
    first_index: int
    frontier: _containers.RepeatedScalarFieldContainer[bytes]
    chunk_hashes: bytes
    def __init__(self, network: _Optional[_Union[_ledger_pb2.NetworkId, _Mapping]] = ..., height: _Optional[int] = ..., time_ms: _Optional[int] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., first_index: _Optional[int] = ..., frontier: _Optional[_Iterable[bytes]] = ..., chunk_hashes: _Optional[bytes] = ...) -> None: ...

class SnapshotChunk(_message.Message):
    __slots__ = ("leaves", "records")
    LEAVES_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    leaves: _containers.RepeatedCompositeFieldContainer[SnapshotLeaf]
    records: _containers.RepeatedCompositeFieldContainer[SnapshotRecord]
    def __init__(self, leaves: _Optional[_Iterable[_Union[SnapshotLeaf, _Mapping]]] = ..., records: _Optional[_Iterable[_Union[SnapshotRecord, _Mapping]]] = ...) -> None: ...

class SnapshotLeaf(_message.Message):
    __slots__ = ("entry", "signed_transaction", "events")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    SIGNED_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    entry: bytes
    signed_transaction: bytes
    events: bytes
    def __init__(self, entry: _Optional[bytes] = ..., signed_transaction: _Optional[bytes] = ..., events: _Optional[bytes] = ...) -> None: ...

class SnapshotRecord(_message.Message):
    __slots__ = ("key", "record")
    KEY_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    key: str
    record: bytes
    def __init__(self, key: _Optional[str] = ..., record: _Optional[bytes] = ...) -> None: ...
