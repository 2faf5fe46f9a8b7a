"""Checkpoints as signed notes: C2SP signed-note, tlog-checkpoint and the Ed25519 form of tlog-cosignature.

- A note is a text ending in a newline, an empty line, and signature lines `— name base64(key id ‖ signature)`.
- A checkpoint is a text of exactly three lines: origin, size, root in base64. Extension lines, which no auditor could
  check, are refused. The app hash that validators sign is the SHA-256 of this text.
- A plain signature (type 0x01) is over the text. A cosignature (type 0x04) is over `cosignature/v1`, a line with the
  time in seconds, and the text; it says that its signer saw no larger tree until then.
- Parsing is canonical: what was parsed renders to the same bytes. It raises `MalformedInput` and nothing else.
- A text proves nothing before a signature by a key of the trust file is verified. Other signatures are passed over.

PyNaCl decides about Ed25519 (docs/decisions): keys of small order and in non-canonical form are refused when they are
read. Not here: who is trusted, how many witnesses are enough, and what is in the log.
"""

import base64
from dataclasses import dataclass
from hashlib import sha256

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from ledger.errors import MalformedInput

ED25519 = 0x01
"""Signature type of a plain Ed25519 signature over the text (signed-note)."""

COSIGNATURE_V1 = 0x04
"""Signature type of a timestamped Ed25519 cosignature (tlog-cosignature)."""

MAX_NOTE_BYTES = 262_144
"""Longest note that is read; sixteen post-quantum signatures of other signers fit in."""

MAX_SIGNATURES = 64
"""Most signature lines in a note; the specification demands at least 16."""

MAX_NAME_BYTES = 255
"""Longest key name or origin in UTF-8 (tlog-cosignature's bound for both)."""

MAX_SIZE = (1 << 63) - 1
"""Largest tree size and largest timestamp in seconds."""

_KEY_BYTES = 32
_KEY_ID_BYTES = 4
_ROOT_BYTES = 32
_SIGNATURE_BYTES = 64
_TIMESTAMP_BYTES = 8
_DASH = "— ".encode()
_COSIGNATURE_HEADER = b"cosignature/v1\n"
# Unicode's White_Space, written out: the tables of Python versions differ, and canonical must mean the same everywhere.
_SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to. One that could not be written as three lines is malformed."""

    origin: str
    """Which log; non-empty, without control characters."""
    size: int
    """Number of leaves."""
    root: bytes
    """RFC 9162 root of them, 32 bytes."""

    def __post_init__(self) -> None:
        _check_line(self.origin, "origin")
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedInput("must be from 0 to 2^63 - 1", "size")
        if len(self.root) != _ROOT_BYTES:
            raise MalformedInput("must be 32 bytes", "root")

    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n".encode()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. Name and key id together say which key and which type of signature it is."""

    name: str
    key_id: bytes
    """Four bytes."""
    signature: bytes
    """For type 0x01, 64 bytes; for 0x04, 8 bytes of seconds, then 64; for other types anything, but not nothing."""

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != _KEY_ID_BYTES:
            raise MalformedInput("must be 4 bytes", "key_id")
        if not self.signature:
            raise MalformedInput("must not be empty", "signature")

    def render(self) -> bytes:
        """The line, with its newline."""
        return _DASH + f"{self.name} {_encode(self.key_id + self.signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures, none of them verified by being here."""

    text: bytes
    signatures: tuple[NoteSignature, ...]

    def render(self) -> bytes:
        """The note's bytes; `parse_note` reads them back if text and number of signatures are within its rules."""
        return self.text + b"\n" + b"".join(line.render() for line in self.signatures)

    def find_signature(self, key: "VerifierKey") -> NoteSignature | None:
        """The line by this key, not verified; none if there is none."""
        for line in self.signatures:
            if line.name == key.name and line.key_id == key.key_id:
                return line
        return None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key under its name and for one type of signature. A point of small order or in another form is malformed."""

    name: str
    algorithm: int
    """ED25519 or COSIGNATURE_V1."""
    public_key: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE_V1):
            raise MalformedInput(f"signature type {self.algorithm} is not known", "algorithm")
        if len(self.public_key) != _KEY_BYTES or not crypto_core_ed25519_is_valid_point(self.public_key):
            raise MalformedInput("not an Ed25519 public key of full order in canonical form", "public_key")

    @property
    def key_id(self) -> bytes:
        """Four bytes; see the function `key_id`."""
        return key_id(self.name, self.algorithm, self.public_key)

    def render(self) -> str:
        """`name+key id in hex+base64(type ‖ public key)`, the form of signed-note."""
        return f"{self.name}+{self.key_id.hex()}+{_encode(bytes([self.algorithm]) + self.public_key)}"


def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """First four bytes of SHA-256(name ‖ newline ‖ type ‖ public key). It identifies; it protects nothing."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:_KEY_ID_BYTES]


def app_hash(body: bytes) -> bytes:
    """What validators sign for a block: SHA-256 of the checkpoint's text, 32 bytes."""
    return sha256(body).digest()


def parse_checkpoint(body: bytes) -> Checkpoint:
    """Read the text of a note as a checkpoint of exactly three lines."""
    lines = _decode_text(body, "checkpoint").split("\n")
    if len(lines) != 4 or lines[3]:
        raise MalformedInput("must be exactly three lines", "checkpoint")
    origin, size, root, _ = lines
    # `isdigit` would let digits of other scripts pass; a number of more than 19 digits exceeds every size.
    if not 1 <= len(size) <= 19 or any(digit not in "0123456789" for digit in size) or str(int(size)) != size:
        raise MalformedInput("must be a decimal number without leading zeroes", "size")
    return Checkpoint(origin, int(size), _decode(root, "root"))


