from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PledgesCommand(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLEDGES_COMMAND_UNSPECIFIED: _ClassVar[PledgesCommand]
    REGISTER_BLANKET: _ClassVar[PledgesCommand]
    END_BLANKET: _ClassVar[PledgesCommand]
PLEDGES_COMMAND_UNSPECIFIED: PledgesCommand
REGISTER_BLANKET: PledgesCommand
END_BLANKET: PledgesCommand

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
    __slots__ = ("amount_fen", "occupied_fen", "red_lettered_fen")
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    OCCUPIED_FEN_FIELD_NUMBER: _ClassVar[int]
    RED_LETTERED_FEN_FIELD_NUMBER: _ClassVar[int]
    amount_fen: int
    occupied_fen: int
    red_lettered_fen: int
    def __init__(self, amount_fen: _Optional[int] = ..., occupied_fen: _Optional[int] = ..., red_lettered_fen: _Optional[int] = ...) -> None: ...

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

class Blankets(_message.Message):
    __slots__ = ("blankets",)
    BLANKETS_FIELD_NUMBER: _ClassVar[int]
    blankets: _containers.RepeatedCompositeFieldContainer[Blanket]
    def __init__(self, blankets: _Optional[_Iterable[_Union[Blanket, _Mapping]]] = ...) -> None: ...

class Blanket(_message.Message):
    __slots__ = ("secured_party", "registration_number", "filed_at_ms")
    SECURED_PARTY_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    secured_party: str
    registration_number: str
    filed_at_ms: int
    def __init__(self, secured_party: _Optional[str] = ..., registration_number: _Optional[str] = ..., filed_at_ms: _Optional[int] = ...) -> None: ...

class RegisterBlanket(_message.Message):
    __slots__ = ("registration_number", "filed_at_ms")
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    registration_number: str
    filed_at_ms: int
    def __init__(self, registration_number: _Optional[str] = ..., filed_at_ms: _Optional[int] = ...) -> None: ...

class EndBlanket(_message.Message):
    __slots__ = ("pledgor", "registration_number")
    PLEDGOR_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    pledgor: str
    registration_number: str
    def __init__(self, pledgor: _Optional[str] = ..., registration_number: _Optional[str] = ...) -> None: ...

class PledgeEvent(_message.Message):
    __slots__ = ("actor", "pledgor", "registration_number")
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    PLEDGOR_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    actor: str
    pledgor: str
    registration_number: str
    def __init__(self, actor: _Optional[str] = ..., pledgor: _Optional[str] = ..., registration_number: _Optional[str] = ...) -> None: ...
