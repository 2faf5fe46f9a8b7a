"""Reading X.509 with `cryptography`: what certificates and revocation lists share.

What a key may sign with is bounded here once: RSA from 2048 bits, an elliptic curve from 256 bits, Ed25519 or Ed448,
over a hash of the SHA-2 family. SM2 is refused: the library does not verify it. Whatever the library raises on bytes of
strangers becomes MalformedInput, whose text repeats nothing of what was read. What it reads with a warning today, and
will refuse in a later release, is refused now: two nodes with two releases then say the same of it.
"""

import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ObjectIdentifier

from ledger.errors import MalformedInput

MIN_RSA_BITS = 2048
MIN_CURVE_BITS = 256
PEM_MARK = b"-----BEGIN"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    CryptographyDeprecationWarning,
)
warnings.filterwarnings("error", category=CryptographyDeprecationWarning)

SigningKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey
P = ParamSpec("P")
R = TypeVar("R")


def reading(what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let none of the library's errors out of a function: each is MalformedInput."""

    def decorate(read: Callable[P, R]) -> Callable[P, R]:
        @wraps(read)
        def guarded(*arguments: P.args, **named: P.kwargs) -> R:
            try:
                return read(*arguments, **named)
            except _LIBRARY_ERRORS:
                raise MalformedInput(f"{what} cannot be read") from None

        return guarded

    return decorate


def load_certificate(encoded: bytes) -> x509.Certificate:
    """A certificate (DER) of version 3."""
    certificate = x509.load_der_x509_certificate(encoded)
    if certificate.version != x509.Version.v3:
        raise MalformedInput("a certificate is not of version 3")
    return certificate


def get_signing_key(certificate: x509.Certificate) -> SigningKey:
    """The key with which a CA signs. MalformedInput where it is weak, or of a kind that is not verified."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        is_strong = key.key_size >= MIN_RSA_BITS
    elif isinstance(key, EllipticCurvePublicKey):
        is_strong = key.curve.key_size >= MIN_CURVE_BITS
    elif isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        is_strong = True
    else:
        is_strong = False
    if not is_strong:
        raise MalformedInput("a CA's key is too weak, or of a kind that is not verified")
    return key  # type: ignore[return-value]  # one of the four: `is_strong` says so


def refuse_weak_hash(algorithm: hashes.HashAlgorithm | None) -> None:
    """MalformedInput unless it is of the SHA-2 family, or none, as with Ed25519 and Ed448."""
    if algorithm is not None and not isinstance(algorithm, _HASHES):
        raise MalformedInput("something is signed over a hash other than SHA-256, SHA-384 and SHA-512")


def refuse_unread(extensions: Iterable[x509.Extension[x509.ExtensionType]], read: frozenset[ObjectIdentifier]) -> None:
    """MalformedInput where a critical extension is none of those that the caller reads."""
    if any(extension.critical and extension.oid not in read for extension in extensions):
        raise MalformedInput("there is a critical extension that is not known here")


def encode_serial(number: int) -> bytes:
    """A serial number as CertificateLink names it. MalformedInput where it is not above 0."""
    if number <= 0:
        raise MalformedInput("a serial number is not above 0")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def compute_ms(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)