def parse_note(data: bytes) -> Note:
    """Read a note with at least one signature. Two lines by the same name and key id are refused."""
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedInput(f"longer than {MAX_NOTE_BYTES} bytes", "note")
    _decode_text(data, "note")
    text, separator, tail = data.rpartition(b"\n\n")
    if not separator or not tail.endswith(b"\n"):
        raise MalformedInput("no empty line before its signatures, or no newline after them", "note")
    lines = tail[:-1].split(b"\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedInput(f"more than {MAX_SIGNATURES} signatures", "note")
    signatures = tuple(_parse_signature(line) for line in lines)
    if len({(line.name, line.key_id) for line in signatures}) != len(signatures):
        raise MalformedInput("two signatures by one key", "note")
    return Note(text + b"\n", signatures)


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `name+key id in hex+base64(type ‖ public key)`; a key id that does not belong to it is malformed."""
    name, _, tail = text.partition("+")
    _, _, encoded = tail.partition("+")
    material = _decode(encoded, "public_key")
    key = VerifierKey(name, material[0] if material else 0, material[1:])
    if key.render() != text:
        raise MalformedInput("the key id does not belong to the name and key", "key_id")
    return key


def sign_note(text: bytes, name: str, seed: bytes) -> NoteSignature:
    """A plain signature over a text, by the key of a 32-byte seed. Refuses a text that would read as a cosignature."""
    if text.startswith(_COSIGNATURE_HEADER):
        raise MalformedInput("a text with the header of a cosignature is never signed", "text")
    signer = _open_seed(seed)
    return NoteSignature(name, key_id(name, ED25519, bytes(signer.verify_key)), signer.sign(text).signature)


def sign_cosignature(text: bytes, name: str, seed: bytes, timestamp_s: int) -> NoteSignature:
    """A cosignature over a checkpoint's text at a time in seconds since 1970, by the key of a 32-byte seed."""
    if not 0 <= timestamp_s <= MAX_SIZE:
        raise MalformedInput("must be from 0 to 2^63 - 1 seconds", "timestamp_s")
    signer = _open_seed(seed)
    signature = signer.sign(_render_cosigned(text, timestamp_s)).signature
    identifier = key_id(name, COSIGNATURE_V1, bytes(signer.verify_key))
    return NoteSignature(name, identifier, timestamp_s.to_bytes(_TIMESTAMP_BYTES, "big") + signature)


def verify_signature(note: Note, key: VerifierKey) -> bool:
    """Whether the note carries a plain signature by this key, and it is good."""
    line = note.find_signature(key)
    if line is None or key.algorithm != ED25519:
        return False
    return _is_signed(key.public_key, note.text, line.signature)


def verify_cosignature(note: Note, key: VerifierKey) -> int | None:
    """The seconds since 1970 of the cosignature by this key, or none if it is absent or not good."""
    line = note.find_signature(key)
    if line is None or key.algorithm != COSIGNATURE_V1:
        return None
    timestamp_s = int.from_bytes(line.signature[:_TIMESTAMP_BYTES], "big")
    message = _render_cosigned(note.text, timestamp_s)
    if timestamp_s > MAX_SIZE or not _is_signed(key.public_key, message, line.signature[_TIMESTAMP_BYTES:]):
        return None
    return timestamp_s


def _render_cosigned(text: bytes, timestamp_s: int) -> bytes:
    return _COSIGNATURE_HEADER + b"time %d\n" % timestamp_s + text


def _is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    # PyNaCl answers a wrong length with ValueError, not with BadSignatureError.
    if len(signature) != _SIGNATURE_BYTES:
        return False
    try:
        VerifyKey(public_key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def _open_seed(seed: bytes) -> SigningKey:
    if len(seed) != _KEY_BYTES:
        raise MalformedInput("must be 32 bytes", "seed")
    return SigningKey(seed)


def _parse_signature(line: bytes) -> NoteSignature:
    if not line.startswith(_DASH):
        raise MalformedInput("a signature line begins with an em dash and a space", "signature")
    # The whole note was decoded before, so its lines are UTF-8; a name holds no space.
    name, _, encoded = line.removeprefix(_DASH).decode().partition(" ")
    blob = _decode(encoded, "signature")
    return NoteSignature(name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:])


def _check_name(name: str) -> None:
    _check_line(name, "name")
    if "+" in name or any(character in _SPACES for character in name):
        raise MalformedInput("must not hold a plus or a space", "name")


def _check_line(line: str, field: str) -> None:
    try:
        length = len(line.encode())
    except UnicodeEncodeError:
        raise MalformedInput("not representable in UTF-8", field) from None
    if not 1 <= length <= MAX_NAME_BYTES or any(character < " " for character in line):
        raise MalformedInput(f"must be 1 to {MAX_NAME_BYTES} bytes without control characters", field)


def _decode_text(data: bytes, field: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise MalformedInput("not UTF-8", field) from None
    if any(character < " " and character != "\n" for character in text):
        raise MalformedInput("holds a control character", field)
    return text


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str, field: str) -> bytes:
    """Base64 with its padding; any other spelling of the same bytes is malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise MalformedInput("not base64", field) from None
    if _encode(data) != text:
        raise MalformedInput("not the canonical base64 of its bytes", field)
    return data
