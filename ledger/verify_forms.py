"""The two canonical forms of a proof, the one form of a trust file, and the one encoding of what lies inside them.

- Binary: the deterministic protobuf encoding, with no unknown field and no empty message at any depth.
- JSON: proto field names, sorted keys, no spaces, ASCII, bytes in lowercase hex, 64-bit integers as decimal strings, no
  default values, one newline at the end.
- Reading is canonical: what was read is rendered again and must give the same bytes. So a file has one spelling, and
  one with a byte changed, cut or added is malformed or says something else, which the verifier then refuses.
- Readers raise `MalformedInput` and nothing else.
- The messages hold bytes, strings, int64, uint32 and bool, and no other scalars; a test walks them.

Not here: what a proof must prove (`verify.py`), whom to trust (`trust.py`).
"""

import json

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput

MAX_FILE_BYTES = 4 << 20
"""Longest proof or trust file that is read, in bytes."""


def parse_proof(data: bytes) -> pb.Proof:
    """Read a proof file of either form. Its kind is present; nothing of it is verified."""
    proof = pb.Proof()
    if data.startswith(b"{"):
        read_json(proof, data)
    else:
        _refuse_long(data)
        read_canonical(proof, data, "proof")
    if proof.WhichOneof("proof") is None:
        raise MalformedInput("holds no proof", "proof")
    return proof


def parse_trust(data: bytes) -> pb.TrustFile:
    """Read a trust file, which is JSON. `trust.open_trust` checks what it says."""
    trust = pb.TrustFile()
    read_json(trust, data)
    return trust


def render_binary(message: Message) -> bytes:
    """The binary form."""
    return message.SerializeToString(deterministic=True)


def render_json(message: Message) -> bytes:
    """The JSON form, with its newline."""
    return _dump(_to_json(message))


def render_trust_json(trust: pb.TrustFile) -> bytes:
    """The trust file's one form."""
    return render_json(trust)


def read_canonical(message: Message, encoded: bytes, field: str) -> None:
    """Fill `message` from bytes that must be its one encoding; else MalformedInput at `field`."""
    try:
        message.ParseFromString(encoded)
    except DecodeError:
        raise MalformedInput("not a protobuf message of the right kind", field) from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != encoded:
        raise MalformedInput("not in the one encoding", field)
    _refuse_empty_messages(message, field)


def _refuse_empty_messages(message: Message, place: str) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                if not inner.ListFields():
                    raise MalformedInput(f"an empty {field.name}", place)
                _refuse_empty_messages(inner, place)


def _refuse_long(data: bytes) -> None:
    if len(data) > MAX_FILE_BYTES:
        raise MalformedInput(f"longer than {MAX_FILE_BYTES} bytes")


def _to_json(message: Message) -> dict[str, object]:
    fields: dict[str, object] = {}
    for field, value in message.ListFields():
        fields[field.name] = [_to_value(field, one) for one in value] if field.is_repeated else _to_value(field, value)
    return fields


def _to_value(field: FieldDescriptor, value: object) -> object:
    if isinstance(value, Message):
        return _to_json(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if field.type == FieldDescriptor.TYPE_INT64 else value


def _dump(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def read_json(message: Message, data: bytes) -> None:
    """Fill `message` from the JSON form; else MalformedInput."""
    _refuse_long(data)
    try:
        value = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise MalformedInput("not JSON in ASCII") from None
    _fill(message, value, "")
    _refuse_empty_messages(message, "file")
    # Whatever was read too kindly (order, spaces, a key twice, a default value, upper-case hex) shows here.
    if render_json(message) != data:
        raise MalformedInput("not in the canonical form of JSON")


def _fill(message: Message, value: object, path: str) -> None:
    if not isinstance(value, dict):
        raise MalformedInput("must be an object", path)
    for name, inner in value.items():
        # A name may be any text of a stranger: an unknown one is not repeated.
        if not name.isascii() or name not in message.DESCRIPTOR.fields_by_name:
            raise MalformedInput("has an unknown field", path)
        _set_field(message, name, inner, f"{path}.{name}" if path else name)


def _set_field(message: Message, name: str, value: object, path: str) -> None:
    field = message.DESCRIPTOR.fields_by_name[name]
    target = getattr(message, name)
    if field.is_repeated:
        if not isinstance(value, list):
            raise MalformedInput("must be a list", path)
        for one in value:
            if field.message_type is not None:
                _fill(target.add(), one, path)
            else:
                target.append(_read_scalar(field.type, one, path))
    elif field.message_type is not None:
        target.SetInParent()
        _fill(target, value, path)
    else:
        setattr(message, name, _read_scalar(field.type, value, path))


def _read_scalar(kind: int, value: object, path: str) -> object:
    try:
        return _convert(kind, value)
    except ValueError:
        raise MalformedInput("not a value of this field", path) from None


def _convert(kind: int, value: object) -> object:
    if kind == FieldDescriptor.TYPE_BOOL:
        return _demand(value is True, value)
    if kind == FieldDescriptor.TYPE_UINT32:
        # A bool is an int in Python, and the runtime takes it for one.
        return _demand(type(value) is int and 0 <= value < 1 << 32, value)
    text = value if isinstance(value, str) else ""
    _demand(text != "", value)  # a default value is left out
    if kind == FieldDescriptor.TYPE_BYTES:
        return bytes.fromhex(text)
    if kind == FieldDescriptor.TYPE_STRING:
        return text.encode().decode()  # a lone surrogate is no text
    number = int(text)
    return _demand(-(1 << 63) <= number < 1 << 63, number)


def _demand(is_right: bool, value: object) -> object:
    if not is_right:
        raise ValueError("not a value of the field")
    return value
