from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Claim(_message.Message):
    __slots__ = ("pledgee", "secured_fen", "registration_number", "value_on")
    PLEDGEE_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VALUE_ON_FIELD_NUMBER: _ClassVar[int]
    pledgee: str
    secured_fen: int
    registration_number: str
    value_on: int
    def __init__(self, pledgee: _Optional[str] = ..., secured_fen: _Optional[int] = ..., registration_number: _Optional[str] = ..., value_on: _Optional[int] = ...) -> None: ...

class InvoiceOccupation(_message.Message):
    __slots__ = ("amount_fen", "occupied_fen")
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    OCCUPIED_FEN_FIELD_NUMBER: _ClassVar[int]
    amount_fen: int
    occupied_fen: int
    def __init__(self, amount_fen: _Optional[int] = ..., occupied_fen: _Optional[int] = ...) -> None: ...

class InvoiceUse(_message.Message):
    __slots__ = ("fingerprint", "amount_fen", "occupied_fen")
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    OCCUPIED_FEN_FIELD_NUMBER: _ClassVar[int]
    fingerprint: bytes
    amount_fen: int
    occupied_fen: int
    def __init__(self, fingerprint: _Optional[bytes] = ..., amount_fen: _Optional[int] = ..., occupied_fen: _Optional[int] = ...) -> None: ...

class Registration(_message.Message):
    __slots__ = ("secured_party", "filed_at_ms", "asset")
    SECURED_PARTY_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    secured_party: str
    filed_at_ms: int
    asset: str
    def __init__(self, secured_party: _Optional[str] = ..., filed_at_ms: _Optional[int] = ..., asset: _Optional[str] = ...) -> None: ...

class LenderTotals(_message.Message):
    __slots__ = ("claims", "secured_fen")
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    SECURED_FEN_FIELD_NUMBER: _ClassVar[int]
    claims: int
    secured_fen: int
    def __init__(self, claims: _Optional[int] = ..., secured_fen: _Optional[int] = ...) -> None: ...
