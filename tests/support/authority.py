"""A certificate authority that a test makes: its certificate, certificates under it, revocation lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hefu.v1 import identity_pb2 as pb
from identity.certificates import read_evidence
from identity.certification import compute_fingerprint
from identity.x509_reading import encode_serial

DAY = timedelta(days=1)
NO_USAGE = {
    "digital_signature": False, "content_commitment": False, "key_encipherment": False, "data_encipherment": False,
    "key_agreement": False, "key_cert_sign": False, "crl_sign": False, "encipher_only": False, "decipher_only": False,
}  # fmt: skip


def to_datetime(ms: int) -> datetime:
    """An instant, to the second below."""
    return datetime.fromtimestamp(ms // 1000, UTC)


def make_name(**values: str) -> x509.Name:
    """A name of these fields, such as `common_name`."""
    return x509.Name([x509.NameAttribute(getattr(NameOID, key.upper()), value) for key, value in values.items()])


def make_usage(**changes: bool) -> x509.KeyUsage:
    """A key usage."""
    return x509.KeyUsage(**{**NO_USAGE, **changes})


CA_USAGE = make_usage(key_cert_sign=True, crl_sign=True)
LEAF_USAGE = make_usage(digital_signature=True)
Extension = tuple[x509.ExtensionType, bool]


def make_private_key(kind: str) -> Any:
    """A private key: `ec`, `rsa`, `ed25519`, or a weak one: `rsa1024`, `ec192`."""
    match kind:
        case "ec":
            return ec.generate_private_key(ec.SECP256R1())
        case "ec192":
            return ec.generate_private_key(ec.SECP192R1())
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "x25519":
            return x25519.X25519PrivateKey.generate()
        case "rsa1024":
            return rsa.generate_private_key(65537, 1024)
        case _:
            return Ed25519PrivateKey.generate()


@dataclass
class CertificateAuthority:
    """A CA, self-signed or below another, good from `begins_ms` for `days`."""

    name: str
    begins_ms: int
    kind: str = "ec"
    days: int = 3650
    parent: "CertificateAuthority | None" = None
    path_length: int | None = None
    usage: x509.KeyUsage = CA_USAGE
    is_ca: bool = True
    more: Sequence[Extension] = ()
    key: Any = None
    certified: Any = None  # the public key in its certificate, where it is not its own
    certificate: bytes = field(default=b"", init=False)

    def __post_init__(self) -> None:
        self.key = self.key or make_private_key(self.kind)
        self.subject = make_name(country_name="CN", common_name=self.name)
        constraints = x509.BasicConstraints(self.is_ca, self.path_length)
        extensions = [(constraints, True), (self.usage, True), *self.more]
        signer = self.parent or self
        self.certificate = signer.sign(
            self.subject, self.certified or self.key.public_key(), self.begins_ms, self.days, extensions
        )

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of its certificate."""
        return compute_fingerprint(self.certificate)

    @property
    def chain(self) -> list[bytes]:
        """Its certificate and those above it, without the topmost: what stands between a key and the authority."""
        return [] if self.parent is None else [self.certificate, *self.parent.chain]

    @property
    def top(self) -> "CertificateAuthority":
        """The authority at the end."""
        return self if self.parent is None else self.parent.top

    def sign(
        self,
        subject: x509.Name,
        public_key: Any,
        begins_ms: int,
        days: int,
        extensions: Sequence[Extension],
        serial: int = 0,
        hash_: Any = None,
        issuer: x509.Name | None = None,
    ) -> bytes:
        """A certificate (DER) signed by this CA."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.subject)
            .public_key(public_key)
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(to_datetime(begins_ms))
            .not_valid_after(to_datetime(begins_ms) + days * DAY)
        )
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, is_critical)
        return builder.sign(self.key, self._hash(hash_)).public_bytes(Encoding.DER)

    def certify(self, organisation: str, public_key: bytes, begins_ms: int, days: int = 365, **changes: Any) -> bytes:
        """A member's certificate (DER): `subject`, `extensions` and what `sign` takes may be changed."""
        subject = changes.pop("subject", None) or make_name(organization_identifier=f"NTRCN-{organisation}")
        extensions = changes.pop("extensions", [(LEAF_USAGE, True)])
        key = changes.pop("key", None) or Ed25519PublicKey.from_public_bytes(public_key)
        return self.sign(subject, key, begins_ms, days, extensions, **changes)

    def certify_key(
        self, organisation: str, new: pb.NewKey, begins_ms: int, days: int = 365, **changes: Any
    ) -> pb.NewKey:
        """The new key with its certificate and what is said of it."""
        leaf = self.certify(organisation, new.public_key, begins_ms, days, **changes)
        new.certificate.CopyFrom(read_evidence([leaf, *self.chain], self.top.certificate))
        return new

    def revoke(
        self, serials: Sequence[int], at_ms: int, next_ms: int = 0, extensions: Sequence[Extension] = (), **changes: Any
    ) -> bytes:
        """A revocation list (DER) made at `at_ms`. `entry`: extensions of each entry; `signer`, `issuer`, `hash_`."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(changes.get("issuer", self.subject))
            .last_update(to_datetime(at_ms))
            .next_update(to_datetime(next_ms or at_ms) + (0 if next_ms else 7) * DAY)
        )
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, is_critical)
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(to_datetime(at_ms))
            for extension, is_critical in changes.get("entry", ()):
                entry = entry.add_extension(extension, is_critical)
            builder = builder.add_revoked_certificate(entry.build())
        signer = changes.get("signer", self.key)
        return builder.sign(signer, self._hash(changes.get("hash_"))).public_bytes(Encoding.DER)

    def _hash(self, wanted: Any) -> Any:
        return None if isinstance(self.key, Ed25519PrivateKey) else (wanted or hashes.SHA256())


def build_revocations(
    authority: CertificateAuthority, encoded: bytes, entries: Sequence[tuple[int, bytes]]
) -> pb.EnterRevocations:
    """The command that enters a list (DER) of this CA, with serial numbers and the keys that end."""
    found = x509.load_der_x509_crl(encoded)
    assert found.next_update_utc is not None
    revoked: list[pb.RevokedCertificate] = []
    for serial, public_key in entries:
        entry = found.get_revoked_certificate_by_serial_number(serial)
        at_ms = 0 if entry is None else int(entry.revocation_date_utc.timestamp()) * 1000
        named = pb.RevokedCertificate(serial=encode_serial(serial), revoked_at_ms=at_ms, public_key=public_key)
        revoked.append(named)
    revoked.sort(key=lambda one: (one.serial, one.public_key))
    return pb.EnterRevocations(
        authority=authority.top.fingerprint,
        issuer_chain=authority.chain,
        issuer=authority.fingerprint,
        list=encoded,
        this_update_ms=int(found.last_update_utc.timestamp()) * 1000,
        next_update_ms=int(found.next_update_utc.timestamp()) * 1000,
        revoked=revoked,
    )


def read_serial(certificate: bytes) -> int:
    """The serial number of a certificate."""
    return x509.load_der_x509_certificate(certificate).serial_number


def to_pem(*certificates: bytes) -> str:
    """Certificates (DER) as a PEM file."""
    return "".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM).decode() for one in certificates)


def wrap_der(tag: int, contents: bytes) -> bytes:
    """DER: a tag, a length, the contents."""
    length = len(contents)
    size = (length.bit_length() + 7) // 8
    head = bytes([length]) if length < 128 else bytes([0x80 | size]) + length.to_bytes(size, "big")
    return bytes([tag]) + head + contents


def unwrap_der(encoded: bytes) -> bytes:
    """The contents of DER, and what follows them."""
    return encoded[2 if encoded[1] < 128 else 2 + (encoded[1] & 0x7F) :]
