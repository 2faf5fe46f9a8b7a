"""Key files: one person's Ed25519 key of one organisation, on the disk of whoever holds it.

- JSON, mode 0600, written whole or not at all, never over another file.
- The secret part is the seed and the salt of the person's commitment. With a passphrase it is sealed: Argon2id makes a
  key of the passphrase, XSalsa20-Poly1305 seals. The numbers of Argon2id stand in the file and are bounded when read.
- The person stands on the ledger only as SHA-256 over a tag, a random salt, the organisation and the person's name or
  staff number, which the file does not hold. One person has one commitment in an organisation: a second key of the same
  person takes over the salt.

Not here: asking for passphrases (nodes.cli), hardware keys. Readers raise MalformedInput and nothing else.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl import pwhash, secret
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from hefu.v1 import identity_pb2 as pb
from identity.rules import ED25519, compute_possession_message, is_organisation_id
from ledger.errors import MalformedInput
from nodes.files import PRIVATE, write_whole

FORMAT = "hefu-key-1"
PERSON_TAG = b"hefu/v1/person\x00"
SEED_BYTES = 32
PERSON_BYTES = 32
SALT_BYTES = 16
MAX_FILE_BYTES = 16_384
OPS_LIMIT = pwhash.argon2id.OPSLIMIT_MODERATE
MEMORY_LIMIT = pwhash.argon2id.MEMLIMIT_MODERATE
# What a file may make us spend before we know that it is ours.
MAX_OPS_LIMIT = 16
MAX_MEMORY_LIMIT = 1 << 30
ROLES: dict[str, int] = {name.lower(): pb.KeyRole.Value(name) for name in pb.KeyRole.keys()[1:]}


class WrongPassphrase(Exception):
    """The passphrase does not open the file, or the file was changed."""


@dataclass(frozen=True, slots=True)
class Key:
    """An opened key. `person` is the commitment that the ledger knows, `person_salt` its secret salt."""

    seed: bytes
    organisation: str
    person: bytes
    person_salt: bytes
    roles: tuple[int, ...]

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return bytes(SigningKey(self.seed).verify_key)

    def __repr__(self) -> str:  # a seed never reaches a log by way of a printed object
        return f"Key({self.organisation}, {self.public_key.hex()})"

    def compute_possession(self) -> bytes:
        """The key's own signature by which the registrar sees that somebody holds it (64 bytes)."""
        message = compute_possession_message(self.organisation, self.public_key, self.person)
        return SigningKey(self.seed).sign(message).signature

    def to_new_key(self, valid_from_ms: int, valid_until_ms: int) -> pb.NewKey:
        """What the registrar, or a rotation, puts into a command."""
        return pb.NewKey(
            algorithm=ED25519, public_key=self.public_key, person=self.person,
            roles=[pb.KeyRole.Name(role) for role in self.roles],
            valid_from_ms=valid_from_ms, valid_until_ms=valid_until_ms, possession=self.compute_possession(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file as read. `sealed` is there where a passphrase is needed; `key` where none is."""

    organisation: str
    public_key: bytes
    person: bytes
    roles: tuple[int, ...]
    key: Key | None
    sealed: dict[str, Any] | None

    def open(self, passphrase: str | None) -> Key:
        """The key itself. Raises WrongPassphrase; MalformedInput where what was sealed does not fit its public half."""
        if self.key is not None:
            return self.key
        if self.sealed is None or passphrase is None:
            raise WrongPassphrase("the key file is encrypted: a passphrase is needed")
        opened = _unseal(self.sealed, passphrase)
        seed, salt = opened[:SEED_BYTES], opened[SEED_BYTES:]
        return _checked(Key(seed, self.organisation, self.person, salt, self.roles), self.public_key)


def compute_person(organisation: str, person: str, salt: bytes) -> bytes:
    """The commitment to a person (name or staff number) of an organisation, 32 bytes."""
    return hashlib.sha256(PERSON_TAG + salt + organisation.encode() + b"\x00" + _encode(person)).digest()


def make_key(organisation: str, person: str, roles: Sequence[int], person_salt: bytes | None = None) -> Key:
    """A new random key. MalformedInput where the organisation's id or the roles are wrong."""
    if not is_organisation_id(organisation):
        raise MalformedInput("neither a USCC nor an LEI with right check digits", "organisation")
    if not person.strip():
        raise MalformedInput("the name or staff number of the person", "person")
    if not roles or (pb.SERVICE in roles and len(set(roles)) > 1):
        raise MalformedInput("at least one; service only alone", "roles")
    salt = secrets.token_bytes(SALT_BYTES) if person_salt is None else person_salt
    commitment = compute_person(organisation, person, salt)
    return Key(secrets.token_bytes(SEED_BYTES), organisation, commitment, salt, tuple(sorted(set(roles))))


def write_key(
    path: Path, key: Key, passphrase: str | None = None, ops_limit: int = OPS_LIMIT, memory_limit: int = MEMORY_LIMIT
) -> None:
    """Write a key file, readable by its owner only. FileExistsError rather than overwrite a key."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "organisation": key.organisation,
        "public_key": key.public_key.hex(),
        "person": key.person.hex(),
        "roles": [pb.KeyRole.Name(role).lower() for role in key.roles],
    }
    if passphrase is None:
        content |= {"seed": key.seed.hex(), "person_salt": key.person_salt.hex()}
    else:
        content["sealed"] = _seal(key.seed + key.person_salt, passphrase, ops_limit, memory_limit)
    write_private(path, json.dumps(content, indent=2).encode() + b"\n")


def read_key(path: Path) -> KeyFile:
    """Read a key file. OSError where it cannot be read, MalformedInput where it is none."""
    with path.open("rb") as file:
        return parse_key(file.read(MAX_FILE_BYTES + 1))


def parse_key(data: bytes) -> KeyFile:
    """A key file's bytes. MalformedInput only."""
    fields = _load(data)
    if fields.get("format") != FORMAT:
        raise MalformedInput(f'not a key file: "format" is not "{FORMAT}"')
    organisation, roles = fields.get("organisation"), fields.get("roles")
    if not isinstance(organisation, str) or not is_organisation_id(organisation):
        raise MalformedInput("neither a USCC nor an LEI with right check digits", "organisation")
    if not isinstance(roles, list) or not roles or any(not isinstance(r, str) or r not in ROLES for r in roles):
        raise MalformedInput(f"some of {', '.join(ROLES)}", "roles")
    numbers = tuple(sorted({ROLES[role] for role in roles}))
    public_key, person = _hex(fields, "public_key", SEED_BYTES), _hex(fields, "person", PERSON_BYTES)
    sealed = fields.get("sealed")
    if sealed is not None:
        return KeyFile(organisation, public_key, person, numbers, None, _check_sealed(sealed))
    seed, salt = _hex(fields, "seed", SEED_BYTES), _hex(fields, "person_salt", SALT_BYTES)
    key = _checked(Key(seed, organisation, person, salt, numbers), public_key)
    return KeyFile(organisation, public_key, person, numbers, key, None)


def write_private(path: Path, data: bytes) -> None:
    """Write a new file with mode 0600, whole or not at all. FileExistsError where there is one already."""
    write_whole(path, data, PRIVATE)


def _load(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_FILE_BYTES:
        raise MalformedInput(f"longer than {MAX_FILE_BYTES} bytes")
    try:
        fields = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise MalformedInput("not JSON") from None
    if not isinstance(fields, dict):
        raise MalformedInput("not a JSON object")
    return fields


def _checked(key: Key, public_key: bytes) -> Key:
    if key.public_key != public_key:
        raise MalformedInput("does not belong to the seed", "public_key")
    return key


def _hex(fields: dict[str, Any], name: str, length: int) -> bytes:
    value = fields.get(name)
    try:
        decoded = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        decoded = b""
    if len(decoded) != length:
        raise MalformedInput(f"{length} bytes in hex", name)
    return decoded


def _seal(content: bytes, passphrase: str, ops_limit: int, memory_limit: int) -> dict[str, Any]:
    salt = secrets.token_bytes(pwhash.argon2id.SALTBYTES)
    box = secret.SecretBox(_derive(passphrase, salt, ops_limit, memory_limit))
    return {
        "kdf": "argon2id",
        "ops_limit": ops_limit,
        "memory_limit": memory_limit,
        "salt": salt.hex(),
        "box": bytes(box.encrypt(content)).hex(),
    }


def _check_sealed(sealed: Any) -> dict[str, Any]:
    if not isinstance(sealed, dict) or sealed.get("kdf") != "argon2id":
        raise MalformedInput("sealed with argon2id", "sealed")
    overhead = secret.SecretBox.NONCE_SIZE + secret.SecretBox.MACBYTES
    _hex(sealed, "salt", pwhash.argon2id.SALTBYTES)
    _hex(sealed, "box", overhead + SEED_BYTES + SALT_BYTES)
    for name, least, most in (
        ("ops_limit", pwhash.argon2id.OPSLIMIT_MIN, MAX_OPS_LIMIT),
        ("memory_limit", pwhash.argon2id.MEMLIMIT_MIN, MAX_MEMORY_LIMIT),
    ):
        if type(sealed.get(name)) is not int or not least <= sealed[name] <= most:
            raise MalformedInput(f"from {least} to {most}", f"sealed.{name}")
    return sealed


def _unseal(sealed: dict[str, Any], passphrase: str) -> bytes:
    salt, box = bytes.fromhex(sealed["salt"]), bytes.fromhex(sealed["box"])
    key = _derive(passphrase, salt, sealed["ops_limit"], sealed["memory_limit"])
    try:
        return secret.SecretBox(key).decrypt(box)
    except CryptoError:
        raise WrongPassphrase("the passphrase does not open the key file") from None


def _derive(passphrase: str, salt: bytes, ops_limit: int, memory_limit: int) -> bytes:
    return pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, _encode(passphrase), salt, ops_limit, memory_limit)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogateescape")  # what came from a terminal may not be Unicode
