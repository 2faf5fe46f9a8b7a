"""The envelope: its one encoding, its id, its signatures.

Checked here, in this order, without any state:

1. The bytes are the deterministic encoding of a SignedTransaction, and the body that of a TransactionBody: decoded,
   unknown fields discarded at every depth, encoded again, they are the same bytes. So an id has one meaning.
2. Shape: 1–16 signatures sorted by key, none twice; 16-byte nonce; 1–16 commands with 1–4 organisations, none twice.
3. Each signature is by a known algorithm over the id. Ed25519 is decided by libsodium alone (docs/decisions/0002).

Not here: limits, network, time and authority, which need the state (execution, identity).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput, Rejection
from ledger.rejections import BAD_SIGNATURE, UNKNOWN_ALGORITHM

ID_TAG = b"hefu/v1/transaction\x00"
EVENTS_TAG = b"hefu/v1/events\x00"
ED25519 = 1
NONCE_BYTES = 16
SIGNATURE_BYTES = 64
MAX_SIGNATURES = 16
MAX_COMMANDS = 16
MAX_ORGANISATIONS = 4
MAX_BYTES = 65536  # no limit of any network lies above it
MAX_HORIZON_MS = 86_400_000  # nor does one of validity lie above a day

M = TypeVar("M", bound=Message)


@dataclass(slots=True)  # not frozen: one is made for each transaction, and freezing costs a microsecond
class Transaction:
    """A decoded envelope. `signed` are all bytes that travelled, `digest` their SHA-256, `id` what was signed."""

    signed: bytes
    digest: bytes
    id: bytes
    body: pb.TransactionBody
    signatures: Sequence[pb.Signature]


def parse_canonical(message_type: type[M], encoded: bytes, field: str) -> M:
    """Decode a message that must be in its one encoding, with no empty sub-message; else MalformedInput at `field`."""
    try:
        message = message_type.FromString(encoded)
    except DecodeError:
        raise MalformedInput("not a protobuf message of the right kind", field) from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != encoded:
        raise MalformedInput("not in the one encoding", field)
    refuse_strange_values(message, field)
    return message


_Checks = tuple[tuple[str, bool, frozenset[int] | None], ...]
_checks_by_type: dict[type[Message], _Checks] = {}  # derived from the contract alone; asking descriptors is slow


def _find_checks(message: Message) -> _Checks:
    """The fields to look at, by name: is it repeated, and an enum's known numbers (None: a sub-message)."""
    found = _checks_by_type.get(type(message))
    if found is not None:
        return found
    checks: list[tuple[str, bool, frozenset[int] | None]] = []
    for field in message.DESCRIPTOR.fields:
        if field.enum_type is not None:
            checks.append((field.name, field.is_repeated, frozenset(field.enum_type.values_by_number)))
        elif field.message_type is not None:
            checks.append((field.name, field.is_repeated, None))
    return _checks_by_type.setdefault(type(message), tuple(checks))


def refuse_strange_values(message: Message, field: str) -> None:
    """Refuse an empty sub-message and an enum value that the contract does not name, at every depth."""
    for name, is_repeated, known in _find_checks(message):
        if known is not None:
            value = getattr(message, name)
            for number in value if is_repeated else (value,):
                if number not in known:
                    raise MalformedInput("unknown enum value", f"{field}.{name}")
        elif is_repeated or message.HasField(name):
            value = getattr(message, name)
            for inner in value if is_repeated else (value,):
                if not inner.ByteSize():
                    raise MalformedInput("empty message", f"{field}.{name}")
                refuse_strange_values(inner, f"{field}.{name}")


def compute_id(body: bytes) -> bytes:
    """The transaction id: SHA-256 over a tag and the body bytes (32 bytes)."""
    return hashlib.sha256(ID_TAG + body).digest()


def compute_events_hash(nonce: bytes, events: bytes) -> bytes:
    """What the leaf says of the events: salted by the nonce, so that a guess cannot be checked against it."""
    return hashlib.sha256(EVENTS_TAG + nonce + events).digest()


def decode(signed: bytes) -> Transaction:
    """Parse and check encoding and shape. Raises MalformedInput only."""
    if len(signed) > MAX_BYTES:
        raise MalformedInput(f"more than {MAX_BYTES} bytes")
    envelope = parse_canonical(pb.SignedTransaction, signed, "transaction")
    body = parse_canonical(pb.TransactionBody, envelope.body, "body")
    _check_signatures_shape(envelope.signatures)
    _check_body_shape(body)
    return Transaction(signed, hashlib.sha256(signed).digest(), compute_id(envelope.body), body, envelope.signatures)


def decode_checked(signed: bytes, digest: bytes) -> Transaction:
    """Parse bytes that `decode` has already accepted on this node: by far the cheaper half of it."""
    envelope = pb.SignedTransaction.FromString(signed)
    body = pb.TransactionBody.FromString(envelope.body)
    return Transaction(signed, digest, compute_id(envelope.body), body, envelope.signatures)


def _check_signatures_shape(signatures: Sequence[pb.Signature]) -> None:
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise MalformedInput(f"1 to {MAX_SIGNATURES} signatures", "signatures")
    last = b""
    for signature in signatures:
        if signature.public_key <= last:
            raise MalformedInput("sorted by public key, none twice", "signatures.public_key")
        last = signature.public_key


def _check_body_shape(body: pb.TransactionBody) -> None:
    if len(body.nonce) != NONCE_BYTES:
        raise MalformedInput(f"{NONCE_BYTES} bytes", "body.nonce")
    if body.valid_until_ms <= 0:
        raise MalformedInput("a time after 1970", "body.valid_until_ms")
    if not 1 <= len(body.commands) <= MAX_COMMANDS:
        raise MalformedInput(f"1 to {MAX_COMMANDS} commands", "body.commands")
    for command in body.commands:
        organisations = command.organisations
        if not 1 <= len(organisations) <= MAX_ORGANISATIONS:
            raise MalformedInput(f"1 to {MAX_ORGANISATIONS} organisations", "body.commands.organisations")
        if len(frozenset(organisations)) != len(organisations) or "" in organisations:
            raise MalformedInput("each organisation once, none empty", "body.commands.organisations")


def verify_signatures(transaction: Transaction) -> None:
    """Verify every signature over the id. Rejection (field 2): UNKNOWN_ALGORITHM, BAD_SIGNATURE."""
    for signature in transaction.signatures:
        if signature.algorithm != ED25519:
            raise Rejection(UNKNOWN_ALGORITHM, 2)
    for signature in transaction.signatures:
        if len(signature.signature) != SIGNATURE_BYTES:  # a longer one would move the start of the signed message
            raise Rejection(BAD_SIGNATURE, 2)
        try:
            crypto_sign_open(signature.signature + transaction.id, signature.public_key)
        except (BadSignatureError, ValueError):
            # ValueError: PyNaCl's answer to a key of a wrong length.
            raise Rejection(BAD_SIGNATURE, 2) from None


def sign(body: bytes, seeds: Iterable[bytes]) -> bytes:
    """Sign body bytes with Ed25519 seeds (32 bytes each); returns SignedTransaction bytes in their one encoding."""
    identity = compute_id(body)
    keys = sorted((SigningKey(seed) for seed in seeds), key=lambda key: bytes(key.verify_key))
    envelope = pb.SignedTransaction(body=body)
    for key in keys:
        signature = envelope.signatures.add()
        signature.algorithm = ED25519
        signature.public_key = bytes(key.verify_key)
        signature.signature = key.sign(identity).signature
    return envelope.SerializeToString(deterministic=True)
